"""Searching the notebook with all chats: its texts are found in the sidebar, and opened where the words are."""

import threading
from concurrent.futures import Future

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.notebook import NotebookText
from desktop_app.domain.search_query import parse
from desktop_app.gui.notebook.editor import NotebookEditor
from desktop_app.gui.start import Session
from tests.e2e.steps import WAIT_MS, ready
from tests.e2e.test_notebook import kept, open_notebook
from tests.e2e.test_search_in_the_window import type_in

LINES = "\n".join(f"Line {number}: the sea was calm." for number in range(400))
LONG = f"# A day at sea\n{LINES}\nThe 🗼 lighthouse stood there.\n{LINES}"


def keep(session: Session, *texts: tuple[str, str]) -> None:
    for text_id, words in texts:
        session.app.notebook.save(NotebookText(id=text_id, text=words)).result(60)


def found(session: Session) -> list[str]:
    """What the sidebar lists: headings, and the texts of the notebook with what was found in them."""
    lines = []
    for row in session.window.sidebar.list.rows.lines:
        if row.text is not None:
            snippet = row.text.snippet
            lines.append(f"{row.text.title}: {', '.join(snippet.text[begin:end] for begin, end in snippet.marks)}")
        else:
            lines.append(row.heading or f"all {row.all_texts}")
    return lines


def is_at(editor: NotebookEditor, words: str) -> bool:
    """Whether words are selected, and in sight."""
    place = editor.cursorRect()
    return (
        editor.textCursor().selectedText() == words
        and place.top() >= 0
        and place.bottom() <= editor.viewport().height()
    )


def test_a_text_is_found_and_opened_at_the_words(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        keep(session, ("long", LONG), ("other", "A lighthouse of another kind"), ("none", "Nothing of it"))
        type_in(qtbot, session, "LIGHTH")
        assert found(session) == ["Notebook", "A lighthouse of another kind: lighth", "A day at sea: lighth"]
        sidebar = session.window.sidebar
        QTest.keyClick(sidebar.search, Qt.Key.Key_Down)
        QTest.keyClick(sidebar.list, Qt.Key.Key_Down)
        QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
        assert session.window.page == "notebook"
        page = session.window.notebook_page
        editor = page.writing.editor
        qtbot.waitUntil(lambda: page.is_writing and is_at(editor, "lighth"), timeout=WAIT_MS)
        assert editor.hasFocus(), "whoever opens a text wants to go on there"
        assert editor.text() == LONG
        assert found(session)[1:] == ["A lighthouse of another kind: lighth", "A day at sea: lighth"]


def test_one_text_after_the_other_is_looked_at_with_the_keys(running, qtbot: QtBot) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        keep(session, ("long", LONG), ("other", "A lighthouse of another kind"))
        type_in(qtbot, session, "lighthouse ")
        sidebar, editor = session.window.sidebar, page.writing.editor
        QTest.keyClick(sidebar.search, Qt.Key.Key_Down)
        QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: notebook.text_id == "other" and is_at(editor, "lighthouse"), timeout=WAIT_MS)
        assert sidebar.list.hasFocus()
        QTest.keyClick(sidebar.list, Qt.Key.Key_Down)
        QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: notebook.text_id == "long" and is_at(editor, "lighthouse"), timeout=WAIT_MS)
        assert sidebar.list.hasFocus()
        editor.moveCursor(editor.textCursor().MoveOperation.Start)
        QTest.keyClicks(editor, "!")
        QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
        assert is_at(editor, "lighthouse"), "a text that is open is not opened once more"
        assert editor.text() == f"!{LONG}"


