"""An answer that somebody waits for: the task, how far it has come, and what the worker is asked for it."""

from collections.abc import Sequence
from enum import Enum, auto

import msgspec

from desktop_app.domain.chain import biased_texts
from desktop_app.domain.control_texts import BREAK
from desktop_app.domain.mark_words import without_breaks
from desktop_app.domain.parts import Part, ToolCallPart
from desktop_app.domain.sampling import Sampling, Thinking
from desktop_app.domain.thoughts import Piece, ThoughtSplitter, has_thoughts
from desktop_app.domain.tool_calls import ToolCallSplitter, has_calls
from desktop_app.protocol import engine as protocol
from desktop_app.protocol.helper import TemplateMessage
from desktop_app.services.hardware.energy import Reading
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.context import AS_USUAL, Remembering
from desktop_app.services.requests.receipts import Making
from desktop_app.services.requests.summaries import Summarizing
from desktop_app.settings.schema import WhenFull

Turn = TemplateMessage
"""One turn of a conversation as the chat template sees it."""

RECORDED_OPTIONS = 8
"""How many of the likeliest tokens are kept with each that was chosen."""


class Purpose(Enum):
    """What a request is for: to write on, or to be told something of what is there."""

    ANSWER = auto()
    LOGITS = auto()
    """Those behind what is there."""
    SCORES = auto()
    """How likely each token of what is there is."""
    ATTENTION = auto()
    """Which earlier tokens each token of what is there looks at."""


class Task(msgspec.Struct, frozen=True):
    """What a model is to do: answer `turns`, or for another `purpose` tell something of the answer `so_far`.

    What it reads may be kept on disk under `keep_as`, until that is forgotten; `remembering` says what becomes of turns
    that do not fit its context. An answer goes on where `so_far` ends; `begun_as` is whether the model was to think
    where that was begun, None where it is not known. One `in_background` never keeps the model from being ended. A
    `reproducible` one gives the same tokens for the same task; None leaves that to the settings. Logits are told only
    where no more than `most_unread` tokens are to be read for them, else only how many those are.

    Where there is a `text`, the model goes on with it as it is: there are no turns then, and no template. Of one that
    does not fit the context, the beginning is left out.
    """

    turns: tuple[Turn, ...]
    sampling: Sampling
    keep_as: str = ""
    remembering: Remembering = AS_USUAL
    so_far: tuple[Part, ...] = ()
    begun_as: Thinking | None = None
    in_background: bool = False
    reproducible: bool | None = None
    purpose: Purpose = Purpose.ANSWER
    most_unread: int | None = None
    text: str | None = None


class Request(msgspec.Struct, kw_only=True):
    """A task that somebody waits for, and how far it is; `sampling` and `keep_as` may change until the worker has it.

    `dropped` are turns, or characters where there are none.
    """

    id: str
    task: Task
    listener: AnswerListener
    sampling: Sampling
    keep_as: str
    when_full: WhenFull
    said: str = ""
    resumed: str = ""
    dropped: int = 0
    summary: str = ""
    summarizing: Summarizing | None = None
    cancelled: bool = False
    sent: bool = False
    begun: bool = False
    template: str = ""
    making: Making | None = None
    energy: Reading | None = None
    splitter: ThoughtSplitter = msgspec.field(default_factory=ThoughtSplitter)
    calls: ToolCallSplitter = msgspec.field(default_factory=ToolCallSplitter)

    def tell(self, text: str) -> None:
        """Hand what the model wrote to who waits for it."""
        if self.task.text is None:
            self._tell(self.splitter.feed(text))
        elif said := text.replace(BREAK, ""):
            self.listener.on_text(said)

    def tell_rest(self) -> None:
        """Hand on what was held back, now that no more comes."""
        self._tell(self.splitter.finish())
        self._tell_text(self.calls.finish())

    def _tell(self, pieces: Sequence[Piece]) -> None:
        for kind, text in pieces:
            if kind == "text":
                self._tell_text(self.calls.feed(text))
            elif thought := text.replace(BREAK, ""):
                self.listener.on_thought(thought)

    def _tell_text(self, pieces: "Sequence[str | ToolCallPart]") -> None:
        for piece in map(without_breaks, pieces):
            if isinstance(piece, ToolCallPart):
                self.listener.on_tool_call(piece)
            elif piece:
                self.listener.on_text(piece)


def question_of(request: Request, prompt: str, *, records: bool) -> protocol.Question:
    """Return what the worker is asked for a request, whose prompt ends in what is written already.

    With `records` it tells how each token came to be chosen.
    """
    match request.task.purpose:
        case Purpose.SCORES:
            return protocol.Score(
                request_id=request.id,
                prompt=prompt.removesuffix(request.resumed),
                text=request.resumed,
                sampling=request.sampling,
                probabilities=RECORDED_OPTIONS,
            )
        case Purpose.ATTENTION:
            return protocol.Attend(request.id, prompt.removesuffix(request.resumed), request.resumed)
        case Purpose.LOGITS:
            return _look(request, prompt)
    return protocol.Generate(
        request_id=request.id,
        prompt=prompt,
        sampling=request.sampling,
        keep_as=request.keep_as,
        probabilities=RECORDED_OPTIONS if records else None,
        control_tokens=has_thoughts(request.template) or has_calls(request.template),
        reproducible=request.making is not None and request.making.reproducible,
        begun=request.said,
    )


def _look(request: Request, prompt: str) -> protocol.NextLogits:
    """Return the question for nothing but the logits behind `prompt`."""
    sampling = request.sampling
    return protocol.NextLogits(
        request_id=request.id,
        prompt=prompt,
        texts=biased_texts(sampling.logit_bias),
        breakers=sampling.dry_breakers,
        keep_as=request.keep_as,
        most_unread=request.task.most_unread,
    )
