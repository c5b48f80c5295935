"""Revision 0011: what the chats of a folder begin with."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the chats of older folders begin as all others do."""
    op.add_column("folders", sa.Column("start", sa.LargeBinary()))
