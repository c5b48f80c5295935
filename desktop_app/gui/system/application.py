"""The application object: macOS tells it what a person opens, where other systems start the program again."""

from pathlib import Path

from PySide6.QtCore import QEvent, QTimer, QUrl, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from desktop_app.domain.openings import OpenLink, opening_of

GATHER_MS = 50
"""Files that are opened together come one after the other, within less than this."""


class Application(QApplication):
    """`opened` carries what to open: files that were opened together, or a link.

    It has Qt's own style rather than the platform's. Nobody asks for the style itself before the first paint: Python
    would have to learn hundreds of names.
    """

    opened = Signal(object)

    def __init__(self, arguments: list[str]) -> None:
        super().__init__([*arguments, "-style", "Fusion"])
        self._files: list[str] = []
        self._gathering = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._gathering.timeout.connect(self._open_files)

    def event(self, event: QEvent) -> bool:
        """Take what is to be opened; everything else is Qt's."""
        if isinstance(event, QFileOpenEvent):
            address = event.url().toString(QUrl.ComponentFormattingOption.FullyEncoded)
            opening = opening_of([address], Path.home())
            if isinstance(opening, OpenLink):
                self.opened.emit(opening)
            else:
                self._files.append(address)
                self._gathering.start()
            return True
        return super().event(event)

    def _open_files(self) -> None:
        files, self._files = self._files, []
        self.opened.emit(opening_of(files, Path.home()))
