"""Revision 0016: the texts of the notebook are found; those that are there are read into their index later."""

from alembic import op

from desktop_app.storage.tables import TEXT_INDEX

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_KEPT = "id, title, length, updated_at, text, marks, model_path, sampling"


def upgrade() -> None:
    """Give each text a number, which no copy of the file changes, and make the index, with nothing in it."""
    op.execute("ALTER TABLE notebook RENAME TO former_notebook")
    op.execute(
        "CREATE TABLE notebook (number INTEGER NOT NULL PRIMARY KEY, id VARCHAR NOT NULL UNIQUE, title VARCHAR NOT NULL, "
        "length INTEGER NOT NULL, updated_at DOUBLE NOT NULL, is_read BOOLEAN NOT NULL, text VARCHAR NOT NULL, "
        "marks BLOB NOT NULL, model_path VARCHAR, sampling BLOB NOT NULL)"
    )
    op.execute(f"INSERT INTO notebook (is_read, {_KEPT}) SELECT 0, {_KEPT} FROM former_notebook ORDER BY updated_at")
    op.execute("DROP TABLE former_notebook")
    op.execute("CREATE INDEX notebook_unread ON notebook (updated_at) WHERE is_read = 0")
    for statement in TEXT_INDEX:
        op.execute(statement)
