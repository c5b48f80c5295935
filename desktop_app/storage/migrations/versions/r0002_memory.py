"""Revision 0002: from which message on a model remembers, and the summary of what came before."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nothing is known of older messages."""
    op.add_column("messages", sa.Column("memory", sa.LargeBinary()))
