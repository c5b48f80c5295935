"""How far one has come in the tour, on disk."""

from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_app.domain.tour import TourProgress
from desktop_app.settings.tour import TourStore

SOME = TourProgress(at="top_p", done=("tokens",), is_answered=True)


def at_once(job: Callable[[], None]) -> None:
    job()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "tour.json"


def test_it_comes_back(file: Path) -> None:
    TourStore(file, at_once).keep(SOME)
    store = TourStore(file, at_once)
    assert store.progress == TourProgress()
    assert store.load() == store.progress == SOME


def test_what_did_not_change_is_not_written(file: Path) -> None:
    TourStore(file, at_once).keep(TourProgress())
    assert not file.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"at": 5}', b"\xff\xfe"])
def test_a_damaged_file_begins_anew(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    assert TourStore(file, at_once).load() == TourProgress()


def test_a_step_of_a_newer_release_is_the_first_and_stays_done(file: Path) -> None:
    file.parent.mkdir()
    file.write_text('{"at": "dreams", "done": ["dreams"], "more": 1}')
    progress = TourStore(file, at_once).load()
    assert progress.step.value == "tokens"
    assert progress.with_done(progress.step).done == ("dreams", "tokens")


def test_a_disk_that_refuses_is_not_spoken_of(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file")
    store = TourStore(tmp_path / "config" / "tour.json", at_once)
    store.keep(SOME)
    assert store.progress == SOME


def test_when_the_executor_has_ended_it_is_written_at_once(file: Path) -> None:
    def refuse(_job: Callable[[], None]) -> None:
        raise RuntimeError

    TourStore(file, refuse).keep(SOME)
    assert TourStore(file, at_once).load() == SOME
