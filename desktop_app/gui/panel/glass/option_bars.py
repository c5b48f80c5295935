"""The tokens that might have come, as bars with their probabilities, of which one can be chosen."""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import SEMIBOLD, Theme, Themed
from desktop_app.gui.look.tints import percent
from desktop_app.gui.widgets.accessible import SpokenParts
from desktop_app.gui.widgets.keyboard_focus import KeyboardFocus
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.support.i18n import _

ROW = 28
BAR = 10
LABEL_SHARE, PERCENT = 0.34, 86
FIGURE_SHARE = 0.45
"""How much of a row its figure may take where it is longer than PERCENT."""


class Bar(msgspec.Struct, frozen=True):
    """One row: the token as it is shown, its probability, and whether it was taken, or cut by the sampling settings.

    What is no probability, but as long as it is large, has its own words in `told`.
    """

    label: str
    probability: float
    is_taken: bool = False
    is_cut: bool = False
    told: str = ""

    @property
    def figure(self) -> str:
        """The words for its length."""
        return self.told or percent(self.probability)


class OptionBars(KeyboardFocus, SpokenParts, Themed, QWidget):
    """Rows from the likeliest on; `chosen` carries the number of the row that a person chose."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, name: str = "") -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.bars: Sequence[Bar] = ()
        self.current = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(name or _("Words that might have come"))

    def set_bars(self, bars: Sequence[Bar], current: int) -> None:
        """Show other rows, `current` of them chosen."""
        self.bars = bars
        self._show(current)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Room for every row."""
        return QSize(self.theme.px(200), len(self.bars) * self.theme.px(ROW))

    def minimumSizeHint(self) -> QSize:
        """No row is cut off."""
        return QSize(self.theme.px(120), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        highest = max((bar.probability for bar in self.bars), default=0.0) or 1.0
        room, figures = self.figures(self.width() - 2 * self.theme.px(8))
        for number, bar in enumerate(self.bars):
            area = QRectF(0, number * self.theme.px(ROW), self.width(), self.theme.px(ROW))
            if number == self.current:
                ring = self.has_ring
                paint_box(painter, area, self.theme, fill="selected", line=None, ring=ring)
            inner = area.adjusted(self.theme.px(8), 0, -self.theme.px(8), 0)
            self._paint_bar(painter, bar, inner, highest, (room, figures[number]))
        painter.end()

    def figures(self, width: float) -> tuple[int, list[str]]:
        """Return the room for the figures of rows `width` pixels wide, and what each says: without a word that is too long."""
        metrics = QFontMetrics(self.theme.font("label"))
        words = [_("cut · {percent}").format(percent=bar.figure) if bar.is_cut else bar.figure for bar in self.bars]
        most = max(self.theme.px(PERCENT), int(width * FIGURE_SHARE))
        shown = [
            each if metrics.horizontalAdvance(each) < most else bar.figure
            for bar, each in zip(self.bars, words, strict=True)
        ]
        widest = max(map(metrics.horizontalAdvance, shown), default=0) + 1
        return max(self.theme.px(PERCENT), min(most, widest)), shown

    def _paint_bar(self, painter: QPainter, bar: Bar, area: QRectF, highest: float, figure: tuple[int, str]) -> None:
        px, colors = self.theme.px, self.theme.colors
        painter.setFont(self.theme.font("label", SEMIBOLD if bar.is_taken else None))
        painter.setPen(colors.muted if bar.is_cut else colors.text)
        label = QRectF(area.left(), area.top(), area.width() * LABEL_SHARE, area.height())
        paint_words(painter, placed(self, label, area), bar.label)
        painter.setFont(self.theme.font("label"))
        wide, words = figure
        room = QRectF(area.right() - wide, area.top(), wide, area.height())
        paint_words(painter, placed(self, room, area), words, trailing=True)
        left = label.right() + px(8)
        width = max(px(2), (room.left() - px(8) - left) * max(0.0, bar.probability) / highest)
        track = placed(self, QRectF(left, area.center().y() - px(BAR) / 2, width, px(BAR)), area)
        painter.setPen(QPen(colors.control_line, 1) if bar.is_cut else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if bar.is_cut else colors.accent)
        radius = min(px(3), width / 2)
        painter.drawRoundedRect(track.adjusted(0.5, 0.5, -0.5, -0.5) if bar.is_cut else track, radius, radius)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the row under the pointer."""
        self.by_keyboard = False
        self._choose(self._row_at(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go up and down."""
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.key() in steps and self.bars:
            self.by_keyboard = True
            self._choose(min(max(0, self.current + steps[Qt.Key(event.key())]), len(self.bars) - 1))
        else:
            super().keyPressEvent(event)

    def _row_at(self, place: QPointF) -> int:
        return min(max(0, int(place.y() // self.theme.px(ROW))), len(self.bars) - 1)

    def _choose(self, number: int) -> None:
        if number != self.current and number >= 0:
            self._show(number)
            self.chosen.emit(number)

    def _show(self, number: int) -> None:
        self.current = number
        if 0 <= number < len(self.bars):
            self.setAccessibleDescription(self.part_words(number))
            self.tell_current()
        self.update()

    # What screen readers are told

    def part_count(self) -> int:
        """Return how many rows there are."""
        return len(self.bars)

    def part_words(self, number: int) -> str:
        """Return a row in words."""
        bar = self.bars[number]
        words = _("“{word}”, {percent}, left out by the sampling settings") if bar.is_cut else _("“{word}”, {percent}")
        return words.format(word=bar.label, percent=bar.figure)

    def part_area(self, number: int) -> QRect:
        """Return where a row is drawn."""
        return QRect(0, number * self.theme.px(ROW), self.width(), self.theme.px(ROW))

    def current_part(self) -> int:
        """Return the row that is chosen."""
        return self.current

    def press_part(self, number: int) -> None:
        """Choose a row."""
        self._choose(number)
