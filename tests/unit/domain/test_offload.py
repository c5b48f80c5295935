"""Plans for graphics cards: never more than is free, never worse with more memory, and the best of all that there are."""

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from desktop_app.domain.elsewhere import SERVER_PACE
from desktop_app.domain.fit import (
    MEMORY_BANDWIDTH,
    SAFETY,
    Device,
    KvType,
    Machine,
    can_keep_as,
    layer_caches,
    memory_needed,
)
from desktop_app.domain.gguf import PartSizes, read_header
from desktop_app.domain.offload import Limit, Plan, Weights, Wishes, even_weights, plan, weights_of, worth
from desktop_app.domain.shape import Shape, shape_of
from tests.unit.domain.test_fit import GB, QWEN3_8B, QWEN3_8B_BYTES, QWEN3_30B_A3B, shapes

QWEN3_30B_BYTES = 18_556_686_912
LLAMA_70B = msgspec.structs.replace(
    QWEN3_8B,
    architecture="llama",
    layer_count=80,
    embedding_length=8192,
    feed_forward_length=28672,
    head_count=64,
    vocabulary_size=128256,
    trained_context=131072,
)
LLAMA_70B_BYTES = 42_520_395_584
WIDE = Shape(
    architecture="llama",
    layer_count=4,
    embedding_length=2048,
    feed_forward_length=8192,
    head_count=16,
    head_counts_kv=(4,),
    key_length=128,
    value_length=128,
    vocabulary_size=8000,
    trained_context=65536,
)
FAST, SLOW = 400e9, 100e9


def machine(memory: float, *cards: float, kind: str = "gpu", bandwidth: float = 0.0) -> Machine:
    """A computer with so many free GB of memory, and cards with so many."""
    devices = tuple(
        Device(name=f"card {place}", kind=kind, free_memory=int(card * GB), total_memory=int(card * GB), bandwidth=bandwidth)
        for place, card in enumerate(cards)
    )  # fmt: skip
    return Machine(free_memory=int(memory * GB), total_memory=int(memory * GB), devices=devices)


