"""Has the model count the tokens of what is in the composer: of the text while it is typed, and of each attached file."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer

from desktop_app.app import App
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.gui.composer.attachment_chips import Attached
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.conversation.controller import ChatController

COUNT_MS = 150
"""How long after the last key the tokens are counted."""


class CountController(QObject):
    """A model that is not loaded counts nothing; it does as soon as it is."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        composer: Composer,
        chat: ChatController,
        *,
        model_path: Callable[[], str | None],
    ) -> None:
        super().__init__(composer)
        self._app = app
        self._bridge = bridge
        self._newest = Newest(bridge)
        self._composer = composer
        self._model_path = model_path
        self._counted_by: str | None = None
        self._timer = QTimer(self, singleShot=True, interval=COUNT_MS)
        self._timer.timeout.connect(self._count_text)
        composer.text_changed.connect(self._text_changed)
        chat.chat_opened.connect(lambda _chat: self.count_files())
        chat.model_shown.connect(self._count_anew)

    def count_files(self) -> None:
        """Count each attached file that was not counted yet."""
        path = self._model_path()
        if path is None:
            return
        for attached in self._composer.attachments.attached:
            if attached.part is not None and attached.tokens is None:
                counted = self._app.engines.questions_to(path).count_tokens(attached.part.source)
                self._bridge.when_done(counted, partial(self._counted_file, path, attached), lambda _error: None)

    def _count_anew(self) -> None:
        """Count with the model that is chosen now, files only where that is another one."""
        if self._model_path() != self._counted_by:
            for attached in self._composer.attachments.attached:
                attached.tokens = None
        self.count_files()
        self._text_changed(self._composer.text())

    def _text_changed(self, text: str) -> None:
        if text.strip():
            self._timer.start()
        else:
            self._timer.stop()
            self._newest.forget()
            self._composer.set_token_count(None)

    def _count_text(self) -> None:
        model_path, text = self._model_path(), self._composer.text()
        if model_path is not None and text.strip():
            counted = self._app.engines.questions_to(model_path).count_tokens(text)
            self._newest.when_done(
                counted,
                lambda count: self._counted_text(text, count),
                lambda _error: self._composer.set_token_count(None),
            )

    def _counted_text(self, text: str, count: int) -> None:
        if text == self._composer.text():  # else it is counted again soon
            self._composer.set_token_count(count)

    def _counted_file(self, path: str, attached: Attached, count: int) -> None:
        if path == self._model_path():
            self._counted_by = path
            attached.tokens = count
            self._composer.attachments.refresh()
