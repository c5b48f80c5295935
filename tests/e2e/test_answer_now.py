"""A model that thinks for long is told to answer now."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.chat.fold_head import FoldHead
from desktop_app.helper.templates import CHATML
from tests.e2e.conftest import Running
from tests.e2e.steps import WAIT_MS, ask, ready, shown, use, wait_for_answers

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
