"""A file is shown among the others of its folder, in each system's own way."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess
from PySide6.QtGui import QDesktopServices

from desktop_app.gui.system.folders import explorer_line, show_in_folder


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    paths: list[str] = []

    def show(url) -> bool:
        paths.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", show)
    return paths


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("C:/Users/zoé/a chat.md", r'/select,"C:\Users\zoé\a chat.md"'),
        (r"C:\a,b\c.md", r'/select,"C:\a,b\c.md"'),
        (r"D:\Models, mine (2)\x & y.gguf", r'/select,"D:\Models, mine (2)\x & y.gguf"'),
        (r"\\nas\share, all\c.md", r'/select,"\\nas\share, all\c.md"'),
        ("\\\\?\\C:\\" + "long, " * 60 + "c.md", '/select,"C:\\' + "long, " * 60 + 'c.md"'),
        ("\\\\?\\UNC\\nas\\share\\c.md", '/select,"\\\\nas\\share\\c.md"'),
    ],
)
def test_explorer_is_told_of_a_file_in_quotes_that_it_understands(
    monkeypatch: pytest.MonkeyPatch, file: str, line: str
) -> None:
    """A comma outside of them would end the path, wherever there is a space."""
    monkeypatch.setenv("SYSTEMROOT", r"E:\Windows")
    told = explorer_line(Path(file))
    assert told == rf'"E:\Windows\explorer.exe" {line}'
    assert told.count('"') == 4


def test_a_file_is_chosen_in_explorer(tmp_path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(subprocess, "Popen", lines.append)
    file = tmp_path / "a, b.md"
    file.touch()
    assert show_in_folder(file, "win32")
    assert (lines, opened) == ([explorer_line(file)], [])

    def missing(_line: str) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "Popen", missing)
    assert not show_in_folder(file, "win32")


def test_a_file_is_chosen_in_finder(tmp_path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, Sequence[str]]] = []

    def start(name: str, arguments: Sequence[str]) -> tuple[bool, int]:
        started.append((name, arguments))
        return True, 1

    monkeypatch.setattr(QProcess, "startDetached", start)
    file = tmp_path / "a, b.md"
    file.touch()
    assert show_in_folder(file, "darwin")
    assert (started, opened) == ([("/usr/bin/open", ["-R", str(file)])], [])


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux"])
def test_a_folder_is_opened_and_so_is_that_of_a_file_that_has_gone(
    tmp_path: Path, opened: list[str], platform: str
) -> None:
    assert show_in_folder(tmp_path, platform)
    assert show_in_folder(tmp_path / "gone.md", platform)
    assert [Path(path) for path in opened] == [tmp_path, tmp_path]


def test_elsewhere_its_folder_is_opened(tmp_path: Path, opened: list[str]) -> None:
    file = tmp_path / "chat.md"
    file.touch()
    assert show_in_folder(file, "linux")
    assert [Path(path) for path in opened] == [tmp_path]
