"""How folders look in the sidebar, and the dots of a chat's tags."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap

from desktop_app.domain.shelf import Tag
from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import NORMAL, Theme
from desktop_app.gui.sidebar.groups import Row

INDENT = 16
"""How far a line moves in for each folder that it is in."""
DOT = 8
MOST_DOTS = 3


def paint_folder(painter: QPainter, rect: QRect, theme: Theme, row: Row, free: int) -> None:
    """Draw a folder into its line: a chevron, its sign, its name, and how many chats are in it.

    That is left out where `free` pixels at the end are to stay free.
    """
    assert row.folder is not None
    px = theme.px
    left = rect.left() + row.depth * px(INDENT)
    chevron = "chevron-right" if row.is_closed else "chevron-down"
    for icon, begin, width, size in ((chevron, 4, 16, 14), ("folder", 22, 20, 18)):
        area = QRectF(left + px(begin), rect.top(), px(width), rect.height())
        theme.paint_icon(painter, placed(painter, area, rect), icon, "muted", size)
    painter.setFont(theme.font("small"))
    count = str(row.count) if row.count and not free else ""
    room = max(free, painter.fontMetrics().horizontalAdvance(count))
    painter.setPen(theme.colors.muted)
    paint_words(painter, rect.adjusted(px(8), 0, -px(8), 0), count, trailing=True)
    painter.setFont(theme.font("body", NORMAL))
    painter.setPen(theme.colors.text)
    words = QRect(left + px(48), rect.top(), rect.right() - left - px(48) - px(16) - room, rect.height())
    paint_words(painter, placed(painter, words, rect), row.folder.name)


def dots_width(theme: Theme, tags: Sequence[Tag]) -> int:
    """Return the room that the dots of tags take."""
    count = min(len(tags), MOST_DOTS)
    return count * theme.px(DOT + 3) + theme.px(4) if count else 0


def paint_dots(painter: QPainter, rect: QRect, within: QRect, theme: Theme, tags: Sequence[Tag]) -> None:
    """Draw a dot for each of the first tags at the end of `rect`, laid out in the line `within`."""
    px = theme.px
    right = rect.right() - px(8)
    painter.setPen(Qt.PenStyle.NoPen)
    for tag in reversed(tags[:MOST_DOTS]):
        painter.setBrush(theme.colors.named(tag.color))
        dot = QRectF(right - px(DOT), rect.center().y() + 0.5 - px(DOT) / 2, px(DOT), px(DOT))
        painter.drawEllipse(placed(painter, dot, within))
        right -= px(DOT + 3)


def dot_icon(theme: Theme, color: str, ratio: float) -> QIcon:
    """Return a dot in the colour of a token, as an icon for a menu."""
    side = theme.px(16)
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colors.named(color))
    inset = side * 0.2
    painter.drawEllipse(QRectF(0, 0, side, side).adjusted(inset, inset, -inset, -inset))
    painter.end()
    return QIcon(pixmap)
