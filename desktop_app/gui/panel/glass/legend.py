"""The legend of the five tints, and of the two lines of the plot."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.look.tints import legend, tints
from desktop_app.gui.widgets.accessible import Role, Spoken
from desktop_app.support.formats import listed
from desktop_app.support.i18n import _

ROW, SWATCH = 22, 16


class TintLegend(Spoken, Themed, QWidget):
    """A swatch for each step in one row, with what it stands for under it."""

    spoken_role = Role.Graphic

    def __init__(self, theme: Theme) -> None:
        QWidget.__init__(self)
        self.theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Tints, from sure to unsure: {steps}").format(steps=listed(legend())))

    def sizeHint(self) -> QSize:
        """Swatches and words."""
        return QSize(self.theme.px(160), self.theme.px(SWATCH) + self.theme.px(6 + ROW))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the swatches."""
        px = self.theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.theme.font("tiny"))
        words, looks = legend(), tints(self.theme, "surface")
        width = self.width() / len(looks)
        for step, look in enumerate(looks):
            cell = QRectF(step * width, 0, width, self.height()).adjusted(0, 0, -px(4), 0)
            cell = placed(self, cell, self.rect())
            swatch = QRectF(cell.left() + 0.5, 0.5, cell.width() - 1, px(SWATCH))
            painter.setPen(QPen(self.theme.colors.line, 1) if look.ground is None else Qt.PenStyle.NoPen)
            painter.setBrush(look.ground if look.ground is not None else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(swatch, px(4), px(4))
            if look.underline:
                line = QRectF(swatch.left(), swatch.bottom() + px(1), swatch.width(), look.underline)
                painter.fillRect(line, self.theme.colors.accent)
            painter.setPen(self.theme.colors.muted)
            below = QRectF(cell.left(), swatch.bottom() + px(5), cell.width(), px(ROW) - px(4))
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, words[step])
        painter.end()


class PlotLegend(Spoken, Themed, QWidget):
    """A bar for surprise, a line for uncertainty."""

    spoken_role = Role.Graphic

    def __init__(self, theme: Theme) -> None:
        QWidget.__init__(self)
        self.theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("The bars are the surprise, the line is the uncertainty."))

    def sizeHint(self) -> QSize:
        """One row."""
        return QSize(self.theme.px(160), self.theme.px(ROW))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setFont(self.theme.font("small"))
        left, middle = 0, self.height() / 2
        for words, thick, color in ((_("Surprise"), px(10), colors.accent), (_("Uncertainty"), px(2), colors.text)):
            swatch = QRectF(left, middle - thick / 2, px(14), thick)
            painter.fillRect(placed(self, swatch, self.rect()), color)
            left += px(20)
            painter.setPen(colors.muted)
            paint_words(painter, placed(self, QRectF(left, 0, self.width() - left, self.height()), self.rect()), words)
            left += painter.fontMetrics().horizontalAdvance(words) + px(16)
        painter.end()
