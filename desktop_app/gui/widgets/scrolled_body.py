"""What scrolls up and down in an area, and is never wider than the area."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QScrollArea, QWidget

BAR = 12
"""How wide a scroll bar is, in pixels at 100 %, as `look/style_sheet.py` says."""


def keep_room_for_bar(area: QAbstractScrollArea) -> None:
    """Keep the scroll bar's room where nothing scrolls, too; the bar has no handle there.

    What stands in the area then never moves or changes its width when there comes to be more of it, or less: the
    field that is typed into while a list below it gets shorter, for one.
    """
    area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)


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


class UprightArea(QScrollArea):
    """Shows a body as wide as it is, with no frame and no ground of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)

    def show_body(self, body: QWidget) -> None:
        """Show `body` in place of the one before, once its layout is filled."""
        self.setWidget(body)
        body.setAutoFillBackground(False)  # which the area has just switched on
