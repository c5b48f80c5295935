"""Receipts in the whole window: run again, compare, keep, with the real engine."""

from random import Random
from threading import Event

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import FinishReason
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.receipts.block import ReceiptBlock
from desktop_app.gui.receipts.dialog import ReceiptDialog
from desktop_app.gui.start import Session
from desktop_app.services.engines.engine import Engine
from tests.e2e.conftest import Running
from tests.e2e.steps import WAIT_MS, ask, ready, shown, use, wait_for_answers
from tests.walks.scripted_models import ScriptedModels

WILD = Sampling(temperature=1.3, top_k=0, top_p=1.0, min_p=0.0, max_tokens=16, grammar="root ::= [ -~] root")
"""Of signs that are shown as they are: a view makes some others blanks, or leaves them out."""


def receipt_dialog(session: Session) -> ReceiptDialog:
    return next(dialog for dialog in session.window.findChildren(ReceiptDialog) if dialog.isVisible())


def choose(session: Session, answer_id: str, place: int) -> None:
    """Choose an entry of the menu below an answer, as a click would."""
    menu = session.controller.receipts.menu(answer_id)
    assert menu.actions()[place].isEnabled()
    menu.actions()[place].trigger()
    menu.deleteLater()


def test_a_reproducible_answer_runs_again_and_another_one_is_compared_and_kept(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window = session.window
        session.app.settings.change("engine", "reproducible", True)
        ready(qtbot, session)
        use(session, WILD)
        ask(session, "Tell me about the sea.")
        answer = wait_for_answers(qtbot, session, 2)[-1]
        assert answer.receipt is not None
        assert answer.receipt.reproducible

        window.commands.run_again.trigger()
        qtbot.waitUntil(lambda: window.notice.label.text() == "The same text, token for token.", timeout=WAIT_MS)
        assert len(shown(session)) == 2
        assert not window.commands.compare.isEnabled(), "there is no other answer"

        window.commands.receipt.trigger()
        dialog = receipt_dialog(session)
        assert dialog.block.result.text() == "The same text, token for token."
        dialog.block.again.click()
        assert dialog.block.stop.isVisible()
        qtbot.waitUntil(lambda: not dialog.block.again.waits, timeout=WAIT_MS)
        assert dialog.block.result.text() == "The same text, token for token."
        dialog.accept()

        use(session, Sampling(temperature=0.0, max_tokens=16))
        menu = session.controller.receipts.menu(answer.id)
        assert [action.isEnabled() for action in menu.actions()] == [True, True, False, True]
        menu.deleteLater()
        window.commands.answer_otherwise.trigger()
        qtbot.waitUntil(lambda: window.page == "compare", timeout=WAIT_MS)
        page = window.compare_page
        qtbot.waitUntil(lambda: page.copy.isEnabled(), timeout=WAIT_MS)
        assert page.left.text.toPlainText().split() == answer.text.split()  # Qt makes some blanks others
        assert page.right.choice.currentText() == "New answer, not kept"
        assert any(cell.text() == "Temperature" for cell in page.table.cells)
        page.keep.click()
        qtbot.waitUntil(lambda: not page.keep.isVisible(), timeout=WAIT_MS)
        page.back.click()
        kept = shown(session)[-1]
        assert kept.id != answer.id
        assert kept.parent_id == answer.parent_id

        qtbot.waitUntil(lambda: window.commands.compare.isEnabled(), timeout=WAIT_MS)
        window.commands.compare.trigger()
        assert [page.left.choice.currentText(), page.right.choice.currentText()] == ["Answer 1 of 2", "Answer 2 of 2"]


def begin(qtbot: QtBot, session: Session) -> None:
    session.settings.change("history", "model_titles", False)  # else the model is asked for one as well
    session.app.template_checks.close()  # which would say that the scripted model has none, and when it likes
    ready(qtbot, session)
    ask(session, "Hello")


def write_answer(qtbot: QtBot, models: ScriptedModels, words: int, reason: FinishReason = FinishReason.STOP) -> None:
    qtbot.waitUntil(lambda: models.read().result() is None and models.asked == 1, timeout=WAIT_MS)
    models.write(Random(words), words).result()
    models.finish(reason).result()


def answer_otherwise(qtbot: QtBot, session: Session) -> None:
    command = session.window.commands.answer_otherwise
    qtbot.waitUntil(command.isEnabled, timeout=WAIT_MS)
    command.trigger()


def test_an_answer_without_a_word_is_compared_too(running: Running, qtbot: QtBot, models: ScriptedModels) -> None:
    """It was stopped before the first one, say."""
    with running() as session:
        window = session.window
        begin(qtbot, session)
        write_answer(qtbot, models, 0)
        empty = wait_for_answers(qtbot, session, 2)[-1]
        answer_otherwise(qtbot, session)
        write_answer(qtbot, models, 2)
        qtbot.waitUntil(lambda: models.read().result() is None and window.page == "compare", timeout=WAIT_MS)
        page = window.compare_page
        assert page.left.text.toPlainText() == ""
        assert page.right.text.toPlainText() != ""
        page.back.click()
        window.commands.regenerate.trigger()
        write_answer(qtbot, models, 2)
        qtbot.waitUntil(window.commands.compare.isEnabled, timeout=WAIT_MS)
        window.commands.compare.trigger()
        assert page.chosen == (empty.id, shown(session)[-1].id)


def test_an_answer_that_is_written_further_meanwhile_is_compared_later(
    running: Running, qtbot: QtBot, models: ScriptedModels
) -> None:
    with running() as session:
        window = session.window
        begin(qtbot, session)
        write_answer(qtbot, models, 2, FinishReason.LENGTH)
        wait_for_answers(qtbot, session, 2)
        answer_otherwise(qtbot, session)
        qtbot.waitUntil(lambda: models.read().result() is None and models.asked == 1, timeout=WAIT_MS)
        window.commands.continue_answer.trigger()
        qtbot.waitUntil(lambda: models.read().result() is None and models.asked == 2, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: session.controller.chat.is_streaming, timeout=WAIT_MS)
        models.finish_first().result()
        qtbot.waitUntil(lambda: models.read().result() is None and window.notice.choices != [], timeout=WAIT_MS)
        assert window.page == "chat"
        models.finish().result()
        wait_for_answers(qtbot, session, 2)
        window.notice.choices[0].click()
        assert window.page == "compare"


def test_running_again_is_given_up(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window = session.window
        ready(qtbot, session)
        use(session, WILD)
        ask(session, "Hello")
        answer = wait_for_answers(qtbot, session, 2)[-1]
        block = ReceiptBlock(window.theme, window)
        session.controller.receipts.connect_block(block)
        block.show_answer(answer)
        block.show()
        use(session, Sampling(max_tokens=2000))
        choose(session, answer.id, 3)
        assert block.stop.isVisible()
        block.stop.click()
        assert block.result.text() == "Stopped."
        block.copy.click()
        assert block.copy.text() == "Copied"
        block.again.click()
        qtbot.waitUntil(lambda: not block.again.waits, timeout=WAIT_MS)
        assert "token" in block.result.text()
        block.deleteLater()
        assert window.page == "chat"


def test_running_again_ends_with_the_loading_of_its_model(
    running: Running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_be_loaded, end = Event(), Engine._on_loaded
    with running() as session:
        ready(qtbot, session)
        use(session, WILD)
        ask(session, "Hello")
        answer = wait_for_answers(qtbot, session, 2)[-1]
        path = session.controller.chat.model_path
        block = ReceiptBlock(session.window.theme, session.window)
        session.controller.receipts.connect_block(block)
        block.show_answer(answer)
        block.show()
        session.app.engines.unload(path)
        monkeypatch.setattr(
            Engine, "_on_loaded", lambda engine, model: (may_be_loaded.wait(WAIT_MS / 1000), end(engine, model))
        )
        block.again.click()
        assert block.again.waits
        qtbot.waitUntil(lambda: session.app.engines.cancel_loading(path), timeout=WAIT_MS)
        may_be_loaded.set()
        qtbot.waitUntil(lambda: not block.again.waits, timeout=WAIT_MS)
        assert block.result.text() == "Stopped."
        block.again.click()
        qtbot.waitUntil(lambda: "token" in block.result.text(), timeout=WAIT_MS)
        block.deleteLater()
