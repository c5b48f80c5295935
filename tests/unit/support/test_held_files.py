"""What Windows refuses while a file is open is tried again for a moment, and said where it stays so."""

import errno
import io
import os
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.services.models.records import Records
from desktop_app.settings.model_defaults import ModelDefaultsStore
from desktop_app.settings.store import SettingsStore
from desktop_app.sources.part_file import Note, PartFile
from desktop_app.support import files
from desktop_app.support.drafts import file_draft, folder_draft
from desktop_app.support.files import patiently, replace_file
from desktop_app.support.placing import move_files
from tests.windows_files import ACCESS_DENIED, SHARING_VIOLATION, SharingViolationError


class Refusing:
    """Does what it stands for only at the third try."""

    def __init__(self, action: object, winerror: int = SHARING_VIOLATION) -> None:
        self.tries = 0
        self._action = action
        self._winerror = winerror

    def __call__(self, *arguments: object, **options: object) -> object:
        self.tries += 1
        if self.tries < 3:
            raise SharingViolationError(Path("held"), self._winerror)
        return self._action(*arguments, **options) if callable(self._action) else None


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PAUSES", (0.0,) * 5)


@pytest.mark.parametrize("winerror", [SHARING_VIOLATION, ACCESS_DENIED])
def test_settings_are_written_though_a_scanner_looks_at_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, winerror: int
) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(b"old")
    replace = Refusing(os.replace, winerror)
    monkeypatch.setattr(os, "replace", replace)
    replace_file(file, b"new")
    assert file.read_bytes() == b"new"
    assert replace.tries == 3
    assert list(tmp_path.iterdir()) == [file]


def test_drafts_and_moves_wait_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, rename = Refusing(os.replace), Refusing(os.rename)
    monkeypatch.setattr(os, "replace", replace)
    with file_draft(tmp_path / "chats.json") as (draft, _path):
        draft.write(b"{}")
    monkeypatch.setattr(os, "rename", rename)
    with folder_draft(tmp_path / "chats") as folder:
        (folder / "one.md").write_bytes(b"#")
    rename.tries = 0
    assert move_files([(tmp_path / "chats.json", tmp_path / "moved.json")], lambda _done: None) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chats", "moved.json"]
    assert (replace.tries, rename.tries) == (3, 3)


def test_what_stays_held_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(b"old")

    def refuse(*_paths: object) -> None:
        raise SharingViolationError(file)

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        replace_file(file, b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


@pytest.mark.skipif(sys.platform == "win32", reason="it locks in another way")
def test_a_folder_of_a_network_without_locks_takes_downloads_and_chats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As macOS' SMB has them; what another program may be writing is not taken for left."""
    import fcntl

    def refuse(_file: object, _how: int) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(fcntl, "flock", refuse)
    part = PartFile(tmp_path / "x.gguf", Note(repository="a/b", commit="c", name="x.gguf", size=4))
    part.write(b"GGUF")
    part.finish()
    assert (tmp_path / "x.gguf").read_bytes() == b"GGUF"
    with file_draft(tmp_path / "one.json") as (first, _path):
        with file_draft(tmp_path / "two.json") as (second, _path):
            second.write(b"2")
        first.write(b"1")
    assert (tmp_path / "one.json").read_bytes() == b"1"


def test_what_was_set_is_not_taken_for_nothing_and_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that lets nobody read the file for a moment, as some that make backups do."""
    settings = SettingsStore(tmp_path / "settings.json")
    settings.change("network", "mirror", "https://example.org")
    defaults = ModelDefaultsStore(tmp_path / "models.json")
    defaults.change("/a.gguf", ModelDefaults(system_prompt="Be brief."))
    records = Records(tmp_path, Mock(), lambda _moves: None)
    records.choose("/a.gguf")
    for read in ("settings", "defaults", "records"):
        with monkeypatch.context() as held:
            held.setattr(io, "open", Refusing(io.open))
            match read:
                case "settings":
                    assert SettingsStore(tmp_path / "settings.json").value.network.mirror == "https://example.org"
                case "defaults":
                    assert ModelDefaultsStore(tmp_path / "models.json").of("/a.gguf").system_prompt == "Be brief."
                case _:
                    records.choose("/b.gguf")
    assert records.chosen() == ["/a.gguf", "/b.gguf"]


def test_other_errors_are_told_at_once() -> None:
    tries = 0

    def fail() -> None:
        nonlocal tries
        tries += 1
        raise PermissionError(13, "not allowed")

    with pytest.raises(PermissionError):
        patiently(fail)
    assert tries == 1
