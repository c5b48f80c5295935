"""Planning a model's memory: what it needs, where it fits, how fast it will be, and which to suggest."""

from functools import partial
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.fit import (
    KvType,
    can_keep_as,
    context_size,
    memory_needed,
    parameter_count,
    processor_need,
    prompt_chunk,
)
from desktop_app.domain.gguf import Header, Scalar, read_header, read_prefix
from desktop_app.domain.shape import Shape, shape_of, sliding_pattern

GB = 1_000_000_000
STARTER_BYTES = 98_362_432

QWEN3_8B = Shape(
    architecture="qwen3",
    layer_count=36,
    embedding_length=4096,
    feed_forward_length=12288,
    head_count=32,
    head_counts_kv=(8,),
    key_length=128,
    value_length=128,
    vocabulary_size=151936,
    trained_context=40960,
)
QWEN3_8B_BYTES = 5_027_783_488
QWEN3_30B_A3B = msgspec.structs.replace(
    QWEN3_8B,
    architecture="qwen3moe",
    layer_count=48,
    embedding_length=2048,
    feed_forward_length=768,
    head_counts_kv=(4,),
    expert_count=128,
    expert_used_count=8,
)

needed = partial(memory_needed, batch=256, physical_batch=256, flash_attention=True)


def header(arrays: dict[str, tuple[int, ...]] | None = None, **values: Scalar) -> Header:
    """A header of architecture 'x', or of `architecture`; two underscores stand for a dot."""
    architecture = str(values.pop("architecture", "x"))
    named = {f"{architecture}.{name.replace('__', '.')}": value for name, value in values.items()}
    return Header(
        metadata={"general.architecture": architecture} | named,
        lengths={"tokenizer.ggml.tokens": 1000},
        arrays={f"{architecture}.{name}": numbers for name, numbers in (arrays or {}).items()},
        file_size=1,
        needed_size=1,
    )


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    layers = draw(st.integers(1, 64))
    slides = draw(st.booleans())
    experts = draw(st.sampled_from([0, 0, 8, 128]))
    return Shape(
        architecture="any",
        layer_count=layers,
        embedding_length=draw(st.integers(64, 8192)),
        feed_forward_length=draw(st.integers(64, 32768)),
        head_count=draw(st.integers(1, 64)),
        head_counts_kv=tuple(draw(st.lists(st.integers(0, 16), min_size=layers, max_size=layers))),
        key_length=draw(st.sampled_from([64, 96, 128, 256])),
        value_length=draw(st.sampled_from([0, 64, 128, 256])),
        vocabulary_size=draw(st.integers(256, 300_000)),
        trained_context=draw(st.sampled_from([0, 2048, 8192, 131_072])),
        expert_count=experts,
        expert_used_count=experts and draw(st.integers(1, experts)),
        sliding_window=512 if slides else 0,
        sliding_layers=sliding_pattern(layers, 6) if slides else (),
        state_layers=draw(st.integers(0, layers)),
        state_length=draw(st.integers(0, 500_000)),
    )


contexts = st.integers(1, 200_000)
types = st.sampled_from(KvType)


@given(shapes(), contexts, contexts, types, st.booleans(), st.booleans())
def test_more_context_never_needs_less(
    shape: Shape, one: int, other: int, kv_type: KvType, flash: bool, full: bool
) -> None:
    smaller, larger = (
        needed(shape, GB, context=context, kv_type=kv_type, flash_attention=flash, swa_full=full)
        for context in sorted((one, other))
    )
    assert smaller.total <= larger.total
    assert smaller.kv_cache <= larger.kv_cache


@given(shapes(), contexts)
def test_a_quantized_context_needs_less(shape: Shape, context: int) -> None:
    f16, q8, q4 = (needed(shape, GB, context=context, kv_type=kv_type).kv_cache for kv_type in KvType)
    assert q4 <= q8 <= f16
    if any(shape.head_counts_kv):
        assert q4 < q8 < f16


@given(shapes(), contexts, st.integers(1, 16))
def test_windows_sequences_and_attention(shape: Shape, context: int, sequences: int) -> None:
    usual = needed(shape, GB, context=context, kv_type=KvType.F16, sequences=sequences)
    windows_only = needed(shape, GB, context=context, kv_type=KvType.F16, sequences=sequences, swa_full=False)
    scores = needed(shape, GB, context=context, kv_type=KvType.F16, sequences=sequences, flash_attention=False)
    alone = needed(shape, GB, context=context, kv_type=KvType.F16)
    assert windows_only.kv_cache <= usual.kv_cache
    assert scores.compute >= usual.compute
    assert alone.total <= usual.total


