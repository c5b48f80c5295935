"""How chats and messages are written into columns and read from them; free of SQLAlchemy."""

from typing import Any

import msgspec

from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.messages import Memory, Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import Part
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.shelf import NO_START, Folder, FolderStart
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

encode = msgspec.msgpack.Encoder().encode
decode_parts = msgspec.msgpack.Decoder(tuple[Part, ...]).decode
decode_receipt = msgspec.msgpack.Decoder(Receipt).decode
decode_unsent = msgspec.msgpack.Decoder(Unsent).decode
_decode_error = msgspec.msgpack.Decoder(ErrorInfo).decode
_decode_memory = msgspec.msgpack.Decoder(Memory).decode
_decode_sampling = msgspec.msgpack.Decoder(Sampling).decode
_decode_start = msgspec.msgpack.Decoder(FolderStart).decode


def chat_of(row: Any) -> Chat:
    """Return the chat in a row of CHAT_COLUMNS; one whose sampling cannot be read has the usual one."""
    values = dict(zip(CHAT_COLUMNS, row, strict=True))
    values["title_is_own"], values["pinned"] = bool(values["title_is_own"]), bool(values["pinned"])
    try:
        values["sampling"] = _decode_sampling(values["sampling"])
    except UNDECODABLE:
        values["sampling"] = Sampling()  # a damaged one hides no chat
    return Chat(**values)


def message_of(row: Any) -> Message:
    """Return the message in a row of MESSAGE_COLUMNS."""
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
    except UNDECODABLE:
        message_id, chat_id, parent_id, role, _status, created_at, *_unread, starred, _utc_offset = row
        return Message(
            id=message_id,
            chat_id=chat_id,
            parent_id=parent_id,
            role=Role.USER if role == Role.USER.value else Role.ASSISTANT,
            parts=(),
            status=MessageStatus.FAILED,
            created_at=created_at,
            error=ErrorInfo(ErrorCode.MESSAGE_DAMAGED),
            starred=bool(starred),
        )


def chat_values(chat: Chat) -> dict[str, object]:
    """Return all columns of a chat."""
    return {**{name: getattr(chat, name) for name in CHAT_COLUMNS}, "sampling": encode(chat.sampling)}


def folder_of(row: Any) -> Folder:
    """Return the folder in a row of FOLDER_COLUMNS; one whose beginnings cannot be read has none."""
    folder_id, name, parent_id, start = row
    try:
        begins = _decode_start(start) if start is not None else NO_START
    except UNDECODABLE:
        begins = NO_START  # a damaged one hides no chat
    return Folder(id=folder_id, name=name, parent_id=parent_id, start=begins)


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
