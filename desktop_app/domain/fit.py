"""Plans a model before it is loaded: how much memory it needs.

Pure functions over the metadata of a file. The formulas are those of llama.cpp as llama-cpp-python
0.3.36 carries it; its source files are named where they are followed. What is no formula there was
measured, and `tests/benchmarks/bench_fit.py` holds all of it against models that are really loaded.

Sizes are in bytes, contexts and windows in tokens, lengths in values, bandwidths in bytes a second.
"""

from enum import StrEnum
from typing import Literal

import msgspec

from desktop_app.domain.gguf_types import TENSOR_BLOCKS
from desktop_app.domain.shape import Shape

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

USUAL_CONTEXT = 8192
"""Tokens of context where none were asked for and the model was trained for more."""

MEMORY_BANDWIDTH = 20e9
"""What decoding gets out of the memory of a usual computer, until it was measured: two channels of DDR4 move 40 to
50 GB/s at best, and llama.cpp reaches about half of it."""

GPU_BANDWIDTH = 200e9
"""The same for a graphics card of the middle class (300 to 400 GB/s by its data sheet)."""

UNIFIED_BANDWIDTH = 60e9
"""The same for the memory that Apple's processors share with their graphics: 68 GB/s for the slowest (M1) by its data
sheet, several times that for others. Not measured here."""

MOST_TOKENS_PER_SECOND = 500.0
"""No more is foretold, however small a model is: beside what a token reads it takes about 2 ms to start the work on each
layer and to choose the token. An assumption, from one model of 8 billion parameters on an NVIDIA H200, which takes 3.4 ms
for a token and reads its weights in some 1.5 of them; not measured with small models or on other cards."""

CHUNK_ON_GPU = 512
CHUNK_OF_SMALL = 256
CHUNK_OF_LARGE = 128
LARGE_PARAMETERS = 1_000_000_000
"""Tokens of a prompt that one decode reads; see `prompt_chunk`."""

_RECURRENT_ROWS = 18
"""Upper estimate of what a recurrent layer computes with at once, in rows as long as the embedding: 13 with a small
model of Mamba's shape, 15 with one of Qwen 3.5's."""
_PIECES = 4
"""ggml-backend.cpp, GGML_SCHED_MAX_COPIES."""
_RECURRENT_COPIES = 3
"""Upper estimate of how many copies of the recurrent states the graph holds besides the stored ones."""


WITHOUT_FLASH = "grok"
"""The one architecture for which llama.cpp never uses flash attention (llama-context.cpp, llama_init_from_model)."""


class KvType(StrEnum):
    """How the context's memory is stored; the values are llama.cpp's names."""

    F16 = "f16"
    Q8_0 = "q8_0"
    Q4_0 = "q4_0"


def needs_flash_attention(kv_type: KvType) -> bool:
    """Return whether llama.cpp keeps a context like this with flash attention only: quantized values are not transposed."""
    return kv_type is not KvType.F16


