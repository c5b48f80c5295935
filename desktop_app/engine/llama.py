"""llama.cpp's C API, bound: the one module that imports llama_cpp, and knows a pointer.

Import it in a worker only, once the environment is set: importing it loads the engine build that
LLAMA_CPP_LIB_PATH names, or the installed one. What llama.cpp would answer with an abort of the
process (a batch beyond `batch_size`, use after `close`, two threads on one context) is the caller's
to avoid.
"""

import array
import ctypes
import mmap
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import llama_cpp
import llama_cpp.llama_cpp as c

from desktop_app.domain.errors import EngineError, ErrorCode, ModelError
from desktop_app.domain.fit import KvType, needs_flash_attention
from desktop_app.engine.backend import Backend
from desktop_app.engine.outcome import Outcome

BINDING_VERSION: str = llama_cpp.__version__
"""Version of llama-cpp-python."""

_PIECE_BYTES = 64
"""Bytes that nearly every token fits into; longer ones are asked for again."""
_NOTHING_ADDED = (False, True)
"""llama_tokenize's add_special and parse_special."""
_WITH_DATA = True
_KV_TYPES = {KvType.F16: c.GGML_TYPE_F16, KvType.Q8_0: c.GGML_TYPE_Q8_0, KvType.Q4_0: c.GGML_TYPE_Q4_0}
_LOAD_MODES = {
    (False, False): c.LLAMA_LOAD_MODE_NONE,
    (True, False): c.LLAMA_LOAD_MODE_MMAP,
    (False, True): c.LLAMA_LOAD_MODE_MLOCK,
    (True, True): c.LLAMA_LOAD_MODE_MMAP_MLOCK,
}
"""llama.cpp's name for whether the file is mapped, and whether it is locked in memory."""
_MIROSTAT_TOKENS = 100
"""How many of the likeliest tokens mirostat 1 estimates the distribution's shape from, as in the paper."""
_LOST_COUNT = -(2**31)
"""What llama_tokenize answers where the number of tokens does not fit its answer."""


def engine_folder() -> Path:
    """Return the folder of the libraries in use."""
    return Path(os.path.abspath(c._lib._name)).parent  # noqa: SLF001, PTH100 - resolving links would leave the folder


def engine_version() -> str:
    """Return llama.cpp's version, and the binding's."""
    return f"llama.cpp {_text(c.llama_version())}, llama-cpp-python {BINDING_VERSION}"


def cpu_features() -> tuple[str, ...]:
    """Return which instructions and libraries the loaded CPU code uses, as llama.cpp names them."""
    parts = _text(c.llama_print_system_info()).split("CPU : ")[-1].split("|")
    return tuple(part.split("=")[0].strip() for part in parts if part.strip().endswith("= 1"))


def start_backend(on_abort: Callable[[str], None]) -> Backend:
    """Make the engine build ready to compute; once per process.

    Raises EngineError ENGINE_MISSING where no part of it can compute on this computer.
    """
    backend = Backend(c._lib, engine_folder(), on_abort)  # noqa: SLF001 - the handle has no public name
    c.llama_backend_init()
    if not backend.devices():
        raise EngineError(ErrorCode.ENGINE_MISSING, f"no device in {engine_folder()}: {backend.log()}")
    return backend


class LoadCancelled(Exception):  # noqa: N818 - an outcome, not an error
    """Loading was stopped by its progress callback."""


