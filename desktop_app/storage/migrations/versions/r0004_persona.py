"""Revision 0004: the persona that a chat was begun with."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; older chats were begun without one."""
    op.add_column("chats", sa.Column("persona", sa.String()))
