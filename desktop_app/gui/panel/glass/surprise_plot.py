"""A small plot along an answer: how surprising each token was, and how unsure the model was before it."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.accessible import Role, SpokenParts
from desktop_app.gui.widgets.keyboard_focus import KeyboardFocus
from desktop_app.support.formats import decimal
from desktop_app.support.i18n import _

HEIGHT = 88
LEAST_BITS = 4.0
"""The scale never shows less, so that a sure answer does not look like a wild one."""
_KEYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -20, Qt.Key.Key_PageDown: 20}


class SurprisePlot(KeyboardFocus, SpokenParts, Themed, QWidget):
    """Bars of surprise and a line of entropy, both in bits; `picked` carries the number of a token."""

    picked = Signal(int)
    spoken_role = Role.Chart

    def __init__(self, theme: Theme) -> None:
        QWidget.__init__(self)
        self.theme = theme
        self._surprise: Sequence[float] = ()
        self._entropy: Sequence[float] = ()
        self._highest = LEAST_BITS
        self._columns: tuple[int, list[float], list[float]] = (0, [], [])
        self.current = -1
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # a plot's axis runs the same way everywhere
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(_("Surprise along the answer"))

    def set_values(self, surprise: Sequence[float], entropy: Sequence[float]) -> None:
        """Show the bits of other tokens."""
        self._surprise, self._entropy = surprise, entropy
        self._highest = max(LEAST_BITS, *surprise, *entropy) if surprise else LEAST_BITS
        self._columns = (0, [], [])
        self.set_current(-1)

    def set_current(self, number: int) -> None:
        """Put the marker at a token."""
        self.current = number
        self.setAccessibleDescription(self.told(number))
        self.tell_current()
        self.update()

    def told(self, number: int) -> str:
        """Return the figures of a token in words."""
        if not 0 <= number < len(self._surprise):
            return ""
        return _("Surprise {surprise} bits, uncertainty {entropy} bits").format(
            surprise=decimal(self._surprise[number], 1), entropy=decimal(self._entropy[number], 1)
        )

    def sizeHint(self) -> QSize:
        """As wide as it may be."""
        return QSize(self.theme.px(200), self.theme.px(HEIGHT))

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, bars, line and marker; several tokens that share a pixel show the highest of them."""
        colors, px = self.theme.colors, self.theme.px
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = self.has_ring
        painter.setPen(QPen(colors.focus, 2) if ring else QPen(colors.line, 1))
        painter.setBrush(colors.code)
        painter.drawRoundedRect(area, px(8), px(8))
        count = len(self._surprise)
        if count:
            inner = self._inner()
            surprise, entropy = self._binned(int(inner.width()))
            step = inner.width() / len(surprise)
            scale = inner.height() / self._highest
            gap = 1.0 if step >= 4 else 0.0
            for place, bits in enumerate(surprise):
                height = max(1.0, bits * scale)
                bar = QRectF(inner.left() + place * step, inner.bottom() - height, max(1.0, step - gap), height)
                painter.fillRect(bar, colors.accent)
            line = [
                QPointF(inner.left() + (place + 0.5) * step, inner.bottom() - bits * scale)
                for place, bits in enumerate(entropy)
            ]
            painter.setPen(QPen(colors.text, 1.5 if step >= 4 else 1.0))
            painter.drawPolyline(QPolygonF(line))
            if 0 <= self.current < count:
                x = inner.left() + (self.current + 0.5) * inner.width() / count
                painter.setPen(QPen(colors.focus, 2))
                painter.drawLine(QPointF(x, area.top() + px(2)), QPointF(x, area.bottom() - px(2)))
        painter.end()

    def _inner(self) -> QRectF:
        inset = self.theme.px(8)
        return QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)

    def _binned(self, width: int) -> tuple[list[float], list[float]]:
        if self._columns[0] != width:
            count = len(self._surprise)
            bins = min(count, max(1, width))
            edges = [place * count // bins for place in range(bins + 1)]
            pairs = list(pairwise(edges))
            surprise = [max(self._surprise[low:high]) for low, high in pairs]
            entropy = [sum(self._entropy[low:high]) / (high - low) for low, high in pairs]
            self._columns = (width, surprise, entropy)
        return self._columns[1], self._columns[2]

    # What the person does

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the figures under the pointer."""
        number = self._token_at(event.position())
        if number >= 0:
            QToolTip.showText(event.globalPosition().toPoint(), self.told(number), self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the token under the pointer."""
        self.by_keyboard = False
        self._pick(self._token_at(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go along the answer."""
        count = len(self._surprise)
        if event.key() in _KEYS and count:
            self.by_keyboard = True
            self._pick(min(max(0, self.current + _KEYS[Qt.Key(event.key())]), count - 1))
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End) and count:
            self._pick(0 if event.key() == Qt.Key.Key_Home else count - 1)
        else:
            super().keyPressEvent(event)

    def _token_at(self, place: QPointF) -> int:
        inner, count = self._inner(), len(self._surprise)
        if not count or inner.width() <= 0:
            return -1
        return min(max(0, int((place.x() - inner.left()) * count / inner.width())), count - 1)

    def _pick(self, number: int) -> None:
        if number >= 0:
            self.set_current(number)
            self.picked.emit(number)

    # What screen readers are told

    def part_count(self) -> int:
        """Return how many tokens there are."""
        return len(self._surprise)

    def part_words(self, number: int) -> str:
        """Return the figures of a token in words."""
        return self.told(number)

    def part_area(self, number: int) -> QRect:
        """Return the column of a token."""
        inner = self._inner()
        step = inner.width() / len(self._surprise)
        return QRectF(inner.left() + number * step, inner.top(), max(1.0, step), inner.height()).toAlignedRect()

    def current_part(self) -> int:
        """Return the token at which the marker is."""
        return self.current

    def press_part(self, number: int) -> None:
        """Pick a token."""
        self._pick(number)
