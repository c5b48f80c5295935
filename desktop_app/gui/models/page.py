"""The Models page: what is on its way, what is on this computer, and what the hub has."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.catalogue import CatalogueModel
from desktop_app.domain.downloads import Download
from desktop_app.domain.hub import HubModel, HubRepository, Query, Reference
from desktop_app.domain.models import ModelFile
from desktop_app.domain.transfers import Transfer
from desktop_app.domain.verdict import Verdict
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.models.card import ModelCard
from desktop_app.gui.models.holdings import Holdings
from desktop_app.gui.models.presence import Presence, total_words
from desktop_app.gui.widgets.card_group import CardGroup
from desktop_app.gui.widgets.controls import Button, Label
from desktop_app.gui.widgets.gradual import Gradual
from desktop_app.gui.widgets.keyboard_focus import focus_reason
from desktop_app.gui.widgets.pages import ModelDropPage, page_title
from desktop_app.gui.widgets.search_field import SearchField
from desktop_app.gui.widgets.sheet import Outcome, Sheeted
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _, ngettext

if TYPE_CHECKING:
    from desktop_app.gui.models.arriving import Arriving
    from desktop_app.gui.models.download_card import DownloadCard
    from desktop_app.gui.models.file_cards import IncompleteCard, MissingCard, TransferCard
    from desktop_app.gui.models.hub_cards import FittedCard, HubCard, RecommendedCard
    from desktop_app.gui.models.local_card import LocalCard
    from desktop_app.gui.models.local_group import LocalGroup

NARROW = 560
"""Below this width, in pixels at 100 %, a card's controls go under its words."""
SEARCH_MS = 500
"""How long after the last keystroke a search begins by itself; Enter begins it at once."""


