"""Planning a model's memory: what it needs, where it fits, how fast it will be, and which to suggest."""

from functools import partial
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.fit import (
    LEAST_CONTEXT,
    SAFETY,
    USABLE_SPEED,
    Device,
    Fit,
    KvType,
    Machine,
    Need,
    Shape,
    Verdict,
    bytes_per_token,
    calibrate,
    can_keep_as,
    context_size,
    judge,
    may_fit,
    memory_needed,
    parameter_count,
    processor_need,
    prompt_chunk,
    shape_of,
    sliding_pattern,
    suggest,
)
from desktop_app.domain.gguf import Header, Scalar, read_header, read_prefix

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
        tensor_count=1,
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


@given(shapes(), st.integers(1, 100 * GB))
def test_a_token_reads_at_most_all_weights(shape: Shape, weights: int) -> None:
    read = bytes_per_token(shape, weights)
    assert 0 < read <= weights
    if 0 < shape.expert_used_count < shape.expert_count:
        assert read < weights
    else:
        assert read == pytest.approx(weights)


@given(
    shapes(),
    st.integers(1, 100 * GB),
    st.integers(0, 100 * GB),
    st.integers(0, 100 * GB),
    st.integers(1, 20_000),
    types,
)
def test_verdicts_are_consistent(
    shape: Shape, weights: int, free: int, on_card: int, wanted: int, kv_type: KvType
) -> None:
    card = Device(name="card", kind="gpu", free_memory=on_card, total_memory=on_card)
    machine = Machine(free_memory=free, total_memory=2 * free, devices=(card,) if on_card else ())
    verdict = judge(shape, weights, machine, wanted_context=wanted, kv_type=kv_type)
    if verdict.fit is Fit.TOO_LARGE:
        assert (verdict.context, verdict.gpu_layers, verdict.tokens_per_second) == (0, 0, 0.0)
        assert not verdict.fits_well
        return
    assert verdict.context >= verdict.need.context
    assert verdict.tokens_per_second > 0.0
    assert (verdict.gpu_layers > 0) == (verdict.fit in (Fit.GPU, Fit.PARTLY))
    assert (verdict.gpu_layers == shape.layer_count + 1) == (verdict.fit is Fit.GPU)
    if verdict.fit is Fit.MEMORY:
        assert verdict.need.total <= free
    more = msgspec.structs.replace(machine, free_memory=free + GB, total_memory=2 * free + GB)
    assert judge(shape, weights, more, wanted_context=wanted, kv_type=kv_type).fit is not Fit.TOO_LARGE


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
    assert bytes_per_token(shape, STARTER_BYTES) == STARTER_BYTES


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


def test_what_a_worker_needs_on_the_processor() -> None:
    usual = processor_need(QWEN3_8B, QWEN3_8B_BYTES, context=8192)
    assert usual.kv_cache == 8192 * 36 * 8 * 256 * 2
    assert processor_need(QWEN3_8B, QWEN3_8B_BYTES, context=8192, kv_type=KvType.Q8_0).kv_cache < usual.kv_cache * 0.54
    assert processor_need(QWEN3_8B, QWEN3_8B_BYTES, context=8192, batch_size=1024).compute > 2 * usual.compute
    assert (
        processor_need(QWEN3_8B, QWEN3_8B_BYTES, context=8192, batch_size=prompt_chunk(8 * GB, on_gpu=False)) == usual
    )


def test_chunks_and_contexts_where_nothing_is_set() -> None:
    assert prompt_chunk(10**11, on_gpu=True) == 512
    assert prompt_chunk(10**8, on_gpu=False) > prompt_chunk(8 * 10**9, on_gpu=False)
    assert [context_size(0, 0), context_size(0, 2048), context_size(0, 40_960), context_size(16_384, 2048)] == [
        8192, 2048, 8192, 16_384,
    ]  # fmt: skip


def test_what_fits_in_no_quantization() -> None:
    assert may_fit(0, machine(1))  # nobody knows
    assert may_fit(8 * GB, machine(4 * GB))
    assert not may_fit(70 * GB, machine(16 * GB))
    assert may_fit(70 * GB, machine(16 * GB, card(16 * GB)))


def test_a_usual_model() -> None:
    need = needed(QWEN3_8B, QWEN3_8B_BYTES, context=8000, kv_type=KvType.F16)
    assert need.kv_cache == pytest.approx(1.2 * GB, rel=0.02)
    assert need.total == need.weights + need.kv_cache + need.compute + need.process
    assert parameter_count(QWEN3_8B) == pytest.approx(8.19e9, rel=0.1)


