"""Chats as frozen values."""

import msgspec

from desktop_app.domain.messages import Message
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.shelf import GONE, LEFT, TEMPORARY
from desktop_app.domain.unsent import NOTHING_UNSENT, Unsent


class Chat(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A chat without its messages; times are Unix time in seconds.

    As nothing in it can refer to it, the collector of garbage leaves out the thousands that there may be.

    `leaf_id` names the message that ends the branch last looked at. `model_path` is None until a
    model was chosen for the chat. `title_is_own` says that a person wrote the title, so that a
    title made by the app never overwrites it. `persona` is the key of the one that it was begun with, if any.
    `folder_id` is the folder that it is in, if any; `archived_at` is None while it is in the list.
    """

    id: str
    title: str = ""
    title_is_own: bool = False
    created_at: float
    updated_at: float
    pinned: bool = False
    deleted_at: float | None = None
    leaf_id: str | None = None
    model_path: str | None = None
    draft: str = ""
    system_prompt: str = ""
    sampling: Sampling = Sampling()
    persona: str | None = None
    folder_id: str | None = None
    archived_at: float | None = None

    @property
    def is_temporary(self) -> bool:
        """Whether it is only there while it is open, or was."""
        return self.deleted_at in (TEMPORARY, LEFT)

    @property
    def is_in_trash(self) -> bool:
        """Whether it is in the trash, from which it can come back."""
        return self.deleted_at is not None and self.deleted_at > GONE

    @property
    def keep_as(self) -> str:
        """What models keep on the disk of it, so as not to read it twice, is kept as this; empty for nothing."""
        return "" if self.is_temporary else self.id


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """A chat with its whole message tree, in the order of creation, and what was not sent yet."""

    chat: Chat
    messages: tuple[Message, ...]
    unsent: Unsent = NOTHING_UNSENT


class ChatStart(msgspec.Struct, frozen=True):
    """What a chat begins with beside its first question: the system prompt, and the key of a persona, if any.

    One that is `temporary` is listed nowhere, and nothing of it outlives the time for which it is open. `folder_id` is the
    folder that it is in, if any.
    """

    system_prompt: str = ""
    persona: str | None = None
    temporary: bool = False
    folder_id: str | None = None


PLAIN_START = ChatStart()
DEFAULT_SYSTEM_PROMPT = "You are a helpful assistant."
"""What a new chat tells the model; some templates put in worse words of their own without it."""
