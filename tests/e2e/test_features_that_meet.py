"""Features that meet in the whole window, in orders that nobody planned."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import Role
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.start import Session
from tests.e2e.steps import SHORT, STORY, WAIT_MS, ask, ready, shown, use, wait_for_answers

LONG = Sampling(max_tokens=4000, seed=7, min_p=0.0)


def queued(session: Session) -> list[str]:
    return [question.text for question in session.window.composer.queued.questions]


def test_a_question_that_waits_is_asked_though_another_edit_took_its_place(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, LONG)
        ask(session, STORY)
        qtbot.waitUntil(lambda: bool(shown(session)) and bool(shown(session)[-1].text), timeout=WAIT_MS)
        ask(session, "One")
        qtbot.waitUntil(lambda: queued(session) == ["One"], timeout=WAIT_MS)
        composer = session.window.composer
        composer.stop_requested.emit()
        ready(qtbot, session)
        use(session, SHORT)
        QTest.keyClick(composer.field, Qt.Key.Key_Up)
        assert composer.text() == "One"
        asked = next(message for message in shown(session) if message.role is Role.USER)
        session.window.chat_view().edit_requested.emit(asked.id)
        assert composer.text() == STORY
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
        messages = wait_for_answers(qtbot, session, 4)
        assert [message.text for message in messages[::2]] == [STORY, "One"]
