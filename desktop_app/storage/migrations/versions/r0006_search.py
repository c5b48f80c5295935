"""Revision 0006: the search index; messages that are there already are read into it later, a few at a time."""

import sqlalchemy as sa
from alembic import op

from desktop_app.storage.tables import SEARCH_INDEX

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and note which messages are to be read."""
    op.create_table(
        "search_models",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False, unique=True),
    )
    op.create_table("search_state", sa.Column("unread", sa.Integer(), nullable=False))
    for statement in SEARCH_INDEX:
        op.execute(statement)
    op.execute("INSERT INTO search_state (unread) SELECT max(sequence) FROM messages HAVING max(sequence) > 0")
