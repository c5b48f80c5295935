"""Files that a desktop opens with the app: attached to the question of a new chat, or refused in words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.domain.openings import OpenFiles
from desktop_app.gui.start import Session
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.support.paths import Paths
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, use, wait_for_answers


@pytest.fixture(autouse=True)
def no_order_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform of the tests has none, and complains."""
    monkeypatch.setattr(MainWindow, "raise_", lambda _window: None)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    file = tmp_path / "Notes 家.md"
    file.write_text("# Boats\n\nThe lamp is lit at six.", encoding="utf-8")
    return file


def attached(session: Session) -> list[str]:
    return [file.name for file in session.window.composer.files]


def test_a_start_with_files_attaches_them(running, qtbot: QtBot, notes: Path, tmp_path: Path) -> None:
    code = tmp_path / "lamp.py"
    code.write_text("print('lamp')", encoding="utf-8")
    with running(opening=OpenFiles((str(notes), str(code)))) as session:
        qtbot.waitUntil(lambda: attached(session) == [notes.name, code.name], timeout=WAIT_MS)
        assert session.window.page == "chat"
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "When is the lamp lit?")
        question, _answer = wait_for_answers(qtbot, session, 2)
        assert [file.name for file in question.files] == [notes.name, code.name]


def test_what_was_left_unsent_is_still_there(running, qtbot: QtBot, notes: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("other", encoding="utf-8")
    with running() as session:
        ready(qtbot, session)
        session.open(OpenFiles((str(notes),)))
        session.window.composer.set_text("Half a question")
        qtbot.waitUntil(lambda: attached(session) == [notes.name], timeout=WAIT_MS)
    with running(opening=OpenFiles((str(other),))) as session:
        qtbot.waitUntil(lambda: attached(session) == [notes.name, other.name], timeout=WAIT_MS)
        assert session.window.composer.text() == "Half a question"


def test_beside_a_chat_they_begin_another(running, qtbot: QtBot, notes: Path) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)
        session.window.composer.set_text("unsent words")
        assert session.controller is not None
        chat_id = session.controller.chat.chat_id
        session.window.show_page("settings")
        session.open(OpenFiles((str(notes),)))
        qtbot.waitUntil(lambda: attached(session) == [notes.name], timeout=WAIT_MS)
        assert session.window.page == "chat"
        assert session.controller.chat.chat_id is None
        session.open(OpenFiles((str(notes),)))  # as Windows does, which starts the app for each of several files
        qtbot.waitUntil(lambda: attached(session) == [notes.name] * 2, timeout=WAIT_MS)
        session.controller.chat.open_chat(chat_id or "")
        qtbot.waitUntil(lambda: session.window.composer.text() == "unsent words", timeout=WAIT_MS)
        assert attached(session) == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("folder", None, "folder"),
        ("picture.bin", b"\x00\x01\x02\xff" * 64, "picture.bin"),
        ("gone.txt", b"", "gone.txt"),
        ("huge.txt", b"words\n" * 1_400_000, "huge.txt"),
    ],
)
def test_what_cannot_be_attached_is_said(
    running, qtbot: QtBot, tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    file = tmp_path / name
    if content is None:
        file.mkdir()
    elif content:
        file.write_bytes(content)
    with running(opening=OpenFiles((str(file),))) as session:
        qtbot.waitUntil(session.window.notice.isVisible, timeout=WAIT_MS)
        assert words in session.window.notice.label.text()
        assert attached(session) == []


def test_a_second_start_hands_its_files_over(running, qtbot: QtBot, notes: Path, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        environment = {**os.environ, "INGLENOOK_HOME": str(paths.data.parent)}
        command = [sys.executable, "-m", "desktop_app", notes.name, "./nothing"]
        with subprocess.Popen(command, cwd=notes.parent, env=environment, stderr=subprocess.PIPE) as second:
            qtbot.waitUntil(lambda: second.poll() is not None, timeout=WAIT_MS)
            assert second.returncode == 0, second.stderr.read() if second.stderr is not None else ""
        qtbot.waitUntil(lambda: attached(session) == [notes.name], timeout=WAIT_MS)
        qtbot.waitUntil(session.window.notice.isVisible, timeout=WAIT_MS)
        assert "nothing" in session.window.notice.label.text()
