"""Verdicts on models before they are loaded: where they fit, how fast they will be, and which to suggest."""

from functools import partial

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from desktop_app.domain.fit import SAFETY, Device, KvType, Machine, Need, parameter_count
from desktop_app.domain.offload import Wishes, bytes_per_token, even_weights, plan
from desktop_app.domain.shape import Shape
from desktop_app.domain.verdict import (
    LEAST_CONTEXT,
    USABLE_SPEED,
    Fit,
    Verdict,
    fit_of,
    judge,
    may_fit,
    suggest,
)
from tests.unit.domain.test_fit import GB, QWEN3_8B, QWEN3_8B_BYTES, QWEN3_30B_A3B, shapes, types
from tests.unit.domain.test_offload import memories


def test_a_mixture_reads_few_of_its_experts() -> None:
    assert parameter_count(QWEN3_30B_A3B) == pytest.approx(30.5e9, rel=0.05)
    assert bytes_per_token(QWEN3_30B_A3B, even_weights(QWEN3_30B_A3B, 18 * GB)) == pytest.approx(
        18 * GB * 3.3 / 30.5, rel=0.15
    )


@given(shapes(), memories(1))
def test_a_token_reads_at_most_all_weights(shape: Shape, weights: int) -> None:
    parts = even_weights(shape, weights)
    read = bytes_per_token(shape, parts)
    assert 0 <= read <= weights
    if 0 < shape.expert_used_count < shape.expert_count:
        assert read <= weights - parts.table
    else:
        assert read == pytest.approx(weights - parts.table)


@given(
    shapes(),
    memories(1),
    memories(),
    memories(),
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
    assume(verdict.fit is not Fit.TOO_LARGE)
    assert verdict.context >= verdict.need.context
    assert verdict.tokens_per_second > 0.0
    assert (verdict.gpu_layers > 0) == (verdict.fit in (Fit.GPU, Fit.PARTLY))
    assert verdict.gpu_layers == shape.layer_count + 1 or verdict.fit is not Fit.GPU
    if verdict.fit is Fit.MEMORY:
        assert verdict.need.total <= free
    more = msgspec.structs.replace(machine, free_memory=free + GB, total_memory=2 * free + GB)
    assert judge(shape, weights, more, wanted_context=wanted, kv_type=kv_type).fit is not Fit.TOO_LARGE


def test_what_fits_in_no_quantization() -> None:
    assert may_fit(0, machine(1))  # nobody knows
    assert may_fit(8 * GB, machine(4 * GB))
    assert not may_fit(70 * GB, machine(16 * GB))
    assert may_fit(70 * GB, machine(16 * GB, card(16 * GB)))
    assert not may_fit(70 * GB, machine(16 * GB, shared(16 * GB)))  # its memory is the computer's


def machine(free: float, *devices: Device) -> Machine:
    return Machine(free_memory=int(free), total_memory=64 * GB, devices=devices)


def card(free: float) -> Device:
    return Device(name="card", kind="gpu", free_memory=int(free), total_memory=24 * GB)


def shared(free: float) -> Device:
    return Device(name="shared", kind="integrated", free_memory=int(free), total_memory=24 * GB)


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
    assert judged(machine(20 * GB, shared(20 * GB))).fit is Fit.GPU
    assert judged(machine(4 * GB, shared(20 * GB))).fit is Fit.TOO_LARGE
    beside = judged(machine(64 * GB, shared(20 * GB), card(4 * GB)))
    assert beside.fit is Fit.PARTLY  # the integrated one stands aside


def test_the_largest_context_is_the_trained_one_where_there_is_room() -> None:
    assert judged(machine(64 * GB)).context == QWEN3_8B.trained_context
    assert judge(QWEN3_8B, QWEN3_8B_BYTES, machine(64 * GB), wanted_context=100_000).need.context == 40960
    partly = judged(machine(64 * GB, card(4 * GB)))
    assert (partly.fit, partly.context) == (Fit.PARTLY, QWEN3_8B.trained_context)  # with fewer layers on the card


def test_half_of_the_memory_is_for_others() -> None:
    crowded = Machine(free_memory=11 * GB, total_memory=12 * GB)
    verdict = judged(crowded)
    assert (verdict.fit, verdict.fits_well) == (Fit.MEMORY, False)
    inside = judged(msgspec.structs.replace(crowded, devices=(shared(11 * GB),)))
    assert (inside.fit, inside.fits_well) == (Fit.GPU, False)
    small = Machine(free_memory=GB, total_memory=GB, devices=(card(20 * GB),))
    on_card = judged(small)
    assert (on_card.fit, on_card.fits_well) == (Fit.GPU, True)


def test_speeds_follow_what_was_measured() -> None:
    read = bytes_per_token(QWEN3_8B, even_weights(QWEN3_8B, QWEN3_8B_BYTES))
    slow = msgspec.structs.replace(machine(64 * GB), bandwidth=4.0 * read)
    assert judged(slow).tokens_per_second == pytest.approx(4.0)
    fast = msgspec.structs.replace(card(20 * GB), bandwidth=80.0 * read)
    assert judged(msgspec.structs.replace(slow, devices=(fast,))).tokens_per_second == pytest.approx(80.0)


def test_no_model_is_so_small_that_it_would_be_absurdly_fast() -> None:
    tiny = msgspec.structs.replace(QWEN3_8B, layer_count=1, vocabulary_size=1000)
    verdict = judge(tiny, 20_000_000, machine(64 * GB, card(20 * GB)), wanted_context=4096)
    assert (verdict.fit, verdict.tokens_per_second) == (Fit.GPU, 500.0)
    assert 20.0 < judged(machine(64 * GB, card(20 * GB))).tokens_per_second < 100.0


def test_a_verdict_is_what_a_worker_would_do() -> None:
    """The experts of a mixture are left to the processor, and a context is kept with 8 bits where that is much faster."""
    computer = machine(26 * GB, card(5.3 * GB))
    for shape, size in ((QWEN3_8B, QWEN3_8B_BYTES), (QWEN3_30B_A3B, 18_556_686_912)):
        told = judge(shape, size, computer, wanted_context=8192)
        made = plan(shape, even_weights(shape, size), computer, Wishes(context=8192))
        assert (told.fit, told.gpu_layers) == (fit_of(made), made.gpu_layers) == (Fit.PARTLY, made.gpu_layers)
        assert told.tokens_per_second == made.tokens_per_second
        in_all = made.host + sum(share.weights + share.kv_cache for share in made.shares)
        assert told.need.total == pytest.approx(in_all, rel=0.01)
    assert made.cpu_experts > 0
    assert made.gpu_layers == made.all_layers


def test_the_largest_context_of_a_model_on_a_card_is_what_the_card_holds() -> None:
    told = judged(machine(64 * GB, card(8 * GB)))
    assert told.fit is Fit.GPU
    assert 8192 < told.context < QWEN3_8B.trained_context
    assert judged(machine(64 * GB, card(8 * GB)), wanted_context=told.context).fit is Fit.GPU
    assert judged(machine(64 * GB, card(8 * GB)), wanted_context=told.context + 256).fit is Fit.PARTLY


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
