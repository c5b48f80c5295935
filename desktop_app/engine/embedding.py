"""Turns texts into vectors with a context of their own, which is made when the first one is asked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.engine.llama import Batch, EmbeddingContext

if TYPE_CHECKING:
    from desktop_app.engine.llama import Model

LONGEST_TEXT = 2048
"""Tokens of a text, at most: all of them are computed at once."""


class Embedder:
    """The vectors of one model; used by the thread that decodes, but for `abort`."""

    def __init__(self, model: "Model", threads: int) -> None:
        self._model = model
        self._threads = threads
        self._context: EmbeddingContext | None = None
        self._batch: Batch | None = None

    def embed(self, text: str, is_wanted: Callable[[], bool] = lambda: True) -> tuple[float, ...]:
        """Return the vector of `text`, of length 1, as the model pools its tokens (their mean, where it does not say).

        It is empty where the text is no longer wanted: who changes that calls `abort` after it. Raises EngineError PROMPT_TOO_LONG and ENGINE_FAILED.
        """
        tokens = self._model.tokenize(text, opened=True, special=False)
        if self._context is None or self._batch is None:
            size = min(LONGEST_TEXT, self._model.trained_context)
            self._context = EmbeddingContext(self._model, size=size, threads=self._threads)
            self._batch = Batch(self._context.size)
        if len(tokens) > self._context.size:
            raise EngineError(ErrorCode.PROMPT_TOO_LONG, prompt_tokens=len(tokens), context_size=self._context.size)
        if not tokens:
            raise EngineError(ErrorCode.ENGINE_FAILED, "the text has no tokens")
        self._batch.clear()
        for position, token in enumerate(tokens):
            self._batch.add(token, position, 0, wants_logits=True)
        vector = None
        while vector is None:  # another text may have been meant by an abort
            self._context.clear_abort()
            if not is_wanted():
                return ()
            vector = self._context.embed(self._batch)
        return tuple(float(value) for value in vector)

    def abort(self) -> None:
        """End soon what is computed, unless it is still wanted; from any thread."""
        context = self._context
        if context is not None:
            context.abort()

    def close(self) -> None:
        """Free it, before the model."""
        if self._batch is not None:
            self._batch.close()
        if self._context is not None:
            self._context.close()
