"""The page about a person's own data: where it is, what it tells, and deleting all of it."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout

from desktop_app.domain.own_data import DataPlace
from desktop_app.domain.sizes import readable_size
from desktop_app.domain.statistics import Statistics
from desktop_app.gui.data.places_card import PlacesCard
from desktop_app.gui.data.use_card import UseCard
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button, ButtonSize, Card, Label
from desktop_app.gui.widgets.pages import Page, page_title
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext

STACKED = 560
"""Below this width, in pixels at 100 %, buttons stand below their words."""


class DataPage(Page):
    """Shows what the services tell; the signals ask for what a person chose."""

    show_requested = Signal(str)
    delete_requested = Signal(object)
    erase_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._places: Sequence[DataPlace] = ()
        self._statistics: tuple[Statistics, date] | None = None

    def build(self, column: QVBoxLayout) -> None:
        """Make the head and all sections."""
        theme, px = self.theme, self.theme.px
        column.addWidget(page_title(Label(theme, _("Your data"), "title")))
        column.addSpacing(px(4))
        self.total = Label(theme, "", "body", "muted", wraps=True)
        column.addWidget(self.total)
        self.places = PlacesCard(theme)
        self.places.show_requested.connect(self.show_requested)
        self.places.delete_requested.connect(self.delete_requested)
        self.add_section(column, _("Where it is"), self.places)
        self.use = UseCard(theme)
        self.add_section(column, _("Your usage, counted here and for you alone"), self.use)
        self.add_section(column, _("Delete everything"), self._erase_card())
        column.addStretch(1)
        self.show_places(self._places)
        if self._statistics is not None:
            self.show_statistics(*self._statistics)
        self._stack()

    def show_places(self, places: Sequence[DataPlace]) -> None:
        """Show where data is, and how much there is in all."""
        self._places = places
        if self.body is None:
            return
        self.places.show_places(places)
        files = sum(place.files for place in places)
        words = ngettext(
            "All that Inglenook keeps is on this computer: {size} in {count} file. Nothing of it is sent anywhere.",
            "All that Inglenook keeps is on this computer: {size} in {count} files. Nothing of it is sent anywhere.",
            files,
        )
        size = readable_size(sum(place.size for place in places))
        self.total.setText(words.format(size=size, count=number(files)))

    def show_statistics(self, statistics: Statistics, today: date) -> None:
        """Show what was counted."""
        self._statistics = (statistics, today)
        if self.body is not None:
            self.use.show_statistics(statistics, today)

    def show_trouble(self, words: str) -> None:
        """Say why nothing could be counted."""
        if self.body is not None:
            self.use.show_trouble(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put buttons where there is room for them."""
        super().resizeEvent(event)
        self._stack()

    def _erase_card(self) -> Card:
        px = self.theme.px
        card = Card(self.theme)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(px(16), px(14), px(16), px(14))
        inside.setSpacing(px(12))
        words = _(
            "All chats with their backups, personas, templates, settings, logs, and what the system's keyring keeps for "
            "Inglenook, at once and for good. The models go too if you wish. Files that you exported stay where you put "
            "them."
        )
        inside.addWidget(Label(self.theme, words, "body", "muted", wraps=True))
        self.erase = Button(self.theme, _("Delete everything…"), icon="trash", size=ButtonSize.SMALL)
        self.erase.clicked.connect(self.erase_requested)
        inside.addWidget(self.erase, 0, Qt.AlignmentFlag.AlignLeading)
        return card

    def _stack(self) -> None:
        if self.body is not None:
            narrow = self.viewport().width() < self.theme.px(STACKED)
            self.places.stack(narrow)
