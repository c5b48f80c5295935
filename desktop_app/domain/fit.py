"""Plans a model before it is loaded: how much memory it needs, whether it fits this computer, how fast it will be.

Pure functions over the metadata of a file. The formulas are those of llama.cpp as llama-cpp-python
0.3.36 carries it; its source files are named where they are followed. What is no formula there was
measured, and `tests/benchmarks/bench_fit.py` holds all of it against models that are really loaded.

Sizes are in bytes, contexts and windows in tokens, lengths in values, bandwidths in bytes a second.
"""

import bisect
from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

import msgspec

from desktop_app.domain.families import FAMILIES, Family
from desktop_app.domain.gguf import Header
from desktop_app.domain.gguf_types import TENSOR_BLOCKS

FLOAT_BYTES = 4
HALF_BYTES = 2
INDEX_BYTES = 8
"""llama.cpp tells with one such number where in the cache a value goes."""

CELL_STEP = 256
"""llama-context.cpp and llama-kv-cache-iswa.cpp round the cells of the cache up to a multiple of this."""

WORKER_BYTES = 47 * 1024 * 1024
"""A worker process without a model: Python, the engine's libraries, threads. Measured: 45 MiB before a model is
loaded and 42 to 49 MiB with one, on Linux with the CPU build."""

VOCABULARY_BYTES = 325
"""What llama.cpp keeps for each token: its text twice, its merges, hash tables. Measured on the vocabularies of
SmolLM2, GPT-2, DeepSeek, Command R, Qwen2, Gemma 4 and Llama 3: 301 to 419; only old ones without merges take 132."""

DEVICE_BYTES = 400 * 1024 * 1024
"""What a driver takes on a graphics card for each process that computes there: usually 300 to 500 MB with CUDA.
Not measured here."""

SAFETY = 1.1
"""What is needed times this has to be free: a prediction is right to 5 %, and free memory changes while one looks."""

COMFORTABLE_SHARE = 0.5
"""Of the computer's memory, for a model that fits well: the other half is for the other programs."""

LEAST_CONTEXT = 2048
"""A question, its answer and a little history; with less than this a model is of no use for chatting."""

USUAL_CONTEXT = 8192
"""Tokens of context where none were asked for and the model was trained for more."""

LEAST_BITS = 2.5
"""Bits for each weight of the smallest quantizations (IQ2, Q2_K) that still answer sensibly."""

USABLE_SPEED = 6.0
"""Tokens a second of somebody who reads along: four to five words."""

MEMORY_BANDWIDTH = 20e9
"""What decoding gets out of the memory of a usual computer, until it was measured: two channels of DDR4 move 40 to
50 GB/s at best, and llama.cpp reaches about half of it."""

GPU_BANDWIDTH = 200e9
"""The same for a graphics card of the middle class (300 to 400 GB/s by its data sheet)."""

CHUNK_ON_GPU = 512
CHUNK_OF_SMALL = 256
CHUNK_OF_LARGE = 128
LARGE_PARAMETERS = 1_000_000_000
"""Tokens of a prompt that one decode reads; see `prompt_chunk`."""

_RECURRENT_ROWS = 18
"""Upper estimate of what a recurrent layer computes with at once, in rows as long as the embedding: 13 with a small
model of Mamba's shape, 15 with one of Qwen 3.5's."""
_RECURRENT_COPIES = 3
"""Upper estimate of how many copies of the recurrent states the graph holds besides the stored ones."""

RECURRENT = FAMILIES[Family.RECURRENT]
"""llm_arch_is_recurrent: no layer looks back at the tokens."""
RECURRENT_TOO = frozenset({"falcon-h1"})
"""Each layer has both a state and a cache."""
MOSTLY_RECURRENT = frozenset({"qwen3next", "qwen35", "qwen35moe", "qwen4exp", "minimax-01"})
"""Unless the file tells otherwise, one layer in `full_attention_interval` (4) looks back, the others have a state."""
FULL_ATTENTION_INTERVAL = 4

GEMMA3N_OWN_CACHES = 20
"""The other layers of this family read the caches of these first ones."""


