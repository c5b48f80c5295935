"""Larger and smaller text, by keys and by the wheel over the chat: the setting is changed, and all windows follow it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow

STEP = 10
LEAST, MOST, USUAL = 80, 200, 100
"""Percent, as the setting has them."""
NOTICE_MS = 1500


class ZoomController(QObject):
    """Steps through the text sizes."""

    def __init__(self, window: "MainWindow", text_size: Callable[[], int], change: Callable[[int], None]) -> None:
        """`text_size` returns the present one in percent, and `change` sets another."""
        super().__init__(window)
        self._window = window
        self._text_size = text_size
        self._change = change
        commands = window.commands
        commands.zoom_in.triggered.connect(lambda: self._step(1))
        commands.zoom_out.triggered.connect(lambda: self._step(-1))
        commands.zoom_reset.triggered.connect(lambda: self._set(USUAL))
        window.chat_view().zoom_requested.connect(self._step)

    def _step(self, steps: int) -> None:
        self._set(min(MOST, max(LEAST, self._text_size() + steps * STEP)))

    def _set(self, percent: int) -> None:
        if percent != self._text_size():
            self._change(percent)
        self._window.notice.show_notice(_("Text size: {percent} %").format(percent=percent), timeout=NOTICE_MS)
