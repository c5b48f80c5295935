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
