"""An answer that somebody waits for: what was asked, how far it has come, and what the worker is asked for it."""

from collections.abc import Sequence

import msgspec

from desktop_app.domain.chain import written_forms
from desktop_app.domain.parts import Part, ToolCallPart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.thoughts import Piece, ThoughtSplitter, has_token_marks
from desktop_app.domain.tool_calls import ToolCallSplitter, has_token_calls
from desktop_app.protocol import engine as protocol
from desktop_app.protocol.helper import TemplateMessage
from desktop_app.services.answer_listener import AnswerListener
from desktop_app.services.context import Remembering
from desktop_app.services.energy import Reading
from desktop_app.services.receipts import Making
from desktop_app.services.summaries import Summarizing
from desktop_app.settings.schema import WhenFull

Turn = TemplateMessage
"""One turn of a conversation as the chat template sees it."""

RECORDED_OPTIONS = 8
"""How many of the likeliest tokens are kept with each that was chosen."""


class Request(msgspec.Struct, kw_only=True):
    """An answer that somebody waits for.

    The `look` is only at the logits behind the prompt, where no more than `most_unread` tokens are to be read for it;
    with `scores` the tokens of `so_far` are told instead of new ones.
    """

    id: str
    turns: tuple[Turn, ...]
    sampling: Sampling
    listener: AnswerListener
    keep_as: str
    remembering: Remembering
    so_far: tuple[Part, ...] = ()
    in_background: bool = False
    look: bool = False
    most_unread: int | None = None
    scores: bool = False
    resumed: str = ""
    dropped: int = 0
    summary: str = ""
    summarizing: Summarizing | None = None
    when_full: WhenFull = WhenFull.DROP
    cancelled: bool = False
    sent: bool = False
    template: str = ""
    reproducible: bool | None = None
    making: Making | None = None
    energy: Reading | None = None
    splitter: ThoughtSplitter = msgspec.field(default_factory=ThoughtSplitter)
    calls: ToolCallSplitter = msgspec.field(default_factory=ToolCallSplitter)

    def tell(self, pieces: Sequence[Piece]) -> None:
        """Hand what the model wrote to who waits for it."""
        for kind, text in pieces:
            if kind == "thought":
                self.listener.on_thought(text)
            else:
                self._tell_text(self.calls.feed(text))

    def tell_rest(self) -> None:
        """Hand on what was held back, now that no more comes."""
        self.tell(self.splitter.finish())
        self._tell_text(self.calls.finish())

    def _tell_text(self, pieces: "Sequence[str | ToolCallPart]") -> None:
        for piece in pieces:
            if isinstance(piece, str):
                self.listener.on_text(piece)
            else:
                self.listener.on_tool_call(piece)


def question_of(request: Request, prompt: str, *, records: bool) -> protocol.Question:
    """Return what the worker is asked for a request, whose prompt ends in what is written already.

    With `records` it tells how each token came to be chosen.
    """
    if request.scores:
        return protocol.Score(
            request_id=request.id,
            prompt=prompt.removesuffix(request.resumed),
            text=request.resumed,
            sampling=request.sampling,
            probabilities=RECORDED_OPTIONS,
        )
    if request.look:
        return _look(request, prompt)
    return protocol.Generate(
        request_id=request.id,
        prompt=prompt,
        sampling=request.sampling,
        keep_as=request.keep_as,
        probabilities=RECORDED_OPTIONS if records else None,
        control_tokens=has_token_marks(request.template) or has_token_calls(request.template),
        reproducible=request.making is not None and request.making.reproducible,
    )


def _look(request: Request, prompt: str) -> protocol.NextLogits:
    """Return the question for nothing but the logits behind `prompt`."""
    sampling = request.sampling
    return protocol.NextLogits(
        request_id=request.id,
        prompt=prompt,
        texts=tuple(form for word in sampling.logit_bias for form in written_forms(word)),
        breakers=sampling.dry_breakers,
        keep_as=request.keep_as,
        most_unread=request.most_unread,
    )
