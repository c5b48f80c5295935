"""The file that chats are exported to and come back from: JSON, with a line for each message.

    {"format":"inglenook-chats","version":1,"app":"0.1.0","exported_at":1795000000.0,"chats":[
    {"id":"18c0…","title":"A small boat","leaf_id":"18c2…","system_prompt":"…","sampling":{…},…,"messages":[
    {"id":"18c1…","parent_id":null,"role":"user","status":"complete","parts":[{"type":"text","text":"Hello"}],…},
    {"id":"18c2…","parent_id":"18c1…","role":"assistant","receipt":{"model_name":"Qwen3 8B",…},…}
    ]}
    ]}

The whole is one JSON document, `ChatFile`; `json_schema` describes every field. Times are Unix time in seconds.
The messages of a chat are the nodes of a tree, each behind its parent, in the order in which they were made; a
branch is the path from a leaf to the root, and `leaf_id` ends the branch that was looked at last. `traces` are
Base64 of what `domain.traces.Traces.packed` makes. What is not known has its default, or null.

`version` is raised when a reader that does not know of a change would read something wrong; such a file is refused.
Fields that a reader does not know are passed over. The lines let a file of any size be read and written piece by
piece; a program that lays the document out anew loses nothing, as long as the file is of moderate size.
"""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Annotated, Any, BinaryIO, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorCode, ErrorInfo, ImportFailure
from desktop_app.domain.messages import Memory, Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import Part
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.shelf import NO_START, TAG_COLORS, FolderStart, Shelf
from desktop_app.domain.titles import LONGEST_OWN_TITLE
from desktop_app.domain.unsent import NOTHING_UNSENT, Unsent

FORMAT: Final = "inglenook-chats"
VERSION = 1
SUFFIX = ".json"
LONGEST_HEAD = 64 * 1024
"""Bytes of the first line, which holds no chat."""
LONGEST_LINE = 256 * 1024 * 1024
"""Bytes of one message, or of a chat without its messages."""
LONGEST_WHOLE = 64 * 1024 * 1024
"""Bytes of a file whose lines another program has laid out anew: it is read at once."""

DAY = 24 * 60 * 60
"""Seconds."""

Id = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Moment = Annotated[float, Meta(ge=0, le=32_503_680_000)]
"""Unix time in seconds, up to the year 3000: a calendar can show it."""


class SavedFolder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder that chats were in, with what its chats begin with, and the folder that it was in itself."""

    id: Id
    name: str
    start: FolderStart = NO_START
    parent: "SavedFolder | None" = None


class SavedTag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag that chats had; a `color` that is not known is the first one."""

    id: Id
    name: str
    color: str = TAG_COLORS[0]


class SavedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A node of a chat's tree."""

    id: Id
    parent_id: Id | None = None
    role: Role
    status: MessageStatus = MessageStatus.COMPLETE
    created_at: Moment
    parts: tuple[Part, ...]
    receipt: Receipt | None = None
    error: ErrorInfo | None = None
    memory: Memory | None = None
    model_path: str | None = None
    starred: bool = False
    utc_offset: Annotated[int, Meta(gt=-DAY, lt=DAY)] | None = None
    traces: bytes | None = None

    def message(self, chat_id: str) -> Message:
        """Return it as a message of a chat; nobody writes on an answer that was streaming."""
        values = {name: getattr(self, name) for name in self.__struct_fields__ if name != "traces"}
        if self.status is MessageStatus.STREAMING:
            values["status"] = MessageStatus.INTERRUPTED
        return Message(chat_id=chat_id, **values)


