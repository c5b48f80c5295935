"""Edits of questions and answers that nobody sent yet: left for another chat, closed, ended suddenly, discarded."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import MessageStatus, Role
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.unsent import Unsent
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.start import Session
from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, STORY, WAIT_MS, ask, ready, shown, use, wait_for_answers

LONG = Sampling(temperature=0.0, max_tokens=1900, seed=1)


def begin(qtbot: QtBot, session: Session) -> str:
    """Ask a question; return the id of its chat."""
    ready(qtbot, session)
    use(session, SHORT)
    ask(session, "Name a colour.")
    return wait_for_answers(qtbot, session, 2)[0].chat_id


def open_chat(qtbot: QtBot, session: Session, chat_id: str) -> None:
    assert session.controller is not None
    chat = session.controller.chat
    session.controller.open_chat(chat_id)
    qtbot.waitUntil(lambda: chat.conversation is not None and chat.conversation.chat.id == chat_id, timeout=WAIT_MS)


def edit(session: Session, message_id: str, text: str) -> Composer:
    """Edit a message, and leave the edit unfinished."""
    session.window.chat_view().edit_requested.emit(message_id)
    composer = session.window.composer
    composer.field.selectAll()
    QTest.keyClicks(composer.field, text)
    return composer


def kept(session: Session, chat_id: str) -> Unsent:
    assert session.app is not None
    return session.app.chats.open_chat(chat_id).result(WAIT_MS / 1000).unsent


def test_an_edit_of_a_question_or_an_answer_comes_back_with_its_chat(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        chat_id = begin(qtbot, session)
        for message in shown(session):
            composer = edit(session, message.id, "In other words")
            session.window.commands.new_chat.trigger()
            assert (composer.editing_id, composer.text()) == (None, "")
            QTest.keyClicks(composer.field, "Something new")
            open_chat(qtbot, session, chat_id)
            assert (composer.editing_id, composer.text()) == (message.id, "In other words")
            assert ("answer" in composer.hint.text()) == (message.role is Role.ASSISTANT)
            session.window.commands.new_chat.trigger()
            qtbot.waitUntil(lambda composer=composer: composer.text() == "Something new", timeout=WAIT_MS)
            open_chat(qtbot, session, chat_id)
            composer.cancel.click()
            assert (composer.editing_id, composer.text()) == (None, "")
            open_chat(qtbot, session, chat_id)  # which is read again, while the next edit begins
            assert composer.editing_id is None


def test_an_edit_and_the_draft_behind_it_outlive_a_sudden_end(qtbot: QtBot, running: Running, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("The lamp is green.\n", encoding="utf-8")
    with running() as session:
        chat_id = begin(qtbot, session)
        QTest.keyClicks(session.window.composer.field, "And further,")
        composer = edit(session, shown(session)[0].id, "Name a tree.")
        session.window.files_dropped.emit([str(note)])
        # nothing but a timer keeps it: a sudden end takes no leave
        qtbot.waitUntil(
            lambda: (found := kept(session, chat_id).edit) is not None and bool(found.files), timeout=WAIT_MS
        )
    with running() as session:
        composer = session.window.composer
        qtbot.waitUntil(lambda: composer.editing_id is not None, timeout=WAIT_MS)
        assert (composer.text(), [file.name for file in composer.files]) == ("Name a tree.", ["note.txt"])
        composer.cancel.click()
        assert (composer.text(), composer.files) == ("And further,", ())


def test_an_edit_that_changes_nothing_is_not_kept(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        chat_id = begin(qtbot, session)
        session.window.chat_view().edit_requested.emit(shown(session)[0].id)
        session.window.commands.new_chat.trigger()
        open_chat(qtbot, session, chat_id)
        assert session.window.composer.editing_id is None


def test_an_edit_that_is_sent_does_not_come_back(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        chat_id = begin(qtbot, session)
        question, answer = shown(session)
        composer = edit(session, answer.id, "Red.")
        qtbot.waitUntil(lambda: kept(session, chat_id).edit is not None, timeout=WAIT_MS)
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: shown(session)[-1].text == "Red.", timeout=WAIT_MS)
        composer = edit(session, question.id, "Name a tree.")
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: shown(session)[0].text == "Name a tree.", timeout=WAIT_MS)
        wait_for_answers(qtbot, session, 2)
        assert kept(session, chat_id).edit is None


def test_discarded_words_can_be_brought_back(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        chat_id = begin(qtbot, session)
        question, answer = shown(session)
        composer = edit(session, question.id, "Name a tree.")
        QTest.keyClick(composer.field, Qt.Key.Key_Escape)
        assert (composer.editing_id, composer.text()) == (None, "")
        session.window.notice.action.click()
        assert (composer.editing_id, composer.text()) == (question.id, "Name a tree.")
        session.window.chat_view().edit_requested.emit(question.id)  # once more: it is edited already
        assert composer.text() == "Name a tree."
        session.window.chat_view().edit_requested.emit(answer.id)
        assert composer.editing_id == answer.id
        session.window.commands.new_chat.trigger()
        session.window.notice.action.click()
        qtbot.waitUntil(lambda: composer.editing_id == question.id, timeout=WAIT_MS)
        assert (composer.text(), shown(session)[0].chat_id) == ("Name a tree.", chat_id)


def test_discarded_words_are_shown_wherever_one_is_by_then(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        begin(qtbot, session)
        window, composer = session.window, session.window.composer
        edit(session, shown(session)[0].id, "Name a tree.")
        QTest.keyClick(composer.field, Qt.Key.Key_Escape)
        window.show_page("templates")
        window.notice.action.click()
        assert (window.page, composer.text()) == ("chat", "Name a tree.")
        window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: composer.text() == "", timeout=WAIT_MS)
        QTest.keyClicks(composer.field, "half a thought")
        session.controller.chat.drafts.save()
        window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: "a new chat was discarded" in window.notice.label.text(), timeout=WAIT_MS)
        window.show_page("templates")
        window.notice.action.click()
        assert (window.page, composer.text()) == ("chat", "half a thought")


def test_a_question_that_comes_next_waits_for_its_edit_in_a_chat_that_was_left(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, LONG)
        ask(session, STORY)
        qtbot.waitUntil(lambda: bool(shown(session)) and bool(shown(session)[-1].text), timeout=WAIT_MS)
        chat_id, composer = shown(session)[0].chat_id, session.window.composer
        ask(session, "One")
        qtbot.waitUntil(lambda: bool(composer.queued.questions), timeout=WAIT_MS)
        QTest.keyClick(composer.field, Qt.Key.Key_Up)
        QTest.keyClicks(composer.field, " more")
        use(session, SHORT)
        session.window.commands.new_chat.trigger()
        app = session.app
        assert app is not None
        app.chats.resample(chat_id, SHORT)  # ends the answer soon, complete
        qtbot.waitUntil(lambda: not app.chats.is_answering, timeout=WAIT_MS)
        assert [each.text for each in kept(session, chat_id).queue] == ["One"]
        open_chat(qtbot, session, chat_id)
        assert shown(session)[-1].status is MessageStatus.COMPLETE
        assert composer.text() == "One more"
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
        messages = wait_for_answers(qtbot, session, 4)
        assert messages[2].text == "One more"
        assert kept(session, chat_id) == Unsent()


def test_what_is_typed_at_the_start_stays_and_the_edit_is_offered(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        begin(qtbot, session)
        question = shown(session)[0].id
        edit(session, question, "Name a tree.")
    with running(wait=False) as session:
        composer = session.window.composer
        composer.set_text("Quickly typed")
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and session.window.notice.isVisible(), timeout=WAIT_MS)
        assert (composer.editing_id, composer.text()) == (None, "Quickly typed")
        session.window.notice.action.click()
        assert (composer.editing_id, composer.text()) == (question, "Name a tree.")
        composer.cancel.click()
        assert composer.text() == "Quickly typed"


def test_another_window_lets_go_of_an_edit_that_was_sent(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        chat_id = begin(qtbot, session)
        composer = edit(session, shown(session)[0].id, "Name a tree.")
        qtbot.waitUntil(lambda: kept(session, chat_id).edit is not None, timeout=WAIT_MS)
        assert session.windows is not None
        other = session.windows.open(chat_id).window.composer
        qtbot.waitUntil(lambda: other.text() == "Name a tree." and other.editing_id is not None, timeout=WAIT_MS)
        other.field.clearFocus()
        composer.field.setFocus()
        QTest.keyClicks(composer.field, " Or two.")
        qtbot.waitUntil(lambda: other.text() == "Name a tree. Or two.", timeout=WAIT_MS)
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: other.editing_id is None and other.text() == "", timeout=WAIT_MS)


def test_an_edit_stays_with_its_chat_in_a_window_that_was_just_made(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        other_id = begin(qtbot, session)
        session.window.commands.new_chat.trigger()
        ask(session, "Name a tree.")
        question = wait_for_answers(qtbot, session, 2)[0]
        assert session.windows is not None
        session.windows._renew(session.windows.foremost)  # as in another language: nothing is read yet
        composer = edit(session, question.id, "Name a bird.")
        open_chat(qtbot, session, other_id)
        assert (composer.editing_id, composer.text()) == (None, "")
        open_chat(qtbot, session, question.chat_id)
        assert (composer.editing_id, composer.text()) == (question.id, "Name a bird.")


def test_edits_of_two_messages_in_two_windows_are_both_kept(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        chat_id = begin(qtbot, session)
        question, answer = shown(session)
        assert session.windows is not None
        first = session.windows.foremost
        edit(session, question.id, "Name a tree.")
        other = session.windows.open()
        open_chat(qtbot, session, chat_id)
        other.window.composer.cancel_editing()
        edit(session, answer.id, "An oak.")
        for opened in (first, other):
            opened.controller.chat.drafts.save()
        qtbot.waitUntil(lambda: kept(session, chat_id).edits[1:] != (), timeout=WAIT_MS)
        assert first.window.composer.text() == "Name a tree."
        first.window.close()
        qtbot.waitUntil(lambda: session.windows is not None and len(session.windows.all) == 1, timeout=WAIT_MS)
        other.window.composer.cancel.click()
        other.window.notice.close_button.click()
        session.window.commands.new_chat.trigger()
        open_chat(qtbot, session, chat_id)
        assert (other.window.composer.editing_id, other.window.composer.text()) == (question.id, "Name a tree.")
