"""Measuring this computer from the window, with the real engine."""

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.gui.models.tuning_dialog import TuningDialog
from desktop_app.gui.start import Session
from desktop_app.services.hardware import tuning
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, use, wait_for_answers


def close(qtbot: QtBot, session: Session, dialog: TuningDialog) -> None:
    dialog.close_button.click()
    qtbot.waitUntil(lambda: not session.window.findChildren(TuningDialog), timeout=WAIT_MS)


def test_the_model_is_measured_and_answers_again(running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "SECONDS", 3.0)
    with running() as session:
        ready(qtbot, session)
        session.window.commands.measure.trigger()
        (dialog,) = session.window.findChildren(TuningDialog)
        assert "less than a minute" in dialog.words.text()
        dialog.measure.click()
        assert not dialog.measure.isVisible()
        qtbot.waitUntil(dialog.measure.isVisible, timeout=WAIT_MS)
        assert "used from now on" in dialog.outcome.text()
        assert dialog._grid.count() >= 8
        close(qtbot, session, dialog)
        session.window.commands.measure.trigger()
        (dialog,) = session.window.findChildren(TuningDialog)
        qtbot.waitUntil(lambda: "used from now on" in dialog.outcome.text(), timeout=WAIT_MS)
        close(qtbot, session, dialog)
        use(session, SHORT)
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)


def test_closing_gives_it_up(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        session.window.commands.hardware.trigger()
        session.window.settings_page.hardware_card.measure.click()
        (dialog,) = session.window.findChildren(TuningDialog)
        dialog.measure.click()
        qtbot.waitUntil(lambda: dialog._grid.count() > 0, timeout=WAIT_MS)
        close(qtbot, session, dialog)
        use(session, SHORT)
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)
        path = session.controller.model.path
        assert not session.app.tuning.known(path)