def test_a_mixture_reads_few_of_its_experts() -> None:
    assert parameter_count(QWEN3_30B_A3B) == pytest.approx(30.5e9, rel=0.05)
    assert bytes_per_token(QWEN3_30B_A3B, 18 * GB) == pytest.approx(18 * GB * 3.3 / 30.5, rel=0.15)


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


def machine(free: float, *devices: Device) -> Machine:
    return Machine(free_memory=int(free), total_memory=64 * GB, devices=devices)


def card(free: float) -> Device:
    return Device(name="card", kind="gpu", free_memory=int(free), total_memory=24 * GB)


judged = partial(judge, QWEN3_8B, QWEN3_8B_BYTES, wanted_context=8192, kv_type=KvType.F16)


def test_the_border_of_memory() -> None:
    need = judged(machine(64 * GB)).need
    assert judged(machine(need.total * SAFETY + 1)).fit is Fit.MEMORY
    short = judged(machine(need.total * SAFETY - 1))
    assert (short.fit, short.need.context, short.fits_well) == (Fit.MEMORY, LEAST_CONTEXT, False)
    assert LEAST_CONTEXT <= short.context < 8192
    assert judged(machine(QWEN3_8B_BYTES)).fit is Fit.TOO_LARGE


def test_the_borders_of_a_card() -> None:
    whole = judged(machine(64 * GB, card(20 * GB)))
    assert (whole.fit, whole.gpu_layers, whole.fits_well) == (Fit.GPU, 37, True)
    partly = judged(machine(64 * GB, card(4 * GB)))
    assert partly.fit is Fit.PARTLY
    assert 0 < partly.gpu_layers < 37
    none = judged(machine(64 * GB, card(0.1 * GB)))
    assert (none.fit, none.gpu_layers) == (Fit.MEMORY, 0)
    assert none.tokens_per_second < partly.tokens_per_second < whole.tokens_per_second
    assert judged(machine(1 * GB, card(4 * GB))).fit is Fit.TOO_LARGE


def test_an_integrated_gpu_shares_the_memory() -> None:
    shared = Device(name="shared", kind="integrated", free_memory=20 * GB, total_memory=24 * GB)
    assert judged(machine(20 * GB, shared)).fit is Fit.GPU
    assert judged(machine(4 * GB, shared)).fit is Fit.TOO_LARGE
    beside = judged(machine(64 * GB, shared, card(4 * GB)))
    assert beside.fit is Fit.PARTLY  # the integrated one stands aside


def test_the_largest_context_is_the_trained_one_where_there_is_room() -> None:
    assert judged(machine(64 * GB)).context == QWEN3_8B.trained_context
    assert judge(QWEN3_8B, QWEN3_8B_BYTES, machine(64 * GB), wanted_context=100_000).need.context == 40960


def test_half_of_the_memory_is_for_others() -> None:
    crowded = Machine(free_memory=11 * GB, total_memory=12 * GB)
    verdict = judged(crowded)
    assert (verdict.fit, verdict.fits_well) == (Fit.MEMORY, False)


def test_calibration() -> None:
    here = machine(64 * GB, card(20 * GB))
    read = bytes_per_token(QWEN3_8B, QWEN3_8B_BYTES)
    measured = calibrate(here, 4.0, read)
    assert measured.bandwidth == 4.0 * read
    assert judged(msgspec.structs.replace(measured, devices=())).tokens_per_second == pytest.approx(4.0)
    on_card = calibrate(here, 80.0, read, "card")
    assert judged(on_card).tokens_per_second == pytest.approx(80.0)
    assert on_card.bandwidth == here.bandwidth
    assert calibrate(here, 0.0, read) == here


def verdict(weights: int, speed: float, *, fits_well: bool = True) -> Verdict:
    need = Need(context=8192, weights=weights, kv_cache=0, compute=0, process=0)
    return Verdict(fit=Fit.MEMORY, need=need, context=8192, gpu_layers=0, tokens_per_second=speed, fits_well=fits_well)


def test_the_suggestion() -> None:
    fast, slow = USABLE_SPEED + 1.0, USABLE_SPEED - 1.0
    assert suggest([]) is None
    assert suggest([verdict(1, fast, fits_well=False)]) is None
    assert suggest([verdict(1, fast), verdict(3, fast), verdict(5, slow), verdict(9, fast, fits_well=False)]) == 1
    assert suggest([verdict(3, fast), verdict(3, fast + 1.0), verdict(3, fast)]) == 1
    assert suggest([verdict(5, slow - 2.0), verdict(3, slow)]) == 1


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
