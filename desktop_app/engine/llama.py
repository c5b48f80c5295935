"""llama.cpp's C API, bound: the one module that imports llama_cpp, and knows a pointer.

Import it in a worker only, once the environment is set: importing it loads the engine build that
LLAMA_CPP_LIB_PATH names, or the installed one. What llama.cpp would answer with an abort of the
process (a batch beyond `batch_size`, use after `close`, two threads on one context) is the caller's
to avoid.
"""

import array
import ctypes
import functools
import json
import mmap
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import llama_cpp
import llama_cpp.llama_cpp as c
import numpy as np
import numpy.typing as npt
from llama_cpp.llama_grammar import json_schema_to_gbnf

from desktop_app.domain.errors import EngineError, ErrorCode, ModelError
from desktop_app.domain.fit import KvType, needs_flash_attention
from desktop_app.domain.gbnf import grammar_flaw
from desktop_app.domain.json_schema import lost_keywords
from desktop_app.domain.samplers import SMALLEST
from desktop_app.domain.traces import Piece
from desktop_app.engine.backend import Backend
from desktop_app.engine.chain_watch import ENTRY, ChainWatch, Entries
from desktop_app.engine.choices import Likeliest
from desktop_app.engine.graph_watch import GraphWatch
from desktop_app.engine.likeliest import LikeliestFinder, Places
from desktop_app.engine.outcome import Outcome
from desktop_app.engine.placement import Placement
from desktop_app.engine.token_tree import Ids, TokenTree

BINDING_VERSION: str = llama_cpp.__version__
"""Version of llama-cpp-python."""

_PIECE_BYTES = 64
"""Bytes that nearly every token fits into; longer ones are asked for again."""
_SPECIAL = True
"""llama_tokenize's parse_special."""
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
_STATE_FLAGS = {False: c.LLAMA_STATE_SEQ_FLAGS_NONE, True: c.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY}
_WATCHING = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
"""A sampler's function that gets candidates, as plain addresses: objects for them would be made for every token."""
_WATCH_NAME = ctypes.c_char_p(b"watch")
_NAMING = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(
    lambda _sampler: ctypes.cast(_WATCH_NAME, ctypes.c_void_p).value
)
_ROW = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32)(("llama_get_logits_ith", c._lib))  # noqa: SLF001
"""Returns a row of logits as a plain address: an object for it would be made for every token."""
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


def most_devices() -> int:
    """Return how many devices a model can be split over at most."""
    return int(c.llama_max_devices())


