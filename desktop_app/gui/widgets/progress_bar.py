"""A thin bar that says how far something is."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import Theme, Themed

_STEPS = 1000


class ProgressBar(Themed, QProgressBar):
    """A thin bar, filled from where one begins to read as far as `fraction` (0 to 1) says."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        QProgressBar.__init__(self, parent)
        self.theme = theme
        self._fraction = 0.0
        self.setAccessibleName(name)
        self.setRange(0, _STEPS)
        self.setValue(0)
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.apply_theme()

    def set_fraction(self, fraction: float) -> None:
        """Fill the bar."""
        fraction = min(1.0, max(0.0, fraction))
        if fraction != self._fraction:
            self._fraction = fraction
            self.setValue(round(fraction * _STEPS))
            self.update()

    def sizeHint(self) -> QSize:
        """As wide as it may be."""
        return QSize(self.theme.px(100), self.theme.px(6))

    def minimumSizeHint(self) -> QSize:
        """It gives way to everything."""
        return QSize(0, self.theme.px(6))

    def apply_theme(self) -> None:
        """Take over the height."""
        self.setFixedHeight(self.theme.px(6))
        super().apply_theme()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the groove and what is filled."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        area, radius = QRectF(self.rect()), self.height() / 2
        painter.setBrush(self.theme.colors.line)
        painter.drawRoundedRect(area, radius, radius)
        if self._fraction > 0.0:
            area.setWidth(max(self.height(), area.width() * self._fraction))
            painter.setBrush(self.theme.colors.accent)
            painter.drawRoundedRect(placed(self, area, self.rect()), radius, radius)
        painter.end()
