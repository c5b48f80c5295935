"""The sidebar's list of chats: a model of rows, their painting, renaming in place and the context menu."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from desktop_app.domain.chats import Chat
from desktop_app.domain.search import Hit
from desktop_app.gui.chat_groups import Row, shown_title
from desktop_app.gui.controls import KEYBOARD_REASONS
from desktop_app.gui.painting import paint_box
from desktop_app.gui.theme import MEDIUM, NORMAL, SEMIBOLD, Theme, Themed
from desktop_app.support.i18n import _, ngettext

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ROW_HEIGHT = 33
SCROLL_ROOM = 12


class ChatRows(QAbstractListModel):
    """Headings and chats as one list; a new title written into it becomes `renamed`."""

    renamed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[Row] = ()
        self._identities: list[str] = []
        self._places: dict[str, int] = {}

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show `rows`; where only their content changed, selection and scroll position stay."""
        identities = [row.identity for row in rows]
        if identities == self._identities:
            changed = [
                place for place, (old, new) in enumerate(zip(self._rows, rows, strict=True)) if not _same(old, new)
            ]
            self._rows = rows
            if changed:
                self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))
            return
        self.beginResetModel()
        self._rows, self._identities = rows, identities
        self._places = {identity: place for place, identity in enumerate(identities)}
        self.endResetModel()

    def chat(self, index: Index) -> Chat | None:
        """Return the chat at `index`; None for a heading or no row."""
        return self._rows[index.row()].chat if index.isValid() else None

    def row(self, index: Index) -> Row:
        """Return all that is known of a line; an empty one for no index."""
        return self._rows[index.row()] if index.isValid() else Row()

    def hit(self, index: Index) -> Hit | None:
        """Return the message that was found, at `index`."""
        return self.row(index).hit

    def heading(self, index: Index) -> str:
        """Return the heading at `index`, empty for a chat."""
        return self._rows[index.row()].heading if index.isValid() else ""

    def index_of(self, identity: str | None) -> QModelIndex:
        """Return where a chat (by its id) or a found message is; an invalid index where it is not listed."""
        place = self._places.get(identity) if identity is not None else None
        return self.index(place) if place is not None else QModelIndex()

    def rowCount(self, parent: Index = ROOT) -> int:
        """How many lines there are."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the text of a line."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.AccessibleTextRole):
            row = self.row(index)
            if row.chat is not None:
                return shown_title(row.chat)
            if row.hit is not None:
                from desktop_app.gui.hit_painter import spoken  # the first paint does without it

                return spoken(row.hit)
            return left_out_words(row.left_out) if row.left_out else row.heading
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Chats can be chosen and renamed, what was found can be chosen; headings only stand there."""
        row = self.row(index)
        if row.hit is not None or row.left_out:
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if row.chat is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tell of a new title; the list changes when the chat does."""
        chat = self.chat(index)
        title = " ".join(str(value).split())
        if chat is None or not title or title == chat.title:
            return False
        self.renamed.emit(chat.id, title)
        return True


def _same(old: Row, new: Row) -> bool:
    return old.chat is new.chat and old.hit is new.hit


def left_out_words(count: int) -> str:
    """Say that more chats were found than are shown."""
    return ngettext("Show {count} more chat", "Show {count} more chats", count).format(count=count)


class ChatRowPainter(Themed, QStyledItemDelegate):
    """Paints headings and chats, and makes the field for renaming."""

    def __init__(self, theme: Theme, view: "ChatList") -> None:
        QStyledItemDelegate.__init__(self, view)
        self.theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Every line is equally high but for found messages, of which there are few; that keeps thousands cheap."""
        if self._view.rows.hit(index) is None:
            return QSize(self.theme.px(100), self.theme.px(ROW_HEIGHT))
        from desktop_app.gui.hit_painter import hit_height

        return QSize(self.theme.px(100), hit_height(self.theme))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one line."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = self._view.line_area(option.rect)
        row = self._view.rows.row(index)
        if row.heading:
            self._paint_heading(painter, rect, row.heading)
        else:
            self._paint_ground(painter, rect, option, index)
            if row.hit is not None:
                from desktop_app.gui.hit_painter import paint_hit

                paint_hit(painter, rect, self.theme, row.hit)
            elif row.left_out:
                self._paint_line(painter, rect, left_out_words(row.left_out), "accent")
            else:
                self._paint_chat(painter, rect, option, index)
        painter.restore()

    def _paint_heading(self, painter: QPainter, rect: QRect, heading: str) -> None:
        px = self.theme.px
        painter.setFont(self.theme.font("tiny", SEMIBOLD))
        painter.setPen(self.theme.colors.muted)
        area = rect.adjusted(px(8), px(7), -px(8), 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, heading)

    def _paint_ground(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, index: Index) -> None:
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        fill = "selected" if self._view.is_open(index) else "hover" if hovered else None
        ring = self._view.has_ring and index == self._view.currentIndex()
        paint_box(painter, rect, self.theme, fill=fill, line=None, ring=ring)

    def _paint_chat(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, index: Index) -> None:
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        title = str(index.data(Qt.ItemDataRole.DisplayRole))
        self._paint_line(painter, rect, title, "text", 28 if hovered else 8, bold=self._view.is_open(index))
        if hovered:
            self.theme.paint_icon(painter, QRectF(self.more_area(rect)), "more", "muted")

    def _paint_line(
        self, painter: QPainter, rect: QRect, words: str, color: str, room: int = 8, *, bold: bool = False
    ) -> None:
        px = self.theme.px
        painter.setFont(self.theme.font("body", MEDIUM if bold else NORMAL))
        painter.setPen(self.theme.colors.named(color))
        area = rect.adjusted(px(8), 0, -px(room), 0)
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def more_area(self, rect: QRect) -> QRect:
        """Return where a hovered chat shows that it has a menu."""
        side = self.theme.px(28)
        return QRect(rect.right() - side + 1, rect.top(), side, rect.height())

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Make the field for a new title."""
        editor = QLineEdit(parent)
        editor.setFont(self.theme.font("body"))
        editor.setAccessibleName(_("Title of the chat"))
        editor.setStyleSheet(f"QLineEdit:focus {{ padding: 0px {self.theme.px(5)}px; }}")
        editor.setMaxLength(200)
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """Lay the field over the line."""
        editor.setGeometry(self._view.line_area(option.rect))

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        """Show the whole title of a chat whose line is too short for it."""
        chat = self._view.rows.chat(index)
        if chat is None:
            return False
        title = shown_title(chat)
        rect: QRect = option.rect
        cut = view.fontMetrics().horizontalAdvance(title) > rect.width() - self.theme.px(32)
        QToolTip.showText(event.globalPos(), title if cut else "", view)
        return True

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Hand the new title to the model."""
        assert isinstance(editor, QLineEdit)
        model.setData(index, editor.text())


