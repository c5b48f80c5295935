"""What the settings do to the next word, in the whole window over the real model."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.gui.panel.sampling.next_word import ROWS
from desktop_app.services.insight.next_word import NextWords
from tests.e2e.steps import SHORT, STORY, WAIT_MS, ask, ready, use, wait_for_answers


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The chats that were looked at, one entry for each request."""
    seen: list[str] = []
    look = NextWords.look

    def note(self, model_path, chat, *arguments, **named):
        seen.append(chat.id)
        return look(self, model_path, chat, *arguments, **named)

    monkeypatch.setattr(NextWords, "look", note)
    return seen


def test_the_bars_follow_the_chat_and_the_sliders(
    running, qtbot: QtBot, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        window = session.window
        ready(qtbot, session)
        use(session, SHORT)
        block = window.panel.sampling_tab.next_word
        qtbot.waitUntil(lambda: block.reason.text().startswith("Ask something"), timeout=WAIT_MS)
        said: list[tuple[str, bool]] = []
        clear = block.clear

        def note(words: str, **named: bool) -> None:
            said.append((words, session.controller.chat.is_streaming))
            clear(words, **named)

        monkeypatch.setattr(block, "clear", note)
        ask(session, STORY)
        _, answer = wait_for_answers(qtbot, session, 2)
        assert [words for words, is_streaming in said if is_streaming and words.startswith("Ask")] == []
        bars = block.bars.rows
        qtbot.waitUntil(lambda: len(bars.bars) == ROWS and block.bars.isVisible(), timeout=WAIT_MS)
        assert answer.text.split()[-1].startswith(bars.bars[0].word), "temperature 0 wrote the likeliest word"
        assert [bar.value for bar in bars.bars[1:]] == ["cut"] * (ROWS - 1)
        assert looks == [answer.chat_id]
        editor = window.panel.sampling_tab.editors["temperature"]
        for value in (0.5, 0.8, 1.5, 1.9):
            editor.settle(value)
        assert bars.bars[1].share > 0.0
        flat = bars.bars[0].share
        editor.settle(0.3)
        assert bars.bars[0].share > flat
        assert looks == [answer.chat_id], "a slider asks nobody"
        QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: block.reason.isVisible() and "Ask something" in block.reason.text(), timeout=WAIT_MS)


def test_they_stand_still_while_an_answer_is_written(running, qtbot: QtBot, looks: list[str]) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, STORY)
        wait_for_answers(qtbot, session, 2)
        block = session.window.panel.sampling_tab.next_word
        qtbot.waitUntil(lambda: block.bars.isVisible() and len(block.bars.rows.bars) == ROWS, timeout=WAIT_MS)
        shown, tail = list(block.bars.rows.bars), block.tail.text()
        seen: list[bool] = []

        def note(*_arguments: object) -> None:
            if session.controller.chat.is_streaming:
                seen.append((list(block.bars.rows.bars), block.tail.text()) == (shown, tail))

        session._bridge.happened.connect(note)
        session._bridge.grew.connect(note)
        ask(session, "And then?")
        wait_for_answers(qtbot, session, 4)
        qtbot.waitUntil(lambda: block.tail.text() != tail, timeout=WAIT_MS)
        assert seen
        assert all(seen)
        assert len(looks) == 2


def test_a_hidden_panel_asks_nobody(running, qtbot: QtBot, looks: list[str]) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        session.window.stage.toggle_panel()
        ask(session, STORY)
        wait_for_answers(qtbot, session, 2)
        timer = session.controller._next_word._timer
        qtbot.waitUntil(lambda: not timer.isActive(), timeout=WAIT_MS)
        assert looks == []
        session.window.stage.toggle_panel()
        qtbot.waitUntil(lambda: len(looks) == 1, timeout=WAIT_MS)
