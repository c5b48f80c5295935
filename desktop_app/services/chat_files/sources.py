"""Where chats are read from: a file that this app exported, or what another app wrote, which a process of its own reads."""

import hashlib
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

import msgspec

from desktop_app.domain.errors import ErrorCode, ImportFailure
from desktop_app.domain.moving_in import NOTHING_LEFT, ChatSummary, Leftovers, Origin, SkippedChat, models_of
from desktop_app.services.chat_files.own_exports import own_exports
from desktop_app.sources.walk import Walk, status_of

if TYPE_CHECKING:  # few starts import anything
    from desktop_app.domain.chat_file import SavedChat, SavedMessage
    from desktop_app.protocol.helper import ExportPart, ExportRead

Step = Callable[[int, int], None]
"""Told how many bytes are read, and of how many; may raise CancelledError."""
MESSAGES_AT_ONCE = 512
"""How many messages of small chats are passed on together, about."""


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file when it was read to its end; `origin` is None for what this app wrote."""

    origin: Origin | None = None
    leftovers: Leftovers = NOTHING_LEFT
    skipped: tuple[SkippedChat, ...] = ()
    skips: int = 0


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A chat without its texts, with the ids of its messages."""

    id: str
    title: str
    message_ids: tuple[str, ...]
    branches: int
    models: tuple[str, ...]
    first_at: float
    last_at: float


class SavedConversation(msgspec.Struct, frozen=True):
    """A chat with all of its messages, as files have them."""

    chat: "SavedChat"
    messages: "tuple[SavedMessage, ...]"


class Reader(Protocol):
    """Reads what other apps wrote, as `foreign_reading.ForeignReader` does."""

    def read(
        self, path: Path, *, count_only: bool, on_part: "Callable[[ExportPart], None]", step: Step
    ) -> "ExportRead":
        """Read to the end, and pass on what was found; raises ImportFailure."""


class ChatSources:
    """Tells by its content what a file or an archive is; a folder is another app's.

    Everything blocks, for a thread of the I/O pool.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def summaries(self, path: Path, take: Callable[[Sequence[Summary]], None], step: Step) -> Read:
        """Read through to the end and pass on what the chats are, some at a time; raises ImportFailure."""
        if not _is_own(path):
            return self._foreign_summaries(path, take, step)
        for saved in _own_chats(path, step):
            take([_own_summary(each) for each in saved])
        return Read()

    def chats(
        self, path: Path, origin: Origin | None, take: Callable[[Sequence[SavedConversation]], None], step: Step
    ) -> None:
        """Read through to the end and pass on the chats, some at a time; raises ImportFailure."""
        if origin is None:
            for saved in _own_chats(path, step):
                take(saved)
            return

        def take_part(part: "ExportPart") -> None:
            take([SavedConversation(found.chat, found.messages) for found in part.chats])

        self._reader.read(path, count_only=False, on_part=take_part, step=step)

    def _foreign_summaries(self, path: Path, take: Callable[[Sequence[Summary]], None], step: Step) -> Read:
        def take_part(part: "ExportPart") -> None:
            take([_summary(each) for each in part.summaries])

        read = self._reader.read(path, count_only=True, on_part=take_part, step=step)
        return Read(origin=read.origin, leftovers=read.leftovers, skipped=read.skipped, skips=read.skips)


def stamp_of(path: Path) -> str:
    """Return what changes whenever a file, or a file in a folder, does; empty for what is not there."""
    status = status_of(path)
    if status is None:
        return ""
    if not stat.S_ISDIR(status.st_mode):
        return f"{status.st_size} {status.st_mtime_ns}"
    digest = hashlib.sha256()
    for file in Walk().files(path):
        found = status_of(file)
        if found is not None:
            digest.update(f"{file}\0{found.st_size}\0{found.st_mtime_ns}\n".encode(errors="surrogatepass"))
    return digest.hexdigest()


def _own_chats(path: Path, step: Step) -> Iterator[list[SavedConversation]]:
    """Yield the chats of what this app exported, some at a time; raises ImportFailure."""
    with _told(path), own_exports(path) as exports:
        if not exports:
            raise ImportFailure(ErrorCode.IMPORT_NOT_CHATS)
        before, total = 0, sum(export.size for export in exports)

        def tell(done: int) -> None:
            step(before + done, total)

        for export in exports:
            with export.opened() as stream:
                yield from _some(_grouped(stream, tell))
            before += export.size


def _some(chats: Iterator[SavedConversation]) -> Iterator[list[SavedConversation]]:
    some: list[SavedConversation] = []
    for saved in chats:
        some.append(saved)
        if sum(1 + len(each.messages) for each in some) >= MESSAGES_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _is_own(path: Path) -> bool:
    """Whether this app exported what is at `path`; raises ImportFailure."""
    with _told(path), own_exports(path) as exports:
        return bool(exports)


def _grouped(stream: BinaryIO, step: Callable[[int], None]) -> Iterator[SavedConversation]:
    """Put chats and their messages together."""
    from desktop_app.domain.chat_file import SavedMessage, read_chat_file

    chat: SavedChat | None = None
    messages: list[SavedMessage] = []
    for item in read_chat_file(stream):
        step(stream.tell())
        if isinstance(item, SavedMessage):
            messages.append(item)
            continue
        if chat is not None:
            yield SavedConversation(chat, tuple(messages))
        chat, messages = item, []
    if chat is not None:
        yield SavedConversation(chat, tuple(messages))


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Let every failure name the file."""
    try:
        yield
    except ImportFailure as error:
        raise ImportFailure(error.code, error.info.detail, path=str(path)) from error
    except OSError as error:
        raise ImportFailure(ErrorCode.IMPORT_UNREADABLE, str(error), path=str(path)) from error


def _summary(found: ChatSummary) -> Summary:
    values = {name: getattr(found, name) for name in Summary.__struct_fields__}
    return Summary(**values)


def _own_summary(saved: SavedConversation) -> Summary:
    chat, messages = saved.chat, saved.messages
    parents = {message.parent_id for message in messages}
    return Summary(
        id=chat.id,
        title=chat.title,
        message_ids=tuple(message.id for message in messages),
        branches=sum(message.id not in parents for message in messages),
        models=models_of(messages),
        first_at=min((message.created_at for message in messages), default=chat.created_at),
        last_at=max((message.created_at for message in messages), default=chat.updated_at),
    )
