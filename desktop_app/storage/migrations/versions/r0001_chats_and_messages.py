"""Revision 0001: chats and their message trees."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "chats",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_is_own", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", sa.Double()),
        sa.Column("leaf_id", sa.String()),
        sa.Column("model_path", sa.String()),
        sa.Column("draft", sa.String(), nullable=False),
        sa.Column("system_prompt", sa.String(), nullable=False),
        sa.Column("sampling", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "messages",
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(), nullable=False, unique=True),
        sa.Column("chat_id", sa.String(), sa.ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
        sa.Column("parent_id", sa.String(), sa.ForeignKey("messages.id", ondelete="CASCADE")),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("parts", sa.LargeBinary(), nullable=False),
        sa.Column("receipt", sa.LargeBinary()),
        sa.Column("error", sa.LargeBinary()),
    )
    op.create_index("messages_by_chat", "messages", ["chat_id", "sequence"])
    op.create_index("messages_by_parent", "messages", ["parent_id"])
