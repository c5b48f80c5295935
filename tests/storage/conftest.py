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
    "0016": (
        "DROP TRIGGER text_forgets",
        "DROP TABLE text_index",
        "ALTER TABLE notebook RENAME TO newer",
        """CREATE TABLE notebook (id VARCHAR PRIMARY KEY NOT NULL, title VARCHAR NOT NULL, length INTEGER NOT NULL,
        text VARCHAR NOT NULL, marks BLOB NOT NULL, model_path VARCHAR, sampling BLOB NOT NULL, updated_at DOUBLE NOT NULL)""",
        "INSERT INTO notebook SELECT id, title, length, text, marks, model_path, sampling, updated_at FROM newer",
        "DROP TABLE newer",
    ),
    "0015": ("DROP TABLE notebook",),
    "0014": ("DROP TABLE own_words",),
    "0013": ("ALTER TABLE messages DROP COLUMN utc_offset",),
    "0012": ("DROP INDEX messages_starred", "ALTER TABLE messages DROP COLUMN starred"),
    "0011": ("ALTER TABLE folders DROP COLUMN start",),
    "0009": ("ALTER TABLE messages DROP COLUMN model_path",),
    "0008": ("DROP TABLE unsent",),
    "0007": (
        "DROP TABLE chat_tags",
        "DROP TABLE tags",
        "DROP TABLE folders",
        "ALTER TABLE chats DROP COLUMN folder_id",
        "ALTER TABLE chats DROP COLUMN archived_at",
    ),
    "0006": (
        "DROP TRIGGER search_forgets",
        "DROP TABLE search_index",
        "DROP TABLE search_models",
        "DROP TABLE search_state",
    ),
    "0005": ("DROP TABLE chat_vectors",),
    "0004": ("ALTER TABLE chats DROP COLUMN persona",),
    "0003": ("DROP TABLE traces",),
}
"""What takes away what a revision made, the newest first."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "Ünïcode ordner 数据" / "inglenook.db"


@pytest.fixture
def open_database(file: Path) -> Iterator[Callable[..., Database]]:
    opened: list[Database] = []

    def make(path: Path = file) -> Database:
        database = Database(path)
        opened.append(database)
        database.open().result(60)
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
    while database.write(lambda connection: shelf.empty_slice(connection, before)).result(60):
        pass


def make_older(file: Path, revision: str) -> None:
    """Take away what the revisions behind one, of 0002 or later, made of a database, which is closed."""
    with closing(dbapi2.connect(str(file))) as connection, connection:
        for maker, statements in UNDONE.items():
            for statement in statements if maker > revision else ():
                connection.execute(statement)
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
