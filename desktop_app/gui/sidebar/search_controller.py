"""Connects the sidebar's search with the search in all chats and the notebook, and opens them at what was found."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.search import FoundText, Hit, SearchFilter
from desktop_app.domain.search_query import parse
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.chat.marks.marking import no_marks
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.services.chats.search import Searching, SearchPage
from desktop_app.services.events import ChatChanged, ChatsChanged, MessagesRemoved, MessageStarred, ServiceEvent

if TYPE_CHECKING:
    from desktop_app.domain.notebook import NotebookEntry
    from desktop_app.gui.notebook.controller import NotebookController
    from desktop_app.gui.window.main_window import MainWindow


class SearchController(QObject):
    """Searches while somebody types; each key ends the search before it."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: "MainWindow",
        chat: ChatController,
        notebook: "Callable[[], NotebookController]",
    ) -> None:
        """`notebook` returns what the notebook's page does, which is made with it."""
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._chat = chat
        self._notebook = notebook
        self._searching: Searching | None = None
        self._has_page = self._follows_notebook = False
        self._texts: Sequence[NotebookEntry] | None = None
        """The texts of the notebook, None where they are not known."""
        self._gone: set[str] = set()
        """The ids of messages, chats and texts that are not to be found any more; a page may have been read before."""
        self._titles: dict[str, str] = {}
        """The titles of chats that were told since somebody searches, by the chats' ids; so it may be with these."""
        self._texts_told = False
        """Whether texts of the notebook were told since then."""
        sidebar = window.sidebar
        sidebar.search_changed.connect(self._search)
        sidebar.more_found_wanted.connect(self._more)
        sidebar.hit_chosen.connect(self._open)
        sidebar.text_chosen.connect(self._open_text)
        sidebar.texts_requested.connect(self._show_texts)
        sidebar.filters.days_requested.connect(self._ask_days)
        bridge.follow(app.search.progress, self._read)
        bridge.happened.connect(self._hear)

    def begin(self) -> None:
        """Let older messages be read, now that the window is there."""
        self._app.search.begin_reading()

    def _search(self, typed: str | None, wanted: SearchFilter) -> None:
        self._has_page = self._texts_told = False
        self._gone.clear()
        self._titles.clear()
        if typed is None:
            if self._searching is not None:
                self._searching.stop()
            self._searching = None
            self._window.chat_view().set_marks(no_marks)
            return
        if self._searching is None:
            self._bridge.when_done(self._app.search.models(), self._window.sidebar.filters.set_models)
            self._follow_notebook()
        former = self._searching  # other windows have searches of their own
        self._searching = searching = self._app.search.search(
            typed, wanted, lambda page: self._bridge.call(lambda: self._show(searching, page)), former
        )

    def _more(self) -> None:
        if self._searching is not None and self._has_page:
            self._searching.more()

    def _show(self, searching: Searching, page: SearchPage) -> None:
        if searching is not self._searching:
            return
        sidebar = self._window.sidebar
        if self._has_page:
            sidebar.add_found(page.hits, page.share)
        else:
            sidebar.set_found(page.hits, page.share, page.texts, page.text_count)
        self._has_page = True
        sidebar.retitle_found(self._titles)
        sidebar.leave_out(self._gone)
        if self._texts_told:
            self._follow_texts()
        if page.before is not None and not (page.hits and sidebar.list.verticalScrollBar().maximum()):
            searching.more()  # a chat that has very many leaves room for what others have

    def _read(self, share: float) -> None:
        """Say how far the reading of older messages is; when all are read, look again."""
        sidebar = self._window.sidebar
        sidebar.set_share(share)
        if share == 1.0 and self._searching is not None:
            self._search(sidebar.typed, sidebar.filters.chosen())

    def _hear(self, event: ServiceEvent) -> None:
        """Follow what becomes of what was found: messages get and lose stars, or are deleted, and so are chats."""
        if self._searching is None:
            return
        match event:
            case MessageStarred(message_id=message_id, starred=starred) if self._window.sidebar.filters.is_starred:
                self._follow(gone=() if starred else [message_id], is_new=starred)
            case MessagesRemoved(message_ids=message_ids):
                self._follow(gone=message_ids)
            case ChatChanged(chat=chat):
                self._follow_chats([chat])
            case ChatsChanged(chats=chats, removed=removed):
                self._follow_chats(chats, removed)

    def chats_came(self, chat_ids: Sequence[str]) -> None:
        """Look again where messages with a star are listed and chats have some that were not there, or in the trash."""
        searching = self._searching
        if searching is not None and self._window.sidebar.filters.is_starred:
            self._bridge.when_done(
                self._app.search.has_starred(chat_ids), lambda has_some: self._look_again(searching, has_some)
            )

    def _look_again(self, searching: Searching, is_wanted: bool) -> None:
        if is_wanted and searching is self._searching:
            self._search(self._window.sidebar.typed, self._window.sidebar.filters.chosen())

    def _follow_chats(self, chats: Sequence[Chat], removed: Sequence[str] = ()) -> None:
        self._titles.update((chat.id, chat.title) for chat in chats)
        self._window.sidebar.retitle_found(self._titles)
        gone = [*removed, *(chat.id for chat in chats if chat.deleted_at is not None)]
        self._follow(gone=gone, back=[chat.id for chat in chats if chat.deleted_at is None])

    def _follow(self, *, gone: Sequence[str] = (), back: Sequence[str] = (), is_new: bool = False) -> None:
        """Leave out what is gone, where one looks; look again for what is back, which may be anywhere in the list."""
        sidebar = self._window.sidebar
        if is_new or not self._gone.isdisjoint(back):
            self._search(sidebar.typed, sidebar.filters.chosen())
        elif gone:
            self._gone.update(gone)
            sidebar.leave_out(self._gone)
            if not sidebar.list.verticalScrollBar().maximum():
                self._more()

    def texts(self) -> "Sequence[NotebookEntry]":
        """Return the texts of the notebook, the one changed last first: those that are known when this is first asked."""
        self._follow_notebook()
        return self._texts or ()

    def open_text(self, text_id: str) -> None:
        """Show a text of the notebook."""
        self._turn_to("notebook")
        if self._notebook().text_id != text_id:
            self._notebook().open(text_id)

    def _follow_notebook(self) -> None:
        """From the first search on follow what becomes of the texts of the notebook."""
        if not self._follows_notebook:
            self._follows_notebook = True
            self._bridge.follow(self._app.notebook.listed, self._texts_listed)
            self._bridge.when_done(self._app.notebook.texts(), self._texts_read)

    def _texts_read(self, entries: "Sequence[NotebookEntry]") -> None:
        if self._texts is None:  # else they were read before what was told already
            self._texts_listed(entries)

    def _texts_listed(self, entries: "Sequence[NotebookEntry]") -> None:
        self._texts, self._texts_told = entries, True
        self._follow_texts()
        if self._searching is not None:
            self._follow(back=[entry.id for entry in entries])

    def _follow_texts(self) -> None:
        self._gone |= self._window.sidebar.follow_texts({entry.id: entry.title for entry in self._texts or ()})

    def _open_text(self, text: FoundText, typed: str) -> None:
        was_there = self._turn_to("notebook")
        self._notebook().open_at(text.text_id, parse(typed), keeps_focus=was_there)

    def _show_texts(self, typed: str) -> None:
        self._turn_to("notebook")
        self._notebook().look_for(typed)

    def _turn_to(self, page: str) -> bool:
        """Show a page; whether it was shown already: then the keys stay with what was found."""
        window = self._window
        if window.stage.drawer is window.sidebar:
            window.stage.close_drawer()
        was_there = window.page == page
        if not was_there:
            window.show_page(page)
        return was_there

    def _open(self, hit: Hit, typed: str) -> None:
        self._turn_to("chat")
        self._chat.open_at(hit.chat_id, hit.message_id, parse(typed))

    def _ask_days(self) -> None:
        from desktop_app.gui.sidebar.days_dialog import DaysDialog

        filters = self._window.sidebar.filters
        today = datetime.now().astimezone().date()
        first, last = filters.span
        dialog = DaysDialog(self._window.theme, first or _month_before(today), last or today, self._window)
        dialog.chosen.connect(filters.choose_days)
        dialog.open()


def _month_before(day: date) -> date:
    return day - timedelta(days=30)
