"""The sidebar: a new chat, the search field, the list of chats and the ways to the other pages."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QLocale, QRectF, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.chats import Chat
from desktop_app.domain.search import Hit, SearchFilter
from desktop_app.gui.chat_groups import Row, folded_titles, found, grouped, matching
from desktop_app.gui.chat_list import ChatList
from desktop_app.gui.controls import Button, ButtonKind, ButtonSize, ElidedLabel, Ground, Label, NavButton, Rule
from desktop_app.gui.painting import key_hint
from desktop_app.gui.search_field import SearchField
from desktop_app.gui.search_filters import SearchFilters
from desktop_app.gui.theme import Theme, Themed
from desktop_app.support.i18n import _


class NetworkLine(Themed, QWidget):
    """Says whether anything goes over the network, beside a dot."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._label = ElidedLabel(theme, _("No network in use"), "small", "muted", parent=self)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._label)
        self.apply_theme()

    def set_text(self, text: str, details: str) -> None:
        """Show another sentence."""
        self._label.setText(text)
        self._label.setToolTip(details)
        self._label.setAccessibleDescription(details)

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        self._row.setContentsMargins(px(34), 0, px(8), 0)
        self.setFixedHeight(px(32))
        super().apply_theme()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dot."""
        px = self.theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.colors.good)
        painter.drawEllipse(QRectF(px(13), self.height() / 2 - px(4), px(8), px(8)))
        painter.end()


MOST_TITLED = 6
"""Chats that are found by their titles, before what is found in messages."""
_NEAR_END = 400
"""Pixels from the end of what was found at which more is asked for."""


class Sidebar(Ground):
    """The left edge of the window.

    While something is typed into the search field, the list shows what was found: `search_changed` tells of each
    other text or filter (None where the search is left), `set_found` and `add_found` give the messages.
    """

    search_changed = Signal(object, object)
    more_found_wanted = Signal()
    hit_chosen = Signal(object, str)
    new_chat_requested = Signal()
    chat_chosen = Signal(str)
    rename_requested = Signal(str, str)
    pin_requested = Signal(str, bool)
    map_requested = Signal(str)
    window_requested = Signal(str)
    export_requested = Signal(str)
    delete_requested = Signal(str)
    page_requested = Signal(str)
    tour_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "sidebar", Qt.Edge.RightEdge, parent)
        self._chats: Sequence[Chat] = ()
        self._titles: Sequence[str] | None = None
        self._today = date.min
        self._hits: tuple[Hit, ...] = ()
        self._answered = True
        self._share = 1.0
        self._shows_all = False
        self.new_chat = Button(theme, _("New chat"), kind=ButtonKind.PRIMARY, icon="plus", fills=True, parent=self)
        self.search = SearchField(theme, _("Search all chats"), parent=self)
        self.filters = SearchFilters(theme, self)
        self.status = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.list = ChatList(theme, self)
        self.empty = Label(theme, "", "body", "muted", wraps=True, parent=self)
        self.unfilter = Button(theme, _("Search without filters"), size=ButtonSize.SMALL, parent=self)
        self.models = NavButton(theme, "models", _("Models"), self)
        self.templates = NavButton(theme, "document", _("Prompt templates"), self)
        self.tour = NavButton(theme, "info", _("How it works"), self)
        self.settings = NavButton(theme, "settings", _("Settings"), self)
        self.network = NetworkLine(theme, self)
        self._rule = Rule(theme, self)
        self._lay_out()
        self._connect()
        self._refresh()

    def set_chats(self, chats: Sequence[Chat], today: date) -> None:
        """Show `chats`, grouped by day as seen from `today`."""
        self._chats = chats
        self._titles = None
        self._today = today
        self._refresh()

    @property
    def typed(self) -> str:
        """What is searched for; a blank at its end says that the last word is complete."""
        text = self.search.text()
        return text if text.strip() else ""

    def set_found(self, hits: Sequence[Hit], share: float) -> None:
        """Show the first messages that were found; `share` of all messages could be looked through so far."""
        self._hits, self._share, self._answered = tuple(hits), share, True
        self._refresh(keep_place=False)

    def add_found(self, hits: Sequence[Hit], share: float) -> None:
        """Show more messages below those that are shown."""
        self._hits, self._share = (*self._hits, *hits), share
        self._refresh()

    def set_share(self, share: float) -> None:
        """Say how much of all messages can be looked through."""
        self._share = share
        self._show_status()

    def set_current(self, chat_id: str | None) -> None:
        """Mark the chat that the window shows."""
        self.list.set_open(chat_id)

    def set_page(self, page: str) -> None:
        """Mark the page that the window shows: 'models', 'templates', 'tour' or 'settings', anything else for none."""
        self.models.setChecked(page == "models")
        self.templates.setChecked(page == "templates")
        self.tour.setChecked(page == "tour")
        self.settings.setChecked(page == "settings")

    def set_network(self, text: str, details: str = "") -> None:
        """Say what goes over the network; `details` for those who point at it."""
        self.network.set_text(text, details)

    def show_keys(self, new_chat: QKeySequence, search: QKeySequence) -> None:
        """Show the shortcuts of what the sidebar has for the mouse."""
        portable = QKeySequence.SequenceFormat.PortableText
        self.new_chat.set_hint(key_hint(new_chat.toString(portable)))
        self.search.set_hint(key_hint(search.toString(portable)))

    def rename_current(self) -> None:
        """Open the field for a new title of the chat that the window shows."""
        self.list.rename(self.list.currentIndex())

    def delete_current(self) -> None:
        """Ask for the chat that the window shows to be deleted."""
        chat_id = self.list.open_id
        if chat_id is not None:
            self.delete_requested.emit(chat_id)

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        layout = self.layout()
        if isinstance(layout, QVBoxLayout):
            layout.setContentsMargins(px(12), px(12), 1, px(12))
            self._top.setContentsMargins(0, 0, px(12), px(8))
            self._top.setSpacing(px(10))
            self._foot.setContentsMargins(0, 0, px(12), 0)
            self.empty.setContentsMargins(px(8), px(16), px(8), px(12))
            self.status.setContentsMargins(px(8), 0, px(20), px(8))
        super().apply_theme()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(0)
        self._top = QVBoxLayout()
        self._top.addWidget(self.new_chat)
        self._top.addWidget(self.search)
        self._top.addWidget(self.filters)
        self._foot = QVBoxLayout()
        self._foot.setSpacing(0)
        for widget in (self._rule, self.models, self.templates, self.tour, self.settings, self.network):
            self._foot.addWidget(widget)
        column.addLayout(self._top)
        column.addWidget(self.status)
        column.addWidget(self.empty)
        column.addWidget(self.unfilter, 0, Qt.AlignmentFlag.AlignHCenter)
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
        self.unfilter.clicked.connect(self.filters.clear)
        self.list.chosen.connect(self.chat_chosen)
        self.list.hit_chosen.connect(lambda hit: self.hit_chosen.emit(hit, self.typed))
        self.list.all_requested.connect(self._show_all)
        self.list.left_upwards.connect(lambda: self.search.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self.list.escaped.connect(self._leave_search)
        self.list.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.list.rows.renamed.connect(self.rename_requested)
        self.list.pin_requested.connect(self.pin_requested)
        self.list.map_requested.connect(self.map_requested)
        self.list.window_requested.connect(self.window_requested)
        self.list.export_requested.connect(self.export_requested)
        self.list.delete_requested.connect(self.delete_requested)
        self.models.clicked.connect(lambda: self.page_requested.emit("models"))
        self.templates.clicked.connect(lambda: self.page_requested.emit("templates"))
        self.tour.clicked.connect(self.tour_requested)
        self.settings.clicked.connect(lambda: self.page_requested.emit("settings"))

    def _search(self) -> None:
        """Look for something else; messages that were found stay in sight until others come."""
        self._shows_all = False
        typed = self.typed
        self._answered = not typed
        if not typed:
            self._hits = ()
        self._refresh(keep_place=False)
        self.search_changed.emit(typed or None, self.filters.chosen())

    def _leave_search(self) -> None:
        self.search.clear()
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_all(self) -> None:
        self._shows_all = True
        self._refresh()

    def _scrolled(self, value: int) -> None:
        if self._hits and value > self.list.verticalScrollBar().maximum() - self.theme.px(_NEAR_END):
            self.more_found_wanted.emit()

    def _refresh(self, *, keep_place: bool = True) -> None:
        is_search = bool(self.typed)
        rows = self._found() if is_search else self._grouped()
        self.list.is_search = is_search
        self.list.show_rows(rows, keep_place=keep_place)
        self.filters.setVisible(is_search)
        self.empty.setText(
            _("Nothing was found.") if self._chats or is_search else _("Your chats will be listed here.")
        )
        is_empty = not rows and self._answered
        self.empty.setVisible(is_empty)
        self.unfilter.setVisible(is_empty and is_search and self.filters.is_set)
        self.list.setVisible(not is_empty)
        self._show_status()

    def _show_status(self) -> None:
        is_reading = bool(self.typed) and self._share < 1.0
        percent = int(100 * self._share)
        self.status.setText(_("Older messages are still being read: {percent} %").format(percent=percent))
        self.status.setVisible(is_reading)

    def _found(self) -> list[Row]:
        titled = self._titled(self.filters.chosen()) if self.filters.concerns_titles else []
        return found(titled, self._hits, most_titled=None if self._shows_all else MOST_TITLED)

    def titled(self, typed: str) -> list[Chat]:
        """Return the chats that have what was typed in their titles, the newest first."""
        if self._titles is None:
            self._titles = folded_titles(self._chats)
        return matching(self._chats, self._titles, typed) if self._chats else []

    def _titled(self, wanted: SearchFilter) -> list[Chat]:
        since, until = wanted.since or 0.0, wanted.until if wanted.until is not None else float("inf")
        return [chat for chat in self.titled(self.typed) if since <= chat.updated_at < until]

    def _grouped(self) -> list[Row]:
        locale = QLocale()
        return grouped(
            self._chats,
            self._today,
            first_weekday=locale.firstDayOfWeek().value - 1,
            month_name=lambda day: locale.standaloneMonthName(day.month),
        )
