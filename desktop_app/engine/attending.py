"""Finds out which earlier tokens each token of a text looks at: reads it in a context whose attention can be seen.

llama.cpp names the attention weights of a layer 'kq_soft_max-<layer>', with a row for each token that is read, a
column for each token that it may look at, and a plane for each head. With flash attention they never exist as such,
and recurrent layers have none.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from desktop_app.domain.attention import FULL, MOST, NOWHERE, Attention, banded
from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.engine.graph_watch import GraphWatch, Values
from desktop_app.engine.outcome import Outcome
from desktop_app.engine.scheduler import Listener
from desktop_app.engine.sequences import Request
from desktop_app.engine.side_work import Work
from desktop_app.protocol.engine import Attended, PromptProgress

if TYPE_CHECKING:
    from desktop_app.engine.llama import Batch, Context, Model

WEIGHTS = "kq_soft_max-"

WatchMaker = Callable[[Callable[[str], bool], Callable[[str, Values], None]], GraphWatch]


class Reading(Work):
    """Reads a prompt and the text that is `forced` behind it, and keeps what the tokens of the text look at."""

    def __init__(
        self,
        request: Request,
        listener: Listener,
        model: "Model",
        open_watched: "Callable[[int, GraphWatch], tuple[Context, Batch]]",
        make_watch: WatchMaker,
    ) -> None:
        super().__init__(request, listener)
        self._model = model
        self._open_watched = open_watched
        self._tokens = [*request.prompt, *request.forced]
        self._first = len(request.prompt)
        self._read = 0
        self._watch = make_watch(lambda name: name.startswith(WEIGHTS), self._take)
        self._layers: dict[int, npt.NDArray[np.float32]] = {}
        self._rows = _Rows(len(request.forced))
        self._context: Context | None = None
        self._batch: Batch | None = None

    @property
    def _needed(self) -> int:
        """How many tokens are to be read: what the last one looks at says nothing about the text."""
        return len(self._tokens) - 1

    def open(self) -> None:
        """Make a context for it."""
        context, batch = self._open_watched(len(self._tokens), self._watch)
        with self._lock:
            self._context, self._batch = context, batch

    def step(self) -> None:
        """Read the next tokens."""
        if self.has_ended_cancelled():
            return
        assert self._context is not None
        assert self._batch is not None
        begin, end = self._read, min(self._read + self._batch.capacity, self._needed)
        self._batch.clear()
        for place in range(begin, end):
            self._batch.add(self._tokens[place], place, 0, wants_logits=place == end - 1)
        self._watch.armed = end > self._first - 1
        outcome = self._context.decode(self._batch)
        if self.has_ended_cancelled():
            return
        self._watch.check()
        if outcome is Outcome.ABORTED:
            return  # the worker is ending
        if outcome is not Outcome.DONE:
            raise EngineError(ErrorCode.ENGINE_FAILED, f"decode: {outcome}")
        if self._watch.armed:
            self._keep(begin, end)
        self._read = end
        self.put(PromptProgress(self.request.request_id, end, self._needed, 0))
        if end == self._needed:
            self.put(Attended(self.request.request_id, self._attention()))

    def _take(self, name: str, weights: Values) -> None:
        """Keep the mean over the heads of a layer, for the tokens that were just read."""
        self._layers[int(name.removeprefix(WEIGHTS))] = weights.mean(axis=0)

    def _keep(self, begin: int, end: int) -> None:
        """Gather the layers into bands, and keep what each token that a token of the text follows looked at most."""
        layers = banded(list(self._layers))
        if not layers:
            raise EngineError(ErrorCode.ATTENTION_HIDDEN, "no layer tells its attention")
        bands = [np.mean([self._layers[layer] for layer in band], axis=0) for band in layers]
        self._layers.clear()
        self._rows.layers = layers
        for place in range(max(begin, self._first - 1), end):
            self._rows.add([band[place - begin, : place + 1] for band in bands])

    def _attention(self) -> Attention:
        return Attention(
            pieces=tuple(self._model.piece(token, special=True) for token in self._tokens),
            controls=tuple(self._model.is_control(token) for token in self._tokens),
            first=self._first,
            layers=self._rows.layers,
            places=self._rows.places.tobytes(),
            weights=self._rows.weights.tobytes(),
        )

    def _cancel(self) -> None:
        if self._context is not None:
            self._context.abort()

    def _stop(self) -> None:
        self._cancel()

    def _free(self) -> None:
        if self._batch is not None:
            self._batch.close()
        if self._context is not None:
            self._context.close()


class _Rows:
    """The most looked at tokens of each token of a text, band by band, in arrays that are made when the bands are known."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._filled = 0
        self.layers: tuple[tuple[int, ...], ...] = ()
        self.places: npt.NDArray[np.uint32] = np.zeros((0, 0, MOST), "<u4")
        self.weights: npt.NDArray[np.uint16] = np.zeros((0, 0, MOST), "<u2")

    def add(self, bands: Sequence[npt.NDArray[np.float32]]) -> None:
        """Keep the most looked at of the next token, whose weights are given for each band."""
        if self._filled == 0:
            shape = (self._count, len(bands), MOST)
            self.places = np.full(shape, NOWHERE, "<u4")
            self.weights = np.zeros(shape, "<u2")
        for band, weights in enumerate(bands):
            count = min(MOST, len(weights))
            most = np.argpartition(weights, len(weights) - count)[len(weights) - count :]
            steps = np.rint(np.clip(np.nan_to_num(weights[most], nan=0.0), 0.0, 1.0) * FULL)
            self.places[self._filled, band, :count] = most
            self.weights[self._filled, band, :count] = steps
        self._filled += 1
