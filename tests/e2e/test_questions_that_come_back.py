"""Questions that could not be asked, while something else was typed: both stay, and each is asked as itself."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.messages import MessageStatus
from desktop_app.gui.conversation.wishes import wishes
from desktop_app.gui.start import Session
from desktop_app.services.events import QuestionReturned
from desktop_app.settings.schema import WhenFull
from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, shown, use, wait_for_answers

SEA = "Tell me of " + "ships and the sea, " * 14 + "and the sun."
NEXT = "And what of the wind?"


@contextmanager
def nearly_full(running: Running, qtbot: QtBot) -> Iterator[Session]:
    """Run a window with a chat that has no room for another long question."""
    with running() as session:
        assert session.app is not None
        assert session.controller is not None
        session.settings.change("engine", "context_size", 256)
        session.settings.change("engine", "when_full", WhenFull.STOP)
        ready(qtbot, session)
        session.app.engines.reload(session.controller.model.path).result(60)
        use(session, SHORT)
        for turn in range(2):
            ask(session, SEA)
            wait_for_answers(qtbot, session, 2 * (turn + 1))
        yield session


def overflows(qtbot: QtBot, session: Session) -> None:
    notice = session.window.notice
    qtbot.waitUntil(lambda: len(notice.choices) == 3 and notice.isVisible(), timeout=WAIT_MS)


def test_what_was_typed_meanwhile_stands_behind_a_question_that_comes_back(running: Running, qtbot: QtBot) -> None:
    with nearly_full(running, qtbot) as session:
        composer = session.window.composer
        ask(session, SEA)
        QTest.keyClicks(composer.field, NEXT)
        overflows(qtbot, session)
        qtbot.waitUntil(lambda: composer.text() == f"{SEA}\n\n{NEXT}", timeout=WAIT_MS)
        session.window.notice.choices[0].click()
        wait_for_answers(qtbot, session, 6)
        assert shown(session)[-2].text == SEA
        assert composer.text() == NEXT


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("wished", [False, True])
def test_an_edit_that_comes_back_is_not_taken_for_the_draft(
    running: Running, qtbot: QtBot, *, wished: bool, kept: bool
) -> None:
    """Neither where what was typed is `kept` with the chat by then, and comes with it before the question does."""
    with nearly_full(running, qtbot) as session:
        composer, view = session.window.composer, session.window.chat_view()
        question, answer = shown(session)[-2:]
        QTest.keyClicks(composer.field, NEXT)
        if kept:
            qtbot.waitUntil(lambda: session.controller.chat.chat.draft == NEXT)
        if wished:
            session.controller.chat.asking.ask_again(answer.id, wishes()[0]._replace(request=SEA))
        else:
            view.edit_requested.emit(question.id)
            QTest.keyClicks(composer.field, SEA)
            QTest.keyClick(composer.field, Qt.Key.Key_Return)
        overflows(qtbot, session)
        came_back = composer.text()
        assert came_back.endswith(f"\n\n{NEXT}")
        assert came_back.count("Tell me of") == 2
        session.window.notice.choices[0].click()
        qtbot.waitUntil(lambda: len(shown(session)) == 4 and shown(session)[-2].id != question.id, timeout=WAIT_MS)
        assert shown(session)[-2].text == came_back.removesuffix(NEXT).strip()
        assert composer.text() == NEXT


def test_a_question_that_comes_back_while_it_is_edited_does_so_as_it_is_typed(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, SEA)
        question, answer = wait_for_answers(qtbot, session, 2)
        composer, chat = session.window.composer, session.controller.chat
        QTest.keyClicks(composer.field, NEXT)
        session.window.chat_view().edit_requested.emit(question.id)
        composer.field.selectAll()
        QTest.keyClicks(composer.field, "Tell me of ships.")
        full = ErrorInfo(ErrorCode.CONTEXT_FULL)
        chat.question_waits(QuestionReturned(question.chat_id, SEA, (question.id, answer.id), full))
        assert (composer.editing_id, composer.text()) == (None, f"Tell me of ships.\n\n{NEXT}")


def test_what_was_asked_in_another_window_is_not_asked_again_here(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, SEA)
        question, answer = wait_for_answers(qtbot, session, 2)
        chat, notice = session.controller.chat, session.window.notice
        full = ErrorInfo(ErrorCode.CONTEXT_FULL)
        chat.question_waits(QuestionReturned(question.chat_id, "", ("its question", "its answer"), full))
        assert [button.text() for button in notice.choices] == ["New chat", "More context…"]
        chat.question_waits(QuestionReturned(question.chat_id, "", (question.id, answer.id), full))
        assert [button.text() for button in notice.choices] == ["Forget the oldest", "New chat", "More context…"]


def test_a_question_behind_one_that_is_still_being_stored_waits_for_its_answer(qtbot: QtBot, running: Running) -> None:
    may_write = threading.Event()
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        controller, composer = session.controller, session.window.composer
        try:
            session.app.database.write(lambda _connection: may_write.wait())
            ask(session, "Name a colour.")
            controller.chat.model_chosen()  # as when its engine has started
            assert composer.state == "streaming"
            ask(session, "Name a tree.")
        finally:
            may_write.set()
        branch = wait_for_answers(qtbot, session, 4)
        assert [message.text for message in branch[::2]] == ["Name a colour.", "Name a tree."]
        assert all(message.status is MessageStatus.COMPLETE for message in branch)


def test_no_question_can_be_asked_between_one_and_the_beginning_of_its_answer(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        states: list[str] = []
        session.window.composer.state_changed.connect(states.append)
        for count, question in ((2, "Name a colour."), (4, "Name a tree.")):
            states.clear()
            ask(session, question)
            wait_for_answers(qtbot, session, count)
            qtbot.waitUntil(lambda: session.window.composer.state == "idle", timeout=WAIT_MS)
            assert [state for state, before in zip(states, ["", *states], strict=False) if state != before] == [
                "streaming",
                "idle",
            ]
