"""An answer is read aloud in the real window, by a voice without a sound that tells each word."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import Role
from desktop_app.gui.chat.marks.marking import CURRENT
from desktop_app.gui.speech import process
from desktop_app.gui.start import Session
from desktop_app.gui.system.language import application, speak
from desktop_app.services.writing.speech import Teller
from desktop_app.settings.schema import Language
from tests.e2e.steps import SENTENCE, WAIT_MS, ask, ready, use, wait_for_answers


@pytest.fixture
def marked(monkeypatch) -> list[tuple[str, list]]:
    """All that was marked as spoken, in order."""
    from desktop_app.gui.chat.view import ChatView

    found: list[tuple[str, list]] = []
    real = ChatView.set_spoken

    def note(view: ChatView, message_id: str, stretches=()) -> None:
        found.append((message_id, list(stretches)))
        real(view, message_id, stretches)

    monkeypatch.setattr(ChatView, "set_spoken", note)
    return found


def answered(qtbot: QtBot, session: Session) -> str:
    """Have a short chat; return the answer's id."""
    ready(qtbot, session)
    use(session, SENTENCE)
    ask(session, "Tell me about a boat.")
    wait_for_answers(qtbot, session, 2)
    session.controller.reading._target = process.run_without_sound
    return next(each.id for each in session.controller.chat.conversation.upwards if each.role is Role.ASSISTANT)


def test_every_word_is_marked_and_then_nothing(running, qtbot: QtBot, marked, monkeypatch) -> None:
    with running() as session:
        answer_id = answered(qtbot, session)
        reading, view = session.controller.reading, session.window.chat_view()
        source = next(entry for entry in view.entries if entry.id == answer_id).text
        row = next(row for row in view.rows if row.entry is not None and row.entry.id == answer_id)
        qtbot.waitUntil(lambda: view.realised_text(row) is not None, timeout=WAIT_MS)
        text, accent = view.realised_text(row), session.window.theme.colors.accent
        seen: list[tuple[bool, bool]] = []
        mark = type(view).set_spoken

        def shows_word() -> bool:
            return any(each.format.background().color() == accent for each in text.extraSelections())

        def mark_and_look(*given: object) -> None:
            """Look at once: on a busy computer it is all read before a test sees anything of it."""
            mark(*given)
            seen.append((reading.bar.isVisible(), shows_word()))

        monkeypatch.setattr(type(view), "set_spoken", mark_and_look)
        session.window.commands.read_aloud.trigger()
        qtbot.waitUntil(lambda: bool(seen) and not reading.is_reading, timeout=WAIT_MS)
        assert (True, True) in seen
        assert not reading.bar.isVisible()
        assert marked[-1] == ("", [])
        words = [
            source[each.begin : each.end] for _id, stretches in marked for each in stretches if each.step == CURRENT
        ]
        assert "".join(words).replace(" ", "").isalnum()
        assert len(words) >= len(source.split()) // 2
        assert not shows_word()


def test_it_is_paused_stepped_and_stopped(running, qtbot: QtBot, marked, monkeypatch) -> None:
    monkeypatch.setattr("desktop_app.domain.spoken_text.LONGEST", 20)  # many parts, whatever the model says
    with running() as session:
        answer_id = answered(qtbot, session)
        reading = session.controller.reading
        reading._target = says_nothing  # it would be done before a busy computer comes to the buttons
        session.controller.branches.menu(answer_id)
        reading.read(answer_id)
        qtbot.waitUntil(lambda: bool(reading._parts), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: any(stretches for _id, stretches in marked), timeout=WAIT_MS)
        reading.bar.pause.click()
        assert reading.bar.pause.accessibleName() == "Go on reading"
        reading.bar.pause.click()
        assert reading.bar.pause.accessibleName() == "Pause reading"
        place = reading._place
        if place < len(reading._parts) - 1:
            reading.bar.next.click()
            assert reading._place == place + 1
            reading.bar.previous.click()
            assert reading._place == place
        reading.bar.faster.click()
        assert session.settings.value.speech.pace == 125
        qtbot.waitUntil(lambda: reading.bar.pace.text() == "125 %", timeout=WAIT_MS)
        QTest.keyClick(session.window, Qt.Key.Key_F8)
        assert not reading.is_reading
        count = len(marked)
        reading.stop()
        assert len(marked) == count


