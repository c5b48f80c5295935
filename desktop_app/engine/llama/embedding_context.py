"""Turns texts into vectors."""

import llama_cpp.llama_cpp as c
import numpy as np
import numpy.typing as npt

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.engine.llama.batch import Batch
from desktop_app.engine.llama.model import Model
from desktop_app.engine.llama.native_context import NativeContext
from desktop_app.engine.outcome import Outcome

_WITH_DATA = True
_REFUSED = "no context for embeddings"


class EmbeddingContext(NativeContext):
    """Turns texts into vectors by a model that is loaded already."""

    def __init__(self, model: Model, *, size: int, threads: int) -> None:
        """Make room for texts of `size` tokens; raises EngineError ENGINE_FAILED where llama.cpp refuses."""
        super().__init__()
        parameters = c.llama_context_default_params()
        parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = size
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.embeddings = True
        self._length = model.embedding_length
        self._open(model, parameters, _REFUSED)
        if int(c.llama_pooling_type(self._context)) == c.LLAMA_POOLING_TYPE_NONE:
            self.close()  # a model for chats says nothing about it
            parameters.pooling_type = c.LLAMA_POOLING_TYPE_MEAN
            self._open(model, parameters, _REFUSED)
        self._memory = c.llama_get_memory(self._context)
        self.size = int(c.llama_n_batch(self._context))

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
