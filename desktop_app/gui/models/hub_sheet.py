"""The sheet of a repository of the hub: what it is, all that can be downloaded from it, and its card."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout

from desktop_app.domain.families import network_named
from desktop_app.domain.hub import HubRepository, Reference, Variant, choose_variant
from desktop_app.domain.sizes import readable_size
from desktop_app.domain.verdict import Verdict
from desktop_app.gui.chat.markdown.operations import Operation
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.models.card_text import CardText
from desktop_app.gui.models.family_words import family_words
from desktop_app.gui.models.fit_words import fit_badge, fit_explanation, fit_words
from desktop_app.gui.models.holdings import Holdings, way_on
from desktop_app.gui.models.local_sheet import context_words
from desktop_app.gui.models.model_words import licence_name, parameter_words
from desktop_app.gui.widgets.controls import Badge, Button, ButtonKind, ButtonSize, Card, ElidedLabel, Label
from desktop_app.gui.widgets.facts import STACKED, Fact, Facts, readable_day
from desktop_app.gui.widgets.gradual import Gradual
from desktop_app.gui.widgets.sheet import SheetPage
from desktop_app.support.formats import listed, number, side_by_side
from desktop_app.support.i18n import _, ngettext

AT_ONCE = 60
"""How many choices are shown before a person asks for more."""


class HubSheet(SheetPage):
    """Shows what was asked of the hub as it arrives."""

    link_activated = Signal(str)
    save_requested = Signal(str, str)
    chat_requested = Signal(str)
    show_requested = Signal(str)

    def __init__(self, theme: Theme, repository: str, holdings: Holdings) -> None:
        super().__init__(theme, repository, repository.partition("/")[2])
        self._holdings = holdings
        holdings.changed.connect(self._show_ways)
        self._repository: HubRepository | None = None
        self._repository_words = _("Asking the hub…")
        self._made: Sequence[Operation] = ()
        self._card_words = _("Asking the hub…")
        self._gradual = Gradual(self._offer_more, self)
        self._more: Button | None = None
        self.downloads: dict[str, Button] = {}
        self._rows: dict[str, tuple[Label, Badge]] = {}
        self._verdicts: dict[str, Verdict] = {}
        self._to_show: list[Callable[[], None]] = []
        self._shown_at_most = 0
        self.card: CardText | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the badges out where it is narrow; the words say the same."""
        for key, (_words, badge) in self._rows.items():
            badge.setVisible(key in self._verdicts and event.size().width() >= self.theme.px(STACKED))
        super().resizeEvent(event)

    # What is shown

    def show_repository(self, repository: HubRepository) -> None:
        """Show the figures and the choices."""
        self._repository = repository
        self._repository_words = ""
        if not repository.variants:
            self._repository_words = _("There is no GGUF file in this repository that could be downloaded.")
        elif repository.gated:
            self._repository_words = _("Its maker asks you to accept a licence on its page before you download it.")
        if self._built_scale:
            self._fill_repository()

    def show_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """Say of each choice whether it fits this computer."""
        if self._repository is not None:
            for variant, verdict in zip(self._repository.variants, verdicts, strict=False):  # not of thousands
                self._verdicts[_key(variant)] = verdict
                self._show_row(variant)

    def show_problem(self, words: str) -> None:
        """Say why the repository cannot be shown."""
        self._repository_words = words
        if self._built_scale:
            self._fill_repository()

    def show_card(self, made: Sequence[Operation], *, is_whole: bool) -> None:
        """Show the card, and say where that is not all of it."""
        self._made = made
        self._card_words = "" if is_whole else _("The card goes on; this is its beginning. The rest is on its page.")
        if not made:
            self._card_words = _("This repository has no model card.")
        if self._built_scale:
            self._fill_card()

    def show_card_problem(self, words: str) -> None:
        """Say why the card cannot be shown."""
        self._card_words = words
        if self._built_scale:
            self._fill_card()

    def show_refused(self, variant: Variant, words: str) -> None:
        """Say why a choice could not be queued."""
        self._repository_words = words
        if self._built_scale:
            self._note.setText(words)
            self._note.show()
            self._show_row(variant)

    # Building

    def fill(self, column: QVBoxLayout) -> None:
        """Make the places for the figures, the choices and the card."""
        theme, px = self.theme, self.theme.px
        self.facts = Facts(theme)
        column.addWidget(self.facts)
        column.addSpacing(px(24))
        column.addWidget(Label(theme, _("Available downloads"), "small", "muted", SEMIBOLD))
        column.addSpacing(px(10))
        self._note = Label(theme, "", "body", "muted", wraps=True)
        self._note.setContentsMargins(0, 0, 0, px(10))
        column.addWidget(self._note)
        self._choices = Card(theme)
        self._grid = QGridLayout(self._choices)
        self._grid.setContentsMargins(px(16), px(14), px(16), px(14))
        self._grid.setHorizontalSpacing(px(12))
        self._grid.setVerticalSpacing(px(8))
        self._grid.setColumnStretch(1, 1)
        column.addWidget(self._choices)
        self._more = Button(theme, "")
        self._more.clicked.connect(self._more.hide)
        self._more.clicked.connect(self._show_more)
        self._more.hide()
        column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(px(24))
        column.addWidget(Label(theme, _("Model card"), "small", "muted", SEMIBOLD))
        column.addSpacing(px(10))
        self._card_column = QVBoxLayout()
        column.addLayout(self._card_column)
        self._card_note = Label(theme, "", "body", "muted", wraps=True)
        column.addWidget(self._card_note)
        self.downloads, self._rows, self._shown_at_most = {}, {}, 0
        self._fill_repository()
        self.card = None
        self._fill_card()

    def _fill_repository(self) -> None:
        repository = self._repository
        self.facts.set_facts(facts_of(self.key, repository))
        self._note.setText(self._repository_words)
        self._note.setVisible(bool(self._repository_words))
        variants = repository.variants if repository is not None else ()
        self._choices.setVisible(bool(variants))
        if repository is not None and not self.downloads:
            usual = choose_variant(repository, Reference(repository=repository.repository))
            self._to_show = [partial(self._add_choice, repository, variant, variant is usual) for variant in variants]
            self._show_more()

    def _show_more(self) -> None:
        """Add the next choices; some repositories have thousands of files."""
        rows, self._to_show = self._to_show[:AT_ONCE], self._to_show[AT_ONCE:]
        self._shown_at_most += len(rows)
        self._gradual.put("choices", rows)

    def _offer_more(self) -> None:
        """Offer the rest once all that was asked for is there."""
        if self._more is not None and len(self.downloads) == self._shown_at_most:
            left = len(self._to_show)
            self._more.setVisible(left > 0)
            words = ngettext("Show {count} more file", "Show {count} more files", left)
            self._more.set_content(words.format(count=number(left)))

    def _add_choice(self, repository: HubRepository, variant: Variant, usual: bool) -> None:
        place, theme = len(self.downloads), self.theme
        name = variant.quantization or variant.name
        button = Button(theme, "", kind=ButtonKind.PRIMARY if usual else ButtonKind.OUTLINE, size=ButtonSize.SMALL)
        button.clicked.connect(lambda: self._go_on(repository, variant))
        self.downloads[_key(variant)] = button
        label = ElidedLabel(theme, name, "body", weight=SEMIBOLD)
        words = Label(theme, choice_words(variant), "small", "muted", wraps=True)
        badge = Badge(theme, "", "good")
        badge.hide()
        self._rows[_key(variant)] = (words, badge)
        self._grid.addWidget(label, place, 0)
        self._grid.addWidget(words, place, 1)
        self._grid.addWidget(badge, place, 2, Qt.AlignmentFlag.AlignRight)
        self._grid.addWidget(button, place, 3, Qt.AlignmentFlag.AlignRight)
        for part in (label, words, button):
            part.show()  # now, so that room is made for it before anything is painted
        self._show_row(variant)

    def _show_row(self, variant: Variant) -> None:
        """Show of a choice whether it fits, and the way to it: a download, the one that runs, or a chat with it."""
        key = _key(variant)
        row, verdict = self._rows.get(key), self._verdicts.get(key)
        if row is None:  # after a new text size the rows come back one by one
            return
        words, badge = row
        fit = ""
        if verdict is not None:
            badge.set_content(*fit_badge(verdict))
            badge.setToolTip(fit_explanation(verdict))
            badge.setVisible(self.viewport().width() >= self.theme.px(STACKED))
            fit = fit_words(verdict)
        here = _("on this computer") if self._holdings.path(self.key, key) else ""
        words.setText(side_by_side([choice_words(variant), here, fit]))
        text, spoken = way_on(self._holdings, self.key, key, f"{variant.name} {variant.quantization}".strip())
        button = self.downloads[key]
        button.set_waiting(waits=False)
        button.set_content(text)
        button.setAccessibleName(spoken)

    def _show_ways(self) -> None:
        for variant in self._repository.variants if self._repository is not None else ():
            self._show_row(variant)

    def _go_on(self, repository: HubRepository, variant: Variant) -> None:
        key = _key(variant)
        if download := self._holdings.download(self.key, key):
            self.show_requested.emit(download)
        elif path := self._holdings.path(self.key, key):
            self.chat_requested.emit(path)
        else:
            self.downloads[key].set_waiting(waits=True)
            self.download_requested.emit(repository, variant)

    def _fill_card(self) -> None:
        self._card_note.setText(self._card_words)
        self._card_note.setVisible(bool(self._card_words))
        if self._made and self.card is None:
            self.card = CardText(self.theme, self, self._made)
            self.card.link_activated.connect(self.link_activated)
            self.card.save_requested.connect(self.save_requested)
            self._card_column.addWidget(self.card)


