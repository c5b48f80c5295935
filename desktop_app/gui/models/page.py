"""The Models page: what is on its way, what is on this computer, and what the hub has."""

from collections.abc import Mapping, Sequence
from functools import partial

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
from desktop_app.gui.models.download_card import DownloadCard
from desktop_app.gui.models.file_cards import IncompleteCard, MissingCard, TransferCard
from desktop_app.gui.models.filters import Filters
from desktop_app.gui.models.hub_cards import HubCard, RecommendedCard
from desktop_app.gui.models.local_card import LocalCard
from desktop_app.gui.models.presence import Presence, total_words
from desktop_app.gui.widgets.card_group import CardGroup
from desktop_app.gui.widgets.controls import Button, Label
from desktop_app.gui.widgets.gradual import Gradual
from desktop_app.gui.widgets.pages import ModelDropPage, page_title
from desktop_app.gui.widgets.search_field import SearchField
from desktop_app.gui.widgets.sheet import Outcome, Sheeted
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _, ngettext

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
        self._is_built = False
        self._gradual = Gradual(self._show_groups, self)
        self._timer = QTimer(self, singleShot=True, interval=SEARCH_MS)
        self._timer.timeout.connect(self._begin_search)
        self.local_cards: dict[str, LocalCard] = {}
        self.missing_cards: dict[str, MissingCard] = {}
        self.incomplete_cards: dict[str, IncompleteCard] = {}
        self.transfer_cards: dict[str, TransferCard] = {}
        self.download_cards: dict[str, DownloadCard] = {}
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
        local = (self.local_cards, *self._unusable, self.transfer_cards, self.download_cards)
        cards: tuple[Mapping[str, ModelCard], ...] = (*local, self.hub_cards, self.recommended_cards)
        for card in (card for group in cards for card in group.values()):
            card.set_narrow(self._narrow(event.size().width()))
        super().resizeEvent(event)

    @property
    def _unusable(self) -> tuple[Mapping[str, ModelCard], ...]:
        return (self.missing_cards, self.incomplete_cards)

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
        is_known = models == self._models and bool(self.local_cards or any(self._unusable))
        self._models = models
        self._current = current
        if is_known:
            for path, card in self.local_cards.items():
                card.set_answers(path == current)
        else:
            self._fill_models()

    def set_folder_note(self, words: str, offers: str = "") -> None:
        """Say what is the matter with the models folder; `offers` is a button for what can be done, empty for none."""
        self._folder_note = (words, offers)
        if self._is_built:
            self._show_folder_note()

    def show_transfer(self, transfer: Transfer) -> None:
        """Show a model that is copied or moved, or how far that is."""
        self._transfers[transfer.id] = transfer
        card = self.transfer_cards.get(transfer.id)
        if card is not None:
            card.show_transfer(transfer)
        elif self._is_built:
            self._add_transfer(transfer)

    def remove_transfer(self, transfer_id: str) -> None:
        """Show a transfer no more."""
        self._transfers.pop(transfer_id, None)
        card = self.transfer_cards.pop(transfer_id, None)
        if card is not None:
            self._download_group.drop(card)
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
        card = self.download_cards.get(download.id)
        if card is not None:
            card.show_download(download)
        elif self._is_built:
            self._add_download(download)

    def remove_download(self, download_id: str) -> None:
        """Show a download no more."""
        self._downloads.pop(download_id, None)
        card = self.download_cards.pop(download_id, None)
        if card is not None:
            self._download_group.drop(card)
        self._show_groups()

    def set_queue(self, queue: Sequence[str]) -> None:
        """Take the ids of the downloads that wait, in their order."""
        if list(queue) != self._queue:
            self._queue = list(queue)
            if self._is_built:
                self._show_queue()

    def set_presences(self, presences: Mapping[str, Presence]) -> None:
        """Say which models are in memory, by their path."""
        self._presences = presences
        for path, card in self.local_cards.items():
            card.set_presence(presences.get(path, Presence()))
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
        self._download_group = CardGroup(theme, "")
        self._hub_group = CardGroup(theme, _("On the hub"))
        self._status_line = Label(theme, self._status, "body", "muted", wraps=True)
        self._more = Button(theme, _("Show more"))
        self._more.clicked.connect(self.more_requested)
        self._local_group = CardGroup(theme, _("On this computer"))
        self._recommended_group = CardGroup(theme, _("Good models to begin with"))
        column.addWidget(self._download_group)
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
        self._fill_all()

    def forget(self) -> None:
        """Hold no card any more, and make none."""
        self._search_for_newest()
        for kind in ("local", "hub", "recommended"):
            self._gradual.put(kind, ())
        self._is_built = False
        self._hold_no_cards()

    def _hold_no_cards(self) -> None:
        self.local_cards, self.download_cards, self.hub_cards, self.recommended_cards = {}, {}, {}, {}
        self.missing_cards, self.incomplete_cards, self.transfer_cards = {}, {}, {}

    def _fill_all(self) -> None:
        self._hold_no_cards()
        self._show_memory()
        self._show_folder_note()
        for transfer in self._transfers.values():
            self._add_transfer(transfer)
        for download in self._downloads.values():
            self._add_download(download)
        self._gradual.put("hub", [partial(self._add_found, model) for model in self._found])
        self._fill_models()
        self._fill_recommended()

    def _fill_recommended(self) -> None:
        for card in self.recommended_cards.values():
            self._recommended_group.drop(card)
        self.recommended_cards = {}
        cards = [partial(self._add_recommended, model) for model in self._recommended]
        self._recommended_group.expect(len(cards))
        self._gradual.put("recommended", cards, at_once=0)  # they lie below what is here

    def _add_recommended(self, model: CatalogueModel) -> None:
        card = RecommendedCard(self.theme, model, suggested=model.id == self._suggested)
        card.set_verdicts(self._verdicts.get(model.id, ()))
        card.details_requested.connect(lambda: self.repository_details_requested.emit(model.repository))
        card.download_requested.connect(self.recommended_requested)
        self.recommended_cards[model.id] = card
        self._place(self._recommended_group, card)

    def _fill_models(self) -> None:
        if not self._is_built:
            return
        for card in (card for cards in (self.local_cards, *self._unusable) for card in cards.values()):
            self._local_group.drop(card)
        self.local_cards, self.missing_cards, self.incomplete_cards = {}, {}, {}
        self._local_group.expect(len(self._models))
        self._gradual.put("local", [partial(self._add_local, model) for model in self._models])

    def _add_local(self, model: ModelFile) -> None:
        if model.missing:
            self._add_missing(model)
            return
        if model.lacks:
            self._add_incomplete(model)
            return
        card = LocalCard(self.theme, model, answers=model.path == self._current)
        card.details_requested.connect(lambda: self.details_requested.emit(model))
        card.chat.clicked.connect(lambda _on=False, path=model.path: self.chat_requested.emit(path))
        card.unload_requested.connect(lambda: self.unload_requested.emit(model.path))
        card.set_presence(self._presences.get(model.path, Presence()))
        card.delete.clicked.connect(lambda _on=False, path=model.path: self.delete_requested.emit(path))
        self.local_cards[model.path] = card
        self._place(self._local_group, card)

    def _add_missing(self, model: ModelFile) -> None:
        card = MissingCard(self.theme, model)
        card.locate_requested.connect(lambda: self.locate_requested.emit(model.path))
        card.forget_requested.connect(lambda: self.forget_requested.emit(model.path))
        self.missing_cards[model.path] = card
        self._place(self._local_group, card)

    def _add_incomplete(self, model: ModelFile) -> None:
        card = IncompleteCard(self.theme, model)
        card.delete.clicked.connect(lambda _on=False, path=model.path: self.delete_requested.emit(path))
        self.incomplete_cards[model.path] = card
        self._place(self._local_group, card)

    def _add_transfer(self, transfer: Transfer) -> None:
        card = TransferCard(self.theme, transfer)
        card.cancel_requested.connect(lambda: self.transfer_cancel_requested.emit(transfer.id))
        self.transfer_cards[transfer.id] = card
        self._place(self._download_group, card)
        self._show_groups()

    def _show_folder_note(self) -> None:
        words, offers = self._folder_note
        self._folder_line.say(words, "warn", offers=offers, button=offers)

    def _add_download(self, download: Download) -> None:
        card = DownloadCard(self.theme, download)
        card.next_requested.connect(lambda: self.next_requested.emit(download.id))
        card.pause_requested.connect(lambda: self.pause_requested.emit(download.id))
        card.resume_requested.connect(lambda: self.resume_requested.emit(download.id))
        card.cancel_requested.connect(lambda: self.cancel_requested.emit(download.id))
        self.download_cards[download.id] = card
        self._place(self._download_group, card)
        self._show_queue()
        self._show_groups()

    def _show_queue(self) -> None:
        """Tell each card its place, and put those that wait in their order."""
        for download_id, card in self.download_cards.items():
            card.set_place(self._queue.index(download_id) + 1 if download_id in self._queue else 0)
        self._download_group.arrange([self.download_cards[key] for key in self._queue if key in self.download_cards])

    def _show_memory(self) -> None:
        if self._is_built:
            loaded = [each.memory for each in self._presences.values() if each.is_there and each.fraction is None]
            self._computer_line.setText(paragraph([self._computer, total_words(loaded)]))

    def _add_found(self, model: HubModel) -> None:
        card = HubCard(self.theme, model)
        card.details_requested.connect(lambda: self.repository_details_requested.emit(model.repository))
        card.opened.connect(lambda: self.repository_requested.emit(model.repository))
        card.download_requested.connect(self.download_requested)
        if model.repository in self._repositories:
            card.show_repository(*self._repositories[model.repository])
            card.set_verdicts(self._hub_verdicts.get(model.repository, ()))
        self.hub_cards[model.repository] = card
        self._place(self._hub_group, card)

    def _show_groups(self) -> None:
        if not self._is_built:
            return
        others_go = any(not card.delete.isHidden() for card in self.local_cards.values())
        for card in self.local_cards.values():
            card.line_up(others_go=others_go)
        self._download_group.setVisible(bool(self.download_cards or self.transfer_cards))
        self._hub_group.setVisible(bool(self.hub_cards))
        self._status_line.setVisible(bool(self._status))
        self._more.setVisible(self._has_more and bool(self.hub_cards))
        self._local_group.setVisible(bool(self.local_cards or any(self._unusable)))
        self._recommended_group.setVisible(bool(self.recommended_cards) and not self._query.text)
        self._filters.setVisible(bool(self._query.text))
        self._empty.setVisible(not (self._models or self.hub_cards or self.download_cards or self._status))

    def _place(self, group: CardGroup, card: ModelCard) -> None:
        card.set_narrow(self._narrow(self.viewport().width()))
        group.add(card)

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
