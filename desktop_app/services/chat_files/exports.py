"""Writing chats to files: Markdown and JSON here, pages in a process of their own."""

import os
import time
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from desktop_app.domain.backups import KeptChat
from desktop_app.domain.chats import Conversation
from desktop_app.domain.errors import ErrorCode, ExportError, StorageError
from desktop_app.domain.exports import Export, ExportFormat, file_stem
from desktop_app.domain.locking import HistoryKey
from desktop_app.domain.shelf import Shelf
from desktop_app.services.background.jobs import Job, Jobs, OnProgress
from desktop_app.support.drafts import file_draft, folder_draft
from desktop_app.support.i18n import _
from desktop_app.support.version import VERSION

if TYPE_CHECKING:  # few starts export anything
    from desktop_app.domain.chat_file import ChatFileWriter
    from desktop_app.services.chat_files.pages import PageMaker, Target
    from desktop_app.storage.archive import Archive

_STEPS = 1000
"""In how many steps the progress within one chat is told."""


class ChatExports:
    """Reads the database with a connection of its own, so that nobody waits for a long export, and writes in the pool."""

    def __init__(
        self,
        database: Path,
        jobs: Jobs,
        *,
        key: Callable[[], HistoryKey | None],
        settle: Callable[[], object] = lambda: None,
        language: Callable[[], str] = lambda: "",
        own_folders: Sequence[Path] = (),
    ) -> None:
        """`settle` waits for what was asked to be stored so far; `key` returns that of chats that are locked.

        Nothing is written into `own_folders`, where it could take the place of the database itself.
        """
        self._database = database
        self._jobs = jobs
        self._settle = settle
        self._language = language
        self._key = key
        self._own_folders = own_folders

    def export(
        self, wanted: Export, pages: "Target", on_progress: OnProgress = lambda _done, _total: None
    ) -> "Job[int]":
        """Write chats and return how many; `pages` is the main function of what makes HTML and PDF.

        A file or folder has its name only when it is whole. Fails with ExportError or StorageError, and then nothing is
        left of it. Progress is in thousandths of chats.
        """
        return self._jobs.begin(lambda job: self._export(wanted, pages, job), on_progress)

    def chats(self) -> "Future[list[KeptChat]]":
        """Return the chats that are not in the trash, the last changed first; fails with StorageError."""
        return self._jobs.begin(lambda _job: self._chats()).future

    def _chats(self) -> list[KeptChat]:
        if not self._database.is_file():
            return []
        with self._archive() as archive:
            return archive.chats()

    def _archive(self) -> "Archive":
        from desktop_app.storage.archive import Archive

        return Archive(self._database, is_backup=False, key=self._key())

    def _export(self, wanted: Export, pages: "Target", job: "Job[int]") -> int:
        from desktop_app.services.chat_files.pages import PageMaker, write_fault

        _keep_out_of(self._own_folders, wanted.target)
        self._settle()
        if not self._database.is_file():
            raise StorageError(ErrorCode.CHAT_NONE_YET)
        with self._archive() as archive, PageMaker(pages, self._language()) as maker:
            chat_ids = wanted.chat_ids
            if chat_ids is None:
                chat_ids = tuple(kept.chat.id for kept in archive.chats())
            writing = _Writing(wanted, archive, maker, job, chat_ids)
            try:
                if wanted.format is ExportFormat.JSON:
                    writing.write_json(time.time())
                elif wanted.is_folder:
                    writing.write_folder()
                else:
                    writing.write_one(chat_ids[0])
            except OSError as error:
                raise write_fault(error, wanted.target) from error
        return len(chat_ids)


class _Writing:
    """One export under way."""

    def __init__(
        self, wanted: Export, archive: "Archive", maker: "PageMaker", job: "Job[int]", chat_ids: Sequence[str]
    ) -> None:
        self._wanted = wanted
        self._archive = archive
        self._maker = maker
        self._job = job
        self._chat_ids = chat_ids
        self._done = 0

    def write_json(self, now: float) -> None:
        """Write all of the chats into one file."""
        from desktop_app.domain.chat_file import ChatFileWriter

        with file_draft(Path(self._wanted.target)) as (file, _path):
            writer = ChatFileWriter(file)
            writer.begin(VERSION, now)
            shelf = self._archive.shelf()
            for chat_id in self._chat_ids:
                self._add(writer, self._archive.conversation(chat_id), shelf)
                self._done += 1
            writer.end()

    def write_folder(self) -> None:
        """Write a file for each chat into a new folder."""
        target = Path(self._wanted.target)
        from desktop_app.services.chat_files.outline import chat_title

        target.parent.mkdir(parents=True, exist_ok=True)
        with folder_draft(target) as folder:
            taken: set[str] = set()
            for chat_id in self._chat_ids:
                conversation = self._archive.conversation(chat_id)
                name = _free_name(chat_title(conversation.chat), self._wanted.format.suffix, taken)
                path = folder / name
                with path.open("w+b") as file:
                    self._write(conversation, file, path)
                    file.flush()
                    os.fsync(file.fileno())
                self._done += 1

    def write_one(self, chat_id: str) -> None:
        """Write one chat into one file."""
        conversation = self._archive.conversation(chat_id)
        with file_draft(Path(self._wanted.target)) as (file, path):
            self._write(conversation, file, path)

    def _write(self, conversation: Conversation, file: BinaryIO, path: Path) -> None:
        from desktop_app.services.chat_files.markdown import chat_markdown

        self._step(0, 1)
        if self._wanted.format is ExportFormat.MARKDOWN:
            file.write(chat_markdown(conversation, self._wanted.options).encode("utf-8", "replace"))
        else:
            self._maker.make(conversation, self._wanted, path, self._step)

    def _add(self, writer: "ChatFileWriter", conversation: Conversation, shelf: Shelf) -> None:
        from desktop_app.domain.chat_file import saved_chat, saved_message

        writer.add_chat(saved_chat(conversation.chat, shelf, conversation.unsent))
        total = len(conversation.messages)
        for number, message in enumerate(conversation.messages):
            self._step(number, total)
            traces = self._archive.traces(message.id) if self._wanted.options.traces else None
            writer.add_message(saved_message(message, traces))

    def _step(self, done: int, total: int) -> None:
        self._job.step(self._done * _STEPS + _STEPS * done // max(1, total), len(self._chat_ids) * _STEPS)


def _keep_out_of(folders: Sequence[Path], target: str) -> None:
    """Raise ExportError EXPORT_OWN_FOLDER where `target` would be in one of `folders`, by whatever name it is reached."""
    place = Path(target).parent.resolve()
    above = [folder for folder in (place, *place.parents) if folder.exists()]
    for folder in folders:
        if folder.exists() and any(other.samefile(folder) for other in above):
            raise ExportError(ErrorCode.EXPORT_OWN_FOLDER, str(folder), path=target)


def _free_name(title: str, suffix: str, taken: set[str]) -> str:
    """Return a name for a chat's file that no other has, whatever letters a file system takes for the same."""
    stem = file_stem(title, _("Chat"))
    name, number = f"{stem}{suffix}", 1
    while (same := _told_apart(name)) in taken:
        number += 1
        name = f"{stem} ({number}){suffix}"
    taken.add(same)
    return name


def _told_apart(name: str) -> str:
    """Return what two names have in common that Windows or macOS take for one: the case of letters, and how accents are put."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
