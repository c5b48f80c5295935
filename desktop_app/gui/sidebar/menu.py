"""The menus of the sidebar's list: of one chat, of several, of what is in the trash, and of a folder."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from desktop_app.domain.chats import Chat
from desktop_app.domain.shelf import Folder, Shelf, Tag
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.sidebar.folder_painter import dot_icon
from desktop_app.gui.sidebar.wishes import ChatWishes
from desktop_app.gui.widgets.menu_marks import mark
from desktop_app.support.i18n import _


class ChatMenus:
    """Makes the menus; the caller shows them."""

    def __init__(self, theme: Theme, wishes: ChatWishes, shelf: Shelf, parent: QWidget) -> None:
        self._theme = theme
        self._wishes = wishes
        self._shelf = shelf
        self._parent = parent

    def of_chats(
        self,
        chats: Sequence[Chat],
        rename: Callable[[], object],
        *,
        of_one: Sequence[tuple[str, str, Callable[[], None]]],
    ) -> QMenu:
        """Return the menu of one or several chats; `of_one` are icon, words and deed of what concerns only one."""
        menu, icon, wishes = self._menu(), self._theme.icon, self._wishes
        ids = [chat.id for chat in chats]
        if len(chats) == 1:
            menu.addAction(icon("edit"), _("Rename"), rename).setShortcut(QKeySequence("F2"))
        pinned = all(chat.pinned for chat in chats)
        menu.addAction(icon("pin"), _("Unpin") if pinned else _("Pin"), lambda: wishes.pinned.emit(ids, not pinned))
        self._add_folders(menu, chats, ids)
        self._add_tags(menu, ids)
        for name, words, deed in of_one if len(chats) == 1 else ():
            menu.addAction(icon(name), words, deed)
        archived = all(chat.archived_at is not None for chat in chats)
        words = _("Unarchive") if archived else _("Archive")
        menu.addAction(icon("archive"), words, lambda: wishes.archived.emit(ids, not archived))
        menu.addSeparator()
        delete = menu.addAction(icon("trash", "bad"), _("Delete"), lambda: wishes.deleted.emit(ids))
        delete.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        return menu

    def of_trash(self, chats: Sequence[Chat]) -> QMenu:
        """Return the menu of chats in the trash."""
        menu, icon, wishes = self._menu(), self._theme.icon, self._wishes
        ids = [chat.id for chat in chats]
        menu.addAction(icon("undo"), _("Restore"), lambda: wishes.restored.emit(ids))
        menu.addSeparator()
        delete = menu.addAction(icon("trash", "bad"), _("Delete for good…"), lambda: wishes.removed.emit(ids))
        delete.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        return menu

    def of_folder(self, folder: Folder, rename: Callable[[], object]) -> QMenu:
        """Return the menu of a folder; one that is in another one takes no folder."""
        menu, icon, wishes = self._menu(), self._theme.icon, self._wishes
        menu.addAction(icon("plus"), _("New chat in it"), lambda: wishes.begun_in_folder.emit(folder))
        menu.addAction(icon("settings"), _("What its chats begin with…"), lambda: wishes.start_wanted.emit(folder))
        menu.addSeparator()
        menu.addAction(icon("edit"), _("Rename"), rename).setShortcut(QKeySequence("F2"))
        if folder.parent_id is None:
            menu.addAction(icon("folder-new"), _("New folder in it…"), lambda: wishes.folder_wanted.emit([], folder.id))
        menu.addSeparator()
        words = _("Remove the folder, keep its chats")
        remove = menu.addAction(icon("trash", "bad"), words, lambda: wishes.folder_removed.emit(folder))
        remove.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        return menu

    def _add_folders(self, menu: QMenu, chats: Sequence[Chat], ids: list[str]) -> None:
        wishes, shelf = self._wishes, self._shelf
        inner = menu.addMenu(self._theme.icon("folder"), _("Move to folder"))
        group = QActionGroup(inner)
        held = {shelf.folder(folder_id) for folder_id in {chat.folder_id for chat in chats}}
        within = shelf.by_parent()

        def add(words: str, folder: Folder | None) -> None:
            action = inner.addAction(words)
            mark(self._theme, action, held == {folder})
            group.addAction(action)
            target = folder.id if folder is not None else None
            action.triggered.connect(lambda: wishes.moved.emit(ids, target))

        add(_("No folder"), None)
        for folder in within.get(None, ()):
            add(folder.name, folder)
            for each in within.get(folder.id, ()):
                add(_("{outer} / {inner}").format(outer=folder.name, inner=each.name), each)
        inner.addSeparator()
        inner.addAction(self._theme.icon("plus"), _("New folder…"), lambda: wishes.folder_wanted.emit(ids, None))

    def _add_tags(self, menu: QMenu, ids: list[str]) -> None:
        wishes, theme = self._wishes, self._theme
        inner = menu.addMenu(theme.icon("tag"), _("Tags"))
        ratio = self._parent.devicePixelRatioF()
        dots = {color: dot_icon(theme, color, ratio) for color in {tag.color for tag in self._shelf.tags}}

        def add(tag: Tag) -> None:
            has = all(tag.id in self._shelf.tagged.get(chat_id, ()) for chat_id in ids)
            words = _("Remove “{tag}”") if has else _("Add “{tag}”")
            action = inner.addAction(dots[tag.color], words.format(tag=tag.name.replace("&", "&&")))
            action.triggered.connect(lambda: wishes.tagged.emit(ids, tag, not has))

        for tag in self._shelf.tags:
            add(tag)
        if self._shelf.tags:
            inner.addSeparator()
        inner.addAction(theme.icon("plus"), _("New tag…"), lambda: wishes.tag_wanted.emit(ids))
        if self._shelf.tags:
            inner.addAction(theme.icon("edit"), _("Edit tags…"), wishes.tags_edited.emit)

    def _menu(self) -> QMenu:
        menu = QMenu(self._parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu
