"""What a model has read, and what it says comes next."""

import array
import ctypes
import mmap
from collections.abc import Sequence
from typing import Any

import llama_cpp.llama_cpp as c
import numpy as np
import numpy.typing as npt

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.fit import KvType, needs_flash_attention
from desktop_app.engine.choices import Likeliest
from desktop_app.engine.graph_watch import GraphWatch
from desktop_app.engine.likeliest import Floats, LikeliestFinder
from desktop_app.engine.llama.batch import Batch
from desktop_app.engine.llama.candidates import Candidates
from desktop_app.engine.llama.model import Model
from desktop_app.engine.llama.native_context import NativeContext
from desktop_app.engine.llama.sampler_chain import SamplerChain
from desktop_app.engine.outcome import Outcome
from desktop_app.engine.token_tree import Ids

_WITH_DATA = True
_KV_TYPES = {KvType.F16: c.GGML_TYPE_F16, KvType.Q8_0: c.GGML_TYPE_Q8_0, KvType.Q4_0: c.GGML_TYPE_Q4_0}
_STATE_FLAGS = {False: c.LLAMA_STATE_SEQ_FLAGS_NONE, True: c.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY}
_SPARE = 32
"""How many more tokens are looked at than are kept, where some may become less likely before."""
_ROW = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32)(("llama_get_logits_ith", c._lib))  # noqa: SLF001
"""Returns a row of logits as a plain address: an object for it would be made for every token."""