def memories(least: int = 0) -> st.SearchStrategy[int]:
    """Bytes of memory, of every size as often: numbers up to a bound would nearly all be small."""
    sizes = st.sampled_from([0.0, 0.3, 1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 40.0, 60.0])
    return st.builds(lambda size, more: int(size * GB) + more, sizes, st.integers(least, GB // 10))


@st.composite
def parts(draw: st.DrawFn, shape: Shape) -> Weights:
    def layers(*sizes: int) -> tuple[int, ...]:
        size = draw(st.sampled_from(sizes))
        alike = st.sampled_from((size, size + 1, size // 2))
        return tuple(draw(st.lists(alike, min_size=shape.layer_count, max_size=shape.layer_count)))

    tables = st.sampled_from((1, 30_000_000, 300_000_000, 900_000_000))
    return Weights(
        layers=layers(1, 2_000_000, 30_000_000, 100_000_000, 300_000_000),
        experts=layers(2, 30_000_000, 300_000_000, 900_000_000) if shape.expert_count else (0,) * shape.layer_count,
        table=draw(tables),
        output=draw(tables),
        is_tied=draw(st.booleans()),
    )


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    kinds = draw(st.lists(st.sampled_from(["gpu", "gpu", "gpu", "integrated", "server"]), max_size=3))
    devices = tuple(
        Device(
            name=f"device {place}",
            kind=kind,
            free_memory=draw(memories()),
            total_memory=80 * GB + place,
            bandwidth=SERVER_PACE * MEMORY_BANDWIDTH if kind == "server" else draw(st.sampled_from([0.0, SLOW, FAST])),
            largest_buffer=draw(st.sampled_from([0, 0, 1 << 30])),
            largest_result=draw(st.sampled_from([0, 0, 1 << 27, 1 << 32])),
            flash_types=draw(st.sampled_from([tuple(KvType), tuple(KvType), (KvType.F16,), ()])),
        )
        for place, kind in enumerate(kinds)
    )
    return Machine(free_memory=draw(memories(1)), total_memory=64 * GB, devices=devices)


@st.composite
def wishes(draw: st.DrawFn) -> Wishes:
    return Wishes(
        context=draw(st.sampled_from([512, 8192, 32768, 131072])),
        kv_type=draw(st.sampled_from([None, None, *KvType])),
        gpu_layers=draw(st.sampled_from([None, None, None, 0, 7, 999])),
        cpu_experts=draw(st.sampled_from([None, None, 0, 3, 999])),
        context_on_gpu=draw(st.sampled_from([True, True, False])),
        flash_attention=draw(st.sampled_from([None, None, True, False])),
        batch_size=draw(st.sampled_from([0, 0, 64, 2048])),
        sequences=draw(st.sampled_from([1, 4, 16])),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Shape, Weights, Machine]:
    shape = draw(shapes())
    return shape, draw(parts(shape)), draw(machines())


def needed(made: Plan, computer: Machine) -> dict[str, float]:
    """Return what a plan takes of each memory; an integrated device's is the computer's."""
    taken: dict[str, float] = {"host": made.host}
    kinds = {device.name: device.kind for device in computer.devices}
    for share in made.shares:
        taken[share.device] = share.total
        if kinds[share.device] == "integrated":
            taken["host"] += share.total
    return taken


@given(cases(), wishes())
def test_a_plan_that_fits_never_needs_more_than_is_free(case: tuple[Shape, Weights, Machine], wished: Wishes) -> None:
    shape, weights, computer = case
    made = plan(shape, weights, computer, wished)
    assert sum(share.layers for share in made.shares) == made.gpu_layers <= made.all_layers
    assert made.context == wished.context
    assume(made.fits)
    free = {device.name: device.free_memory for device in computer.devices} | {"host": computer.free_memory}
    assert all(size * SAFETY <= free[place] + 1 for place, size in needed(made, computer).items())


@given(cases(), wishes(), st.data())
def test_it_never_becomes_worse_with_more_memory(
    case: tuple[Shape, Weights, Machine], wished: Wishes, data: st.DataObject
) -> None:
    shape, weights, computer = case
    more = msgspec.structs.replace(
        computer,
        free_memory=computer.free_memory + data.draw(st.sampled_from([0, 1, GB, 20 * GB])),
        devices=tuple(
            msgspec.structs.replace(device, free_memory=device.free_memory + data.draw(st.sampled_from([0, 1, GB // 10, GB, 9 * GB])))
            for device in computer.devices
        ),
    )  # fmt: skip
    before, after = (plan(shape, weights, each, wished) for each in (computer, more))
    assert (after.fits, value(after)) >= (before.fits, value(before) * (1 - 1e-5))


def value(made: Plan) -> float:
    return worth(made.tokens_per_second, made.kv_type) if made.fits else 0.0


@given(cases(), st.data())
def test_no_number_of_layers_would_be_better(case: tuple[Shape, Weights, Machine], data: st.DataObject) -> None:
    """Each number of layers, asked for by itself, is either no better or does not fit."""
    shape, weights, computer = case
    best = plan(shape, weights, computer, Wishes(context=4096))
    layers = data.draw(st.integers(0, shape.layer_count + 1))
    may_quantize = all(KvType.Q8_0 in device.flash_types for device in computer.devices)
    may_quantize = may_quantize and can_keep_as(shape, KvType.Q8_0)
    kv_type = data.draw(st.sampled_from([KvType.F16, KvType.Q8_0] if may_quantize else [KvType.F16]))
    experts = sum(1 for size in weights.experts if size)
    wished = plan(
        shape, weights, computer, Wishes(context=4096, gpu_layers=layers, kv_type=kv_type, cpu_experts=experts)
    )
    assert value(wished) <= value(best) * (1 + 1e-5)


def test_what_a_plan_adds_up_to() -> None:
    """All layers on one card: what is there and what is left is the whole, counted independently."""
    weights = even_weights(QWEN3_8B, QWEN3_8B_BYTES)
    made = plan(QWEN3_8B, weights, machine(16, 12), Wishes(context=8192))
    (share,) = made.shares
    need = memory_needed(
        QWEN3_8B, QWEN3_8B_BYTES, context=8192, kv_type=KvType.F16, batch=512, physical_batch=512, flash_attention=True
    )
    assert (made.gpu_layers, made.limit, made.flash_attention) == (37, Limit.NONE, True)
    assert share.kv_cache == need.kv_cache == sum(layer_caches(QWEN3_8B, 8192, KvType.F16, transposed=False))
    assert share.weights == QWEN3_8B_BYTES - weights.table
    assert made.host == weights.table + need.compute + need.process
    assert share.compute == need.graph < need.compute


@pytest.mark.parametrize(
    ("name", "computer", "eight", "mixture", "seventy"),
    [
        ("no card, 8 GB", machine(5), "no", "no", "no"),
        ("no card, 16 GB", machine(11), "0 f16", "no", "no"),
        ("no card, 32 GB", machine(26), "0 f16", "0 f16", "no"),
        ("no card, 64 GB", machine(56), "0 f16", "0 f16", "0 f16"),
        ("2 GB", machine(26, 1.7), "5 f16", "31-48 f16", "no"),
        ("4 GB", machine(26, 3.5), "15 f16", "49-45 f16", "no"),
        ("6 GB", machine(26, 5.3), "29 q8_0", "49-42 f16", "no"),
        ("6 GB, little memory", machine(5, 5.3), "29 q8_0", "no", "no"),
        ("8 GB", machine(26, 7.3), "37 f16", "49-36 f16", "no"),
        ("8 GB, taken by others", machine(26, 2.1), "7 f16", "44-48 f16", "no"),
        ("8 GB, all taken", machine(26, 0.3), "0 f16", "0 f16", "no"),
        ("12 GB", machine(26, 11.2), "37 f16", "49-27 f16", "no"),
        ("16 GB", machine(26, 15.1), "37 f16", "49-18 f16", "no"),
        ("24 GB", machine(26, 23), "37 f16", "49 f16", "no"),
        ("24 GB, 64 of memory", machine(56, 23), "37 f16", "49 f16", "36 f16"),
        ("32 GB", machine(56, 31), "37 f16", "49 f16", "49 f16"),
        ("48 GB", machine(56, 47), "37 f16", "49 f16", "78 q8_0"),
        ("80 GB", machine(100, 79), "37 f16", "49 f16", "81 f16"),
        ("8 and 8 GB", machine(26, 7.3, 7.3), "37 f16", "49-21 f16", "no"),
        ("8 and 24 GB", machine(26, 7.3, 23), "37 f16", "49 f16", "46 f16"),
        ("24 and 8 GB", machine(26, 23, 7.3), "37 f16", "49 f16", "46 f16"),
        ("24 and 24 GB", machine(26, 23, 23), "37 f16", "49 f16", "74 q8_0"),
        ("three of 12 GB", machine(26, 11.2, 11.2, 11.2), "37 f16", "49 f16", "51 f16"),
        ("integrated, 8 GB", machine(6, 6, kind="integrated"), "no", "no", "no"),
        ("integrated, 16 GB", machine(12, 12, kind="integrated"), "37 f16", "no", "no"),
        ("integrated, 32 GB", machine(26, 26, kind="integrated"), "37 f16", "49 f16", "no"),
        ("integrated, 96 GB", machine(80, 72, kind="integrated"), "37 f16", "49 f16", "81 f16"),
        ("driver too old: no device", machine(26), "0 f16", "0 f16", "no"),
        ("fast card of 6 GB", machine(26, 5.3, bandwidth=FAST), "29 q8_0", "49-42 f16", "no"),
        ("slow card of 8 GB", machine(26, 7.3, bandwidth=SLOW), "37 f16", "49-36 f16", "no"),
    ],
)
def test_thirty_computers(name: str, computer: Machine, eight: str, mixture: str, seventy: str) -> None:
    """What becomes of three models with 8,000 tokens: layers on cards, layers without experts there, form of the context."""
    told = [
        in_short(plan(shape, even_weights(shape, size), computer, Wishes(context=8192)))
        for shape, size in (
            (QWEN3_8B, QWEN3_8B_BYTES),
            (QWEN3_30B_A3B, QWEN3_30B_BYTES),
            (LLAMA_70B, LLAMA_70B_BYTES),
        )
    ]
    assert told == [eight, mixture, seventy]


def in_short(made: Plan) -> str:
    left_behind = f"-{made.cpu_experts}" if made.cpu_experts else ""
    return f"{made.gpu_layers}{left_behind} {made.kv_type.value}" if made.fits else "no"


def test_wishes_are_followed_and_told_where_they_cannot_work() -> None:
    weights = even_weights(QWEN3_8B, QWEN3_8B_BYTES)

    def wished(computer: Machine, **wishes: object) -> Plan:
        return plan(QWEN3_8B, weights, computer, Wishes(context=8192, **wishes))

    roomy, small = machine(26, 12), machine(26, 4)
    assert in_short(wished(roomy, gpu_layers=10)) == "10 f16"
    assert wished(roomy, gpu_layers=10).limit is Limit.WISHED
    assert wished(roomy, gpu_layers=0).limit is Limit.SWITCHED_OFF
    assert wished(machine(26), gpu_layers=10).limit is Limit.NO_DEVICE
    assert in_short(wished(roomy, gpu_layers=999)) == "37 f16"
    too_many = wished(small, gpu_layers=37)
    assert (too_many.gpu_layers, too_many.fits) == (37, False)
    assert sum(share.layers for share in too_many.shares) == 37
    assert in_short(wished(roomy, kv_type=KvType.Q4_0)) == "37 q4_0"
    assert not wished(roomy, flash_attention=False).flash_attention
    assert wished(roomy, flash_attention=False).shares[0].compute > wished(roomy).shares[0].compute
    assert wished(roomy, context_on_gpu=False).shares[0].kv_cache == 0
    assert wished(roomy, context_on_gpu=False).host > wished(roomy).host + GB


@pytest.mark.parametrize(
    ("heads_kv", "context", "kv_type", "taken"),
    [
        (16, 16384, KvType.F16, 163_578_511),
        (16, 32768, KvType.F16, 314_573_455),
        (4, 32768, KvType.F16, 113_246_863),
        (16, 16384, KvType.Q8_0, 109_136_445),
    ],
)
def test_a_context_that_the_computer_keeps_visits_the_card(
    heads_kv: int, context: int, kv_type: KvType, taken: int
) -> None:
    """`taken` is what llama.cpp called the compute buffer, of models with flash attention."""
    shape = msgspec.structs.replace(WIDE, head_counts_kv=(heads_kv,))
    wishes = Wishes(context=context, kv_type=kv_type, context_on_gpu=False)
    (share,) = plan(shape, even_weights(shape, GB // 4), machine(16, 4), wishes).shares
    assert share.kv_cache == 0
    assert taken * 0.99 < share.compute < taken * 1.08


@pytest.mark.parametrize(
    ("layers", "embedding", "feed_forward", "taken"), [(24, 512, 2048, 15_728_172), (4, 1024, 4096, 31_452_365)]
)
def test_without_flash_attention_the_processor_does_it_where_the_context_is(
    layers: int, embedding: int, feed_forward: int, taken: int
) -> None:
    """`taken` is llama.cpp's compute buffer on the card again."""
    shape = msgspec.structs.replace(
        WIDE, layer_count=layers, embedding_length=embedding, feed_forward_length=feed_forward, key_length=64
    )
    wishes = Wishes(context=2048, kv_type=KvType.F16, context_on_gpu=False, flash_attention=False)
    made = plan(shape, even_weights(shape, GB // 4), machine(16, 4), wishes)
    assert taken * 0.99 < made.shares[0].compute < taken * 1.08
    longer = plan(shape, even_weights(shape, GB // 4), machine(16, 4), msgspec.structs.replace(wishes, context=32768))
    assert longer.shares[0].compute == made.shares[0].compute
    assert longer.host > made.host + 500_000_000  # the scores, and the context


@pytest.mark.parametrize(("context", "taken"), [(8192, 109_085_000), (32768, 209_750_000)])
def test_cards_in_a_row_have_copies_of_what_goes_in(context: int, taken: int) -> None:
    """As llama.cpp told of two cards with half of the layers each, and of one with all of them."""
    shape = msgspec.structs.replace(WIDE, layer_count=8)
    weights = even_weights(shape, GB // 2)
    both = plan(shape, weights, machine(16, 4, 4), Wishes(context=context, split=(1.0, 1.0)))
    assert [share.layers for share in both.shares] == [5, 4]
    assert all(taken * 0.99 < share.compute < taken * 1.05 for share in both.shares)
    alone = plan(shape, weights, machine(16, 4, 4), Wishes(context=context))
    assert [share.layers for share in alone.shares] == [9, 0]
    assert alone.shares[0].compute < taken * 0.75
    elsewhere = plan(shape, weights, machine(16, 4, 4), Wishes(context=context, split=(1.0, 1.0), gpu_layers=8))
    assert [share.compute for share in elsewhere.shares] == [alone.shares[0].compute] * 2  # none is in a row


@pytest.mark.parametrize(("largest", "taken"), [(0, 1_145_000_000), (1 << 30, 2_214_670_000), (1 << 31, 1_145_000_000)])
def test_scores_that_are_larger_than_a_buffer_may_be_are_there_twice(largest: int, taken: int) -> None:
    """As an NVIDIA H200 took by CUDA, which has no such end, and by Vulkan, which asks for 1 GiB at once."""
    shape = msgspec.structs.replace(WIDE, embedding_length=4096, feed_forward_length=14336, head_count=32)
    wishes = Wishes(context=16384, kv_type=KvType.F16, flash_attention=False)
    (card,) = machine(64, 64).devices
    there = msgspec.structs.replace(machine(64), devices=(msgspec.structs.replace(card, largest_buffer=largest),))
    (share,) = plan(shape, even_weights(shape, 4 * GB), there, wishes).shares
    assert taken * 0.99 < share.compute < taken * 1.05


@pytest.mark.parametrize("context", [7168, 8192, 32768])
def test_scores_that_are_larger_than_a_result_may_be_are_the_processors(context: int) -> None:
    """As Mesa's device took, whose limit is 128 MiB: the same for all of these contexts, and nothing else for 4,096."""
    shape = msgspec.structs.replace(
        WIDE, embedding_length=1024, feed_forward_length=4096, head_count=16, key_length=64, value_length=64
    )
    wishes = Wishes(context=context, kv_type=KvType.F16, flash_attention=False)

    def made(largest: int, wished: Wishes = wishes) -> Plan:
        (card,) = machine(64, 64).devices
        there = msgspec.structs.replace(machine(64), devices=(msgspec.structs.replace(card, largest_result=largest),))
        return plan(shape, even_weights(shape, 4 * GB), there, wished)

    scores = context * 512 * 16 * 4
    limited = made(1 << 27)
    assert 30_420_000 <= limited.shares[0].compute < 30_420_000 * 1.11  # of 300 MB and more in all
    assert made(scores - 4) == limited
    assert made(scores) == made(0)
    assert made(0).shares[0].compute > scores
    assert limited.host == made(0).host > scores  # the computer has room for them, whoever computes
    smaller = msgspec.structs.replace(wishes, context=4096)
    assert made(1 << 27, smaller) == made(0, smaller)
    flash = msgspec.structs.replace(wishes, flash_attention=True)
    assert made(1 << 20, flash) == made(0, flash)


def without_flash(made: Machine, *types: KvType) -> Machine:
    """The same computer, whose cards do flash attention with contexts of these `types` only."""
    cards = tuple(msgspec.structs.replace(card, flash_types=types) for card in made.devices)
    return msgspec.structs.replace(made, devices=cards)


def test_a_card_without_flash_attention_gets_the_room_that_the_other_attention_takes() -> None:
    """llama.cpp leaves it out then, for all cards: one of 100 values a head took 208 MB by Vulkan where 85 were planned."""
    weights = even_weights(WIDE, GB)
    for cards in ((8,), (8, 8)):
        for wished in (None, True):
            wishes = Wishes(context=8192, flash_attention=wished)
            made = plan(WIDE, weights, without_flash(machine(16, *cards), KvType.Q8_0), wishes)
            wishes = msgspec.structs.replace(wishes, flash_attention=False)
            assert made == plan(WIDE, weights, machine(16, *cards), wishes)
            assert not made.flash_attention
    one_does = without_flash(machine(16, 8, 8))
    one_does = msgspec.structs.replace(one_does, devices=(*machine(16, 8).devices, *one_does.devices[1:]))
    assert not plan(WIDE, weights, one_does, Wishes(context=8192)).flash_attention
    alone = msgspec.structs.replace(machine(16), devices=())
    assert plan(WIDE, weights, alone, Wishes(context=8192, flash_attention=True)).flash_attention


def test_a_context_of_eight_bits_is_kept_by_the_computer_where_the_card_cannot_attend_to_it() -> None:
    """From the card the processor would fetch all of it for each token, and nobody would be told."""
    weights = even_weights(WIDE, GB)
    scarce = machine(16, 2.2)
    assert plan(WIDE, weights, scarce, Wishes(context=65536)).kv_type is KvType.Q8_0
    never = plan(WIDE, weights, without_flash(scarce, KvType.F16), Wishes(context=65536))
    assert (never.kv_type, never.context_on_gpu) == (KvType.F16, True)
    wishes = Wishes(context=65536, kv_type=KvType.Q8_0)
    wished = plan(WIDE, weights, without_flash(scarce, KvType.F16), wishes)
    assert (wished.kv_type, wished.flash_attention, wished.context_on_gpu) == (KvType.Q8_0, True, False)
    (share,), usual = wished.shares, plan(WIDE, weights, machine(16, 8), wishes)
    assert (share.layers, share.kv_cache) == (5, 0)
    assert share.compute < usual.shares[0].compute
    assert wished.host > usual.host + usual.shares[0].kv_cache * 0.99
    with_none = plan(WIDE, weights, without_flash(scarce), msgspec.structs.replace(wishes, gpu_layers=0))
    assert with_none.host == plan(WIDE, weights, machine(16), wishes).host


def test_a_model_that_fits_one_card_alone_goes_there_whatever_is_beside_it() -> None:
    """With a faster card that has no room for a layer, or for one: several in a row would each need more."""
    shape, wishes = msgspec.structs.replace(WIDE, layer_count=8), Wishes(context=32768, kv_type=KvType.F16)
    weights = even_weights(shape, GB // 2)
    alone = plan(shape, weights, machine(16, 8), wishes).shares[0].total * SAFETY / GB + 0.001
    (slow,) = machine(16, alone, bandwidth=SLOW).devices
    for room in (0.1, 0.6, 0.65, 0.7, 0.8):
        fast = Device(name="fast", kind="gpu", free_memory=int(room * GB), total_memory=GB, bandwidth=FAST)
        made = plan(shape, weights, msgspec.structs.replace(machine(16), devices=(fast, slow)), wishes)
        assert (made.gpu_layers, made.limit) == (9, Limit.NONE), room


def test_shares_that_a_person_sets_are_those_of_llama_cpp() -> None:
    """A device has the layers whose place among all is before its share ends (llama-model.cpp, std::upper_bound)."""
    weights = even_weights(QWEN3_8B, QWEN3_8B_BYTES)
    for split in ((1.0, 1.0), (3.0, 1.0), (0.0, 1.0), (1.0, 2.0)):
        made = plan(QWEN3_8B, weights, machine(26, 23, 23), Wishes(context=8192, split=split))
        bounds = [split[0] / sum(split), 1.0]
        expected = [0, 0]
        for layer in range(37):
            expected[next(place for place, bound in enumerate(bounds) if layer / 37 < bound)] += 1
        assert [share.layers for share in made.shares] == expected
        assert made.split == tuple(map(float, expected))


def test_only_named_devices_are_used() -> None:
    weights = even_weights(QWEN3_8B, QWEN3_8B_BYTES)
    made = plan(QWEN3_8B, weights, machine(26, 23, 12), Wishes(context=8192, devices=("card 1",)))
    assert [(share.device, share.layers) for share in made.shares] == [("card 1", 37)]
    nowhere = plan(QWEN3_8B, weights, machine(26, 23), Wishes(context=8192, devices=("gone",)))
    assert (nowhere.gpu_layers, nowhere.limit) == (0, Limit.GONE)


def test_the_faster_card_is_filled_first() -> None:
    slow, fast = (
        Device(name=name, kind="gpu", free_memory=8 * GB, total_memory=8 * GB, bandwidth=bandwidth)
        for name, bandwidth in (("slow", SLOW), ("fast", FAST))
    )
    computer = Machine(free_memory=26 * GB, total_memory=32 * GB, devices=(slow, fast))
    made = plan(QWEN3_8B, even_weights(QWEN3_8B, QWEN3_8B_BYTES), computer, Wishes(context=8192))
    assert [(share.device, share.layers) for share in made.shares] == [("fast", 37), ("slow", 0)]


def test_a_context_is_quantized_only_where_that_is_much_faster() -> None:
    weights = even_weights(QWEN3_8B, QWEN3_8B_BYTES)
    long = Wishes(context=32768)
    made = plan(QWEN3_8B, weights, machine(26, 10), long)
    assert (made.kv_type, made.gpu_layers) == (KvType.Q8_0, 37)
    assert plan(QWEN3_8B, weights, machine(26, 16), long).kv_type is KvType.F16
    odd = msgspec.structs.replace(QWEN3_8B, key_length=80, value_length=80)
    assert plan(odd, weights, machine(26, 10), long).kv_type is KvType.F16  # whole blocks of 32 only


def test_the_sizes_of_a_real_model(starter_model: str) -> None:
    from pathlib import Path

    header = read_header(Path(starter_model))
    shape, weights = shape_of(header), weights_of(shape_of(header), [header.sizes])
    assert weights.is_tied  # it has one table for both
    assert len(set(weights.layers)) <= 2
    assert not any(weights.experts)
    assert header.needed_size - 2_000_000 < weights.total < header.file_size
    assert weights.output > weights.table * 0.99
    assert plan(shape, weights, machine(8, 2), Wishes(context=2048)).gpu_layers == 31


def test_names_of_tensors() -> None:
    sizes = PartSizes()
    for name in (
        "token_embd.weight", "output.weight", "output_norm.weight", "rope_freqs.weight", "blk.0.attn_q.weight",
        "blk.0.ffn_up_exps.weight", "blk.1.ffn_gate_chexps.weight", "blk.1.ffn_up_shexp.weight",
        "blk.3.nextn.eh_proj.weight",
    ):  # fmt: skip
        sizes.add(name, 10)
    assert (sizes.table, sizes.tokens, sizes.output, sizes.has_output) == (20, 10, 20, True)
    assert (sizes.layers, sizes.experts) == ({0: 10, 1: 10, 3: 10}, {0: 10, 1: 10})
    shape = msgspec.structs.replace(QWEN3_8B, layer_count=2)
    weights = weights_of(shape, [sizes, PartSizes(layers={1: 5})])
    assert weights.layers == (10, 15)
    assert weights.experts == (10, 10)
    assert weights.table == 30
    assert not weights.is_tied


@given(cases(), st.integers(0, 2000))
def test_wishes_that_cannot_be_met_are_cut_and_break_nothing(
    case: tuple[Shape, Weights, Machine], experts: int
) -> None:
    shape, weights, computer = case
    made = plan(shape, weights, computer, Wishes(context=4096, cpu_experts=experts, flash_attention=False))
    assert made.cpu_experts <= max((layer + 1 for layer, size in enumerate(weights.experts) if size), default=0)
    assert (made.kv_type, made.flash_attention) == (KvType.F16, False)  # 8 bits would switch it on
