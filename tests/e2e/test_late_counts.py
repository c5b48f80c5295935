"""Tokens that a model counted for what is not there any more, or another model before it, and tells too late."""

import itertools
from collections.abc import Callable
from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.received import Received
from desktop_app.gui.panel.panel import PROMPT
from desktop_app.gui.panel.prompt.received_dialog import ReceivedDialog
from desktop_app.gui.start import Session
from tests.e2e.steps import WAIT_MS, ready
from tests.e2e.test_temporary_drafts import settled
from tests.walks.scripted_models import ScriptedModels


class Counts:
    """What models are asked to count; they tell at once what is `told`, all else only when the test says so."""

    def __init__(self, session: Session, patch: pytest.MonkeyPatch) -> None:
        self.told: dict[tuple[str, str], int] = {}
        self.late: dict[str, list[Future[int]]] = {}
        patch.setattr(session.app.engines, "questions_to", lambda path: SimpleNamespace(count_tokens=self._of(path)))

    def _of(self, path: str) -> Callable[[str], "Future[int]"]:
        def count(text: str) -> Future[int]:
            counted: Future[int] = Future()
            if (path, text) in self.told:
                counted.set_result(self.told[path, text])
            else:
                self.late.setdefault(text, []).append(counted)
            return counted

        return count


def test_an_emptied_system_prompt_has_no_tokens_of_what_stood_there(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        counts = Counts(session, monkeypatch)
        session.window.panel.show_tab(PROMPT)
        tab = session.window.panel.prompt_tab
        qtbot.waitUntil(lambda: tab.prompt.toPlainText() in counts.late, timeout=WAIT_MS)
        tab.prompt.setFocus()
        tab.prompt.selectAll()
        QTest.keyClick(tab.prompt, Qt.Key.Key_Delete)
        qtbot.waitUntil(lambda: tab.count.text() == "0 tokens", timeout=WAIT_MS)
        for future in itertools.chain(*counts.late.values()):
            future.set_result(6)
        settled(qtbot, session)
        assert tab.count.text() == "0 tokens"


@pytest.mark.parametrize("fails", [False, True])
def test_what_another_model_counted_before_says_nothing_of_the_one_in_use(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    with running() as session:
        ready(qtbot, session)
        counts = Counts(session, monkeypatch)
        window, model = session.window, session.controller.model
        window.panel.show_tab(PROMPT)
        tab = window.panel.prompt_tab
        prompt = tab.prompt.toPlainText()
        QTest.keyClicks(window.composer.field, "Hello")
        qtbot.waitUntil(lambda: {prompt, "Hello"} <= counts.late.keys(), timeout=WAIT_MS)
        counts.told = {("other.gguf", prompt): 7, ("other.gguf", "Hello"): 2}
        model.use("other.gguf")
        qtbot.waitUntil(lambda: (tab.count.text(), window.composer._count) == ("7 tokens", 2), timeout=WAIT_MS)
        for future in itertools.chain(*counts.late.values()):
            if fails:
                future.set_exception(EngineError(ErrorCode.ENGINE_FAILED))
            else:
                future.set_result(100)
        settled(qtbot, session)
        assert (tab.count.text(), window.composer._count) == ("7 tokens", 2)


def test_the_prompt_of_an_earlier_look_is_not_shown_for_the_next_one(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        waiting: list[Future[Received]] = []
        monkeypatch.setattr(
            session.app.prompt_view, "received", lambda *_given, **_named: waiting.append(Future()) or waiting[-1]
        )
        for _look in range(2):
            session.window.commands.received.trigger()
            dialog = session.controller._prompt._dialog
            assert isinstance(dialog, ReceivedDialog)
            if len(waiting) == 1:
                dialog.reject()
        assert len(waiting) == 2
        for future, text in ((waiting[1], "as it is now"), (waiting[0], "as it was")):
            future.set_result(Received(text=text, parts=(), tokens=None, context_size=2048))
        settled(qtbot, session)
        assert dialog.text.toPlainText() == "as it is now"
        dialog.reject()
