"""The texts of the notebook are kept, however late or full the disk is, and whatever other windows do with them."""

from concurrent.futures import Future

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, ErrorInfo, StorageError
from desktop_app.domain.notebook import NotebookText
from tests.e2e.steps import WAIT_MS, nothing_stored, ready
from tests.e2e.test_notebook import BEGIN, begin_writing, kept, open_notebook, stored, until
from tests.full_disk import refused
from tests.walks.scripted_models import ScriptedModels


def test_a_text_that_cannot_be_kept_is_told_once_and_kept_as_soon_as_it_can(
    running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[ErrorCode] = []

    def tell(error: ErrorInfo) -> object:
        told.append(error.code)
        return session.window.notice.show_notice(error.code)

    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        monkeypatch.setattr(notebook, "_show_error", tell)
        write = session.app.database.write

        monkeypatch.setattr(session.app.database, "write", refused)
        for letters in ("Once", " upon", " a"):
            QTest.keyClicks(page.writing.editor, letters)
            qtbot.waitUntil(lambda: not notebook._saving.isActive(), timeout=WAIT_MS)
            qtbot.waitUntil(lambda: notebook._is_changed, timeout=WAIT_MS)
        assert told == [ErrorCode.STORAGE_DISK_FULL]
        monkeypatch.setattr(session.app.database, "write", write)
        QTest.keyClicks(page.writing.editor, " time")
        qtbot.waitUntil(lambda: [text.text for text in kept(session)] == [BEGIN], timeout=WAIT_MS)


@pytest.mark.parametrize("how", ["left", "closed", "made anew"])
def test_a_text_that_could_not_be_kept_is_there_wherever_it_is_opened(
    running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        monkeypatch.setattr(notebook, "_show_error", lambda _error: None)
        QTest.keyClicks(page.writing.editor, BEGIN)
        notebook.save()
        text_id, opened = notebook.text_id, session.windows.foremost
        stored(qtbot, session, BEGIN)
        other = session.windows.open("")
        QTest.keyClicks(page.writing.editor, "!")
        with monkeypatch.context() as full:
            full.setattr(session.app.database, "write", refused)
            match how:
                case "left":
                    page.closed.emit()
                case "closed":
                    opened.window.close()
                    qtbot.waitUntil(lambda: opened not in session.windows.all, timeout=WAIT_MS)
                case "made anew":
                    session.windows._renew(opened)
        other.window.show_page("notebook")
        other.controller.notebook.open(text_id)
        editor = other.window.notebook_page.writing.editor
        qtbot.waitUntil(lambda: editor.text() == f"{BEGIN}!", timeout=WAIT_MS)
        other.controller.notebook.begin("Another one")
        other.controller.notebook.save()
        qtbot.waitUntil(lambda: {text.text for text in kept(session)} == {f"{BEGIN}!", "Another one"}, timeout=WAIT_MS)


def test_a_text_that_could_not_be_kept_does_not_come_back_once_it_is_deleted(
    running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        notebook = session.app.notebook
        with monkeypatch.context() as full:
            full.setattr(session.app.database, "write", refused)
            for text in (BEGIN, f"{BEGIN}, again"):
                with pytest.raises(StorageError):
                    notebook.save(NotebookText(id="one", text=text)).result(60)
        assert notebook.open("one", None).result(60).text == f"{BEGIN}, again"
        notebook.delete("one").result(60)
        notebook.save(NotebookText(id="two", text="Another one")).result(60)
        assert [text.id for text in kept(session)] == ["two"]
        assert notebook.open("one", None).result(60) is None


def test_a_list_that_was_read_before_a_text_was_deleted_brings_it_not_back(
    running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        notebook, late = session.app.notebook, Future()
        for text_id in ("one", "two"):
            notebook.save(NotebookText(id=text_id, text=BEGIN)).result(60)
        read = notebook.texts().result(60)
        monkeypatch.setattr(notebook, "texts", lambda: late)
        session.window.show_page("notebook")
        notebook.delete("one").result(60)
        texts = session.window.notebook_page.list
        qtbot.waitUntil(lambda: list(texts.lines) == ["two"], timeout=WAIT_MS)
        shown: list[bool] = []
        late.add_done_callback(lambda _done: session.windows.foremost.bridge.call(lambda: shown.append(True)))
        late.set_result(read)
        qtbot.waitUntil(lambda: bool(shown), timeout=WAIT_MS)
        assert [entry.id for entry in texts._entries] == ["two"]


def test_a_long_file_whose_window_closes_before_it_is_all_there_is_kept_whole(running, qtbot: QtBot) -> None:
    words = "There was a boat.\n" * 20_000
    with running() as session:
        _page, notebook = open_notebook(qtbot, session)
        notebook.begin(words)
        assert notebook._editor.is_filling
        notebook.end()
        assert [text.text for text in kept(session)] == [words]


@pytest.mark.parametrize("how", ["left", "closed", "ended", "locked away", "opened elsewhere"])
def test_what_is_typed_right_before_is_kept_however_late_the_database_is(running, qtbot: QtBot, how: str) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        opened, other = session.windows.foremost, session.windows.open("")
        other.window.show_page("notebook")
        with nothing_stored(session):
            QTest.keyClicks(page.writing.editor, BEGIN)
            match how:
                case "left":
                    opened.window.show_page("chat")
                case "closed":
                    opened.window.close()
                    qtbot.waitUntil(lambda: opened not in session.windows.all, timeout=WAIT_MS)
                case "ended":
                    session.windows.end()
                case "locked away":
                    session.take_windows_away()
                case "opened elsewhere":
                    other.controller.notebook.open(notebook.text_id)
        assert [text.text for text in kept(session)] == [BEGIN]


def test_a_text_that_another_window_deletes_while_a_model_writes_comes_back_with_all_of_it(
    models: ScriptedModels, running, qtbot: QtBot
) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        editor = page.writing.editor
        begin_writing(qtbot, models, notebook, editor)
        text_id = notebook.text_id
        other = session.windows.open("")
        other.window.show_page("notebook")
        written = editor.text()
        other.controller.notebook._delete(text_id)
        notice = other.window.notice
        until(qtbot, models, lambda: notice.isVisible() and BEGIN in notice.label.text() and not page.is_writing)
        assert kept(session) == []
        models.finish().result(60)
        assert kept(session) == []
        notice.action.click()
        until(qtbot, models, lambda: [text.text for text in kept(session)] == [written])


def test_a_text_that_was_left_while_it_could_not_be_kept_is_not_lost(
    running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        editor = page.writing.editor
        QTest.keyClicks(editor, "Once")
        stored(qtbot, session, "Once")
        text_id = notebook.text_id
        write = session.app.database.write
        monkeypatch.setattr(session.app.database, "write", refused)
        QTest.keyClicks(editor, " upon")
        QTest.keyClick(editor, Qt.Key.Key_Escape)
        qtbot.waitUntil(notebook._saving_again.isActive, timeout=WAIT_MS)
        notebook.open(text_id)
        qtbot.waitUntil(lambda: page.is_writing and editor.text() == "Once upon", timeout=WAIT_MS)
        QTest.keyClick(editor, Qt.Key.Key_Escape)
        qtbot.waitUntil(notebook._saving_again.isActive, timeout=WAIT_MS)
        notice = session.window.notice
        qtbot.waitUntil(lambda: notice.shown is not None and "disk is full" in notice.shown.text, timeout=WAIT_MS)
        monkeypatch.setattr(session.app.database, "write", write)
        notebook._saving_again.timeout.emit()
        qtbot.waitUntil(lambda: [text.text for text in kept(session)] == ["Once upon"], timeout=WAIT_MS)
        qtbot.waitUntil(lambda: not session.app.notebook._unkept, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: notice.shown is None, timeout=WAIT_MS)
