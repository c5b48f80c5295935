"""The sidebar's list of chats: opening and renaming, choosing several, menus, and dragging into folders."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractItemDelegate, QAbstractItemView, QApplication, QListView, QMenu, QWidget

from desktop_app.domain.chats import Chat
from desktop_app.domain.shelf import Folder
from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.sidebar.drag import DropKind, drag_of, dragged, drop_at
from desktop_app.gui.sidebar.groups import Row, folder_identity
from desktop_app.gui.sidebar.row_painter import ChatRowPainter
from desktop_app.gui.sidebar.rows import ROOT, ChatRows, Index
from desktop_app.gui.sidebar.wishes import ChatWishes
from desktop_app.gui.widgets.keyboard_focus import KeyboardFocus
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.sidebar.menu import ChatMenus

SCROLL_ROOM = 12


class ChatList(KeyboardFocus, Themed, QListView):
    """The list itself; one click or Enter opens a chat or what was found, F2 renames a chat, Delete deletes it.

    Ctrl and Shift choose several chats, as everywhere; what is wished for them is told by `wishes`. While it
    `is_search`, it shows what was found: `all_requested` asks for the chats that were left out, `texts_requested` for
    all texts of the notebook that were found, `escaped` to leave the search; while it `is_trash`, chats can only be
    restored or deleted for good. Where it `takes_drops`, chats can be dragged into folders, to the pinned ones, and out
    again; `dragging` tells when that begins and ends. `left_upwards` asks for what is above the list.
    """

    chosen = Signal(str)
    hit_chosen = Signal(object)
    text_chosen = Signal(object)
    all_requested = Signal()
    texts_requested = Signal()
    left_upwards = Signal()
    escaped = Signal()
    map_requested = Signal(str)
    window_requested = Signal(str)
    export_requested = Signal(str)
    duplicate_requested = Signal(str)
    dragging = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QListView.__init__(self, parent)
        self.theme = theme
        self.rows = ChatRows(self)
        self.open_id: str | None = None
        self.is_in_sight = True
        self.is_search = False
        self.is_trash = False
        self.takes_drops = False
        self.wishes = ChatWishes(self)
        self._waiting: Sequence[Row] | None = None
        """What is shown once no title is typed any more."""
        self._pressed = QPersistentModelIndex()
        self._pressed_at = QPoint()
        self._drop_target = QPersistentModelIndex()
        self._painter = ChatRowPainter(theme, self)
        self.setModel(self.rows)
        self.setItemDelegate(self._painter)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(False)
        self.rows.folder_renamed.connect(self.wishes.folder_renamed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(_("Chats"))
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the font, and hand the theme to the painter."""
        self._painter.theme = self.theme
        self.setFont(self.theme.font("body"))
        self.doItemsLayout()
        super().apply_theme()

    def line_area(self, rect: QRect) -> QRect:
        """Return what a line fills of `rect`: the scroll bar's room stays free, so that no line changes its width."""
        if self.verticalScrollBar().isVisible():
            return rect
        return placed(self, rect.adjusted(0, 0, -self.theme.px(SCROLL_ROOM), 0), rect)

    def is_open(self, index: Index) -> bool:
        """Whether the chat at `index` is the one that the window shows."""
        chat = self.rows.chat(index)
        return chat is not None and chat.id == self.open_id

    def go_to(self, index: Index) -> None:
        """Make a line the current one, and the only one that is chosen, whatever keys are held down meanwhile."""
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.selectionModel().setCurrentIndex(self.rows.index(index.row()) if index.isValid() else ROOT, flags)

    def is_one_of_several(self, index: Index) -> bool:
        """Whether the line at `index` is chosen together with others."""
        selection = self.selectionModel().selection()
        return selection.contains(self.rows.index(index.row())) and _size(selection) > 1

    def is_drop_target(self, index: Index) -> bool:
        """Whether what is dragged would be dropped on the line at `index`."""
        return self._drop_target.isValid() and self._drop_target.row() == index.row()

    def chosen_chats(self) -> list[Chat]:
        """Return the chats that are chosen, from the top; the current one where there are not several."""
        selection = self.selectionModel().selection()
        places = sorted(place for part in _parts(selection) for place in range(part.top(), part.bottom() + 1))
        if len(places) < 2:
            places = [self.currentIndex().row()] if self.currentIndex().isValid() else []
        return self.rows.chats_at(places)

    def show_rows(self, rows: Sequence[Row], *, keep_place: bool = True) -> None:
        """Show `rows`, and keep the place that is looked at, and what is chosen, where they go on from it.

        While a title is typed they wait: the field would be taken away, or get the title that was there.
        """
        if self.state() is QAbstractItemView.State.EditingState:
            self._waiting = rows
            return
        self._waiting = None
        place = self.verticalScrollBar().value() if keep_place else 0
        current = self.rows.row(self.currentIndex())
        former, at = self.rows.lines, self.currentIndex().row()
        is_several = keep_place and _size(self.selectionModel().selection()) > 1
        several = [chat.id for chat in self.chosen_chats()] if is_several else []
        self.setUniformItemSizes(not any(row.hit or row.text or row.all_texts for row in rows[-1:]))
        self.rows.set_rows(rows)
        if (current.chat or current.hit or current.text or current.folder) is not None:
            index = self.rows.index_of(current.identity) if keep_place else ROOT
            if keep_place and self.hasFocus() and not index.isValid():  # whoever deletes one after another stays there
                index = self.rows.nearest(former, at)
            self.go_to(index)
        if several:
            self._choose(several)
        self.verticalScrollBar().setValue(place)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """Show what waited for the title."""
        super().closeEditor(editor, hint)
        if self._waiting is not None:
            self.show_rows(self._waiting)

    def _choose(self, chat_ids: Iterable[str]) -> None:
        """Choose several chats; neighbours are one range, so that thousands are one step."""
        places = sorted(self.rows.places_of(chat_ids))
        selection = QItemSelection()
        begin = 0
        for end in range(1, len(places) + 1):
            if end == len(places) or places[end] != places[end - 1] + 1:
                selection.select(self.rows.index(places[begin]), self.rows.index(places[end - 1]))
                begin = end
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def choose(self, index: Index) -> None:
        """Do what a line is there for."""
        row = self.rows.row(index)
        if row.folder is not None:
            self.wishes.folder_toggled.emit(row.folder)
        elif row.chat is not None and self.is_trash:
            self._show_menu(index, None)
        elif row.chat is not None:
            self.chosen.emit(row.chat.id)
        elif row.hit is not None:
            self.hit_chosen.emit(row.hit)
        elif row.text is not None:
            self.text_chosen.emit(row.text)
        elif row.left_out:
            self.all_requested.emit()
        elif row.all_texts:
            self.texts_requested.emit()

    def choose_first(self) -> None:
        """Choose the first line that can be chosen."""
        self.choose(self._first())

    def _first(self) -> QModelIndex:
        lines = (self.rows.index(place) for place in range(min(3, self.rows.rowCount())))
        return next((index for index in lines if not self.rows.heading(index)), ROOT)

    def set_open(self, chat_id: str | None) -> None:
        """Mark the chat that the window shows; scroll to it where it is another one, or nothing was looked at yet."""
        is_other = chat_id != self.open_id or not self.currentIndex().isValid()
        self.open_id = chat_id
        index = self.rows.index_of(chat_id)
        if is_other:
            if index.isValid() or not self.is_search:  # a found message stays the current line when its chat is shown
                self.go_to(index)
            self._reveal_open()
        self.viewport().update()

    def showEvent(self, event: QShowEvent) -> None:
        """Bring the open chat into sight once the list has its size."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._reveal_open)

    def set_in_sight(self, is_in_sight: bool) -> None:
        """Mark the open chat less while a page hides it, which is then what the window shows."""
        if is_in_sight is not self.is_in_sight:
            self.is_in_sight = is_in_sight
            self.viewport().update()

    def _reveal_open(self) -> None:
        index = self.rows.index_of(self.open_id)
        if index.isValid() and self.isVisible():
            self.scrollTo(index)

    def rename(self, index: Index) -> bool:
        """Open the field for a new title; whether there can be one."""
        can_rename = (self.rows.chat(index) is not None and not self.is_trash) or self.rows.folder(index) is not None
        if can_rename:
            self.go_to(self.rows.index(index.row()))
            self.scrollTo(self.currentIndex())
            self.edit(self.currentIndex())
        return can_rename

    def menu_for(self, chat: Chat) -> QMenu:
        """Return the menu of a chat, or of all that are chosen with it; the caller shows it."""
        chosen = self.chosen_chats()
        chats = chosen if any(each.id == chat.id for each in chosen) else [chat]
        menus = self._menus()
        if self.is_trash:
            return menus.of_trash(chats)
        of_one = (
            ("window", _("Open in a new window"), lambda: self.window_requested.emit(chat.id)),
            ("map", _("Show on the map"), lambda: self.map_requested.emit(chat.id)),
            ("copy", _("Duplicate"), lambda: self.duplicate_requested.emit(chat.id)),
            ("export", _("Export…"), lambda: self.export_requested.emit(chat.id)),
        )
        return menus.of_chats(chats, lambda: self.rename(self.rows.index_of(chat.id)), of_one=of_one)

    def menu_for_folder(self, folder: Folder) -> QMenu:
        """Return the menu of a folder; the caller shows it."""
        index = self.rows.index_of(folder_identity(folder.id))
        return self._menus().of_folder(folder, lambda: self.rename(index))

    def _menus(self) -> "ChatMenus":
        from desktop_app.gui.sidebar.menu import ChatMenus  # the first paint does without it

        return ChatMenus(self.theme, self.wishes, self.rows.shelf, self)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Show the menu of the chat under the pointer, or of the current one for the menu key."""
        by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        self._show_menu(index, event.globalPos() if by_mouse else None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose one or, with Ctrl or Shift, several; the three dots show the menu, a plus begins a chat."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        position = event.position().toPoint()
        index = self.indexAt(position)
        if not index.isValid() or self.rows.heading(index):
            return
        self.by_keyboard = False
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier):
            super().mousePressEvent(event)
            self.viewport().update()
            return
        area, folder = self.line_area(self.visualRect(index)), self.rows.folder(index)
        has_menu = folder is not None or self.rows.chat(index) is not None
        if has_menu and self._painter.more_area(area).contains(position):
            self._show_menu(index, None)
            return
        if folder is not None and self._painter.plus_area(area).contains(position):
            self.wishes.begun_in_folder.emit(folder)
            return
        self._pressed, self._pressed_at = QPersistentModelIndex(index), position
        if not self.is_one_of_several(index):
            self.go_to(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin to drag the chats that are chosen."""
        if not event.buttons() & Qt.MouseButton.LeftButton:
            super().mouseMoveEvent(event)
            return
        way = (event.position().toPoint() - self._pressed_at).manhattanLength()
        if self._pressed.isValid() and self.takes_drops and way >= QApplication.startDragDistance():
            chats = self.chosen_chats()
            self._pressed = QPersistentModelIndex()
            if chats:
                self._drag(chats)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open what was pressed, unless it was dragged."""
        pressed, self._pressed = self._pressed, QPersistentModelIndex()
        if not pressed.isValid():
            if event.modifiers():
                super().mouseReleaseEvent(event)
            return
        index = self.indexAt(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and index.isValid() and index.row() == pressed.row():
            self.go_to(index)
            self.choose(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename the chat."""
        index = self.indexAt(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and self.rows.folder(index) is None:
            self.rename(index)

    def _drag(self, chats: Sequence[Chat]) -> None:
        self.dragging.emit(True)
        drag_of(chats, self.theme, self).exec(Qt.DropAction.MoveAction)
        self._set_drop_target(ROOT)
        self.dragging.emit(False)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take chats, and nothing else."""
        if self.takes_drops and dragged(event.mimeData()):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where chats would be dropped; near an edge the list scrolls."""
        super().dragMoveEvent(event)
        if not self.takes_drops or not dragged(event.mimeData()):
            event.ignore()
            return
        index = self.indexAt(event.position().toPoint())
        kind, folder_id = drop_at(self.rows.row(index))
        target = self.rows.index_of(folder_identity(folder_id)) if folder_id is not None else index
        self._set_drop_target(target if kind is DropKind.FOLDER else ROOT)
        event.setDropAction(Qt.DropAction.MoveAction)
        event.accept()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Show no place any more."""
        super().dragLeaveEvent(event)
        self._set_drop_target(ROOT)

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell where chats are wished."""
        ids = dragged(event.mimeData()) if self.takes_drops else []
        self._set_drop_target(ROOT)
        if not ids:
            event.ignore()
            return
        kind, folder_id = drop_at(self.rows.row(self.indexAt(event.position().toPoint())))
        if kind is DropKind.PIN:
            self.wishes.pinned.emit(ids, True)
        elif kind is DropKind.FOLDER:
            self.wishes.moved.emit(ids, folder_id)
        else:
            self._drop_out(ids)
        event.setDropAction(Qt.DropAction.MoveAction)
        event.accept()

    def _drop_out(self, ids: Sequence[str]) -> None:
        """Take chats from where they stand: pinned ones from there, others from their folders."""
        known = {chat_id: self.rows.chat(self.rows.index_of(chat_id)) for chat_id in ids}
        pinned = [chat_id for chat_id, chat in known.items() if chat is not None and chat.pinned]
        if pinned:
            self.wishes.pinned.emit(pinned, False)
        others = [chat_id for chat_id in ids if chat_id not in pinned]
        if others:
            self.wishes.moved.emit(others, None)

    def _set_drop_target(self, index: Index) -> None:
        self._drop_target = QPersistentModelIndex(index) if isinstance(index, QModelIndex) else index
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open with Enter, rename with F2, delete with Delete, open and close folders with Left and Right; arrows move."""
        if self.state() is QAbstractItemView.State.EditingState:
            event.ignore()  # what the field leaves over, like the Enter that ends it, is not meant for the list
            return
        self.by_keyboard = True
        row = self.rows.row(self.currentIndex())
        at_top = self.currentIndex() == self._first()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and not event.modifiers():
            self.choose(self.currentIndex())
        elif event.key() == Qt.Key.Key_Escape and self.is_search:
            self.escaped.emit()
        elif event.key() == Qt.Key.Key_Up and at_top and not event.modifiers():
            self.left_upwards.emit()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and (row.folder is not None or row.depth):
            self._walk(row, outwards=(event.key() == Qt.Key.Key_Left) is self.isLeftToRight())
        elif event.key() == Qt.Key.Key_F2:
            self.rename(self.currentIndex())
        elif event.key() == Qt.Key.Key_Delete:
            self._delete(row)
        else:
            super().keyPressEvent(event)
        self.viewport().update()

    def _walk(self, row: Row, *, outwards: bool) -> None:
        """Close a folder or go to the one around; open a closed one or go on to what is in it."""
        folder = row.folder
        if folder is not None and row.is_closed is not outwards:
            self.wishes.folder_toggled.emit(folder)
        elif folder is not None and not outwards:
            if row.count:
                self.go_to(self.rows.index(self.currentIndex().row() + 1))
        elif outwards:
            outer = folder.parent_id if folder is not None else row.chat.folder_id if row.chat is not None else None
            index = self.rows.index_of(folder_identity(outer or ""))
            if index.isValid():
                self.go_to(index)

    def _delete(self, row: Row) -> None:
        if row.folder is not None:
            self.wishes.folder_removed.emit(row.folder)
            return
        ids = [chat.id for chat in self.chosen_chats()]
        if ids:
            (self.wishes.removed if self.is_trash else self.wishes.deleted).emit(ids)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember how the focus came, and stand on a chat."""
        super().focusInEvent(event)
        if self.by_keyboard and not self.currentIndex().isValid():
            is_open = self.rows.index_of(self.open_id)
            self.go_to(is_open if is_open.isValid() else self._first())
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
        chat, folder = self.rows.chat(index), self.rows.folder(index)
        if chat is None and folder is None:
            return
        if not self.is_one_of_several(index):
            self.go_to(self.rows.index(index.row()))
        if position is None:
            rect = self._painter.more_area(self.line_area(self.visualRect(self.rows.index(index.row()))))
            position = self.viewport().mapToGlobal(rect.bottomLeft())
        menu = self.menu_for(chat) if chat is not None else self.menu_for_folder(folder) if folder is not None else None
        if menu is not None:
            menu.popup(position)


def _size(selection: QItemSelection) -> int:
    """Return how many lines are chosen, without touching each."""
    return sum(part.height() for part in _parts(selection))


def _parts(selection: QItemSelection) -> list[QItemSelectionRange]:
    return [selection.at(place) for place in range(selection.count())]