def start_backend(on_abort: Callable[[str], None], parts: Sequence[str] = ()) -> Backend:
    """Make the engine build ready to compute; once per process. `parts` are the libraries to load of a build in parts.

    Raises EngineError ENGINE_MISSING where no part of it can compute on this computer.
    """
    backend = Backend(c._lib, engine_folder(), on_abort, parts)  # noqa: SLF001 - the handle has no public name
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
        extra_buffers: bool,
        on_progress: Callable[[float], bool],
        mmap: bool = True,
        mlock: bool = False,
        placement: Placement | None = None,
    ) -> None:
        """Load `path`; `on_progress` gets 0 to 1 and answers whether to go on. Without a `placement` it stays off the GPU.

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
        parameters.n_gpu_layers = 0
        no_devices = (ctypes.c_void_p * 1)()
        if placement is not None and placement.gpu_layers:
            placement.apply(parameters)
        else:  # else prompts would be computed on a graphics card all the same
            parameters.devices = ctypes.addressof(no_devices)
        parameters.use_extra_bufts = extra_buffers
        parameters.load_mode = _LOAD_MODES[mmap, mlock]
        parameters.progress_callback = c.llama_progress_callback(report)
        self._model = c.llama_model_load_from_file(os.fsencode(path), parameters)
        if not self._model:
            if cancelled:
                raise LoadCancelled
            raise ModelError(ErrorCode.MODEL_DAMAGED, path=str(path))
        self._vocabulary = c.llama_model_get_vocab(self._model)
        self._pieces: dict[int, Piece] = {}

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
    def embedding_length(self) -> int:
        """How many numbers stand for a token between the layers."""
        return int(c.llama_model_n_embd(self._model))

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
    def sliding_window(self) -> int:
        """How many tokens back the layers with a window look, 0 where none has one."""
        return int(c.llama_model_n_swa(self._model))

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

    def tokenize(self, text: str | bytes, *, opened: bool = False) -> list[int]:
        """Return the tokens of `text`, special tokens parsed; with `opened`, what the model wants around a text is added."""
        data = text if isinstance(text, bytes) else text.encode("utf-8", errors="replace")
        room = len(data) + 8
        while True:
            tokens = (c.llama_token * room)()
            count = c.llama_tokenize(self._vocabulary, data, len(data), tokens, room, opened, _SPECIAL)
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

    def named_piece(self, token: int) -> Piece:
        """Return the bytes of `token`, for a control token its name; the same few are asked for again and again."""
        known = self._pieces.get(token)
        if known is None:
            name = self.piece(token, special=True)
            known = self._pieces[token] = Piece(name, bool(name) and not self.piece(token))
        return known

    def load_adapter(self, path: Path) -> Any:
        """Return the C pointer of a LoRA adapter, which lives as long as the model; raises ModelError ADAPTER_UNUSABLE."""
        adapter = c.llama_adapter_lora_init(self._model, os.fsencode(path))
        if not adapter:
            raise ModelError(ErrorCode.ADAPTER_UNUSABLE, path=str(path))
        return adapter

    @functools.cached_property
    def token_tree(self) -> TokenTree:
        """Which tokens begin with which; made when a grammar first needs it."""
        count = self.vocabulary_size
        pieces = [self.piece(token, special=True) for token in range(count)]
        return TokenTree(pieces, [token for token in range(count) if self.ends_answer(token)])

    def grammar(self, text: str) -> "Grammar":
        """Return the grammar that `text`, in GBNF, describes; raises EngineError GRAMMAR_INVALID."""
        return Grammar(self, text)

    def ends_answer(self, token: int) -> bool:
        """Whether `token` ends an answer (end of text, end of turn and their like)."""
        return bool(c.llama_vocab_is_eog(self._vocabulary, token))

    def is_control(self, token: int) -> bool:
        """Whether `token` is a control token: it marks turns and the like, and stands for no text."""
        return bool(c.llama_vocab_is_control(self._vocabulary, token))

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


class Candidates:
    """The tokens that may come next, with their logits: what samplers reorder, cut and choose from."""

    def __init__(self, vocabulary_size: int) -> None:
        self._ids = np.arange(vocabulary_size, dtype=np.int32)
        self._entries = np.zeros(vocabulary_size, dtype=ENTRY)
        self._data: Any = self._entries.ctypes.data_as(c.llama_token_data_p)
        self._array = c.llama_token_data_array(self._data, vocabulary_size, -1, False)

    @property
    def pointer(self) -> object:
        """The C pointer, for samplers."""
        return ctypes.byref(self._array)

    @property
    def taken(self) -> int | None:
        """The token that a sampler chose, None while none has."""
        place = self._array.selected
        return int(self._array.data[place].id) if place >= 0 else None

    def fill(self, logits: "npt.NDArray[np.float32]", banned: Sequence[int] = ()) -> None:
        """Begin anew with every token, and its logit; the `banned` ones cannot be chosen."""
        self._entries["id"] = self._ids
        self._entries["logit"] = logits
        if banned:
            self._entries["logit"][list(banned)] = -np.inf
        self._begin(len(self._ids))

    def fill_only(self, tokens: "Ids | Places", logits: "npt.NDArray[np.float32]", banned: Sequence[int] = ()) -> None:
        """Begin anew with `tokens` alone; `logits` has those of every token."""
        entries = self._entries[: len(tokens)]
        entries["id"] = tokens
        entries["logit"] = logits[tokens]
        if banned:
            entries["logit"][np.isin(tokens, banned)] = -np.inf
        self._begin(len(tokens))

    def _begin(self, size: int) -> None:
        self._array.data, self._array.size = self._data, size
        self._array.selected, self._array.sorted = -1, False

    def __len__(self) -> int:
        """How many tokens samplers have left."""
        return int(self._array.size)

    def logits(self) -> dict[int, float]:
        """Return the logits of the tokens that samplers have left."""
        left = self._left
        return dict(zip(left["id"].tolist(), left["logit"].tolist(), strict=True))

    @property
    def _left(self) -> Entries:
        data: Any = self._array.data
        start = ctypes.addressof(data.contents) - self._entries.ctypes.data
        first = start // ENTRY.itemsize  # XTC drops the first ones by moving the pointer
        return self._entries[first : first + self._array.size]


class Grammar:
    """Which tokens may follow, by a grammar in llama.cpp's GBNF; it has to be told of each token that was taken."""

    def __init__(self, model: Model, text: str) -> None:
        """Compile `text`, which has a rule `root`; raises EngineError GRAMMAR_INVALID."""
        if "\0" in text or not text.strip():
            raise EngineError(
                ErrorCode.GRAMMAR_INVALID, "it is empty, or has a zero in it"
            )  # llama.cpp would allow all
        flaw = grammar_flaw(text)  # some would take all memory, or end the process
        if flaw is not None:
            raise EngineError(ErrorCode.GRAMMAR_INVALID, f"{flaw.words} ({flaw.line}:{flaw.column})")
        self._grammar = c.llama_sampler_init_grammar(model.vocabulary, text.encode("utf-8", "replace"), b"root")
        if not self._grammar:
            raise EngineError(ErrorCode.GRAMMAR_INVALID, "llama_sampler_init_grammar refused it")
        self._model = model
        self._one: Any = c.llama_token_data(0, 0.0, 0.0)

    def allows(self, token: int) -> bool:
        """Return whether `token` may come next."""
        self._one.id, self._one.logit = token, 1.0
        candidates = c.llama_token_data_array(ctypes.pointer(self._one), 1, -1, False)
        c.llama_sampler_apply(self._grammar, ctypes.byref(candidates))
        return bool(self._one.logit == 1.0)

    def restrict(self, candidates: Candidates) -> None:
        """Rule out every token that may not come next; takes milliseconds."""
        c.llama_sampler_apply(self._grammar, candidates.pointer)

    def possible(self) -> Ids | None:
        """Return the tokens that may come next, where they are few; None where `restrict` is as quick."""
        return self._model.token_tree.allowed(self._among)

    def _among(self, tokens: Ids) -> Ids:
        """Return those of `tokens` that may come next."""
        entries = np.zeros(len(tokens), ENTRY)
        entries["id"] = tokens
        data: Any = entries.ctypes.data_as(c.llama_token_data_p)
        candidates = c.llama_token_data_array(data, len(tokens), -1, False)
        c.llama_sampler_apply(self._grammar, ctypes.byref(candidates))
        allowed: Ids = tokens[entries["logit"] == 0.0]
        return allowed

    def accept(self, token: int) -> None:
        """Go on behind `token`, which is allowed; another one would end the process."""
        c.llama_sampler_accept(self._grammar, token)

    def close(self) -> None:
        """Free it; a second call does nothing."""
        if self._grammar:
            c.llama_sampler_free(self._grammar)
            self._grammar = None


