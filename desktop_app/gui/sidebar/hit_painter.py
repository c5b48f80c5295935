"""How a found message or text looks in the sidebar: its title and day, the words around the hit, and who wrote a message."""

from datetime import datetime

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QTextCharFormat, QTextLayout, QTextOption

from desktop_app.domain.messages import Role
from desktop_app.domain.search import FoundText, Hit, Snippet
from desktop_app.gui.look.lines import line_pitch
from desktop_app.gui.look.mirroring import is_mirrored, paint_words, placed
from desktop_app.gui.look.theme import MEDIUM, Theme
from desktop_app.gui.widgets.qt_places import qt_places
from desktop_app.support.formats import date, day_and_month, local_time, time_of_day
from desktop_app.support.i18n import _

MARGIN = 8
_LINES = 2


def hit_height(theme: Theme, *, names_writer: bool) -> int:
    """Return how high the line of a found message is, or of a text, which has no single writer."""
    foot = _height(theme, "tiny") if names_writer else 0
    return 2 * theme.px(MARGIN) + _height(theme, "label") + _LINES * _height(theme, "small") + foot


def _height(theme: Theme, role: str) -> int:
    """Return how high a line in a font is with the room that it has."""
    font = theme.font(role)
    return max(line_pitch(theme, font), QFontMetrics(font).height())


def day_words(moment: float, now: datetime) -> str:
    """Return when something was, as short as people say it: the time today, else the day, with the year if another."""
    then = local_time(moment)
    if then.date() == now.date():
        return time_of_day(moment)
    return day_and_month(moment) if then.year == now.year else date(moment)


def writer_words(hit: Hit) -> str:
    """Say who wrote a message."""
    if hit.role is Role.USER:
        return _("You")
    model = hit.model or _("Assistant")
    return _("{model}, in a thought").format(model=model) if hit.in_thought else model


def spoken(hit: Hit) -> str:
    """Return what a screen reader says of a found message."""
    title = hit.title or _("New chat")
    return _("{words}, in “{title}”, by {writer}").format(words=hit.snippet.text, title=title, writer=writer_words(hit))


def spoken_text(text: FoundText) -> str:
    """Return what a screen reader says of a found text."""
    title = text.title or _("Empty text")
    return _("{words}, in the text “{title}”").format(words=text.snippet.text, title=title)


def paint_hit(painter: QPainter, rect: QRect, theme: Theme, hit: Hit) -> None:
    """Draw a found message into its line."""
    area = _paint(painter, rect, theme, hit.title or _("New chat"), hit.created_at, hit.snippet)
    foot = _height(theme, "tiny")
    place = QRect(area.left(), area.bottom() - foot + 1, area.width(), foot)
    _draw(painter, place, writer_words(hit), theme.font("tiny"), theme.colors.muted)


def paint_text(painter: QPainter, rect: QRect, theme: Theme, text: FoundText) -> None:
    """Draw a found text into its line."""
    _paint(painter, rect, theme, text.title or _("Empty text"), text.updated_at, text.snippet)


def _paint(painter: QPainter, rect: QRect, theme: Theme, title: str, moment: float, snippet: Snippet) -> QRect:
    """Draw what both have; returns the area within the margins."""
    px, colors = theme.px, theme.colors
    area = QRect(rect).adjusted(px(MARGIN), px(MARGIN), -px(MARGIN), -px(MARGIN))
    day = day_words(moment, datetime.now().astimezone())
    tiny = theme.font("tiny")
    room = QFontMetrics(tiny).horizontalAdvance(day)
    height = _height(theme, "label")
    head = QRect(area.left(), area.top(), area.width(), height)
    _draw(painter, head, day, tiny, colors.muted, trailing=True)
    beside = placed(painter, head.adjusted(0, 0, -room - px(8), 0), head)
    _draw(painter, beside, title, theme.font("label", MEDIUM), colors.text)
    _draw_snippet(painter, QRect(area.left(), area.top() + height, area.width(), area.height()), theme, snippet)
    return area


def _draw(painter: QPainter, area: QRect, words: str, font: QFont, color: QColor, *, trailing: bool = False) -> None:
    painter.setFont(font)
    painter.setPen(color)
    paint_words(painter, area, words, trailing=trailing)


def _draw_snippet(painter: QPainter, area: QRect, theme: Theme, snippet: Snippet) -> None:
    """Draw two lines of the words, what was found with a ground of its own."""
    layout = QTextLayout(snippet.text, theme.font("small"))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    side = Qt.AlignmentFlag.AlignRight if is_mirrored(painter) else Qt.AlignmentFlag.AlignLeft
    option.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute)
    layout.setTextOption(option)
    layout.setFormats(_formats(theme, snippet))
    height = _height(theme, "small")
    layout.beginLayout()
    for number in range(_LINES):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(area.width())
        line.setPosition(QPointF(0, number * height + (height - line.height()) // 2))
    layout.endLayout()
    painter.setPen(theme.colors.muted)
    layout.draw(painter, QPointF(area.topLeft()))


def _formats(theme: Theme, snippet: Snippet) -> list[QTextLayout.FormatRange]:
    look = QTextCharFormat()
    look.setForeground(theme.colors.text)
    look.setBackground(theme.colors.text_selection)
    made = []
    offsets = qt_places(snippet.text)
    for begin, end in snippet.marks:
        part = QTextLayout.FormatRange()
        part.start, part.length, part.format = offsets[begin], offsets[end] - offsets[begin], look
        made.append(part)
    return made