def test_the_starter(starter_model: str) -> None:
    shape = shape_of(read_header(Path(starter_model)))
    assert shape == Shape(
        architecture="llama",
        layer_count=30,
        embedding_length=576,
        feed_forward_length=1536,
        head_count=9,
        head_counts_kv=(3,) * 30,
        key_length=64,
        value_length=64,
        vocabulary_size=49152,
        trained_context=8192,
    )
    assert parameter_count(shape) == pytest.approx(134_515_008, rel=0.001)


@pytest.mark.parametrize(("kv_type", "measured"), [(KvType.F16, 23_054), (KvType.Q8_0, 12_254)])
def test_the_starters_tokens_take_what_was_measured(starter_model: str, kv_type: KvType, measured: int) -> None:
    shape = shape_of(read_header(Path(starter_model)))
    need = needed(shape, STARTER_BYTES, context=8192, kv_type=kv_type)
    assert need.kv_cache / 8192 == pytest.approx(measured, rel=0.002)  # a saved state has a few bytes more


def test_which_contexts_can_be_quantized() -> None:
    odd = msgspec.structs.replace(QWEN3_8B, value_length=80)
    assert can_keep_as(odd, KvType.F16)
    assert not can_keep_as(odd, KvType.Q8_0)
    assert all(can_keep_as(QWEN3_8B, kv_type) for kv_type in KvType)
    grok = msgspec.structs.replace(QWEN3_8B, architecture="grok")
    assert [can_keep_as(grok, kv_type) for kv_type in KvType] == [
        True,
        False,
        False,
    ]  # llama.cpp has no flash attention for it


def test_what_a_worker_needs_on_the_processor() -> None:
    usual = processor_need(QWEN3_8B, QWEN3_8B_BYTES, context=8192)
    assert usual.kv_cache == 8192 * 36 * 8 * 256 * 2
    assert processor_need(QWEN3_8B, QWEN3_8B_BYTES, context=8192, kv_type=KvType.Q8_0).kv_cache < usual.kv_cache * 0.54
    assert processor_need(QWEN3_8B, QWEN3_8B_BYTES, context=8192, batch_size=1024).compute > 2 * usual.compute
    assert (
        processor_need(QWEN3_8B, QWEN3_8B_BYTES, context=8192, batch_size=prompt_chunk(8 * GB, on_gpu=False)) == usual
    )


@pytest.mark.parametrize("sequences", [1, 4])
def test_beside_the_graph_are_the_logits_of_each_sequence_and_a_factor_at_16_bits(sequences: int) -> None:
    def beside(*, flash_attention: bool) -> int:
        need = memory_needed(
            QWEN3_8B, QWEN3_8B_BYTES, context=4096, kv_type=KvType.F16, batch=512, physical_batch=512,
            sequences=sequences, flash_attention=flash_attention,
        )  # fmt: skip
        return need.compute - need.graph

    logits = sequences * 151_936 * 4
    assert beside(flash_attention=True) == logits + 512 * 12_288 * 2
    assert beside(flash_attention=False) == logits + 512 * 4096 * 32 * 2, "the scores"


def test_chunks_and_contexts_where_nothing_is_set() -> None:
    assert prompt_chunk(10**11, on_gpu=True) == 512
    assert prompt_chunk(10**8, on_gpu=False) > prompt_chunk(8 * 10**9, on_gpu=False)
    assert [context_size(0, 0), context_size(0, 2048), context_size(0, 40_960), context_size(16_384, 2048)] == [
        8192, 2048, 8192, 16_384,
    ]  # fmt: skip


def test_a_usual_model() -> None:
    need = needed(QWEN3_8B, QWEN3_8B_BYTES, context=8000, kv_type=KvType.F16)
    assert need.kv_cache == pytest.approx(1.2 * GB, rel=0.02)
    assert need.total == need.weights + need.kv_cache + need.compute + need.process
    assert parameter_count(QWEN3_8B) == pytest.approx(8.19e9, rel=0.1)


