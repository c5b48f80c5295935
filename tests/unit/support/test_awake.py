"""The computer is kept awake as long as it is asked for, by a command that ends with its owner."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop_app.support import awake as awake_module
from desktop_app.support.awake import Awake, Wakefulness, keeper

KEEPER = "import sys, pathlib; p = pathlib.Path(sys.argv[1]); p.touch(); sys.stdin.read(); p.unlink()"


def test_a_command_runs_while_it_is_held(tmp_path: Path) -> None:
    mark = tmp_path / "awake"
    awake = Awake([sys.executable, "-c", KEEPER, str(mark)])
    for _ in range(2):
        awake.hold(True)
        awake.hold(True)
        process = awake._process
        assert process is not None
        assert process.poll() is None
        awake.hold(False)
        awake.hold(False)
        assert process.returncode == 0
        assert not mark.exists()


def test_a_computer_without_the_command_goes_on() -> None:
    awake = Awake(["no-such-command-anywhere"])
    awake.hold(True)
    awake.hold(False)
    Awake([]).hold(True)


@pytest.mark.parametrize(
    ("platform", "program"), [("linux", "systemd-inhibit"), ("darwin", "caffeinate"), ("win32", "")]
)
def test_every_system_has_its_own_way(platform: str, program: str) -> None:
    command = keeper("Downloading a model", platform)
    assert (command[0] if command else "") == program
    assert not command or command[-1] == "cat"  # which ends with its input


def test_what_was_wished_last_holds() -> None:
    held: list[bool] = []
    jobs: list[Callable[[], object]] = []
    pool = SimpleNamespace(submit=jobs.append)
    wakefulness = Wakefulness(SimpleNamespace(hold=held.append), pool)
    for active in (True, False, True):
        wakefulness.wish(active)
    assert held == []  # it may take long, so whoever wishes does not wait for it
    for job in reversed(jobs):
        job()
    assert held == [True, True, True]
    wakefulness.close()
    wakefulness.wish(True)
    assert held[-1] is False
    assert len(jobs) == 3


def test_windows_is_asked_once_and_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts requests: one that was made twice and taken back once would keep the computer awake for good."""
    asked: list[bool] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(awake_module, "_power_request", lambda _reason: 7, raising=False)
    monkeypatch.setattr(
        awake_module, "_set_power_request", lambda _request, active: asked.append(active), raising=False
    )
    awake = Awake((), "Downloading a model")
    for active in (False, True, True, False, False, True, False):
        awake.hold(active)
    assert asked == [True, False, True, False]
