"""Revision 0013: how the clock stood before UTC where a question was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of older questions nobody knows it."""
    op.add_column("messages", sa.Column("utc_offset", sa.Integer()))
