"""How a database file is doing, found out without changing anything."""

from pathlib import Path

import msgspec


class DatabaseHealth(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen; `message` says in English what is wrong, empty where nothing is."""

    exists: bool
    revision: str = ""
    integrity_ok: bool = False
    message: str = ""
    is_locked: bool = False
    """Whether it is encrypted, so that nothing could be looked at."""


def database_health(path: Path) -> DatabaseHealth:
    """Look at the database at `path`: its revision, and SQLite's own integrity check."""
    from sqlcipher3 import dbapi2

    from desktop_app.storage.cipher import is_encrypted
    from desktop_app.storage.uri import file_uri

    if not path.is_file():
        return DatabaseHealth(exists=False)
    if is_encrypted(path):
        return DatabaseHealth(exists=True, is_locked=True)
    # without a WAL it can be read as immutable, which leaves no -shm file behind; a WAL that an app in
    # use or a killed one left needs that file, which SQLite makes anew at any time
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    try:
        connection = dbapi2.connect(file_uri(path.absolute(), mode), uri=True)
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        finally:
            connection.close()
    except dbapi2.Error as error:
        return DatabaseHealth(exists=True, message=str(error))
    return DatabaseHealth(
        exists=True,
        revision=str(row[0]) if row is not None else "",
        integrity_ok=verdict == "ok",
        message="" if verdict == "ok" else str(verdict),
    )


def sqlite_version() -> str:
    """Return the version of the SQLite that the app brings."""
    from sqlcipher3 import dbapi2

    return str(dbapi2.sqlite_version)
