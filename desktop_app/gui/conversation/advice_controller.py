"""Looks at the first question of a chat while somebody types it, and says at the composer where it is vague."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from desktop_app.app import App
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.domain.prompt_hint import PromptHint
    from desktop_app.gui.composer.advice_dialog import AdviceDialog
    from desktop_app.gui.window.main_window import MainWindow

PAUSE_MS = 1_200
"""How long nothing was typed before the question is looked at."""
SETTING = ("questions", "hints")


class AdviceController(QObject):
    """Never in the way: a question can be sent at any time, and what was said goes with it."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        chat: ChatController,
        *,
        use_template: Callable[[str], None],
    ) -> None:
        """`use_template` puts the template of a title in place of what is typed."""
        super().__init__(window)
        self._app = app
        self._window = window
        self._composer = window.composer
        self._chat = chat
        self._use_template = use_template
        self._hint: PromptHint | None = None
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self._look)
        self._composer.text_changed.connect(self._typed)
        self._composer.advice_requested.connect(self._explain)
        chat.opening_changed.connect(self._look)
        chat.chat_opened.connect(lambda _chat: self._look())
        bridge.follow(app.settings.changed, lambda _settings: self._look())

    def _typed(self, text: str) -> None:
        """Wait for a pause; what was said stays until then, so that nothing flickers."""
        if text.strip():
            self._timer.start()
        else:
            self._timer.stop()
            self._show(None)

    def _look(self) -> None:
        """Say what the question lacks, where it is the first one and somebody wrote it."""
        text = self._composer.text()
        if not text.strip() or not self._is_looked_at():
            self._show(None)
            return
        from desktop_app.domain.prompt_hint import prompt_hint  # the first paint does without it

        self._show(prompt_hint(text))

    def _is_looked_at(self) -> bool:
        conversation = self._chat.conversation
        is_first = conversation is None or next(conversation.upwards, None) is None
        is_own = not self._chat.opening.title and self._composer.editing_id is None
        return is_first and is_own and self._app.settings.value.questions.hints

    def _show(self, hint: PromptHint | None) -> None:
        self._hint = hint
        if hint is None:
            self._composer.set_advice("")
            return
        from desktop_app.gui.composer.advice_words import advice_line

        self._composer.set_advice(advice_line(hint))

    def _explain(self) -> None:
        from desktop_app.gui.composer.advice_dialog import AdviceDialog  # few questions need it

        if self._hint is None:
            return
        dialog = AdviceDialog(self._window.theme, self._hint, self._window)
        self._connect(dialog)
        dialog.open()

    def _connect(self, dialog: AdviceDialog) -> None:
        dialog.template_requested.connect(self._use_template)
        dialog.no_more_requested.connect(self._switch_off)
        dialog.finished.connect(lambda _result: self._composer.focus())

    def _switch_off(self) -> None:
        self._app.settings.change(*SETTING, False)
        self._window.notice.show_notice(
            _("There are no more hints on vague questions. The settings bring them back."),
            (_("Undo"), partial(self._app.settings.reset, *SETTING)),
        )