def test_defaults_of_missing_keys() -> None:
    shape = shape_of(header(block_count=2, embedding_length=64, attention__head_count=4))
    assert (shape.head_counts_kv, shape.key_length, shape.value_length) == ((4, 4), 16, 16)
    assert (shape.vocabulary_size, shape.trained_context, shape.expert_count) == (1000, 0, 0)
    nothing = shape_of(header())
    assert nothing.layer_count == 0
    assert needed(nothing, 100, context=512, kv_type=KvType.F16).kv_cache == 0


def test_layers_of_their_own() -> None:
    kept = {"attention.head_count_kv": (0, 2, 0, 2)}
    shape = shape_of(header(kept, block_count=4, embedding_length=64, attention__head_count=4, shortconv__l_cache=3))
    assert shape.head_counts_kv == (0, 2, 0, 2)
    assert (shape.state_layers, shape.state_length) == (2, 128)
    need = needed(shape, 100, context=256, kv_type=KvType.F16)
    assert need.kv_cache == 2 * 2 * (16 + 16) * 256 * 2 + 2 * 128 * 4


def test_recurrent_models_need_the_same_for_any_context() -> None:
    mamba = shape_of(
        header(
            architecture="mamba",
            block_count=4,
            embedding_length=512,
            ssm__conv_kernel=4,
            ssm__inner_size=1024,
            ssm__state_size=16,
        )
    )
    assert (mamba.state_layers, mamba.state_length) == (4, 19_456)  # llama.cpp keeps 0.30 MiB for it
    assert needed(mamba, 1, context=512, kv_type=KvType.F16) == msgspec.structs.replace(
        needed(mamba, 1, context=50_000, kv_type=KvType.F16), context=512
    )


def test_one_layer_in_four_looks_back() -> None:
    qwen = shape_of(header(architecture="qwen35", block_count=8, embedding_length=64, attention__head_count=4))
    assert qwen.head_counts_kv == (0, 0, 0, 4, 0, 0, 0, 4)


def test_caches_that_are_shared_or_derived() -> None:
    usual = {"block_count": 30, "embedding_length": 64, "attention__head_count": 2}
    assert shape_of(header(architecture="gemma3n", **usual)).head_counts_kv == (2,) * 20 + (0,) * 10
    assert shape_of(header(nextn_predict_layers=1, **usual)).head_counts_kv == (2,) * 29 + (0,)
    latent = shape_of(header(attention__key_length_mla=192, attention__value_length_mla=128, **usual))
    assert (latent.key_length, latent.value_length) == (32, 0)


@pytest.mark.parametrize(
    ("architecture", "window", "pattern", "expected"),
    [
        ("gemma3", 512, None, (True,) * 5 + (False, True)),
        ("gemma2", 0, None, (True, False) * 3 + (True,)),
        ("gemma3", 0, None, ()),
        ("qwen2", 4096, None, ()),
        ("smallthinker", 4096, None, (False, True, True, True, False, True, True)),
        ("gemma4", 512, (1, 1, 0, 1, 1, 0, 1), (True, True, False, True, True, False, True)),
    ],
)
def test_which_layers_slide(
    architecture: str, window: int, pattern: tuple[int, ...] | None, expected: tuple[bool, ...]
) -> None:
    arrays = {"attention.sliding_window_pattern": pattern} if pattern else {}
    shape = shape_of(header(arrays, architecture=architecture, block_count=7, attention__sliding_window=window))
    assert shape.sliding_layers == expected
    assert (shape.sliding_window > 0) == bool(expected)


def test_a_prefix_tells_what_is_whole_in_it(starter_model: str) -> None:
    path = Path(starter_model)
    whole = read_header(path)
    data = path.read_bytes()[: 3 << 20]
    seen: set[int] = set()
    for size in [*range(0, 4000, 7), *range(4000, len(data), 100_003), len(data)]:
        part = read_prefix(data[:size], whole.file_size, "starter")
        assert part.metadata.items() <= whole.metadata.items()
        assert part.lengths.items() <= whole.lengths.items()
        assert part.is_whole == (part == whole)
        assert part.needed_size == (whole.needed_size if part.is_whole else 0)
        seen.add(len(part.metadata))
    assert part == whole
    assert max(seen) == len(whole.metadata)
    assert len(seen) > 10


def test_a_few_kilobytes_are_enough_for_the_shape(starter_model: str) -> None:
    path = Path(starter_model)
    with path.open("rb") as file:
        part = read_prefix(file.read(8192), path.stat().st_size, "starter")
    assert not part.is_whole
    assert shape_of(part) == shape_of(read_header(path))
