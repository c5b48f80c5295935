"""The hub process: the only one that speaks with the hub, and may be ended at any moment.

The owner imports this module to spawn it, so nothing heavy is imported here.
"""

import contextlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, assert_never

import msgspec

from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo
from desktop_app.protocol import hub as protocol
from desktop_app.protocol.wire import Wire
from desktop_app.support.child import live_with_parent
from desktop_app.support.network import Gate
from desktop_app.support.pipe import Pipe

if TYPE_CHECKING:
    from desktop_app.domain.hub import HubModel
    from desktop_app.sources.fetch import FileFetch

QUESTIONS = 4
"""How many questions are asked at once; each fetch has a thread of its own."""
SEARCHES = 8
"""How many searches can be continued."""


def run(connection: Pipe) -> None:
    """Serve the owner until `Stop`, or until the other end of `connection` is gone."""
    live_with_parent()
    process = HubProcess(Wire(connection, protocol.Command))
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the owner is gone
        process.serve()
    os._exit(0)  # a thread that waits for a server holds nobody up; what it received is on the disk


class HubProcess:
    """Reads commands in one thread, and does each in another."""

    def __init__(self, wire: "Wire[protocol.Command]") -> None:
        from desktop_app.sources.fetch import Limit
        from desktop_app.sources.http import open_session
        from desktop_app.sources.hub import Hub

        self._wire = wire
        self._sending = threading.Lock()
        self._gate = Gate(lambda use: self._send(protocol.Used(use)), offline=True)
        open_session(self._gate)
        self._make_hub = Hub
        self._hub: Hub = Hub("", "")
        self._limit = Limit()
        self._questions = ThreadPoolExecutor(QUESTIONS, thread_name_prefix="question")
        self._fetches: dict[str, FileFetch] = {}
        self._searches: OrderedDict[str, tuple[Hub, Iterator[HubModel]]] = OrderedDict()

    def serve(self) -> None:
        """Answer until `Stop`; raises EOFError and OSError when the owner is gone."""
        self._send(protocol.Ready(protocol.VERSION))
        while not isinstance(command := self._wire.receive(), protocol.Stop):
            match command:
                case protocol.Connect():
                    self._connect(command)
                case protocol.Fetch():
                    self._fetch(command)
                case protocol.Cancel():
                    self._cancel(command)
                case protocol.Search() | protocol.More() | protocol.ReadRepository():
                    self._questions.submit(self._answer, command)
                case protocol.ReadCard() | protocol.ReadStart() | protocol.ReadUpdate():
                    self._questions.submit(self._answer, command)
                case _:
                    assert_never(command)

    def _connect(self, command: protocol.Connect) -> None:
        self._gate.offline = command.offline
        self._limit.bytes_per_second = command.bytes_per_second
        self._hub = self._make_hub(command.endpoint, command.token)

    # Questions

    def _answer(
        self,
        command: protocol.Search
        | protocol.More
        | protocol.ReadRepository
        | protocol.ReadCard
        | protocol.ReadStart
        | protocol.ReadUpdate,
    ) -> None:
        hub, request_id = self._hub, command.request_id
        event: protocol.Event
        try:
            match command:
                case protocol.Search():
                    self._searches[request_id] = (hub, hub.search(command.query))
                    while len(self._searches) > SEARCHES:
                        self._searches.popitem(last=False)
                    event = self._page(request_id, request_id, command.page_size)
                case protocol.More():
                    event = self._page(request_id, command.search_id, command.page_size)
                case protocol.ReadRepository():
                    event = protocol.RepositoryRead(request_id, hub.repository(command.repository, command.revision))
                case protocol.ReadCard():
                    event = protocol.CardRead(request_id, hub.card(command.repository))
                case protocol.ReadStart():
                    data = hub.start(command.repository, command.commit, command.file.name)
                    event = protocol.StartRead(request_id, data)
                case protocol.ReadUpdate():
                    event = self._read_update(command)
        except Exception as error:  # noqa: BLE001  # whatever it is, somebody waits for an end
            event = protocol.Failed(request_id, _info_of(error))
        self._send(event)

    def _read_update(self, command: protocol.ReadUpdate) -> protocol.UpdateRead:
        from desktop_app.sources.updates import read_update  # cryptography comes with it

        return protocol.UpdateRead(command.request_id, read_update(command.address, command.key))

    def _page(self, request_id: str, search_id: str, size: int) -> protocol.Found:
        hub, found = self._searches.get(search_id, (self._hub, iter(())))
        models = hub.take(found, size)
        return protocol.Found(request_id, search_id, models, len(models) == size)

    # Fetches

    def _fetch(self, command: protocol.Fetch) -> None:
        from desktop_app.sources.fetch import FileFetch

        def tell(done: int, waits: float) -> None:
            self._send(protocol.Progress(command.request_id, done, waits))

        fetch = FileFetch(self._hub, command, self._limit, tell)
        self._fetches[command.request_id] = fetch
        threading.Thread(
            target=self._run_fetch, args=(command.request_id, fetch.run), name="fetch", daemon=True
        ).start()

    def _run_fetch(self, request_id: str, fetch: "Callable[[], str | None]") -> None:
        event: protocol.Event
        try:
            sha256 = fetch()
            event = protocol.Cancelled(request_id) if sha256 is None else protocol.Fetched(request_id, sha256)
        except Exception as error:  # noqa: BLE001  # whatever it is, somebody waits for an end
            event = protocol.Failed(request_id, _info_of(error))
        self._fetches.pop(request_id, None)
        self._send(event)

    def _cancel(self, command: protocol.Cancel) -> None:
        fetch = self._fetches.get(command.request_id)
        if fetch is None:
            self._send(protocol.Cancelled(command.request_id))  # it ended just now, and was told; or never was
        else:
            fetch.cancel()

    def _send(self, event: msgspec.Struct) -> None:
        with self._sending:
            self._wire.send(event)


def _info_of(error: Exception) -> ErrorInfo:
    """Return what is told of an error; one that nobody thought of comes of what a server has answered."""
    return error.info if isinstance(error, AppError) else ErrorInfo(ErrorCode.DOWNLOAD_SERVER, detail=repr(error))
