"""What an answer waits for, what comes of it and how fast: shown in the conversation and in columns beside it."""

from collections.abc import Callable, Iterable

from desktop_app.gui.chat.rows.footer import pace_line
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.conversation.conversation import OpenConversation
from desktop_app.gui.conversation.which_chat import WhichChat
from desktop_app.services.events import (
    AnswerGrowth,
    AnswerPace,
    AnswerWaits,
    EngineChanged,
    EngineState,
    PromptRead,
    Summarizing,
    ThoughtDelta,
    ToolCallMade,
)
from desktop_app.support.i18n import _

Progress = AnswerPace | AnswerWaits | EngineChanged | PromptRead | Summarizing


class AnswerProgress:
    """Says of the answers of the open chat how far they are, and shows each next piece."""

    def __init__(
        self,
        *,
        which: WhichChat,
        views: Callable[[], Iterable[ChatView]],
        model_of: Callable[[str], str | None],
        read_again: Callable[[], None],
    ) -> None:
        """`views` may show an answer, `model_of` tells by whose model it is made where that is not the chat's own.

        `read_again` reads the chat again, where pieces of an answer were told while it was being read.
        """
        self._which = which
        self._views = views
        self._model_of = model_of
        self._read_again = read_again

    def begin(self, answer_id: str) -> None:
        """Say that the model begins to read."""
        self._show(answer_id, _("Reading the prompt…"))

    def hear(self, event: Progress) -> None:
        """Say what an event tells."""
        conversation = self._which.open
        if conversation is None:
            return
        if isinstance(event, EngineChanged):
            self._show_loading(conversation, event)
        elif event.chat_id != conversation.chat.id:
            return
        elif isinstance(event, AnswerPace):
            for view in self._views():
                view.set_pace(event.message_id, pace_line(event.tokens, event.tokens_per_second))
        else:
            words = _words(event)
            if words:
                self._show(event.message_id, words)

    def grow(self, event: AnswerGrowth) -> None:
        """Show the next piece of an answer or of the thought before it, or a call in it."""
        conversation, answer_id = self._which.open, event.message_id
        if conversation is None or conversation.chat.id != event.chat_id:
            return
        gaps = conversation.gaps
        if isinstance(event, ThoughtDelta):
            thought = conversation.think(answer_id, event.text, event.start)
            for view in self._views() if thought else ():
                view.add_thought(answer_id, thought)
        elif isinstance(event, ToolCallMade):
            for view in self._views() if conversation.call(answer_id, event.call, event.index) else ():
                view.add_call(answer_id, event.call)
        else:
            text = conversation.grow(answer_id, event.text, event.start)
            for view in self._views() if text else ():
                view.add_text(answer_id, text)
        if conversation.gaps > gaps:
            self._read_again()

    def _show_loading(self, conversation: OpenConversation, event: EngineChanged) -> None:
        """Say that answers wait for their model."""
        if event.state is not EngineState.LOADING:
            return
        words = _("Loading the model… {percent} %").format(percent=round(100 * event.fraction))
        for answer in conversation.all_streaming:
            if not answer.text and (self._model_of(answer.id) or event.model_path) == event.model_path:
                self._show(answer.id, words)

    def _show(self, answer_id: str, words: str) -> None:
        for view in self._views():
            view.set_progress(answer_id, words)


def _words(event: AnswerWaits | PromptRead | Summarizing) -> str:
    if isinstance(event, AnswerWaits):
        return _("Waiting for the other model…")
    if isinstance(event, Summarizing):
        return _("Summarizing what no longer fits…")
    if not event.total:
        return ""
    return _("Reading the prompt… {percent} %").format(percent=round(100 * event.done / event.total))
