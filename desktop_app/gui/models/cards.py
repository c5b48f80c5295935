"""The cards of the Models page: a model that is here, a download, a repository of the hub."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.domain.catalogue import CatalogueModel
from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.hub import HubModel, HubRepository, Reference, Variant, choose_variant, usual_place
from desktop_app.domain.models import ModelFile
from desktop_app.domain.sizes import readable_size
from desktop_app.domain.verdict import Verdict
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.models.fit_words import fit_badge, fit_explanation, fit_words
from desktop_app.gui.models.presence import Presence, presence_words
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Badge, Button, ButtonKind, ButtonSize, Card, ElidedLabel, IconButton, Label
from desktop_app.gui.widgets.progress_bar import ProgressBar
from desktop_app.services.error_text import explain
from desktop_app.support.formats import decimal, duration, number, side_by_side
from desktop_app.support.i18n import _, ngettext, pgettext
from desktop_app.support.long_paths import plain

MOST_CHOICES = 100
"""As many files of a repository as its card offers; its sheet has them all."""


class NameLabel(ElidedLabel):
    """A name that can be clicked; the keyboard has a button for the same."""

    clicked = Signal()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Look like something to click."""
        self._underline(True)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Look like a name again."""
        self._underline(False)
        super().leaveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell a click."""
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()
        super().mouseReleaseEvent(event)

    def _underline(self, underlined: bool) -> None:
        font = self.font()
        font.setUnderline(underlined and self.cursor().shape() is Qt.CursorShape.PointingHandCursor)
        self.setFont(font)


