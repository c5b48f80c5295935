"""Writes a reproducible answer, in a context of its own.

llama.cpp's logits depend on the shape of a batch, in their last digits, and at a near-tie these choose the token.
So such an answer is computed always in the same shapes: nothing that was read before is used, nothing is guessed
ahead, and no other answer is in its batches.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop_app.engine.scheduler import Listener, Scheduler
from desktop_app.engine.sequences import Request
from desktop_app.engine.side_work import Work

if TYPE_CHECKING:
    from desktop_app.engine.llama import Batch, Context, Model, SamplerChain


class Reproduction(Work):
    """An answer with a scheduler to itself. Its context is freed with it: it would be the memory of a second chat."""

    def __init__(
        self,
        request: Request,
        listener: Listener,
        model: "Model",
        open_context: "Callable[[], tuple[Context, Batch]]",
        new_chain: "Callable[[Model], SamplerChain]",
    ) -> None:
        super().__init__(request, listener)
        self._model = model
        self._open_context = open_context
        self._new_chain = new_chain
        self._scheduler: Scheduler | None = None
        self._context: Context | None = None
        self._batch: Batch | None = None

    def open(self) -> None:
        """Make a context and hand the request to its scheduler."""
        self._context, self._batch = self._open_context()
        scheduler = Scheduler(self._model, self._context, self._batch, self._new_chain, self)
        with self._lock:
            self._scheduler = scheduler
            scheduler.submit(self.request)
            if self.request.cancelled:  # while its context was made
                self._cancel()

    def step(self) -> None:
        """Compute one batch."""
        assert self._scheduler is not None
        self._scheduler.step()

    def _cancel(self) -> None:
        if self._scheduler is not None:
            self._scheduler.cancel(self.request.request_id)

    def _stop(self) -> None:
        if self._scheduler is not None:
            self._scheduler.stop()

    def _free(self) -> None:
        if self._scheduler is not None:
            self._scheduler.close()
        if self._batch is not None:
            self._batch.close()
        if self._context is not None:
            self._context.close()
