"""Other computers, as a person uses them: an address is typed, checked and used, and the window outlives its loss."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.sampling import Sampling
from tests.e2e.steps import SHORT, STORY, WAIT_MS, ask, ready, shown, use, wait_for_answers
from tests.lender import ENGINE_WITH_PART, Lender, needs_part


@pytest.fixture
def lender() -> Iterator[Lender]:
    made = Lender()
    yield made
    made.kill()


@needs_part
def test_a_model_is_over_a_typed_server_until_that_is_lost(
    running, qtbot: QtBot, lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMA_CPP_LIB_PATH", ENGINE_WITH_PART)
    with running() as session:
        ready(qtbot, session)
        window = session.window
        window.commands.hardware.trigger()
        card = window.settings_page.servers_card
        assert card is not None
        QTest.keyClicks(card.field, lender.address)
        QTest.keyClick(card.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: lender.address in card.rows, timeout=WAIT_MS)
        row = card.rows[lender.address]
        row.check.click()
        qtbot.waitUntil(lambda: row.badge.accessibleName() == "ready", timeout=WAIT_MS)
        assert row.words.text().startswith("It answers, and offers 1 device")
        window.show_page("models")
        told = "more when they were last asked."
        qtbot.waitUntil(lambda: window.models_page._computer.endswith(told), timeout=WAIT_MS)  # verdicts count it
        window.settings_page.setting_changed.emit("servers", "for_every_model", True)

        window.show_page("chat")
        use(session, Sampling(temperature=0.0, max_tokens=2000, seed=1))
        assert session.app is not None
        qtbot.waitUntil(lambda: window.top_bar.pill._badge == "CPU", timeout=WAIT_MS)
        for model in session.app.engines.loaded().result(60):
            session.app.engines.release(model.path)  # it was loaded before there was a server
        ask(session, STORY)
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and len(shown(session)[1].text) > 10, timeout=WAIT_MS)
        assert window.top_bar.pill._badge == "Remote 31/31"
        qtbot.waitUntil(lambda: row.badge.accessibleName() == "in use", timeout=WAIT_MS)
        assert window.sidebar.network._label.text() == "Connected to 1 computer"
        lender.kill()
        _question, answer = wait_for_answers(qtbot, session, 2)
        assert answer.status is MessageStatus.INTERRUPTED
        assert len(answer.text) > 10
        use(session, SHORT)
        ask(session, "Hello")
        assert wait_for_answers(qtbot, session, 4)[-1].status is MessageStatus.COMPLETE
        assert window.top_bar.pill._badge == "CPU"
        assert window.sidebar.network._label.text() == "No network in use"
