"""Continuing, alternatives, tool calls and a full context in the window, with the real model behind it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.chat.rows.fold_head import FoldHead
from desktop_app.helper.templates import CHATML
from desktop_app.settings.schema import WhenFull
from tests.e2e.steps import SENTENCE, SHORT, STORY, WAIT_MS, ask, ready, shown, use, wait_for_answers
from tests.endless import ENDLESS

LONG = Sampling(max_tokens=2000, seed=7, min_p=0.0, **ENDLESS)
SEA = "Tell me of " + "ships and the sea " * 10


def grown(session, length: int) -> bool:
    messages = shown(session)
    return len(messages) == 2 and len(messages[1].text) > length


def test_a_stopped_answer_goes_on_and_has_alternatives(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        commands, composer = session.window.commands, session.window.composer
        assert not commands.continue_answer.isEnabled()
        use(session, LONG)
        ask(session, STORY)
        qtbot.waitUntil(lambda: grown(session, 20), timeout=WAIT_MS)
        assert not commands.continue_answer.isEnabled()
        QTest.mouseClick(composer.send, Qt.MouseButton.LeftButton)
        _, stopped = wait_for_answers(qtbot, session, 2)
        QTest.keyClick(session.window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: grown(session, len(stopped.text) + 20), timeout=WAIT_MS)
        assert composer.state == "streaming"
        QTest.mouseClick(composer.send, Qt.MouseButton.LeftButton)
        _, longer = wait_for_answers(qtbot, session, 2)
        assert longer.id == stopped.id
        assert longer.text.startswith(stopped.text)
        view = session.window.chat_view()
        assert "".join(row.text for row in view.rows if row.entry is view.rows[-1].entry) == longer.text

        commands.alternatives.trigger()
        assert session.window.page == "alternatives"
        session.window.show_page("chat")
        qtbot.waitUntil(lambda: shown(session)[-1].id != stopped.id and grown(session, 5), timeout=WAIT_MS)
        first = shown(session)[-1]
        conversation = session.controller.chat.conversation
        qtbot.waitUntil(lambda: conversation.place(first.id) == (1, 4), timeout=WAIT_MS)
        footer = view.realised_footer(view.rows[-1].entry)
        assert footer._count.text() == "2 / 4"
        footer._forth.click()
        qtbot.waitUntil(lambda: shown(session)[-1].id != first.id, timeout=WAIT_MS)
        second = shown(session)[-1]
        assert second.status is MessageStatus.STREAMING
        qtbot.waitUntil(lambda: grown(session, len(second.text)), timeout=WAIT_MS)
        QTest.mouseClick(composer.send, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: composer.state == "idle", timeout=WAIT_MS)
        stopped_ones = [m for m in session.controller.chat.conversation._messages.values() if m.role == "assistant"]
        assert [m.status for m in stopped_ones] == [MessageStatus.STOPPED] * 4


def test_a_call_is_shown_as_it_is_made_and_copied(running, qtbot: QtBot) -> None:
    call = r'"I look.\n\n<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}</tool_call>So."'
    with running() as session:
        ready(qtbot, session)
        template = CHATML + "{# <tool_call> #}"
        session.app.model_defaults.change(session.controller.model.path, ModelDefaults(chat_template=template))
        use(session, Sampling(temperature=0.0, max_tokens=80, grammar=f"root ::= {call}"))
        ask(session, "Rain in Paris?")
        _, answer = wait_for_answers(qtbot, session, 2)
        assert answer.text == "I look.\n\nSo."
        view = session.window.chat_view()
        (head,) = [head for head in view.viewport().findChildren(FoldHead) if head.isVisible()]
        assert head.toggle.text() == "Wanted to call get_weather"
        first, second = view.realised_texts()[1:]
        assert (first.toPlainText(), second.toPlainText()) == ("I look.", "So.")
        assert first.y() < head.y() < second.y()
        view.realised_footer(view.rows[-1].entry)._copy.click()
        copied = QGuiApplication.clipboard().text()
        assert copied.startswith('I look.\n\n```json\n{\n  "name": "get_weather",')
        assert copied.endswith("\n```\n\nSo.")


def test_a_full_context_offers_the_ways_on(running, qtbot: QtBot) -> None:
    with running() as session:
        session.settings.change("engine", "context_size", 256)
        session.settings.change("engine", "when_full", WhenFull.STOP)
        ready(qtbot, session)
        session.app.engines.reload(session.controller.model.path).result(60)
        use(session, SENTENCE)
        for turn in range(3):
            ask(session, SEA)
            wait_for_answers(qtbot, session, 2 * (turn + 1))
        ask(session, SEA)
        notice = session.window.notice
        qtbot.waitUntil(lambda: len(notice.choices) == 3 and notice.isVisible(), timeout=WAIT_MS)
        assert "tokens" in notice.label.text()
        assert session.window.composer.text() == SEA.strip() or session.window.composer.text() == SEA
        assert len(shown(session)) == 6
        notice.choices[2].click()
        assert session.window.page == "models"
        assert session.window.models_page.sheet_content is not None
        session.window.show_page("chat")
        ask_anyway = notice.choices[0]
        ask_anyway.click()
        wait_for_answers(qtbot, session, 8)
        view = session.window.chat_view()
        assert view._branch.memory_start is not None
        assert session.window.composer.text() == ""


def test_the_ways_on_from_a_full_context_are_none_for_another_chat(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        chat = session.controller.chat
        chat.asking.overflowed.emit(ErrorInfo(ErrorCode.CONTEXT_FULL), chat.asking.anyway)
        notice = session.window.notice
        assert notice.choices[0].text() == "Forget the oldest"
        session.window.commands.new_chat.trigger()
        session.window.composer.set_text("Not to be sent yet")
        assert notice.isHidden(), "it would send what is typed here"


def test_the_way_back_to_a_branch_is_none_for_another_chat(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        ask(session, "And a tree.")
        messages = wait_for_answers(qtbot, session, 4)
        session.controller.branches.continue_from(messages[1].id)
        notice = session.window.notice
        qtbot.waitUntil(lambda: len(shown(session)) == 2, timeout=WAIT_MS)
        assert notice.isVisible()
        session.window.commands.new_chat.trigger()
        assert notice.isHidden()