def grammar_of_schema(schema: str) -> str:
    """Return the grammar of the JSON texts that `schema`, a JSON Schema, allows.

    llama.cpp's own converter does it; what lies behind addresses is not fetched. Raises EngineError
    SCHEMA_INVALID, and SCHEMA_KEYWORD for what the converter would pass over.
    """
    try:
        parsed = json.loads(schema)
        if not isinstance(parsed, dict):
            raise EngineError(ErrorCode.SCHEMA_INVALID, "it is not an object")
        lost = lost_keywords(parsed)
        if lost:
            raise EngineError(ErrorCode.SCHEMA_KEYWORD, keyword=min(lost))
        return str(json_schema_to_gbnf(schema))
    except (json.JSONDecodeError, RecursionError) as error:
        raise EngineError(ErrorCode.SCHEMA_INVALID, str(error)) from error
    except (AssertionError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise EngineError(ErrorCode.SCHEMA_INVALID, f"{type(error).__name__}: {error}") from error


class SamplerChain:
    """A native chain of samplers for one model; `engine.sampler.build_chain` fills it."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._chain = c.llama_sampler_chain_init(c.llama_sampler_chain_default_params())
        self._first: ChainWatch | None = None
        self._left: ChainWatch | None = None
        self._watching: list[object] = []  # what llama.cpp only points at
        self._is_empty = True
        self.likeliest = 0
        """How many of the likeliest candidates it looks at, whatever the others are; 0 where it may look at all."""
        self.is_greedy = False
        """Whether it takes the likeliest candidate, and does nothing else."""

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
        if self._is_empty:
            self.likeliest = k
        self._add(c.llama_sampler_init_top_k(k))

    def add_typical(self, p: float) -> None:
        """Keep the tokens of usual surprise until they add up to `p`.

        Tokens without any probability go first: with one of them llama.cpp's entropy is no number, and what it keeps
        is left to chance.
        """
        self._add(c.llama_sampler_init_min_p(SMALLEST, 1))
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
        self.is_greedy = self._is_empty
        self._add(c.llama_sampler_init_greedy())

    def add_first_watch(self, count: int) -> None:
        """Note the first `count` of the candidates as they are at this place, each time that a token is chosen."""
        self._first = self._add_watch(ChainWatch(count))

    def add_left_watch(self) -> None:
        """Note what is left of the candidates at this place, each time that a token is chosen."""
        self._left = self._add_watch(ChainWatch())

    @property
    def first(self) -> tuple[int, ...]:
        """The first candidates as they were at the place that notes them; none where there is no such place."""
        return self._first.first() if self._first is not None else ()

    def probabilities(self, tokens: Sequence[int]) -> list[float]:
        """Return how likely each of `tokens` was when one was chosen last, by what was left; 0 for one that was cut.

        The chain ends with `add_left_watch`, behind a pick that draws.
        """
        assert self._left is not None
        return self._left.probabilities(tokens)

    def accept(self, tokens: Sequence[int]) -> None:
        """Take note of tokens that were there before."""
        for token in tokens:
            c.llama_sampler_accept(self._chain, token)

    def apply(self, candidates: Candidates) -> None:
        """Let each sampler of the chain reorder, cut and choose from `candidates`."""
        c.llama_sampler_apply(self._chain, candidates.pointer)

    def choose(self, candidates: Candidates) -> int:
        """Run the chain over `candidates` and return the token that it takes; it does not take note of it."""
        self.apply(candidates)
        taken = candidates.taken
        assert taken is not None, "a chain ends with what takes one"
        return taken

    def close(self) -> None:
        """Free the chain; a second call does nothing."""
        if self._chain:
            c.llama_sampler_free(self._chain)
            self._chain = None

    def _add(self, sampler: object) -> None:
        self._is_empty = False
        c.llama_sampler_chain_add(self._chain, sampler)

    def _add_watch(self, watch: ChainWatch) -> ChainWatch:
        apply = _WATCHING(watch.see)
        interface = c.llama_sampler_i(
            name=ctypes.cast(_NAMING, c.llama_sampler_i_name), apply=ctypes.cast(apply, c.llama_sampler_i_apply)
        )
        self._watching += (apply, interface)
        self._add(c.llama_sampler_init(ctypes.byref(interface), None))
        return watch


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
        self._abort_flag = ctypes.create_string_buffer(2)
        self._abort_callback = _abort_callback(self._abort_flag)
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
        parameters.abort_callback = self._abort_callback
        parameters.abort_callback_data = ctypes.addressof(self._abort_flag)
        self._vocabulary_size = model.vocabulary_size
        self._candidates = Candidates(self._vocabulary_size)
        self._finder = LikeliestFinder(self._vocabulary_size)
        self._row_address, self._row_values = 0, np.empty(0, np.float32)
        self._window = model.sliding_window
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

        A graphics card may still be at it afterwards: whoever asks for logits waits until it is done, and `wait` does.
        Raises EngineError ENGINE_FAILED.
        """
        status = int(c.llama_decode(self._context, batch.value))
        if status < 0:
            raise EngineError(ErrorCode.ENGINE_FAILED, f"llama_decode returned {status}")
        return Outcome(status)

    def wait(self) -> None:
        """Return once all is computed."""
        c.llama_synchronize(self._context)

    def sample(self, chain: SamplerChain, row: int) -> int:
        """Choose the token after row `row` of the last batch; the chain takes note of it.

        A chain that looks only at the likeliest ones is shown no others: it takes the same token, in a third of the time or less.
        """
        if chain.is_greedy:
            return int(self._row(row).argmax())
        logits = self._row(row)
        few = self._finder.few(logits, chain.likeliest)
        if few is None:
            return int(c.llama_sampler_sample(chain.pointer, self._context, row))
        self._candidates.fill_only(few, logits)
        token = chain.choose(self._candidates)
        chain.accept((token,))
        return token

    def candidates(self, row: int, banned: Sequence[int] = (), only: Ids | None = None) -> Candidates:
        """Return every token with its logit after row `row`, or `only` some; in a buffer that the next call uses again."""
        if only is None:
            self._candidates.fill(self._row(row), banned)
        else:
            self._candidates.fill_only(only, self._row(row), banned)
        return self._candidates

    def likeliest(self, row: int, count: int, token: int, known: Sequence[int] = ()) -> Likeliest:
        """Return the `count` likeliest tokens after row `row`, unless they are `known`, and how likely `token` is there."""
        return self._finder.look(self._row(row), count, token, known)

    def _row(self, row: int) -> "npt.NDArray[np.float32]":
        address = _ROW(self._context, row)
        if address != self._row_address:  # mostly the same one is asked for again
            values = (ctypes.c_float * self._vocabulary_size).from_address(address)
            self._row_address, self._row_values = address, np.ctypeslib.as_array(values)
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


class EmbeddingContext:
    """Turns texts into vectors by a model that is loaded already; used by one thread, but for `abort`."""

    def __init__(self, model: Model, *, size: int, threads: int) -> None:
        """Make room for texts of `size` tokens; raises EngineError ENGINE_FAILED where llama.cpp refuses."""
        self._abort_flag = ctypes.create_string_buffer(2)
        self._abort_callback = _abort_callback(self._abort_flag)
        parameters = c.llama_context_default_params()
        parameters.abort_callback = self._abort_callback
        parameters.abort_callback_data = ctypes.addressof(self._abort_flag)
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
        self._abort_flag[0] = b"\1"

    def clear_abort(self) -> None:
        """Take `abort` back."""
        self._abort_flag[0] = b"\0"

    def close(self) -> None:
        """Free it; a second call does nothing."""
        if self._context:
            c.llama_free(self._context)
            self._context = None


def _abort_callback(flag: "ctypes.Array[ctypes.c_char]") -> object:
    """Return a callback that says whether `flag` begins with a byte other than 0.

    llama.cpp asks it for every node of the graph, in its own threads. libc's `strlen` on the flag is
    that question without Python: 0 for an empty string, 1 for "\\1".
    """
    asked: object
    if sys.platform == "win32":
        asked = c.ggml_abort_callback(lambda _data: flag.raw[0] != 0)
    else:
        asked = ctypes.cast(ctypes.CDLL(None).strlen, c.ggml_abort_callback)
    return asked


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", errors="replace")
