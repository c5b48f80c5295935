"""The number of threads follows what else the computer does, on made-up computers with made-up time."""

import itertools
import random
from collections.abc import Callable

import pytest

from desktop_app.engine.threads import LONGEST_SECONDS, LONGEST_SECONDS_DOWN, MOST_SECONDS_OFF, Load, ThreadTuner

Cost = Callable[[int, float], float]
"""Seconds that a step takes with a number of threads, at a moment."""


class Computer:
    """Runs steps; time passes with them."""

    def __init__(self, most: int, cost: Cost, noise: float = 0.0, load: Load | None = None) -> None:
        self.now = 0.0
        self.cost = cost
        self.load = load
        seen = {} if load is None else {"load": lambda: self.load}
        self.tuner = ThreadTuner(most, lambda: self.now, **seen)
        self.steps: list[tuple[float, int]] = []
        self._noise = noise
        self._random = random.Random(1)

    def run(self, seconds: float, width: int = 1) -> float:
        """Run for `seconds`; return the steps a second."""
        begun, count = self.now, 0
        while self.now < begun + seconds:
            threads = self.tuner.threads
            assert threads >= 1
            taken = self.cost(threads, self.now) * (1 + self._noise * self._random.random())
            self.now += taken
            self.steps.append((self.now, threads))
            self.tuner.note(taken, width)
            count += 1
        return count / (self.now - begun)


def idle(threads: int, _now: float) -> float:
    return 0.0125 if threads == 2 else 0.0217


def busy(threads: int, _now: float) -> float:
    return 0.07 if threads == 2 else 0.0222


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_an_idle_computer_uses_all(noise: float) -> None:
    computer = Computer(2, idle, noise)
    assert computer.run(30) > 0.95 / (0.0125 * (1 + noise / 2))
    assert computer.tuner.threads == 2


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_a_busy_one_uses_what_is_fastest(noise: float) -> None:
    computer = Computer(2, busy, noise)
    assert computer.run(30) > 0.90 / (0.0222 * (1 + noise / 2))


def test_it_follows_within_a_second() -> None:
    computer = Computer(2, idle, noise=0.1)
    computer.run(10)
    computer.cost = busy
    computer.run(1)
    assert computer.run(5) > 0.9 / (0.0222 * 1.05)
    computer.cost = idle
    computer.run(9)  # it had learnt to wait
    assert computer.run(5) > 0.95 / (0.0125 * 1.05)


def test_a_slowdown_that_fewer_threads_do_not_mend_changes_nothing() -> None:
    computer = Computer(2, idle)
    computer.run(5)
    computer.cost = lambda threads, _now: 3 * idle(threads, 0)
    assert computer.run(20) > 0.9 / 0.0375
    assert computer.tuner.threads == 2


@pytest.mark.parametrize("taken", [0, 1, 3, 7])
def test_eight_cores_of_which_some_are_taken(taken: int) -> None:
    def cost(threads: int, _now: float) -> float:
        return 0.1 / threads if threads <= 8 - taken else 0.1

    computer = Computer(8, cost)
    computer.run(20)
    assert computer.run(20) > 0.85 * (8 - taken) / 0.1


def test_longer_texts_take_longer_and_are_no_reason() -> None:
    computer = Computer(2, lambda threads, now: idle(threads, now) * (1 + now / 20))
    computer.run(60)
    assert sum(threads == 2 for _, threads in computer.steps) > 0.95 * len(computer.steps)


def test_more_answers_at_once_are_no_slowdown() -> None:
    computer = Computer(2, idle)
    computer.run(3)
    computer.cost = lambda threads, now: 2 * idle(threads, now)
    computer.run(3, width=3)
    assert computer.tuner.threads == 2
    assert len(list(itertools.groupby(threads for _, threads in computer.steps))) < 20


def test_one_core_is_left_in_peace() -> None:
    computer = Computer(1, lambda _threads, _now: 0.05)
    computer.run(5)
    assert {threads for _, threads in computer.steps} == {1}


QUIET, TAKEN = Load(idle=0.0, others=0.0), Load(idle=0.0, others=1.0)


def trials(computer: Computer) -> int:
    """Return how often the number of threads was another one for a while."""
    return sum(1 for _ in itertools.groupby(threads for _, threads in computer.steps)) // 2


def test_a_quiet_computer_is_left_alone() -> None:
    computer = Computer(2, idle, load=QUIET)
    computer.run(MOST_SECONDS_OFF - 1)
    assert trials(computer) == 0
    computer.run(2 * LONGEST_SECONDS_DOWN)
    assert 1 <= trials(computer) <= 3, "what cannot be seen is found out now and then"


def test_no_thread_is_added_where_another_program_has_the_core() -> None:
    computer = Computer(2, idle, load=QUIET)
    computer.run(5)
    computer.cost, computer.load = busy, TAKEN
    computer.run(2)
    computer.steps.clear()
    assert computer.run(20) > 0.99 / 0.0222
    assert {threads for _, threads in computer.steps} == {1}


def test_a_core_that_becomes_free_is_used_at_once() -> None:
    computer = Computer(2, busy, load=TAKEN)
    computer.run(15)
    computer.cost, computer.load = idle, Load(idle=1.0, others=0.0)
    computer.run(LONGEST_SECONDS + 0.5)
    assert computer.tuner.threads == 2
    assert computer.run(5) > 0.98 / 0.0125


@pytest.mark.parametrize(
    ("others", "writing", "reading"), [(0.0, 2, 8), (0.4, 2, 8), (1.0, 2, 7), (2.6, 2, 5), (7.9, 2, 2), (2.6, 7, 7)]
)
def test_all_threads_read_that_have_a_core_to_themselves(others: float, writing: int, reading: int) -> None:
    tuner = ThreadTuner(8, load=lambda: Load(idle=0.0, others=others))
    tuner.threads = writing  # as the last answer left it
    assert tuner.for_reading() == reading
    assert ThreadTuner(8).for_reading() == 8