class ChatList(Themed, QListView):
    """The list itself; one click or Enter opens a chat or a found message, F2 renames a chat, Delete deletes it.

    While it `is_search`, it shows what was found: `all_requested` asks for the chats that were left out, `escaped` to
    leave the search. `left_upwards` asks for what is above the list.
    """

    chosen = Signal(str)
    hit_chosen = Signal(object)
    all_requested = Signal()
    left_upwards = Signal()
    escaped = Signal()
    pin_requested = Signal(str, bool)
    map_requested = Signal(str)
    window_requested = Signal(str)
    export_requested = Signal(str)
    delete_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QListView.__init__(self, parent)
        self.theme = theme
        self.rows = ChatRows(self)
        self.open_id: str | None = None
        self.is_search = False
        self._by_keyboard = False
        self._painter = ChatRowPainter(theme, self)
        self.setModel(self.rows)
        self.setItemDelegate(self._painter)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(_("Chats"))
        self.apply_theme()

    @property
    def has_ring(self) -> bool:
        """Whether the focus ring is to be drawn around the current line."""
        return self.hasFocus() and self._by_keyboard

    def apply_theme(self) -> None:
        """Take over the font, and hand the theme to the painter."""
        self._painter.theme = self.theme
        self.setFont(self.theme.font("body"))
        self.doItemsLayout()
        super().apply_theme()

    def line_area(self, rect: QRect) -> QRect:
        """Return what a line fills of `rect`: the scroll bar's room stays free, so that no line changes its width."""
        return rect if self.verticalScrollBar().isVisible() else rect.adjusted(0, 0, -self.theme.px(SCROLL_ROOM), 0)

    def is_open(self, index: Index) -> bool:
        """Whether the chat at `index` is the one that the window shows."""
        chat = self.rows.chat(index)
        return chat is not None and chat.id == self.open_id

    def show_rows(self, rows: Sequence[Row], *, keep_place: bool = True) -> None:
        """Show `rows`, and keep the place that is looked at where they go on from it."""
        place = self.verticalScrollBar().value() if keep_place else 0
        current = self.rows.row(self.currentIndex())
        self.setUniformItemSizes(not any(row.hit for row in rows[-1:]))
        self.rows.set_rows(rows)
        if current.chat is not None or current.hit is not None:
            self.setCurrentIndex(self.rows.index_of(current.identity) if keep_place else ROOT)
        self.verticalScrollBar().setValue(place)

    def choose(self, index: Index) -> None:
        """Do what a line is there for."""
        row = self.rows.row(index)
        if row.chat is not None:
            self.chosen.emit(row.chat.id)
        elif row.hit is not None:
            self.hit_chosen.emit(row.hit)
        elif row.left_out:
            self.all_requested.emit()

    def choose_first(self) -> None:
        """Choose the first line that can be chosen."""
        self.choose(self._first())

    def _first(self) -> QModelIndex:
        lines = (self.rows.index(place) for place in range(min(3, self.rows.rowCount())))
        return next((index for index in lines if not self.rows.heading(index)), ROOT)

    def set_open(self, chat_id: str | None) -> None:
        """Mark the chat that the window shows and scroll to it."""
        self.open_id = chat_id
        index = self.rows.index_of(chat_id)
        if index.isValid() or not self.is_search:  # a found message stays the current line when its chat is shown
            self.setCurrentIndex(index)
        self._reveal_open()
        self.viewport().update()

    def showEvent(self, event: QShowEvent) -> None:
        """Bring the open chat into sight once the list has its size."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._reveal_open)

    def _reveal_open(self) -> None:
        index = self.rows.index_of(self.open_id)
        if index.isValid() and self.isVisible():
            self.scrollTo(index)

    def rename(self, index: Index) -> None:
        """Open the field for a new title."""
        if self.rows.chat(index) is not None:
            self.setCurrentIndex(self.rows.index(index.row()))
            self.scrollTo(self.currentIndex())
            self.edit(self.currentIndex())

    def menu_for(self, chat: Chat) -> QMenu:
        """Return the menu of a chat; the caller shows it."""
        index = self.rows.index_of(chat.id)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        icon = self.theme.icon
        rename = menu.addAction(icon("edit"), _("Rename"), lambda: self.rename(index))
        rename.setShortcut(QKeySequence("F2"))
        pin_words = _("Unpin") if chat.pinned else _("Pin")
        menu.addAction(icon("pin"), pin_words, lambda: self.pin_requested.emit(chat.id, not chat.pinned))
        menu.addAction(icon("window"), _("Open in a new window"), lambda: self.window_requested.emit(chat.id))
        menu.addAction(icon("map"), _("Show on the map"), lambda: self.map_requested.emit(chat.id))
        menu.addAction(icon("export"), _("Export…"), lambda: self.export_requested.emit(chat.id))
        menu.addSeparator()
        delete = menu.addAction(icon("trash", "bad"), _("Delete"), lambda: self.delete_requested.emit(chat.id))
        delete.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Show the menu of the chat under the pointer, or of the current one for the menu key."""
        by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        self._show_menu(index, event.globalPos() if by_mouse else None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the chat, or its menu where the press is on the three dots."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        position = event.position().toPoint()
        index = self.indexAt(position)
        if not index.isValid() or self.rows.heading(index):
            return
        in_menu = self._painter.more_area(self.line_area(self.visualRect(index))).contains(position)
        if self.rows.chat(index) is not None and in_menu:
            self._show_menu(index, None)
            return
        self._by_keyboard = False
        self.setCurrentIndex(index)
        self.choose(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename the chat."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.rename(self.indexAt(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open with Enter, rename with F2, delete with Delete; arrows move."""
        self._by_keyboard = True
        chat = self.rows.chat(self.currentIndex())
        at_top = self.currentIndex() == self._first()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.choose(self.currentIndex())
        elif event.key() == Qt.Key.Key_Escape and self.is_search:
            self.escaped.emit()
        elif event.key() == Qt.Key.Key_Up and at_top:
            self.left_upwards.emit()
        elif chat is not None and event.key() == Qt.Key.Key_F2:
            self.rename(self.currentIndex())
        elif chat is not None and event.key() == Qt.Key.Key_Delete:
            self.delete_requested.emit(chat.id)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember how the focus came, and stand on a chat."""
        self._by_keyboard = event.reason() in KEYBOARD_REASONS
        super().focusInEvent(event)
        if self._by_keyboard and not self.currentIndex().isValid():
            is_open = self.rows.index_of(self.open_id)
            self.setCurrentIndex(is_open if is_open.isValid() else self._first())
        self.viewport().update()

    def event(self, event: QEvent) -> bool:
        """Keep Escape from the window's shortcuts while it leaves the search."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and self.is_search and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Forget the hover when the pointer leaves."""
        if event.type() == QEvent.Type.Leave:
            self.viewport().update()
        return super().viewportEvent(event)

    def _show_menu(self, index: Index, position: QPoint | None) -> None:
        chat = self.rows.chat(index)
        if chat is None:
            return
        if position is None:
            rect = self._painter.more_area(self.line_area(self.visualRect(self.rows.index(index.row()))))
            position = self.viewport().mapToGlobal(rect.bottomLeft())
        self.menu_for(chat).popup(position)
