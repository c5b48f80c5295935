"""The log file: made late, rotated, without what an exception might quote."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.support import logs
from desktop_app.support.logs import LogFile
from tests.windows_files import SharingViolationError

log = logging.getLogger("desktop_app.tests")


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[LogFile]:
    file = LogFile(tmp_path / "state" / "logs")
    file.start()
    yield file
    file.stop()


def test_nothing_is_made_before_the_first_line(log_file: LogFile) -> None:
    assert not log_file.file.parent.exists()
    log.info("worker %s started", "a1")
    assert "worker a1 started" in log_file.file.read_text(encoding="utf-8")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such bits")
def test_only_this_user_can_read_it(log_file: LogFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LOG_BYTES", 1)
    log.info("a line")
    assert log_file.file.stat().st_mode & 0o077 == 0


def test_the_files_stay_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LOG_BYTES", 2_000)
    small = LogFile(tmp_path)
    small.start()
    for number in range(300):
        log.info("line number %d", number)
    small.stop()
    files = sorted(tmp_path.iterdir())
    assert len(files) == 1 + logs.OLDER_LOGS
    assert all(file.stat().st_size <= 2_000 for file in files)
    assert "line number 299" in (tmp_path / logs.LOG_NAME).read_text(encoding="utf-8")
    assert all(file.stat().st_mode & 0o077 == 0 for file in files) or os.name != "posix"


def test_an_exception_is_logged_without_its_words(log_file: LogFile) -> None:
    words = " ".join(["what", "the", "person", "wrote"])
    try:
        int(words)
    except ValueError:
        log.exception("reading failed")
    text = log_file.file.read_text(encoding="utf-8")
    assert "reading failed" in text
    assert "ValueError" in text
    assert "test_an_exception_is_logged_without_its_words" in text
    assert "what the person wrote" not in text


def test_other_packages_stay_out(log_file: LogFile) -> None:
    logging.getLogger("somebody.else").warning("not for this file")
    log.info("for this file")
    assert "not for this file" not in log_file.file.read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").write_text("in the way", encoding="utf-8")
    blocked = LogFile(tmp_path / "logs")
    blocked.start()
    log.info("lost")
    blocked.stop()
    assert capsys.readouterr().err == ""


def test_starting_and_stopping_twice_does_no_harm(tmp_path: Path) -> None:
    file = LogFile(tmp_path)
    file.start()
    file.start()
    log.info("once")
    file.stop()
    file.stop()
    assert file.file.read_text(encoding="utf-8").count("once") == 1
    log.info("after the end")
    assert "after the end" not in file.file.read_text(encoding="utf-8")


def test_lines_are_kept_where_windows_lets_nobody_rename_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while a command in a terminal writes to the same file."""
    monkeypatch.setattr(logs, "LOG_BYTES", 500)
    small = LogFile(tmp_path)
    small.start()
    with monkeypatch.context() as windows:

        def refuse(*_paths: object) -> None:
            raise SharingViolationError(tmp_path)

        windows.setattr(os, "rename", refuse)
        for number in range(20):
            log.info("line number %d", number)
    kept = small.file.read_text(encoding="utf-8")
    assert [number for number in range(20) if f"line number {number}\n" not in kept] == []
    log.info("the other one is gone")
    small.stop()
    assert "the other one is gone" in small.file.read_text(encoding="utf-8")
    assert "line number 19" in small.file.with_name(f"{small.file.name}.1").read_text(encoding="utf-8")
