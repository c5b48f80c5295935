"""The search for the fastest settings, over made-up computers."""

from collections.abc import Callable

import msgspec
import pytest

from desktop_app.domain.fit import KvType
from desktop_app.domain.tuning import AS_USUAL_HERE, Computer, Preferred, Search, Trial, Tried, preferred

CPU = Computer(physical_cores=8, logical_cores=16)
CARD = Computer(physical_cores=8, logical_cores=16, layers=28, all_layers=33)


def searched(computer: Computer, speed: Callable[[Tried], tuple[float, float]]) -> Search:
    search = Search(computer)
    while (tried := search.next()) is not None:
        reading, writing = speed(tried)
        search.tell(Trial(tried=tried, reading=reading, writing=writing))
        assert len(search.trials) <= 40
    return search


def test_the_first_is_what_llama_cpp_does_by_itself() -> None:
    assert Search(CPU).next() == Tried(threads=8, batch_size=512, flash_attention=True)
    assert Search(CARD).next() == Tried(threads=8, batch_size=512, gpu_layers=28)


def test_each_setting_is_found() -> None:
    def speed(tried: Tried) -> tuple[float, float]:
        factor = 2.0 if tried.threads == 7 else 1.0
        factor *= 1.5 if tried.flash_attention is False else 1.0
        return 100.0 * factor * (1.3 if tried.batch_size == 128 else 1.0), 10.0 * factor

    best = searched(CPU, speed).best
    assert best is not None
    assert best.tried == Tried(threads=7, batch_size=128, flash_attention=False)


def test_a_card_is_used_as_far_as_it_helps() -> None:
    fast = searched(CARD, lambda tried: (1000.0 + tried.gpu_layers, 50.0 + tried.gpu_layers)).best
    assert fast is not None
    assert fast.tried.gpu_layers == 28  # never more than the planner found room for
    slow = searched(CARD, lambda tried: (100.0, 100.0 - tried.gpu_layers)).best
    assert slow is not None
    assert slow.tried.gpu_layers == 0


def test_the_processor_comes_second_so_that_a_slow_card_leaves_time_for_it() -> None:
    search, speeds = Search(CARD), iter([(20.0, 2.0), (200.0, 20.0)])
    assert not search.is_of_use
    while not search.is_of_use:
        tried = search.next()
        assert tried is not None
        reading, writing = next(speeds)
        search.tell(Trial(tried=tried, reading=reading, writing=writing))
    assert search.best is not None
    assert search.best.tried == Search(CPU).next()  # what llama.cpp does where there is no card
    alone = Search(CPU)
    alone.tell(Trial(tried=Tried(threads=8, batch_size=512, flash_attention=True), reading=1.0, writing=1.0))
    assert alone.is_of_use


def test_small_differences_change_nothing() -> None:
    best = searched(CPU, lambda tried: (100.0 + tried.threads / 10, 10.0)).best
    assert best is not None
    assert best.tried == Search(CPU).next()


def test_an_inexact_context_is_told_but_never_chosen() -> None:
    search = searched(CPU, lambda tried: (100.0, 90.0 if tried.kv_type is KvType.Q8_0 else 10.0))
    assert search.best is not None
    assert search.best.tried.kv_type is KvType.F16
    assert any(trial.tried.kv_type is KvType.Q8_0 for trial in search.trials)


def test_threads_and_layers_that_are_as_usual_are_left_alone() -> None:
    usual = Tried(threads=8, batch_size=512, gpu_layers=28)
    first = Trial(tried=usual, reading=10.0, writing=1.0)
    assert preferred(usual, first) == Preferred(batch_size=512, flash_attention=None)
    other = Tried(threads=7, batch_size=64, gpu_layers=0, flash_attention=False)
    assert preferred(other, first) == Preferred(batch_size=64, flash_attention=False, threads=7, gpu_layers=0)
    more = msgspec.structs.replace(usual, gpu_layers=33)  # as it was kept by a release that tried that
    assert preferred(more, first).gpu_layers is None


def test_a_card_that_could_not_be_measured_is_not_called_slow() -> None:
    """Its memory may have been taken just then: with "no layers" kept, the model would stay on the processor for good."""
    search = searched(CARD, lambda tried: (0.0, 0.0) if tried.gpu_layers else (100.0, 10.0))
    assert search.best is not None
    assert search.best.tried.gpu_layers == 0
    assert preferred(search.best.tried, search.trials[0]) == AS_USUAL_HERE
    alone = searched(CPU, lambda tried: (0.0, 0.0) if tried.flash_attention else (100.0, 10.0))
    assert alone.best is not None
    assert preferred(alone.best.tried, alone.trials[0]).flash_attention is False


def test_nothing_works() -> None:
    assert searched(CPU, lambda _tried: (0.0, 0.0)).best is None


def test_only_what_can_be_is_tried() -> None:
    kept = {trial.tried.kv_type for trial in searched(CPU, lambda _tried: (1.0, 1.0)).trials}
    assert kept == {KvType.F16, KvType.Q8_0}
    odd = Computer(physical_cores=1, logical_cores=1, can_quantize=False)
    trials = searched(odd, lambda _tried: (1.0, 1.0)).trials
    assert {trial.tried.kv_type for trial in trials} == {KvType.F16}
    assert {trial.tried.threads for trial in trials} == {1}


@pytest.mark.parametrize("computer", [CPU, CARD])
def test_no_setting_is_tried_twice(computer: Computer) -> None:
    tried: list[Tried] = []

    def speed(one: Tried) -> tuple[float, float]:
        tried.append(one)
        return one.batch_size, one.threads

    searched(computer, speed)
    assert len(set(tried)) == len(tried) <= Search(computer).most_trials + 1
