"""Chats that other apps exported, as chats of ours: what comes of one, and what had to be left out."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from desktop_app.domain.chat_file import SavedChat, SavedMessage


class Origin(StrEnum):
    """The app that chats come from; the values are part of what their ids are made of, and are never renamed."""

    CHATGPT = "chatgpt"
    CLAUDE = "claude"
    OPEN_WEBUI = "open-webui"
    LM_STUDIO = "lm-studio"
    JAN = "jan"
    GPT4ALL = "gpt4all"
    LLAMA_CPP = "llama-cpp"
    TEXT_GENERATION_WEBUI = "text-generation-webui"


class SkipReason(StrEnum):
    """Why a chat of an export is not among those that were read."""

    EMPTY = "empty"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"


class Leftovers(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be kept, counted.

    A marker such as `[image: name]` stands in the text where an image or a file was. `tool_results` are what tools
    answered a model: found pages, and the like. `misplaced_messages` name a message before them that is not there, or
    follow themselves: they are kept, and begin a branch of their own.
    """

    images: int = 0
    files: int = 0
    tool_results: int = 0
    unknown_parts: int = 0
    misplaced_messages: int = 0

    def __add__(self, other: "Leftovers") -> "Leftovers":
        return Leftovers(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})

    def __bool__(self) -> bool:
        return self != NOTHING_LEFT


NOTHING_LEFT = Leftovers()


class ForeignChat(msgspec.Struct, frozen=True, kw_only=True):
    """A chat of another app: `chat` is without its messages, which are each behind its parent, as created."""

    origin: Origin
    chat: SavedChat
    messages: tuple[SavedMessage, ...]
    leftovers: Leftovers = NOTHING_LEFT


class ChatSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A chat of another app without its texts; `models` are names as that app has them, times Unix time in seconds.

    `branches` counts the ends of the conversation's tree; `message_ids` tell which messages are there already.
    """

    id: str
    title: str
    origin: Origin
    messages: int
    message_ids: tuple[str, ...] = ()
    branches: int
    models: tuple[str, ...]
    first_at: float
    last_at: float
    leftovers: Leftovers = NOTHING_LEFT


class SkippedChat(msgspec.Struct, frozen=True):
    """A chat that was not read; `place` is the file or the number that it has in the export, `title` may be empty."""

    title: str
    place: str
    reason: SkipReason


def summary(found: ForeignChat) -> ChatSummary:
    """Return what a list shows of a chat."""
    parents = {message.parent_id for message in found.messages}
    return ChatSummary(
        id=found.chat.id,
        title=found.chat.title,
        origin=found.origin,
        messages=len(found.messages),
        message_ids=tuple(message.id for message in found.messages),
        branches=sum(1 for message in found.messages if message.id not in parents),
        models=models_of(found.messages),
        first_at=min((message.created_at for message in found.messages), default=found.chat.created_at),
        last_at=max((message.created_at for message in found.messages), default=found.chat.updated_at),
        leftovers=found.leftovers,
    )


def models_of(messages: Sequence[SavedMessage]) -> tuple[str, ...]:
    """Return the names of the models that answered, in the order in which they first did."""
    names = (message.receipt.model_name for message in messages if message.receipt is not None)
    return tuple(dict.fromkeys(name for name in names if name))
