"""Keeps the next word's candidates in step with the chat: asks for them when they can be seen and the chat is at rest."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer

from desktop_app.app import App
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.services.events import EngineChanged, EngineState, ServiceEvent
from desktop_app.services.words.error_text import explain
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext

if TYPE_CHECKING:
    from desktop_app.gui.panel.sampling.next_word import NextWord as NextWordView
    from desktop_app.gui.window.main_window import MainWindow
    from desktop_app.services.insight.next_word import NextWord

REST_MS = 150
"""How long nothing has to change before the model is asked."""


class _Subject(NamedTuple):
    """What the candidates depend on; a slider is not among it."""

    model_path: str
    chat_id: str
    answer_id: str
    text: str
    biased: tuple[str, ...]
    breakers: tuple[str, ...]


class NextWordController(QObject):
    """Asks once for each place in a chat, and drops what arrives after it was left; it never loads a model."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        chat: ChatController,
        *,
        model_path: Callable[[], str | None],
        sampling: Callable[[], Sampling],
    ) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._chat = chat
        self._model_path = model_path
        self._sampling = sampling
        self._states: dict[str, EngineState] = {}
        self._shown: _Subject | None = None
        self._asked: tuple[_Subject, Future[NextWord]] | None = None
        self._view: NextWordView | None = None
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._refresh)
        chat.answer_changed.connect(self._chat_changed)
        chat.chat_opened.connect(lambda _chat: self._timer.start())
        window.panel.tab_shown.connect(lambda _name: self._timer.start())
        window.panel.sampling_tab.sampling_changed.connect(self._sampling_changed)
        window.stage.changed.connect(self._timer.start)
        bridge.happened.connect(self._on_event)

    def _on_event(self, event: ServiceEvent) -> None:
        if isinstance(event, EngineChanged):
            before, self._states[event.model_path] = self._states.get(event.model_path), event.state
            if before is not event.state and event.model_path == self._model_path():
                if self._asked is not None and self._asked[1].done():
                    self._asked = None  # what failed may do better now
                self._timer.start()

    def _chat_changed(self) -> None:
        """An answer needs the model for itself; when it has ended, there is another next word."""
        if self._chat.is_streaming:
            self._drop()
        self._timer.start()

    def _sampling_changed(self, sampling: Sampling) -> None:
        if self._view is not None:
            self._view.set_sampling(sampling)
            if self._shown is not None and self._subject() != self._shown:
                self._timer.start()

    def _refresh(self) -> None:
        """Show what belongs to the chat as it is now; what stands there already stays."""
        panel = self._window.panel
        if self._window.page != "chat" or panel.tab != "sampling" or not panel.isVisible():
            return
        view = self._made_view()
        view.set_sampling(self._sampling())
        subject = self._subject()
        if subject is None:
            self._stay_or_explain(view)
        elif subject not in (self._shown, self._asked[0] if self._asked is not None else None):
            self._ask(view, subject)

    def _stay_or_explain(self, view: NextWordView) -> None:
        """While an answer is written in the chat that is shown, the bars stand still."""
        chat = self._chat.chat
        if self._chat.is_streaming and self._shown is not None and chat is not None and chat.id == self._shown.chat_id:
            return
        self._drop()
        if self._chat.is_streaming:
            self._explain(
                view, _("The answer is being written. The words that could come next are shown when it ends.")
            )
            return
        self._explain(view, _("Ask something. Then this shows which words could come next, and what the settings do."))

    def _subject(self) -> _Subject | None:
        conversation, model_path = self._chat.conversation, self._model_path()
        answer = conversation.last_answer if conversation is not None else None
        if conversation is None or conversation.streaming is not None or answer is None or not answer.text:
            return None
        sampling = self._sampling()
        return _Subject(
            model_path=model_path or "",
            chat_id=conversation.chat.id,
            answer_id=answer.id,
            text=answer.text,
            biased=tuple(sampling.logit_bias),
            breakers=sampling.dry_breakers,
        )

    def _ask(self, view: NextWordView, subject: _Subject, *, read_all: bool = False) -> None:
        self._drop()
        state = self._states.get(subject.model_path, EngineState.IDLE)
        if state is not EngineState.READY:
            is_loading = state is EngineState.LOADING
            words = _("The model is being loaded.") if is_loading else _("Load a model to see which words could come.")
            self._explain(view, words)
            return
        conversation = self._chat.conversation
        assert conversation is not None
        if self._shown is None or self._shown.chat_id != subject.chat_id:
            self._explain(view, _("The model reads the chat…") if read_all else "")
        asked = self._app.next_words.look(
            subject.model_path, conversation.chat, conversation.branch, self._sampling(), read_all=read_all
        )
        self._asked = (subject, asked)
        self._bridge.when_done(
            asked,
            lambda found: self._found(view, subject, asked, found),
            lambda error: self._failed(view, asked, error),
        )

    def _found(self, view: NextWordView, subject: _Subject, asked: Future[NextWord], found: NextWord) -> None:
        if self._asked is None or self._asked[1] is not asked:
            return
        self._asked = None
        if found.distribution is None:
            words = ngettext(
                "The model has not read this chat yet: {count} token of it is new to it.",
                "The model has not read this chat yet: {count} tokens of it are new to it.",
                found.unread,
            )
            self._explain(view, words.format(count=number(found.unread)), can_read=True)
            self._asked = (subject, asked)  # it is not asked again by itself
            return
        self._shown = subject
        view.show_logits(found.distribution, found.text, found.pieces, found.ends)

    def _failed(self, view: NextWordView, asked: Future[NextWord], error: ErrorInfo) -> None:
        if self._asked is None or self._asked[1] is not asked:
            return
        explanation = explain(error)
        self._explain(view, explanation.text)

    def _explain(self, view: NextWordView, words: str, *, can_read: bool = False) -> None:
        self._shown = None
        view.clear(words, can_read=can_read)

    def _read_now(self) -> None:
        subject = self._subject()
        if self._view is not None and subject is not None:
            self._ask(self._view, subject, read_all=True)

    def _want_pieces(self, tokens: tuple[int, ...]) -> None:
        view, subject = self._view, self._shown
        model_path = subject.model_path if subject is not None else self._model_path()

        def take(pieces: dict[int, bytes]) -> None:
            if view is not None and (self._shown is subject or subject is None):
                view.add_pieces(pieces)

        if model_path is not None:
            self._bridge.when_done(self._app.next_words.pieces(model_path, tokens), take, lambda _error: None)

    def _drop(self) -> None:
        """Give up what was asked for and has not come."""
        asked, self._asked = self._asked, None
        if asked is not None:
            asked[1].cancel()

    def _made_view(self) -> NextWordView:
        """Return the block below the sliders, made when it is first seen."""
        if self._view is None:
            self._view = self._window.panel.sampling_tab.next_word
            self._view.reading_wanted.connect(self._read_now)
            self._view.pieces_wanted.connect(self._want_pieces)
        return self._view