class _Window(msgspec.Struct, frozen=True):
    """How a family slides, where the file does not tell: one in `period` layers sees everything, the last or the first."""

    period: int
    size: int = 0
    dense_first: bool = False


WINDOWS = {
    "afmoe": _Window(4),
    "cohere2": _Window(4),
    "cohere2moe": _Window(4, dense_first=True),
    "exaone-moe": _Window(4, 128),
    "exaone4": _Window(4),
    "gemma2": _Window(2, 4096),
    "gemma3": _Window(6),
    "gemma3n": _Window(5),
    "gpt-oss": _Window(2),
    "laguna": _Window(4, dense_first=True),
    "llama4": _Window(4, 8192),
    "mellum": _Window(4),
    "muse-glimmer": _Window(4),
    "olmo2": _Window(4),
    "plamo3": _Window(8),
    "smallthinker": _Window(4, dense_first=True),
}
"""After load_arch_hparams of each family in src/models/. Others that carry a window (Phi 3, Qwen 2) are not slid."""


class KvType(StrEnum):
    """How the context's memory is stored; the values are llama.cpp's names."""

    F16 = "f16"
    Q8_0 = "q8_0"
    Q4_0 = "q4_0"


def needs_flash_attention(kv_type: KvType) -> bool:
    """Return whether llama.cpp keeps a context like this with flash attention only: quantized values are not transposed."""
    return kv_type is not KvType.F16


_KV_BLOCKS = {KvType.F16: TENSOR_BLOCKS[1], KvType.Q8_0: TENSOR_BLOCKS[8], KvType.Q4_0: TENSOR_BLOCKS[2]}


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What it takes to plan a model; 0 where a value does not apply.

    `head_counts_kv` has one count for each layer, 0 for those without a cache of their own, or a single
    one for all. `feed_forward_length` is that of one expert in mixtures. `value_length` is 0 where the
    values are computed from the keys. `sliding_layers` tells which layers see `sliding_window` tokens
    only; empty for none. `state_length` values are kept for each of the `state_layers` that have a
    state, whatever the context.
    """

    architecture: str
    layer_count: int
    embedding_length: int
    feed_forward_length: int
    head_count: int
    head_counts_kv: tuple[int, ...]
    key_length: int
    value_length: int
    vocabulary_size: int
    trained_context: int
    expert_count: int = 0
    expert_used_count: int = 0
    sliding_window: int = 0
    sliding_layers: tuple[bool, ...] = ()
    sliding_key_length: int = 0
    sliding_value_length: int = 0
    state_layers: int = 0
    state_length: int = 0

    def heads_kv(self, layer: int) -> int:
        """How many heads `layer` keeps."""
        return self.head_counts_kv[layer if len(self.head_counts_kv) > 1 else 0]

    def slides(self, layer: int) -> bool:
        """Whether `layer` sees the window only."""
        return bool(self.sliding_layers) and self.sliding_layers[layer]

    def kept_values(self, layer: int) -> tuple[int, int]:
        """How many values of the keys and of the values `layer` keeps for each token."""
        heads = self.heads_kv(layer)
        if self.slides(layer):
            return heads * (self.sliding_key_length or self.key_length), heads * (
                self.sliding_value_length or self.value_length
            )
        return heads * self.key_length, heads * self.value_length


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """Memory in bytes for a `context` in tokens; `process` is the worker itself with its vocabulary."""

    context: int
    weights: int
    kv_cache: int
    compute: int
    process: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.kv_cache + self.compute + self.process


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A graphics processor; `bandwidth` 0 where unknown. The memory of an integrated one is the computer's."""

    name: str
    kind: Literal["gpu", "integrated"]
    free_memory: int
    total_memory: int
    bandwidth: float = 0.0


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """A computer as it is now; `bandwidth` is what decoding gets out of its memory."""

    free_memory: int
    total_memory: int
    bandwidth: float = MEMORY_BANDWIDTH
    devices: tuple[Device, ...] = ()


