"""What a process does that exports, backs up, restores or removes until it is killed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

from desktop_app.domain.exports import Export, ExportFormat
from desktop_app.gui.export import process
from desktop_app.services.background.jobs import Jobs
from desktop_app.services.chat_files.backups import Backups
from desktop_app.services.chat_files.exports import ChatExports
from desktop_app.services.chat_files.foreign_reading import ForeignReader
from desktop_app.services.chat_files.imports import ChatImports
from desktop_app.services.chat_files.incoming import Incoming
from desktop_app.services.chat_files.sources import ChatSources
from desktop_app.services.chats.branches import Branches
from desktop_app.storage.chats import load_conversation
from desktop_app.storage.database import Database
from desktop_app.storage.shelf import empty_slice
from desktop_app.support.publisher import Publisher

LONG_AGO = 100.0
"""In Unix time: what was deleted before it is old, and what is on its way in was deleted before all."""


class Telling(Database):
    """Says after each transaction that there was one."""

    def __init__(self, file: Path, tell: Callable[[str], None]) -> None:
        super().__init__(file)
        self._tell = tell

    def write(self, action, follow=lambda written: written):
        def told(written):
            written.add_done_callback(lambda _done: self._tell("step"))
            return follow(written)

        return super().write(action, told)


class Chats:
    """As much of the service as removing a message needs."""

    load = staticmethod(load_conversation)

    @contextmanager
    def removing(self) -> Iterator[set[str]]:
        """Leave nothing out: nobody looks."""
        yield set()


def run(telling: Connection, work: str, folder: Path) -> None:
    """Do the work on `folder` again and again, and say when it begins, and after each step."""
    tell = telling.send  # from two threads: a pipe takes so few bytes as one
    file = folder / "inglenook.db"
    pool = ThreadPoolExecutor(2)
    jobs = Jobs(pool)
    database = Telling(file, tell)
    database.open().result(60)
    while work == "trash" and database.write(lambda connection: empty_slice(connection, LONG_AGO)).result(60):
        pass
    incoming = Incoming(database, Publisher())
    exports = ChatExports(file, jobs, key=lambda: None)
    backups = Backups(file, incoming, jobs, lambda: None)
    tell("ready")
    for number in count():
        if work in ("json", "markdown", "html", "pdf"):
            suffix = ".json" if work == "json" else ""
            wanted = Export(format=ExportFormat(work), target=str(folder / "exports" / f"{number}{suffix}"))
            exports.export(wanted, process.run).future.result(60)
        elif work == "backup":
            backups.back_up().future.result(60)
        elif work == "import":
            imports = ChatImports(
                database=database,
                incoming=incoming,
                sources=ChatSources(ForeignReader()),
                jobs=jobs,
                events=Publisher(),
            )
            imports.bring(str(folder / "chats.json")).future.result(60)
        elif work == "message":
            branches = Branches(
                database=database,
                chats=Chats(),
                incoming=incoming,
                jobs=jobs,
                events=Publisher(),
                forget_kept=lambda _chat_id: None,
            )
            branches.remove(*(folder / "message").read_text().split()).result(60)
        elif work == "restore":
            (backup,) = backups.backups().result(60)
            for kept in backups.chats(backup).result(60):
                backups.restore(backup, kept.chat.id, beside=False).future.result(60)
        tell("done")
        if work in ("import", "restore", "trash", "message"):
            break
    database.close()
    pool.shutdown()
