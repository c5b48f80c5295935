"""Code is saved as a file that is named by its language, and it is said where, or why not."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.chat.code_saver import CodeSaver
from desktop_app.gui.chat.documents.highlight import suffix
from desktop_app.gui.window.main_window import MainWindow

SOURCE = "x = 'é\u202e'\n"


@pytest.fixture
def failures() -> list[ErrorInfo]:
    """What the saver tells that failed."""
    return []


@pytest.fixture
def saver(window: MainWindow, failures: list[ErrorInfo], monkeypatch: pytest.MonkeyPatch) -> Iterator[CodeSaver]:
    monkeypatch.setattr(QFileDialog, "open", lambda _dialog: None)
    bridge = Bridge(window)
    with ThreadPoolExecutor(1) as pool:
        made = CodeSaver(pool, bridge, window, window.notice.show_notice)
        bridge.failed.connect(failures.append)
        yield made
    bridge.close()


def choose(window: MainWindow, file: Path) -> str:
    """Choose `file` in the dialog that is open, and return the name that it proposed."""
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    proposed = Path(dialog.selectedFiles()[0]).name
    dialog.fileSelected.emit(str(file))
    dialog.deleteLater()
    return proposed


def test_code_is_saved_as_it_is(saver: CodeSaver, window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    saver.save("python", SOURCE)
    file = tmp_path / "timer.py"
    assert choose(window, file) == "code.py"
    qtbot.waitUntil(window.notice.isVisible)
    assert file.read_text(encoding="utf-8") == SOURCE


def test_it_is_told_where_a_file_cannot_be_written(
    saver: CodeSaver, failures: list[ErrorInfo], window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    saver.save("", SOURCE)
    assert choose(window, tmp_path / "nowhere" / "code.txt") == "code.txt"
    qtbot.waitUntil(lambda: bool(failures))
    assert failures[0].code is ErrorCode.FILE_UNSAVED


@pytest.mark.parametrize(
    ("language", "expected"), [("py", ".py"), ("Rust", ".rs"), ("bash", ".sh"), ("", ".txt"), ("no such", ".txt")]
)
def test_names_end_by_the_language(language: str, expected: str) -> None:
    assert suffix(language) == expected
