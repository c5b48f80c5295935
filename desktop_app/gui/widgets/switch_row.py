"""A switch at the end of a line that says what it is for."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.switch import Switch


class SwitchRow(QWidget):
    """The words wrap; `switch` is called by them. `inset` is what stays free at both ends, in pixels at 100 %."""

    def __init__(self, theme: Theme, words: str, parent: QWidget, inset: int = 0) -> None:
        super().__init__(parent)
        line = QHBoxLayout(self)
        line.setContentsMargins(theme.px(inset), 0, theme.px(inset), 0)
        line.setSpacing(theme.px(12))
        self.switch = Switch(theme, self)
        self.switch.setAccessibleName(words)
        line.addWidget(Label(theme, words, "body", wraps=True, parent=self), 1)
        line.addWidget(self.switch)
