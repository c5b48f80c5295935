"""Dragging chats within the sidebar: what is carried, how it looks, and where it can be dropped."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec
from PySide6.QtCore import QMimeData, QPoint, QRectF, Qt
from PySide6.QtGui import QDrag, QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from desktop_app.domain.chats import Chat
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.sidebar.groups import Row, shown_title
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.support.i18n import ngettext

CHATS_TYPE = "application/x-inglenook-chats"
WIDEST = 220


class DropKind(StrEnum):
    """What becomes of chats where they are dropped."""

    PIN = "pin"
    FOLDER = "folder"
    OUT = "out"


def mime_of(chats: Sequence[Chat]) -> QMimeData:
    """Return what is carried: the ids, and the titles for other programs."""
    mime = QMimeData()
    mime.setData(CHATS_TYPE, msgspec.json.encode([chat.id for chat in chats]))
    mime.setText("\n".join(shown_title(chat) for chat in chats))
    return mime


def dragged(mime: QMimeData) -> list[str]:
    """Return the ids that are carried; none where it is something else."""
    data = bytes(mime.data(CHATS_TYPE).data())
    return msgspec.json.decode(data, type=list[str]) if data else []


def drag_of(chats: Sequence[Chat], theme: Theme, source: QWidget) -> QDrag:
    """Return a drag of chats, with a small card that says which, or how many."""
    drag = QDrag(source)
    drag.setMimeData(mime_of(chats))
    count = len(chats)
    words = (
        shown_title(chats[0]) if count == 1 else ngettext("{count} chat", "{count} chats", count).format(count=count)
    )
    font = theme.font("body")
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, theme.px(WIDEST))
    ratio = source.devicePixelRatioF()
    width, height = metrics.horizontalAdvance(shown) + 2 * theme.px(12), theme.px(33)
    pixmap = QPixmap(round(width * ratio), round(height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    area = QRectF(0, 0, width, height)
    paint_box(painter, area, theme, fill="raised", line="control_line", ring=False)
    painter.setFont(font)
    painter.setPen(theme.colors.text)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, shown)
    painter.end()
    drag.setPixmap(pixmap)
    drag.setHotSpot(QPoint(theme.px(12), height // 2))
    return drag


def drop_at(row: Row) -> tuple[DropKind, str | None]:
    """Return what a drop on a line does, and the id of the folder that it concerns."""
    if row.folder is not None:
        return DropKind.FOLDER, row.folder.id
    if row.takes_pins or (row.chat is not None and row.chat.pinned):
        return DropKind.PIN, None
    if row.chat is not None and row.depth:
        return DropKind.FOLDER, row.chat.folder_id
    return DropKind.OUT, None