def facts_of(name: str, repository: HubRepository | None) -> list[Fact]:
    """Return what a repository says of itself; dots where it was not read yet."""
    if repository is None:
        pending = (
            _("Licence"),
            _("Family"),
            _("Parameters"),
            _("Trained context"),
            _("Downloads"),
            _("Updated"),
            _("Languages"),
        )
        return [Fact(_("Repository"), name, long=True), *(Fact(title, "…") for title in pending)]
    return [
        Fact(_("Repository"), repository.repository, long=True),
        Fact(_("Licence"), licence_name(repository.licence)),
        Fact(_("Family"), family_words(network_named(repository.architecture), repository.architecture)),
        Fact(_("Parameters"), parameter_words(repository.parameters)),
        Fact(_("Trained context"), context_words(repository.trained_context)),
        Fact(_("Downloads"), number(repository.downloads)),
        Fact(_("Updated"), readable_day(repository.updated)),
        Fact(_("Languages"), language_words(repository.languages)),
    ]


def choice_words(variant: Variant) -> str:
    """Return a choice's size, and in how many parts it comes."""
    parts = ngettext("{count} part", "{count} parts", len(variant.files)).format(count=len(variant.files))
    return side_by_side([readable_size(variant.size), parts if len(variant.files) > 1 else ""])


def language_words(tags: Sequence[str]) -> str:
    """Return languages as their speakers call them; tags that name none are left out."""
    locales = [QLocale(tag) for tag in tags]
    names = [native_name(locale) for locale in locales if locale.language() is not QLocale.Language.C]
    return listed(dict.fromkeys(name for name in names if name))


def native_name(locale: QLocale) -> str:
    """Return a language's own name for itself, without a country: 'English' rather than 'American English'."""
    anywhere = QLocale.matchingLocales(locale.language(), locale.script(), QLocale.Country.AnyCountry)
    return min((locale.nativeLanguageName() for locale in anywhere), key=len, default="")


def _key(variant: Variant) -> str:
    return variant.files[0].name
