"""A file is shown among the others of its folder, in each system's own way."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess
from PySide6.QtGui import QDesktopServices

from desktop_app.gui.folders import choosing, show_in_folder

WAYS = [
    ("win32", "C:/Users/zoé/a chat.md", ("explorer.exe", "/select,", r"C:\Users\zoé\a chat.md")),
    ("darwin", "/Users/zoé/a chat.md", ("/usr/bin/open", "-R", "/Users/zoé/a chat.md")),
    ("linux", "/home/zoé/a chat.md", ()),
]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    paths: list[str] = []

    def show(url) -> bool:
        paths.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", show)
    return paths


@pytest.mark.parametrize(("platform", "file", "command"), WAYS)
def test_each_system_has_its_own_way(platform: str, file: str, command: Sequence[str]) -> None:
    assert tuple(choosing(Path(file), platform)) == command


@pytest.mark.parametrize(("platform", "program"), [("win32", "explorer.exe"), ("darwin", "/usr/bin/open")])
def test_a_file_is_chosen_where_it_can_be(
    tmp_path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch, platform: str, program: str
) -> None:
    started: list[str] = []

    def start(name: str, _arguments: Sequence[str]) -> tuple[bool, int]:
        started.append(name)
        return name == "/usr/bin/open", 1

    monkeypatch.setattr(QProcess, "startDetached", start)
    file = tmp_path / "chat.md"
    file.touch()
    assert show_in_folder(file, platform) == (platform == "darwin")
    assert (started, opened) == ([program], [])
    assert show_in_folder(tmp_path, platform)
    file.unlink()
    assert show_in_folder(file, platform)
    assert (started, [Path(path) for path in opened]) == ([program], [tmp_path, tmp_path])


def test_elsewhere_its_folder_is_opened(tmp_path: Path, opened: list[str]) -> None:
    file = tmp_path / "chat.md"
    file.touch()
    assert show_in_folder(file, "linux")
    assert [Path(path) for path in opened] == [tmp_path]