class Fit(StrEnum):
    """Where a model would run."""

    GPU = "gpu"
    PARTLY = "partly"
    MEMORY = "memory"
    TOO_LARGE = "too_large"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How a model fits a computer.

    `need` is for the wanted context, or for the least useful one where only that fits. `context` is the
    largest that fits in the same place, 0 where none does. `gpu_layers` counts the output as one more
    layer, as llama.cpp does. `fits_well` says that the wanted context fits and leaves the other programs
    their memory.
    """

    fit: Fit
    need: Need
    context: int
    gpu_layers: int
    tokens_per_second: float
    fits_well: bool


def shape_of(header: Header) -> Shape:
    """Return the shape of the model that `header` describes, with llama.cpp's defaults (llama-model.cpp, load_hparams)."""
    layers = header.layer_count
    heads = _for_layers(header, "attention.head_count", (0,) * layers)
    head_count = max(heads, default=0)
    share = header.number("embedding_length") // head_count if head_count else 0
    is_latent = header.number("attention.key_length_mla") > 0 and header.number("attention.value_length_mla") > 0
    heads_kv, state_layers = _layers_with_memory(header, _for_layers(header, "attention.head_count_kv", heads))
    state_length = _state_length(header, head_count)
    window, sliding_layers = _sliding(header)
    return Shape(
        architecture=header.architecture,
        layer_count=layers,
        embedding_length=header.number("embedding_length"),
        feed_forward_length=_feed_forward_length(header),
        head_count=head_count,
        head_counts_kv=heads_kv or (0,),
        key_length=header.number("attention.key_length") or share,
        value_length=0 if is_latent else header.number("attention.value_length") or share,
        vocabulary_size=header.lengths.get("tokenizer.ggml.tokens", 0) or header.number("vocab_size"),
        trained_context=header.number("context_length"),
        expert_count=header.number("expert_count"),
        expert_used_count=max(_for_layers(header, "expert_used_count", (0,) * layers), default=0),
        sliding_window=window,
        sliding_layers=sliding_layers,
        sliding_key_length=header.number("attention.key_length_swa"),
        sliding_value_length=header.number("attention.value_length_swa"),
        state_layers=state_layers if state_length else 0,
        state_length=state_length,
    )


def sliding_pattern(layer_count: int, period: int, *, dense_first: bool = False) -> tuple[bool, ...]:
    """Return which layers slide where one in `period` sees everything (llama-hparams.cpp, set_swa_pattern)."""
    dense = 0 if dense_first else period - 1
    return tuple(period == 0 or layer % period != dense for layer in range(layer_count))


def memory_needed(
    shape: Shape,
    weights_bytes: int,
    *,
    context: int,
    kv_type: KvType,
    batch: int,
    physical_batch: int,
    sequences: int = 1,
    flash_attention: bool,
    swa_full: bool = True,
) -> Need:
    """Return what a loaded model needs once its whole context is in use.

    `batch` and `physical_batch` are the tokens of a decode and of the part of it that is computed at
    once; `sequences` share one cache. With `swa_full`, llama.cpp's default, layers that slide keep the
    whole context all the same. The weights are counted once, as the file has them: what llama.cpp
    copies to arrange it for the processor, it no longer reads from the file.
    """
    cells = _padded(context)
    sliding_cells = cells
    tokens = min(batch, physical_batch, cells)
    if not swa_full:
        sliding_cells = min(cells, _padded(shape.sliding_window * sequences + tokens))
    states = shape.state_layers * shape.state_length * sequences * FLOAT_BYTES
    return Need(
        context=context,
        weights=weights_bytes,
        kv_cache=states
        + sum(layer_caches(shape, context, kv_type, transposed=not flash_attention, sliding_cells=sliding_cells)),
        compute=_compute_bytes(shape, cells, sliding_cells, tokens, sequences, flash_attention=flash_attention),
        process=WORKER_BYTES + shape.vocabulary_size * VOCABULARY_BYTES,
    )


def processor_need(
    shape: Shape,
    weights_bytes: int,
    *,
    context: int,
    kv_type: KvType = KvType.F16,
    batch_size: int = 0,
    sequences: int = 1,
) -> Need:
    """Return what a model needs as a worker loads it without a graphics card; a `batch_size` of 0 is the usual one."""
    chunk = batch_size or prompt_chunk(parameter_count(shape), on_gpu=False)
    return memory_needed(
        shape,
        weights_bytes,
        context=context,
        kv_type=kv_type,
        batch=chunk,
        physical_batch=chunk,
        sequences=sequences,
        flash_attention=needs_flash_attention(kv_type),
    )


