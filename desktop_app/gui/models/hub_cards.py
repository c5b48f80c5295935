"""The cards of models that can be downloaded: of the curated list, and repositories of the hub."""

from collections.abc import Sequence

from PySide6.QtCore import Signal

from desktop_app.domain.catalogue import CatalogueModel
from desktop_app.domain.hub import HubModel, HubRepository, Reference, Variant, choose_variant, usual_place
from desktop_app.domain.sizes import readable_size
from desktop_app.domain.verdict import Verdict
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.models.card import ModelCard
from desktop_app.gui.models.fit_words import fit_badge, fit_explanation, fit_words
from desktop_app.gui.models.holdings import Holdings, way_on
from desktop_app.gui.models.model_words import hub_words, licence_name, strength_name
from desktop_app.gui.widgets.choice import small_choice
from desktop_app.gui.widgets.controls import ButtonKind, Label
from desktop_app.gui.widgets.keyboard_focus import focus_reason
from desktop_app.support.formats import side_by_side
from desktop_app.support.i18n import _

MOST_CHOICES = 100
"""As many files of a repository as its card offers; its sheet has them all."""


class FittedCard(ModelCard):
    """A model with choices: whether the chosen one fits this computer, and the way to it, which a chat with it may be."""

    chat_requested = Signal(str)
    show_requested = Signal(str)
    always_below = True  # how long they are differs, and grows when it is known how fast a model will be

    def __init__(self, theme: Theme, name: str, repository: str, holdings: Holdings, kind: ButtonKind) -> None:
        """`name` is what people call the model, `kind` the look of the button that leads to it."""
        super().__init__(theme, name)
        self.repository = repository
        self._holdings = holdings
        self._about = ""
        self._verdicts: Sequence[Verdict] = ()
        self.badge = self.add_badge("", "good")
        self.badge.hide()
        self.choice = small_choice(theme, _("Quantization of {model}").format(model=self.spoken_name), self)
        self.choice.currentIndexChanged.connect(lambda _index: self._show_chosen())
        self.controls.addWidget(self.choice)
        self.download = self.add_button("", "", kind)
        self.download.clicked.connect(self._go_on)
        holdings.changed.connect(self._show_chosen)

    @property
    def spoken_name(self) -> str:
        """What screen readers call it."""
        return self.name.text()

    def set_about(self, words: str) -> None:
        """Say what is known of the model beside its fit."""
        self._about = words
        self._show_chosen()

    def set_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """Take over one verdict for each choice."""
        self._verdicts = verdicts
        self._show_chosen()

    def chosen_file(self) -> str:
        """Return the first file of what is chosen, empty for nothing; for each kind to say."""
        raise NotImplementedError

    def ask_for(self) -> None:
        """Ask for a download of what is chosen; for each kind to say."""
        raise NotImplementedError

    def _show_chosen(self) -> None:
        place, file = self.choice.currentIndex(), self.chosen_file()
        self.download.set_waiting(waits=False)
        words, spoken = way_on(self._holdings, self.repository, file, self.spoken_name)
        self.download.set_content(words)
        self.download.setAccessibleName(spoken)
        here = _("on this computer") if self._holdings.path(self.repository, file) else ""
        known = 0 <= place < len(self._verdicts)
        self.badge.setVisible(known)
        verdict = self._verdicts[place] if known else None
        if verdict is not None:
            self.badge.set_content(*fit_badge(verdict))
            self.badge.setToolTip(fit_explanation(verdict))
        self.details.setText(side_by_side([here, fit_words(verdict) if verdict is not None else "", self._about]))

    def _go_on(self) -> None:
        file = self.chosen_file()
        if download := self._holdings.download(self.repository, file):
            self.show_requested.emit(download)
        elif path := self._holdings.path(self.repository, file):
            self.chat_requested.emit(path)
        elif file:
            self.ask_for()


