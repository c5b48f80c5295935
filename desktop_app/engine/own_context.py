"""Makes contexts for answers that share theirs with nobody, all alike, however the other one was set up."""

from typing import TYPE_CHECKING

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.fit import processor_need, prompt_chunk, shape_of
from desktop_app.domain.sizes import readable_size
from desktop_app.engine.llama import Batch, Context

if TYPE_CHECKING:
    from desktop_app.domain.gguf import Header
    from desktop_app.engine.adapting import Adapting
    from desktop_app.engine.llama import Model
    from desktop_app.protocol.engine import Load


class OwnContexts:
    """Opens one context of `size` tokens for each answer that asks for one.

    Threads and batch size are those of the computer and the model, never what a person set or a tuner found: with
    them the shape of each decode would change, and with it the last digits of the logits. Whether flash attention
    computes follows from device, model and type of the cache alone.
    """

    def __init__(
        self,
        load: "Load",
        header: "Header",
        model: "Model",
        adapting: "Adapting",
        *,
        size: int,
        threads: int,
        on_gpu: bool,
    ) -> None:
        self._load = load
        self._header = header
        self._model = model
        self._adapting = adapting
        self._size = size
        self._threads = threads
        self._on_gpu = on_gpu
        self._batch_size = prompt_chunk(model.parameter_count, on_gpu=on_gpu)

    def open(self) -> tuple[Context, Batch]:
        """Return an empty context, with the adapters in use, and a batch for it; the caller closes both.

        Raises EngineError REPRODUCIBLE_NO_MEMORY where there is no room for it, else ENGINE_FAILED.
        """
        needed, free = self._needed(), _free_memory()
        if not self._on_gpu and needed > free:
            raise _no_memory(needed, free)
        try:
            context = Context(
                self._model,
                size=self._size,
                threads=self._threads,
                batch_size=self._batch_size,
                sequences=1,
                on_gpu=self._on_gpu,
                kv_type=self._load.kv_type,
            )
        except EngineError as error:  # a graphics card that is full is known only now
            raise _no_memory(needed, free) from error
        try:
            self._adapting.apply_to(context)
        except EngineError:
            context.close()
            raise
        return context, Batch(context.batch_size)

    def _needed(self) -> int:
        """Return the bytes of a context and of what computing in it takes."""
        need = processor_need(
            shape_of(self._header),
            self._header.file_size,
            context=self._size,
            kv_type=self._load.kv_type,
            batch_size=self._batch_size,
        )
        return need.kv_cache + need.compute


def _free_memory() -> int:
    import psutil  # only here, and not needed by the owner

    return int(psutil.virtual_memory().available)


def _no_memory(needed: int, free: int) -> EngineError:
    sizes = {"needed": readable_size(needed), "free": readable_size(free)}
    return EngineError(ErrorCode.REPRODUCIBLE_NO_MEMORY, **sizes)
