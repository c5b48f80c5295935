"""The notebook in the whole window: written by a person and a model, kept, tried again, deleted and brought back."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from sqlalchemy import Connection

from desktop_app.domain.notebook import Marks, NotebookText
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.notebook.controller import NotebookController
from desktop_app.gui.notebook.editor import NotebookEditor
from desktop_app.gui.notebook.page import NotebookPage
from desktop_app.gui.start import Session
from desktop_app.gui.system.language import application, speak
from desktop_app.settings.schema import Language
from desktop_app.storage.notebook import list_texts, load_text
from tests.e2e.steps import WAIT_MS, ready
from tests.e2e.test_languages import choose
from tests.walks.scripted_models import ScriptedModels

BEGIN = "Once upon a time"
ENDLESS = Sampling(max_tokens=2000, grammar='root ::= ("a" | "b") root')


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    speak(application(), Language.ENGLISH)


def open_notebook(qtbot: QtBot, session: Session) -> tuple[NotebookPage, NotebookController]:
    """Open it with its key, and wait until its texts are listed."""
    ready(qtbot, session)
    QTest.keyClick(session.window, Qt.Key.Key_F5)
    assert session.window.page == "notebook"
    assert session.controller is not None
    notebook = session.controller.notebook
    assert notebook is not None
    page = session.window.notebook_page
    qtbot.waitUntil(lambda: page.is_writing or bool(page.list.lines), timeout=WAIT_MS)
    return page, notebook


def rests(qtbot: QtBot, editor: NotebookEditor) -> None:
    qtbot.waitUntil(lambda: not editor.is_writing, timeout=WAIT_MS)


def kept(session: Session) -> list[NotebookText]:
    """Return what a start after a sudden end would find."""
    assert session.app is not None

    def read(connection: Connection) -> list[NotebookText | None]:
        return [load_text(connection, entry.id) for entry in list_texts(connection)]

    return [text for text in session.app.database.read(read).result(60) if text is not None]


def stored(qtbot: QtBot, session: Session, words: str) -> None:
    """Wait until a text is kept, and known to be: what fails in the test's own thread would else come before that."""
    assert session.app is not None
    qtbot.waitUntil(lambda: [text.text for text in kept(session)] == [words], timeout=WAIT_MS)
    session.app.database.write(lambda _connection: None).result(60)


def until(qtbot: QtBot, models: ScriptedModels, is_so: Callable[[], bool]) -> None:
    """Wait for something that the models have a part in."""

    def goes_on() -> bool:
        models.read()
        return is_so()

    qtbot.waitUntil(goes_on, timeout=WAIT_MS)


def begin_writing(qtbot: QtBot, models: ScriptedModels, notebook: NotebookController, editor: NotebookEditor) -> None:
    """Write BEGIN, and have the model be in the middle of going on with it."""
    QTest.keyClicks(editor, BEGIN)
    notebook.go_on()
    until(qtbot, models, lambda: models.asked == 1)
    models.write(Random(1), 2)
    until(qtbot, models, lambda: len(editor.text()) > len(BEGIN))


def use(notebook: NotebookController, sampling: Sampling) -> None:
    notebook._view.sampling_chosen.emit(sampling)


def test_a_text_is_written_by_both_and_is_there_after_a_restart(running, qtbot: QtBot) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        editor, view = page.writing.editor, page.writing
        assert editor.hasFocus()
        assert not view.go_on.isEnabled()
        QTest.keyClicks(editor, BEGIN)
        use(notebook, Sampling(temperature=0.0, max_tokens=12, seed=1))
        QTest.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert editor.is_writing
        rests(qtbot, editor)
        first = editor.text()
        assert first.startswith(BEGIN)
        assert len(first) > len(BEGIN)
        assert "12 tokens" in view.status.text()
        qtbot.waitUntil(lambda: view.meter.isVisible() and (view.meter._used or 0) > 12, timeout=WAIT_MS)
        use(notebook, Sampling(temperature=1.5, max_tokens=12, seed=7))
        view.again.click()
        rests(qtbot, editor)
        assert view.place.text() == "2 / 2"
        second = editor.text()
        assert second.startswith(BEGIN)
        assert second != first
        view.previous.click()
        assert editor.text() == first
        QTest.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert editor.text() == second
        QTest.keyClick(session.window, Qt.Key.Key_Escape)
        assert not page.is_writing
        qtbot.waitUntil(lambda: len(page.list.lines) == 1, timeout=WAIT_MS)
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        (line,) = page.list.lines.values()
        line.row.click()
        qtbot.waitUntil(lambda: page.writing.editor.text() == second, timeout=WAIT_MS)
        assert page.writing.place.text() == "2 / 2"
        assert page.writing.editor.marks.wrote == ((len(BEGIN), len(second)),)
        assert page.writing.length.currentData() == 12


