"""Real database files, opened and closed properly."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from desktop_app.domain.chats import Chat
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.storage import shelf
from desktop_app.storage.database import Database

UNDONE = {
    "0005": "DROP TABLE chat_vectors",
    "0004": "ALTER TABLE chats DROP COLUMN persona",
    "0003": "DROP TABLE traces",
}
"""What takes away what a revision made."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "Ünïcode ordner 数据" / "inglenook.db"


@pytest.fixture
def open_database(file: Path) -> Iterator[Callable[..., Database]]:
    opened: list[Database] = []

    def make(path: Path = file) -> Database:
        database = Database(path)
        opened.append(database)
        database.open().result(30)
        return database

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def database(open_database: Callable[..., Database]) -> Database:
    return open_database()


@pytest.fixture
def make_chat() -> Callable[..., Chat]:
    def make(**changes: object) -> Chat:
        values: dict[str, object] = {"id": new_id(), "created_at": time.time(), "updated_at": time.time(), **changes}
        return Chat(**values)

    return make


@pytest.fixture
def make_message() -> Callable[..., Message]:
    def make(chat_id: str, parent_id: str | None = None, text: str = "Hello", **changes: object) -> Message:
        values: dict[str, object] = {
            "id": new_id(),
            "chat_id": chat_id,
            "parent_id": parent_id,
            "role": Role.USER,
            "parts": (TextPart(text),),
            "status": MessageStatus.COMPLETE,
            "created_at": time.time(),
            **changes,
        }
        return Message(**values)

    return make


def empty_trash(database: Database, before: float) -> None:
    """Remove for good what was deleted before a time."""
    while database.write(lambda connection: shelf.empty_slice(connection, before)).result(30):
        pass


def without_search(connection: dbapi2.Connection) -> None:
    """Take away what revisions 0006 to 0011 made."""
    for name in ("model_path", "utc_offset"):
        connection.execute(f"ALTER TABLE messages DROP COLUMN {name}")
    for name in ("unsent", "chat_tags", "tags", "folders"):
        connection.execute(f"DROP TABLE {name}")
    for name in ("folder_id", "archived_at"):
        connection.execute(f"ALTER TABLE chats DROP COLUMN {name}")
    connection.execute("DROP TRIGGER search_forgets")
    for name in ("search_index", "search_models", "search_state"):
        connection.execute(f"DROP TABLE {name}")


def make_older(file: Path, revision: str) -> None:
    """Take away what the revisions behind one of 0002 to 0005 made of a database, which is closed."""
    with closing(dbapi2.connect(str(file))) as connection, connection:
        without_search(connection)
        for maker, statement in UNDONE.items():
            if maker > revision:
                connection.execute(statement)
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
