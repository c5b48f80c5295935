"""Revision 0003: how the tokens of an answer were chosen."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; nothing was recorded of older answers."""
    op.create_table(
        "traces",
        sa.Column("message_id", sa.String(), sa.ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
    )
