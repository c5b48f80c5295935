"""The crash report: says where it failed, never what was said."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.support.crash import (
    MESSAGE_LEFT_OUT,
    REPORTS_KEPT,
    CrashHooks,
    crash_report,
    last_lines,
    shorten_home,
    write_report,
)

SECRET = "my doctor said something"


class Told:
    """Collects what the hooks tell."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, Path | None]] = []
        self.heard = threading.Event()

    def __call__(self, report: str, file: Path | None) -> None:
        self.reports.append((report, file))
        self.heard.set()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def hooks(tmp_path: Path, told: Told) -> Iterator[CrashHooks]:
    hooks = CrashHooks(tmp_path / "logs", tmp_path / "logs" / "inglenook.log", told)
    hooks.install()
    yield hooks
    hooks.remove()


def _caught(action: object) -> BaseException:
    assert callable(action)
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - any error is wanted
        action()
    return caught.value


def _fail_with_a_quote() -> None:
    raise ValueError(f"cannot read {SECRET!r}")


def _fail_in_a_chain() -> None:
    try:
        _fail_with_a_quote()
    except ValueError as error:
        raise KeyError(SECRET) from error


def test_names_the_place_and_leaves_out_the_quote() -> None:
    report = crash_report(_caught(_fail_with_a_quote))
    assert "_fail_with_a_quote" in report
    assert "ValueError" in report
    assert MESSAGE_LEFT_OUT in report
    assert SECRET not in report


def test_a_chain_of_causes_quotes_nothing_either() -> None:
    report = crash_report(_caught(_fail_in_a_chain))
    assert "KeyError" in report
    assert "ValueError" in report
    assert "caused by" in report
    assert SECRET not in report


def test_an_error_met_while_handling_another_shows_both() -> None:
    def fail() -> None:
        try:
            _fail_with_a_quote()
        except ValueError:
            {}["absent"]

    report = crash_report(_caught(fail))
    assert "while handling" in report
    assert "ValueError" in report


def test_messages_that_name_the_program_are_kept() -> None:
    assert "'object' has no attribute 'absent'" in crash_report(
        AttributeError("'object' has no attribute 'absent'"),
    )
    assert "engine_crashed: exit code -11" in crash_report(EngineError(ErrorCode.ENGINE_CRASHED, "exit code -11"))


def test_names_versions_and_system() -> None:
    report = crash_report(RuntimeError())
    assert f"Python {sys.version.split()[0]}" in report
    assert "SQLAlchemy" in report
    assert "llama-cpp-python" in report


def test_the_home_folder_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/maria"))
    assert shorten_home("in /home/maria/x and /home/maria") == "in ~/x and ~"
    report = crash_report(FileNotFoundError(2, "No such file", "/home/maria/models/a.gguf"))
    assert "maria" not in report
    assert "~/models/a.gguf" in report


def test_a_home_that_is_the_root_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/"))
    assert shorten_home("/usr/lib") == "/usr/lib"


def test_takes_the_last_lines_of_the_log(tmp_path: Path) -> None:
    log = tmp_path / "inglenook.log"
    log.write_text("".join(f"line {number}\n" for number in range(1000)), encoding="utf-8")
    assert last_lines(log, 3) == ["line 997", "line 998", "line 999"]
    assert "line 999" in crash_report(RuntimeError(), log_file=log)
    assert last_lines(tmp_path / "absent.log") == []


def test_keeps_the_last_reports_only(tmp_path: Path) -> None:
    files = [write_report(tmp_path / "logs", f"report {number}") for number in range(REPORTS_KEPT + 3)]
    kept = sorted((tmp_path / "logs").iterdir())
    assert kept == files[-REPORTS_KEPT:]
    assert kept[-1].read_text(encoding="utf-8") == f"report {REPORTS_KEPT + 2}"


def test_a_thread_that_fails_is_reported_by_name(hooks: CrashHooks, told: Told) -> None:
    thread = threading.Thread(target=_fail_with_a_quote, name="engine-reader")
    thread.start()
    thread.join()
    assert told.heard.wait(60)
    report, file = told.reports[0]
    assert "Thread: engine-reader" in report
    assert SECRET not in report
    assert file is not None
    assert file.read_text(encoding="utf-8") == report


def test_the_main_thread_is_reported_and_the_old_hooks_come_back(tmp_path: Path, told: Told) -> None:
    before = sys.excepthook, threading.excepthook
    hooks = CrashHooks(tmp_path / "logs", tmp_path / "absent.log", told)
    hooks.install()
    error = _caught(_fail_with_a_quote)
    sys.excepthook(type(error), error, error.__traceback__)
    hooks.remove()
    assert (sys.excepthook, threading.excepthook) == before
    assert "_fail_with_a_quote" in told.reports[0][0]


def test_ctrl_c_is_no_crash(tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    passed_on: list[object] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: passed_on.append(kind))
    hooks = CrashHooks(tmp_path, tmp_path / "absent.log", told)
    hooks.install()
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    hooks.remove()
    assert passed_on == [KeyboardInterrupt]
    assert not told.reports


def test_a_disk_that_refuses_still_gets_the_report_told(tmp_path: Path, told: Told) -> None:
    in_the_way = tmp_path / "logs"
    in_the_way.write_text("a file where the folder should be", encoding="utf-8")
    hooks = CrashHooks(in_the_way, in_the_way / "inglenook.log", told)
    error = _caught(_fail_with_a_quote)
    hooks.install()
    sys.excepthook(type(error), error, error.__traceback__)
    hooks.remove()
    report, file = told.reports[0]
    assert "ValueError" in report
    assert file is None
