"""Texts of the notebook that cannot be stored, when the run is about to end: nothing is lost unasked."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.gui.dialogs.confirm import ConfirmDialog
from desktop_app.gui.session import unkept_texts
from desktop_app.gui.start import Session
from tests.e2e.steps import WAIT_MS, nothing_stored, one_more, ready
from tests.e2e.test_notebook import BEGIN, kept, open_notebook
from tests.full_disk import WORDS, FullDisk, refused


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[Session], Callable[[], None]]:
    """Fills the disk; what is returned makes room on it."""

    def fill(session: Session) -> Callable[[], None]:
        write = session.app.database.write
        monkeypatch.setattr(session.app.database, "write", refused)
        return lambda: monkeypatch.setattr(session.app.database, "write", write)

    return fill


def type_in_vain(qtbot: QtBot, session: Session) -> None:
    """Type a text that cannot be kept."""
    page, _notebook = open_notebook(qtbot, session)
    QTest.keyClicks(page.writing.editor, BEGIN)
    qtbot.waitUntil(lambda: session.app.has_unkept, timeout=WAIT_MS)


def asked(session: Session) -> list[ConfirmDialog]:
    return [dialog for dialog in session.window.findChildren(ConfirmDialog) if dialog.isVisible()]


@pytest.mark.parametrize("how", ["closed", "quit"])
def test_whoever_would_lose_a_text_is_asked_and_led_to_it(running, qtbot: QtBot, full, how: str) -> None:
    with running() as session:
        make_room = full(session)
        type_in_vain(qtbot, session)
        window = session.window
        window.show_page("chat")
        for _again in range(2):  # and asked once, however often that is tried
            window.close() if how == "closed" else window.quit_requested.emit()
        qtbot.waitUntil(lambda: len(asked(session)) == 1, timeout=WAIT_MS)
        (dialog,) = asked(session)
        assert window.isVisible()
        dialog.cancel_button.click()
        assert window.isVisible()
        assert window.page == "notebook"
        editor = window.notebook_page.writing.editor
        qtbot.waitUntil(lambda: window.notebook_page.is_writing and editor.text() == BEGIN, timeout=WAIT_MS)
        QTest.keyClicks(editor, "!")
        make_room()
        window.close()
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT_MS)
        assert asked(session) == []
        qtbot.waitUntil(lambda: [text.text for text in kept(session)] == [f"{BEGIN}!"], timeout=WAIT_MS)


@pytest.mark.parametrize("how", ["closed", "quit"])
def test_a_text_whose_first_save_fails_at_the_end_is_asked_about(
    running, qtbot: QtBot, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FullDisk(monkeypatch)
    with running() as session:
        page, _notebook = open_notebook(qtbot, session)
        window = session.window
        disk.fill(session.app)
        page.writing.editor.insertPlainText(WORDS)
        window.close() if how == "closed" else window.quit_requested.emit()
        assert window.isVisible(), "it is not known yet whether the text is kept"
        qtbot.waitUntil(lambda: len(asked(session)) == 1, timeout=WAIT_MS)
        asked(session)[0].cancel_button.click()
        assert window.isVisible()
        disk.make_room(session.app)
        window.close() if how == "closed" else window.quit_requested.emit()
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT_MS)
        assert asked(session) == []
        assert [text.text for text in kept(session)] == [WORDS]


def test_a_text_that_is_kept_at_the_end_is_not_asked_about(running, qtbot: QtBot) -> None:
    with running() as session:
        page, _notebook = open_notebook(qtbot, session)
        page.writing.editor.insertPlainText(WORDS)
        session.window.close()
        qtbot.waitUntil(lambda: not session.window.isVisible(), timeout=WAIT_MS)
        assert asked(session) == []
        assert [text.text for text in kept(session)] == [WORDS]


def test_a_disk_that_hangs_keeps_no_window_open(running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unkept_texts, "PATIENCE_MS", 50)
    with running() as session:
        page, _notebook = open_notebook(qtbot, session)
        with nothing_stored(session):
            page.writing.editor.insertPlainText(WORDS)
            session.window.close()
            assert session.window.isVisible()
            qtbot.waitUntil(lambda: not session.window.isVisible(), timeout=WAIT_MS)


def test_who_wants_to_lose_it_is_asked_once(running, qtbot: QtBot, full) -> None:
    with running() as session:
        full(session)
        type_in_vain(qtbot, session)
        window = session.window
        window.quit_requested.emit()
        qtbot.waitUntil(lambda: len(asked(session)) == 1, timeout=WAIT_MS)
        QTest.mouseClick(asked(session)[0].accept_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT_MS)
        assert session.windows.is_leaving


def test_a_window_that_is_not_the_last_one_closes_without_a_question(running, qtbot: QtBot, full) -> None:
    with running() as session:
        ready(qtbot, session)
        first, other = one_more(qtbot, session)
        full(session)
        type_in_vain(qtbot, session)
        other.window.close()
        qtbot.waitUntil(lambda: other not in session.windows.all, timeout=WAIT_MS)
        first.window.close()
        qtbot.waitUntil(lambda: len(asked(session)) == 1, timeout=WAIT_MS)


def test_what_could_not_be_kept_is_tried_once_more_at_the_end(running, qtbot: QtBot, full) -> None:
    with running() as session:
        make_room = full(session)
        type_in_vain(qtbot, session)
        session.window.notebook_page.closed.emit()
        make_room()
    with running() as session:
        page, _notebook = open_notebook(qtbot, session)
        assert [line.row.entry.title for line in page.list.lines.values()] == [BEGIN]
