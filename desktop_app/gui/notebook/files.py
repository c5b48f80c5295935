"""The dialogs by which files become texts of the notebook, and texts become files."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog

from desktop_app.domain.notebook import title_of
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.notebook.rows import TEXT_FILES
from desktop_app.services.chat_files.saving import save_text
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class TextFiles(QObject):
    """`chosen` has the path of a file that is to become a text."""

    chosen = Signal(str)

    def __init__(self, pool: Executor, bridge: Bridge, window: MainWindow) -> None:
        super().__init__(window)
        self._pool = pool
        self._bridge = bridge
        self._window = window

    def choose(self) -> None:
        """Have a file chosen."""
        kinds = _("Texts ({endings})").format(endings=" ".join(f"*{ending}" for ending in TEXT_FILES))
        dialog = QFileDialog(self._window, _("Open a text"), "", ";;".join((kinds, _("All files (*)"))))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.chosen)
        dialog.open()

    def save(self, text: str) -> None:
        """Have a place chosen for a text as it is now, and write it there."""
        name = "".join(sign for sign in title_of(text) if sign.isalnum() or sign in " -_").strip() or _("Text")
        kinds = ";;".join((_("Text (*.txt)"), _("Markdown (*.md)")))
        dialog = QFileDialog(self._window, _("Save the text as a file"), "", kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("txt")
        dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix("md" if "*.md" in kind else "txt"))
        dialog.selectFile(f"{name}.txt")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self._write(path, text))
        dialog.open()

    def _write(self, path: str, text: str) -> None:
        words = _("The text was saved as {path}.").format(path=path)
        saved = self._pool.submit(save_text, Path(path), text)
        self._bridge.when_done(saved, lambda _nothing: self._window.notice.show_notice(words))
