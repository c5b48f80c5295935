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
from desktop_app.gui.models.model_words import hub_words, licence_name, strength_name
from desktop_app.gui.widgets.choice import small_choice
from desktop_app.gui.widgets.controls import ButtonKind, Label
from desktop_app.support.formats import side_by_side
from desktop_app.support.i18n import _

MOST_CHOICES = 100
"""As many files of a repository as its card offers; its sheet has them all."""


class FittedCard(ModelCard):
    """A model with choices, and a badge that says whether the chosen one fits this computer."""

    always_below = True  # how long they are differs, and grows when it is known how fast a model will be

    def __init__(self, theme: Theme, name: str, choice_name: str) -> None:
        super().__init__(theme, name)
        self._about = ""
        self._verdicts: Sequence[Verdict] = ()
        self.badge = self.add_badge("", "good")
        self.badge.hide()
        self.choice = small_choice(theme, choice_name, self)
        self.choice.currentIndexChanged.connect(lambda _index: self._show_fit())

    def set_about(self, words: str) -> None:
        """Say what is known of the model beside its fit."""
        self._about = words
        self._show_fit()

    def set_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """Take over one verdict for each choice."""
        self._verdicts = verdicts
        self._show_fit()

    def _show_fit(self) -> None:
        place = self.choice.currentIndex()
        known = 0 <= place < len(self._verdicts)
        self.badge.setVisible(known)
        if not known:
            self.details.setText(self._about)
            return
        verdict = self._verdicts[place]
        self.badge.set_content(*fit_badge(verdict))
        self.badge.setToolTip(fit_explanation(verdict))
        self.details.setText(side_by_side([fit_words(verdict), self._about]))


class HubCard(FittedCard):
    """A repository of the hub; its choices are read when they are asked for."""

    opened = Signal()
    download_requested = Signal(object, object)

    def __init__(self, theme: Theme, model: HubModel) -> None:
        choice_name = _("Quantization of {model}").format(model=model.repository)
        super().__init__(theme, model.repository.partition("/")[2], choice_name)
        self._repository: HubRepository | None = None
        self._offered: tuple[Variant, ...] = ()
        self.set_about(hub_words(model))
        self.name.setToolTip(model.repository)
        self.choose = self.add_button(_("Choose…"), _("Choose a download of {model}").format(model=model.repository))
        self.choose.clicked.connect(self._open)
        self.choice.hide()
        self.controls.addWidget(self.choice)
        self.download = self.add_button(
            _("Download"), _("Download {model}").format(model=model.repository), ButtonKind.PRIMARY
        )
        self.download.hide()
        self.download.clicked.connect(self._download)
        self.add_info(model.repository)
        self.problem = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.problem.hide()
        self.column.addWidget(self.problem)

    def show_repository(self, repository: HubRepository, wanted: Reference | None = None) -> None:
        """Offer the choices of the repository, the usual one or the one that was named first."""
        self._repository = repository
        self.choose.hide()
        if not repository.variants:
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
        self.problem.setVisible(repository.gated)
        if repository.gated:
            self.problem.setText(_("Its maker asks you to accept a licence on its page before you download it."))

    def show_problem(self, words: str) -> None:
        """Say why there is nothing to choose."""
        self.choose.setEnabled(True)
        self.problem.setText(words)
        self.problem.show()

    def _open(self) -> None:
        self.choose.setEnabled(False)
        self.opened.emit()

    def _download(self) -> None:
        if self._repository is not None:
            self.download_requested.emit(self._repository, self._offered[self.choice.currentIndex()])


class RecommendedCard(FittedCard):
    """A model of the curated list, known without a network; the one that is `suggested` stands out."""

    download_requested = Signal(object)

    def __init__(self, theme: Theme, model: CatalogueModel, *, suggested: bool = False) -> None:
        super().__init__(theme, model.name, _("Quantization of {model}").format(model=model.name))
        self._model = model
        self.repository = model.repository
        self.set_about(side_by_side([licence_name(model.licence), *map(strength_name, model.good_at)]))
        for file in model.files:
            about = "" if file.bytes_are == "exact" else "≈ "
            self.choice.addItem(side_by_side([file.quantization, f"{about}{readable_size(file.bytes)}"]))
        self.choice.setCurrentIndex(usual_place([file.quantization for file in model.files]) or 0)
        self.controls.addWidget(self.choice)
        kind = ButtonKind.PRIMARY if suggested else ButtonKind.OUTLINE
        self.download = self.add_button(_("Download"), _("Download {model}").format(model=model.name), kind)
        self.download.clicked.connect(self._download)
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
        self.download.setEnabled(True)
        self.summary.setText(words)

    def _download(self) -> None:
        self.download.setEnabled(False)
        file = self._model.files[self.choice.currentIndex()]
        self.download_requested.emit(Reference(repository=self._model.repository, file=file.names[0]))
