"""The notebook from the keyboard: what its keys do, whatever the model does meanwhile."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import Role
from desktop_app.domain.notebook import Continuation, Marks
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.start import Session
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, shown, use, wait_for_answers
from tests.e2e.test_notebook import BEGIN, begin_writing, kept, open_notebook, rests, until
from tests.e2e.test_notebook import use as use_for_text
from tests.walks.scripted_models import ScriptedModels


def test_the_key_of_the_page_leads_to_all_texts_at_once_while_a_model_writes(
    models: ScriptedModels, running, qtbot: QtBot
) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        editor = page.writing.editor
        begin_writing(qtbot, models, notebook, editor)
        written = editor.text()
        QTest.keyClick(editor, Qt.Key.Key_F5)
        assert not page.is_writing
        assert not editor.is_writing
        until(qtbot, models, lambda: [text.text for text in kept(session)] == [written])


CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def test_the_keys_for_answers_do_the_same_in_a_text(running, qtbot: QtBot) -> None:
    with running() as session:
        page, notebook = open_notebook(qtbot, session)
        editor, view = page.writing.editor, page.writing
        QTest.keyClicks(editor, BEGIN)
        use_for_text(notebook, Sampling(temperature=0.0, max_tokens=6, seed=1))
        notebook.go_on()
        rests(qtbot, editor)
        first = editor.text()
        use_for_text(notebook, Sampling(temperature=1.8, max_tokens=6, seed=7))
        QTest.keyClick(editor, Qt.Key.Key_R, CTRL)
        assert editor.is_writing
        rests(qtbot, editor)
        assert view.place.text() == "2 / 2"
        QTest.keyClick(editor, Qt.Key.Key_PageUp, ALT)
        assert editor.text() == first
        QTest.keyClick(editor, Qt.Key.Key_PageDown, ALT)
        assert view.place.text() == "2 / 2"
        cursor = editor.textCursor()
        cursor.setPosition(len("Once"))
        editor.setTextCursor(cursor)
        behind = editor.text()[len("Once") :]
        QTest.keyClick(editor, Qt.Key.Key_G, CTRL)
        assert editor.is_writing
        rests(qtbot, editor)
        assert editor.text().startswith("Once")
        assert editor.text().endswith(behind)
        assert len(editor.text()) > len("Once") + len(behind)


def test_the_keys_reach_the_chat_on_its_own_page_alone(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)
        page, _notebook = open_notebook(qtbot, session)
        QTest.keyClicks(page.writing.editor, BEGIN)
        QTest.keyClick(page.writing.editor, Qt.Key.Key_R, CTRL)
        assert session.window.notice.isVisible(), "there is nothing to try again here"
        session.window.show_page("chat")
        assert [message.role for message in shown(session)] == [Role.USER, Role.ASSISTANT]
        answer = shown(session)[1].id
        qtbot.waitUntil(session.window.commands.regenerate.isEnabled, timeout=WAIT_MS)
        QTest.keyClick(session.window, Qt.Key.Key_R, CTRL)
        qtbot.waitUntil(lambda: shown(session)[-1].id != answer, timeout=WAIT_MS)
        wait_for_answers(qtbot, session, 2)


def offered(session: Session, typed: str) -> list[str]:
    """What the palette finds."""
    palette = session.window.command_palette
    palette.open()
    palette.field.setText(typed)
    names = [choice.key for choice in palette.rows.entries]
    palette.dismiss()
    return names


def test_the_palette_offers_what_there_is_on_the_page(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        assert "text_again" not in offered(session, "try again")
        assert "regenerate" in offered(session, "answer the last question again")
        open_notebook(qtbot, session)
        assert "text_again" in offered(session, "try again")
        assert "text_at_cursor" in offered(session, "at the cursor")
        assert "regenerate" not in offered(session, "answer the last question again")


@pytest.mark.parametrize("key", [Qt.Key.Key_R, Qt.Key.Key_G])
def test_without_an_open_text_the_keys_say_what_is_missing(running, qtbot: QtBot, key: Qt.Key) -> None:
    with running() as session:
        page, _notebook = open_notebook(qtbot, session)
        QTest.keyClick(session.window, Qt.Key.Key_Escape)
        assert not page.is_writing
        QTest.keyClick(session.window, key, CTRL)
        assert session.window.notice.label.text() == "Open a text first."


def test_what_cannot_be_done_is_said(running, qtbot: QtBot) -> None:
    with running() as session:
        page, _notebook = open_notebook(qtbot, session)
        commands, said = session.window.commands, set()
        for action in (commands.text_again, commands.text_at_cursor, commands.previous_take):
            action.trigger()
            assert not page.writing.editor.is_writing
            said.add(session.window.notice.label.text())
        assert len(said) == 3
        page.writing.editor.show_text("ab", Marks(((0, 2),), Continuation(0, ("ab",), 0)))
        commands.text_again.trigger()
        assert not page.writing.editor.is_writing, "a text that is the model's alone has nothing to go on from"
