"""How the lines of the sidebar's list look, and the field for another title."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyledItemDelegate,
    QToolTip,
    QWidget,
)

from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import MEDIUM, NORMAL, SEMIBOLD, Theme, Themed
from desktop_app.gui.sidebar.folder_painter import INDENT, dots_width, paint_dots, paint_folder
from desktop_app.gui.sidebar.groups import Row, shown_title
from desktop_app.gui.sidebar.rows import Index, more_words
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.support.formats import listed
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionViewItem

    from desktop_app.gui.sidebar.chat_list import ChatList

ROW_HEIGHT = 33


class ChatRowPainter(Themed, QStyledItemDelegate):
    """Paints headings and chats, and makes the field for renaming."""

    def __init__(self, theme: Theme, view: "ChatList") -> None:
        QStyledItemDelegate.__init__(self, view)
        self.theme = theme
        self._view = view

    def sizeHint(self, option: "QStyleOptionViewItem", index: Index) -> QSize:
        """Every line is equally high but for what was found, of which there is little; that keeps thousands cheap."""
        row = self._view.rows.row(index)
        if row.hit is None and row.text is None:
            return QSize(self.theme.px(100), self.theme.px(ROW_HEIGHT))
        from desktop_app.gui.sidebar.hit_painter import hit_height

        return QSize(self.theme.px(100), hit_height(self.theme, names_writer=row.hit is not None))

    def paint(self, painter: QPainter, option: "QStyleOptionViewItem", index: Index) -> None:
        """Draw one line."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = self._view.line_area(option.rect)
        row = self._view.rows.row(index)
        if row.heading:
            self._paint_heading(painter, rect, row.heading)
        else:
            self._paint_ground(painter, rect, option, index)
            if row.folder is not None:
                self._paint_folder(painter, rect, row, hovered=_is_hovered(option))
            elif row.hit is not None:
                from desktop_app.gui.sidebar.hit_painter import paint_hit

                paint_hit(painter, rect, self.theme, row.hit)
            elif row.text is not None:
                from desktop_app.gui.sidebar.hit_painter import paint_text

                paint_text(painter, rect, self.theme, row.text)
            elif more := more_words(row):
                self._paint_line(painter, rect, more, "accent")
            else:
                self._paint_chat(painter, rect, option, index)
        painter.restore()

    def _paint_heading(self, painter: QPainter, rect: QRect, heading: str) -> None:
        px = self.theme.px
        painter.setFont(self.theme.font("tiny", SEMIBOLD))
        painter.setPen(self.theme.colors.muted)
        area = rect.adjusted(px(8), px(7), -px(8), 0)
        paint_words(painter, area, heading)

    def _paint_ground(self, painter: QPainter, rect: QRect, option: "QStyleOptionViewItem", index: Index) -> None:
        hovered = _is_hovered(option)
        is_open = self._view.is_open(index)
        fill = "selected" if is_open and self._view.is_in_sight else "hover" if is_open or hovered else None
        if self._view.is_one_of_several(index):
            fill = "accent_soft"
        ring = self._view.has_ring and index == self._view.currentIndex()
        line = "accent" if self._view.is_drop_target(index) else None
        paint_box(painter, rect, self.theme, fill=fill, line=line, ring=ring)

    def _paint_folder(self, painter: QPainter, rect: QRect, row: Row, *, hovered: bool) -> None:
        areas = {"plus": self.plus_area(rect), "more": self.more_area(rect)} if hovered else {}
        paint_folder(painter, rect, self.theme, row, sum(area.width() for area in areas.values()))
        for icon, area in areas.items():
            self.theme.paint_icon(painter, QRectF(area), icon, "muted")

    def _paint_chat(self, painter: QPainter, rect: QRect, option: "QStyleOptionViewItem", index: Index) -> None:
        hovered = _is_hovered(option)
        title = str(index.data(Qt.ItemDataRole.DisplayRole))
        px, row = self.theme.px, self._view.rows.row(index)
        line = rect.adjusted(row.depth * px(INDENT), 0, -px(20) if hovered else 0, 0)
        if row.note:
            self._paint_note(painter, placed(self._view, line, rect), row.note)
            line.adjust(0, 0, -painter.fontMetrics().horizontalAdvance(row.note) - px(8), 0)
        tags = self._view.rows.shelf.tags_of(row.chat.id) if row.chat is not None else ()
        if tags:
            paint_dots(painter, line, rect, self.theme, tags)
            line.adjust(0, 0, -dots_width(self.theme, tags), 0)
        self._paint_line(painter, placed(self._view, line, rect), title, "text", bold=self._view.is_open(index))
        if hovered:
            self.theme.paint_icon(painter, QRectF(self.more_area(rect)), "more", "muted")

    def _paint_note(self, painter: QPainter, rect: QRect, note: str) -> None:
        painter.setFont(self.theme.font("tiny"))
        painter.setPen(self.theme.colors.muted)
        side = self.theme.px(8)
        paint_words(painter, rect.adjusted(side, 0, -side, 0), note, trailing=True)

    def _paint_line(self, painter: QPainter, rect: QRect, words: str, color: str, *, bold: bool = False) -> None:
        px = self.theme.px
        painter.setFont(self.theme.font("body", MEDIUM if bold else NORMAL))
        painter.setPen(self.theme.colors.named(color))
        paint_words(painter, rect.adjusted(px(8), 0, -px(8), 0), words)

    def more_area(self, rect: QRect) -> QRect:
        """Return where a hovered chat or folder shows that it has a menu."""
        return self._end_area(rect, 0)

    def plus_area(self, rect: QRect) -> QRect:
        """Return where a hovered folder offers a new chat."""
        return self._end_area(rect, 1)

    def _end_area(self, rect: QRect, place: int) -> QRect:
        side = self.theme.px(28)
        left = rect.right() - (place + 1) * side + 1
        return placed(self._view, QRect(left, rect.top(), side, rect.height()), rect)

    def createEditor(self, parent: QWidget, option: "QStyleOptionViewItem", index: Index) -> QWidget:
        """Make the field for a new title."""
        editor = QLineEdit(parent)
        editor.setFont(self.theme.font("body"))
        is_folder = self._view.rows.folder(index) is not None
        editor.setAccessibleName(_("Name of the folder") if is_folder else _("Title of the chat"))
        editor.setStyleSheet(f"QLineEdit:focus {{ padding: 0px {self.theme.px(5)}px; }}")
        editor.setMaxLength(200)
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: "QStyleOptionViewItem", index: Index) -> None:
        """Lay the field over the line."""
        editor.setGeometry(self._view.line_area(option.rect))

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: "QStyleOptionViewItem", index: Index
    ) -> bool:
        """Show the whole title of a chat whose line is too short for it, and what a folder's sign does."""
        chat = self._view.rows.chat(index)
        if self._view.rows.folder(index) is not None:
            is_plus = self.plus_area(self._view.line_area(option.rect)).contains(event.pos())
            QToolTip.showText(event.globalPos(), _("New chat in this folder") if is_plus else "", view)
            return True
        if chat is None:
            return False
        title = shown_title(chat)
        rect: QRect = option.rect
        tags = self._view.rows.shelf.tags_of(chat.id)
        cut = view.fontMetrics().horizontalAdvance(title) > rect.width() - self.theme.px(32)
        words = [title if cut or tags else "", listed(tag.name for tag in tags)]
        QToolTip.showText(event.globalPos(), "\n".join(filter(None, words)), view)
        return True

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Hand the new title to the model."""
        assert isinstance(editor, QLineEdit)
        model.setData(index, editor.text())


def _is_hovered(option: "QStyleOptionViewItem") -> bool:
    """Return whether the mouse is over a line."""
    # with its hundreds of names it comes with the first line, after the first paint
    from PySide6.QtWidgets import QStyle

    return bool(option.state & QStyle.StateFlag.State_MouseOver)
