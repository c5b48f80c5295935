"""Revision 0007: folders, tags and the archive."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and add the columns; older chats are in no folder, and none is archived."""
    op.create_table(
        "folders",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent_id", sa.String()),
    )
    op.create_table(
        "tags",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("color", sa.String(), nullable=False),
    )
    op.create_table(
        "chat_tags",
        sa.Column("chat_id", sa.String(), sa.ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("tag_id", sa.String(), sa.ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True),
    )
    op.create_index("chat_tags_by_tag", "chat_tags", ["tag_id"])
    op.add_column("chats", sa.Column("folder_id", sa.String()))
    op.add_column("chats", sa.Column("archived_at", sa.Double()))