def test_a_text_is_deleted_and_brought_back(running, qtbot: QtBot) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        QTest.keyClicks(page.writing.editor, BEGIN)
        notebook._view.delete_requested.emit()
        assert not page.is_writing
        notice = session.window.notice
        qtbot.waitUntil(lambda: notice.isVisible() and BEGIN in notice.label.text(), timeout=WAIT_MS)
        assert kept(session) == []
        notice.action.click()
        qtbot.waitUntil(lambda: len(page.list.lines) == 1, timeout=WAIT_MS)
        assert [text.text for text in kept(session)] == [BEGIN]


def test_a_new_text_without_a_word_is_not_kept(running, qtbot: QtBot) -> None:
    with running() as session:
        page, _notebook = open_notebook(qtbot, session)
        assert page.is_writing
        QTest.keyClicks(page.writing.editor, "  ")
        QTest.keyClick(session.window, Qt.Key.Key_Escape)
        assert not page.is_writing
        assert kept(session) == []


def test_a_worker_that_dies_takes_no_word_along(running, qtbot: QtBot) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        editor = page.writing.editor
        QTest.keyClicks(editor, BEGIN)
        use(notebook, ENDLESS)
        notebook.go_on()
        qtbot.waitUntil(lambda: len(editor.text()) > len(BEGIN) + 4, timeout=WAIT_MS)
        os.kill(session.app.engines.worker_pids()[0], signal.SIGKILL)
        rests(qtbot, editor)
        written = editor.text()
        assert len(written) > len(BEGIN) + 4
        assert [text.text for text in kept(session)] == [written]
        assert session.window.notice.isVisible()
        use(notebook, msgspec.structs.replace(ENDLESS, max_tokens=4))
        notebook.go_on()
        rests(qtbot, editor)
        assert editor.text().startswith(written)
        assert len(editor.text()) > len(written)


def test_what_streams_is_kept_meanwhile_and_esc_stops_it(models: ScriptedModels, running, qtbot: QtBot) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        editor = page.writing.editor
        begin_writing(qtbot, models, notebook, editor)
        until(qtbot, models, lambda: [text.text for text in kept(session)] == [editor.text()])
        assert editor.is_writing
        QTest.keyClick(editor, Qt.Key.Key_Escape)
        until(qtbot, models, lambda: not editor.is_writing)
        assert page.is_writing  # the text stays open
        assert page.writing.status.text().startswith("Stopped.")


def test_another_window_that_opens_a_text_has_it_alone(running, qtbot: QtBot) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        QTest.keyClicks(page.writing.editor, BEGIN)
        text_id = notebook.text_id
        other = session.windows.open("")
        other.window.show_page("notebook")
        their_page = other.window.notebook_page
        assert other.controller.notebook is not None
        other.controller.notebook.open(text_id)
        assert not page.is_writing
        qtbot.waitUntil(lambda: their_page.writing.editor.text() == BEGIN, timeout=WAIT_MS)


def test_the_text_can_be_copied_and_asked_about(running, qtbot: QtBot) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        QTest.keyClicks(page.writing.editor, BEGIN)
        menu = page.writing.menu()
        next(action for action in menu.actions() if action.text() == "Copy all").trigger()
        assert QGuiApplication.clipboard().text() == BEGIN
        notebook._ask_about()
        assert session.window.page == "chat"
        assert session.window.composer.text() == BEGIN


