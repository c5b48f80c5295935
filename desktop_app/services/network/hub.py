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
from desktop_app.services.background.process import ChildProcess
from desktop_app.sources import process as hub_process
from desktop_app.support.network import NetworkUse

GRACE_SECONDS = 1.0


class Page(msgspec.Struct, frozen=True):
    """A page of a search; `search_id` continues it where there is more."""

    search_id: str
    models: tuple[HubModel, ...]
    has_more: bool


class FetchListener(msgspec.Struct, frozen=True, kw_only=True):
    """Who hears of one fetch, in the reader's thread, or in that of whoever cancels one that was not begun.

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
        self._starting = threading.Lock()
        """Held while a process is started, which may take long; the other lock is held for moments only."""
        self._lock = threading.Lock()
        self._process: ChildProcess[protocol.Event] | None = None
        self._questions: dict[str, Future[Any]] = {}
        self._fetches: dict[str, FetchListener] = {}
        self._unsent: set[str] = set()
        """What no process has heard of yet."""
        self._ways = 0
        """How often the way to the hub was another one."""
        self._way_told = 0
        """Which of them the process knows: it hears of nothing else before it knows the last one."""
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
            self._unsent.add(command.request_id)
        self._pool.submit(self._send, command)

    def cancel(self, request_id: str) -> None:
        """Stop a fetch; its listener hears `on_cancelled`, or that it ended just before."""
        with self._lock:
            listener = self._fetches.get(request_id)
            if listener is None:
                return
            if request_id in self._unsent:
                self._forget_fetch(request_id)
            else:
                listener = None
                if self._process is not None:
                    self._process.send(protocol.Cancel(request_id))  # in the lock: behind the fetch
        if listener is not None:
            listener.on_cancelled()

    def reconnect(self) -> None:
        """Tell the process how to reach the hub now; what runs keeps its address, the switch and limit apply at once.

        What is asked from now on is not asked before.
        """
        with self._lock:
            self._ways += 1
        self._pool.submit(self._reconnect)

    def close(self) -> None:
        """End the process; what it received is on the disk."""
        with self._lock:
            self._closed = True
            process, self._process = self._process, None
            self._fetches.clear()
            self._unsent.clear()
        if process is not None:
            process.close(protocol.Stop(), GRACE_SECONDS)

    # Behind the scenes

    def _reconnect(self) -> None:
        with self._starting:  # in the order in which it was asked how to reach the hub
            self._has_told()

    def _has_told(self) -> bool:
        """Tell the process how to reach the hub, unless it knows; False where there is none. `_starting` must be held."""
        with self._lock:
            process, knows = self._process, self._way_told == self._ways
        if process is not None and not knows:
            self._tell_way(process)
        return process is not None

    def _tell_way(self, process: "ChildProcess[protocol.Event]") -> None:
        with self._lock:
            way = self._ways
        process.send(self._connection())
        with self._lock:
            self._way_told = way

    def _ask(self, command: Callable[[str], protocol.Command]) -> "Future[Any]":
        request_id = new_id()
        result: Future[Any] = Future()
        with self._lock:
            self._questions[request_id] = result
            self._unsent.add(request_id)
        self._pool.submit(self._send, command(request_id))
        return result

    def _send(self, command: Any) -> None:
        """Send what is wanted still, by the process that there is now or by another one."""
        try:
            while not self._is_sent(command):
                self._make_ready()
        except AppError as error:
            self._fail(command.request_id, error.info)

    def _is_sent(self, command: Any) -> bool:
        """Send a command, unless nobody waits for it any more; False where no process knows the way to the hub."""
        with self._lock:
            if command.request_id not in self._questions and command.request_id not in self._fetches:
                return True
            if self._process is None or self._way_told != self._ways:
                return False
            self._unsent.discard(command.request_id)
            self._process.send(command)
            return True

    def _make_ready(self) -> None:
        """Start a process where there is none, and tell it the way to the hub; raises DownloadError where that cannot be."""
        with self._starting:
            if self._has_told():
                return
            process: ChildProcess[protocol.Event] = ChildProcess(
                "hub", self._target, (), protocol.Event, self._on_event, lambda code, _: self._on_exit(process, code)
            )
            self._tell_way(process)
            with self._lock:
                closed = self._closed
                if closed:
                    raise DownloadError(ErrorCode.DOWNLOAD_STOPPED, "the services are closing")
                self._process = process  # from here on it may end at any time, and what is sent waits for its start
            try:
                process.start()
            except OSError as error:
                self._on_exit(process, -1)
                raise DownloadError(ErrorCode.DOWNLOAD_STOPPED, str(error)) from error
        if self._closed:  # while it was being spawned
            process.close(protocol.Stop(), GRACE_SECONDS)

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
        is_over = not isinstance(event, protocol.Progress)
        with self._lock:
            listener = self._forget_fetch(event.request_id) if is_over else self._fetches.get(event.request_id)
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
        if result is not None and result.set_running_or_notify_cancel():
            result.set_result(value)

    def _forget_fetch(self, request_id: str) -> FetchListener | None:
        """Return who hears of a fetch, of which nothing more is told; the lock must be held."""
        self._unsent.discard(request_id)
        return self._fetches.pop(request_id, None)

    def _fail(self, request_id: str, error: ErrorInfo) -> None:
        with self._lock:
            result, listener = self._questions.pop(request_id, None), self._forget_fetch(request_id)
        if result is not None and result.set_running_or_notify_cancel():
            result.set_exception(error_from_info(error))
        if listener is not None:
            listener.on_failed(error)

    def _on_exit(self, process: ChildProcess[protocol.Event], code: int) -> None:
        with self._lock:
            if self._process is process:
                self._process = None
            waiting = [each for each in (*self._questions, *self._fetches) if each not in self._unsent]
        for request_id in waiting:
            self._fail(request_id, ErrorInfo(ErrorCode.DOWNLOAD_STOPPED, {}, f"exit code {code}"))
