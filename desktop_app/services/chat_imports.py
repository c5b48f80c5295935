"""Bringing back chats that were exported as JSON."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from desktop_app.domain.chats import Conversation
from desktop_app.domain.errors import ErrorCode, ImportFailure
from desktop_app.services.incoming import Arrival, Incoming
from desktop_app.services.jobs import Job, Jobs, OnProgress

if TYPE_CHECKING:  # few starts import anything
    from desktop_app.domain.chat_file import SavedChat, SavedMessage


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a file: how many chats are new, got what they lacked, or were there as they are; and which changed."""

    new: int = 0
    completed: int = 0
    there: int = 0
    changed_ids: tuple[str, ...] = ()


class ChatImports:
    """Reads a file twice: through to its end, so that a damaged one changes nothing, and then chat by chat."""

    def __init__(self, incoming: Incoming, jobs: Jobs) -> None:
        self._incoming = incoming
        self._jobs = jobs

    def bring(self, path: str, on_progress: OnProgress = lambda _done, _total: None) -> "Job[Imported]":
        """Store the chats of a file; what is there stays as it is, so that a file can be imported any number of times.

        Fails with ImportFailure, and nothing was changed; or with StorageError, and some of the chats may be there.
        """
        return self._jobs.begin(lambda job: self._bring(Path(path), job), on_progress)

    def _bring(self, path: Path, job: "Job[Imported]") -> Imported:
        for _chat in _chats(path, job, first_half=True):
            pass
        counts = dict.fromkeys(Arrival, 0)
        changed: list[str] = []
        for saved, messages in _chats(path, job, first_half=False):
            chat = _with_known_leaf(saved, messages).chat()
            conversation = Conversation(chat=chat, messages=tuple(each.message(chat.id) for each in messages))
            traces = {each.id: each.traces for each in messages if each.traces is not None}
            arrival, stored = self._incoming.store(conversation, traces, lambda: job.step(1, 1))
            counts[arrival] += 1
            if arrival is not Arrival.THERE:
                changed.append(stored.id)
        return Imported(
            new=counts[Arrival.NEW],
            completed=counts[Arrival.COMPLETED],
            there=counts[Arrival.THERE],
            changed_ids=tuple(changed),
        )


def _with_known_leaf(chat: "SavedChat", messages: "list[SavedMessage]") -> "SavedChat":
    """Return the chat as looked at where its last message is, should its leaf not be there."""
    if any(message.id == chat.leaf_id for message in messages):
        return chat
    return msgspec.structs.replace(chat, leaf_id=messages[-1].id if messages else None)


def _chats(path: Path, job: "Job[Imported]", *, first_half: bool) -> "Iterator[tuple[SavedChat, list[SavedMessage]]]":
    """Yield the chats of a file, each with its messages; raises ImportFailure."""
    try:
        size = _size(path)
        with path.open("rb") as stream:
            yield from _grouped(stream, size, job, first_half=first_half)
    except ImportFailure as error:
        raise ImportFailure(error.code, error.info.detail, path=str(path)) from error
    except OSError as error:
        raise ImportFailure(ErrorCode.IMPORT_UNREADABLE, str(error), path=str(path)) from error


def _size(path: Path) -> int:
    """Return the bytes of a file; raises ImportFailure for what is none, since a pipe would never end."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ImportFailure(ErrorCode.IMPORT_NOT_CHATS, "not a regular file")
    return status.st_size


def _grouped(
    stream: BinaryIO, size: int, job: "Job[Imported]", *, first_half: bool
) -> "Iterator[tuple[SavedChat, list[SavedMessage]]]":
    from desktop_app.domain.chat_file import SavedMessage, read_chat_file

    chat: SavedChat | None = None
    messages: list[SavedMessage] = []
    for item in read_chat_file(stream):
        job.step(stream.tell() + (0 if first_half else size), 2 * size)
        if isinstance(item, SavedMessage):
            messages.append(item)
            continue
        if chat is not None:
            yield chat, messages
        chat, messages = item, []
    if chat is not None:
        yield chat, messages
