"""Readable files of a person's own: what is wrong with one is said by the errors of its kind."""

import os
import sys
from pathlib import Path

import pytest

from desktop_app.domain.errors import ErrorCode, PersonaError
from desktop_app.services.writing.own_files import OwnFiles

FILES = OwnFiles(
    kind="persona",
    error=PersonaError,
    gone=ErrorCode.PERSONA_GONE,
    not_text=ErrorCode.PERSONA_NOT_TEXT,
    too_large=ErrorCode.PERSONA_TOO_LARGE,
    unreadable=ErrorCode.PERSONA_UNREADABLE,
    unsaved=ErrorCode.PERSONA_UNSAVED,
)


def code_of(file: Path, most: int = 100) -> ErrorCode:
    with pytest.raises(PersonaError) as raised:
        FILES.read(file, most)
    return raised.value.code


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "a.md"
    FILES.write(file, "Grüße\n")
    assert FILES.read(file, 100) == "Grüße\n"
    file.write_bytes(b"\xef\xbb\xbfwith a mark")
    assert FILES.read(file, 100) == "with a mark"
    FILES.write(file, "half a pair: \ud800")
    assert FILES.read(file, 100) == "half a pair: ?"


def test_each_fault_has_its_code(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    assert code_of(file) is ErrorCode.PERSONA_GONE
    assert code_of(tmp_path) is ErrorCode.PERSONA_NOT_TEXT
    for content in (b"\xff\xfe", b"a\0b"):
        file.write_bytes(content)
        assert code_of(file) is ErrorCode.PERSONA_NOT_TEXT
    file.write_bytes(b"x" * 101)
    assert code_of(file) is ErrorCode.PERSONA_TOO_LARGE
    assert code_of(file / "below") is ErrorCode.PERSONA_UNREADABLE
    with pytest.raises(PersonaError) as raised:
        FILES.write(file / "below", "")
    assert raised.value.code is ErrorCode.PERSONA_UNSAVED


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert code_of(tmp_path / "pipe.md") is ErrorCode.PERSONA_NOT_TEXT


@pytest.mark.parametrize(
    ("title", "name"),
    [("My Persona!", "my-persona.md"), ("???", "persona.md"), ("Con", "con-persona.md"), ("ä" * 90, "ä" * 60 + ".md")],
)
def test_new_files_are_named_by_their_title_and_overwrite_nothing(tmp_path: Path, title: str, name: str) -> None:
    first = FILES.new(tmp_path, title)
    assert first.name == name
    first.touch()
    assert FILES.new(tmp_path, title).name == f"{first.stem}-2.md"
