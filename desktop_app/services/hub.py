"""The hub as the services see it: questions with futures, fetches with listeners, one process behind them.

The process is started when it is first needed. When it dies, whatever waited for it fails with
DOWNLOAD_STOPPED, and the next request starts another.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import msgspec

from desktop_app.domain.errors import AppError, DownloadError, ErrorCode, ErrorInfo, error_from_info
from desktop_app.domain.hub import HubFile, HubModel, HubRepository, Query
from desktop_app.domain.ids import new_id
from desktop_app.domain.updates import Manifest
from desktop_app.protocol import hub as protocol
from desktop_app.services.process import ChildProcess
from desktop_app.sources import process as hub_process
from desktop_app.support.network import NetworkUse

GRACE_SECONDS = 1.0


class Page(msgspec.Struct, frozen=True):
    """A page of a search; `search_id` continues it where there is more."""

    search_id: str
    models: tuple[HubModel, ...]
    has_more: bool


class FetchListener(msgspec.Struct, frozen=True, kw_only=True):
    """Who hears of one fetch, in the reader's thread.

    `on_progress(done, waits)`: so many bytes are on the disk; the next try is in `waits` seconds, or
    under way (0). Then one of: `on_fetched(sha256)`, the file is whole and has its name;
    `on_cancelled()`, the file is closed; `on_failed(error)`, what was received is kept.
    """

    on_progress: Callable[[int, float], None]
    on_fetched: Callable[[str], None]
    on_cancelled: Callable[[], None]
    on_failed: Callable[[ErrorInfo], None]


class HubLink:
    """Speaks with the hub process. `connection()` says how to reach the hub, asked in the pool: it may wait."""

    def __init__(
        self,
        pool: Executor,
        connection: Callable[[], protocol.Connect],
        on_use: Callable[[NetworkUse], None],
        target: Callable[..., None] = hub_process.run,
    ) -> None:
        self._pool = pool
        self._connection = connection
        self._on_use = on_use
        self._target = target
        self._lock = threading.Lock()
        self._process: ChildProcess[protocol.Event] | None = None
        self._questions: dict[str, Future[Any]] = {}
        self._fetches: dict[str, FetchListener] = {}
        self._closed = False

    # Questions

    def search(self, query: Query) -> "Future[Page]":
        """Return the first page of what matches."""
        return self._ask(lambda request_id: protocol.Search(request_id, query))

    def more(self, page: Page) -> "Future[Page]":
        """Return the page after `page`."""
        return self._ask(lambda request_id: protocol.More(request_id, page.search_id))

    def repository(self, repository: str, revision: str = "") -> "Future[HubRepository]":
        """Return what a repository offers."""
        return self._ask(lambda request_id: protocol.ReadRepository(request_id, repository, revision))

    def card(self, repository: str) -> "Future[str]":
        """Return a repository's card as Markdown."""
        return self._ask(lambda request_id: protocol.ReadCard(request_id, repository))

    def start_of(self, repository: str, commit: str, file: HubFile) -> "Future[bytes]":
        """Return the first bytes of a file."""
        return self._ask(lambda request_id: protocol.ReadStart(request_id, repository, commit, file))

    def update(self, address: str, key: str) -> "Future[Manifest]":
        """Return the list of newer releases at an address, signed by a key."""
        return self._ask(lambda request_id: protocol.ReadUpdate(request_id, address, key))

    # Fetches

    def fetch(self, command: protocol.Fetch, listener: FetchListener) -> None:
        """Begin to fetch; `listener` hears the end of it in any case, `close` excepted."""
        with self._lock:
            self._fetches[command.request_id] = listener
        self._pool.submit(self._send, command)

    def cancel(self, request_id: str) -> None:
        """Stop a fetch; its listener hears `on_cancelled`, or that it ended just before."""
        with self._lock:
            process = self._process
        if process is not None:
            process.send(protocol.Cancel(request_id))

    def reconnect(self) -> None:
        """Tell the process how to reach the hub now; what runs keeps its address, the switch and limit apply at once."""
        self._pool.submit(self._reconnect)

    def close(self) -> None:
        """End the process; what it received is on the disk."""
        with self._lock:
            self._closed = True
            process, self._process = self._process, None
            self._fetches.clear()
        if process is not None:
            process.close(protocol.Stop(), GRACE_SECONDS)

    # Behind the scenes

    def _reconnect(self) -> None:
        with self._lock:
            process = self._process
        if process is not None:
            process.send(self._connection())

    def _ask(self, command: Callable[[str], protocol.Command]) -> "Future[Any]":
        request_id = new_id()
        result: Future[Any] = Future()
        with self._lock:
            self._questions[request_id] = result
        self._pool.submit(self._send, command(request_id))
        return result

    def _send(self, command: Any) -> None:
        try:
            self._ensure_process().send(command)
        except AppError as error:
            self._fail(command.request_id, error.info)

    def _ensure_process(self) -> ChildProcess[protocol.Event]:
        with self._lock:
            if self._closed:
                raise DownloadError(ErrorCode.DOWNLOAD_STOPPED, "the services are closing")
            if self._process is None:
                process: ChildProcess[protocol.Event] = ChildProcess(
                    "hub",
                    self._target,
                    (),
                    protocol.Event,
                    self._on_event,
                    lambda code, _: self._on_exit(process, code),
                )
                process.start()
                process.send(self._connection())
                self._process = process
            return self._process

    def _on_event(self, event: protocol.Event) -> None:
        match event:
            case protocol.Ready():
                pass
            case protocol.Used(use=use):
                self._on_use(use)
            case protocol.Progress() | protocol.Fetched() | protocol.Cancelled():
                self._on_fetch_event(event)
            case protocol.Failed(request_id=request_id, error=error):
                self._fail(request_id, error)
            case protocol.Found():
                self._answer(event.request_id, Page(event.search_id, event.models, event.has_more))
            case protocol.RepositoryRead():
                self._answer(event.request_id, event.repository)
            case protocol.CardRead():
                self._answer(event.request_id, event.markdown)
            case protocol.StartRead():
                self._answer(event.request_id, event.data)
            case protocol.UpdateRead():
                self._answer(event.request_id, event.manifest)

    def _on_fetch_event(self, event: protocol.Progress | protocol.Fetched | protocol.Cancelled) -> None:
        over = not isinstance(event, protocol.Progress)
        listener = self._take_fetch(event.request_id) if over else self._fetches.get(event.request_id)
        if listener is None:
            return
        match event:
            case protocol.Progress(done=done, waits=waits):
                listener.on_progress(done, waits)
            case protocol.Fetched(sha256=sha256):
                listener.on_fetched(sha256)
            case protocol.Cancelled():
                listener.on_cancelled()

    def _answer(self, request_id: str, value: object) -> None:
        with self._lock:
            result = self._questions.pop(request_id, None)
        if result is not None:
            result.set_result(value)

    def _take_fetch(self, request_id: str) -> FetchListener | None:
        with self._lock:
            return self._fetches.pop(request_id, None)

    def _fail(self, request_id: str, error: ErrorInfo) -> None:
        with self._lock:
            result = self._questions.pop(request_id, None)
        if result is not None:
            result.set_exception(error_from_info(error))
        elif (listener := self._take_fetch(request_id)) is not None:
            listener.on_failed(error)

    def _on_exit(self, process: ChildProcess[protocol.Event], code: int) -> None:
        with self._lock:
            if self._process is process:
                self._process = None
            waiting = [*self._questions, *self._fetches]
        for request_id in waiting:
            self._fail(request_id, ErrorInfo(ErrorCode.DOWNLOAD_STOPPED, {}, f"exit code {code}"))