class ModelCard(Card):
    """A name, a badge and details on the left, controls on the right, or below where it is narrow."""

    details_requested = Signal()
    always_below = False
    """Whether the details stand below the name even where there is room beside it, so that all cards of a list are alike."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        px = theme.px
        self.name = NameLabel(theme, name, "body", weight=SEMIBOLD, parent=self)
        self.name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(name)
        self.details = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.head = QHBoxLayout()
        self.head.setSpacing(px(8))
        self.head.addWidget(self.name)
        self.words = QBoxLayout(
            QBoxLayout.Direction.TopToBottom if self.always_below else QBoxLayout.Direction.LeftToRight
        )
        self.words.setSpacing(px(8))
        self.words.addLayout(self.head)
        self.words.addWidget(self.details, 1)
        self.controls = QHBoxLayout()
        self.controls.setSpacing(px(8))
        self.row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.row.setSpacing(px(8))
        self.row.addLayout(self.words, 1)
        self.row.addLayout(self.controls)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(px(16), px(14), px(16), px(14))
        self.column.setSpacing(px(8))
        self.column.addLayout(self.row)

    def add_badge(self, text: str, color: str) -> Badge:
        """Put a badge beside the name."""
        badge = Badge(self.theme, text, color, self)
        self.head.addWidget(badge, 0, Qt.AlignmentFlag.AlignVCenter)
        return badge

    def add_button(self, text: str, name: str, kind: ButtonKind = ButtonKind.OUTLINE) -> Button:
        """Add a control; `name` is what screen readers say."""
        button = Button(self.theme, text, kind=kind, size=ButtonSize.SMALL, parent=self)
        button.setAccessibleName(name)
        self.controls.addWidget(button)
        return button

    def add_info(self, key: str) -> None:
        """Add a button that asks for the details, as a click on the name does; `key` tells of which model."""
        self.key = key
        words = _("About {model}").format(model=self.name.text())
        self.info = IconButton(self.theme, "info", words, parent=self)
        self.info.clicked.connect(self.details_requested)
        self.name.clicked.connect(self.details_requested)
        self.name.setCursor(Qt.CursorShape.PointingHandCursor)
        self.controls.addWidget(self.info)

    def set_narrow(self, narrow: bool) -> None:
        """Put the controls below the words, or beside them."""
        self.row.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        self.row.setAlignment(self.controls, Qt.AlignmentFlag.AlignRight if narrow else Qt.AlignmentFlag(0))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the details below the name where they do not fit beside it."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Do so with other words, too."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    @property
    def _room(self) -> int:
        """How wide the words may be."""
        margins = self.column.contentsMargins()
        room = self.width() - margins.left() - margins.right()
        if self.row.direction() in (QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.RightToLeft):
            room -= self.controls.sizeHint().width() + self.words.spacing()
        return room

    def _fit(self) -> None:
        gap = self.words.spacing()
        wanted = self.head.sizeHint().width() + gap + self.details.fontMetrics().horizontalAdvance(self.details.text())
        beside = not self.always_below and wanted + 1 <= self._room
        self.words.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self.head.setAlignment(Qt.AlignmentFlag(0) if beside else Qt.AlignmentFlag.AlignLeft)


class LocalCard(ModelCard):
    """A model that is on this computer."""

    unload_requested = Signal()

    def __init__(self, theme: Theme, model: ModelFile, *, answers: bool, parent: QWidget | None = None) -> None:
        super().__init__(theme, model.name, parent)
        self._model = model
        self._presence = Presence()
        self.set_answers(answers)
        self.name.setToolTip(plain(model.path))
        self.badge = self.add_badge(_("changed"), "warn") if model.changed else self.add_badge(_("ready"), "good")
        self.badge.setToolTip(_("This file changed since it was downloaded.") if model.changed else "")
        self.unload = self.add_button(_("Unload"), _("Unload {model}").format(model=model.name))
        self.unload.hide()
        self.unload.clicked.connect(self.unload_requested)
        self.chat = self.add_button(pgettext("verb", "Chat"), _("Chat with {model}").format(model=model.name))
        self.delete = IconButton(theme, "trash", _("Delete {model}").format(model=model.name), parent=self)
        self.delete.setVisible(not (model.is_starter or model.app))  # what is another's stays
        self.controls.addWidget(self.delete)
        self.add_info(plain(model.path))

    def line_up(self, *, others_go: bool) -> None:
        """Leave the room of the button that deletes, where this model stays and others of the list can go."""
        policy = self.delete.sizePolicy()
        policy.setRetainSizeWhenHidden(others_go)
        self.delete.setSizePolicy(policy)

    def set_presence(self, presence: Presence) -> None:
        """Say whether the model is in memory, and offer to take it out."""
        if presence == self._presence:
            return
        self._presence = presence
        usual, color = (_("changed"), "warn") if self._model.changed else (_("ready"), "good")
        words = presence_words(presence)
        self.badge.set_content(words or usual, "accent" if words else color)
        self.unload.setVisible(presence.is_there)
        self.unload.set_content(_("Cancel") if presence.fraction is not None else _("Unload"))
        self.unload.setAccessibleName(
            (_("Cancel loading {model}") if presence.fraction is not None else _("Unload {model}")).format(
                model=self._model.name
            )
        )
        self.unload.setEnabled(not presence.busy)
        self.unload.setToolTip(_("It is answering; stop the answer first.") if presence.busy else "")

    def set_answers(self, answers: bool) -> None:
        """Say whether this is the model that answers now."""
        model = self._model
        details = [
            _("starter model") if model.is_starter else model.quantization,
            readable_size(model.size) if model.size else "",
            _("in {app}").format(app=model.app) if model.app else _("on this computer"),
            _("answers now") if answers else "",
        ]
        self.details.setText(side_by_side(details))


class DownloadCard(ModelCard):
    """A model on its way."""

    next_requested = Signal()
    pause_requested = Signal()
    resume_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, theme: Theme, download: Download, parent: QWidget | None = None) -> None:
        name = download.variant.name
        super().__init__(theme, name, parent)
        self._resumes = False
        self._download = download
        self._place = 0
        self.details.setText(side_by_side([download.variant.quantization, download.repository]))
        self.next = self.add_button(_("Download next"), _("Download {model} next").format(model=name))
        self.next.clicked.connect(self.next_requested)
        self.next.hide()
        self.toggle = self.add_button(_("Pause"), "")
        self.toggle.clicked.connect(self._toggled)
        self.cancel = self.add_button(_("Cancel"), _("Cancel the download of {model}").format(model=name))
        self.cancel.clicked.connect(self.cancel_requested)
        self.bar = ProgressBar(theme, _("Download of {model}").format(model=name), self)
        self.progress = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.note = Label(theme, "", "small", "muted", parent=self)
        foot = QHBoxLayout()
        foot.setSpacing(theme.px(8))
        foot.addWidget(self.progress, 1)
        foot.addWidget(self.note)
        self.column.addWidget(self.bar)
        self.column.addLayout(foot)
        self.problem = Label(theme, "", "small", "bad", wraps=True, parent=self)
        self.column.addWidget(self.problem)
        self.show_download(download)

    def show_download(self, download: Download) -> None:
        """Show how far it is."""
        self._download = download
        self._resumes = download.state in (DownloadState.PAUSED, DownloadState.FAILED)
        words = (
            _("Try again") if download.state is DownloadState.FAILED else _("Resume") if self._resumes else _("Pause")
        )
        if self.toggle.text() != words:
            self.toggle.set_content(words)
        self.toggle.setAccessibleName(f"{words}, {download.variant.name}")
        self.bar.set_fraction(download.done / download.size if download.size else 0.0)
        self.progress.setText(progress_words(download, self._place))
        self.note.setText(_("Hash checked as it arrives") if download.state is DownloadState.RUNNING else "")
        explanation = explain(download.error) if download.error is not None else None
        self.problem.setText(explanation.text if explanation else "")
        self.problem.setVisible(explanation is not None)

    def set_place(self, place: int) -> None:
        """Say which one of those that wait it is, 0 for none of them; only a later one can be moved up."""
        self._place = place
        self.next.setVisible(place > 1)
        self.progress.setText(progress_words(self._download, place))

    def set_narrow(self, narrow: bool) -> None:
        """Leave the note out, too, where it is narrow."""
        super().set_narrow(narrow)
        self.note.setVisible(not narrow)

    def _toggled(self) -> None:
        (self.resume_requested if self._resumes else self.pause_requested).emit()


class FittedCard(ModelCard):
    """A model with choices, and a badge that says whether the chosen one fits this computer."""

    always_below = True  # how long they are differs, and grows when it is known how fast a model will be

    def __init__(self, theme: Theme, name: str, choice_name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, name, parent)
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

    def __init__(self, theme: Theme, model: HubModel, parent: QWidget | None = None) -> None:
        choice_name = _("Quantization of {model}").format(model=model.repository)
        super().__init__(theme, model.repository.partition("/")[2], choice_name, parent)
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

    def __init__(
        self, theme: Theme, model: CatalogueModel, parent: QWidget | None = None, *, suggested: bool = False
    ) -> None:
        super().__init__(theme, model.name, _("Quantization of {model}").format(model=model.name), parent)
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


def small_choice(theme: Theme, name: str, parent: QWidget) -> Choice:
    """Return a drop-down list as high as the small buttons beside it."""
    choice = Choice(theme, parent)
    choice.setFont(theme.font("small"))
    choice.setFixedHeight(theme.px(32))
    choice.setAccessibleName(name)
    return choice


def licence_name(tag: str) -> str:
    """Return a licence as people write it; the hub's tag where it is not a common one."""
    names = {"apache-2.0": "Apache 2.0", "mit": "MIT", "gemma": "Gemma", "llama3.2": "Llama 3.2", "llama3.1": "Llama 3.1",
             "llama3.3": "Llama 3.3"}  # fmt: skip
    return names.get(tag, tag)


