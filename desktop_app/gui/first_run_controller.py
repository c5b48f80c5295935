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
from desktop_app.gui.first_run import FirstRunPage, Offer
from desktop_app.gui.models.cards import progress_words
from desktop_app.gui.models_controller import ModelsController
from desktop_app.services.downloads import target_of
from desktop_app.services.error_text import explain
from desktop_app.support.formats import decimal, listed, paragraph
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
        self._download: Download | None = None
        page.offer_taken.connect(self._take)
        models.suggested.connect(self._suggest)
        models.download_shown.connect(self._follow)
        models.know_cards()

    def show_models(self, models: Sequence[ModelFile]) -> None:
        """Say how many models other apps keep on this computer."""
        counts = Counter(model.app for model in models if model.app)
        of_each = [
            ngettext("{count} model of {app}", "{count} models of {app}", count).format(count=count, app=app)
            for app, count in counts.most_common()
        ]
        self._page.show_found(_("Found on this computer: {models}.").format(models=listed(of_each)) if of_each else "")

    def _suggest(self, suggestion: Suggestion | None) -> None:
        self._suggestion = suggestion
        if suggestion is not None and self._download is None:
            self._page.show_offer(_suggested(suggestion))

    def _follow(self, download: Download) -> None:
        """Show a download instead of what was suggested: the one that is under way, or was the last."""
        shown = self._download
        if shown is None or shown.id == download.id or shown.state is not DownloadState.RUNNING:
            self._download = download
            self._page.show_offer(_under_way(download))

    def _take(self) -> None:
        download, suggestion = self._download, self._suggestion
        if download is not None and download.state is DownloadState.DONE:
            self._chat_with(str(target_of(download, download.variant.files[0])))
        elif download is not None or suggestion is None:
            self._page.models_requested.emit()
        else:
            self._page.show_offer(_suggested(suggestion, _("Asking the hub…"), is_taken=True))
            reference = Reference(repository=suggestion.model.repository, file=suggestion.file.names[0])
            self._models.download_recommended(reference, self._refused)

    def _refused(self, words: str) -> None:
        if self._download is None and self._suggestion is not None:
            self._page.show_offer(_suggested(self._suggestion, words)._replace(is_problem=True))


def _suggested(suggestion: Suggestion, words: str = "", *, is_taken: bool = False) -> Offer:
    model, size = suggestion.model, readable_size(suggestion.file.bytes)
    return Offer(
        title=model.name,
        badge=_("suggested for this computer"),
        words=words or paragraph([_(model.summary), _speed_words(suggestion.verdict)]),
        button=_("Download {size}").format(size=size),
        spoken=_("Download {model}").format(model=model.name),
        is_taken=is_taken,
    )


def _speed_words(verdict: Verdict) -> str:
    speed = verdict.tokens_per_second
    if speed <= 0.0:
        return ""
    return _("About {speed} tok/s here.").format(speed=decimal(speed, 0) if speed >= 2.0 else decimal(speed, 1))


def _under_way(download: Download) -> Offer:
    name = download.variant.name
    if download.state is DownloadState.DONE:
        return Offer(
            title=name,
            badge=_("ready"),
            words=_("It is on this computer now, and needs no network."),
            button=pgettext("verb", "Chat"),
            spoken=_("Chat with {model}").format(model=name),
        )
    problem = explain(download.error).text if download.error is not None else ""
    return Offer(
        title=name,
        words=problem or progress_words(download),
        button=_("Show"),
        spoken=_("Show the download of {model}").format(model=name),
        fraction=download.done / download.size if download.size else 0.0,
        is_problem=bool(problem),
    )
