"""Saves code from an answer, or a model card, as a file."""

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_app.gui.bridge import Bridge
from desktop_app.services.chat_files.saving import save_text
from desktop_app.support.i18n import _


class CodeSaver(QObject):
    """Asks where to, and writes in the pool; `tell` says in the window that it was done."""

    def __init__(self, pool: Executor, bridge: Bridge, window: QWidget, tell: Callable[[str], object]) -> None:
        super().__init__(window)
        self._pool = pool
        self._bridge = bridge
        self._window = window
        self._tell = tell

    def save(self, language: str, source: str) -> None:
        """Ask for a file, named by the code's language, and save `source` there."""
        from desktop_app.gui.chat.documents.highlight import suffix

        ending = suffix(language)
        dialog = QFileDialog(self._window, _("Save the code as a file"), f"{_('code')}{ending}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending.removeprefix("."))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self._write(path, source))
        dialog.open()

    def _write(self, path: str, source: str) -> None:
        words = _("The code was saved as {path}.").format(path=path)
        saved = self._pool.submit(save_text, Path(path), source)
        self._bridge.when_done(saved, lambda _nothing: self._tell(words))
