"""How a connection to the SQLite file is made: one SQLite build everywhere, WAL, checked foreign keys."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from desktop_app.domain.locking import HistoryKey
from desktop_app.storage.cipher import give_key

BUSY_MS = 5000
"""How long a statement waits for another process that holds the file."""


def make_engine(path: Path, *, read_only: bool = False, key: HistoryKey | None = None) -> Engine:
    """Return an engine with a single connection, which must stay in one thread; `key` opens an encrypted file.

    `read_only` forbids writing, yet still needs the folder of a database in WAL mode.
    """

    def connect() -> Any:
        connection = dbapi2.connect(str(path), timeout=BUSY_MS / 1000, check_same_thread=False, isolation_level=None)
        # One flipped bit in one title would keep every list from being read that it stands in
        connection.text_factory = lambda written: str(written, "utf-8", "replace")
        give_key(connection, key)
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        cursor.execute("PRAGMA foreign_keys=ON")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
        else:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=NORMAL")
            # macOS calls flushed what its disk has not written yet, in whatever order; elsewhere this does nothing
            cursor.execute("PRAGMA checkpoint_fullfsync=ON")
            # What is taken away or written anew would stand in the file until its place is used again
            cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()
        return connection

    engine = create_engine("sqlite://", module=dbapi2, creator=connect, poolclass=StaticPool)

    def begin(connection: Any) -> None:
        # Python's sqlite module would begin lazily, and leave the first SELECT outside the transaction
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    event.listen(engine, "begin", begin)
    return engine


def empty_log(connection: Connection) -> None:
    """Have nothing in the log beside the file, where what is gone would stand until much else was written.

    Call it last in a transaction of the writer: what was written before is committed by it. Where somebody reads just
    now, all stays as it is.
    """
    connection.exec_driver_sql("COMMIT")
    try:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_MS}").all()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
