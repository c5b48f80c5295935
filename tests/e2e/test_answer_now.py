"""A model that thinks for long is told to answer now."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.chat.rows.fold_head import FoldHead
from desktop_app.gui.start import Session
from desktop_app.helper.templates import CHATML
from tests.e2e.conftest import Running
from tests.e2e.steps import WAIT_MS, ask, ready, shown, use, wait_for_answers
from tests.walks.scripted_models import ScriptedModels

THINKING = CHATML + "{{ '<think>\n' }}"
LONG = Sampling(max_tokens=2000, seed=7, min_p=0.0)


@pytest.mark.parametrize("by_command", [False, True])
def test_it_answers_with_what_it_has_thought(running: Running, qtbot: QtBot, by_command: bool) -> None:
    with running() as session:
        window, view = session.window, session.window.chat_view()
        ready(qtbot, session)
        path = session.controller.model.path
        session.app.model_defaults.change(path, ModelDefaults(chat_template=THINKING))
        use(session, LONG)
        assert not window.commands.answer_now.isEnabled()
        ask(session, "Is the sky blue?")
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and len(shown(session)[-1].thought) > 20, timeout=WAIT_MS)
        if by_command:
            window.commands.answer_now.trigger()
        else:
            head = next(head for head in view.viewport().findChildren(FoldHead) if head.isVisible())
            qtbot.mouseClick(head.now, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: len(shown(session)[-1].text) > 10, timeout=WAIT_MS)
        thought = shown(session)[-1].thought
        assert len(thought) > 20
        session.controller.chat.stop()
        answer = wait_for_answers(qtbot, session, 2)[-1]
        assert answer.thought == thought
        assert answer.text
        assert answer.receipt.is_continued


def thinking(qtbot: QtBot, session: Session) -> None:
    """Have the starter think before each answer, and ask it something."""
    ready(qtbot, session)
    path = session.controller.model.path
    session.app.model_defaults.change(path, ModelDefaults(chat_template=THINKING))
    use(session, LONG)
    ask(session, "Is the sky blue?")
    qtbot.waitUntil(lambda: len(shown(session)) == 2 and len(shown(session)[-1].thought) > 20, timeout=WAIT_MS)


def write_until(qtbot: QtBot, models: ScriptedModels, holds: Callable[[], bool]) -> None:
    """Have all answers that are asked for written on until something holds; none comes to its end."""
    random = Random(1)
    qtbot.waitUntil(
        lambda: models.read().result() is None and models.write(random, 2).result() is None and holds(),
        timeout=WAIT_MS,
    )


def thought_once(qtbot: QtBot, session: Session, models: ScriptedModels) -> str:
    """Have the starter think before each answer; returns the id of one that was stopped as it thought."""
    session.settings.change("history", "model_titles", False)  # else the model is asked for one as well
    ready(qtbot, session)
    chat = session.controller.chat
    session.app.model_defaults.change(session.controller.model.path, ModelDefaults(chat_template=THINKING))
    ask(session, "Is the sky blue?")
    write_until(qtbot, models, lambda: len(shown(session)) == 2 and bool(shown(session)[-1].thought))
    chat.stop()
    qtbot.waitUntil(lambda: models.read().result() is None and not chat.is_streaming, timeout=WAIT_MS)
    return shown(session)[-1].id


def test_it_answers_while_others_are_written_beside_it(running: Running, qtbot: QtBot, models: ScriptedModels) -> None:
    with running() as session:
        window, chat = session.window, session.controller.chat
        first = thought_once(qtbot, session, models)
        window.commands.alternatives.trigger()
        window.show_page("chat")
        write_until(qtbot, models, lambda: shown(session)[-1].id != first and bool(shown(session)[-1].thought))
        qtbot.waitUntil(lambda: len(chat.conversation.all_streaming) == 3, timeout=WAIT_MS)
        cut = shown(session)[-1].id
        window.commands.answer_now.trigger()
        write_until(qtbot, models, lambda: len(chat.conversation.message(cut).text) > 10)
        assert len(chat.conversation.all_streaming) == 3
        chat.stop()
        qtbot.waitUntil(lambda: models.read().result() is None and not chat.is_streaming, timeout=WAIT_MS)
        assert chat.conversation.message(cut).text


def test_stop_ends_an_answer_that_was_to_come_now(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        chat = session.controller.chat
        thinking(qtbot, session)
        session.window.commands.answer_now.trigger()
        session.window.composer.stop_requested.emit()
        answer = wait_for_answers(qtbot, session, 2)[-1]
        assert answer.status is MessageStatus.STOPPED
        later = session.app.chats.open_chat(answer.chat_id).result(60)  # behind what would have been written
        assert (chat.is_streaming, later.messages[-1].status) == (False, MessageStatus.STOPPED)


def test_one_of_several_answers_that_are_thought_about_is_given(
    running: Running, qtbot: QtBot, models: ScriptedModels
) -> None:
    with running() as session:
        chat = session.controller.chat
        first = thought_once(qtbot, session, models)
        chat.asking.alternatives()

        def all_think() -> bool:
            streaming = chat.conversation.all_streaming
            return len(streaming) == 3 and all(answer.thought for answer in streaming)

        write_until(qtbot, models, all_think)
        last = max(answer.id for answer in chat.conversation.all_streaming if answer.id != shown(session)[-1].id)
        chat.walk.look_at(last)
        qtbot.waitUntil(lambda: shown(session)[-1].id == last, timeout=WAIT_MS)
        session.window.commands.answer_now.trigger()
        write_until(qtbot, models, lambda: len(shown(session)[-1].text) > 10)
        others = [answer for answer in chat.conversation.answers if answer.id not in (first, last)]
        assert [(bool(other.thought), other.text) for other in others] == [(True, "")] * 2
        chat.stop()
        qtbot.waitUntil(lambda: models.read().result() is None and not chat.is_streaming, timeout=WAIT_MS)


def test_it_answers_once_its_chat_is_open_again(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        chat = session.controller.chat
        session.app.model_defaults.change(session.controller.model.path, ModelDefaults(chat_template=THINKING))
        use(session, LONG)
        ask(session, "Is the sky blue?")
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and len(shown(session)[-1].thought) > 20, timeout=WAIT_MS)
        chat_id = chat.chat_id
        session.window.commands.answer_now.trigger()
        chat.new_chat()
        qtbot.waitUntil(lambda: not session.app.chats.streaming_answers(chat_id), timeout=WAIT_MS)
        chat.open_chat(chat_id)
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and len(shown(session)[-1].text) > 10, timeout=WAIT_MS)
        chat.stop()
        wait_for_answers(qtbot, session, 2)


def test_the_model_that_thought_answers_whichever_is_chosen_meanwhile(
    running: Running, qtbot: QtBot, tmp_path: Path
) -> None:
    with running() as session:
        chat = session.controller.chat
        thinking(qtbot, session)
        thinker = session.controller.model.path
        other = tmp_path / "other-Q4_1.gguf"
        other.symlink_to(thinker)
        session.controller.choice.choose(str(other))
        qtbot.waitUntil(lambda: chat.chat.model_path == str(other), timeout=WAIT_MS)
        assert chat.is_streaming
        session.window.commands.answer_now.trigger()
        qtbot.waitUntil(lambda: len(shown(session)[-1].text) > 10, timeout=WAIT_MS)
        chat.stop()
        answer = wait_for_answers(qtbot, session, 2)[-1]
        assert answer.receipt.model_file == Path(thinker).name
        assert chat.chat.model_path == str(other), "the next question goes to the one that was chosen"
        stored = session.app.chats.open_chat(answer.chat_id).result(60).messages[-1]
        assert (answer.model_path, stored.model_path) == (thinker, thinker), "it is continued by its own, too"
