"""A database with everything that takes chats out of it and brings them in."""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from desktop_app.domain.chats import Conversation
from desktop_app.domain.exports import Export, ExportFormat
from desktop_app.domain.shelf import SECONDS_PER_DAY
from desktop_app.gui.export import process
from desktop_app.services.background.jobs import Job, Jobs, OnProgress
from desktop_app.services.chat_files.arrivals import Imported
from desktop_app.services.chat_files.backups import Backups
from desktop_app.services.chat_files.exports import ChatExports
from desktop_app.services.chat_files.foreign_reading import ForeignReader
from desktop_app.services.chat_files.imports import ChatImports
from desktop_app.services.chat_files.incoming import Incoming
from desktop_app.services.chat_files.sources import ChatSources, Reader
from desktop_app.services.events import ServiceEvent
from desktop_app.storage import chats as rows
from desktop_app.storage import shelf
from desktop_app.storage.database import Database
from desktop_app.support.publisher import Publisher
from tests.unit.domain.random_chats import random_conversation


class Home:
    """A database with all that reads and writes files of its chats."""

    def __init__(self, folder: Path, reader: Reader | None = None) -> None:
        self.folder = folder
        self.file = folder / "inglenook.db"
        self.pool = ThreadPoolExecutor(2)
        self.jobs = Jobs(self.pool)
        self.database = Database(self.file)
        self.database.open().result(60)
        self.empty_trash(time.time() - 30 * SECONDS_PER_DAY)  # as the app does when it starts
        self.events: list[ServiceEvent] = []
        publisher: Publisher[ServiceEvent] = Publisher()
        publisher.subscribe(self.events.append)
        self.incoming = Incoming(self.database, publisher)
        self.exports = ChatExports(
            self.file, self.jobs, key=lambda: None, settle=lambda: self.read(lambda _connection: None)
        )
        self.imports = ChatImports(
            database=self.database,
            incoming=self.incoming,
            sources=ChatSources(reader or ForeignReader()),
            jobs=self.jobs,
            events=publisher,
        )
        self.backups = Backups(self.file, self.incoming, self.jobs, lambda: None)

    def read(self, action):
        return self.database.read(action).result(60)

    def empty_trash(self, before: float) -> None:
        while self.database.write(lambda connection: shelf.empty_slice(connection, before)).result(60):
            pass

    def put(self, *conversations: Conversation) -> None:
        for conversation in conversations:
            self.database.write(lambda connection, each=conversation: insert(connection, each)).result(60)

    def conversations(self) -> list[Conversation]:
        return self.read(
            lambda connection: [rows.load_conversation(connection, chat.id) for chat in rows.list_chats(connection)]
        )

    def export(self, target: Path, kind: ExportFormat = ExportFormat.JSON, **changes) -> int:
        wanted = Export(format=kind, target=str(target), **changes)
        return self.exports.export(wanted, process.run).future.result(120)

    def bring(self, path: Path) -> Imported:
        return self.imports.bring(str(path)).future.result(60)

    def close(self) -> None:
        self.jobs.close()
        self.database.close()
        self.pool.shutdown()


def insert(connection, conversation: Conversation) -> None:
    rows.insert_chat(connection, conversation.chat)
    rows.insert_messages(connection, conversation.messages)


def same(found: Sequence[Conversation], expected: Sequence[Conversation]) -> bool:
    return sorted(found, key=lambda each: each.chat.id) == sorted(expected, key=lambda each: each.chat.id)


def some_chats(count: int = 4, seed: int = 1, most: int = 30) -> list[Conversation]:
    chance = random.Random(seed)
    return [random_conversation(chance, most) for _ in range(count)]


def given_up(begin: Callable[[OnProgress], Job[Any]]) -> Job[Any]:
    """Begin a job that is given up when it first tells how far it is."""
    begun: Future[Job[Any]] = Future()
    job = begin(lambda _done, _total: begun.result(60).cancel())
    begun.set_result(job)
    return job