def bytes_per_token(shape: Shape, weights_bytes: int) -> float:
    """Return how much of the weights is read to write one token: all, but of a mixture only the experts that are asked.

    Taken as if all tensors were quantized alike. What is read of the cache comes on top, and grows
    with the text.
    """
    experts, rest = _expert_parameters(shape), _other_parameters(shape)
    if experts == 0 or shape.expert_used_count == 0:
        return float(weights_bytes)
    return weights_bytes * (rest + experts * shape.expert_used_count / shape.expert_count) / (rest + experts)


def parameter_count(shape: Shape) -> int:
    """Return about how many weights there are; norms, biases and a second table of the vocabulary left out."""
    return _expert_parameters(shape) + _other_parameters(shape)


def context_size(wanted: int, trained: int) -> int:
    """Return the context that is made where `wanted` was asked for, 0 for none in particular."""
    return wanted or min(trained or USUAL_CONTEXT, USUAL_CONTEXT)


def prompt_chunk(parameters: int, *, on_gpu: bool) -> int:
    """Return how many tokens of a prompt one decode reads, where nobody set it otherwise.

    A GPU wants many at once. A CPU gains little beyond this (the starter model reads 277, 291, 309
    and 314 tokens a second in chunks of 64, 128, 256 and 512), and each chunk is a step of the
    progress that a person sees, so a large model takes smaller ones.
    """
    if on_gpu:
        return CHUNK_ON_GPU
    return CHUNK_OF_SMALL if parameters < LARGE_PARAMETERS else CHUNK_OF_LARGE


def can_keep_as(shape: Shape, kv_type: KvType) -> bool:
    """Return whether a context can be kept like this: llama.cpp quantizes whole blocks of each head."""
    block, _ = _KV_BLOCKS[kv_type]
    lengths = (shape.key_length, shape.value_length, shape.sliding_key_length, shape.sliding_value_length)
    return all(length % block == 0 for length in lengths)


def judge(
    shape: Shape, weights_bytes: int, machine: Machine, *, wanted_context: int, kv_type: KvType = KvType.F16
) -> Verdict:
    """Say where a model would run on `machine`, how well, and about how fast.

    The whole model on the graphics card is best, a part of it there is next, then memory alone. Where
    the wanted context fits nowhere, the least useful one is tried. No more is wanted than the model
    was trained for.
    """
    planner = _Planner(shape, weights_bytes, machine, kv_type)
    wanted = min(wanted_context, shape.trained_context or wanted_context)
    context = wanted
    fit = planner.place(context)
    if fit is Fit.TOO_LARGE:
        context = min(wanted, LEAST_CONTEXT)
        fit = planner.place(context)
    if fit is Fit.TOO_LARGE:
        need = planner.need(wanted, on_gpu=False)
        return Verdict(fit=fit, need=need, context=0, gpu_layers=0, tokens_per_second=0.0, fits_well=False)
    gpu_layers = planner.gpu_layers(fit, context)
    return Verdict(
        fit=fit,
        need=planner.need(context, on_gpu=fit is not Fit.MEMORY),
        context=planner.largest_context(fit, context),
        gpu_layers=gpu_layers,
        tokens_per_second=planner.tokens_per_second(gpu_layers),
        fits_well=context == wanted and planner.is_comfortable(fit, context),
    )


def may_fit(parameters: int, machine: Machine) -> bool:
    """Return False for a model that is certain to fit `machine` in no quantization that is of use; 0 parameters may be any."""
    weights = parameters * LEAST_BITS / 8
    free = machine.free_memory + sum(device.free_memory for device in machine.devices if device.kind == "gpu")
    return (weights + WORKER_BYTES) * SAFETY <= free if parameters else True


