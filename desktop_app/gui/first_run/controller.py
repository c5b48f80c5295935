"""Fills the first page: which model suits this computer, how far its download is, whose models are here already."""

from collections import Counter
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.hub import Reference
from desktop_app.domain.models import ModelFile
from desktop_app.domain.sizes import readable_size
from desktop_app.domain.suggestion import Suggestion
from desktop_app.domain.verdict import Verdict
from desktop_app.gui.first_run.page import FirstRunPage, Offer
from desktop_app.gui.models.controller import ModelsController
from desktop_app.gui.models.download_card import progress_words
from desktop_app.gui.models.fit_words import speed_words
from desktop_app.gui.models.holdings import Holdings
from desktop_app.services.network.downloads import target_of
from desktop_app.services.words.error_text import explain
from desktop_app.support.formats import listed
from desktop_app.support.i18n import _, ngettext, pgettext


class FirstRunController(QObject):
    """Offers the suggested model, and downloads it while one goes on with the starter."""

    def __init__(self, page: FirstRunPage, models: ModelsController, chat_with: Callable[[str], None]) -> None:
        """`chat_with` begins a chat with the model at a path."""
        super().__init__(page)
        self._page = page
        self._models = models
        self._chat_with = chat_with
        self._suggestion: Suggestion | None = None
        self._is_taken = False
        """Whether the hub is being asked for what is suggested."""
        self._refusal = ""
        self._downloads: dict[str, Download] = {}
        self._shown = ""
        """The id of the download that the card shows, empty for none."""
        self._holdings = Holdings(self)
        self._here: dict[str, str] = {}
        """Where the models of this computer are, by that and by where they were before they were moved."""
        page.offer_taken.connect(self._take)
        models.suggested.connect(self._suggest)
        models.download_shown.connect(self._follow)
        models.download_removed.connect(self._leave)
        models.is_on_first_page = lambda download_id: download_id == self._shown
        models.begin_judging()

    def show_models(self, models: Sequence[ModelFile]) -> None:
        """Take note of which models are here, and say how many other apps keep."""
        counts = Counter(model.app for model in models if model.app)
        of_each = [
            ngettext("{count} model of {app}", "{count} models of {app}", count).format(count=count, app=app)
            for app, count in counts.most_common()
        ]
        self._page.show_found(_("Found on this computer: {models}.").format(models=listed(of_each)) if of_each else "")
        self._holdings.set_models(models)
        before = self._here
        self._here = {path: model.path for model in models if model.is_usable for path in (model.path, *model.former)}
        gone = before.keys() - self._here.keys()
        for download in list(self._downloads.values()):
            if download.state is DownloadState.DONE and _target(download) in gone:
                self._leave(download.id)
        self._show()

    def _suggest(self, suggestion: Suggestion | None) -> None:
        self._suggestion = suggestion
        self._show()

    def _follow(self, download: Download) -> None:
        """Show a download instead of what was suggested: the one that is under way, or was the last."""
        self._downloads[download.id] = download
        shown = self._downloads.get(self._shown)
        if shown is None or shown.id == download.id or shown.state is not DownloadState.RUNNING:
            self._shown = download.id
        self._is_taken, self._refusal = False, ""
        self._show()

    def _leave(self, download_id: str) -> None:
        """Show another download, or what is suggested, where one was given up or its model is here no more."""
        self._downloads.pop(download_id, None)
        if download_id == self._shown:
            others = sorted(self._downloads.values(), key=lambda each: each.state is DownloadState.RUNNING)
            self._shown = others[-1].id if others else ""
            self._show()

    def _take(self) -> None:
        path, suggestion = self._ready(), self._suggestion
        if path:
            self._chat_with(path)
        elif self._shown or suggestion is None:
            self._page.models_requested.emit()
        else:
            self._is_taken, self._refusal = True, ""
            self._show()
            reference = Reference(repository=suggestion.model.repository, file=suggestion.file.names[0])
            self._models.download_recommended(reference, self._refused)

    def _refused(self, words: str) -> None:
        self._is_taken, self._refusal = False, "" if self._shown else words
        self._show()

    def _ready(self) -> str:
        """Return where the model is that the card shows, empty while it is not on this computer."""
        download = self._downloads.get(self._shown)
        if download is not None:
            target = _target(download)
            return self._here.get(target, target) if download.state is DownloadState.DONE else ""
        suggestion = self._suggestion
        return (
            self._holdings.path(suggestion.model.repository, suggestion.file.names[0]) if suggestion is not None else ""
        )

    def _show(self) -> None:
        download, suggestion = self._downloads.get(self._shown), self._suggestion
        if download is not None:
            name = download.variant.name
            self._page.show_offer(_here(name) if self._ready() else _under_way(download))
        elif suggestion is None:
            self._page.show_offer(None)
        elif self._ready():
            self._page.show_offer(_here(suggestion.model.name))
        elif self._is_taken:
            self._page.show_offer(_suggested(suggestion, _("Asking the hub…"), is_taken=True))
        else:
            self._page.show_offer(_suggested(suggestion, self._refusal)._replace(is_problem=bool(self._refusal)))


def _target(download: Download) -> str:
    return str(target_of(download, download.variant.files[0]))


def _suggested(suggestion: Suggestion, words: str = "", *, is_taken: bool = False) -> Offer:
    model, size = suggestion.model, readable_size(suggestion.file.bytes)
    speed = _speed_sentence(suggestion.verdict)
    return Offer(
        title=model.name,
        badge=_("suggested for this computer"),
        words=words or "\n".join(filter(None, (_(model.summary), speed))),
        hint=_("A token is about three quarters of an English word.") if speed and not words else "",
        button=_("Download {size}").format(size=size),
        spoken=_("Download {model}").format(model=model.name),
        is_taken=is_taken,
    )


def _speed_sentence(verdict: Verdict) -> str:
    speed = verdict.tokens_per_second
    if speed <= 0.0:
        return ""
    return _("About {speed} tok/s here.").format(speed=speed_words(speed))


def _here(name: str) -> Offer:
    return Offer(
        title=name,
        badge=_("ready"),
        words="\n".join((_("It is on this computer now."), _("It needs no network."))),
        button=pgettext("verb", "Chat"),
        spoken=_("Chat with {model}").format(model=name),
    )


def _under_way(download: Download) -> Offer:
    name = download.variant.name
    problem = explain(download.error).text if download.error is not None else ""
    return Offer(
        title=name,
        words=problem or progress_words(download),
        button=_("Show"),
        spoken=_("Show the download of {model}").format(model=name),
        fraction=download.done / download.size if download.size else 0.0,
        is_problem=bool(problem),
    )