class ModelsPage(Sheeted, ModelDropPage):
    """Cards in three groups; a search puts what it found in front of the models that are here.

    Nothing goes over the network before something is typed into the search field.
    """

    chat_requested = Signal(str)
    details_requested = Signal(object)
    repository_details_requested = Signal(str)
    delete_requested = Signal(str)
    file_requested = Signal()
    search_requested = Signal(object)
    more_requested = Signal()
    repository_requested = Signal(str)
    download_requested = Signal(object, object)
    recommended_requested = Signal(object)
    pause_requested = Signal(str)
    resume_requested = Signal(str)
    cancel_requested = Signal(str)
    next_requested = Signal(str)
    unload_requested = Signal(str)
    visibility_changed = Signal()
    locate_requested = Signal(str)
    forget_requested = Signal(str)
    transfer_cancel_requested = Signal(str)
    folder_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._models: Sequence[ModelFile] = ()
        self._recommended: Sequence[CatalogueModel] = ()
        self._verdicts: dict[str, Sequence[Verdict]] = {}
        self._suggested = ""
        self._hub_verdicts: dict[str, Sequence[Verdict]] = {}
        self._current: str | None = None
        self._queue: list[str] = []
        self._presences: Mapping[str, Presence] = {}
        self._downloads: dict[str, Download] = {}
        self._found: list[HubModel] = []
        self._repositories: dict[str, tuple[HubRepository, Reference | None]] = {}
        self._has_more = False
        self._status = ""
        self._query = Query()
        self._computer = ""
        self._transfers: dict[str, Transfer] = {}
        self._folder_note = ("", "")
        self.holdings = Holdings(self)
        self._arriving: Arriving | None = None
        self._local_group: LocalGroup | None = None
        self._is_built = False
        self._gradual = Gradual(self._show_groups, self)
        self._timer = QTimer(self, singleShot=True, interval=SEARCH_MS)
        self._timer.timeout.connect(self._begin_search)
        self.hub_cards: dict[str, HubCard] = {}
        self.recommended_cards: dict[str, RecommendedCard] = {}

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that it can be seen now."""
        super().showEvent(event)
        self.visibility_changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that it cannot be seen any more."""
        super().hideEvent(event)
        self.visibility_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the cards for the width before they are laid out, so that nothing jumps."""
        here = self._local_group.cards if self._local_group is not None else {}
        arriving = (self.transfer_cards, self.download_cards)
        cards: tuple[Mapping[str, ModelCard], ...] = (here, *arriving, self.hub_cards, self.recommended_cards)
        for card in (card for group in cards for card in group.values()):
            card.set_narrow(self._narrow(event.size().width()))
        super().resizeEvent(event)

    @property
    def download_cards(self) -> "Mapping[str, DownloadCard]":
        """The cards of what is downloaded, by their ids."""
        return self._arriving.download_cards if self._arriving is not None else {}

    @property
    def transfer_cards(self) -> "Mapping[str, TransferCard]":
        """The cards of what is copied or moved, by their ids."""
        return self._arriving.transfer_cards if self._arriving is not None else {}

    @property
    def local_cards(self) -> "dict[str, LocalCard]":
        """The cards of models that can be used, by their paths."""
        return self._local_group.local_cards if self._local_group is not None else {}

    @property
    def missing_cards(self) -> "dict[str, MissingCard]":
        """The cards of models whose file has gone, by their paths."""
        return self._local_group.missing_cards if self._local_group is not None else {}

    @property
    def incomplete_cards(self) -> "dict[str, IncompleteCard]":
        """The cards of models of which a part is not there, by their paths."""
        return self._local_group.incomplete_cards if self._local_group is not None else {}

    def control_of(self, key: str) -> QWidget | None:
        """Return what leads to the details of a model."""
        cards: tuple[Mapping[str, ModelCard], ...] = (self.local_cards, self.hub_cards, self.recommended_cards)
        return next((card.info for group in cards for card in group.values() if card.key == key), None)

    # What is shown

    def set_models(self, models: Sequence[ModelFile], current: str | None) -> None:
        """Show `models`; `current` is the path of the one that answers."""
        models = tuple(msgspec.structs.replace(model, last_used=0.0) for model in models)  # which no card shows
        if (models, current) == (self._models, self._current):
            return
        is_known = models == self._models
        self._models = models
        self.holdings.set_models(models)
        self._current = current
        if self._local_group is not None:
            self._local_group.set_current(current)
            if not is_known:
                self._gradual.put("local", self._local_group.fill(models))

    def set_folder_note(self, words: str, offers: str = "") -> None:
        """Say what is the matter with the models folder; `offers` is a button for what can be done, empty for none."""
        self._folder_note = (words, offers)
        if self._is_built:
            self._show_folder_note()

    def show_transfer(self, transfer: Transfer) -> None:
        """Show a model that is copied or moved, or how far that is."""
        self._transfers[transfer.id] = transfer
        if self._arriving is not None:
            self._arriving.show_transfer(transfer)
            self._show_groups()

    def remove_transfer(self, transfer_id: str) -> None:
        """Show a transfer no more."""
        self._transfers.pop(transfer_id, None)
        if self._arriving is not None:
            self._arriving.remove(transfer_id)
        self._show_groups()

    def set_recommended(
        self, models: Sequence[CatalogueModel], verdicts: Sequence[Sequence[Verdict]] = (), suggested: str = ""
    ) -> None:
        """Offer the models of the curated list, each file with its verdict; `suggested` is the id of the best."""
        self._recommended = models
        self._verdicts = {model.id: fits for model, fits in zip(models, verdicts, strict=bool(verdicts))}
        self._suggested = suggested
        if self._is_built:
            self._fill_recommended()

    def set_computer(self, words: str) -> None:
        """Say what this computer has."""
        self._computer = words
        self._show_memory()

    def show_download(self, download: Download) -> None:
        """Show a download that is new or has moved on."""
        self._downloads[download.id] = download
        self.holdings.add_download(download)
        if self._arriving is not None:
            self._arriving.show_download(download)
            self._show_groups()

    def remove_download(self, download_id: str, arrived_at: str = "") -> None:
        """Show a download no more; `arrived_at` is the path of the model that came with it."""
        download = self._downloads.pop(download_id, None)
        if download is not None:
            self.holdings.drop_download(download, arrived_at)
        if self._arriving is not None:
            self._arriving.remove(download_id)
        self._show_groups()

    def go_to_download(self, download_id: str) -> None:
        """Bring a download into sight, and the keyboard to it."""
        card, reason = self.download_cards.get(download_id), focus_reason()
        if card is not None:
            self.ensureWidgetVisible(card)
            card.toggle.setFocus(reason)

    def set_queue(self, queue: Sequence[str]) -> None:
        """Take the ids of the downloads that wait, in their order."""
        if list(queue) != self._queue:
            self._queue = list(queue)
            if self._arriving is not None:
                self._arriving.set_queue(self._queue)

    def set_presences(self, presences: Mapping[str, Presence]) -> None:
        """Say which models are in memory, by their path."""
        self._presences = presences
        if self._local_group is not None:
            self._local_group.set_presences(presences)
        self._show_memory()

    def show_found(self, models: Sequence[HubModel], *, has_more: bool, hidden: int = 0) -> None:
        """Add a page of what was found; `hidden` counts all that was left out since it does not fit."""
        self._found += models
        self._has_more = has_more
        words = "" if self._found else _("Nothing was found for “{text}”.").format(text=self._query.text)
        if hidden:
            left_out = ngettext(
                "{count} model that does not fit this computer is left out.",
                "{count} models that do not fit this computer are left out.",
                hidden,
            ).format(count=hidden)
            words = paragraph([words, left_out])
        self.show_status(words)
        if self._is_built:
            unseen = [model for model in self._found if model.repository not in self.hub_cards]
            self._gradual.put("hub", [partial(self._add_found, model) for model in unseen])
        self._show_groups()

    def show_repository(self, repository: HubRepository, wanted: Reference | None = None) -> None:
        """Offer the choices of a repository, in a card of its own where the search did not find it."""
        self._repositories[repository.repository] = (repository, wanted)
        if repository.repository not in [model.repository for model in self._found]:
            self.show_found([repository], has_more=False)
        elif (card := self.hub_cards.get(repository.repository)) is not None:
            card.show_repository(repository, wanted)

    def show_verdicts(self, repository: str, verdicts: Sequence[Verdict]) -> None:
        """Say of each choice of a repository whether it fits."""
        self._hub_verdicts[repository] = verdicts
        card = self.hub_cards.get(repository)
        if card is not None:
            card.set_verdicts(verdicts)

    def show_problem(self, repository: str, words: str) -> None:
        """Say why the choices of a repository cannot be shown."""
        card = self.hub_cards.get(repository)
        known = [card for card in self.recommended_cards.values() if card.repository == repository]
        if card is not None:
            card.show_problem(words)
        elif known:
            known[0].show_problem(words)
        else:
            self.show_status(words)

    def show_status(self, words: str) -> None:
        """Say how the search stands."""
        self._status = words
        if self._is_built:
            self._status_line.setText(words)
        self._show_groups()

    # Building

    def column_width(self) -> int:
        """As wide as the cards of the look."""
        return 1016

    def build(self, column: QVBoxLayout) -> None:
        """Make the heading, and the places for the cards."""
        from desktop_app.gui.models.arriving import Arriving  # few starts need the page
        from desktop_app.gui.models.filters import Filters  # no window begins with them
        from desktop_app.gui.models.local_group import LocalGroup

        self._search_for_newest()
        theme, px = self.theme, self.theme.px
        top = QHBoxLayout()
        top.setSpacing(px(8))
        top.addWidget(page_title(Label(theme, _("Models"), "title")), 1)
        self.search = SearchField(theme, _("Search the hub, or paste a link"))
        self.search.setMaximumWidth(px(320))
        self.search.setText(self._query.text)
        self.search.textEdited.connect(self._edited)
        self.search.returnPressed.connect(self._begin_search)
        top.addWidget(self.search, 2)
        column.addLayout(top)
        column.addSpacing(px(4))
        self._computer_line = Label(theme, self._computer, "body", "muted", wraps=True)
        column.addWidget(self._computer_line)
        column.addSpacing(px(12))
        self._filters = Filters(theme, self._query)
        self._filters.changed.connect(self._begin_search)
        column.addWidget(self._filters)
        self._folder_line = Outcome(theme)
        self._folder_line.setContentsMargins(0, 0, 0, px(8))
        self._folder_line.accepted.connect(self.folder_requested)
        column.addWidget(self._folder_line)
        self._arriving = Arriving(theme, self._place)
        self._arriving.pause_requested.connect(self.pause_requested)
        self._arriving.resume_requested.connect(self.resume_requested)
        self._arriving.cancel_requested.connect(self.cancel_requested)
        self._arriving.next_requested.connect(self.next_requested)
        self._arriving.transfer_cancel_requested.connect(self.transfer_cancel_requested)
        self._hub_group = CardGroup(theme, _("On the hub"))
        self._status_line = Label(theme, self._status, "body", "muted", wraps=True)
        self._more = Button(theme, _("Show more"))
        self._more.clicked.connect(self.more_requested)
        self._local_group = LocalGroup(theme, self._place)
        self._local_group.chat_requested.connect(self.chat_requested)
        self._local_group.details_requested.connect(self.details_requested)
        self._local_group.unload_requested.connect(self.unload_requested)
        self._local_group.delete_requested.connect(self.delete_requested)
        self._local_group.locate_requested.connect(self.locate_requested)
        self._local_group.forget_requested.connect(self.forget_requested)
        self._recommended_group = CardGroup(theme, _("Good models to begin with"))
        column.addWidget(self._arriving)
        column.addWidget(self._hub_group)
        column.addWidget(self._status_line)
        column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(px(16))
        column.addWidget(self._local_group)
        self._empty = Label(theme, _("No model is here yet. Search the hub, or choose a file."), "body", wraps=True)
        column.addWidget(self._empty)
        column.addSpacing(px(4))
        self.choose_button = Button(theme, _("Choose a file…"), icon="folder")
        self.choose_button.clicked.connect(self.file_requested)
        foot = QHBoxLayout()
        foot.setSpacing(px(12))
        foot.addWidget(self.choose_button)
        foot.addWidget(Label(theme, _("or drop GGUF files here."), "small", "muted", wraps=True), 1)
        column.addLayout(foot)
        column.addSpacing(px(24))
        column.addWidget(self._recommended_group)
        column.addStretch(1)
        self._is_built = True
        self._fill_all(self._arriving, self._local_group)

    def forget(self) -> None:
        """Hold no card any more, and make none."""
        self._search_for_newest()
        for kind in ("local", "hub", "recommended"):
            self._gradual.put(kind, ())
        self._is_built, self._arriving, self._local_group = False, None, None
        self.hub_cards, self.recommended_cards = {}, {}

    def _fill_all(self, arriving: "Arriving", local: "LocalGroup") -> None:
        self.hub_cards, self.recommended_cards = {}, {}
        self._show_memory()
        self._show_folder_note()
        for transfer in self._transfers.values():
            arriving.show_transfer(transfer)
        for download in self._downloads.values():
            arriving.show_download(download)
        arriving.set_queue(self._queue)
        self._gradual.put("hub", [partial(self._add_found, model) for model in self._found])
        local.set_current(self._current)
        local.set_presences(self._presences)
        self._gradual.put("local", local.fill(self._models))
        self._fill_recommended()

    def _fill_recommended(self) -> None:
        for card in self.recommended_cards.values():
            self._recommended_group.drop(card)
        self.recommended_cards = {}
        cards = [partial(self._add_recommended, model) for model in self._recommended]
        self._recommended_group.expect(len(cards))
        self._gradual.put("recommended", cards, at_once=0)  # they lie below what is here

    def _add_recommended(self, model: CatalogueModel) -> None:
        from desktop_app.gui.models.hub_cards import RecommendedCard  # as above

        card = RecommendedCard(self.theme, model, self.holdings, suggested=model.id == self._suggested)
        card.set_verdicts(self._verdicts.get(model.id, ()))
        card.download_requested.connect(self.recommended_requested)
        self.recommended_cards[model.id] = card
        self._add_offered(self._recommended_group, card)

    def _add_offered(self, group: CardGroup, card: "FittedCard") -> None:
        card.details_requested.connect(lambda: self.repository_details_requested.emit(card.repository))
        card.chat_requested.connect(self.chat_requested)
        card.show_requested.connect(self.go_to_download)
        self._place(group, card)

    def _show_folder_note(self) -> None:
        words, offers = self._folder_note
        self._folder_line.say(words, "warn", offers=offers, button=offers)

    def _show_memory(self) -> None:
        if self._is_built:
            loaded = [each.memory for each in self._presences.values() if each.is_there and each.fraction is None]
            self._computer_line.setText(paragraph([self._computer, total_words(loaded)]))

    def _add_found(self, model: HubModel) -> None:
        from desktop_app.gui.models.hub_cards import HubCard  # as above

        card = HubCard(self.theme, model, self.holdings)
        card.opened.connect(lambda: self.repository_requested.emit(model.repository))
        card.download_requested.connect(self.download_requested)
        if model.repository in self._repositories:
            card.show_repository(*self._repositories[model.repository])
            card.set_verdicts(self._hub_verdicts.get(model.repository, ()))
        self.hub_cards[model.repository] = card
        self._add_offered(self._hub_group, card)

    def _show_groups(self) -> None:
        if self._local_group is None:
            return
        self._local_group.line_up()
        self._hub_group.setVisible(bool(self.hub_cards))
        self._status_line.setVisible(bool(self._status))
        self._more.setVisible(self._has_more and bool(self.hub_cards))
        self._recommended_group.setVisible(bool(self.recommended_cards) and not self._query.text)
        self._filters.setVisible(bool(self._query.text))
        self._empty.setVisible(not (self._models or self.hub_cards or self.download_cards or self._status))

    def _place(self, group: CardGroup, card: ModelCard, place: int | None = None) -> None:
        card.set_narrow(self._narrow(self.viewport().width()))
        group.add(card, place)

    def _narrow(self, width: int) -> bool:
        return width - 2 * self.theme.px(24) < self.theme.px(NARROW)

    # Searching

    def look_for(self, text: str) -> None:
        """Search for `text`, as if it were typed."""
        self.ensure_built()
        self.search.setText(text)
        self._begin_search()

    def _edited(self, text: str) -> None:
        if text.strip():
            self._timer.start()
        else:
            self._begin_search()

    def _search_for_newest(self) -> None:
        """Search for what was typed a moment ago, before its field goes."""
        if self._timer.isActive():
            self._begin_search()

    def _begin_search(self) -> None:
        self._timer.stop()
        query = self._filters.query(self.search.text().strip())
        if query == self._query and (self._found or self._status or not query.text):
            return
        self._query = query
        for card in self.hub_cards.values():
            self._hub_group.drop(card)
        self.hub_cards, self._found, self._repositories, self._has_more = {}, [], {}, False
        self._gradual.put("hub", ())
        self.show_status(_("Searching…") if query.text else "")  # and what is recommended makes room
        if query.text:
            self.search_requested.emit(query)
