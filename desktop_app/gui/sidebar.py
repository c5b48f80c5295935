"""The sidebar: a new chat, the search field, the list of chats and the ways to the other pages."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QLocale, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.chats import Chat
from desktop_app.gui.chat_groups import grouped
from desktop_app.gui.chat_list import ChatList
from desktop_app.gui.controls import Button, ButtonKind, ElidedLabel, Ground, Label, NavButton, Rule
from desktop_app.gui.painting import key_hint
from desktop_app.gui.search_field import SearchField
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


class Sidebar(Ground):
    """The left edge of the window."""

    new_chat_requested = Signal()
    chat_chosen = Signal(str)
    rename_requested = Signal(str, str)
    pin_requested = Signal(str, bool)
    map_requested = Signal(str)
    delete_requested = Signal(str)
    page_requested = Signal(str)
    tour_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "sidebar", Qt.Edge.RightEdge, parent)
        self._chats: Sequence[Chat] = ()
        self._today = date.min
        self.new_chat = Button(
            theme, _("New chat"), kind=ButtonKind.PRIMARY, icon="plus", hint=key_hint("Ctrl+N"), fills=True, parent=self
        )
        self.search = SearchField(theme, _("Search all chats"), key_hint("Ctrl+K"), self)
        self.list = ChatList(theme, self)
        self.empty = Label(theme, "", "body", "muted", wraps=True, parent=self)
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
        self._today = today
        self._refresh()

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
            self.empty.setContentsMargins(px(8), px(16), px(8), 0)
        super().apply_theme()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(0)
        self._top = QVBoxLayout()
        self._top.addWidget(self.new_chat)
        self._top.addWidget(self.search)
        self._foot = QVBoxLayout()
        self._foot.setSpacing(0)
        for widget in (self._rule, self.models, self.templates, self.tour, self.settings, self.network):
            self._foot.addWidget(widget)
        column.addLayout(self._top)
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addStretch(0)
        column.addLayout(self._foot)
        self.apply_theme()

    def _connect(self) -> None:
        self.new_chat.clicked.connect(self.new_chat_requested)
        self.search.textChanged.connect(self._refresh)
        self.search.left_downwards.connect(lambda: self.list.setFocus(Qt.FocusReason.TabFocusReason))
        self.search.returnPressed.connect(self._choose_first)
        self.list.chosen.connect(self.chat_chosen)
        self.list.rows.renamed.connect(self.rename_requested)
        self.list.pin_requested.connect(self.pin_requested)
        self.list.map_requested.connect(self.map_requested)
        self.list.delete_requested.connect(self.delete_requested)
        self.models.clicked.connect(lambda: self.page_requested.emit("models"))
        self.templates.clicked.connect(lambda: self.page_requested.emit("templates"))
        self.tour.clicked.connect(self.tour_requested)
        self.settings.clicked.connect(lambda: self.page_requested.emit("settings"))

    def _refresh(self) -> None:
        locale = QLocale()
        rows = grouped(
            self._chats,
            self._today,
            needle=self.search.text(),
            first_weekday=locale.firstDayOfWeek().value - 1,
            month_name=lambda day: locale.standaloneMonthName(day.month),
        )
        self.list.show_rows(rows)
        self.empty.setText(_("Your chats will be listed here.") if not self._chats else _("No chat has that title."))
        self.empty.setVisible(not rows)
        self.list.setVisible(bool(rows))

    def _choose_first(self) -> None:
        for place in range(self.list.rows.rowCount()):
            chat = self.list.rows.chat(self.list.rows.index(place))
            if chat is not None:
                self.chat_chosen.emit(chat.id)
                return