def test_many_texts_are_listed_on_their_page(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        keep(session, *((f"t{number}", f"Lighthouse {number}") for number in range(7)), ("other", "Nothing of it"))
        type_in(qtbot, session, "lighthouse")
        assert found(session)[-1] == "all 7"
        sidebar = session.window.sidebar
        QTest.keyClick(sidebar.search, Qt.Key.Key_Down)
        QTest.keyClick(sidebar.list, Qt.Key.Key_End)
        assert sidebar.list.currentIndex().data() == "Show all 7 texts"
        QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
        texts = session.window.notebook_page.list
        qtbot.waitUntil(lambda: set(texts.lines) == {f"t{number}" for number in range(7)}, timeout=WAIT_MS)
        assert texts.search.text() == "lighthouse"


def test_what_is_written_or_deleted_meanwhile_is_followed(running, qtbot: QtBot) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        QTest.keyClicks(page.writing.editor, "The tower")
        qtbot.waitUntil(lambda: [text.text for text in kept(session)] == ["The tower"], timeout=WAIT_MS)
        type_in(qtbot, session, "tower")
        qtbot.waitUntil(lambda: found(session) == ["Notebook", "The tower: tower"], timeout=WAIT_MS)
        page.writing.editor.moveCursor(page.writing.editor.textCursor().MoveOperation.Start)
        QTest.keyClicks(page.writing.editor, "No")
        qtbot.waitUntil(lambda: found(session) == ["Notebook", "NoThe tower: tower"], timeout=WAIT_MS)
        notebook._delete(notebook.text_id)
        qtbot.waitUntil(lambda: found(session) == [], timeout=WAIT_MS)
        session.window.notice.action.click()
        qtbot.waitUntil(lambda: found(session) == ["Notebook", "NoThe tower: tower"], timeout=WAIT_MS)


def test_a_long_text_that_is_left_before_it_is_all_there_takes_no_place_from_the_next_one(
    running, qtbot: QtBot
) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        editor = page.writing.editor
        keep(session, ("one", LONG))
        notebook.begin("There was a boat.\n" * 20_000)
        assert editor.is_filling
        is_shown = threading.Event()
        session.app.database.read(lambda _connection: is_shown.wait(60))
        notebook.open_at("one", parse("lighthouse"), keeps_focus=False)
        qtbot.waitUntil(lambda: not editor.is_filling, timeout=WAIT_MS)
        is_shown.set()
        qtbot.waitUntil(lambda: is_at(editor, "lighthouse"), timeout=WAIT_MS)


@pytest.mark.parametrize("wanted", ["notebook", "chat"])
def test_a_text_that_is_deleted_before_it_is_opened_is_no_fault(running, qtbot: QtBot, wanted: str) -> None:
    with running() as session:
        ready(qtbot, session)
        keep(session, ("one", "A lighthouse"), ("two", "Another one"))
        type_in(qtbot, session, "lighthouse")
        session.window.show_page(wanted)
        (row,) = [row for row in session.window.sidebar.list.rows.lines if row.text is not None]
        session.app.notebook.delete("one").result(60)
        session.window.sidebar.text_chosen.emit(row.text, "lighthouse")
        page = session.window.notebook_page
        qtbot.waitUntil(lambda: list(page.list.lines) == ["two"], timeout=WAIT_MS)
        assert not page.is_writing


def test_texts_that_were_read_before_one_was_deleted_bring_it_not_back(
    running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        keep(session, ("one", "A lighthouse"), ("two", "Another lighthouse"))
        notebook, late = session.app.notebook, Future()
        read = notebook.texts().result(60)
        monkeypatch.setattr(notebook, "texts", lambda: late)
        search = session.controller._search
        assert search.texts() == ()
        notebook.delete("one").result(60)
        qtbot.waitUntil(lambda: [text.id for text in search.texts()] == ["two"], timeout=WAIT_MS)
        shown: list[bool] = []
        late.add_done_callback(lambda _done: session.windows.foremost.bridge.call(lambda: shown.append(True)))
        late.set_result(read)
        qtbot.waitUntil(lambda: bool(shown), timeout=WAIT_MS)
        assert [text.id for text in search.texts()] == ["two"]


def test_the_palette_finds_texts_by_their_titles(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        keep(session, ("one", "# The lighthouse"), ("two", "A lighthouse of another kind"), ("three", ""))
        palette = session.window.command_palette
        palette.open()

        def texts() -> list[str]:
            palette.field.clear()
            palette.field.setText("lighth")
            return [choice.name for choice in palette.rows.entries if choice.about == "Text"]

        qtbot.waitUntil(lambda: texts() == ["A lighthouse of another kind", "The lighthouse"], timeout=WAIT_MS)
        (row,) = [place for place, choice in enumerate(palette.rows.entries) if choice.name == "The lighthouse"]
        palette.list.setCurrentIndex(palette.rows.index(row))
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        page = session.window.notebook_page
        qtbot.waitUntil(lambda: page.is_writing and page.writing.editor.text() == "# The lighthouse", timeout=WAIT_MS)