class Model:
    """The weights and the vocabulary of one model file; the vocabulary may be asked by any thread."""

    def __init__(
        self,
        path: Path,
        *,
        gpu_layers: int,
        extra_buffers: bool,
        on_progress: Callable[[float], bool],
        mmap: bool = True,
        mlock: bool = False,
    ) -> None:
        """Load `path`; `on_progress` gets 0 to 1 and answers whether to go on.

        `extra_buffers` allows weights to be repacked for faster paths of this CPU; `mmap` maps the file,
        `mlock` keeps the weights from being swapped out where the system allows it. Raises
        LoadCancelled, and ModelError MODEL_DAMAGED where llama.cpp refuses (its log says why).
        """
        cancelled = False

        def report(fraction: float, _user_data: int | None) -> bool:
            nonlocal cancelled
            cancelled = cancelled or not on_progress(fraction)
            return not cancelled

        parameters = c.llama_model_default_params()
        parameters.n_gpu_layers = gpu_layers
        parameters.use_extra_bufts = extra_buffers
        parameters.load_mode = _LOAD_MODES[mmap, mlock]
        parameters.progress_callback = c.llama_progress_callback(report)
        self._model = c.llama_model_load_from_file(os.fsencode(path), parameters)
        if not self._model:
            if cancelled:
                raise LoadCancelled
            raise ModelError(ErrorCode.MODEL_DAMAGED, path=str(path))
        self._vocabulary = c.llama_model_get_vocab(self._model)

    @property
    def pointer(self) -> object:
        """The C pointer, for `Context`."""
        return self._model

    @property
    def vocabulary(self) -> object:
        """The C pointer of the vocabulary, for `SamplerChain`."""
        return self._vocabulary

    @property
    def vocabulary_size(self) -> int:
        """How many tokens the model knows."""
        return int(c.llama_vocab_n_tokens(self._vocabulary))

    @property
    def trained_context(self) -> int:
        """Tokens that the model was trained to look at."""
        return int(c.llama_model_n_ctx_train(self._model))

    @property
    def parameter_count(self) -> int:
        """How many weights the model has."""
        return int(c.llama_model_n_params(self._model))

    @property
    def layer_count(self) -> int:
        """How many blocks the model has."""
        return int(c.llama_model_n_layer(self._model))

    @property
    def chat_template(self) -> str:
        """The Jinja source in the file, empty where it has none."""
        return _text(c.llama_model_chat_template(self._model, None))

    @property
    def writes_text(self) -> bool:
        """Whether it continues text from left to right; embedding, encoder and diffusion models do not."""
        return bool(
            c.llama_model_has_decoder(self._model)
            and not c.llama_model_has_encoder(self._model)
            and not c.llama_model_is_diffusion(self._model)
        )

    @property
    def is_recurrent(self) -> bool:
        """Whether its memory, or a part of it, is a state that cannot be taken back to an earlier token."""
        return bool(c.llama_model_is_recurrent(self._model) or c.llama_model_is_hybrid(self._model))

    @property
    def begin_token(self) -> int:
        """The token that opens a text, negative where the vocabulary has none."""
        return int(c.llama_vocab_bos(self._vocabulary))

    @property
    def end_token(self) -> int:
        """The token that closes a text, negative where the vocabulary has none."""
        return int(c.llama_vocab_eos(self._vocabulary))

    @property
    def adds_begin_token(self) -> bool:
        """Whether prompts are to open with `begin_token`."""
        return bool(c.llama_vocab_get_add_bos(self._vocabulary)) and self.begin_token >= 0

    def tokenize(self, text: str) -> list[int]:
        """Return the tokens of `text`, special tokens parsed, nothing added."""
        data = text.encode("utf-8", errors="replace")
        room = len(data) + 8
        while True:
            tokens = (c.llama_token * room)()
            count = c.llama_tokenize(self._vocabulary, data, len(data), tokens, room, *_NOTHING_ADDED)
            if count >= 0:
                return list(tokens[:count])
            if count == _LOST_COUNT:
                raise EngineError(ErrorCode.ENGINE_FAILED, f"{len(data)} bytes could not be tokenized")
            room = -count

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """Return the bytes of `token`; control tokens have none unless `special`."""
        size = _PIECE_BYTES
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = c.llama_token_to_piece(self._vocabulary, token, buffer, size, 0, special)
            if count >= 0:
                return buffer.raw[:count]
            size = -count

    def load_adapter(self, path: Path) -> Any:
        """Return the C pointer of a LoRA adapter, which lives as long as the model; raises ModelError ADAPTER_UNUSABLE."""
        adapter = c.llama_adapter_lora_init(self._model, os.fsencode(path))
        if not adapter:
            raise ModelError(ErrorCode.ADAPTER_UNUSABLE, path=str(path))
        return adapter

    def ends_answer(self, token: int) -> bool:
        """Whether `token` ends an answer (end of text, end of turn and their like)."""
        return bool(c.llama_vocab_is_eog(self._vocabulary, token))

    def close(self) -> None:
        """Free the weights; contexts first. A second call does nothing."""
        if self._model:
            c.llama_model_free(self._model)
            self._model = None


