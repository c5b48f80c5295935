"""A chart of how many answers there were: a bar for each day of a month, or for each week of a year."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.accessible import Role, SpokenParts
from desktop_app.gui.widgets.keyboard_focus import KeyboardFocus
from desktop_app.support.formats import date as written_date
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext

HEIGHT = 112
DAYS = 31
WEEKS = 52
DAYS_PER_WEEK = 7


class Span(NamedTuple):
    """The answers of some days: `first` is the first of them, `days` how many they are."""

    first: date
    days: int
    answers: int


def spans(days: Sequence[tuple[date, int]], today: date) -> list[Span]:
    """Return the days of the last month where there is nothing older, else the weeks of the last year, all of them."""
    counts = dict(days)
    if not counts or min(counts) > today - timedelta(days=DAYS):
        begin = today - timedelta(days=DAYS - 1)
        each = [begin + timedelta(days=place) for place in range(DAYS)]
        return [Span(day, 1, counts.get(day, 0)) for day in each]
    monday = today - timedelta(days=today.weekday())
    sums = [0] * WEEKS
    for day, count in counts.items():
        weeks = (monday - (day - timedelta(days=day.weekday()))).days // DAYS_PER_WEEK
        if 0 <= weeks < WEEKS:
            sums[WEEKS - 1 - weeks] += count
    first = monday - timedelta(weeks=WEEKS - 1)
    return [Span(first + timedelta(weeks=place), DAYS_PER_WEEK, count) for place, count in enumerate(sums)]


class ActivityChart(KeyboardFocus, SpokenParts, Themed, QWidget):
    """Arrow keys go along the bars; what one stands for is read aloud, and shown as a tooltip."""

    spoken_role = Role.Chart

    def __init__(self, theme: Theme) -> None:
        QWidget.__init__(self)
        self.theme = theme
        self._spans: Sequence[Span] = ()
        self._current = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Answers over time"))

    def show_spans(self, shown: Sequence[Span]) -> None:
        """Show these bars."""
        self._spans = shown
        self._current = -1
        most = max(shown, key=lambda span: span.answers, default=None)
        self.setAccessibleDescription(_("Most: {told}").format(told=told(most)) if most is not None else "")
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as it may be."""
        return QSize(self.theme.px(200), self.theme.px(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the bars."""
        colors, px = self.theme.colors, self.theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = self.has_ring
        painter.setPen(QPen(colors.focus, 2) if ring else QPen(colors.line, 1))
        painter.setBrush(colors.code)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), px(8), px(8))
        highest = max((span.answers for span in self._spans), default=0)
        for place, span in enumerate(self._spans):
            area = self._column(place)
            height = max(float(px(3)), area.height() * span.answers / highest) if span.answers else 1.0
            bar = QRectF(area.left(), area.bottom() - height, area.width(), height)
            color = (
                colors.line if not span.answers else colors.accent_hover if place == self._current else colors.accent
            )
            painter.fillRect(bar, color)
            if place == self._current and ring:
                painter.setPen(QPen(colors.focus, 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(area.adjusted(-1, -1, 1, 1))
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what the bar under the pointer stands for."""
        for place, span in enumerate(self._spans):
            if self._column(place).left() <= event.position().x() < self._column(place).right() + 2:
                QToolTip.showText(event.globalPosition().toPoint(), told(span), self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go along the bars."""
        last = len(self._spans) - 1
        towards_later = Qt.Key.Key_Left if self.isRightToLeft() else Qt.Key.Key_Right
        towards_earlier = Qt.Key.Key_Right if self.isRightToLeft() else Qt.Key.Key_Left
        here = self._current if self._current >= 0 else last
        places = {
            towards_later: min(last, here + 1),
            towards_earlier: max(0, here - 1 if self._current >= 0 else last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        if key not in places or last < 0:
            super().keyPressEvent(event)
            return
        self.by_keyboard = True
        self._current = places[key]
        words = told(self._spans[self._current])
        self.setAccessibleDescription(words)
        self.tell_current()
        QToolTip.showText(self.mapToGlobal(self._column(self._current).center().toPoint()), words, self)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Mark no bar any more."""
        self._current = -1
        super().focusOutEvent(event)

    # What screen readers are told

    def part_count(self) -> int:
        """Return how many bars there are."""
        return len(self._spans)

    def part_words(self, number: int) -> str:
        """Return what a bar stands for."""
        return told(self._spans[number])

    def part_area(self, number: int) -> QRect:
        """Return the room of a bar."""
        return self._column(number).toAlignedRect()

    def current_part(self) -> int:
        """Return the bar that the keyboard is at."""
        return self._current

    def _column(self, place: int) -> QRectF:
        """Return the room of a bar; the latest is where a line of text ends."""
        inset = self.theme.px(10)
        inner = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        step = inner.width() / max(1, len(self._spans))
        at = len(self._spans) - 1 - place if self.isRightToLeft() else place
        return QRectF(inner.left() + at * step, inner.top(), max(1.0, step - 2), inner.height())


def told(span: Span) -> str:
    """Return what a bar stands for, in words."""
    noon = datetime(span.first.year, span.first.month, span.first.day, 12).astimezone()
    day = written_date(noon.timestamp())
    if span.days == 1:
        words = ngettext("{count} answer on {day}", "{count} answers on {day}", span.answers)
    else:
        words = ngettext(
            "{count} answer in the week from {day}", "{count} answers in the week from {day}", span.answers
        )
    return words.format(count=number(span.answers), day=day)
