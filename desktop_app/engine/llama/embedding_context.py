"""Turns texts into vectors."""

from typing import Any

import llama_cpp.llama_cpp as c
import numpy as np
import numpy.typing as npt

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.engine.llama.abort_flag import AbortFlag
from desktop_app.engine.llama.batch import Batch
from desktop_app.engine.llama.model import Model
from desktop_app.engine.outcome import Outcome

_WITH_DATA = True


class EmbeddingContext:
    """Turns texts into vectors by a model that is loaded already; used by one thread, but for `abort`."""

    def __init__(self, model: Model, *, size: int, threads: int) -> None:
        """Make room for texts of `size` tokens; raises EngineError ENGINE_FAILED where llama.cpp refuses."""
        self._abort_flag = AbortFlag()
        parameters = c.llama_context_default_params()
        self._abort_flag.watch_over(parameters)
        parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = size
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.embeddings = True
        self._length = model.embedding_length
        self._context = self._open(model, parameters)
        if int(c.llama_pooling_type(self._context)) == c.LLAMA_POOLING_TYPE_NONE:
            self.close()  # a model for chats says nothing about it
            parameters.pooling_type = c.LLAMA_POOLING_TYPE_MEAN
            self._context = self._open(model, parameters)
        self._memory = c.llama_get_memory(self._context)
        self.size = int(c.llama_n_batch(self._context))

    @staticmethod
    def _open(model: Model, parameters: Any) -> Any:
        context = c.llama_init_from_model(model.pointer, parameters)
        if not context:
            raise EngineError(ErrorCode.ENGINE_FAILED, "no context for embeddings")
        return context

    def embed(self, batch: Batch) -> "npt.NDArray[np.float32] | None":
        """Return the vector of the one sequence in `batch`, scaled to length 1; None where it was aborted.

        Raises EngineError ENGINE_FAILED.
        """
        if self._memory:
            c.llama_memory_clear(self._memory, _WITH_DATA)
        status = int(c.llama_decode(self._context, batch.value))
        if status == Outcome.ABORTED.value:
            return None
        if status != 0:
            raise EngineError(ErrorCode.ENGINE_FAILED, f"llama_decode returned {status}")
        pointer = c.llama_get_embeddings_seq(self._context, 0)
        if not pointer:
            raise EngineError(ErrorCode.ENGINE_FAILED, "the model gives no vector for a text")
        vector = np.ctypeslib.as_array(pointer, shape=(self._length,)).astype(np.float32)
        norm = float(np.linalg.norm(vector))
        return vector / norm if norm > 0.0 else vector

    def abort(self) -> None:
        """Make the running `embed`, or else the next one, return None soon; from any thread."""
        self._abort_flag.set()

    def clear_abort(self) -> None:
        """Take `abort` back."""
        self._abort_flag.clear()

    def close(self) -> None:
        """Free it; a second call does nothing."""
        if self._context:
            c.llama_free(self._context)
            self._context = None
