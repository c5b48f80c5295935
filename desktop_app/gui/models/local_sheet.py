"""The sheet of a model that is on this computer: what its file says, and what can be done with it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout

from desktop_app.domain.hub import HubRepository, Variant
from desktop_app.domain.models import ModelDetails, ModelFile, Origin
from desktop_app.domain.sizes import readable_size
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.models.family_words import family_words
from desktop_app.gui.models.fit_words import forecast_words
from desktop_app.gui.models.model_words import licence_name
from desktop_app.gui.widgets.controls import Button, ButtonKind
from desktop_app.gui.widgets.facts import Fact, Facts, readable_moment
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.sheet import Outcome, SheetPage
from desktop_app.services.engines.foresight import Forecast
from desktop_app.services.models.freshness import Freshness
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext, pgettext
from desktop_app.support.long_paths import plain

COMMIT_SHOWN = 12
"""How many characters of a commit are shown: as many as people compare."""


class LocalSheet(SheetPage):
    """Shows one model file; what needs the disk or the network is asked for by signals."""

    chat_requested = Signal()
    defaults_requested = Signal()
    folder_requested = Signal()
    check_requested = Signal()
    newer_requested = Signal()
    again_requested = Signal()

    def __init__(self, theme: Theme, model: ModelFile) -> None:
        super().__init__(theme, model.path, model.name)
        self.model = model
        self._details: ModelDetails | None = None
        self._is_read = False
        self._fit = "…"
        self._origin: Origin | None = None
        self._offer: tuple[HubRepository, Variant] | None = None
        self._checking = False
        self._looking = False
        self._words: dict[str, tuple[str, str, str]] = {}
        self.show_changed(model.changed)

    # What is shown

    def show_details(self, details: ModelDetails | None, words: str = "") -> None:
        """Show what the file's header says, or in `words` why it cannot be read."""
        self._details = details
        self._is_read = True
        if self._built_scale:
            self._fill_facts()
        self.show_problem(words)

    def show_problem(self, words: str) -> None:
        """Say what cannot be read or shown."""
        self._say("problem", words, "bad")

    def show_changed(self, changed: bool) -> None:
        """Say whether the file is another one than was downloaded, as far as its size and time tell."""
        words = _("This file changed since it was downloaded. Verify tells whether it is whole all the same.")
        self._say("changed", words if changed else "", "warn")

    def show_forecast(self, forecast: Forecast) -> None:
        """Say where it would be as it is set, and what it would take of the memory."""
        self._fit, _color = forecast_words(forecast)
        if self._built_scale:
            self._fill_facts()

    def show_template(self, words: str) -> None:
        """Say what is wrong with the chat template, as far as that was found when the model was first loaded."""
        self._say("template", words, "warn")

    def show_origin(self, origin: Origin | None) -> None:
        """Say where the model came from; only what came from the hub can have a newer version there."""
        self._origin = origin
        if self._built_scale:
            self._fill_facts()
            self._fill_states()

    def show_checking(self) -> None:
        """Say that the file is being read."""
        self._checking = True
        words = _("Reading the whole file. This takes some seconds for each gigabyte; you can go on meanwhile.")
        self._say("check", words)

    def show_checked(self, whole: bool | None) -> None:
        """Say whether the file is whole."""
        self._checking = False
        words, color = check_words(whole)
        if whole:
            self.show_changed(False)
        again = _("Download {model} again").format(model=self.model.name)
        self._say("check", words, color, again if whole is False and self._origin is not None else "")

    def show_check_problem(self, words: str) -> None:
        """Say why the file could not be checked, or not be downloaded again."""
        self._checking = False
        self._say("check", words, "bad")

    def show_looking(self) -> None:
        """Say that the hub is asked."""
        self._looking = True
        self._say("newer", _("Asking the hub…"))

    def show_freshness(self, state: Freshness, repository: HubRepository, variant: Variant | None) -> None:
        """Say how the file compares with the hub's; `variant` is what can be downloaded instead."""
        self._looking = False
        if state is Freshness.OUTDATED and variant is not None:
            self._offer = (repository, variant)
            words = _("There is a newer version of {size}; it takes the place of this one.")
            offer = _("Download the newer version of {model}").format(model=self.model.name)
            self._say("newer", words.format(size=readable_size(variant.size)), "text", offer)
        else:
            self._say("newer", freshness_words(state), "good" if state is Freshness.NEWEST else "text")

    def show_queued(self, kind: str) -> None:
        """Say that a download is on its way, in the line of what led to it: 'check' or 'newer'."""
        self._say(kind, _("Added to the queue; the list of models shows its progress."))

    def show_newer_problem(self, words: str) -> None:
        """Say why the hub could not be asked, or the newer version not be queued."""
        self._looking = False
        self._say("newer", words, "bad")

    # Building

    def fill(self, column: QVBoxLayout) -> None:
        """Make the buttons, the lines for what comes of them, and the facts."""
        theme, px = self.theme, self.theme.px
        self.chat = Button(theme, pgettext("verb", "Chat"), kind=ButtonKind.PRIMARY)
        self.chat.setAccessibleName(_("Chat with {model}").format(model=self.model.name))
        self.defaults = Button(theme, _("Defaults…"))
        self.defaults.setAccessibleName(_("Defaults of {model}").format(model=self.model.name))
        self.folder = Button(theme, _("Show in folder"))
        self.check = Button(theme, _("Verify"))
        self.check.setAccessibleName(_("Verify that the file is whole"))
        self.newer = Button(theme, _("Look for a newer version"))
        buttons = Flow(theme)
        for button, asks in (
            (self.chat, self.chat_requested),
            (self.defaults, self.defaults_requested),
            (self.folder, self.folder_requested),
            (self.check, self.check_requested),
            (self.newer, self.newer_requested),
        ):
            button.clicked.connect(asks)
            buttons.add(button)
        column.addWidget(buttons)
        column.addSpacing(px(8))
        self.outcomes = {kind: Outcome(theme) for kind in ("changed", "problem", "template", "check", "newer")}
        for outcome in self.outcomes.values():
            column.addWidget(outcome)
        self.outcomes["check"].accepted.connect(self.again_requested)
        self.outcomes["newer"].accepted.connect(self._take_offer)
        column.addSpacing(px(8))
        self.facts = Facts(theme)
        column.addWidget(self.facts)
        self._fill_facts()
        self._fill_states()

    def _fill_facts(self) -> None:
        model, details = self.model, self._details
        pending = "" if self._is_read else "…"

        def known(value: str) -> str:
            return value if details is not None else pending

        licence = (details.licence if details else "") or (self._origin.licence if self._origin else "")
        quantization = details.quantization if details is not None else model.quantization
        facts = [
            Fact(_("Name"), details.name if details is not None else model.name),
            Fact(_("File"), plain(model.path), long=True),
            Fact(_("Size"), readable_size(model.size) if model.size else ""),
            Fact(_("When loaded"), self._fit),
            Fact(_("Architecture"), known(details.architecture if details else "")),
            Fact(_("Family"), known(family_words(details.network, details.architecture) if details else "")),
            Fact(_("Quantization"), quantization),
            Fact(_("Parameters"), known(details.parameters if details else "")),
            Fact(_("Layers"), known(f"{details.layers}" if details and details.layers else "")),
            Fact(_("Trained context"), known(context_words(details.context) if details else "")),
            Fact(_("Licence"), known(licence_name(licence))),
            Fact(_("Chat template"), known(_("yes") if details and details.has_chat_template else _("no"))),
            Fact(_("Source"), origin_words(model, self._origin), long=self._origin is not None),
            Fact(_("Last used"), known(readable_moment(details.last_used if details else 0.0) or _("never"))),
        ]
        self.facts.set_facts(facts)

    def _fill_states(self) -> None:
        self.check.set_waiting(waits=self._checking)
        self.newer.setVisible(self._origin is not None)
        self.newer.set_waiting(waits=self._looking)
        for kind, outcome in self.outcomes.items():
            words, color, offers = self._words.get(kind, ("", "muted", ""))
            outcome.say(words, color, offers=offers)

    def _say(self, kind: str, words: str, color: str = "muted", offers: str = "") -> None:
        self._words[kind] = (words, color, offers)
        if self._built_scale:
            self._fill_states()

    def _take_offer(self) -> None:
        if self._offer is not None:
            self.download_requested.emit(*self._offer)


