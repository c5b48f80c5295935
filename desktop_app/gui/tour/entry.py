"""A line for a person's own words, which tells of them when they pause."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.controls import Label

PAUSE_MS = 300
LONGEST = 400


class Entry(Themed, QWidget):
    """A small title above a field; `settled` carries what was typed, at once with Enter."""

    settled = Signal(str)

    def __init__(self, theme: Theme, title: str, text: str) -> None:
        QWidget.__init__(self)
        self.theme = theme
        self.field = QLineEdit(text)
        self.field.setMaxLength(LONGEST)
        self.field.setAccessibleName(title)
        self.field.setCursorPosition(0)
        label = Label(theme, title, "small", "muted", wraps=True)
        label.setBuddy(self.field)
        self._told = text.strip()
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self._tell)
        self.field.textEdited.connect(self._timer.start)
        self.field.returnPressed.connect(self._tell)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        column.addWidget(label)
        column.addWidget(self.field)

    @property
    def text(self) -> str:
        """What is typed, without blanks around it: a model writes the blank together with the word behind it."""
        return self.field.text().strip()

    def _tell(self) -> None:
        self._timer.stop()
        if self.text != self._told:
            self._told = self.text
            self.settled.emit(self.text)
