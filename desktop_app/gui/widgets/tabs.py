"""A row of tabs in which one is chosen, as at the head of the right panel."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QTabBar, QWidget

from desktop_app.gui.look.theme import MEDIUM, SEMIBOLD, Theme, Themed
from desktop_app.gui.widgets.keyboard_focus import KeyboardFocus
from desktop_app.gui.widgets.painting import paint_box

HEIGHT = 34
INSET = 3
"""How far the chosen tab stays inside of the row's own ground."""


class Tabs(KeyboardFocus, Themed, QTabBar):
    """Qt's tab bar, so that arrow keys and screen readers know it, painted as one soft ground with the chosen tab raised."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QTabBar.__init__(self, parent)
        self.theme = theme
        self.setExpanding(True)
        self.setDrawBase(False)
        self.setUsesScrollButtons(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)  # which Fusion asks for buttons and fields only
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the font, and have Qt ask for sizes anew: it does so for another font alone, which may be there before."""
        self.setFont(self.theme.font("label", MEDIUM))
        self.setElideMode(Qt.TextElideMode.ElideRight)
        super().apply_theme()

    def tabSizeHint(self, index: int) -> QSize:
        """Room for the title, also as the chosen one; the tabs share what is left."""
        metrics = QFontMetrics(self.theme.font("label", SEMIBOLD))
        width = metrics.horizontalAdvance(self.tabText(index)) + 2 * self.theme.px(8)
        return QSize(width, self.theme.px(HEIGHT))

    def minimumTabSizeHint(self, index: int) -> QSize:
        """As narrow as a few letters."""
        return QSize(self.theme.px(40), self.theme.px(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the tabs in their states."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inset = self.theme.px(INSET)
        paint_box(painter, self.rect(), self.theme, fill="window", line=None, ring=False)
        for index in range(self.count()):
            area = QRectF(self.tabRect(index)).adjusted(inset, inset, -inset, -inset)
            chosen = index == self.currentIndex()
            hovered = self.tabRect(index).contains(self.mapFromGlobal(self.cursor().pos())) and self.underMouse()
            fill = "raised" if chosen else "hover" if hovered else None
            ring = chosen and self.has_ring
            paint_box(painter, area, self.theme, fill=fill, line="line" if chosen else None, ring=ring)
            painter.setFont(self.theme.font("label", SEMIBOLD if chosen else MEDIUM))
            painter.setPen(self.theme.colors.named("text" if chosen else "muted"))
            title = painter.fontMetrics().elidedText(
                self.tabText(index), Qt.TextElideMode.ElideRight, int(area.width())
            )
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, title)
        painter.end()
