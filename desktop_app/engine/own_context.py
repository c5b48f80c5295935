"""Makes contexts for work that shares its own with nobody, however the other one was set up."""

from typing import TYPE_CHECKING

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.fit import KvType, processor_need, prompt_chunk
from desktop_app.domain.shape import shape_of
from desktop_app.domain.sizes import readable_size
from desktop_app.engine.llama import Batch, Context

if TYPE_CHECKING:
    from desktop_app.domain.gguf import Header
    from desktop_app.domain.offload import Plan
    from desktop_app.engine.adapting import Adapting
    from desktop_app.engine.graph_watch import GraphWatch
    from desktop_app.engine.llama import Model
    from desktop_app.protocol.engine import Load


WATCHED_TOKENS = 64
"""Tokens of a decode that is looked at, on a processor: its attention is kept as a whole for each layer."""
WATCHED_TOKENS_ON_GPU = 256


class OwnContexts:
    """Opens contexts of at most `size` tokens; the caller closes what it gets."""

    def __init__(
        self,
        load: "Load",
        header: "Header",
        model: "Model",
        adapting: "Adapting",
        *,
        size: int,
        threads: int,
        plan: "Plan",
    ) -> None:
        self._load = load
        self._header = header
        self._model = model
        self._adapting = adapting
        self._size = size
        self._threads = threads
        self._plan = plan
        self._on_gpu = plan.gpu_layers > 0
        self._batch_size = prompt_chunk(model.parameter_count, on_gpu=self._on_gpu)

    def open(self) -> tuple[Context, Batch]:
        """Return an empty context for a reproducible answer, with the adapters in use, and a batch for it.

        Threads and batch size are those of the computer and the model, never what a person set or a tuner found:
        with them the shape of each decode would change, and with it the last digits of the logits. Whether flash
        attention computes follows from device, model and type of the cache alone.

        Raises EngineError REPRODUCIBLE_NO_MEMORY where there is no room for it, else ENGINE_FAILED.
        """
        return self._open(self._size, self._batch_size, self._plan.kv_type, None, ErrorCode.REPRODUCIBLE_NO_MEMORY)

    def open_watched(self, tokens: int, watch: "GraphWatch") -> tuple[Context, Batch]:
        """Return an empty context for so many tokens, with the adapters in use, that `watch` looks at.

        Raises EngineError PROMPT_TOO_LONG, ATTENTION_NO_MEMORY where there is no room for it, else ENGINE_FAILED.
        """
        if tokens > self._size:
            raise EngineError(ErrorCode.PROMPT_TOO_LONG, prompt_tokens=tokens, context_size=self._size)
        batch_size = WATCHED_TOKENS_ON_GPU if self._on_gpu else WATCHED_TOKENS
        return self._open(tokens, batch_size, KvType.F16, watch, ErrorCode.ATTENTION_NO_MEMORY)

    def _open(
        self, size: int, batch_size: int, kv_type: KvType, watch: "GraphWatch | None", no_room: ErrorCode
    ) -> tuple[Context, Batch]:
        needed, free = self._needed(size, batch_size, kv_type), _free_memory()
        sizes = {"needed": readable_size(needed), "free": readable_size(free)}
        if not self._on_gpu and needed > free:
            raise EngineError(no_room, **sizes)
        try:
            context = Context(
                self._model,
                size=size,
                threads=self._threads,
                batch_size=batch_size,
                sequences=1,
                on_gpu=self._on_gpu,
                kv_type=kv_type,
                watch=watch,
                flash_attention=self._load.flash_attention,
                kept_on_gpu=self._plan.context_on_gpu,
            )
        except EngineError as error:  # a graphics card that is full is known only now
            raise EngineError(no_room, **sizes) from error
        try:
            self._adapting.apply_to(context)
        except EngineError:
            context.close()
            raise
        return context, Batch(context.batch_size)

    def _needed(self, size: int, batch_size: int, kv_type: KvType) -> int:
        """Return the bytes of a context and of what computing in it takes."""
        need = processor_need(
            shape_of(self._header),
            self._header.file_size,
            context=size,
            kv_type=kv_type,
            batch_size=batch_size,
        )
        return need.kv_cache + need.compute


def _free_memory() -> int:
    import psutil  # only here, and not needed by the owner

    return int(psutil.virtual_memory().available)
