"""Several models at a time: each card holds no more than it has, and what fits together fits with more room, too."""

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from desktop_app.domain.elsewhere import plan_as_loaded
from desktop_app.domain.fit import DEVICE_BYTES, Machine
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.offload import Wishes, even_weights
from desktop_app.domain.together import Held, Wanted, fit_together, left_by, with_room_of
from tests.unit.domain.test_elsewhere import beside
from tests.unit.domain.test_fit import GB, QWEN3_8B, QWEN3_8B_BYTES, shapes
from tests.unit.domain.test_offload import machine, machines, needed, parts

EIGHT = Wanted(shape=QWEN3_8B, weights=even_weights(QWEN3_8B, QWEN3_8B_BYTES), wishes=Wishes(context=8192))


@st.composite
def wanted(draw: st.DrawFn) -> Wanted:
    shape = draw(shapes())
    return Wanted(shape=shape, weights=draw(parts(shape)), wishes=Wishes(context=4096))


@given(st.lists(wanted(), min_size=1, max_size=3), machines())
def test_all_of_them_together_take_no_more_of_any_memory_than_is_free(models: list[Wanted], computer: Machine) -> None:
    assume(fit_together(models, computer))
    free = {device.name: device.free_memory for device in computer.devices} | {"host": computer.free_memory}
    taken = dict.fromkeys(free, 0.0)
    left = computer
    for each in models:
        made = plan_as_loaded(each.shape, each.weights, left, each.wishes)
        for place, size in needed(made, computer).items():
            taken[place] += size
        left = left_by(made, left)
    assert all(size <= free[place] for place, size in taken.items())
    assert {device.name: device.free_memory for device in left.devices} == {
        device.name: device.free_memory - taken[device.name]
        for device in computer.devices
        if device.kind != "server" or not taken[device.name]  # which serves one model at a time
    }


@given(st.lists(wanted(), min_size=1, max_size=3), machines())
def test_fewer_of_them_fit_too(models: list[Wanted], computer: Machine) -> None:
    if fit_together(models, computer):
        assert all(fit_together(models[:count], computer) for count in range(len(models)))


@pytest.mark.parametrize(
    ("computer", "fits"),
    [
        (machine(16), [True, True, False]),  # 7 GB each with the context
        (machine(6, 8), [True, False, False]),  # the card is full, and the rest too small
        (machine(6, 16), [True, True, True]),
        (machine(6, 8, 8), [True, True, True]),
        (machine(16, 8), [True, True, True]),  # one on the card, two beside it
        (machine(16, 16, kind="integrated"), [True, True, False]),  # its memory is the computer's
    ],
)
def test_two_and_three_of_a_model(computer: Machine, fits: list[bool]) -> None:
    assert [fit_together([EIGHT] * count, computer) for count in (1, 2, 3)] == fits


def test_a_server_serves_one_model_at_a_time() -> None:
    assert fit_together([EIGHT], beside(machine(5), 60, always=True))
    assert not fit_together([EIGHT] * 2, beside(machine(5), 60, always=True))
    assert fit_together([EIGHT] * 2, beside(machine(5), 60, 60, always=True))


def test_room_is_counted_with_what_was_loaded_since_the_cards_were_looked_at() -> None:
    computer = msgspec.structs.replace(beside(machine(10, 12, 12), 20), seen_at=100.0)
    server = computer.devices[2].name
    on_card = ModelInfo(name="m", path="/m", allocated={"card 0": 4 * GB, "card 1": 0, "CPU": GB})
    over = ModelInfo(name="n", path="/n", servers=(server,), allocated={server: 9 * GB})

    def left(**worker: object) -> list[float]:
        room = with_room_of(computer, [Held(memory=2 * GB, **worker)])
        return [size / GB for size in (room.free_memory, *(device.free_memory for device in room.devices))]

    took = 4 + DEVICE_BYTES / GB
    assert left(stays=True, model=on_card, loaded_at=200.0) == [10, pytest.approx(12 - took), 12, 20]
    assert left(stays=True, model=on_card, loaded_at=50.0) == [10, 12, 12, 20]
    assert left(stays=False, model=on_card, loaded_at=200.0) == [12, 12, 12, 20]
    assert left(stays=False, model=on_card, loaded_at=50.0) == [12, pytest.approx(12 + took), 12, 20]
    assert left(stays=True, model=None) == [12, 12, 12, 20]  # it is planned as a whole
    assert left(stays=True, model=over, loaded_at=200.0) == [10, 12, 12]
    assert left(stays=False, model=over, loaded_at=200.0) == [12, 12, 12, 20]
