"""Holding up the computer's sleep, with a logind on a bus of the test's own."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("jeepney")

from desktop_app.gui.locking import sleep_delay
from desktop_app.gui.locking.sleep_delay import SleepDelay
from tests.sleep_keeper import SleepKeeper

pytestmark = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="no dbus-daemon here")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


@pytest.fixture
def login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., SleepKeeper]]:
    made: list[SleepKeeper] = []
    monkeypatch.setattr(sleep_delay, "ANSWER_SECONDS", 60.0)  # the app does without a logind that is slow

    def make(*, refuses: bool = False) -> SleepKeeper:
        made.append(SleepKeeper(tmp_path / "bus", refuses=refuses))
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", made[-1].address)
        return made[-1]

    yield make
    for keeper in made:
        keeper.close()


def settle(pool: ThreadPoolExecutor) -> None:
    pool.submit(lambda: None).result(60)


def test_sleep_is_held_up_once_and_anew(
    login: Callable[..., SleepKeeper], pool: ThreadPoolExecutor, qtbot: QtBot
) -> None:
    keeper = login()
    delay = SleepDelay(pool.submit, "Locking your chats")
    for times in (1, 2):
        delay.hold()
        delay.hold()
        settle(pool)
        assert keeper.holders == 1
        assert keeper.asked == [("sleep", "Inglenook", "Locking your chats", "delay")] * times
        delay.release()
        delay.release()
        qtbot.waitUntil(lambda: not keeper.holders)


def test_what_comes_after_the_release_is_given_back(login: Callable[..., SleepKeeper], qtbot: QtBot) -> None:
    keeper = login()
    later: list[Callable[[], None]] = []
    delay = SleepDelay(later.append, "why")
    delay.hold()
    delay.release()
    later.pop()()
    assert keeper.asked == []  # nobody needs it any more
    delay._wished = True
    take, delay._keep = delay._take, lambda file: (delay.release(), SleepDelay._keep(delay, file))[1]
    take()
    assert len(keeper.asked) == 1
    qtbot.waitUntil(lambda: not keeper.holders)


def test_where_nobody_gives_it_the_app_does_without(
    login: Callable[..., SleepKeeper], pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = login(refuses=True)
    for address in (keeper.address, "unix:path=/nowhere/at/all", "nonsense"):
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        delay = SleepDelay(pool.submit, "why")
        delay.hold()
        settle(pool)
        assert delay._file is None
        delay.release()
    assert len(keeper.asked) == 1