class SavedChat(msgspec.Struct, frozen=True, kw_only=True):
    """A chat with all of its branches; `messages` are behind their parents."""

    id: Id
    title: str = ""
    title_is_own: bool = False
    created_at: Moment
    updated_at: Moment
    pinned: bool = False
    leaf_id: Id | None = None
    model_path: str | None = None
    draft: str = ""
    system_prompt: str = ""
    sampling: Sampling = Sampling()
    persona: str | None = None
    archived_at: Moment | None = None
    folder: SavedFolder | None = None
    tags: tuple[SavedTag, ...] = ()
    unsent: Unsent = NOTHING_UNSENT
    messages: tuple[SavedMessage, ...] = ()

    def chat(self) -> Chat:
        """Return it without its messages, in no folder and without tags."""
        values = {name: getattr(self, name) for name in _CHAT_FIELDS}
        return Chat(**{**values, "title": self.title[:LONGEST_OWN_TITLE]})


_CHAT_FIELDS = tuple(name for name in SavedChat.__struct_fields__ if name in Chat.__struct_fields__)


class ChatFile(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document; `app` is the release that wrote it."""

    format: Literal["inglenook-chats"] = FORMAT
    version: Annotated[int, Meta(ge=1)] = VERSION
    app: str = ""
    exported_at: Moment = 0.0
    chats: tuple[SavedChat, ...] = ()


class _Head(msgspec.Struct):
    """What is looked at first of a document, whatever else is in it."""

    format: str = ""
    version: int = 0


Item = SavedChat | SavedMessage
Value = TypeVar("Value")
_encode = msgspec.json.Encoder().encode
_read_chat = msgspec.json.Decoder(SavedChat).decode
_read_message = msgspec.json.Decoder(SavedMessage).decode
_OPENS_CHATS, _OPENS_MESSAGES = b'"chats":[', b'"messages":['
_NO_CHATS, _NO_MESSAGES = b'"chats":[]}', b'"messages":[]}'


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document."""
    return msgspec.json.schema(ChatFile)


def saved_chat(chat: Chat, shelf: Shelf, unsent: Unsent) -> SavedChat:
    """Return a chat as it is written, without its messages; `shelf` has its folder and tags, if it has any."""
    folder, tags = saved_folder(chat.folder_id, shelf), saved_tags(chat.id, shelf)
    values = {name: getattr(chat, name) for name in _CHAT_FIELDS}
    return SavedChat(**values, folder=folder, tags=tags, unsent=unsent)


def saved_folder(folder_id: str | None, shelf: Shelf) -> SavedFolder | None:
    """Return a folder as it is written, with the one that it is in; None for one that is not there."""
    folder = shelf.folder(folder_id)
    if folder is None:
        return None
    outer = shelf.folder(folder.parent_id)
    parent = SavedFolder(id=outer.id, name=outer.name, start=outer.start) if outer is not None else None
    return SavedFolder(id=folder.id, name=folder.name, start=folder.start, parent=parent)


def saved_tags(chat_id: str, shelf: Shelf) -> tuple[SavedTag, ...]:
    """Return the tags of a chat as they are written."""
    return tuple(SavedTag(id=tag.id, name=tag.name, color=tag.color) for tag in shelf.tags_of(chat_id))


def saved_message(message: Message, traces: bytes | None) -> SavedMessage:
    """Return a message as it is written."""
    names = (name for name in SavedMessage.__struct_fields__ if name != "traces")
    return SavedMessage(**{name: getattr(message, name) for name in names}, traces=traces)


class ChatFileWriter:
    """Writes a file line by line: `begin`, then each chat followed by its messages, then `end`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._before_chat = b"\n"
        self._before_message = b"\n"
        self._in_chat = False

    def begin(self, app: str, exported_at: float) -> None:
        """Write the first line."""
        self._open(_encode(ChatFile(app=app, exported_at=exported_at)), _NO_CHATS, _OPENS_CHATS)

    def add_chat(self, chat: SavedChat) -> None:
        """Begin a chat; its messages follow."""
        self._end_chat()
        self._stream.write(self._before_chat)
        self._open(_encode(msgspec.structs.replace(chat, messages=())), _NO_MESSAGES, _OPENS_MESSAGES)
        self._before_chat, self._before_message, self._in_chat = b",\n", b"\n", True

    def add_message(self, message: SavedMessage) -> None:
        """Write a message of the chat that was begun last."""
        self._stream.write(self._before_message + _encode(message))
        self._before_message = b",\n"

    def end(self) -> None:
        """Write the last line."""
        self._end_chat()
        self._stream.write(b"\n]}\n")

    def _open(self, encoded: bytes, empty: bytes, opened: bytes) -> None:
        assert encoded.endswith(empty), "the list comes last"
        self._stream.write(encoded.removesuffix(empty) + opened)

    def _end_chat(self) -> None:
        if self._in_chat:
            self._stream.write(b"\n]}")
            self._in_chat = False


def read_chat_file(stream: BinaryIO) -> Iterator[Item]:
    """Yield each chat, without its messages, and behind it its messages.

    Raises ImportFailure where the file is none, is of a newer release, or is damaged; what was yielded before is no
    more than a part of it then. May raise OSError.
    """
    head = stream.readline(LONGEST_HEAD)
    line = head.rstrip()
    if line.endswith(_OPENS_CHATS):
        _check_head(line + b"]}")
        return _checked(_lines(stream))
    content = head + stream.read(LONGEST_WHOLE + 1 - len(head))
    if len(content) > LONGEST_WHOLE:
        begins_well = line.lstrip(b"\xef\xbb\xbf \t").startswith((b"{", b"[")) or not line
        raise ImportFailure(ErrorCode.IMPORT_TOO_LARGE if begins_well else ErrorCode.IMPORT_NOT_CHATS)
    return _checked(_whole(content.removeprefix(b"\xef\xbb\xbf")))


def _check_head(content: bytes) -> None:
    try:
        head = msgspec.json.decode(content, type=_Head)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ImportFailure(ErrorCode.IMPORT_NOT_CHATS, type(error).__name__) from error
    if head.format != FORMAT or head.version < 1:
        raise ImportFailure(ErrorCode.IMPORT_NOT_CHATS)
    if head.version > VERSION:
        raise ImportFailure(ErrorCode.IMPORT_NEWER, f"version {head.version}")


def _whole(content: bytes) -> Iterator[Item]:
    _check_head(content)
    for chat in _decoded(msgspec.json.Decoder(ChatFile).decode, content, 1).chats:
        yield msgspec.structs.replace(chat, messages=())
        yield from chat.messages


def _lines(stream: BinaryIO) -> Iterator[Item]:
    """Read what follows the first line."""
    in_chat = False
    for number in count(2):
        line = stream.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise ImportFailure(ErrorCode.IMPORT_TOO_LARGE, f"line {number}")
        content = line.strip()
        if in_chat and content in (b"]}", b"]},"):
            in_chat = False
        elif in_chat:
            yield _decoded(_read_message, content.removesuffix(b","), number)
        elif content.endswith(_OPENS_MESSAGES):
            in_chat = True
            yield _decoded(_read_chat, content + b"]}", number)
        elif content == b"]}" and not stream.read(LONGEST_HEAD).strip():
            return
        else:
            raise _damaged(f"line {number}")


def _checked(items: Iterator[Item]) -> Iterator[Item]:
    """Pass on what makes a tree: no message twice, and each behind its parent."""
    known: set[str] = set()
    for item in items:
        if isinstance(item, SavedChat):
            known = set()
        else:
            if item.id in known or (item.parent_id is not None and item.parent_id not in known):
                raise _damaged("not a tree")
            known.add(item.id)
        yield item


def _decoded(decode: Callable[[bytes], Value], content: bytes, number: int) -> Value:
    try:
        return decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        # what msgspec says may quote the file, and so a chat
        raise _damaged(f"line {number}: {type(error).__name__}") from error


def _damaged(detail: str) -> ImportFailure:
    return ImportFailure(ErrorCode.IMPORT_DAMAGED, detail)