class Batch:
    """The tokens of one decode; `capacity` is the context's `batch_size`."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._batch = c.llama_batch_init(capacity, 0, 1)

    @property
    def value(self) -> object:
        """The C struct, for `Context`."""
        return self._batch

    @property
    def size(self) -> int:
        """How many tokens it holds."""
        return int(self._batch.n_tokens)

    def clear(self) -> None:
        """Take all tokens out."""
        self._batch.n_tokens = 0

    def add(self, token: int, position: int, sequence: int, *, wants_logits: bool) -> int:
        """Add a token at `position` of `sequence` and return its row, by which to sample."""
        batch = self._batch
        row = int(batch.n_tokens)
        batch.token[row] = token
        batch.pos[row] = position
        batch.n_seq_id[row] = 1
        batch.seq_id[row][0] = sequence
        batch.logits[row] = wants_logits
        batch.n_tokens = row + 1
        return row

    def close(self) -> None:
        """Free it; a second call does nothing."""
        if self.capacity:
            c.llama_batch_free(self._batch)
            self.capacity = 0


class SamplerChain:
    """A native chain of samplers for one model; `engine.sampler.build_chain` fills it."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._chain = c.llama_sampler_chain_init(c.llama_sampler_chain_default_params())

    @property
    def pointer(self) -> object:
        """The C pointer, for `Context`."""
        return self._chain

    @property
    def names(self) -> list[str]:
        """llama.cpp's names of the samplers, in order."""
        count = c.llama_sampler_chain_n(self._chain)
        return [_text(c.llama_sampler_name(c.llama_sampler_chain_get(self._chain, i))) for i in range(count)]

    def add_logit_bias(self, biases: Mapping[int, float]) -> None:
        """Add to the logits of single tokens."""
        entries = (c.llama_logit_bias * len(biases))(*(c.llama_logit_bias(*entry) for entry in biases.items()))
        self._add(c.llama_sampler_init_logit_bias(self._model.vocabulary_size, len(biases), entries))

    def add_penalties(self, last_n: int, repeat: float, frequency: float, presence: float) -> None:
        """Make tokens among the last `last_n` less likely."""
        size = self._model.vocabulary_size
        self._add(c.llama_sampler_init_penalties(size, last_n, repeat, frequency, presence))

    def add_dry(
        self, multiplier: float, base: float, allowed_length: int, last_n: int, breakers: Sequence[str]
    ) -> None:
        """Keep sequences among the last `last_n` tokens from going on as they did; `breakers` end a sequence."""
        texts = [breaker.encode("utf-8", errors="replace") for breaker in breakers]
        array_of_texts = (ctypes.c_char_p * len(texts))(*texts)
        vocabulary = self._model.vocabulary
        self._add(
            c.llama_sampler_init_dry(vocabulary, multiplier, base, allowed_length, last_n, array_of_texts, len(texts))
        )

    def add_top_n_sigma(self, n: float) -> None:
        """Keep logits within `n` standard deviations of the highest."""
        self._add(c.llama_sampler_init_top_n_sigma(n))

    def add_top_k(self, k: int) -> None:
        """Keep the `k` likeliest tokens."""
        self._add(c.llama_sampler_init_top_k(k))

    def add_typical(self, p: float) -> None:
        """Keep the tokens of usual surprise until they add up to `p`."""
        self._add(c.llama_sampler_init_typical(p, 1))

    def add_top_p(self, p: float) -> None:
        """Keep the fewest tokens whose probabilities add up to `p`."""
        self._add(c.llama_sampler_init_top_p(p, 1))

    def add_min_p(self, p: float) -> None:
        """Drop tokens less likely than `p` times the likeliest."""
        self._add(c.llama_sampler_init_min_p(p, 1))

    def add_xtc(self, probability: float, threshold: float, seed: int) -> None:
        """Drop the likeliest choices now and then."""
        self._add(c.llama_sampler_init_xtc(probability, threshold, 1, seed))

    def add_temperature(self, temperature: float) -> None:
        """Divide the logits by `temperature`."""
        self._add(c.llama_sampler_init_temp(temperature))

    def add_dynamic_temperature(self, temperature: float, spread: float, exponent: float) -> None:
        """Divide the logits by a temperature that follows their entropy."""
        self._add(c.llama_sampler_init_temp_ext(temperature, spread, exponent))

    def add_mirostat(self, version: int, seed: int, tau: float, eta: float) -> None:
        """Cut and draw so that the surprise stays near `tau`."""
        if version == 1:
            size = self._model.vocabulary_size
            self._add(c.llama_sampler_init_mirostat(size, seed, tau, eta, _MIROSTAT_TOKENS))
        else:
            self._add(c.llama_sampler_init_mirostat_v2(seed, tau, eta))

    def add_adaptive_pick(self, target: float, decay: float, seed: int) -> None:
        """Draw a token about as likely as `target`."""
        self._add(c.llama_sampler_init_adaptive_p(target, decay, seed))

    def add_pick(self, seed: int) -> None:
        """Draw one of the tokens that are left."""
        self._add(c.llama_sampler_init_dist(seed))

    def add_greedy_pick(self) -> None:
        """Take the likeliest token."""
        self._add(c.llama_sampler_init_greedy())

    def accept(self, tokens: Sequence[int]) -> None:
        """Take note of tokens that were there before."""
        for token in tokens:
            c.llama_sampler_accept(self._chain, token)

    def apply(self, logits: Sequence[float]) -> tuple[dict[int, float], int | None]:
        """Run the chain over `logits`, one for each token from 0 on.

        Returns the logits of the tokens that it kept, and the token that it took, if it takes one.
        """
        entries = (c.llama_token_data * len(logits))(
            *(c.llama_token_data(token, logit, 0.0) for token, logit in enumerate(logits))
        )
        candidates = c.llama_token_data_array(entries, len(logits), -1, False)
        c.llama_sampler_apply(self._chain, ctypes.byref(candidates))
        kept = {int(candidates.data[i].id): float(candidates.data[i].logit) for i in range(candidates.size)}
        taken = int(candidates.data[candidates.selected].id) if candidates.selected >= 0 else None
        return kept, taken

    def close(self) -> None:
        """Free the chain; a second call does nothing."""
        if self._chain:
            c.llama_sampler_free(self._chain)
            self._chain = None

    def _add(self, sampler: object) -> None:
        c.llama_sampler_chain_add(self._chain, sampler)