def calibrate(machine: Machine, measured_tokens_per_second: float, bytes_per_token: float, device: str = "") -> Machine:
    """Return `machine` with the bandwidth that a measured answer shows, of its memory or of the device called so.

    Measured answers of a model like the one in question tell most: small models are slowed by more than
    bandwidth.
    """
    bandwidth = measured_tokens_per_second * bytes_per_token
    if bandwidth <= 0.0:
        return machine
    if not device:
        return msgspec.structs.replace(machine, bandwidth=bandwidth)
    devices = tuple(
        msgspec.structs.replace(known, bandwidth=bandwidth) if known.name == device else known
        for known in machine.devices
    )
    return msgspec.structs.replace(machine, devices=devices)


def suggest(verdicts: Sequence[Verdict]) -> int | None:
    """Return the index of the best choice for a newcomer, None where nothing fits well.

    Of those that fit well and write at least as fast as one reads, the one with the most bytes of
    weights: a larger model knows more, and a finer quantization loses less. Of equals the faster, then
    the first. Where all are slow, the fastest that fits well: a slow answer is better than none.
    """
    good = [index for index, verdict in enumerate(verdicts) if verdict.fits_well]
    fast = [index for index in good if verdicts[index].tokens_per_second >= USABLE_SPEED]
    if fast:
        return max(fast, key=lambda index: (verdicts[index].need.weights, verdicts[index].tokens_per_second))
    return max(good, key=lambda index: verdicts[index].tokens_per_second, default=None)


class _Planner:
    """Tries places and contexts for one model on one computer."""

    def __init__(self, shape: Shape, weights_bytes: int, machine: Machine, kv_type: KvType) -> None:
        self._shape = shape
        self._weights_bytes = weights_bytes
        self._machine = machine
        self._kv_type = kv_type
        self._all_layers = shape.layer_count + 1
        cards = [device for device in machine.devices if device.kind == "gpu"]
        self._is_shared = not cards
        self._devices = cards or list(machine.devices[:1])  # llama.cpp leaves an integrated one aside beside a card

    def need(self, context: int, *, on_gpu: bool) -> Need:
        """Return what the context needs with the worker's settings: on a processor flash attention stays off."""
        if not on_gpu:
            return processor_need(self._shape, self._weights_bytes, context=context, kv_type=self._kv_type)
        chunk = prompt_chunk(parameter_count(self._shape), on_gpu=True)
        return memory_needed(
            self._shape,
            self._weights_bytes,
            context=context,
            kv_type=self._kv_type,
            batch=chunk,
            physical_batch=chunk,
            flash_attention=True,
        )

    def place(self, context: int) -> Fit:
        """Return the best place for `context`."""
        if self._devices:
            layers = self._layers_that_fit(context)
            if layers == self._all_layers:
                return Fit.GPU
            if layers > 0 and not self._is_shared and self._fits_beside(context, layers):
                return Fit.PARTLY
        fits = self.need(context, on_gpu=False).total * SAFETY <= self._machine.free_memory
        return Fit.MEMORY if fits else Fit.TOO_LARGE

    def gpu_layers(self, fit: Fit, context: int) -> int:
        """Return how many layers to put on the graphics card."""
        return self._layers_that_fit(context) if fit in (Fit.GPU, Fit.PARTLY) else 0

    def largest_context(self, fit: Fit, context: int) -> int:
        """Return the largest context up to the trained one that fits in the same place; `context` does."""
        most = max(self._shape.trained_context, context)
        larger = range(_padded(context + 1), most + 1, CELL_STEP)
        count = bisect.bisect_left(larger, True, key=lambda size: self.place(size) is not fit)
        return larger[count - 1] if count else context

    def tokens_per_second(self, gpu_layers: int) -> float:
        """Return about how fast an answer is written: each part of the weights is read at its memory's pace."""
        share = gpu_layers / self._all_layers
        seconds = (1.0 - share) / self._machine.bandwidth
        if self._devices:
            seconds += share / self._device_bandwidth()
        return 1.0 / (seconds * max(1.0, bytes_per_token(self._shape, self._weights_bytes)))

    def is_comfortable(self, fit: Fit, context: int) -> bool:
        """Return whether what lies in the computer's memory leaves enough of it to others."""
        if fit is Fit.GPU and not self._is_shared:
            return True
        need = self.need(context, on_gpu=fit is not Fit.MEMORY)
        layers = self.gpu_layers(fit, context) if fit is Fit.PARTLY else 0
        return self._beside(need, layers) <= self._machine.total_memory * COMFORTABLE_SHARE

    def _device_bandwidth(self) -> float:
        usual = self._machine.bandwidth if self._is_shared else GPU_BANDWIDTH
        return min(device.bandwidth or usual for device in self._devices)

    def _layers_that_fit(self, context: int) -> int:
        """Return how many layers the devices hold, each as large as the next."""
        free = sum(device.free_memory for device in self._devices)
        if self._is_shared:
            free = min(free, self._machine.free_memory)
        need = self.need(context, on_gpu=True)
        room = free / SAFETY - len(self._devices) * (DEVICE_BYTES + need.compute)
        layer = (need.weights + need.kv_cache) / self._all_layers
        return max(0, min(self._all_layers, int(room / layer))) if layer > 0 else 0

    def _fits_beside(self, context: int, layers: int) -> bool:
        return self._beside(self.need(context, on_gpu=True), layers) * SAFETY <= self._machine.free_memory

    def _beside(self, need: Need, layers: int) -> float:
        """Return what stays in the computer's memory while `layers` are elsewhere."""
        rest = (self._all_layers - layers) / self._all_layers
        return (need.weights + need.kv_cache) * rest + need.compute + need.process