_KV_BLOCKS = {KvType.F16: TENSOR_BLOCKS[1], KvType.Q8_0: TENSOR_BLOCKS[8], KvType.Q4_0: TENSOR_BLOCKS[2]}


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """Memory in bytes for a `context` in tokens; `process` is the worker itself with its vocabulary.

    `graph` is the part of `compute` that a graphics card holds where it computes; what comes out of it, and the
    processor's own work, stay with the computer. `scores` are the part of `graph` that lies in one piece, those of the
    attention with what asks for them; `result` is the largest that is computed at once, the scores alone, and
    `graph_apart` what is left of `graph` where the processor does that. `pipeline` is what each of several cards holds beside `graph` where
    all layers are on them: they read pieces of a prompt one behind the other.
    """

    context: int
    weights: int
    kv_cache: int
    compute: int
    process: int
    graph: int = 0
    scores: int = 0
    result: int = 0
    graph_apart: int = 0
    pipeline: int = 0

    @property
    def total(self) -> int:
        """All of it, on one device or none."""
        return self.weights + self.kv_cache + self.compute + self.process


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A graphics processor, or a device of another computer ("server"); `bandwidth` 0 where unknown.

    The memory of an integrated one is the computer's. `largest_buffer` is how much is asked for at once, and
    `largest_result` how large a result it computes, 0 for no end. It does flash attention with a context of one of
    `flash_types`; which these are depends on the model.
    """

    name: str
    kind: Literal["gpu", "integrated", "server"]
    free_memory: int
    total_memory: int
    bandwidth: float = 0.0
    largest_buffer: int = 0
    largest_result: int = 0
    flash_types: tuple[KvType, ...] = tuple(KvType)


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """A computer as it is now; `bandwidth` is what decoding gets out of its memory.

    `servers_always` says that other computers hold layers of models that fit without them, too. `seen_at` is when the
    free memory of the devices was told, in seconds since 1970. `cards` is what all graphics cards are called, whether
    layers go there or not.
    """

    free_memory: int
    total_memory: int
    bandwidth: float = MEMORY_BANDWIDTH
    devices: tuple[Device, ...] = ()
    servers_always: bool = False
    seen_at: float = 0.0
    cards: tuple[str, ...] = ()

    @property
    def free_anywhere(self) -> int:
        """What is free in all; the memory of integrated graphics is the computer's."""
        return self.free_memory + sum(device.free_memory for device in self.devices if device.kind != "integrated")


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
    cache_apart: bool = False,
    attends: bool = True,
) -> Need:
    """Return what a loaded model needs once its whole context is in use.

    `batch` and `physical_batch` are the tokens of a decode and of the part of it that is computed at
    once; `sequences` share one cache. With `swa_full`, llama.cpp's default, layers that slide keep the
    whole context all the same. The weights are counted once, as the file has them: what llama.cpp
    copies to arrange it for the processor, it no longer reads from the file. With `cache_apart` a
    graphics card computes with a context that the computer keeps: flash attention takes each layer's
    part of it there while it is that layer's turn, and without it, or where the card does not do it (`attends`), the
    processor does the attention.
    """
    cells = padded(context)
    sliding_cells = cells
    tokens = min(batch, physical_batch, cells)
    if not swa_full:
        sliding_cells = min(cells, padded(shape.sliding_window * sequences + tokens))
    states = shape.state_layers * shape.state_length * sequences * FLOAT_BYTES
    caches = layer_caches(shape, context, kv_type, transposed=not flash_attention, sliding_cells=sliding_cells)
    visits = cache_apart and flash_attention and attends
    visiting = max(caches, default=0) if visits else 0
    graph, work, scores, pipeline = _compute_bytes(
        shape, cells, sliding_cells, tokens, sequences, flash_attention=flash_attention, visiting=visiting
    )
    apart, *_rest = _compute_bytes(shape, 0, 0, tokens, sequences, flash_attention=True)
    on_card = graph
    if cache_apart and not visits:
        on_card, scores = apart, 0
    return Need(
        context=context,
        weights=weights_bytes,
        kv_cache=states + sum(caches),
        compute=graph + work,
        graph=on_card,
        scores=scores,
        result=cells * tokens * shape.head_count * FLOAT_BYTES if scores else 0,
        graph_apart=apart,
        pipeline=pipeline,
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


def parameter_count(shape: Shape) -> int:
    """Return about how many weights there are; norms, biases and a second table of the vocabulary left out."""
    experts = shape.layer_count * shape.expert_count * 3 * shape.embedding_length * shape.feed_forward_length
    return experts + _other_parameters(shape)


def context_size(wanted: int, trained: int) -> int:
    """Return the context that is made where `wanted` was asked for, 0 for none in particular."""
    return wanted or min(trained or USUAL_CONTEXT, USUAL_CONTEXT)


def graph_on(need: Need, device: Device) -> int:
    """Return what the graph takes on a device.

    Scores that are larger than a result of its may be, the processor computes (ggml-backend.cpp,
    ggml_backend_sched_backend_id_from_cur). Those that are larger than what it asks for at once get a buffer of their own, and those of the next layer another one, since what asks for them
    lies in the first by then (ggml-alloc.c, ggml_dyn_tallocr_alloc): 1,074 MB more on an NVIDIA H200 by Vulkan, which
    asks for 1 GiB.
    """
    if 0 < device.largest_result < need.result:
        return need.graph_apart
    return need.graph + (need.scores if 0 < device.largest_buffer < need.scores else 0)


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
    if needs_flash_attention(kv_type) and shape.architecture == WITHOUT_FLASH:
        return False
    block, _ = _KV_BLOCKS[kv_type]
    lengths = (shape.key_length, shape.value_length, shape.sliding_key_length, shape.sliding_value_length)
    return all(length % block == 0 for length in lengths)


def layer_caches(
    shape: Shape, context: int, kv_type: KvType, *, transposed: bool, sliding_cells: int | None = None
) -> list[int]:
    """Return the bytes of each layer's part of the cache, of layers that slide with `sliding_cells` where that is given.

    It follows llama-kv-cache.cpp: without flash attention values are stored transposed, as wide in all layers.
    """
    cells = padded(context)
    kept = shape.kept_values
    widest = shape.widest_values
    rows = {
        (keys, values): _row_bytes(keys, kv_type) + _row_bytes(widest if transposed and values else values, kv_type)
        for keys, values in set(kept)
        if keys
    }
    sizes = [rows.get(each, 0) * cells for each in kept]
    if sliding_cells not in (None, cells):
        for layer, slides in enumerate(shape.sliding_layers):
            sizes[layer] = rows.get(kept[layer], 0) * sliding_cells if slides else sizes[layer]
    return sizes


def _compute_bytes(
    shape: Shape,
    cells: int,
    sliding_cells: int,
    tokens: int,
    sequences: int,
    *,
    flash_attention: bool,
    visiting: int = 0,
) -> tuple[int, int, int, int]:
    """Return the compute buffer, the output buffer with the processor's work buffer, the scores, and what a pipeline adds.

    The compute buffer is as large as the moment of the graph that holds most at once: the attention's
    scores, the feed-forward network, or the logits. Which rows are alive then was found by comparing
    with llama.cpp's 'compute buffer size' for twelve shapes, five contexts, three batch sizes and two
    KV types: 0.94 to 1.15 of it, up to 1.4 with recurrent layers. The work buffer (ggml-cpu.c, ggml_graph_plan) holds the second factor of the largest
    product at 16 bits: the scores, where there are any. `visiting` are bytes of the context that are
    there for the attention alone. Cards in a pipeline have _PIECES copies of all that goes in.
    """
    row = tokens * shape.embedding_length * FLOAT_BYTES
    asked = tokens * shape.head_count * shape.key_length * FLOAT_BYTES
    masked = (cells if any(shape.head_counts_kv) else 0) + (sliding_cells if any(shape.sliding_layers) else 0)
    scores = 0
    inputs = masked * tokens * HALF_BYTES
    if not flash_attention:
        scores = cells * tokens * shape.head_count * FLOAT_BYTES
        inputs = masked * tokens * FLOAT_BYTES + shape.widest_values * tokens * INDEX_BYTES
    wide = tokens * shape.feed_forward_length * max(1, shape.expert_used_count) * FLOAT_BYTES
    logits = sequences * shape.vocabulary_size * FLOAT_BYTES
    peaks = [
        inputs + scores + 3 * row + 2 * asked + visiting,
        inputs + 3 * wide + 4 * row,  # the gate, its partner and their product
        inputs + 2 * shape.expert_used_count * row + 2 * row,  # what the experts say, plain and weighted
        logits + row,
    ]
    if shape.state_layers:
        states = _RECURRENT_COPIES * shape.state_length * sequences * FLOAT_BYTES
        peaks.append(inputs + _RECURRENT_ROWS * row + states)
    work = max(scores, wide) * HALF_BYTES // FLOAT_BYTES
    in_one_piece = scores + asked if scores else 0
    return max(peaks), logits + work, in_one_piece, (_PIECES - 1) * (inputs + row)


def _other_parameters(shape: Shape) -> int:
    """Count attention, the feed-forward network where there are no experts, and one table of the vocabulary."""
    embedding = shape.embedding_length
    kept = sum(map(sum, shape.kept_values))
    attention = embedding * (2 * shape.layer_count * shape.head_count * shape.key_length + kept)
    dense = 0 if shape.expert_count else 3 * shape.layer_count * embedding * shape.feed_forward_length
    return attention + dense + shape.vocabulary_size * embedding


def _row_bytes(values: int, kv_type: KvType) -> int:
    in_block, size = _KV_BLOCKS[kv_type]
    return -(-values // in_block) * size


def padded(context: int) -> int:
    """Return how many cells llama.cpp makes for a context."""
    return -(-context // CELL_STEP) * CELL_STEP
