"""The values that the next answer is sampled with: those of the open chat, or of the one that begins with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, QTimer

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.sampling_rules import OF_ONE_CHAT
from desktop_app.gui.bridge import Bridge

if TYPE_CHECKING:  # the first paint does without threads
    from concurrent.futures import Future

    from desktop_app.gui.window.main_window import MainWindow

SAMPLING_MS = 400
"""How long after the last change of a slider the chat keeps its values."""


class ChatSampling(QObject):
    """Shows them on the panel, and keeps what a person changes there.

    `chat_id` names the open chat, or the one that was begun and is not stored yet; `is_waited_for` tells whether
    questions wait there that are asked with what is kept. `personal` puts a persona's values over those that a new chat
    begins with; `keep_usual` keeps one for all new chats.
    """

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        *,
        chat_id: Callable[[], str | None],
        is_waited_for: Callable[[], bool],
        model_path: Callable[[], str | None],
        personal: Callable[[Sampling], Sampling],
        keep_usual: Callable[[str, object], None],
    ) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._tab = window.panel.sampling_tab
        self._chat_id = chat_id
        self._is_waited_for = is_waited_for
        self._model_path = model_path
        self._personal = personal
        self._keep_usual = keep_usual
        self._timer = QTimer(self, singleShot=True, interval=SAMPLING_MS)
        self._timer.timeout.connect(self._keep)
        self._shown_for: str | None = None
        """The chat whose values they are; None for one to come."""
        self._keeping: set[Future[Chat]] = set()
        """What that chat is about to keep."""
        self.value = self._offered = app.settings.value.sampling
        """What the next answer is sampled with, and what a chat to come began with before a person changed it."""
        self._tab.set_sampling(self.value)
        self._tab.sampling_changed.connect(self._change)
        bridge.follow(app.model_defaults.changed, self._defaults_changed)

    def show(self, chat: Chat | None) -> None:
        """Show the values of a chat, or those that a new one with this model begins with."""
        if self._shown_for is None and chat is not None and chat.sampling == self.value:
            self._timer.stop()  # it began with them
        chat_id = chat.id if chat is not None else None
        is_newer = chat_id is not None and chat_id == self._shown_for and self._is_ahead
        self.end()  # what was changed last is another chat's
        self._offered = self._first()
        if not is_newer:  # else the chat was read, or begun, before they were changed
            self.value = chat.sampling if chat is not None else self._offered
        if chat_id != self._shown_for:
            self._shown_for = chat_id
            self._keeping.clear()
        self._tab.set_sampling(self.value)

    def begin(self) -> None:
        """Show what a chat to come begins with, now that its model is known or another one; what was changed for it stays."""
        if self._chat_id() is not None:
            return
        self.end()
        changes = self._changes()
        self._offered = self._first()
        self.value = msgspec.structs.replace(self._offered, **changes)
        self._tab.set_sampling(self.value)

    def take_over(self, former: ChatSampling) -> None:
        """Have the values that were chosen for a chat to come in a window that was made anew."""
        if self._chat_id() is None:
            self.value, self._offered = former.value, former._offered
            self._tab.set_sampling(self.value)

    def follow(self, before: Chat, chat: Chat) -> None:
        """Take over the values that another window gave to the open chat."""
        if chat.sampling not in (before.sampling, self.value) and not self._is_ahead:
            self.show(chat)

    def settled(self) -> Sampling:
        """Return what is sampled with now, with what is typed on the panel and was not left yet."""
        self._tab.settle()
        return self.value

    def hurry(self) -> None:
        """Keep at once what questions that wait are asked with."""
        if self._is_waited_for():
            self.end()

    def end(self) -> None:
        """Keep what the timer still holds back."""
        if self._timer.isActive():
            self._keep()

    @property
    def _is_ahead(self) -> bool:
        """Whether a person changed them, and the chat does not have all of it yet."""
        return bool(self._keeping) or self._timer.isActive()

    def _first(self) -> Sampling:
        usual = self._app.settings.value.sampling
        model_path = self._model_path()
        return self._personal(self._app.model_defaults.of(model_path).sampling_over(usual) if model_path else usual)

    def _changes(self) -> dict[str, object]:
        """Return what a person has changed for the chat to come."""
        names = Sampling.__struct_fields__
        return {name: new for name in names if (new := getattr(self.value, name)) != getattr(self._offered, name)}

    def _defaults_changed(self, path: str) -> None:
        if path == self._model_path():
            self.begin()

    def _change(self, sampling: Sampling) -> None:
        self.value, self._shown_for = sampling, self._chat_id()
        self._timer.start()
        if not self._keeping:  # else in a moment, with all that is changed until then
            self.hurry()

    def _keep(self) -> None:
        self._timer.stop()
        chat_id, usual = self._shown_for, self._app.settings.value.sampling
        if chat_id is not None:
            keeping = self._app.chats.set_sampling(chat_id, self.value)
            self._keeping.add(keeping)
            kept = partial(self._kept, keeping)
            self._bridge.when_done(keeping, kept, kept)  # the service tells what went wrong
            return
        if self._first() != usual:
            return  # a model or a persona has values of its own: what is changed now is for the chat that begins
        usually = {name: value for name, value in self._changes().items() if name not in OF_ONE_CHAT}
        for name, value in usually.items():
            self._keep_usual(name, value)
        self._offered = msgspec.structs.replace(self._offered, **usually)

    def _kept(self, keeping: Future[Chat], _result: object) -> None:
        self._keeping.discard(keeping)
        self.hurry()
