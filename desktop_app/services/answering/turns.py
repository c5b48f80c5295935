"""A question with the answers that it waits for, and what a model is told of the branch that it ends."""

from collections.abc import Sequence

import msgspec

from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.messages import Message, Role
from desktop_app.domain.parts import FilePart
from desktop_app.domain.prompt_moment import at_moment
from desktop_app.domain.sampling import SEED_MAX, Sampling
from desktop_app.domain.unsent import NextQuestion
from desktop_app.services.requests.context import Remembering
from desktop_app.services.requests.requests import Turn
from desktop_app.settings.schema import WhenFull

_TAKEN_BACK = (ErrorCode.PROMPT_TOO_LONG, ErrorCode.MODEL_NOT_FOUND, ErrorCode.MODEL_INCOMPLETE)
"""What keeps a question from being asked at all: it goes back to the composer, for another try."""


class Asked(msgspec.Struct, frozen=True):
    """The ids that a question and its answer will have; `others` are those of further answers to it."""

    chat_id: str
    question_id: str
    answer_id: str
    others: tuple[str, ...] = ()

    @property
    def answer_ids(self) -> tuple[str, ...]:
        """The ids of all answers."""
        return (self.answer_id, *self.others)


class Writer(msgspec.Struct, frozen=True):
    """Who writes an answer: the model at a path, and how it is sampled."""

    model_path: str
    sampling: Sampling


class NewTurn(msgspec.Struct, frozen=True, kw_only=True):
    """A question with the answers that it waits for; `question` is None for one more answer to an old question.

    Each of `answers` has one of `writers`. `before` is the answer as it was where it is continued. `examples` came
    into the chat with its first question.
    `waited` is the question as it was while it waited for the answer before it.
    """

    chat_id: str
    question: Message | None
    answers: tuple[Message, ...]
    writers: tuple[Writer, ...]
    previous_leaf: str | None
    when_full: WhenFull
    before: Message | None = None
    examples: tuple[Message, ...] = ()
    begins_chat: bool = False
    waited: NextQuestion | None = None

    def ids_with(self, answer_id: str) -> tuple[str, ...]:
        """The ids of the question, where there is one, and of one of its answers."""
        return (self.question.id, answer_id) if self.question is not None else (answer_id,)

    @property
    def given_back(self) -> tuple[str, tuple[FilePart, ...]]:
        """What of the question goes back to the composer; nothing where it waited, since it does so again."""
        if self.question is None or self.waited is not None:
            return "", ()
        return self.question.text, self.question.files


def turns_of(chat: Chat, path: Sequence[Message], asked_at: float | None = None) -> list[Turn]:
    """Return what the model is told of a branch: the system prompt, and what was said.

    The moment that the system prompt may tell is that of the last question, by the clock as it stood where that was
    asked, so that it is the same whenever the branch is read again; `asked_at` is that of one that is not on it yet, in
    seconds since 1970.
    """
    turns = [Turn(message.role.value, message.written) for message in path if message.written]
    if not chat.system_prompt:
        return turns
    utc_offset = None
    if asked_at is None:
        question = next((message for message in reversed(path) if message.role is Role.USER), None)
        asked_at = question.created_at if question is not None else chat.updated_at
        utc_offset = question.utc_offset if question is not None else None
    return [Turn(Role.SYSTEM.value, at_moment(chat.system_prompt, asked_at, utc_offset)), *turns]


def remembered(path: Sequence[Message], when_full: WhenFull) -> tuple[str | None, Remembering]:
    """Return the id of the message from which on a branch was remembered last, and what that means for its next turn."""
    path = [message for message in path if message.written]
    for index in range(len(path) - 1, 0, -1):
        memory = path[index].memory
        if memory is not None:
            remembering = Remembering(
                when_full=when_full, dropped=index, summary=memory.summary, context_size=memory.context_size
            )
            return path[index].id, remembering
    return None, Remembering(when_full=when_full)


def other_seed(sampling: Sampling, place: int) -> Sampling:
    """Return what the alternative at `place` is sampled with: a chosen seed would make all of them the same."""
    if sampling.seed is None or not place:
        return sampling
    return msgspec.structs.replace(sampling, seed=(sampling.seed + place) % (SEED_MAX + 1))


def is_taken_back(turn: NewTurn, error: ErrorInfo) -> bool:
    """Whether nothing was asked at all; where there is no question, only a full context leaves no trace."""
    if len({writer.model_path for writer in turn.writers}) > 1:
        return False  # another model may have answered
    return error.code is ErrorCode.CONTEXT_FULL or (turn.question is not None and error.code in _TAKEN_BACK)
