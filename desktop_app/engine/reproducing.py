"""Writes reproducible answers: one at a time, each in a context of its own, between the decodes of the others.

llama.cpp's logits depend on the shape of a batch, in their last digits, and at a near-tie these choose the token.
So such an answer is computed always in the same shapes: nothing that was read before is used, nothing is guessed
ahead, and no other answer is in its batches.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.errors import AppError
from desktop_app.domain.traces import Trace
from desktop_app.engine.scheduler import Listener, Scheduler
from desktop_app.engine.sequences import Request, cancelled_while_waiting
from desktop_app.protocol.engine import Failed, Finished

if TYPE_CHECKING:
    from desktop_app.engine.llama import Batch, Context, Model, SamplerChain


class Reproducer:
    """Serves reproducible requests in the order of their coming, in the thread of another scheduler.

    `call` has that thread call an action between two of its decodes; each action here is one decode, so that both
    get on. `open_context` makes the context of an answer, which is freed with it: it would be the memory of a
    second chat. `submit`, `cancel` and `stop` are for any thread.
    """

    def __init__(
        self,
        model: "Model",
        open_context: "Callable[[], tuple[Context, Batch]]",
        new_chain: "Callable[[Model], SamplerChain]",
        listener: Listener,
        call: Callable[[Callable[[], None]], None],
    ) -> None:
        self._model = model
        self._open_context = open_context
        self._new_chain = new_chain
        self._listener = listener
        self._call = call
        self._lock = threading.Lock()
        self._waiting: deque[Request] = deque()
        self._work: _Work | None = None
        self._goes_on = False
        self._stopping = False

    def submit(self, request: Request) -> None:
        """Queue `request`; its end is told by exactly one Finished or Failed."""
        with self._lock:
            self._waiting.append(request)
            begins, self._goes_on = not self._goes_on, True
        if begins:
            self._call(self._step)

    def cancel(self, request_id: str) -> None:
        """End a request soon; unknown and ended ones are ignored."""
        with self._lock:
            waiting = next((request for request in self._waiting if request.request_id == request_id), None)
            if waiting is not None:
                self._waiting.remove(waiting)
            work = self._work
        if waiting is not None:
            self._listener.put(cancelled_while_waiting(waiting))
        elif work is not None:
            work.cancel(request_id)

    def stop(self) -> None:
        """End soon what is computed, without an end being told."""
        with self._lock:
            self._stopping = True
            work = self._work
        if work is not None:
            work.stop()

    def close(self) -> None:
        """Free what an unfinished answer holds; only when nothing is computed any more."""
        if self._work is not None:
            self._work.close()
            self._work = None

    def _step(self) -> None:
        """Compute one batch of the answer at work, or of the next one."""
        work = self._work or self._begin()
        if work is not None:
            work.step()
            if work.ended:
                work.close()
        with self._lock:
            if work is not None and work.ended:
                self._work = None
            self._goes_on = not self._stopping and (self._work is not None or bool(self._waiting))
        if self._goes_on:
            self._call(self._step)

    def _begin(self) -> "_Work | None":
        with self._lock:
            if self._stopping or not self._waiting:
                return None
            work = self._work = _Work(self._waiting.popleft(), self._listener)
        try:
            context, batch = self._open_context()
        except AppError as error:
            work.put(Failed(work.request.request_id, error.info))
            with self._lock:
                self._work = None
            return None
        work.begin(self._model, context, batch, self._new_chain)
        return work


class _Work:
    """A request at work: it hears what its scheduler tells, and so knows when it has ended."""

    def __init__(self, request: Request, listener: Listener) -> None:
        self.request = request
        self.ended = False
        self.is_closed = False
        self._listener = listener
        self._lock = threading.Lock()
        self._scheduler: Scheduler | None = None
        self._context: Context | None = None
        self._batch: Batch | None = None

    def begin(
        self, model: "Model", context: "Context", batch: "Batch", new_chain: "Callable[[Model], SamplerChain]"
    ) -> None:
        scheduler = Scheduler(model, context, batch, new_chain, self)
        self._context, self._batch = context, batch
        with self._lock:
            self._scheduler = scheduler
            scheduler.submit(self.request)
            if self.request.cancelled:  # while its context was made
                scheduler.cancel(self.request.request_id)

    def step(self) -> None:
        assert self._scheduler is not None
        self._scheduler.step()

    def cancel(self, request_id: str) -> None:
        with self._lock:
            if request_id != self.request.request_id or self.is_closed:
                return
            if self._scheduler is None:
                self.request.cancelled = True
            else:
                self._scheduler.cancel(request_id)

    def stop(self) -> None:
        with self._lock:
            if self._scheduler is not None and not self.is_closed:
                self._scheduler.stop()

    def close(self) -> None:
        with self._lock:  # a cancel would touch the context
            self.is_closed = True
            if self._scheduler is not None:
                self._scheduler.close()
            if self._batch is not None:
                self._batch.close()
            if self._context is not None:
                self._context.close()

    def put(self, event: msgspec.Struct) -> None:
        self._listener.put(event)
        self.ended = self.ended or isinstance(event, Finished | Failed)

    def put_text(self, request_id: str, text: str, count: int, traces: tuple[Trace, ...] = ()) -> None:
        self._listener.put_text(request_id, text, count, traces)
