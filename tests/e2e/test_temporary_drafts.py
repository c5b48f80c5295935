"""What was typed for an ordinary chat, while temporary ones are begun, asked, left and chosen against: it is never lost."""

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.gui.start import Session
from desktop_app.settings.schema import Language
from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, use, wait_for_answers

WORDS = "An ordinary question"


def begin(qtbot: QtBot, session: Session) -> None:
    """Ask in a chat, type something for another one, go back to the first, and begin a temporary one."""
    ready(qtbot, session)
    use(session, SHORT)
    ask(session, "Name a colour.")
    kept = wait_for_answers(qtbot, session, 2)[0].chat_id
    session.window.commands.new_chat.trigger()
    QTest.keyClicks(session.window.composer.field, WORDS)
    session.controller.open_chat(kept)
    qtbot.waitUntil(lambda: session.controller.chat.chat is not None, timeout=WAIT_MS)
    session.window.commands.temporary_chat.trigger()
    assert session.window.composer.text() == ""


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_it_comes_back_after_a_temporary_chat_that_was_asked(qtbot: QtBot, running: Running, again: bool) -> None:
    with running() as session:
        begin(qtbot, session)
        ask(session, "Name an animal.")
        wait_for_answers(qtbot, session, 2)
        if again:
            session.window.commands.temporary_chat.trigger()
            assert session.controller.chat.begins_temporary
        session.window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: session.window.composer.text() == WORDS, timeout=WAIT_MS)
        drafts = session.controller.chat.drafts
        assert session.app.unsent.of_new_chat(drafts.draft_id).result(10).text == WORDS


def test_it_comes_back_where_the_chat_is_to_be_an_ordinary_one_after_all(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        begin(qtbot, session)
        QTest.keyClicks(session.window.composer.field, "Something else")
        session.window.top_bar.temporary.click()
        qtbot.waitUntil(lambda: WORDS in session.window.composer.text(), timeout=WAIT_MS)
        assert "Something else" in session.window.composer.text()
        drafts = session.controller.chat.drafts
        drafts.save()
        assert WORDS in session.app.unsent.of_new_chat(drafts.draft_id).result(10).text


def test_it_waits_in_another_language_and_what_is_typed_stays(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        begin(qtbot, session)
        QTest.keyClicks(session.window.composer.field, "A secret one")
        session.app.settings.change("language", "language", Language.GERMAN)
        qtbot.waitUntil(lambda: session.window.commands.new_chat.text() == "Neuer Chat", timeout=WAIT_MS)
        attachments = session.controller._attachments
        qtbot.waitUntil(lambda: not attachments._is_bringing_back, timeout=WAIT_MS)
        assert session.window.composer.text() == "A secret one"
        assert session.controller.chat.begins_temporary
        session.window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: session.window.composer.text() == WORDS, timeout=WAIT_MS)


@pytest.mark.parametrize("asks", [False, True], ids=["chosen", "asked"])
def test_a_persona_in_a_temporary_chat_leaves_it_waiting(qtbot: QtBot, running: Running, asks: bool) -> None:
    with running() as session:
        begin(qtbot, session)
        if asks:
            ask(session, "Name an animal.")
            wait_for_answers(qtbot, session, 2)
        personas, attachments = session.controller._personas, session.controller._attachments
        qtbot.waitUntil(lambda: bool(personas._entries), timeout=WAIT_MS)
        personas.begin(next(iter(personas._entries)))
        qtbot.waitUntil(lambda: not attachments._is_bringing_back, timeout=WAIT_MS)
        assert session.controller.chat.begins_temporary
        assert session.window.composer.text() == ""
        session.window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: session.window.composer.text() == WORDS, timeout=WAIT_MS)
