"""The bubble beside a dot of the map: a chat's title, day and first question."""

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen

from desktop_app.domain.chat_topics import ChatTopic
from desktop_app.gui.chat_map.words import date_of, title_of
from desktop_app.gui.look.mirroring import paint_words
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.painting import wrapped

WIDTH = 280
INSET = 12


class _Line(NamedTuple):
    text: str
    font: QFont
    color: str


def paint_bubble(painter: QPainter, theme: Theme, view: QRectF, dot: QPointF, away: float, topic: ChatTopic) -> None:
    """Draw the bubble of a chat `away` from its dot, on the side that has room, within `view`."""
    px = theme.px
    inset = px(INSET)
    lines = _lines(theme, topic, min(px(WIDTH), int(view.width()) - 2 * inset))
    heights = [QFontMetrics(line.font).lineSpacing() for line in lines]
    width = max(QFontMetrics(line.font).horizontalAdvance(line.text) for line in lines) + 2 * inset
    area = QRectF(dot.x() + away, dot.y() - inset, width, sum(heights) + 2 * inset)
    if area.right() > view.right():
        area.moveRight(dot.x() - away)
    area.moveLeft(max(view.left(), area.left()))
    area.moveTop(max(view.top(), min(area.top(), view.bottom() - area.height())))
    radius = theme.tokens.radius.control
    painter.setPen(QPen(theme.colors.control_line, 1))
    painter.setBrush(theme.colors.raised)
    painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), px(radius), px(radius))
    top = area.top() + inset
    for line, height in zip(lines, heights, strict=True):
        painter.setFont(line.font)
        painter.setPen(theme.colors.named(line.color))
        paint_words(painter, QRectF(area.left() + inset, top, width - 2 * inset, height), line.text)
        top += height


def _lines(theme: Theme, topic: ChatTopic, width: int) -> list[_Line]:
    bold, tiny, small = theme.font("label", SEMIBOLD), theme.font("tiny"), theme.font("small")
    return [
        *(_Line(text, bold, "text") for text in wrapped(title_of(topic), bold, width, 2)),
        _Line(date_of(topic), tiny, "muted"),
        *(_Line(text, small, "text") for text in wrapped(topic.first, small, width, 4)),
    ]
