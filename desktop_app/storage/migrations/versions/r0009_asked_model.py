"""Revision 0009: the model that was asked for an answer beside that of its chat."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of older answers nobody knows it."""
    op.add_column("messages", sa.Column("model_path", sa.String()))
