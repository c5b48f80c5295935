"""A file above a question that was sent, at the edge where the question's bubble ends."""

from typing import Protocol

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop_app.domain.parts import FilePart
from desktop_app.gui.chat.file_words import file_notes, file_words
from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.controls import Button, ButtonSize
from desktop_app.support.formats import side_by_side
from desktop_app.support.i18n import _

_BUBBLE_SHARE = 0.8


class FileOwner(Protocol):
    """What the row asks of the view."""

    def file_opened(self, file: FilePart) -> None:
        """Show what is inside a file."""


class SentFile(Themed, QWidget):
    """A button with the file's name, size and tokens, which opens it."""

    def __init__(self, theme: Theme, owner: FileOwner, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._owner = owner
        self._file: FilePart | None = None
        self.button = Button(theme, "", size=ButtonSize.SMALL, icon="document", parent=self)
        self.button.clicked.connect(self._clicked)

    def lend(self, file: FilePart) -> None:
        """Show `file`."""
        self._file = file
        self._arrange()

    def chain(self) -> list[QWidget]:
        """Return what the keyboard visits."""
        return [self.button]

    def apply_theme(self) -> None:
        """Take over sizes."""
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stay at the edge."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        file = self._file
        if file is None:
            return
        metrics, px = self.button.fontMetrics(), self.theme.px
        words = file_words(file)
        room = int(self.width() * _BUBBLE_SHARE) - metrics.horizontalAdvance(f"  {words}") - px(24 + 28)
        name = metrics.elidedText(file.name, Qt.TextElideMode.ElideMiddle, max(px(40), room))
        self.button.set_content(side_by_side([name, words], "  "), "document")
        self.button.setToolTip("\n".join([file.name, *file_notes(file), _("Open it to see what the model reads.")]))
        self.button.setAccessibleName(_("{name}, {details}").format(name=file.name, details=words))
        size = self.button.sizeHint()
        area = QRect(self.width() - size.width(), 0, size.width(), size.height())
        self.button.setGeometry(placed(self, area, self.rect()))

    def _clicked(self) -> None:
        if self._file is not None:
            self._owner.file_opened(self._file)
