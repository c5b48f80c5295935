"""A disk that is full for the database: real writes to a real file fail as SQLite says it."""

from collections.abc import Callable
from concurrent.futures import Future

import pytest
from sqlalchemy import Connection, Engine

from desktop_app.app import App
from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.storage import engine

WORDS = "Once upon a zephyrine time\n" + "there was a boat and a lighthouse " * 6000
"""What needs more pages than a database has left that may not grow."""


class FullDisk:
    """Lets no database grow while it `is_full`, neither those that are open nor those that are opened meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_full = False
        make = engine.make_engine

        def made(*given: object, **named: object) -> Engine:
            result = make(*given, **named)
            if self.is_full and not named.get("read_only"):
                with result.begin() as connection:
                    _limit(connection, 1)
            return result

        monkeypatch.setattr(engine, "make_engine", made)

    def fill(self, app: App) -> None:
        """Have no room."""
        self.is_full = True
        app.database.write(lambda connection: _limit(connection, 1)).result(60)

    def make_room(self, app: App) -> None:
        """Have room again."""
        self.is_full = False
        app.database.write(lambda connection: _limit(connection, 1_000_000)).result(60)


def _limit(connection: Connection, pages: int) -> None:
    """Let the file grow to so many pages, no less than it has."""
    connection.exec_driver_sql(f"PRAGMA max_page_count={pages}").scalar()


def refused(_action: object, follow: Callable[["Future[object]"], object] = lambda future: future) -> object:
    """Fail as a write on a full disk, at once: what a database's `write` may be for a while."""
    future: Future[object] = Future()
    future.set_exception(StorageError(ErrorCode.STORAGE_DISK_FULL))
    return follow(future)
