"""Which shape a database has, and how it gets the newest one. Alembic is imported only for that."""

from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.locking import HistoryKey

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
    "0016",
)
"""Every revision, oldest first; a test holds them against the scripts in `migrations/versions`."""
NEWEST = REVISIONS[-1]


def stored_revision(connection: "Connection") -> str | None:
    """Return the revision that a database says it has; None for a new file."""
    has_table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    if connection.exec_driver_sql(has_table).first() is None:
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return str(row[0]) if row is not None else None


def bring_up_to_date(engine: "Engine", path: Path, key: HistoryKey | None) -> None:
    """Make a new database, migrate an old one after a backup under the same key, leave a current one alone.

    Raises StorageError STORAGE_NEWER_RELEASE for a revision that this release does not know, without
    having written anything.
    """
    with engine.connect() as connection:
        revision = stored_revision(connection)
        if revision == NEWEST:
            return
        if revision is not None and revision not in REVISIONS:
            from desktop_app.storage.backups import backup_folder

            folder = str(backup_folder(path))
            raise StorageError(ErrorCode.STORAGE_NEWER_RELEASE, f"revision {revision}", path=str(path), folder=folder)
    if revision is not None:
        from desktop_app.storage.backups import back_up

        back_up(path, before=NEWEST, key=key)
    with engine.begin() as connection:
        if revision is None:
            _make(connection)
        else:
            migrate(connection)


def _make(connection: "Connection") -> None:
    """Make the newest shape at once, without Alembic; a test holds it against the migrations."""
    from desktop_app.storage.tables import METADATA

    METADATA.create_all(connection)
    connection.exec_driver_sql(
        "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
    )
    connection.exec_driver_sql("INSERT INTO alembic_version (version_num) VALUES (?)", (NEWEST,))


def migrate(connection: "Connection") -> None:
    """Run every revision that a database lacks, all of them for an empty one."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
