"""Plans that may use other computers: when they do, never more than is free anywhere, never worse with more of it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.elsewhere import plan_as_loaded, servers_in, without_servers
from desktop_app.domain.fit import SAFETY, Device, KvType, Machine
from desktop_app.domain.offload import Plan, Weights, Wishes, even_weights, plan
from desktop_app.domain.servers import ServerAnswer, ServerDevice, Trouble, devices_of
from desktop_app.domain.shape import Shape
from desktop_app.domain.verdict import Fit, judge, may_fit
from tests.unit.domain.test_fit import GB, QWEN3_8B, QWEN3_8B_BYTES, QWEN3_30B_A3B
from tests.unit.domain.test_offload import (
    LLAMA_70B,
    LLAMA_70B_BYTES,
    QWEN3_30B_BYTES,
    cases,
    in_short,
    machine,
    needed,
    value,
)


def server(number: int, free: float) -> Device:
    return Device(
        name=f"10.0.0.{number + 2}:50052", kind="server", free_memory=int(free * GB), total_memory=int(free * GB)
    )


def beside(computer: Machine, *free: float, always: bool = False) -> Machine:
    """Return a computer with servers that have so many GB free."""
    servers = [server(number, each) for number, each in enumerate(free)]
    return msgspec.structs.replace(computer, devices=(*computer.devices, *servers), servers_always=always)


def inside(memory: float, *free: float) -> Machine:
    """Return a computer whose graphics share all of its memory, with servers that have so many GB free."""
    return beside(machine(memory, memory, kind="integrated"), *free)


@st.composite
def networks(draw: st.DrawFn) -> tuple[Shape, Weights, Machine]:
    shape, weights, computer = draw(cases())
    free = draw(st.lists(st.integers(0, 40), min_size=1, max_size=3))
    return shape, weights, beside(computer, *map(float, free), always=draw(st.booleans()))


@given(networks(), st.sampled_from([512, 8192, 32768]))
def test_no_computer_holds_more_than_it_has_free(case: tuple[Shape, Weights, Machine], context: int) -> None:
    shape, weights, computer = case
    made = plan_as_loaded(shape, weights, computer, Wishes(context=context))
    free = {device.name: device.free_memory for device in computer.devices} | {"host": computer.free_memory}
    if made.fits:
        assert all(size * SAFETY <= free[place] + 1 for place, size in needed(made, computer).items())
    assert sum(share.layers for share in made.shares) == made.gpu_layers


@given(networks(), st.data())
def test_it_never_becomes_worse_with_more_memory_anywhere(
    case: tuple[Shape, Weights, Machine], data: st.DataObject
) -> None:
    shape, weights, computer = case
    more = msgspec.structs.replace(
        computer,
        free_memory=computer.free_memory + data.draw(st.sampled_from([0, 1, GB, 20 * GB])),
        devices=tuple(
            msgspec.structs.replace(device, free_memory=device.free_memory + data.draw(st.sampled_from([0, GB // 10, 9 * GB])))
            for device in computer.devices
        ),
    )  # fmt: skip
    before, after = (plan_as_loaded(shape, weights, each, Wishes(context=8192)) for each in (computer, more))
    assert after.fits >= before.fits
    if servers_in(before, computer.devices) and (computer.servers_always or not servers_in(after, more.devices)):
        return  # what fits here now stays here, whatever a server's speed was guessed to be
    assert value(after) >= value(before) * (1 - 1e-5)


@given(networks())
def test_what_fits_alone_stays_and_servers_only_add(case: tuple[Shape, Weights, Machine]) -> None:
    shape, weights, computer = case
    wishes = Wishes(context=4096)
    alone, made = (plan_as_loaded(shape, weights, each, wishes) for each in (without_servers(computer), computer))
    assert alone == plan(shape, weights, without_servers(computer), wishes)
    assert made.fits >= alone.fits
    if alone.fits and not computer.servers_always:
        assert made == alone


@pytest.mark.parametrize(
    ("name", "computer", "eight", "mixture", "seventy"),
    [
        ("no card, a server of 24 GB", beside(machine(11), 24), "0 f16", "49-24 f16", "no"),
        ("the same for every model", beside(machine(11), 24, always=True), "37 f16", "49 f16", "no"),
        ("no card, 8 GB, a server of 24 GB", beside(machine(5), 24), "12 f16", "49-9 f16", "no"),
        ("4 GB, a server of 24 GB", beside(machine(11, 3.5), 24), "15 f16", "49-24 f16", "no"),
        ("4 GB, a server of 80 GB", beside(machine(26, 3.5), 79), "15 f16", "49-45 f16", "40 f16"),
        ("24 GB, two servers of 12 GB", beside(machine(11, 23), 11.2, 11.2), "37 f16", "49 f16", "65 f16"),
        ("integrated graphics, 8 GB, a server of 24 GB", inside(5, 24), "12 f16", "49 f16", "no"),
        ("integrated graphics, 26 GB, a server of 80 GB", inside(26, 79), "37 f16", "49 f16", "40 f16"),
        ("a server without room", beside(machine(26), 0.2), "0 f16", "0 f16", "no"),
    ],
)
def test_computers_beside_servers(name: str, computer: Machine, eight: str, mixture: str, seventy: str) -> None:
    """As the thirty without servers: layers on devices of whatever computer, those without experts there, the context."""
    told = [
        in_short(plan_as_loaded(shape, even_weights(shape, size), computer, Wishes(context=8192)))
        for shape, size in (
            (QWEN3_8B, QWEN3_8B_BYTES),
            (QWEN3_30B_A3B, QWEN3_30B_BYTES),
            (LLAMA_70B, LLAMA_70B_BYTES),
        )
    ]
    assert told == [eight, mixture, seventy]


def test_a_share_for_a_server_has_it_used_and_no_layers_at_all_has_not() -> None:
    weights, computer = even_weights(QWEN3_8B, QWEN3_8B_BYTES), beside(machine(26, 12), 24)

    def made(**wishes: object) -> Plan:
        return plan_as_loaded(QWEN3_8B, weights, computer, Wishes(context=4096, **wishes))

    assert servers_in(made(), computer.devices) == ()
    names = tuple(device.name for device in computer.devices)
    split = made(devices=names, split=(1.0, 1.0))
    assert [share.layers for share in split.shares] == [19, 18]
    assert servers_in(split, computer.devices) == ("10.0.0.2:50052",)
    assert servers_in(made(devices=names[1:], split=(1.0,)), computer.devices) == ("10.0.0.2:50052",)
    assert made(devices=names, split=(1.0, 1.0), gpu_layers=0).gpu_layers == 0


def test_verdicts_are_those_of_the_same_plans() -> None:
    computer = beside(machine(26, 12), 24, 24)
    verdict = judge(LLAMA_70B, LLAMA_70B_BYTES, computer, wanted_context=8192)
    assert (verdict.fit, verdict.servers) == (Fit.REMOTE, ("10.0.0.2:50052",))
    assert (verdict.tokens_per_second, verdict.fits_well) == (0.0, False)  # nobody knows how fast it is
    assert verdict.context > 8192, "there is room for more on the servers"
    made = plan_as_loaded(LLAMA_70B, even_weights(LLAMA_70B, LLAMA_70B_BYTES), computer, Wishes(context=8192))
    assert verdict.gpu_layers == made.gpu_layers
    alone = judge(LLAMA_70B, LLAMA_70B_BYTES, without_servers(computer), wanted_context=8192)
    assert alone.fit is Fit.TOO_LARGE
    small = judge(QWEN3_8B, QWEN3_8B_BYTES, computer, wanted_context=8192, kv_type=KvType.F16)
    assert small == judge(QWEN3_8B, QWEN3_8B_BYTES, without_servers(computer), wanted_context=8192, kv_type=KvType.F16)
    assert may_fit(70 * GB, computer)
    assert not may_fit(170 * GB, without_servers(computer))


def test_what_a_plan_counts_on_of_a_server() -> None:
    """A device that tells all of its memory as free is a processor, whose computer has more to do."""
    devices = (ServerDevice(8 * GB, 8 * GB), ServerDevice(7 * GB, 8 * GB))
    answer = ServerAnswer(address="10.0.0.2:1", devices=devices)
    assert [(each.name, each.free_memory) for each in devices_of(answer)] == [
        ("10.0.0.2:1", 6 * GB),
        ("10.0.0.2:1/2", 7 * GB),
    ]
    assert devices_of(msgspec.structs.replace(answer, trouble=Trouble.SILENT)) == ()