class HubCard(FittedCard):
    """A repository of the hub; its choices are read when they are asked for."""

    opened = Signal()
    download_requested = Signal(object, object)

    def __init__(self, theme: Theme, model: HubModel, holdings: Holdings) -> None:
        self._repository: HubRepository | None = None
        self._offered: tuple[Variant, ...] = ()
        name = model.repository.partition("/")[2]
        super().__init__(theme, name, model.repository, holdings, ButtonKind.PRIMARY)
        self.name.setToolTip(model.repository)
        self.choose = self.add_button(_("Choose…"), _("Choose a download of {model}").format(model=model.repository))
        self.choose.clicked.connect(self._open)
        for widget in (self.choice, self.download):
            widget.hide()
        self.add_info(model.repository)
        self.problem = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.problem.hide()
        self.column.addWidget(self.problem)
        self.set_about(hub_words(model))

    @property
    def spoken_name(self) -> str:
        """Whose repository it is, too: there are many of each model."""
        return self.repository

    def show_repository(self, repository: HubRepository, wanted: Reference | None = None) -> None:
        """Offer the choices of the repository, the usual one or the one that was named first."""
        self._repository = repository
        had_focus, reason = self.choose.hasFocus(), focus_reason()
        if not repository.variants:
            self.choose.hide()
            self.show_problem(_("There is no GGUF file in this repository that could be downloaded."))
            return
        self.choice.clear()
        reference = wanted or Reference(repository=repository.repository)
        chosen = choose_variant(repository, reference) or choose_variant(
            repository, Reference(repository=repository.repository)
        )
        offered = repository.variants[:MOST_CHOICES]
        if chosen is not None and chosen not in offered:
            offered = (*offered, chosen)
        self._offered = offered
        for variant in offered:
            self.choice.addItem(side_by_side([variant.quantization or variant.name, readable_size(variant.size)]))
        if chosen is not None:
            self.choice.setCurrentIndex(offered.index(chosen))
        for widget in (self.choice, self.download):
            widget.show()
        if had_focus:
            self.download.setFocus(reason)
        self.choose.hide()
        self.problem.setVisible(repository.gated)
        if repository.gated:
            self.problem.setText(_("Its maker asks you to accept a licence on its page before you download it."))

    def show_problem(self, words: str) -> None:
        """Say why there is nothing to choose."""
        self.choose.set_waiting(waits=False)
        self.problem.setText(words)
        self.problem.show()

    def chosen_file(self) -> str:
        """Of the choice that is shown."""
        place = self.choice.currentIndex()
        return self._offered[place].files[0].name if 0 <= place < len(self._offered) else ""

    def ask_for(self) -> None:
        """Tell which choice of which repository is wanted."""
        if self._repository is not None:
            self.download_requested.emit(self._repository, self._offered[self.choice.currentIndex()])

    def _open(self) -> None:
        self.choose.set_waiting(waits=True)
        self.opened.emit()


class RecommendedCard(FittedCard):
    """A model of the curated list, known without a network; the one that is `suggested` stands out."""

    download_requested = Signal(object)

    def __init__(self, theme: Theme, model: CatalogueModel, holdings: Holdings, *, suggested: bool = False) -> None:
        self._model = model
        kind = ButtonKind.PRIMARY if suggested else ButtonKind.OUTLINE
        super().__init__(theme, model.name, model.repository, holdings, kind)
        for file in model.files:
            about = "" if file.bytes_are == "exact" else "≈ "
            self.choice.addItem(side_by_side([file.quantization, f"{about}{readable_size(file.bytes)}"]))
        self.choice.setCurrentIndex(usual_place([file.quantization for file in model.files]) or 0)
        self.set_about(side_by_side([licence_name(model.licence), *map(strength_name, model.good_at)]))
        self.set_suggested(suggested)
        self.suggested = self.add_badge(_("suggested for this computer"), "accent") if suggested else None
        self.add_info(model.repository)
        self.summary = Label(theme, _(model.summary), "small", "text", wraps=True, parent=self)
        self.column.addWidget(self.summary)

    def _fit(self) -> None:
        """Leave the name its room where it is narrow: the accent says enough."""
        if self.suggested is not None:
            parts = (self.name, self.badge, self.suggested)
            wanted = sum(part.sizeHint().width() + self.head.spacing() for part in parts)
            self.suggested.setVisible(wanted <= self._room)
        super()._fit()

    def show_problem(self, words: str) -> None:
        """Say why it could not be queued."""
        self.download.set_waiting(waits=False)
        self.summary.setText(words)
        self.summary.set_color("bad")

    def chosen_file(self) -> str:
        """Of the choice that is shown."""
        place = self.choice.currentIndex()
        return self._model.files[place].names[0] if 0 <= place < len(self._model.files) else ""

    def ask_for(self) -> None:
        """Tell which file is wanted; the hub is asked first what it is now."""
        self.download.set_waiting(waits=True)
        self.summary.setText(_(self._model.summary))
        self.summary.set_color("text")
        self.download_requested.emit(Reference(repository=self.repository, file=self.chosen_file()))
