"""The models folder when it holds what no folder should: rings of links, pipes, names that are no text."""

import os
from pathlib import Path

import pytest

from desktop_app.sources.folder import models_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "models"
    made.mkdir()
    return made


def names(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in models_in(folder))


def write(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"GGUF")
    return file


def test_models_are_found_whatever_their_case_and_depth(folder: Path) -> None:
    for name in ("a.gguf", "B.GGUF", "x/y/c.gguf", "d-00001-of-00002.gguf", "d-00002-of-00002.gguf", "mmproj-a.gguf"):
        write(folder / name)
    write(folder / "notes.txt")
    assert names(folder) == ["B.GGUF", "a.gguf", "d-00001-of-00002.gguf", "x/y/c.gguf"]


def test_links_that_lead_in_rings_or_nowhere_end(folder: Path) -> None:
    (folder / "self.gguf").symlink_to(folder / "self.gguf")
    (folder / "one.gguf").symlink_to(folder / "two.gguf")
    (folder / "two.gguf").symlink_to(folder / "one.gguf")
    (folder / "nowhere.gguf").symlink_to(folder / "gone.gguf")
    (folder / "ring").symlink_to(folder)
    (folder / "up").symlink_to(folder.parent)
    write(folder / "deep" / "real.gguf")
    (folder / "deep" / "down").symlink_to(folder / "deep")
    assert names(folder) == ["deep/real.gguf"]


def test_a_link_to_a_file_outside_is_used_once(folder: Path, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "far.gguf")
    (folder / "a.gguf").symlink_to(outside)
    (folder / "b.gguf").symlink_to(outside)
    (folder / "linked").symlink_to(outside.parent)
    assert names(folder) == ["a.gguf"]


def test_a_file_goes_by_its_own_name_before_a_link_to_it(folder: Path) -> None:
    real = write(folder / "z" / "real.gguf")
    (folder / "a-link.gguf").symlink_to(real)
    (folder / "a-folder").symlink_to(real.parent)
    assert names(folder) == ["z/real.gguf"]


def test_what_is_no_file_is_left_out(folder: Path) -> None:
    (folder / "folder.gguf").mkdir()
    write(folder / "folder.gguf" / "inside.gguf")
    os.mkfifo(folder / "pipe.gguf")
    (folder / "empty.gguf").touch()
    assert names(folder) == ["empty.gguf", "folder.gguf/inside.gguf"]


def test_names_with_lines_and_long_names_are_names(folder: Path) -> None:
    long = "x" * 250 + ".gguf"
    write(folder / "two\nlines.gguf")
    write(folder / long)
    assert names(folder) == ["two\nlines.gguf", long]


def test_a_name_that_is_no_text_is_left_out(folder: Path) -> None:
    file = folder / os.fsdecode(b"caf\xe9.gguf")
    try:
        write(file)
    except OSError:
        pytest.skip("this file system takes text only")
    assert names(folder) == []


def test_a_folder_that_is_not_there_or_a_file_has_none(folder: Path) -> None:
    assert models_in(folder / "gone") == []
    assert models_in(write(folder / "a.gguf")) == []
