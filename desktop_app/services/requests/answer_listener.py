"""Who is told how an answer comes along."""

from desktop_app.domain.attention import Attention
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.messages import Receipt
from desktop_app.domain.parts import ToolCallPart
from desktop_app.protocol.engine import Logits


class AnswerListener:
    """Told how one answer comes along, in a service thread; override what is of interest."""

    wants_traces = False
    """Whether `on_traces` is of interest."""

    def on_summarizing(self) -> None:
        """The model summarizes first what no longer fits its context."""

    def on_not_summarized(self) -> None:
        """What no longer fits could not be summarized, and is only left out."""

    def on_context(self, used: int, size: int, dropped_turns: int, summary: str) -> None:
        """The prompt has `used` of `size` tokens; `summary` stands for the oldest `dropped_turns`, which are left out.

        Of a text that is gone on with, they are characters.
        """

    def on_prompt(self, done: int, total: int, cached: int) -> None:
        """`done` of the prompt's `total` tokens are read; `cached` were known from before."""

    def on_text(self, text: str) -> None:
        """The next piece of the answer."""

    def on_thought(self, text: str) -> None:
        """The next piece of what the model thinks before its answer."""

    def on_tool_call(self, call: ToolCallPart) -> None:
        """The model wants to call a tool, behind the text that came so far."""

    def on_logits(self, told: Logits) -> None:
        """The logits behind the prompt, where nothing but these was asked for; the last thing to be told."""

    def on_attention(self, attention: Attention) -> None:
        """What the tokens of the answer look at, where nothing but that was asked for; the last thing to be told."""

    def on_tokens(self, count: int) -> None:
        """So many more tokens were written; with their text or before it."""

    def on_traces(self, traces: bytes) -> None:
        """How the next tokens were chosen, where that is recorded, as `Traces.flat`; with their text or before it."""

    def on_finished(self, receipt: Receipt) -> None:
        """The answer is complete, or was cancelled."""

    def on_failed(self, error: ErrorInfo) -> None:
        """The answer ended early."""