def strength_name(strength: str) -> str:
    """Return what a model is good at, in the person's language."""
    names = {
        "chat": _("chat"),
        "writing": _("writing"),
        "code": _("code"),
        "reasoning": _("reasoning"),
        "maths": _("maths"),
        "translation": _("translation"),
        "multilingual": _("many languages"),
        "summaries": _("summaries"),
        "small-devices": _("small computers"),
    }
    return names[strength]


def progress_words(download: Download, place: int = 0) -> str:
    """Return how far a download is, as a line of words; `place` is its turn among those that wait, from 1 on."""
    parts = [_("{done} of {size}").format(done=readable_size(download.done), size=readable_size(download.size))]
    if download.state is DownloadState.RUNNING and download.waits > 0.0:
        seconds = max(1, round(download.waits))
        words = ngettext("retrying in {count} second", "retrying in {count} seconds", seconds)
        parts.append(words.format(count=seconds))
    elif download.state is DownloadState.RUNNING and download.speed > 0.0:
        parts.append(_("{speed}/s").format(speed=readable_size(round(download.speed))))
        left = download.seconds_left
        if left is not None:
            parts.append(_("{time} left").format(time=duration(left)))
    elif download.state is DownloadState.QUEUED:
        words = ngettext("waiting for {count} other first", "waiting for {count} others first", place - 1)
        parts.append(words.format(count=place - 1) if place > 1 else _("waiting"))
    elif download.state is DownloadState.PAUSED:
        parts.append(_("paused"))
    return side_by_side(parts, "   ")


def download_words(downloads: Sequence[Download]) -> str:
    """Return how fast several downloads are together and how long they take; empty while that is not known."""
    speed = sum(download.speed for download in downloads)
    if speed <= 0.0:
        return ""
    left = sum(download.size - download.done for download in downloads) / speed
    words = _("{speed} a second, {time} left")
    return words.format(speed=readable_size(round(speed)), time=duration(left))


def parameter_words(count: int) -> str:
    """Return a number of parameters as 8.2 B or 135 M; empty where it is not known."""
    if count >= 1_000_000_000:
        return _("{count} B").format(count=decimal(count / 1e9, 1))
    return _("{count} M").format(count=decimal(count / 1e6, 0)) if count else ""


def hub_words(model: HubModel) -> str:
    """Return what a search knows of a repository."""
    downloads = ngettext("{count} download", "{count} downloads", model.downloads).format(count=number(model.downloads))
    parts = [
        model.repository.partition("/")[0],
        parameter_words(model.parameters),
        licence_name(model.licence),
        downloads if model.downloads else "",
        _("asks for a licence") if model.gated else "",
    ]
    return side_by_side(parts)
