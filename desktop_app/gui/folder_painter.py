"""How folders look in the sidebar, and the dots of a chat's tags."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap

from desktop_app.domain.shelf import Tag
from desktop_app.gui.chat_groups import Row
from desktop_app.gui.theme import NORMAL, Theme

INDENT = 16
"""How far a line moves to the right for each folder that it is in."""
DOT = 8
MOST_DOTS = 3


def paint_folder(painter: QPainter, rect: QRect, theme: Theme, row: Row) -> None:
    """Draw a folder into its line: a chevron, its sign, its name, and how many chats are in it."""
    assert row.folder is not None
    px = theme.px
    left = rect.left() + row.depth * px(INDENT)
    chevron = "chevron-right" if row.is_closed else "chevron-down"
    theme.paint_icon(painter, QRectF(left + px(4), rect.top(), px(16), rect.height()), chevron, "muted", 14)
    theme.paint_icon(painter, QRectF(left + px(22), rect.top(), px(20), rect.height()), "folder", "muted", 18)
    painter.setFont(theme.font("small"))
    count = str(row.count) if row.count else ""
    room = painter.fontMetrics().horizontalAdvance(count)
    painter.setPen(theme.colors.muted)
    painter.drawText(rect.adjusted(0, 0, -px(8), 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, count)
    painter.setFont(theme.font("body", NORMAL))
    painter.setPen(theme.colors.text)
    area = QRect(left + px(48), rect.top(), rect.right() - left - px(48) - px(16) - room, rect.height())
    shown = painter.fontMetrics().elidedText(row.folder.name, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def dots_width(theme: Theme, tags: Sequence[Tag]) -> int:
    """Return the room that the dots of tags take."""
    count = min(len(tags), MOST_DOTS)
    return count * theme.px(DOT + 3) + theme.px(4) if count else 0


def paint_dots(painter: QPainter, rect: QRect, theme: Theme, tags: Sequence[Tag]) -> None:
    """Draw a dot for each of the first tags at the right of `rect`."""
    px = theme.px
    right = rect.right() - px(8)
    painter.setPen(Qt.PenStyle.NoPen)
    for tag in reversed(tags[:MOST_DOTS]):
        painter.setBrush(theme.colors.named(tag.color))
        painter.drawEllipse(QPointF(right - px(DOT) / 2, rect.center().y() + 0.5), px(DOT) / 2, px(DOT) / 2)
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
