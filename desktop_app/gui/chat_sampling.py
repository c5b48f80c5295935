"""The values that the next answer is sampled with: those of the open chat, or of the one that begins with it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, QTimer

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.sampling_rules import OF_ONE_CHAT
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.main_window import MainWindow

SAMPLING_MS = 400
"""How long after the last change of a slider the chat keeps its values."""


class ChatSampling(QObject):
    """Shows them on the panel, and keeps what a person changes there.

    `personal` puts a persona's values over those that a new chat begins with; `keep_usual` keeps one for all new chats.
    """

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        *,
        chat: Callable[[], Chat | None],
        model_path: Callable[[], str | None],
        personal: Callable[[Sampling], Sampling],
        keep_usual: Callable[[str, object], None],
    ) -> None:
        super().__init__(window)
        self._app = app
        self._tab = window.panel.sampling_tab
        self._chat = chat
        self._model_path = model_path
        self._personal = personal
        self._keep_usual = keep_usual
        self._timer = QTimer(self, singleShot=True, interval=SAMPLING_MS)
        self._timer.timeout.connect(self._keep)
        self._changed_in: Chat | None = None
        """The chat that had them changed last; None for one to come."""
        self.value = self._offered = app.settings.value.sampling
        """What the next answer is sampled with, and what a chat to come began with before a person changed it."""
        self._tab.set_sampling(self.value)
        self._tab.sampling_changed.connect(self._change)
        bridge.follow(app.model_defaults.changed, self._defaults_changed)

    def show(self, chat: Chat | None) -> None:
        """Show the values of a chat, or those that a new one with this model begins with."""
        if self._changed_in is None and chat is not None and chat.sampling == self.value:
            self._timer.stop()  # it began with them
        self.end()  # what was changed last is another chat's
        self._offered = self._first()
        self.value = chat.sampling if chat is not None else self._offered
        self._tab.set_sampling(self.value)

    def begin(self) -> None:
        """Show what a chat to come begins with, now that its model is known or another one; what was changed for it stays."""
        if self._chat() is not None:
            return
        self.end()
        changes = self._changes()
        self._offered = self._first()
        self.value = msgspec.structs.replace(self._offered, **changes)
        self._tab.set_sampling(self.value)

    def take_over(self, former: ChatSampling) -> None:
        """Have the values that were chosen for a chat to come in a window that was made anew."""
        if self._chat() is None:
            self.value, self._offered = former.value, former._offered
            self._tab.set_sampling(self.value)

    def follow(self, before: Chat, chat: Chat) -> None:
        """Take over the values that another window gave to the open chat."""
        if chat.sampling not in (before.sampling, self.value) and not self._timer.isActive():
            self.show(chat)

    def end(self) -> None:
        """Keep what the timer still holds back."""
        if self._timer.isActive():
            self._keep()

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
        self.value, self._changed_in = sampling, self._chat()
        self._timer.start()

    def _keep(self) -> None:
        self._timer.stop()
        chat, usual = self._changed_in, self._app.settings.value.sampling
        if chat is not None:
            self._app.chats.set_sampling(chat.id, self.value)
            return
        if self._first() != usual:
            return  # a model or a persona has values of its own: what is changed now is for the chat that begins
        kept = {name: value for name, value in self._changes().items() if name not in OF_ONE_CHAT}
        for name, value in kept.items():
            self._keep_usual(name, value)
        self._offered = msgspec.structs.replace(self._offered, **kept)
