"""A process that exports, backs up, restores or removes until it is killed; run with the work and a folder."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
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

    def write(self, action):
        written = super().write(action)
        written.add_done_callback(lambda _done: print("step", flush=True))
        return written


class Chats:
    """As much of the service as removing a message needs."""

    load = staticmethod(load_conversation)

    @contextmanager
    def removing(self) -> Iterator[set[str]]:
        """Leave nothing out: nobody looks."""
        yield set()


def main() -> None:
    """Do the work again and again, and say when it begins, and after each step."""
    work, folder = sys.argv[1], Path(sys.argv[2])
    file = folder / "inglenook.db"
    pool = ThreadPoolExecutor(2)
    jobs = Jobs(pool)
    database = Telling(file)
    database.open().result(60)
    while work == "trash" and database.write(lambda connection: empty_slice(connection, LONG_AGO)).result(60):
        pass
    incoming = Incoming(database, Publisher())
    exports = ChatExports(file, jobs)
    backups = Backups(file, incoming, jobs, lambda: None)
    print("ready", flush=True)
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
        print("done", flush=True)
        if work in ("import", "restore", "trash", "message"):
            break
    database.close()
    pool.shutdown()


if __name__ == "__main__":
    main()
