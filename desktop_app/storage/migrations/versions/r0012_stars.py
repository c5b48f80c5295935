"""Revision 0012: messages with a star."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no older message has a star."""
    op.add_column("messages", sa.Column("starred", sa.Boolean(), nullable=False, server_default=sa.text("0")))
    op.create_index("messages_starred", "messages", ["sequence"], sqlite_where=sa.text("starred"))
