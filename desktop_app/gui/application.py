"""The application object: macOS tells it what a person opens, where other systems start the program again."""

from pathlib import Path

from PySide6.QtCore import QEvent, QUrl, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from desktop_app.domain.openings import opening_of


class Application(QApplication):
    """`opened` carries what to open: a file that was double-clicked, or a link."""

    opened = Signal(object)

    def event(self, event: QEvent) -> bool:
        """Take what is to be opened; everything else is Qt's."""
        if isinstance(event, QFileOpenEvent):
            address = event.url().toString(QUrl.ComponentFormattingOption.FullyEncoded)
            self.opened.emit(opening_of(address, Path.home()))
            return True
        return super().event(event)
