"""Models of other apps, whatever may be broken there: no app, file or disk keeps the rest from being found."""

import os
from pathlib import Path

import pytest

from desktop_app.sources import app_places, walk
from tests.unit.sources.app_homes import (
    GGUF,
    GPT4ALL_DATA,
    JAN_HOME,
    PLATFORMS,
    find,
    paths,
    put,
    put_cached,
    put_jan,
    put_ollama,
)


@pytest.fixture
def models(home: Path) -> Path:
    folder = home / ".lmstudio/models"
    folder.mkdir(parents=True)
    return folder


def test_a_split_model_counts_when_all_parts_are_there(home: Path, models: Path) -> None:
    parts = [put(models / f"a/b/c-Q8_0-0000{number}-of-00003.gguf") for number in (1, 2, 3)]
    found = find(home)
    assert [(model.path, model.size) for model in found] == [(str(parts[0]), 3 * len(GGUF))]
    parts[1].write_bytes(b"")
    assert find(home) == []
    parts[1].unlink()
    assert find(home) == []


@pytest.mark.parametrize("name", ["a-00001-of-00000.gguf", "a-00002-of-00001.gguf", "a-00001-of-99999.gguf"])
def test_impossible_parts_are_left_out(home: Path, models: Path, name: str) -> None:
    put(models / name)
    assert find(home) == []


@pytest.mark.parametrize("content", [b"", b"GGU", b"GGML....", b"<html>"])
def test_what_is_no_gguf_is_left_out(home: Path, models: Path, content: bytes) -> None:
    put(models / "a/b/c.gguf", content)
    put(models / "a/b/d.gguf.part")
    (models / "a/b/folder.gguf").mkdir()
    assert find(home) == []


