"""What the check of types found out, for the user's next clone."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def known_types(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    module = importlib.import_module("known_types")
    monkeypatch.setattr(module.engine_build, "cache", lambda: tmp_path / "cache")
    return module


def clone(folder: Path, found: str = "") -> Path:
    """Make a clone, in which types were checked where something was `found`."""
    folder.mkdir()
    if found:
        file = folder / ".mypy_cache/linux/found"
        file.parent.mkdir(parents=True)
        file.write_text(found)
    return folder


def read(folder: Path) -> str:
    (file,) = (folder / ".mypy_cache").rglob("found")
    return file.read_text()


def test_the_next_clone_has_what_the_last_one_kept(known_types: ModuleType, tmp_path: Path) -> None:
    known_types.keep(clone(tmp_path / "one", "before"))
    known_types.keep(clone(tmp_path / "other", "now"))
    fresh = clone(tmp_path / "fresh")
    assert known_types.take(fresh)
    assert read(fresh) == "now"
    assert [file.name for file in fresh.iterdir()] == [".mypy_cache"]


def test_a_clone_keeps_what_it_found_out_itself(known_types: ModuleType, tmp_path: Path) -> None:
    known_types.keep(clone(tmp_path / "other", "theirs"))
    mine = clone(tmp_path / "mine", "mine")
    assert not known_types.take(mine)
    assert read(mine) == "mine"


def test_where_nothing_was_kept_nothing_is_taken(known_types: ModuleType, tmp_path: Path) -> None:
    fresh = clone(tmp_path / "fresh")
    assert known_types.take(fresh)
    assert list(fresh.iterdir()) == []


def test_half_of_it_is_not_taken(known_types: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known_types.keep(clone(tmp_path / "other", "theirs"))
    fresh = clone(tmp_path / "fresh")

    def fail(_source: Path, target: Path) -> None:
        target.mkdir()
        raise OSError

    monkeypatch.setattr(known_types.shutil, "copytree", fail)
    assert known_types.take(fresh)
    assert list(fresh.iterdir()) == []


def test_no_room_to_keep_it_is_no_failure(known_types: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder would be")
    known_types.keep(clone(tmp_path / "other", "theirs"))