def test_it_goes_on_at_the_cursor(running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        go_on = session.app.notebook.go_on

        def noted(path: str, text: NotebookText, *told: Any) -> object:
            asked.append(text.text)
            return go_on(path, text, *told)

        monkeypatch.setattr(session.app.notebook, "go_on", noted)
        editor = page.writing.editor
        use(notebook, Sampling(temperature=0.0, max_tokens=4))
        editor.show_text("Once 🚣 upon a time", Marks())
        cursor = editor.textCursor()
        cursor.setPosition(12)
        editor.setTextCursor(cursor)
        next(action for action in page.writing.menu().actions() if action.text() == "Go on at the cursor").trigger()
        rests(qtbot, editor)
        assert asked == ["Once 🚣 upon"]
        assert editor.text().startswith("Once 🚣 upon")
        assert editor.text().endswith(" a time")
        assert len(editor.text()) > len("Once 🚣 upon a time")


def test_without_a_model_one_is_to_be_chosen(running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        QTest.keyClicks(page.writing.editor, BEGIN)
        monkeypatch.setattr(notebook, "_model_path", lambda: None)
        notebook.go_on()
        assert not page.writing.editor.is_writing
        assert session.window.notice.action.text() == "Choose a model"


def test_the_text_stays_open_in_another_language(running, qtbot: QtBot) -> None:
    with running() as session:
        page, _notebook = open_notebook(qtbot, session)
        QTest.keyClicks(page.writing.editor, BEGIN)
        choose(qtbot, session, Language.GERMAN)
        assert session.window.page == "notebook"
        editor = session.window.notebook_page.writing.editor
        qtbot.waitUntil(lambda: editor.text() == BEGIN, timeout=WAIT_MS)
        assert session.window.notebook_page.is_writing
        QTest.keyClicks(editor, "!")
        choose(qtbot, session, Language.ENGLISH)
        qtbot.waitUntil(lambda: session.window.notebook_page.writing.editor.text() == f"{BEGIN}!", timeout=WAIT_MS)


def test_the_text_is_saved_as_a_file(running, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "story ü.txt"
    monkeypatch.setattr(QFileDialog, "open", lambda dialog: dialog.fileSelected.emit(str(file)))
    with running() as session:
        page, _notebook = open_notebook(qtbot, session)
        page.writing.editor.show_text(f"{BEGIN} 🚣\n", Marks())
        page.writing.export_requested.emit()
        qtbot.waitUntil(lambda: session.window.notice.isVisible(), timeout=WAIT_MS)
        assert file.read_text("utf-8") == f"{BEGIN} 🚣\n"


def test_a_text_that_outgrows_the_context_says_what_is_seen(running, qtbot: QtBot) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        view = page.writing
        use(notebook, Sampling(temperature=0.0, max_tokens=8))
        text = "\n".join(f"Line {number}: the sea was calm." for number in range(600))
        view.editor.show_text(text, Marks())
        notebook.go_on()
        rests(qtbot, view.editor)
        assert len(view.editor.text()) > len(text)
        qtbot.waitUntil(view.left_out.isVisible, timeout=WAIT_MS)
        assert "from “Line " in view.left_out.text()


def test_a_file_becomes_a_text(running, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "story.txt"
    file.write_text(f"{BEGIN}\r\nthere was a boat.", "utf-8")
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(file))])
    with running() as session:
        page, _notebook = open_notebook(qtbot, session)
        QTest.keyClicks(page.writing.editor, "Another one")
        page.writing.editor.insertFromMimeData(dropped)
        qtbot.waitUntil(lambda: page.writing.editor.text() == f"{BEGIN}\nthere was a boat.", timeout=WAIT_MS)
        wanted = {"Another one", f"{BEGIN}\nthere was a boat."}
        qtbot.waitUntil(lambda: {text.text for text in kept(session)} == wanted, timeout=WAIT_MS)


@pytest.mark.parametrize("words", ["before\0behind", "caf\u00e9\u00a0\u4e2d\U0001f600", "a\u2028b", "\ufffd"])
def test_strange_letters_stay_what_they_are(running, qtbot: QtBot, words: str) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        pasted = QMimeData()
        pasted.setText(words)
        page.writing.editor.insertFromMimeData(pasted)
        shown = page.writing.editor.text()
        assert shown == words.replace("\u2028", "\n")
        notebook.end()
        assert [text.text for text in kept(session)] == [shown]
        session.window.composer.field.insertFromMimeData(pasted)
        drafts = session.controller.chat.drafts
        drafts.end()
        stored = session.app.unsent.of_new_chat(drafts.draft_id).result(60)
        assert stored.text == session.window.composer.text()
        assert len(stored.text) == len(words)


def test_a_notebook_that_is_left_before_its_texts_are_listed_takes_no_key(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        window = session.window
        window.show_page("notebook")
        window.show_page("chat")
        window.composer.focus()
        qtbot.waitUntil(lambda: window.notebook_page.is_writing, timeout=WAIT_MS)
        QTest.keyClicks(window.focusWidget(), BEGIN)
        assert (window.composer.text(), window.notebook_page.writing.editor.text()) == (BEGIN, "")


def test_a_new_text_begins_with_the_values_of_the_last_one(running, qtbot: QtBot) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        view = page.writing
        assert view.length.currentData() == 200
        QTest.keyClicks(view.editor, BEGIN)
        use(notebook, Sampling(temperature=1.3, max_tokens=50, stop=("\n",)))
        path = view.model.currentData()
        view.model_chosen.emit(path)
        QTest.keyClick(view.editor, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: [text.model_path for text in kept(session)] == [path], timeout=WAIT_MS)
        page.list.new_button.click()
        assert view.editor.text() == ""
        qtbot.waitUntil(lambda: view.length.currentData() == 50, timeout=WAIT_MS)
        QTest.keyClicks(view.editor, "Another one")
        QTest.keyClick(view.editor, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: len(kept(session)) == 2, timeout=WAIT_MS)
        newest = kept(session)[0]
        assert (newest.text, newest.model_path) == ("Another one", path)
        assert newest.sampling == Sampling(temperature=1.3, max_tokens=50, stop=("\n",))


def test_texts_are_searched(running, qtbot: QtBot) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        for number in range(6):
            words = f"Text {number}\nabout a {'boat' if number == 3 else 'house'}"
            session.app.notebook.save(NotebookText(id=f"t{number}", text=words)).result(60)
        QTest.keyClick(page.writing.editor, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: len(page.list.lines) == 6, timeout=WAIT_MS)
        assert session.window.find_on_page(0)
        QTest.keyClicks(page.list.search, "BOAT")
        qtbot.waitUntil(lambda: list(page.list.lines) == ["t3"], timeout=WAIT_MS)
        QTest.keyClick(page.list.search, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: page.is_writing and notebook.text_id == "t3", timeout=WAIT_MS)


def test_what_one_model_sees_is_not_told_of_another_one(running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        QTest.keyClicks(page.writing.editor, BEGIN)
        use(notebook, Sampling(temperature=0.0, max_tokens=4))
        notebook.go_on()
        qtbot.waitUntil(page.writing.meter.isVisible, timeout=WAIT_MS)
        rests(qtbot, page.writing.editor)
        path = notebook._path()
        monkeypatch.setattr(notebook, "_model_path", lambda: "another.gguf")
        notebook.show_models()
        assert not page.writing.meter.isVisible()
        monkeypatch.setattr(notebook, "_model_path", lambda: path)
        notebook.show_models()
        qtbot.waitUntil(page.writing.meter.isVisible, timeout=WAIT_MS)


def test_a_continuation_that_ends_at_once_says_what_helps(running, qtbot: QtBot) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        QTest.keyClicks(page.writing.editor, BEGIN)
        use(notebook, Sampling(max_tokens=4, grammar=r'root ::= "\n" "a"', stop=("\n",)))
        notebook.go_on()
        rests(qtbot, page.writing.editor)
        assert page.writing.editor.text() == BEGIN
        assert "Begin a new line" in page.writing.status.text()


def test_several_files_become_texts_and_the_first_is_shown(running, qtbot: QtBot, tmp_path: Path) -> None:
    words = ["One", "Two", "Three"]
    for name in words:
        (tmp_path / f"{name}.txt").write_text(name, "utf-8")
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(tmp_path / f"{name}.txt")) for name in words])
    with running() as session:
        page, _notebook = open_notebook(qtbot, session)
        page.writing.editor.insertFromMimeData(dropped)
        qtbot.waitUntil(lambda: page.writing.editor.text() == "One", timeout=WAIT_MS)
        qtbot.waitUntil(lambda: {text.text for text in kept(session)} == set(words), timeout=WAIT_MS)
        assert page.writing.editor.text() == "One"
