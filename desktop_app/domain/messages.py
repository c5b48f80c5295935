"""Messages of a conversation as frozen values."""

from enum import StrEnum

import msgspec

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.parts import (
    FilePart,
    Part,
    PlacedCall,
    TextPart,
    ThoughtPart,
    files,
    placed_calls,
    thoughts,
    words,
    written,
)
from desktop_app.domain.sampling import Sampling, Thinking


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


class Go(msgspec.Struct, frozen=True, kw_only=True):
    """How one part of an answer was written, which was stopped and continued: what its receipt would say of it alone."""

    sampling: Sampling
    seed: int
    completion_tokens: int
    finish_reason: FinishReason
    is_resampled: bool = False
    dropped_turns: int = 0
    summary: str = ""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What made an answer, and what it cost; a field that an older release did not write has its default.

    Durations are seconds; `seconds_to_first_token` counts from the moment the worker took the
    request; `tokens_per_second` covers the tokens after the first one. `guessed_tokens` were computed
    before they were due, and `true_guesses` of them came true. `sampling` is what it was at last; where it was
    another one before, `resampled_at` is how many tokens had been written until then. `made_at` is Unix time in
    seconds, `context_size` in tokens, `model_size` in bytes.

    `model_hash` begins with its kind: 'sha256:' where the download or a check tells it, else 'quick:' (sizes, times
    and blocks of the file). `template_hash` and `prompt_hash` are the first 16 digits of the SHA-256 of the chat
    template and of the rendered prompt, `tokens_hash` stands for the ids of the tokens written. `adapters` are the
    names of those in use with their strengths.

    `begun` is what stood in an answer before its first token, but for what its sampling has all answers begin with: that
    of another answer up to where it branches off, or of itself up to where a fault cut it.

    An answer that `is_continued` was written in several goes; `earlier` are those before the last one, none where the
    release that made it did not note them.

    `dropped_turns` did not fit the context, and `summary` stood for them. `energy` is in watt hours, None where the
    system does not tell; `energy_sources` says what was measured.
    """

    model_name: str
    model_hash: str = ""
    engine_build: str = ""
    device: str = ""
    template_hash: str = ""
    sampling: Sampling = Sampling()
    resampled_at: int | None = None
    seed: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    seconds_to_first_token: float = 0.0
    tokens_per_second: float = 0.0
    guessed_tokens: int = 0
    true_guesses: int = 0
    finish_reason: FinishReason = FinishReason.STOP
    model_file: str = ""
    model_size: int = 0
    quantization: str = ""
    engine_version: str = ""
    cpu_features: str = ""
    safe_mode: bool = False
    kv_type: str = ""
    context_size: int = 0
    threads: int = 0
    adapters: tuple[str, ...] = ()
    prompt_hash: str = ""
    tokens_hash: str = ""
    decodes: int = 0
    reproducible: bool = False
    dropped_turns: int = 0
    summary: str = ""
    energy: float | None = None
    energy_sources: tuple[str, ...] = ()
    made_at: float = 0.0
    is_continued: bool = False
    begun: tuple[Part, ...] = ()
    earlier: tuple[Go, ...] = ()

    @property
    def goes(self) -> tuple[Go, ...]:
        """How each part of the answer was written, in order; none where that is not known."""
        if self.is_foreign or (self.is_continued and not self.earlier):
            return ()
        before = sum(go.completion_tokens for go in self.earlier)
        last = Go(
            sampling=self.sampling,
            seed=self.seed,
            completion_tokens=self.completion_tokens - before,
            finish_reason=self.finish_reason,
            is_resampled=self.resampled_at is not None and self.resampled_at > before,
            dropped_turns=self.dropped_turns,
            summary=self.summary,
        )
        return (*self.earlier, last)

    @property
    def is_foreign(self) -> bool:
        """Whether another app made the answer, of which neither the engine nor the values are known."""
        return not (self.seed or self.model_hash or self.engine_build)

    @property
    def wrote_nothing(self) -> bool:
        """Whether it was stopped before its first token."""
        return not self.completion_tokens and self.finish_reason is FinishReason.CANCELLED

    def and_then(self, later: "Receipt") -> "Receipt":
        """Return the receipt of an answer that went on after this one; its prompt was the text so far as well.

        One that was stopped before its first token has changed nothing.
        """
        if later.wrote_nothing:
            return self
        tokens = self.completion_tokens + later.completion_tokens
        parts = [part for part in (self, later) if part.tokens_per_second > 0]
        seconds = sum(part.completion_tokens / part.tokens_per_second for part in parts)
        resampled_at = self.resampled_at
        if later.resampled_at is not None or later.sampling != self.sampling:
            resampled_at = self.completion_tokens + (later.resampled_at or 0)
        is_measured = self.energy is not None and later.energy is not None
        return msgspec.structs.replace(
            later,
            resampled_at=resampled_at,
            prompt_tokens=max(0, later.prompt_tokens - self.completion_tokens),
            cached_tokens=self.cached_tokens,
            completion_tokens=tokens,
            seconds_to_first_token=self.seconds_to_first_token,
            tokens_per_second=sum(part.completion_tokens for part in parts) / seconds if seconds else 0.0,
            guessed_tokens=self.guessed_tokens + later.guessed_tokens,
            true_guesses=self.true_guesses + later.true_guesses,
            decodes=self.decodes + later.decodes,
            prompt_hash=self.prompt_hash,
            tokens_hash="",
            reproducible=self.reproducible and later.reproducible,
            energy=(self.energy or 0.0) + (later.energy or 0.0) if is_measured else None,
            energy_sources=tuple(dict.fromkeys((*self.energy_sources, *later.energy_sources))) if is_measured else (),
            made_at=self.made_at,
            is_continued=True,
            begun=self.begun,
            earlier=self.goes,
        )


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Why a message is the first that the model remembers: what came before did not fit `context_size` tokens.

    `summary` is what the model made of it, empty where it was only dropped.
    """

    summary: str = ""
    context_size: int


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One node of a conversation's tree; `created_at` is Unix time in seconds.

    `model_path` is the model that was asked for an answer beside the chat's own, None for that one. `utc_offset` is by
    how many seconds the clock stood before UTC where a question was asked, None where that is not known.
    One that is `starred` a person wants to find again.
    As nothing in it can refer to it, the collector of garbage leaves out all of a long chat.
    """

    id: str
    chat_id: str
    parent_id: str | None
    role: Role
    parts: tuple[Part, ...]
    status: MessageStatus
    created_at: float
    receipt: Receipt | None = None
    error: ErrorInfo | None = None
    memory: Memory | None = None
    model_path: str | None = None
    starred: bool = False
    utc_offset: int | None = None

    @property
    def text(self) -> str:
        """The words of all text parts, without thoughts and calls of tools."""
        return words(self.parts)

    @property
    def is_edited(self) -> bool:
        """Whether a person changed the words of the model."""
        return any(isinstance(part, TextPart) and part.edited for part in self.parts)

    @property
    def calls(self) -> tuple[PlacedCall, ...]:
        """The tools that the model wanted to call, with their places in the text."""
        return placed_calls(self.parts)

    @property
    def files(self) -> tuple[FilePart, ...]:
        """The files that go along with it."""
        return files(self.parts)

    @property
    def written(self) -> str:
        """What the model reads of this message later."""
        return written(self.parts)

    @property
    def thought(self) -> str:
        """What the model thought before it answered."""
        return thoughts(self.parts)

    @property
    def begun_as(self) -> Thinking | None:
        """Whether the model was to think where its answer was begun; None where that is not known."""
        goes = self.receipt.goes if self.receipt is not None else ()
        return goes[0].sampling.used_thinking if goes else None

    @property
    def thought_seconds(self) -> float:
        """How long it thought."""
        return sum(part.seconds for part in self.parts if isinstance(part, ThoughtPart))
