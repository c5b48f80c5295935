"""How chats and messages are written into columns and read from them; free of SQLAlchemy."""

from typing import Any, TypeGuard

import msgspec

from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.messages import Memory, Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import Part
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.shelf import NO_START, TAG_COLORS, Folder, FolderStart, Tag
from desktop_app.domain.unsent import Unsent
from desktop_app.support.files import UNDECODABLE

CHAT_COLUMNS = (
    "id",
    "title",
    "title_is_own",
    "created_at",
    "updated_at",
    "pinned",
    "deleted_at",
    "leaf_id",
    "model_path",
    "draft",
    "system_prompt",
    "sampling",
    "persona",
    "folder_id",
    "archived_at",
)
"""The order in which `chat_of` takes a row."""
MESSAGE_COLUMNS = (
    "id",
    "chat_id",
    "parent_id",
    "role",
    "status",
    "created_at",
    "parts",
    "receipt",
    "error",
    "memory",
    "model_path",
    "starred",
    "utc_offset",
)
"""The order in which `message_of` takes a row."""
FOLDER_COLUMNS = ("id", "name", "parent_id", "start")
"""The order in which `folder_of` takes a row."""

DAMAGED = (*UNDECODABLE, TypeError)
"""What decoding a column raises: a flipped bit makes a text of what was written as bytes."""
LAST_MOMENT = 32_503_680_000.0
"""The year 3000 in Unix time: a calendar can show it."""
_DAY = 24 * 60 * 60

encode = msgspec.msgpack.Encoder().encode
decode_parts = msgspec.msgpack.Decoder(tuple[Part, ...]).decode
decode_receipt = msgspec.msgpack.Decoder(Receipt).decode
decode_unsent = msgspec.msgpack.Decoder(Unsent).decode
_decode_error = msgspec.msgpack.Decoder(ErrorInfo).decode
_decode_memory = msgspec.msgpack.Decoder(Memory).decode
_decode_sampling = msgspec.msgpack.Decoder(Sampling).decode
_decode_start = msgspec.msgpack.Decoder(FolderStart).decode


def chat_of(row: Any) -> Chat:
    """Return the chat in a row of CHAT_COLUMNS; what cannot be read of it is as usual, and hides no chat."""
    values = dict(zip(CHAT_COLUMNS, row, strict=True))
    values["title_is_own"], values["pinned"] = bool(values["title_is_own"]), bool(values["pinned"])
    try:
        values["sampling"] = _decode_sampling(values["sampling"])
    except DAMAGED:
        values["sampling"] = Sampling()
    try:
        chat = msgspec.convert(values, Chat)
    except msgspec.ValidationError:
        chat = _mended(values)
    if _is_moment(chat.created_at) and _is_moment(chat.updated_at):
        return chat
    created, updated = moment_of(chat.created_at), moment_of(chat.updated_at)
    return msgspec.structs.replace(chat, created_at=created, updated_at=updated)


def _mended(values: dict[str, Any]) -> Chat:
    """Return the chat of values some of which are of other types than they should be: these have their defaults.

    Words that are taken for bytes are still there.
    """
    kept: dict[str, Any] = {"id": str(values["id"]), "created_at": 0.0, "updated_at": 0.0}
    for field in msgspec.structs.fields(Chat):
        value = values[field.name]
        try:
            kept[field.name] = msgspec.convert(text_of(value) if isinstance(value, bytes) else value, field.type)
        except msgspec.ValidationError:
            continue
    return Chat(**kept)


def _is_moment(value: object) -> TypeGuard[float]:
    """Whether a value is a time that a calendar can show."""
    return isinstance(value, float) and 0.0 <= value <= LAST_MOMENT


def moment_of(value: object) -> float:
    """Return a time as Unix time in seconds, 0 where it is none that a calendar can show."""
    return value if _is_moment(value) else 0.0