def layer_caches(
    shape: Shape, context: int, kv_type: KvType, *, transposed: bool, sliding_cells: int | None = None
) -> list[int]:
    """Return the bytes of each layer's part of the cache, of layers that slide with `sliding_cells` where that is given.

    It follows llama-kv-cache.cpp: without flash attention values are stored transposed, as wide in all layers.
    """
    cells = _padded(context)
    kept = [shape.kept_values(layer) for layer in range(shape.layer_count)]
    widest = max((values for _, values in kept), default=0)
    sizes = []
    for layer, (keys, values) in enumerate(kept):
        row = _row_bytes(keys, kv_type) + _row_bytes(widest if transposed and values else values, kv_type)
        slides = sliding_cells is not None and shape.slides(layer)
        sizes.append(row * (sliding_cells if slides and sliding_cells is not None else cells) if keys else 0)
    return sizes


def _compute_bytes(
    shape: Shape, cells: int, sliding_cells: int, tokens: int, sequences: int, *, flash_attention: bool
) -> int:
    """Return the compute buffer, the output buffer, and the processor's work buffer.

    The compute buffer is as large as the moment of the graph that holds most at once: the attention's
    scores, the feed-forward network, or the logits. Which rows are alive then was found by comparing
    with llama.cpp's 'compute buffer size' for twelve shapes, five contexts, three batch sizes and two
    KV types: 0.94 to 1.15 of it, up to 1.4 with recurrent layers. The work buffer (ggml-cpu.c, ggml_graph_plan) holds the second factor of the largest
    product at 16 bits: the scores, where there are any.
    """
    row = tokens * shape.embedding_length * FLOAT_BYTES
    asked = tokens * shape.head_count * shape.key_length * FLOAT_BYTES
    masked = (cells if any(shape.head_counts_kv) else 0) + (sliding_cells if any(shape.sliding_layers) else 0)
    scores = 0
    inputs = masked * tokens * HALF_BYTES
    if not flash_attention:
        scores = cells * tokens * shape.head_count * FLOAT_BYTES
        widest = max((shape.kept_values(layer)[1] for layer in range(shape.layer_count)), default=0)
        inputs = masked * tokens * FLOAT_BYTES + widest * tokens * INDEX_BYTES
    wide = tokens * shape.feed_forward_length * max(1, shape.expert_used_count) * FLOAT_BYTES
    logits = sequences * shape.vocabulary_size * FLOAT_BYTES
    peaks = [
        inputs + scores + 3 * row + 2 * asked,
        inputs + 3 * wide + 4 * row,  # the gate, its partner and their product
        inputs + 2 * shape.expert_used_count * row + 2 * row,  # what the experts say, plain and weighted
        logits + row,
    ]
    if shape.state_layers:
        states = _RECURRENT_COPIES * shape.state_length * sequences * FLOAT_BYTES
        peaks.append(inputs + _RECURRENT_ROWS * row + states)
    work = max(scores, wide) * HALF_BYTES // FLOAT_BYTES
    return max(peaks) + logits + work


