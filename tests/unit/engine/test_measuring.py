"""How long is measured: as long as there is time, and until there is something to compare."""

import itertools
import time

import pytest

from desktop_app.domain.tuning import Computer, Trial, Tried
from desktop_app.engine import measuring
from desktop_app.protocol.measure import Event, Measure, Measured, MeasuringEnded


class SlowCard:
    """Stands for a bench on a computer whose card takes all of the time for its first trial."""

    place = None
    cards = ("A slow one",)

    def __init__(self, computer: Computer) -> None:
        self.computer = computer

    def trial(self, tried: Tried) -> Trial:
        speed = 1.0 if tried.gpu_layers else 30.0
        return Trial(tried=tried, reading=speed, writing=speed)

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("layers", "tried"), [(0, [0]), (33, [33, 0])])
def test_the_processor_is_measured_however_slow_a_card_is(
    monkeypatch: pytest.MonkeyPatch, layers: int, tried: list[int]
) -> None:
    computer = Computer(physical_cores=4, logical_cores=8, layers=layers, all_layers=layers)
    monkeypatch.setattr(measuring, "Bench", lambda _command, _backend: SlowCard(computer))
    monkeypatch.setattr(time, "monotonic", itertools.count(step=100).__next__)
    told: list[Event] = []
    wire = type("Heard", (), {"send": staticmethod(told.append)})
    measuring._measure(Measure("model.gguf", 45.0), None, wire)
    assert [event.trial.tried.gpu_layers for event in told if isinstance(event, Measured)] == tried
    assert isinstance(told[-1], MeasuringEnded)
    assert told[-1].cards == ("A slow one",)
    assert told[-1].best is not None
    assert told[-1].best.tried.gpu_layers == 0


class Counted:
    """Stands for a context and its batch: notes which tokens are computed."""

    size, capacity = 512, 64

    def __init__(self) -> None:
        self.tokens: set[int] = set()

    def add(self, token: int, _place: int, _sequence: int, *, wants_logits: bool) -> None:
        self.tokens.add(token)

    def clear(self) -> None:
        pass

    def wait(self) -> None:
        pass

    def decode(self, _batch: object) -> None:
        pass


@pytest.mark.parametrize(("known", "most"), [(3, 2), (100, 99), (50_000, 204)])
def test_a_model_with_few_words_is_asked_for_none_that_it_lacks(known: int, most: int) -> None:
    counted = Counted()
    writing, position = measuring._write(counted, counted, 0, 60.0, known)
    assert position == measuring.MOST_WRITTEN
    measuring._read(counted, counted, writing, known)
    assert max(counted.tokens) == most