def text_of(value: object) -> str:
    """Return a text, that of its bytes where it is taken for bytes, and an empty one for whatever else it is."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if isinstance(value, str) else ""


def message_of(row: Any) -> Message:
    """Return the message in a row of MESSAGE_COLUMNS; raises what is in DAMAGED."""
    (
        message_id,
        chat_id,
        parent_id,
        role,
        status,
        created_at,
        parts,
        receipt,
        error,
        memory,
        model_path,
        starred,
        utc_offset,
    ) = row
    is_whole = (
        type(message_id) is str
        and (parent_id is None or type(parent_id) is str)
        and (model_path is None or type(model_path) is str)
        and (utc_offset is None or (type(utc_offset) is int and abs(utc_offset) < _DAY))
        and _is_moment(created_at)
    )
    if not is_whole:
        raise ValueError("a column of another type")
    return Message(
        id=message_id,
        chat_id=chat_id,
        parent_id=parent_id,
        role=Role(role),
        parts=decode_parts(parts),
        status=MessageStatus(status),
        created_at=created_at,
        receipt=decode_receipt(receipt) if receipt is not None else None,
        error=_decode_error(error) if error is not None else None,
        memory=_decode_memory(memory) if memory is not None else None,
        model_path=model_path,
        starred=bool(starred),
        utc_offset=utc_offset,
    )


def whole_or_damaged(row: Any) -> Message:
    """Return the message in a row of MESSAGE_COLUMNS; one that cannot be read is empty and says so, in its place."""
    try:
        return message_of(row)
    except DAMAGED:
        message_id, chat_id, parent_id, role, _status, created_at, *_unread, starred, _utc_offset = row
        return Message(
            id=str(message_id),
            chat_id=chat_id,
            parent_id=parent_id if isinstance(parent_id, str) else None,
            role=Role.USER if role == Role.USER.value else Role.ASSISTANT,
            parts=(),
            status=MessageStatus.FAILED,
            created_at=moment_of(created_at),
            error=ErrorInfo(ErrorCode.MESSAGE_DAMAGED),
            starred=bool(starred),
        )


def chat_values(chat: Chat) -> dict[str, object]:
    """Return all columns of a chat."""
    return {**{name: getattr(chat, name) for name in CHAT_COLUMNS}, "sampling": encode(chat.sampling)}


def folder_of(row: Any) -> Folder:
    """Return the folder in a row of FOLDER_COLUMNS; what cannot be read of it is as usual, and hides no chat."""
    folder_id, name, parent_id, start = row
    try:
        begins = _decode_start(start) if start is not None else NO_START
    except DAMAGED:
        begins = NO_START
    outer = parent_id if isinstance(parent_id, str) else None
    return Folder(id=str(folder_id), name=name if isinstance(name, str) else "", parent_id=outer, start=begins)


def tag_of(row: Any) -> Tag:
    """Return the tag in a row of its id, name and colour; what cannot be read of it is as usual."""
    tag_id, name, color = row
    shown = color if color in TAG_COLORS else TAG_COLORS[0]
    return Tag(id=str(tag_id), name=name if isinstance(name, str) else "", color=shown)


def folder_values(folder: Folder) -> dict[str, object]:
    """Return all columns of a folder but its id."""
    start = encode(folder.start) if folder.start != NO_START else None
    return {"name": folder.name, "parent_id": folder.parent_id, "start": start}


def message_values(message: Message) -> dict[str, object]:
    """Return all columns of a message but its place in the order of creation."""
    return {
        "id": message.id,
        "chat_id": message.chat_id,
        "parent_id": message.parent_id,
        "role": message.role.value,
        "created_at": message.created_at,
        "memory": encode(message.memory) if message.memory is not None else None,
        "model_path": message.model_path,
        "starred": message.starred,
        "utc_offset": message.utc_offset,
        **growing_values(message),
    }


def growing_values(message: Message) -> dict[str, object]:
    """Return the columns of what grows while a message is written."""
    return {
        "parts": encode(message.parts),
        "status": message.status.value,
        "receipt": encode(message.receipt) if message.receipt is not None else None,
        "error": encode(message.error) if message.error is not None else None,
    }
