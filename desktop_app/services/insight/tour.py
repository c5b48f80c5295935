"""What the guided tour has a model do: cut a text into tokens, look one word ahead, write short texts, count turns."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

import msgspec

from desktop_app.domain.attention import Attention
from desktop_app.domain.errors import ErrorInfo, error_from_info
from desktop_app.domain.messages import FinishReason, Receipt, Role
from desktop_app.domain.near_words import NearWords
from desktop_app.domain.parts import TextPart
from desktop_app.domain.received import Received, Token, read_tokens
from desktop_app.domain.sampling import Sampling, Thinking
from desktop_app.domain.traces import TraceRecorder, Traces
from desktop_app.services.background.futures import then
from desktop_app.services.engines.engines import Engines
from desktop_app.services.insight.next_word import NextWord, NextWords
from desktop_app.services.insight.prompt_view import PromptView
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.context import room_for_prompt, turns_to_drop
from desktop_app.services.requests.requests import Task, Turn

WRITE = Turn(Role.USER.value, "Write a text.")
"""What a model is asked whose answer begins with a person's own words; told to the model, so never translated."""

Heard = Callable[[str], None]


class CutText(msgspec.Struct, frozen=True):
    """A text as a model takes it in: its tokens have their places in `text`."""

    text: str
    tokens: tuple[Token, ...]


class Written(msgspec.Struct, frozen=True):
    """What a model wrote, and how each token of it came to be chosen."""

    text: str
    traces: Traces
    finish_reason: FinishReason


class Tour:
    """Every method returns at once; a future that is cancelled ends its request. Nothing of it is stored."""

    def __init__(self, engines: Engines, next_words: NextWords, prompt_view: PromptView) -> None:
        self._engines = engines
        self._next_words = next_words
        self._prompt_view = prompt_view

    def cut(self, model_path: str, text: str) -> "Future[CutText]":
        """Return the tokens of `text`; fails with EngineError where no model is loaded."""
        pieces = self._engines.questions_to(model_path).pieces_of(text)
        return then(pieces, lambda read: CutText(*read_tokens(read.tokens, read.pieces, read.controls)))

    def near_words(self, model_path: str, plus: Sequence[str], minus: Sequence[str], count: int) -> "Future[NearWords]":
        """Return the words nearest to the sum of `plus` less `minus`; fails with EngineError, as that of the engines."""
        return then(self._engines.questions_to(model_path).near_words(plus, minus, count), lambda found: found)

    def attention(self, model_path: str, text: str) -> "Future[Attention]":
        """Return what the tokens of a short text look at; fails with EngineError, as that of the engines."""
        return then(self._engines.questions_to(model_path).attention_in(text), lambda told: told)

    def pieces(self, model_path: str, tokens: Sequence[int]) -> "Future[dict[int, bytes]]":
        """Return the bytes of each token; fails with EngineError where no model is loaded."""
        return then(self._engines.questions_to(model_path).pieces(tokens), lambda told: told)

    def next_word(self, model_path: str, text: str) -> "Future[NextWord]":
        """Return what may come behind `text`, with which a text that the model writes begins."""
        return self._next_words.behind(model_path, [WRITE], text)

    def go_on(self, model_path: str, text: str, sampling: Sampling, heard: Heard) -> "Future[Written]":
        """Have the model write on behind `text`; `heard` gets each piece, in a service thread."""
        return self._write(model_path, WRITE, sampling, heard, (TextPart(text),))

    def answer(self, model_path: str, question: str, sampling: Sampling, heard: Heard) -> "Future[Written]":
        """Have the model answer a question of no chat; `heard` gets each piece, in a service thread."""
        return self._write(model_path, Turn(Role.USER.value, question), sampling, heard, ())

    def received(self, model_path: str, turns: Sequence[tuple[Role, str]]) -> "Future[Received]":
        """Return a conversation as the model reads it, with its tokens."""
        spoken = [Turn(role.value, text) for role, text in turns]
        return then(self._prompt_view.of_turns(model_path, spoken, Sampling()), lambda received: received)

    def _write(
        self, model_path: str, turn: Turn, sampling: Sampling, heard: Heard, so_far: tuple[TextPart, ...]
    ) -> "Future[Written]":
        listener = _Writing(heard)
        quick = msgspec.structs.replace(sampling, thinking=Thinking.OFF)
        request_id = self._engines.generate(model_path, Task((turn,), quick, so_far=so_far), listener)
        listener.written.add_done_callback(lambda done: self._engines.cancel(request_id) if done.cancelled() else None)
        return listener.written


def left_out(turns: Sequence[tuple[Role, str]], tokens: int, context_size: int) -> int:
    """Return how many of the oldest turns after the system prompt an answer would leave out in such a context.

    `tokens` are those of the whole prompt; what decides is what decides for answers.
    """
    if tokens <= room_for_prompt(context_size, Sampling().max_tokens):
        return 0
    return turns_to_drop([Turn(role.value, text) for role, text in turns], tokens, context_size)


class _Writing(AnswerListener):
    """Gathers a text and its traces."""

    wants_traces = True

    def __init__(self, heard: Heard) -> None:
        self.written: Future[Written] = Future()
        self._heard = heard
        self._pieces: list[str] = []
        self._recorder = TraceRecorder()

    def on_text(self, text: str) -> None:
        """Keep it, and pass it on."""
        self._pieces.append(text)
        if not self.written.cancelled():
            self._heard(text)

    def on_traces(self, traces: bytes) -> None:
        """Keep them until the end."""
        self._recorder.add(traces)

    def on_finished(self, receipt: Receipt) -> None:
        """Hand on what came."""
        with suppress(InvalidStateError):  # cancelled meanwhile
            self.written.set_result(Written("".join(self._pieces), self._recorder.traces(), receipt.finish_reason))

    def on_failed(self, error: ErrorInfo) -> None:
        """Say why there is nothing."""
        with suppress(InvalidStateError):
            self.written.set_exception(error_from_info(error))
