"""Connects the Models page with the hub, the downloads and the library."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QFile, QObject, QTimer, Signal

from desktop_app.app import App
from desktop_app.domain.catalogue import Catalogue, CatalogueModel
from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.errors import ErrorCode, ErrorInfo, LinkError
from desktop_app.domain.fit import Machine
from desktop_app.domain.hardware import ELSEWHERE, Report
from desktop_app.domain.hub import (
    HubRepository,
    Query,
    Reference,
    Variant,
    choose_variant,
    parse_reference,
    reference_text,
)
from desktop_app.domain.models import ModelFile
from desktop_app.domain.openings import read_link
from desktop_app.domain.sizes import readable_size
from desktop_app.domain.suggestion import Suggestion, suggest_model
from desktop_app.domain.verdict import Fit, Verdict, may_fit
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.gui.models.download_card import download_words
from desktop_app.gui.models.fit_words import computer_words
from desktop_app.gui.models.presence import Presence
from desktop_app.gui.models.sheet_controller import SheetController
from desktop_app.gui.models.silences import Silences
from desktop_app.gui.system.taskbar import Progress, taskbar_for
from desktop_app.services.background.jobs import InOrder
from desktop_app.services.engines.engines import LoadedModel
from desktop_app.services.events import (
    DownloadChanged,
    DownloadRemoved,
    EngineChanged,
    EngineState,
    LibraryChanged,
    ServersChanged,
)
from desktop_app.services.network.downloads import target_of
from desktop_app.services.network.hub import Page
from desktop_app.services.words.error_text import explain
from desktop_app.settings.schema import Settings
from desktop_app.support.i18n import _, ngettext, pgettext
from desktop_app.support.long_paths import plain

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow

MEMORY_MS = 3_000
"""How often the memory of loaded models is asked for while the Models page can be seen."""
MOST_PAGES = 5
"""How many pages of a search are asked for at once where nothing on them may fit."""
UNDER_WAY = (DownloadState.RUNNING, DownloadState.QUEUED)


class ModelsController(QObject):
    """Searches, downloads and deletes; answers that come after the person has moved on are dropped.

    `suggested` carries the Suggestion for this computer, or None, once its cards are known; `download_shown` each
    download as it is now, `download_removed` the id of one that was given up.
    """

    suggested = Signal(object)
    download_shown = Signal(object)
    download_removed = Signal(str)

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: "MainWindow",
        *,
        library_changed: Callable[[], None],
        show_error: Callable[[ErrorInfo], None],
    ) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._library_changed = library_changed
        self._show_error = show_error
        self._search_number = 0
        self._found: Page | None = None
        self._fitting: Machine | None = None
        self._hidden = 0
        self.is_on_first_page: Callable[[str], bool] = lambda _download_id: False
        """Whether the first page, where that is open, says itself what became of a download."""
        self._queue, self._memory, self._computer = Newest(bridge), Newest(bridge), Newest(bridge)
        self._commands = InOrder(app.pool)
        self._downloads: dict[str, Download] = {}
        self._gone: set[str] = set()
        """Downloads that ended: what was read of the queue before, and comes later, brings none of them back."""
        self._silences = Silences(self)
        self._silences.noticed.connect(self._show_silence)
        self._servers: dict[str, tuple[str, ...]] = {}
        self._sheets = SheetController(app, bridge, window)
        page = window.models_page
        page.search_requested.connect(self._search)
        page.more_requested.connect(self._more)
        page.repository_requested.connect(self._open)
        page.download_requested.connect(self._download)
        page.recommended_requested.connect(
            lambda reference: self.download_recommended(
                reference, lambda words: page.show_problem(reference.repository, words)
            )
        )
        page.pause_requested.connect(partial(self._command, app.downloads.pause))
        page.resume_requested.connect(partial(self._command, app.downloads.resume))
        page.cancel_requested.connect(partial(self._command, app.downloads.remove))
        page.next_requested.connect(partial(self._command, app.downloads.put_next))
        page.delete_requested.connect(self._delete)
        page.unload_requested.connect(self.unload)
        page.visibility_changed.connect(self._watch_memory)
        page.visibility_changed.connect(lambda: self.begin_judging() if page.isVisible() else None)
        self._loading: dict[str, float] = {}
        self._memory_timer = QTimer(self)
        self._memory_timer.setInterval(MEMORY_MS)
        self._memory_timer.timeout.connect(self._look_at_memory)
        self._progress = Progress(taskbar_for(window.winId, app.pool.submit))
        self._judges = self._knows_cards = False
        self._judgings = self._judged = 0
        self._suggestion: Suggestion | None = None

    def begin(self) -> None:
        """Show the downloads that were begun before this window was there."""

        def show(downloads: Sequence[Download]) -> None:
            for download in downloads:
                has_gone = download.id in self._gone
                if not has_gone and self._downloads.setdefault(download.id, download) is download:
                    self._window.models_page.show_download(download)
                    self.download_shown.emit(download)
            self._look_at_queue()
            self.show_network(self._app.settings.value)

        self._bridge.when_done(self._app.pool.submit(self._app.downloads.list), show)

    def on_event(self, event: DownloadChanged | DownloadRemoved | LibraryChanged | ServersChanged) -> None:
        """Show what the services tell."""
        page = self._window.models_page
        if isinstance(event, DownloadChanged):
            self._silences.hear(event.download)
            self.download_shown.emit(event.download)
        match event:
            case DownloadChanged(download=download) if download.state is DownloadState.DONE:
                self._forget_download(download.id)
                page.remove_download(download.id, str(target_of(download, download.variant.files[0])))
                self._tell_arrival(download)
                self._look_at_queue()
            case DownloadChanged(download=download):
                page.show_download(download)
                known = self._downloads.get(download.id)
                changed = known is None or known.state is not download.state
                self._downloads[download.id] = download
                if changed or download.state is DownloadState.QUEUED:
                    self._look_at_queue()
                if changed and download.state is DownloadState.FAILED and download.error is not None:
                    self._tell_failure(download.id, download.error)
            case DownloadRemoved(download_id=download_id):
                self._forget_download(download_id)
                page.remove_download(download_id)
                self.download_removed.emit(download_id)
                self._look_at_queue()
            case LibraryChanged():
                self._library_changed()
            case ServersChanged() if self._judges:
                self._judge_all()
        self.show_network(self._app.settings.value)

    def _forget_download(self, download_id: str) -> None:
        self._downloads.pop(download_id, None)
        self._silences.forget(download_id)
        self._gone.add(download_id)

    def _show_silence(self, download: Download) -> None:
        self._downloads[download.id] = download
        self._window.models_page.show_download(download)
        self.download_shown.emit(download)
        self.show_network(self._app.settings.value)

    def show_network(self, settings: Settings) -> None:
        """Say in the sidebar, and in the taskbar, what goes over the network."""
        underway = [each for each in self._downloads.values() if each.state in UNDER_WAY]
        running = [each for each in underway if each.state is DownloadState.RUNNING]
        done, size = sum(each.done for each in underway), sum(each.size for each in underway)
        words = _("No network in use")
        if settings.network.offline:
            words = _("Offline")
        elif running:
            words = ngettext(
                "Downloading {count} model · {percent} %", "Downloading {count} models · {percent} %", len(running)
            ).format(count=len(running), percent=100 * done // size if size else 0)
        elif servers := {server for each in self._servers.values() for server in each}:
            connected = ngettext("Connected to {count} computer", "Connected to {count} computers", len(servers))
            words = connected.format(count=len(servers))
        self._window.sidebar.set_network(words, download_words(underway) if running else "")
        if self._window.is_foremost:
            self._progress.show(done, size if running else 0)

    # Searching

    def open_link(self, link: str) -> None:
        """Show the model of the hub that a link names, to look at; nothing is downloaded."""
        try:
            reference = read_link(link)
        except LinkError as error:
            self._show_error(error.info)
            return
        self._window.show_page("models")
        self._window.models_page.close_sheet()
        self._window.models_page.look_for(reference_text(reference))

    def _search(self, query: Query) -> None:
        self._search_number += 1
        number = self._search_number
        self._found = None
        reference = parse_reference(query.text)
        if reference is not None:
            self._read(reference, number)
            return
        self._hidden = 0
        if query.fits:
            self._bridge.when_done(self._app.fitting.machine(), lambda machine: self._ask(query, machine, number))
        else:
            self._ask(query, None, number)

    def _ask(self, query: Query, fitting: Machine | None, number: int) -> None:
        """Ask for the first page, of which only what may fit `fitting` is shown."""
        self._fitting = fitting
        self._await_page(self._app.hub.search(query), number, MOST_PAGES)

    def _more(self) -> None:
        found = self._found
        if found is not None:
            self._found = None  # until it has come
            self._await_page(self._app.hub.more(found), self._search_number, MOST_PAGES)

    def _await_page(self, future: Future[Page], number: int, pages: int) -> None:
        self._bridge.when_done(
            future,
            lambda page: self._show_page(page, number, pages),
            lambda error: self._show_status(error, number),
        )

    def _show_page(self, page: Page, number: int, pages: int) -> None:
        """Show a page, or where nothing of it may fit, ask for the next one, `pages` times in all."""
        if number != self._search_number:
            return
        fitting = self._fitting
        models = [model for model in page.models if fitting is None or may_fit(model.parameters, fitting)]
        self._hidden += len(page.models) - len(models)
        if not models and page.has_more and pages > 1:
            self._await_page(self._app.hub.more(page), number, pages - 1)
            return
        self._found = page
        self._window.models_page.show_found(models, has_more=page.has_more, hidden=self._hidden)

    def _show_status(self, error: ErrorInfo, number: int) -> None:
        if number == self._search_number:
            self._window.models_page.show_status(_words(error))

    def _open(self, repository: str) -> None:
        self._read(Reference(repository=repository), self._search_number)

    def _read(self, reference: Reference, number: int) -> None:
        def show(repository: HubRepository) -> None:
            if number == self._search_number:
                self._window.models_page.show_status("")
                self._window.models_page.show_repository(repository, reference)
                self._judge(repository)

        def fail(error: ErrorInfo) -> None:
            if number == self._search_number:
                self._window.models_page.show_problem(reference.repository, _words(error))

        self._bridge.when_done(self._app.hub.repository(reference.repository, reference.revision), show, fail)

    def _judge(self, repository: HubRepository) -> None:
        """Say whether the choices fit, where the file's figures can be had; without them, nothing is said."""
        if repository.variants:
            self._bridge.when_done(
                self._app.fitting.judge_repository(repository),
                lambda verdicts: self._window.models_page.show_verdicts(repository.repository, verdicts),
                lambda _error: None,
            )

    # Memory

    def engine_changed(self, event: EngineChanged) -> None:
        """Show what a model's engine is doing now."""
        loads = event.state is EngineState.LOADING
        if loads:
            self._loading[event.model_path] = event.fraction
        else:
            self._loading.pop(event.model_path, None)
        self._servers[event.model_path] = event.model.servers if event.model is not None else ()
        self.show_network(self._app.settings.value)
        if self._window.models_page.isVisible():
            self._look_at_memory()
            if not loads:
                self._sheets.engine_changed(event.model_path)

    def open_defaults(self, model: ModelFile, *, at_template: bool = False) -> None:
        """Show what is set for a model."""
        self._window.show_page("models")
        self._sheets.open_defaults(model, at_template=at_template)

    def unload(self, path: str) -> None:
        """Take a model out of memory, or give up loading it; one that answers stays."""
        if not self._app.engines.cancel_loading(path):
            self._bridge.when_done(self._app.pool.submit(self._app.engines.release, path), self._released)

    def _released(self, is_gone: bool) -> None:
        if not is_gone:
            self._window.notice.show_notice(_("The model is answering; stop the answer first."))

    def _watch_memory(self) -> None:
        """Ask for the memory now and then while somebody can see it."""
        if self._window.models_page.isVisible():
            self._memory_timer.start()
            self._look_at_memory()
        else:
            self._memory_timer.stop()

    def _look_at_memory(self) -> None:
        self._memory.when_done(self._app.engines.loaded(), self._show_memory)

    def _show_memory(self, loaded: Sequence[LoadedModel]) -> None:
        presences = {model.path: Presence(True, model.memory, model.busy) for model in loaded}
        presences |= {path: Presence(True, fraction=fraction) for path, fraction in self._loading.items()}
        self._window.models_page.set_presences(presences)

    # Downloads

    def _look_at_queue(self) -> None:
        def show(downloads: Sequence[Download]) -> None:
            waiting = [each.id for each in downloads if each.state is DownloadState.QUEUED]
            self._window.models_page.set_queue(waiting)

        self._queue.when_done(self._app.pool.submit(self._app.downloads.list), show)

    def _download(
        self, repository: HubRepository, variant: Variant, otherwise: Callable[[ErrorInfo], None] | None = None
    ) -> None:
        self._window.models_page.verticalScrollBar().setValue(0)
        added = self._app.pool.submit(self._app.downloads.add, repository, variant)
        self._bridge.when_done(added, lambda _added: None, otherwise)

    def download_recommended(self, reference: Reference, otherwise: Callable[[str], None]) -> None:
        """Ask the hub what the file is now, then queue it; `otherwise` is told in words why that cannot be."""

        def refuse(error: ErrorInfo) -> None:
            otherwise(_words(error))

        def found(repository: HubRepository) -> None:
            variant = choose_variant(repository, reference)
            if variant is None:
                otherwise(_("This file is no longer in its repository; search for the model instead."))
            else:
                self._download(repository, variant, refuse)

        self._bridge.when_done(self._app.hub.repository(reference.repository), found, refuse)

    def _command(self, action: Callable[[str], None], download_id: str) -> None:
        self._commands.submit(action, download_id)  # it may wait for the disk

    def _is_seen(self, download_id: str) -> bool:
        """Whether the page that is shown says itself what became of a download."""
        page = self._window.page
        return page == "models" or (page == "first_run" and self.is_on_first_page(download_id))

    def _tell_arrival(self, download: Download) -> None:
        if not self._is_seen(download.id) and self._window.is_foremost:
            words = _("{model} was added.").format(model=download.variant.name)
            path = str(target_of(download, download.variant.files[0]))
            chat = partial(self._window.models_page.chat_requested.emit, path)
            self._window.notice.show_notice(words, (pgettext("verb", "Chat"), chat))

    def _tell_failure(self, download_id: str, error: ErrorInfo) -> None:
        is_told = self._is_seen(download_id) or error.code is ErrorCode.DOWNLOAD_OFFLINE
        if not is_told and self._window.is_foremost:
            self._show_error(error)

    # Models on this computer

    def _delete(self, path: str) -> None:
        """Move a model to the system's trash, from where it can be taken back."""
        self._bridge.when_done(
            self._app.library.discard(path, lambda file: QFile.moveToTrash(plain(file))),
            self._deleted,
            self._show_error,
        )

    def _deleted(self, freed: int) -> None:
        words = _("The model is in the system's trash; emptying that frees {size}.").format(size=readable_size(freed))
        self._window.notice.show_notice(words)

    def _judge_all(self) -> None:
        """Say what this computer has, and how the curated models fit it."""
        self._judgings += 1
        number = self._judgings
        self._computer.when_done(self._app.fitting.machine(), self._show_computer)
        self._bridge.when_done(
            self._app.library.recommended(), lambda catalogue: self._show_recommended(catalogue, number)
        )

    def begin_judging(self) -> None:
        """Judge the curated models from now on: somebody sees verdicts, or what is suggested.

        Graphics cards are looked for where nobody has looked with this engine and these drivers.
        """
        if self._judges:
            self._suggest()  # to who asks only now
            return
        self._judges = True

        def judge_again(report: Report) -> None:
            self._knows_cards = True
            speaks = report.engine is not None and ELSEWHERE in report.engine.backends
            if report.cards or speaks:  # else nothing changes, and nothing moves before somebody's eyes
                self._judge_all()
            self._suggest()

        def judge(report: Report | None) -> None:
            self._knows_cards = report is not None
            self._judge_all()
            if report is None:
                self._bridge.when_done(self._app.probing.look(), judge_again)

        self._bridge.when_done(self._app.probing.remembered(), judge)

    def _show_recommended(self, catalogue: Catalogue, number: int) -> None:
        models = catalogue.models[1:]  # the first is the starter, which is here
        self._bridge.when_done(
            self._app.fitting.judge_recommended(models), lambda verdicts: self._show_verdicts(models, verdicts, number)
        )

    def _show_verdicts(
        self, models: Sequence[CatalogueModel], verdicts: Sequence[Sequence[Verdict]], number: int
    ) -> None:
        """Order the curated list for this computer: what is suggested first, what is too large last."""
        if number < self._judged:
            return  # it was judged anew since, and that was told before
        self._suggestion = suggest_model(models, verdicts)
        suggested = self._suggestion.model.id if self._suggestion is not None else ""
        self._judged = number
        self._suggest()

        def place(entry: tuple[CatalogueModel, Sequence[Verdict]]) -> tuple[bool, bool]:
            model, fits = entry
            return model.id != suggested, all(verdict.fit is Fit.TOO_LARGE for verdict in fits)

        ordered = sorted(zip(models, verdicts, strict=True), key=place)
        self._window.models_page.set_recommended(
            [model for model, _ in ordered], [fits for _, fits in ordered], suggested
        )

    def _suggest(self) -> None:
        """Tell what is suggested, unless it may be another one once the cards are known, or the verdicts are new."""
        if self._knows_cards and self._judged == self._judgings:
            self.suggested.emit(self._suggestion)

    def _show_computer(self, machine: Machine) -> None:
        self._window.models_page.set_computer(computer_words(machine))


def _words(error: ErrorInfo) -> str:
    explanation = explain(error)
    return explanation.text