def _expert_parameters(shape: Shape) -> int:
    return shape.layer_count * shape.expert_count * 3 * shape.embedding_length * shape.feed_forward_length


def _other_parameters(shape: Shape) -> int:
    """Count attention, the feed-forward network where there are no experts, and one table of the vocabulary."""
    embedding = shape.embedding_length
    kept = sum(sum(shape.kept_values(layer)) for layer in range(shape.layer_count))
    attention = embedding * (2 * shape.layer_count * shape.head_count * shape.key_length + kept)
    dense = 0 if shape.expert_count else 3 * shape.layer_count * embedding * shape.feed_forward_length
    return attention + dense + shape.vocabulary_size * embedding


def _for_layers(header: Header, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
    """Return the value called `name` for each layer: files hold one for all or one for each."""
    values = header.arrays.get(f"{header.architecture}.{name}", ())
    if len(values) >= header.layer_count > 0:
        return tuple(int(value) for value in values[: header.layer_count])
    number = header.number(name)
    return (number,) * header.layer_count if number else default


def _feed_forward_length(header: Header) -> int:
    """Return the widest layer's length; that of an expert where there are some."""
    experts = _for_layers(header, "expert_feed_forward_length", ())
    if header.number("expert_count") and experts:
        return max(experts)
    return max(_for_layers(header, "feed_forward_length", ()), default=0)


def _layers_with_memory(header: Header, heads_kv: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
    """Return the heads that each layer really keeps, and how many layers have a state (llama-model.cpp, create_memory)."""
    layers, architecture = header.layer_count, header.architecture
    if architecture in RECURRENT:
        return (0,) * layers, layers
    if architecture in MOSTLY_RECURRENT:
        interval = header.number("full_attention_interval") or FULL_ATTENTION_INTERVAL
        usual = tuple(int((layer + 1) % interval != 0) for layer in range(layers))
        recurrent = _for_layers(header, "attention.recurrent_layers", usual)
        heads_kv = tuple(0 if state else heads for heads, state in zip(heads_kv, recurrent, strict=True))
    state_layers = layers if architecture in RECURRENT_TOO else heads_kv.count(0)
    own = layers - header.number("nextn_predict_layers") - header.number("attention.shared_kv_layers")
    if architecture == "gemma3n":
        own = min(own, GEMMA3N_OWN_CACHES)
    return heads_kv[: max(own, 0)] + (0,) * min(layers - own, layers), state_layers


def _state_length(header: Header, head_count: int) -> int:
    """Return how many values a recurrent layer keeps (llama-hparams.cpp, n_embd_r and n_embd_s)."""
    embedding, state = header.number("embedding_length"), header.number("ssm.state_size")
    inner, taps = header.number("ssm.inner_size"), header.number("ssm.conv_kernel")
    if head := header.number("wkv.head_size"):
        return embedding * ((header.number("token_shift_count") or 2) + head)
    if length := header.number("shortconv.l_cache"):
        return embedding * (length - 1) + state * inner
    if head := header.number("kda.head_dim"):
        return head_count * head * (3 * (taps - 1 if taps else 3) + head)
    return max(taps - 1, 0) * (inner + 2 * header.number("ssm.group_count") * state) + state * inner


def _sliding(header: Header) -> tuple[int, tuple[bool, ...]]:
    """Return the window and which layers slide, none where the family does not or the file has no window."""
    layers, family = header.layer_count, WINDOWS.get(header.architecture)
    window = header.number("attention.sliding_window") or (family.size if family else 0)
    pattern = header.arrays.get(f"{header.architecture}.attention.sliding_window_pattern", ())
    if window and layers and len(pattern) >= layers:
        return window, tuple(bool(slides) for slides in pattern[:layers])
    if window and family:
        period = header.number("attention.sliding_window_pattern") or family.period
        return window, sliding_pattern(layers, period, dense_first=family.dense_first)
    return 0, ()


def _row_bytes(values: int, kv_type: KvType) -> int:
    in_block, size = _KV_BLOCKS[kv_type]
    return -(-values // in_block) * size


def _padded(context: int) -> int:
    return -(-context // CELL_STEP) * CELL_STEP
