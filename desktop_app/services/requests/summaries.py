"""Summaries of what no longer fits a model's context, written by the model itself."""

from collections.abc import Callable, Sequence

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.messages import FinishReason, Receipt
from desktop_app.domain.sampling import Sampling, Thinking
from desktop_app.domain.summaries import clean_summary
from desktop_app.protocol.helper import TemplateMessage
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.context import pieces, remembered_turns

MOST_TOKENS = 300
"""How long a summary may become; in a small context it is an eighth of it."""
READ_SHARE = 0.6
"""How much of the context the turns of one piece may take."""
INSTRUCTION = (
    "Summarize our conversation so far in a few sentences. Keep names, numbers, decisions and open questions. "
    "Write only the summary, in the language of the conversation."
)
"""Told to the model, so never translated."""

Ask = Callable[[Sequence[TemplateMessage], Sampling, AnswerListener], str]
"""Asks the model with low temperature and returns the request's id."""


class Summarizing(AnswerListener):
    """One summary in the making.

    The turns are shown to the model as it has seen them, with the wish for a summary after them: so
    nearly all of the prompt is known already. What does not fit at once is summarized in pieces, each
    below the summary of what came before it.
    """

    def __init__(
        self,
        system: Sequence[TemplateMessage],
        turns: Sequence[TemplateMessage],
        summary: str,
        *,
        context_size: int,
        tokens_per_character: float,
        ask: Ask,
        cancel: Callable[[str], object],
        done: Callable[[str], None],
    ) -> None:
        """`summary` stands for what was dropped before `turns`; `done` gets the new one, empty where none was made."""
        self._system = tuple(system)
        self._summary = summary
        self._ask = ask
        self._cancel = cancel
        self._done = done
        most = min(MOST_TOKENS, context_size // 8)
        self._sampling = Sampling(temperature=0.2, max_tokens=most, thinking=Thinking.OFF)
        ends = pieces(turns, context_size * READ_SHARE / tokens_per_character)
        self._waiting = [tuple(turns[begin:end]) for begin, end in zip([0, *ends], ends, strict=False)]
        self._written: list[str] = []
        self._request_id = ""
        self._cancelled = False

    def begin(self) -> None:
        """Ask for the summary of the next piece."""
        self._written = []
        turns = remembered_turns((*self._system, *self._waiting.pop(0)), 0, self._summary)
        self._request_id = self._ask((*turns, TemplateMessage("user", INSTRUCTION)), self._sampling, self)
        if self._cancelled:
            self._cancel(self._request_id)

    def cancel(self) -> None:
        """End the request that runs, or that is just being made."""
        self._cancelled = True
        self._cancel(self._request_id)

    def on_text(self, text: str) -> None:
        """Keep the next words."""
        self._written.append(text)

    def on_finished(self, receipt: Receipt) -> None:
        """Go on with the next piece, or be done."""
        reason = receipt.finish_reason
        written = "" if reason is FinishReason.CANCELLED else "".join(self._written)
        self._summary = clean_summary(written, is_cut=reason is FinishReason.LENGTH)
        if self._summary and self._waiting:
            self.begin()
        else:
            self._done(self._summary)

    def on_failed(self, error: ErrorInfo) -> None:
        """Be done without a summary."""
        del error
        self._done("")
