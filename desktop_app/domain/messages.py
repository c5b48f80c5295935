"""Messages of a conversation as frozen values."""

from enum import StrEnum

import msgspec

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.parts import Part, TextPart
from desktop_app.domain.sampling import Sampling


class Role(StrEnum):
    """Who speaks; the values are those of the field's chat formats and are stored."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class MessageStatus(StrEnum):
    """How far a message is; the values are stored and never renamed."""

    STREAMING = "streaming"
    COMPLETE = "complete"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class FinishReason(StrEnum):
    """Why an answer ended: the model ended it, it reached its length, or it was stopped."""

    STOP = "stop"
    LENGTH = "length"
    CANCELLED = "cancelled"


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What made an answer, and what it cost.

    Durations are seconds; `seconds_to_first_token` counts from the moment the worker took the
    request; `tokens_per_second` covers the tokens after the first one. `guessed_tokens` were computed
    before they were due, and `true_guesses` of them came true.
    """

    model_name: str
    model_hash: str = ""
    engine_build: str = ""
    device: str = ""
    template_hash: str = ""
    sampling: Sampling = Sampling()
    seed: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    seconds_to_first_token: float = 0.0
    tokens_per_second: float = 0.0
    guessed_tokens: int = 0
    true_guesses: int = 0
    finish_reason: FinishReason = FinishReason.STOP


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One node of a conversation's tree; `created_at` is Unix time in seconds."""

    id: str
    chat_id: str
    parent_id: str | None
    role: Role
    parts: tuple[Part, ...]
    status: MessageStatus
    created_at: float
    receipt: Receipt | None = None
    error: ErrorInfo | None = None

    @property
    def text(self) -> str:
        """The words of all text parts, without thoughts."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))
