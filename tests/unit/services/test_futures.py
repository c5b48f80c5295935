"""Futures that follow others: done only after what has to happen first."""

import threading
from concurrent.futures import CancelledError, Future, wait

import pytest

from desktop_app.services.background.futures import once_told, then

WAIT_SECONDS = 60.0


def test_nobody_sees_the_result_before_it_is_told() -> None:
    first: Future[int] = Future()
    telling, goes_on, told = threading.Event(), threading.Event(), []

    def tell(done: "Future[int]") -> None:
        telling.set()
        assert goes_on.wait(WAIT_SECONDS)
        told.append(done.result())

    second = once_told(first, tell)
    ending = threading.Thread(target=first.set_result, args=(7,))
    ending.start()
    assert telling.wait(WAIT_SECONDS)
    assert first.done()
    assert not second.done()
    goes_on.set()
    assert second.result(WAIT_SECONDS) == 7
    assert told == [7]
    ending.join()


def test_an_error_is_told_and_handed_on() -> None:
    first: Future[int] = Future()
    told = []
    second = once_told(first, lambda done: told.append(done.exception()))
    error = OSError("the disk is full")
    first.set_exception(error)
    assert second.exception(0) is error
    assert told == [error]


def test_what_is_made_of_a_result_is_handed_on_and_of_an_error_nothing() -> None:
    first: Future[int] = Future()
    second, third = then(first, str), then(then(first, lambda number: number // 0), str)
    first.set_result(7)
    assert second.result(0) == "7"
    assert isinstance(third.exception(0), ZeroDivisionError), "whoever waits must not wait for ever"


def test_one_that_is_cancelled_leaves_the_other_alone() -> None:
    first: Future[int] = Future()
    told: list[int] = []
    second = once_told(first, lambda done: told.append(done.result()))
    assert second.cancel()
    first.set_result(7)
    assert told == [7]
    assert wait([second], 0).done == {second}


def test_it_is_cancelled_with_the_other() -> None:
    first: Future[int] = Future()
    second = then(first, str)
    assert first.cancel()
    assert wait([second], 0).done == {second}
    with pytest.raises(CancelledError):
        second.result(0)
