"""Connects the order of the sidebar with the services: folders, tags, pins, the archive and the trash, with undo."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.shelf import LONGEST_FOLDER_NAME, LONGEST_TAG_NAME, Folder, Shelf, Tag
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.sidebar.groups import shown_title
from desktop_app.gui.sidebar.list_bar import View
from desktop_app.services.chats.ordering import Undo
from desktop_app.services.events import FoldersChanged, ServiceEvent, TagsChanged
from desktop_app.support.i18n import _, ngettext

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class OrderController(QObject):
    """Does what is wished for chats in the sidebar, and offers to undo it."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: "MainWindow",
        chat: ChatController,
        *,
        chats: Callable[[], Mapping[str, Chat]],
        open_chat: Callable[[str], None],
        new_chat: Callable[[], None],
    ) -> None:
        """`chats` are those that are not in the trash, by their ids."""
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._chat = chat
        self._chats = chats
        self._open_chat = open_chat
        self._new_chat = new_chat
        self._trash: Sequence[Chat] = ()
        self._is_outdated = False
        """Whether folders or tags changed while they were read."""
        bridge.happened.connect(self._hear)
        sidebar = window.sidebar
        wishes = sidebar.list.wishes
        wishes.moved.connect(self._move)
        wishes.pinned.connect(self._pin)
        wishes.archived.connect(self._archive)
        wishes.deleted.connect(self._delete)
        wishes.restored.connect(self._restore)
        wishes.removed.connect(self._ask_remove)
        wishes.tagged.connect(self._tag)
        wishes.tag_wanted.connect(self._ask_tag)
        wishes.tags_edited.connect(self._edit_tags)
        wishes.folder_wanted.connect(self._ask_folder)
        wishes.folder_renamed.connect(lambda folder, name: self._app.ordering.save_folder(name, folder=folder))
        wishes.folder_removed.connect(self._remove_folder)
        sidebar.trash_requested.connect(self.refresh_trash)
        sidebar.empty_trash_requested.connect(self._ask_empty)
        commands = window.commands
        commands.new_folder.triggered.connect(lambda: self._ask_folder([], None))
        commands.archive.triggered.connect(self._archive_open)
        commands.show_archive.triggered.connect(lambda: self._show(View.ARCHIVE))
        commands.show_trash.triggered.connect(lambda: self._show(View.TRASH))

    def begin(self) -> None:
        """Ask for folders and tags, and let what was in the trash for long enough go."""
        self._read_shelf()
        self._app.ordering.begin_emptying()

    def _read_shelf(self) -> None:
        self._is_outdated = False
        self._bridge.when_done(self._app.ordering.shelf(), self._show_shelf)

    def _show_shelf(self, shelf: Shelf) -> None:
        if self._is_outdated:
            self._read_shelf()
        else:
            self._window.sidebar.set_shelf(shelf)

    def _hear(self, event: ServiceEvent) -> None:
        if isinstance(event, FoldersChanged | TagsChanged):
            self._is_outdated = True

    def refresh_trash(self) -> None:
        """Read the trash again, where it is looked at."""
        if self._window.sidebar.bar.view is View.TRASH:
            self._bridge.when_done(self._app.ordering.trash(), self._show_trash)

    def _show_trash(self, chats: list[Chat]) -> None:
        self._trash = chats
        self._window.sidebar.set_trash(self._trash, self._app.settings.value.history.trash_days)

    def _show(self, view: View) -> None:
        self._window.stage.show_sidebar()
        self._window.sidebar.show_view(view)

    # Places

    def _move(self, ids: Sequence[str], folder_id: str | None) -> None:
        folder = self._window.sidebar.shelf.folder(folder_id)
        ids = self._others(ids, lambda chat: chat.folder_id == folder_id)
        if not ids:
            return
        if folder is None:
            many = ngettext("{count} chat is in no folder now.", "{count} chats are in no folder now.", len(ids))
            words = self._words(ids, _("“{title}” is in no folder now."), many)
        else:
            many = ngettext(
                "{count} chat was moved to “{folder}”.", "{count} chats were moved to “{folder}”.", len(ids)
            )
            words = self._words(ids, _("“{title}” was moved to “{folder}”."), many, folder=folder.name)
        self._offer_undo(self._app.ordering.move(ids, folder_id), words)

    def _others(self, ids: Sequence[str], is_so: Callable[[Chat], bool]) -> list[str]:
        """Leave out the chats that are so already: nothing is said of them, and nothing of them undone."""
        known = self._chats()
        return [chat_id for chat_id in ids if chat_id not in known or not is_so(known[chat_id])]

    def _pin(self, ids: Sequence[str], pinned: bool) -> None:
        ids = self._others(ids, lambda chat: chat.pinned is pinned)
        if not ids:
            return
        if pinned:
            many = ngettext("{count} chat was pinned.", "{count} chats were pinned.", len(ids))
            words = self._words(ids, _("“{title}” was pinned."), many)
        else:
            many = ngettext("{count} chat is not pinned any more.", "{count} chats are not pinned any more.", len(ids))
            words = self._words(ids, _("“{title}” is not pinned any more."), many)
        self._offer_undo(self._app.ordering.pin(ids, pinned), words)

    def _archive(self, ids: Sequence[str], archived: bool) -> None:
        if archived:
            many = ngettext("{count} chat was archived.", "{count} chats were archived.", len(ids))
            words = self._words(ids, _("“{title}” was archived."), many)
        else:
            many = ngettext("{count} chat is in the list again.", "{count} chats are in the list again.", len(ids))
            words = self._words(ids, _("“{title}” is in the list again."), many)
        self._offer_undo(self._app.ordering.archive(ids, archived), words)

    def _archive_open(self) -> None:
        chat = self._chat.chat
        if chat is not None:
            self._archive([chat.id], chat.archived_at is None)

    def _delete(self, ids: Sequence[str]) -> None:
        open_chat = self._chat.chat
        if open_chat is not None and open_chat.is_temporary and open_chat.id in ids:
            self._new_chat()  # it goes when it is left
            return
        many = ngettext("{count} chat was moved to the trash.", "{count} chats were moved to the trash.", len(ids))
        words = self._words(ids, _("“{title}” was moved to the trash."), many)
        deleted = self._app.ordering.delete(ids)
        open_id = self._chat.chat.id if self._chat.chat is not None else None
        if open_id in ids:
            self._new_chat()
        self._offer_undo(deleted, words, open_id if open_id in ids else None)

    def leave_deleted(self, chat: Chat) -> None:
        """Show no longer a chat that went to the trash elsewhere: what is asked there would be lost with it."""
        self._chat.new_chat(goes_on=True)
        words = _("“{title}” was moved to the trash.").format(title=shown_title(chat))
        self._window.notice.show_notice(words, (_("Undo"), partial(self._bring_back, chat.id)))

    def _bring_back(self, chat_id: str) -> None:
        self._bridge.when_done(self._app.ordering.restore([chat_id]), lambda _undo: self._open_chat(chat_id))

    def _restore(self, ids: Sequence[str]) -> None:
        many = ngettext("{count} chat was restored.", "{count} chats were restored.", len(ids))
        words = self._words(ids, _("“{title}” was restored."), many)
        self._offer_undo(self._app.ordering.restore(ids), words)

    def _ask_remove(self, ids: Sequence[str]) -> None:
        from desktop_app.gui.dialogs.confirm import ConfirmDialog

        many = ngettext("Delete {count} chat for good?", "Delete {count} chats for good?", len(ids))
        title = self._words(ids, _("Delete “{title}” for good?"), many)
        dialog = ConfirmDialog(
            self._window.theme, title, _("This cannot be undone."), _("Delete for good"), self._window
        )
        dialog.confirmed.connect(lambda: self._app.ordering.remove(ids))
        dialog.open()

    def _ask_empty(self) -> None:
        self._ask_remove([chat.id for chat in self._trash])

    # Folders

    def _ask_folder(self, ids: Sequence[str], parent_id: str | None) -> None:
        from desktop_app.gui.dialogs.name import NameDialog

        def problem(name: str) -> str:
            beside = (each for each in self._window.sidebar.shelf.folders if each.parent_id == parent_id)
            taken = any(folder.name.casefold() == name.casefold() for folder in beside)
            return _("There is a folder of this name already.") if taken else ""

        dialog = NameDialog(
            self._window.theme, _("New folder"), _("Create"), problem, longest=LONGEST_FOLDER_NAME, parent=self._window
        )
        dialog.named.connect(
            lambda name: self._bridge.when_done(
                self._app.ordering.save_folder(name, parent_id=parent_id), lambda folder: self._folder_made(folder, ids)
            )
        )
        dialog.open()

    def _folder_made(self, folder: Folder, ids: Sequence[str]) -> None:
        for folder_id in (folder.id, folder.parent_id):
            self._window.sidebar.open_folder(folder_id or "")
        if ids:
            self._move(ids, folder.id)

    def _remove_folder(self, folder: Folder) -> None:
        words = _("The folder “{folder}” was removed; its chats are kept.").format(folder=folder.name)
        self._offer_undo(self._app.ordering.remove_folder(folder), words)

    # Tags

    def _tag(self, ids: Sequence[str], tag: Tag, tagged: bool) -> None:
        if tagged:
            many = ngettext(
                "The tag “{tag}” was added to {count} chat.", "The tag “{tag}” was added to {count} chats.", len(ids)
            )
            words = self._words(ids, _("The tag “{tag}” was added to “{title}”."), many, tag=tag.name)
        else:
            many = ngettext(
                "The tag “{tag}” was removed from {count} chat.",
                "The tag “{tag}” was removed from {count} chats.",
                len(ids),
            )
            words = self._words(ids, _("The tag “{tag}” was removed from “{title}”."), many, tag=tag.name)
        self._offer_undo(self._app.ordering.tag(ids, tag, tagged), words)

    def _ask_tag(self, ids: Sequence[str]) -> None:
        from desktop_app.gui.dialogs.name import NameDialog

        def problem(name: str) -> str:
            taken = any(tag.name.casefold() == name.casefold() for tag in self._window.sidebar.shelf.tags)
            return _("There is a tag of this name already.") if taken else ""

        dialog = NameDialog(
            self._window.theme, _("New tag"), _("Create"), problem, longest=LONGEST_TAG_NAME, parent=self._window
        )
        dialog.named.connect(lambda name: self._app.ordering.make_tag(name, ids))
        dialog.open()

    def _edit_tags(self) -> None:
        from desktop_app.gui.sidebar.tags_dialog import TagsDialog

        dialog = TagsDialog(self._window.theme, self._window.sidebar.shelf.tags, self._window)
        dialog.changed.connect(self._app.ordering.change_tag)
        dialog.removed.connect(self._remove_tag)
        dialog.open()

    def _remove_tag(self, tag: Tag) -> None:
        words = _("The tag “{tag}” was removed.").format(tag=tag.name)
        self._offer_undo(self._app.ordering.remove_tag(tag), words)

    # Words and undo

    def _words(self, ids: Sequence[str], one: str, many: str, **names: str) -> str:
        """Say it of the one chat by its title, or of several by their number."""
        known = {**{chat.id: chat for chat in self._trash}, **self._chats()}
        if len(ids) == 1 and ids[0] in known:
            return one.format(title=shown_title(known[ids[0]]), **names)
        return many.format(count=len(ids), **names)

    def _offer_undo(self, done: Future[Undo], words: str, was_open: str | None = None) -> None:
        """Say what was done once it is, with a way back, also to the chat that was open."""
        self._bridge.when_done(
            done,
            lambda undo: self._window.notice.show_notice(words, (_("Undo"), partial(self._undo, undo, was_open))),
        )

    def _undo(self, undo: Undo, was_open: str | None) -> None:
        undo()
        if was_open is not None:
            self._open_chat(was_open)