def check_words(whole: bool | None) -> tuple[str, str]:
    """Return what a check found, and its colour."""
    if whole is None:
        return _("No checksum is known; its header is fine."), "text"
    return (_("The file is whole."), "good") if whole else (_("The file is damaged: download it again."), "bad")


def check_notice(name: str, whole: bool | None) -> str:
    """Return what a check found, for those who do not look at the model any more."""
    if whole is None:
        words = _("No checksum of {model} is known; its header is fine.")
    else:
        words = _("The file of {model} is whole.") if whole else _("The file of {model} is damaged: download it again.")
    return words.format(model=name)


def freshness_words(state: Freshness) -> str:
    """Return how a file compares with the hub's, where it cannot be replaced."""
    if state is Freshness.NEWEST:
        return _("This is the newest version.")
    if state is Freshness.GONE:
        return _("This file is no longer in its repository; search for the model instead.")
    return _("The hub does not tell the checksum of this file, so the two cannot be compared.")


def origin_words(model: ModelFile, origin: Origin | None) -> str:
    """Return where a model came from."""
    if origin is not None:
        revision = origin.commit[:COMMIT_SHOWN]
        return _("{repository}, revision {revision}").format(repository=origin.repository, revision=revision)
    if model.is_starter:
        return _("the app itself, as its starter model")
    return _("{app}, which keeps it").format(app=model.app) if model.app else _("a file that was placed here")


def context_words(tokens: int) -> str:
    """Return a context's size; empty where it is not known."""
    return ngettext("{count} token", "{count} tokens", tokens).format(count=number(tokens)) if tokens else ""
