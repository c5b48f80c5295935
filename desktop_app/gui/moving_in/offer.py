"""What an import would bring, before anything is changed: the whole in words, and the chats to choose from."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.offers import Arrival, Preview
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.moving_in.offer_list import OfferList
from desktop_app.gui.moving_in.offer_rows import OfferRows
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize, Label
from desktop_app.gui.widgets.search_field import SearchField
from desktop_app.gui.widgets.switch import Switch
from desktop_app.services.chat_files.import_words import (
    arrival_words,
    content_words,
    folder_name,
    leftover_words,
    preview_title,
    skips_words,
)
from desktop_app.support.formats import number, paragraph
from desktop_app.support.i18n import _, ngettext

LIST_HEIGHT = 148
"""How high the list is at least, in pixels at 100 %."""


class OfferPart(QWidget):
    """Shows a Preview; `accepted` when the chosen chats are to come, `left` for another file."""

    accepted = Signal()
    left = Signal()

    def __init__(self, theme: Theme, rows: OfferRows) -> None:
        super().__init__()
        self._theme = theme
        self._rows = rows
        self.title = Label(theme, "", "body", weight=SEMIBOLD, wraps=True)
        self.content = Label(theme, "", "small", "muted", wraps=True)
        self.states = Label(theme, "", "small", wraps=True)
        self.losses = Label(theme, "", "small", "warn", wraps=True)
        self.search = SearchField(theme, _("Filter by title or model"))
        self.all_button = Button(theme, _("Select all"), size=ButtonSize.SMALL)
        self.none_button = Button(theme, _("Select none"), size=ButtonSize.SMALL)
        self.list = OfferList(theme, rows)
        self.nothing = Label(theme, _("No chat matches."), "body", "muted", wraps=True)
        self.folder_switch = Switch(theme)
        self.folder_words = Label(theme, "", "body", wraps=True)
        self.back_button = Button(theme, _("Another file"))
        self.accept_button = Button(theme, "", kind=ButtonKind.PRIMARY)
        self._foot = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._lay_out()
        self._connect()

    def show_preview(self, preview: Preview, *, in_folder: bool) -> None:
        """Say what would come; the rows have the chats already."""
        self.title.setText(preview_title(preview))
        for label, words in (
            (self.content, content_words(preview)),
            (self.states, arrival_words(preview)),
            (self.losses, paragraph((leftover_words(preview.leftovers), skips_words(preview)))),
        ):
            label.setText(words)
            label.setVisible(bool(words))
        words = _("Put the new ones into a folder “{folder}”").format(folder=folder_name(preview.origin))
        self.folder_words.setText(words)
        self.folder_switch.setAccessibleName(words)
        self.folder_switch.setChecked(in_folder)
        has_new = preview.counts()[Arrival.NEW] > 0
        self.folder_words.setVisible(has_new)
        self.folder_switch.setVisible(has_new)
        self.search.clear()
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons below each other where they do not fit beside each other."""
        super().resizeEvent(event)
        self._stack()

    def _stack(self) -> None:
        wide = self.back_button.sizeHint().width() + self._foot.spacing() + self.accept_button.sizeHint().width()
        down, along = QBoxLayout.Direction.BottomToTop, QBoxLayout.Direction.LeftToRight
        self._foot.setDirection(down if wide > self.width() else along)

    def _lay_out(self) -> None:
        px = self._theme.px
        self.list.setMinimumHeight(px(LIST_HEIGHT))
        tools = QHBoxLayout()
        tools.setSpacing(px(8))
        tools.addWidget(self.all_button)
        tools.addWidget(self.none_button)
        tools.addStretch(1)
        folder = QHBoxLayout()
        folder.setSpacing(px(12))
        folder.addWidget(self.folder_words, 1)
        folder.addWidget(self.folder_switch)
        self._foot.setSpacing(px(8))
        self._foot.addWidget(self.back_button)
        self._foot.addStretch(1)
        self._foot.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        for label in (self.title, self.content, self.states, self.losses):
            column.addWidget(label)
        column.addSpacing(px(8))
        column.addWidget(self.search)
        column.addSpacing(px(4))
        column.addLayout(tools)
        column.addSpacing(px(4))
        column.addWidget(self.list, 1)
        column.addWidget(self.nothing, 1, Qt.AlignmentFlag.AlignTop)
        column.addSpacing(px(8))
        column.addLayout(folder)
        column.addSpacing(px(8))
        column.addLayout(self._foot)

    def _connect(self) -> None:
        self._rows.changed.connect(self._refresh)
        self.search.textChanged.connect(self._rows.filter)
        self.search.left_downwards.connect(lambda: self.list.setFocus(Qt.FocusReason.TabFocusReason))
        self.list.left_upwards.connect(lambda: self.search.setFocus(Qt.FocusReason.BacktabFocusReason))
        self.all_button.clicked.connect(lambda: self._rows.choose_listed(True))
        self.none_button.clicked.connect(lambda: self._rows.choose_listed(False))
        self.back_button.clicked.connect(self.left)
        self.accept_button.clicked.connect(self.accepted)

    def _refresh(self) -> None:
        count = len(self._rows.chosen)
        words = ngettext("Import {count} chat", "Import {count} chats", count).format(count=number(count))
        nothing = _("Nothing is chosen") if self._rows.can_choose else _("Nothing to import")
        self.accept_button.set_content(words if count else nothing)
        self.accept_button.setEnabled(count > 0)
        self._stack()
        is_empty = not self._rows.rowCount()
        self.list.setVisible(not is_empty)
        self.nothing.setVisible(is_empty)