class Context:
    """The working memory of a model: what it has read of each sequence. Used by one thread.

    Only `abort` may be called by others.
    """

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
    ) -> None:
        """Make room for `size` tokens, shared by all `sequences`, each kept as `kv_type`.

        Without a GPU, flash attention stays off, unless `kv_type` demands it. The starter model on two cores, tokens a second with
        and without it: writing after 500 tokens 45 and 66, after 3,000 tokens 20 and 40; reading a
        prompt of 3,000 tokens 220 and 155. With it, logits depend on how a prompt was cut into batches.
        Raises EngineError ENGINE_FAILED where llama.cpp refuses (its log says why).
        """
        self._abort_flag = ctypes.create_string_buffer(2)
        self._abort_callback = _abort_callback(self._abort_flag)
        parameters = c.llama_context_default_params()
        parameters.n_ctx = size
        parameters.n_batch = batch_size
        parameters.n_ubatch = batch_size
        parameters.n_seq_max = sequences
        parameters.n_outputs_max = sequences  # one row of logits each; room for `batch_size` rows is 100 MB and more
        parameters.kv_unified = sequences > 1
        parameters.type_k = parameters.type_v = _KV_TYPES[kv_type]
        if needs_flash_attention(kv_type):
            parameters.flash_attn_type = c.LLAMA_FLASH_ATTN_TYPE_ENABLED
        elif not on_gpu:
            parameters.flash_attn_type = c.LLAMA_FLASH_ATTN_TYPE_DISABLED
        parameters.n_threads = threads
        parameters.n_threads_batch = threads
        parameters.abort_callback = self._abort_callback
        parameters.abort_callback_data = ctypes.addressof(self._abort_flag)
        self._vocabulary_size = model.vocabulary_size
        self._context = c.llama_init_from_model(model.pointer, parameters)
        if not self._context:
            raise EngineError(ErrorCode.ENGINE_FAILED, f"no context of {size} tokens")
        self._memory = c.llama_get_memory(self._context)
        self.batch_size = int(c.llama_n_batch(self._context))
        self.sequences = sequences

    @property
    def size(self) -> int:
        """How many tokens fit; llama.cpp rounds the size asked for."""
        return int(c.llama_n_ctx(self._context))

    def decode(self, batch: Batch) -> Outcome:
        """Compute `batch`; on ABORTED a part of it may stay in the memory.

        Raises EngineError ENGINE_FAILED.
        """
        status = int(c.llama_decode(self._context, batch.value))
        if status < 0:
            raise EngineError(ErrorCode.ENGINE_FAILED, f"llama_decode returned {status}")
        return Outcome(status)

    def sample(self, chain: SamplerChain, row: int) -> int:
        """Choose the token after row `row` of the last batch; the chain takes note of it."""
        return int(c.llama_sampler_sample(chain.pointer, self._context, row))

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

    def forget(self, sequence: int, start: int) -> bool:
        """Forget `sequence` from position `start` on; False where the model cannot forget a part."""
        return bool(c.llama_memory_seq_rm(self._memory, sequence, start, -1))

    def share(self, source: int, target: int, count: int) -> None:
        """Let `target`, which is empty, begin with the first `count` tokens of `source`, in the same cells."""
        c.llama_memory_seq_cp(self._memory, source, target, 0, count)

    def copy_state(self, sequence: int) -> mmap.mmap:
        """Return what is kept of `sequence`, in memory of its own that the caller closes; raises EngineError ENGINE_FAILED."""
        size = int(c.llama_state_seq_get_size(self._context, sequence))
        state = mmap.mmap(-1, max(size, 1))
        buffer = (ctypes.c_uint8 * size).from_buffer(state)
        written = int(c.llama_state_seq_get_data(self._context, buffer, size, sequence))
        del buffer  # a mapping that is pointed at cannot be closed
        if written != size:
            state.close()
            raise EngineError(ErrorCode.ENGINE_FAILED, f"{written} of {size} bytes of a state were written")
        return state

    def restore_state(self, sequence: int, state: mmap.mmap) -> bool:
        """Take a state from `copy_state` in for an empty `sequence`; False where it does not fit, and then it is to be emptied."""
        size = len(state)
        buffer = (ctypes.c_uint8 * size).from_buffer(state)
        read = int(c.llama_state_seq_set_data(self._context, buffer, size, sequence))
        del buffer
        return read == size

    def forget_all(self) -> None:
        """Forget all sequences."""
        c.llama_memory_clear(self._memory, _WITH_DATA)

    def use_threads(self, threads: int) -> None:
        """Compute with `threads` threads from the next decode on."""
        c.llama_set_n_threads(self._context, threads, threads)

    def abort(self) -> None:
        """Make the running decode, or else the next one, return ABORTED soon; from any thread."""
        self._abort_flag[0] = b"\1"

    def clear_abort(self) -> None:
        """Take `abort` back."""
        self._abort_flag[0] = b"\0"

    def close(self) -> None:
        """Free the memory; a second call does nothing."""
        if self._context:
            c.llama_free(self._context)
            self._context = None


def _abort_callback(flag: "ctypes.Array[ctypes.c_char]") -> object:
    """Return a callback that says whether `flag` begins with a byte other than 0.

    llama.cpp asks it for every node of the graph, in its own threads. libc's `strlen` on the flag is
    that question without Python: 0 for an empty string, 1 for "\\1".
    """
    if sys.platform == "win32":
        return c.ggml_abort_callback(lambda _data: flag.raw[0] != 0)
    return ctypes.cast(ctypes.CDLL(None).strlen, c.ggml_abort_callback)


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", errors="replace")
