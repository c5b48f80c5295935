"""The sidebar: a new chat, the search field, the list of chats and the ways to the other pages."""

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.chats import Chat
from desktop_app.domain.search import FoundText, Hit, SearchFilter
from desktop_app.domain.shelf import Folder, Shelf, Tag
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.sidebar.chat_list import ChatList
from desktop_app.gui.sidebar.chats import SidebarChats
from desktop_app.gui.sidebar.groups import Row, Sort, found
from desktop_app.gui.sidebar.list_bar import ListBar, View
from desktop_app.gui.sidebar.nav_button import NavButton, NetworkLine
from desktop_app.gui.sidebar.search_filters import SearchFilters
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize, Ground, Label, Rule
from desktop_app.gui.widgets.painting import key_hint
from desktop_app.gui.widgets.search_field import SearchField
from desktop_app.support.i18n import _, ngettext

LOW = 520
"""A sidebar that is lower than this, in pixels at 100 %, has no room for the names of the pages below the list."""
CHAT_PAGES = ("chat", "alternatives", "compare")
"""Pages that show the open chat, or a part of it."""
MOST_TITLED = 6
"""Chats that are found by their titles, before what is found in messages."""
_NEAR_END = 400
"""Pixels from the end of what was found at which more is asked for."""


class Sidebar(Ground):
    """The left edge of the window.

    While something is typed into the search field, or messages with a star are looked at, the list shows what was found:
    `search_changed` tells of each other text or filter (None where the search is left), `set_found` and `add_found` give
    the messages, and the texts of the notebook before them.
    """

    search_changed = Signal(object, object)
    more_found_wanted = Signal()
    hit_chosen = Signal(object, str)
    text_chosen = Signal(object, str)
    texts_requested = Signal(str)
    new_chat_requested = Signal()
    chat_chosen = Signal(str)
    rename_requested = Signal(str, str)
    map_requested = Signal(str)
    window_requested = Signal(str)
    export_requested = Signal(str)
    duplicate_requested = Signal(str)
    trash_requested = Signal()
    empty_trash_requested = Signal()
    page_requested = Signal(str)
    tour_requested = Signal()
    shelf_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "sidebar", Qt.Edge.RightEdge, parent)
        self.setAccessibleName(_("Sidebar"))
        self.chats = SidebarChats(self)
        self._waits = False
        self._hits: tuple[Hit, ...] = ()
        self._texts: tuple[FoundText, ...] = ()
        self._all_texts = 0
        self._answered = True
        self._share = 1.0
        self._shows_all = False
        self.new_chat = Button(theme, _("New chat"), kind=ButtonKind.PRIMARY, icon="plus", fills=True, parent=self)
        self.search = SearchField(theme, _("Search all chats"), parent=self)
        self.filters = SearchFilters(theme, self)
        self.bar = ListBar(theme, self)
        self.status = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.list = ChatList(theme, self)
        self.empty = Label(theme, "", "body", "muted", wraps=True, parent=self)
        self.unfilter = Button(theme, _("Search without filters"), size=ButtonSize.SMALL, parent=self)
        self.empty_trash = Button(theme, _("Empty the trash…"), size=ButtonSize.SMALL, parent=self)
        self.setTabOrder(self.bar, self.empty_trash)
        self.setTabOrder(self.empty_trash, self.list)
        self.models = NavButton(theme, "models", _("Models"), self)
        self.templates = NavButton(theme, "document", _("Prompt templates"), self)
        self.notebook = NavButton(theme, "edit", _("Notebook"), self)
        self.tour = NavButton(theme, "info", _("How it works"), self)
        self.settings = NavButton(theme, "settings", _("Settings"), self)
        self.network = NetworkLine(theme, self)
        self._rule = Rule(theme, self)
        self._lay_out()
        self._connect()
        self._refresh()

    def set_chats(self, chats: Sequence[Chat], today: date) -> None:
        """Show `chats`, grouped by day as seen from `today`."""
        self.chats.set_chats(chats, today)
        self._refresh()

    def set_shelf(self, shelf: Shelf) -> None:
        """Show these folders and tags."""
        self.chats.shelf = shelf
        self.list.rows.set_shelf(shelf)
        self.bar.set_tags(shelf.tags)
        self.filters.set_shelf(shelf)
        self._refresh()
        self.shelf_changed.emit()

    def set_folders(self, folders: tuple[Folder, ...]) -> None:
        """Show these folders in place of those before."""
        self.set_shelf(msgspec.structs.replace(self.chats.shelf, folders=folders))

    def set_tags(self, tags: tuple[Tag, ...], changed: Mapping[str, tuple[str, ...]]) -> None:
        """Show these tags; `changed` has the ids of the tags of each chat that got others."""
        self.set_shelf(self.chats.shelf.with_tags(tags, changed))

    @property
    def shelf(self) -> Shelf:
        """The folders and tags that are shown."""
        return self.chats.shelf

    def set_trash(self, chats: Sequence[Chat], trash_days: int) -> None:
        """Show these chats where the trash is shown; they are kept for so many days."""
        self.chats.set_trash(chats, trash_days)
        self._refresh()

    def set_order(self, sort: str, closed: Sequence[str]) -> None:
        """Sort chats by what was chosen before, and close the folders that were."""
        self.chats.closed = frozenset(closed)
        self.bar.set_sort(Sort(sort) if sort in list(Sort) else Sort.USED)

    @property
    def closed_folders(self) -> tuple[str, ...]:
        """The ids of the folders that are closed; those that have gone are forgotten."""
        return tuple(sorted(self.chats.closed & {folder.id for folder in self.shelf.folders}))

    def open_folder(self, folder_id: str) -> None:
        """Show what is in a folder."""
        self.chats.closed -= {folder_id}
        self._refresh()

    def show_view(self, view: View) -> None:
        """Show all chats, the archive or the trash."""
        with self._once():
            self.search.clear()
            self.filters.choose_starred(False)
            self.bar.choose_view(view)
        self._focus_list()

    def take_over(self, other: "Sidebar") -> None:
        """List and look for what another one does, in a window that was made anew."""
        self.bar.choose_view(other.bar.view, other.bar.tag)
        self.filters.take_over(other.filters)
        self.search.setText(other.search.text())

    @property
    def typed(self) -> str:
        """What is searched for; a blank at its end says that the last word is complete."""
        text = self.search.text()
        return text if text.strip() else ""

    def set_found(self, hits: Sequence[Hit], share: float, texts: Sequence[FoundText] = (), all_texts: int = 0) -> None:
        """Show the first messages that were found; `share` of all messages could be looked through so far.

        `texts` are some of `all_texts` that were found in the notebook.
        """
        self._hits, self._share, self._answered = tuple(hits), share, True
        self._texts, self._all_texts = tuple(texts), all_texts
        self._refresh(keep_place=False)

    def add_found(self, hits: Sequence[Hit], share: float) -> None:
        """Show more messages below those that are shown."""
        self._hits, self._share = (*self._hits, *hits), share
        self._refresh()

    def leave_out(self, gone: Container[str]) -> None:
        """Show nothing more that was found of messages and chats with these ids."""
        hits = tuple(hit for hit in self._hits if hit.message_id not in gone and hit.chat_id not in gone)
        if hits != self._hits:
            self._hits = hits
            self._refresh()

    def follow_texts(self, titles: Mapping[str, str]) -> set[str]:
        """Show what was found in the notebook under the titles of now, by the ids of all texts; returns those of texts that have gone."""
        gone = {text.text_id for text in self._texts} - titles.keys()
        kept = [text for text in self._texts if text.text_id not in gone]
        texts = tuple(msgspec.structs.replace(text, title=titles[text.text_id]) for text in kept)
        if texts != self._texts:
            self._texts, self._all_texts = texts, self._all_texts - len(gone)
            self._refresh()
        return gone

    def retitle_found(self, titles: Mapping[str, str]) -> None:
        """Show what was found in chats under their titles of now, by their ids."""
        if any(titles.get(hit.chat_id, hit.title) != hit.title for hit in self._hits):
            self._hits = tuple(
                msgspec.structs.replace(hit, title=titles.get(hit.chat_id, hit.title)) for hit in self._hits
            )
            self._refresh()

    def set_share(self, share: float) -> None:
        """Say how much of all messages can be looked through."""
        self._share = share
        self._show_status()

    def set_current(self, chat_id: str | None) -> None:
        """Mark the chat that the window shows."""
        self.list.set_open(chat_id)

    @property
    def folder_at_hand(self) -> Folder | None:
        """The folder that a person is at: of the line that has the focus, of what is searched, or of the open chat."""
        is_used = self.window().focusWidget() is self.list
        row = self.list.rows.row(self.list.currentIndex()) if is_used else Row()
        if row.folder is not None:
            return row.folder
        searched = self.filters.chosen().folder if self.is_search else None
        chat = row.chat or self.chats.chat(self.list.open_id)
        return self.shelf.folder(searched) or self.shelf.folder(chat.folder_id if chat is not None else None)

    def set_page(self, page: str) -> None:
        """Mark the page that the window shows: 'models', 'templates', 'notebook', 'tour' or 'settings', anything else for none."""
        self.list.set_in_sight(page in CHAT_PAGES)
        self.models.setChecked(page == "models")
        self.templates.setChecked(page == "templates")
        self.notebook.setChecked(page == "notebook")
        self.tour.setChecked(page == "tour")
        self.settings.setChecked(page == "settings")

    def set_network(self, text: str, details: str) -> None:
        """Say what goes over the network; `details` for those who point at it."""
        self.network.set_text(text, details)

    def show_keys(self, new_chat: QKeySequence, search: QKeySequence) -> None:
        """Show the shortcuts of what the sidebar has for the mouse."""
        portable = QKeySequence.SequenceFormat.PortableText
        self.new_chat.set_hint(key_hint(new_chat.toString(portable)))
        self.search.set_hint(key_hint(search.toString(portable)))

    def rename_current(self) -> bool:
        """Open the field for a new title of the chat that the window shows, or of the line that has the focus.

        Return whether there is one: the list may show others, or the folder that the chat is in may be closed.
        """
        is_used = self.list.hasFocus() and self.list.currentIndex().isValid()
        return self.list.rename(self.list.currentIndex() if is_used else self.list.rows.index_of(self.list.open_id))

    def delete_current(self) -> None:
        """Ask for the chat that the window shows to be deleted."""
        chat_id = self.list.open_id
        if chat_id is not None:
            self.list.wishes.deleted.emit([chat_id])

    def show_starred(self) -> None:
        """List the messages that have a star, whatever else they are; what is typed then looks through them."""
        with self._once():
            self.search.clear()
            self.filters.clear()
            self.filters.choose_starred(True)
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @property
    def is_search(self) -> bool:
        """Whether the list shows what was found: by what is typed, or because it has a star."""
        return bool(self.typed) or self.filters.is_starred

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        layout = self.layout()
        if isinstance(layout, QVBoxLayout):
            set_margins(layout, px(12), px(12), 1, px(12))
            set_margins(self._top, 0, 0, px(12), px(8))
            self._top.setSpacing(px(10))
            set_margins(self._foot, 0, 0, px(12), 0)
            set_margins(self.empty, px(8), px(16), px(8), px(12))
            self._set_gap()
            set_margins(self._below_empty, px(8), 0, 0, 0)
            set_margins(self.status, px(8), 0, px(20), px(8))
            self._fit()
        super().apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave room for the list where the sidebar is low: what leads to the pages is a row of icons there."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        is_low = self.height() < self.theme.px(LOW)
        self._ways.setDirection(QBoxLayout.Direction.LeftToRight if is_low else QBoxLayout.Direction.TopToBottom)
        for way in (self.models, self.templates, self.notebook, self.tour, self.settings):
            way.set_compact(is_low)

    def _set_gap(self) -> None:
        """Leave a gap above the list where there is something above it."""
        gap = self.theme.px(8)
        set_margins(self._above_list, gap, 0, 0, gap if self.empty_trash.isVisibleTo(self) else 0)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(0)
        self._top = QVBoxLayout()
        self._top.addWidget(self.new_chat)
        self._top.addWidget(self.search)
        self._top.addWidget(self.filters)
        self._top.addWidget(self.bar)
        self._foot = QVBoxLayout()
        self._foot.setSpacing(0)
        self._ways = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._ways.setSpacing(0)
        for way in (self.models, self.templates, self.notebook, self.tour, self.settings):
            self._ways.addWidget(way)
        self._foot.addWidget(self._rule)
        self._foot.addLayout(self._ways)
        self._foot.addWidget(self.network)
        column.addLayout(self._top)
        column.addWidget(self.status)
        column.addWidget(self.empty)
        self._below_empty = QHBoxLayout()
        self._below_empty.addWidget(self.unfilter)
        self._below_empty.addStretch(1)
        column.addLayout(self._below_empty)
        self._above_list = QHBoxLayout()
        self._above_list.addWidget(self.empty_trash)
        self._above_list.addStretch(1)
        column.addLayout(self._above_list)
        column.addWidget(self.list, 1)
        column.addStretch(0)
        column.addLayout(self._foot)
        self.apply_theme()

    def _connect(self) -> None:
        self.new_chat.clicked.connect(self.new_chat_requested)
        self.search.textChanged.connect(self._search)
        self.search.left_downwards.connect(lambda: self.list.setFocus(Qt.FocusReason.TabFocusReason))
        self.search.returnPressed.connect(self.list.choose_first)
        self.filters.changed.connect(self._search)
        self.unfilter.clicked.connect(self._widen)
        self.bar.changed.connect(self._view_changed)
        self.bar.starred_wanted.connect(self.show_starred)
        self.search.escaped.connect(self._leave_search)
        self.bar.folder_wanted.connect(lambda: self.list.wishes.folder_wanted.emit([], None))
        self.empty_trash.clicked.connect(self.empty_trash_requested)
        self.list.wishes.folder_toggled.connect(self._toggle)
        self.list.dragging.connect(self.bar.offer_pins)
        self.bar.pins_dropped.connect(lambda ids: self.list.wishes.pinned.emit(ids, True))
        self.list.chosen.connect(self.chat_chosen)
        self.list.hit_chosen.connect(lambda hit: self.hit_chosen.emit(hit, self.typed))
        self.list.text_chosen.connect(lambda text: self.text_chosen.emit(text, self.typed))
        self.list.texts_requested.connect(lambda: self.texts_requested.emit(self.typed))
        self.list.all_requested.connect(self._show_all)
        self.list.left_upwards.connect(lambda: self.search.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self.list.escaped.connect(self._leave_search)
        self.list.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.list.rows.renamed.connect(self.rename_requested)
        self.list.map_requested.connect(self.map_requested)
        self.list.window_requested.connect(self.window_requested)
        self.list.export_requested.connect(self.export_requested)
        self.list.duplicate_requested.connect(self.duplicate_requested)
        self.models.clicked.connect(lambda: self.page_requested.emit("models"))
        self.templates.clicked.connect(lambda: self.page_requested.emit("templates"))
        self.notebook.clicked.connect(lambda: self.page_requested.emit("notebook"))
        self.tour.clicked.connect(self.tour_requested)
        self.settings.clicked.connect(lambda: self.page_requested.emit("settings"))

    def _search(self) -> None:
        """Look for something else; messages that were found stay in sight until others come."""
        self._shows_all = False
        is_search = self.is_search
        self._answered = not is_search
        if not is_search:
            self._hits, self._texts = (), ()
        self._refresh(keep_place=False)
        self.search_changed.emit(self.typed if is_search else None, self.filters.chosen())

    def _leave_search(self) -> None:
        self.search.clear()
        self.filters.choose_starred(False)
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _widen(self) -> None:
        """Leave what there is nothing of."""
        if self.is_search:
            self.filters.clear()
        else:
            self.bar.choose_view(View.CHATS)

    def _show_all(self) -> None:
        self._shows_all = True
        self._refresh()

    def _scrolled(self, value: int) -> None:
        if self._hits and value > self.list.verticalScrollBar().maximum() - self.theme.px(_NEAR_END):
            self.more_found_wanted.emit()

    @contextmanager
    def _once(self) -> Iterator[None]:
        """List what there is to list once, however much is chosen meanwhile: it takes thousands of lines."""
        self._waits = True
        try:
            yield
        finally:
            self._waits = False
            self._refresh(keep_place=False)

    def _refresh(self, *, keep_place: bool = True) -> None:
        if self._waits:
            return
        is_search = self.search.takes_escape = self.is_search
        view = self.bar.view
        rows = self._found() if is_search else self._listed()
        self.list.is_search = is_search
        self.list.is_trash = view is View.TRASH and not is_search
        self.list.takes_drops = view is View.CHATS and not is_search
        had_focus = self.list.hasFocus() or self.unfilter.hasFocus()
        self.list.show_rows(rows, keep_place=keep_place)
        self.filters.setVisible(is_search)
        self.bar.setVisible(not is_search)
        self.empty.setText(self._found_nothing() if is_search else self._nothing())
        is_empty = not rows and self._answered and self.chats.are_read
        self.empty.setVisible(is_empty)
        self.unfilter.setText(_("Search without filters") if self.typed else _("Back to the chats"))
        is_other = self.filters.is_set if is_search else view is not View.CHATS or self.bar.tag is not None
        self.unfilter.setVisible(is_empty and is_other)
        self.empty_trash.setVisible(self.list.is_trash and bool(rows))
        self._set_gap()
        self.list.setVisible(not is_empty)
        if had_focus:
            self._focus_list()
        self._show_status()

    def _focus_list(self) -> None:
        """Bring the keyboard to the list, or to what leads out of an empty one."""
        (self.list if self.list.isVisibleTo(self) else self.unfilter).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_status(self) -> None:
        words = ""
        if self.is_search and self._share < 1.0:
            percent = int(100 * self._share)
            words = _("Older messages are still being read: {percent} %").format(percent=percent)
        elif self.list.is_trash and self.chats.trash:
            days = self.chats.trash_days
            kept = ngettext("Deleted chats are kept for {days} day.", "Deleted chats are kept for {days} days.", days)
            words = kept.format(days=days)
        self.status.setText(words)
        self.status.setVisible(bool(words))

    def _found(self) -> list[Row]:
        titled = self.chats.found(self.typed, self.filters.chosen()) if self.filters.concerns_titles else []
        most_titled = None if self._shows_all else MOST_TITLED
        return found(titled, self._hits, self._texts, most_titled=most_titled, all_texts=self._all_texts)

    def _listed(self) -> list[Row]:
        view = self.bar.view
        if view is View.TRASH:
            return self.chats.in_trash()
        archived = view is View.ARCHIVE
        return self.chats.listed(archived=archived, tag=self.bar.tag, sort=self.bar.sort)

    def _found_nothing(self) -> str:
        if self.typed or self.filters.chosen() != SearchFilter(starred=True):
            return _("Nothing was found.")
        return _("No message is starred. The star is below each message.")

    def _nothing(self) -> str:
        """Say that there is nothing to list."""
        if self.bar.tag is not None:
            return _("No chat has this tag.")
        return {
            View.CHATS: _("Your chats will be listed here."),
            View.ARCHIVE: _("The archive is empty. Chats that you archive leave the list, and can be found here."),
            View.TRASH: _("The trash is empty."),
        }[self.bar.view]

    def _view_changed(self) -> None:
        if self.bar.view is View.TRASH:
            self.chats.trash = ()
            self.trash_requested.emit()
        self._refresh(keep_place=False)

    def _toggle(self, folder: Folder) -> None:
        self.chats.closed ^= {folder.id}
        self._refresh()
