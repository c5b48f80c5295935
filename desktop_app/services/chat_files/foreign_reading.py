"""Reads what other apps exported in a helper process of its own, which is ended with it in each case."""

import queue
from collections.abc import Callable
from pathlib import Path

from desktop_app.domain.errors import ErrorCode, ImportFailure
from desktop_app.domain.ids import new_id
from desktop_app.helper import process as helper_process
from desktop_app.protocol import helper as protocol
from desktop_app.protocol.helper import ExportPart, ExportRead
from desktop_app.services.background.process import ChildProcess

WAITING_PARTS = 2
"""So many parts wait for whoever takes them; then the helper waits."""
TICK_SECONDS = 0.1
"""How often it is looked at whether the rest is still wanted."""

Answer = ExportPart | ExportRead | ImportFailure


class ForeignReader:
    """Reads one export at a time for a thread of the I/O pool; several threads may each read one."""

    def __init__(self, target: Callable[..., None] = helper_process.run) -> None:
        self._target = target

    def read(
        self,
        path: Path,
        *,
        count_only: bool,
        on_part: Callable[[ExportPart], None],
        step: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> ExportRead:
        """Read the file or folder at `path` to its end; `on_part` gets its chats, or with `count_only` their summaries.

        Blocks; `on_part` and `step` are called in the same thread. `step` is told how many bytes are read, of how many,
        and may raise CancelledError, as may `on_part` raise anything: the helper is ended, and the error passed on.
        Raises ImportFailure, with some of the chats passed on already.
        """
        try:
            str(path).encode()
        except UnicodeEncodeError as error:  # a name that is no text: no message can carry it
            named = str(path).encode(errors="replace").decode()
            raise ImportFailure(ErrorCode.IMPORT_UNREADABLE, "the name is no UTF-8", path=named) from error
        return _Reading(self._target, path).read(count_only, on_part, step)


class _Reading:
    """One export, its helper process, and the parts that wait in between."""

    def __init__(self, target: Callable[..., None], path: Path) -> None:
        self._path = path
        self._waiting: queue.Queue[Answer] = queue.Queue(WAITING_PARTS)
        self._child: ChildProcess[protocol.Event] = ChildProcess(
            "export-reader", target, (), protocol.Event, self._on_event, self._on_exit
        )
        self._unwanted = False

    def read(
        self, count_only: bool, on_part: Callable[[ExportPart], None], step: Callable[[int, int], None]
    ) -> ExportRead:
        self._child.start()
        try:
            self._child.send(protocol.ReadExport(request_id=new_id(), path=str(self._path), count_only=count_only))
            return self._take(on_part, step)
        finally:
            self._end()

    def _take(self, on_part: Callable[[ExportPart], None], step: Callable[[int, int], None]) -> ExportRead:
        done, total = 0, 1
        while True:
            step(done, total)
            try:
                answer = self._waiting.get(timeout=TICK_SECONDS)
            except queue.Empty:
                continue
            if isinstance(answer, ImportFailure):
                raise answer
            if isinstance(answer, ExportRead):
                return answer
            done, total = answer.done, answer.total
            if answer.chats or answer.summaries:
                on_part(answer)

    def _end(self) -> None:
        """End the process and its threads, of which one may wait for room."""
        self._unwanted = True
        self._child.kill()
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._child.close(protocol.Stop(), grace=1.0)

    def _on_event(self, event: protocol.Event) -> None:
        if isinstance(event, protocol.Failed):
            self._put(ImportFailure(event.error.code, event.error.detail, **event.error.params))
        elif isinstance(event, ExportPart | ExportRead):
            self._put(event)

    def _on_exit(self, code: int, _late: bool) -> None:
        """Say so, should the answer not have come; whoever has it takes nothing more."""
        detail = f"the helper ended with code {code}"
        self._put(ImportFailure(ErrorCode.IMPORT_STOPPED, detail, path=str(self._path)))

    def _put(self, answer: Answer) -> None:
        """Wait for room, so that the helper waits as well, unless nobody takes anything any more."""
        while not self._unwanted:
            try:
                self._waiting.put(answer, timeout=TICK_SECONDS)
            except queue.Full:
                continue
            return