def test_endings_in_capitals_count(home: Path, models: Path) -> None:
    first = put(models / "A-00001-of-00002.GGUF")
    put(models / "A-00002-of-00002.GGUF")
    put(models / "MMPROJ-A.GGUF")
    assert paths(find(home)) == [str(first)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_does_not_hold_up_the_search(home: Path, models: Path) -> None:
    os.mkfifo(models / "pipe.gguf")
    os.mkfifo(home / ".lmstudio/settings.json")
    assert find(home) == []


def test_links_that_lead_nowhere_or_round(home: Path, models: Path) -> None:
    file = put(models / "a/b/c.gguf")
    (models / "a/gone.gguf").symlink_to(home / "gone.gguf")
    (models / "a/self.gguf").symlink_to("self.gguf")
    (models / "a/b/up").symlink_to(models)
    (models / "round").symlink_to(models / "a")
    (home / ".cache").mkdir()
    (home / ".cache/huggingface").symlink_to("huggingface")
    assert [Path(path).resolve() for path in paths(find(home))] == [file]


def test_links_that_lead_round_do_not_use_up_the_search(
    home: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        (models / f"round-{number}").symlink_to(models)
    file = put(home / ".cache/lm-studio/models/a/b/c.gguf")
    monkeypatch.setattr(walk, "MAX_ENTRIES", 100)
    assert paths(find(home)) == [str(file)]


def test_a_linked_folder_is_looked_into(home: Path, models: Path, tmp_path: Path) -> None:
    put(tmp_path / "disk/b/c.gguf")
    (models / "a").symlink_to(tmp_path / "disk")
    found = find(home)
    assert [(model.path, model.repository) for model in found] == [(str(models / "a/b/c.gguf"), "a/b")]


def test_one_file_of_several_apps_is_one_model_of_the_app_that_tells_most(home: Path, models: Path) -> None:
    blob = put_ollama(home / ".ollama/models")
    (models / "linked.gguf").symlink_to(blob)
    (models / "also.gguf").hardlink_to(blob)
    put(home / JAN_HOME["linux"] / "data/llamacpp/models/x/model.yml", f"model_path: {models / 'linked.gguf'}\n")
    assert [(model.app, model.path) for model in find(home)] == [("Ollama", str(blob))]


def test_every_app_at_once(home: Path, models: Path) -> None:
    put(models / "a/b/c.gguf")
    put(home / GPT4ALL_DATA["linux"] / "a.gguf")
    put_ollama(home / ".ollama/models")
    put_jan(home / JAN_HOME["linux"] / "data")
    put_cached(home / ".cache/huggingface/hub", "a.gguf")
    assert [model.app for model in find(home)] == ["Ollama", "Hugging Face", "LM Studio", "GPT4All", "Jan"]


def test_unreadable_folders_and_files_are_left_out(home: Path, models: Path) -> None:
    good = put(models / "a/b/c.gguf")
    closed_folder = put(models / "closed/b/c.gguf").parent
    closed_file = put(models / "a/b/closed.gguf")
    closed_settings = put(home / ".lmstudio/settings.json", "{}")
    closed_home = home / ".ollama"
    closed_home.mkdir()
    closed = (closed_folder, closed_file, closed_settings, closed_home)
    for path in closed:
        path.chmod(0)
    try:
        if os.access(closed_folder, os.R_OK):
            pytest.skip("this person may read everything")
        assert paths(find(home)) == [str(good)]
    finally:
        for path in closed:
            path.chmod(0o700)


def test_errors_of_the_disk_are_left_out(home: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = put(models / "a/b/c.gguf")
    put(models / "closed/b/c.gguf")
    bad = put(models / "a/b/bad.gguf")
    scandir, open_file = os.scandir, Path.open

    def refuse_folder(path: Path) -> object:
        if path.name == "closed":
            raise PermissionError(path)
        return scandir(path)

    def refuse_file(path: Path, mode: str = "r") -> object:
        if path == bad:
            raise OSError(5, "Input/output error")
        return open_file(path, mode)

    monkeypatch.setattr(os, "scandir", refuse_folder)
    monkeypatch.setattr(Path, "open", refuse_file)
    assert paths(find(home)) == [str(good)]


def test_names_that_are_no_text_are_left_out(home: Path, models: Path) -> None:
    good = put(models / "good.gguf")
    try:
        put(models / os.fsdecode(b"bad\xff.gguf"))
    except OSError:
        pytest.skip("this file system takes text only")
    assert paths(find(home)) == [str(good)]


def test_the_search_goes_only_so_deep(home: Path, models: Path) -> None:
    deep = models.joinpath(*"abcdef")
    file = put(deep / "near.gguf")
    put(deep / "g" / "far.gguf")
    assert len(deep.relative_to(models).parts) == walk.MAX_DEPTH
    assert paths(find(home)) == [str(file)]


def test_the_search_looks_at_only_so_many(home: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        put(models / f"{number}.gguf")
    put(models / "below/a.gguf")
    monkeypatch.setattr(walk, "MAX_ENTRIES", 12)
    assert 0 < len(find(home)) <= 12
    monkeypatch.setattr(walk, "MAX_ENTRIES", 32)
    assert len(find(home)) == 31


def test_a_huge_note_is_not_read(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_ollama(home / ".ollama/models")
    assert len(find(home)) == 1
    monkeypatch.setattr(app_places, "MAX_NOTE_BYTES", 100)
    assert find(home) == []


def test_nothing_is_written(home: Path, models: Path) -> None:
    put(models / "a/b/c.gguf")
    put_ollama(home / ".ollama/models")
    put_jan(home / JAN_HOME["linux"] / "data")
    before = {path: path.lstat().st_mtime_ns for path in home.rglob("*")}
    for platform in PLATFORMS:
        find(home, platform)
    assert {path: path.lstat().st_mtime_ns for path in home.rglob("*")} == before


def test_a_relative_home_gives_absolute_paths(home: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put(models / "a.gguf")
    monkeypatch.chdir(home.parent)
    assert paths(find(Path("home"))) == [str(file)]
