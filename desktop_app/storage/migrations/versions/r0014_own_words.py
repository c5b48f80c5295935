"""Revision 0014: a person's own words, which no dictionary has."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, with nothing in it."""
    op.create_table("own_words", sa.Column("word", sa.String(), primary_key=True))
