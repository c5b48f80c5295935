"""What scrolls up and down in an area, and is never wider than the area."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget


class ScrolledBody(QWidget):
    """Let no part of it ask for more width than there is.

    A part that stacks its controls where it is narrow asks for less width then. Where an area heeded that, it would
    grow and shrink its content by turns, each within the other, until the stack ends.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "page")

    def minimumSizeHint(self) -> QSize:
        """As high as the layout needs to be, and of any width."""
        return QSize(0, super().minimumSizeHint().height())
