"""Revision 0008: what chats have that was not sent yet, attached files and questions that come next."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, with nothing in it."""
    op.create_table(
        "unsent",
        sa.Column("chat_id", sa.String(), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