def test_a_window_that_is_closed_is_silent(running, qtbot: QtBot, marked) -> None:
    with running() as session:
        answer_id = answered(qtbot, session)
        reading = session.controller.reading
        reading.read(answer_id)
        qtbot.waitUntil(lambda: any(stretches for _id, stretches in marked), timeout=WAIT_MS)
        session.window.close()  # the app may live on in the tray
        qtbot.waitUntil(lambda: not reading.is_reading, timeout=WAIT_MS)
        session.window.show()
        assert not reading.bar.isVisible()


def test_a_second_window_takes_the_voice_from_the_first(running, qtbot: QtBot) -> None:
    with running() as session:
        answer_id = answered(qtbot, session)
        first = session.windows.foremost.controller
        second = session.windows.open(first.chat.chat_id).controller
        qtbot.waitUntil(lambda: second.chat.conversation is not None, timeout=WAIT_MS)
        for each in (first, second):
            each.reading._target = says_nothing
        first.reading.read(answer_id)
        qtbot.waitUntil(lambda: first.reading.bar.isVisible(), timeout=WAIT_MS)
        second.reading.read(answer_id)
        qtbot.waitUntil(lambda: not first.reading.is_reading, timeout=WAIT_MS)
        assert not first.reading.bar.isVisible()
        qtbot.waitUntil(lambda: second.reading.bar.isVisible(), timeout=WAIT_MS)
        assert session.app.speech._number == second.reading._number, "it is spoken on"


@pytest.fixture
def english_again() -> Iterator[None]:
    yield
    speak(application(), Language.ENGLISH)


@pytest.mark.usefixtures("english_again")
def test_another_language_ends_it(running, qtbot: QtBot) -> None:
    with running() as session:
        answer_id = answered(qtbot, session)
        reading = session.controller.reading
        reading._target = says_nothing
        reading.read(answer_id)
        qtbot.waitUntil(lambda: reading.bar.isVisible(), timeout=WAIT_MS)
        former = session.window
        session.settings.change("language", "language", Language.GERMAN)
        qtbot.waitUntil(lambda: session.window is not former, timeout=WAIT_MS)
        assert session.app.speech._number is None, "nobody could stop the voice"
        qtbot.waitUntil(lambda: session.app.speech._child is None, timeout=WAIT_MS)


def test_another_chat_ends_it_and_no_voice_is_told(running, qtbot: QtBot, monkeypatch) -> None:
    with running() as session:
        answer_id = answered(qtbot, session)
        reading = session.controller.reading
        reading._target = says_nothing
        reading.read(answer_id)
        qtbot.waitUntil(lambda: reading.bar.isVisible(), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: session.app.speech._child is not None, timeout=WAIT_MS)  # else it could not rest
        session.window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: not reading.is_reading, timeout=WAIT_MS)
        reading._target = voiceless
        session.app.speech.rest()
        session.controller.chat.open_chat(session.app.chats.list_chats().result(60)[0].id)
        view = session.window.chat_view()
        qtbot.waitUntil(lambda: answer_id in [entry.id for entry in view.entries], timeout=WAIT_MS)
        reading.read(answer_id)
        notice = session.window.notice
        qtbot.waitUntil(lambda: "no voice" in notice.label.text() or "Linux" in notice.label.text(), timeout=WAIT_MS)
        assert not reading.is_reading


class Silent:
    """A voice that is never done with a text."""

    def say(self, number: int, text: str, language: str, pace: float) -> None:
        pass

    pause = resume = silence = stop = lambda _voice: None


def says_nothing(connection) -> None:
    teller = Teller(connection)
    teller.opened(can_pause=True)
    teller.listen(Silent())


def voiceless(connection) -> None:
    process.run(connection, "no such engine")