class Context(NativeContext):
    """The working memory of a model: what it has read of each sequence. A decode that is given up is ABORTED."""

    def __init__(
        self,
        model: Model,
        *,
        size: int,
        threads: int,
        batch_size: int,
        sequences: int,
        on_gpu: bool,
        kv_type: KvType = KvType.F16,
        rows: int = 0,
        watch: GraphWatch | None = None,
        flash_attention: bool | None = None,
        kept_on_gpu: bool = True,
    ) -> None:
        """Make room for `size` tokens, shared by all `sequences`, each kept as `kv_type`.

        A decode may ask for `rows` rows of logits, one for each sequence where that is 0. With a `watch`, attention
        is computed step by step, so that its weights can be looked at. `flash_attention` of None leaves it to what is
        usual; with `kept_on_gpu` each layer's part of the context lies where the layer is.

        Without a GPU, flash attention stays off, unless `kv_type` demands it. The starter model on two cores, tokens a second with
        and without it: writing after 500 tokens 45 and 66, after 3,000 tokens 20 and 40; reading a
        prompt of 3,000 tokens 220 and 155. With it, logits depend on how a prompt was cut into batches.
        Raises EngineError ENGINE_FAILED where llama.cpp refuses (its log says why).
        """
        super().__init__()
        parameters = c.llama_context_default_params()
        parameters.n_ctx = size
        parameters.n_batch = batch_size
        parameters.n_ubatch = batch_size
        parameters.n_seq_max = sequences
        parameters.n_outputs_max = rows or sequences  # of logits; room for `batch_size` of them is 100 MB and more
        parameters.kv_unified = sequences > 1
        parameters.type_k = parameters.type_v = _KV_TYPES[kv_type]
        if needs_flash_attention(kv_type):
            parameters.flash_attn_type = c.LLAMA_FLASH_ATTN_TYPE_ENABLED
        elif watch is not None or flash_attention is False or (flash_attention is None and not on_gpu):
            parameters.flash_attn_type = c.LLAMA_FLASH_ATTN_TYPE_DISABLED
        elif not on_gpu:
            parameters.flash_attn_type = c.LLAMA_FLASH_ATTN_TYPE_ENABLED
        parameters.offload_kqv = kept_on_gpu
        if watch is not None:
            self._watch_callback = c.ggml_backend_sched_eval_callback(watch.see)
            parameters.cb_eval = self._watch_callback
        parameters.n_threads = threads
        parameters.n_threads_batch = threads
        self._vocabulary_size = model.vocabulary_size
        self._candidates = Candidates(self._vocabulary_size)
        self._finder = LikeliestFinder(self._vocabulary_size)
        self._row, self._row_address, self._row_values = -1, 0, np.empty(0, np.float32)
        self._window = model.sliding_window
        self._open(model, parameters, f"no context of {size} tokens")
        self._memory = c.llama_get_memory(self._context)
        self.batch_size = int(c.llama_n_batch(self._context))
        self.size = int(c.llama_n_ctx(self._context))
        """How many tokens fit; llama.cpp rounds the size asked for."""
        self.sequences = sequences

    def decode(self, batch: Batch) -> Outcome:
        """Compute `batch`; on ABORTED a part of it may stay in the memory.

        A graphics card may still be at it afterwards: whoever asks for logits waits until it is done, and `wait` does.
        Raises EngineError ENGINE_FAILED.
        """
        self._row = -1
        status = int(c.llama_decode(self._context, batch.value))
        if status < 0:
            raise EngineError(ErrorCode.ENGINE_FAILED, f"llama_decode returned {status}")
        return Outcome(status)

    def wait(self, row: int | None = None) -> None:
        """Return once all is computed, with the logits of `row` at hand, where that is a row of theirs.

        To ask for them is to wait for them: with both, a graphics card would be waited for twice.
        """
        if row is None:
            c.llama_synchronize(self._context)
        else:
            self.row(row)

    def sample(self, chain: SamplerChain, row: int) -> int:
        """Choose the token after row `row` of the last batch; the chain takes note of it."""
        token = self._choose_among_few(chain, row)
        if token is None:
            return int(c.llama_sampler_sample(chain.pointer, self._context, row))
        if not chain.is_greedy:
            chain.accept((token,))
        return token

    def choose(self, chain: SamplerChain, row: int, banned: Sequence[int] = ()) -> int:
        """Choose like `sample`, but none of the `banned` tokens, and without taking note of it."""
        token = None if banned else self._choose_among_few(chain, row)
        return chain.choose(self.candidates(row, banned)) if token is None else token

    def _choose_among_few(self, chain: SamplerChain, row: int) -> int | None:
        """Show a chain only the likeliest tokens: it takes the same one, in a third of the time or less.

        None where it may need to see others.
        """
        if chain.is_greedy:
            return self._finder.highest(self.row(row))
        if chain.cut is None:
            return None
        few = self._finder.few(self.row(row), chain.cut.count + (_SPARE if chain.alters else 0), chain.raised)
        if few is not None and chain.deviations:
            few = self._finder.within_sigma(self.row(row), few, chain.deviations)
        if few is None:
            return None
        self._candidates.fill_only(few.tokens, few.logits)
        return chain.choose_among(self._candidates, few.border)

    def candidates(self, row: int, banned: Sequence[int] = (), only: Ids | None = None) -> Candidates:
        """Return every token with its logit after row `row`, or `only` some; in a buffer that the next call uses again."""
        if only is None:
            self._candidates.fill(self.row(row), banned)
        else:
            self._candidates.fill_only(only, self.row(row)[only], banned)
        return self._candidates

    def likeliest(self, logits: Floats, count: int, token: int, known: Sequence[int] = ()) -> Likeliest:
        """Return the `count` likeliest tokens by a row of logits, unless they are `known`, and how likely `token` is there."""
        return self._finder.look(logits, count, token, known)

    def copy_row(self, row: int) -> Floats:
        """Return a copy of what `row` returns."""
        return self.row(row).copy()

    def row(self, row: int) -> Floats:
        """Return the logits of row `row` of the last batch, which wanted them; they hold until the next batch."""
        if row != self._row:
            address = _ROW(self._context, row)
            if address != self._row_address:  # mostly the next batch has it in the same place
                values = (ctypes.c_float * self._vocabulary_size).from_address(address)
                self._row_address, self._row_values = address, np.ctypeslib.as_array(values)
            self._row = row
        return self._row_values

    def logits(self, row: int) -> "array.array[float]":
        """Return a copy of the logits of row `row` of the last batch, which wanted them."""
        pointer = c.llama_get_logits_ith(self._context, row)
        values = array.array("f")
        values.frombytes(ctypes.string_at(pointer, self._vocabulary_size * values.itemsize))
        return values

    def apply_adapters(self, adapters: Sequence[tuple[Any, float]]) -> None:
        """Apply these LoRA adapters, each with its scale, and no others; what was read before is to be forgotten.

        Raises EngineError ENGINE_FAILED.
        """
        count = len(adapters)
        pointers = (c.llama_adapter_lora_p_ctypes * count)(*(pointer for pointer, _ in adapters))
        scales = (ctypes.c_float * count)(*(scale for _, scale in adapters))
        status = int(c.llama_set_adapters_lora(self._context, pointers, count, scales))
        if status != 0:
            raise EngineError(ErrorCode.ENGINE_FAILED, f"llama_set_adapters_lora returned {status}")

    def apply_control(self, directions: "npt.NDArray[np.float32] | None") -> None:
        """Add a row of `directions` to what each layer from the second on hands on; None for nothing.

        `directions` has a row for each layer but the first, each as long as the model's embedding. What was read
        before is to be forgotten. Raises EngineError ENGINE_FAILED.
        """
        if directions is None:
            c.llama_set_adapter_cvec(self._context, None, 0, 0, 0, 0)
            return
        rows, length = directions.shape
        data = np.ascontiguousarray(directions, np.float32).ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        status = int(c.llama_set_adapter_cvec(self._context, data, rows * length, length, 1, rows))
        if status != 0:
            raise EngineError(ErrorCode.ENGINE_FAILED, f"llama_set_adapter_cvec returned {status}")

    def forget(self, sequence: int, start: int) -> bool:
        """Forget `sequence` from position `start` on; False where the model cannot go on from there.

        A recurrent one cannot forget a part. Of layers with a sliding window a restored state has only the last
        window, and what is forgotten of it leaves too little to look back at.
        """
        if not c.llama_memory_seq_rm(self._memory, sequence, start, -1):
            return False
        if not self._window or start == 0:
            return True
        first = int(c.llama_memory_seq_pos_min(self._memory, sequence))  # negative where a layer has nothing left
        return 0 <= first <= max(0, start - self._window)

    def share(self, source: int, target: int, count: int) -> None:
        """Let `target`, which is empty, begin with the first `count` tokens of `source`, in the same cells."""
        c.llama_memory_seq_cp(self._memory, source, target, 0, count)

    def copy_state(self, sequence: int, *, partial: bool = False) -> mmap.mmap:
        """Return what is kept of `sequence`, in memory of its own that the caller closes.

        `partial` leaves out what the model can forget in part. Raises EngineError ENGINE_FAILED.
        """
        size = int(c.llama_state_seq_get_size_ext(self._context, sequence, _STATE_FLAGS[partial]))
        state = mmap.mmap(-1, max(size, 1))
        buffer = (ctypes.c_uint8 * size).from_buffer(state)
        written = int(c.llama_state_seq_get_data_ext(self._context, buffer, size, sequence, _STATE_FLAGS[partial]))
        del buffer  # a mapping that is pointed at cannot be closed
        if written != size:
            state.close()
            raise EngineError(ErrorCode.ENGINE_FAILED, f"{written} of {size} bytes of a state were written")
        return state

    def restore_state(self, sequence: int, state: mmap.mmap, *, partial: bool = False) -> bool:
        """Take a state from `copy_state` in for an empty `sequence`, a `partial` one for a sequence that has gone on.

        False where it does not fit, and then the sequence is to be emptied.
        """
        size = len(state)
        buffer = (ctypes.c_uint8 * size).from_buffer(state)
        read = int(c.llama_state_seq_set_data_ext(self._context, buffer, size, sequence, _STATE_FLAGS[partial]))
        del buffer
        return read == size

    def forget_all(self) -> None:
        """Forget all sequences."""
        c.llama_memory_clear(self._memory, _WITH_DATA)

    def use_threads(self, threads: int) -> None:
        """Compute with `threads` threads from the next decode on."""
        c.llama_set_n_threads(self._context, threads, threads)
