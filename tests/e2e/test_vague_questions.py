"""Hints on vague questions in the whole window: while somebody types, by a template, and switched off."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from desktop_app.gui.composer.advice_dialog import AdviceDialog
from desktop_app.gui.start import Session
from desktop_app.gui.templates.fill_dialog import FillDialog
from tests.e2e.steps import SHORT, WAIT_MS, ready, use, wait_for_answers

VAGUE = "Write something about dogs"


def type_question(session: Session, text: str) -> None:
    session.window.composer.focus()
    QTest.keyClicks(session.window.composer.field, text)


def wait_for_hint(session: Session, qtbot: QtBot) -> None:
    qtbot.waitUntil(session.window.composer.why.isVisible, timeout=WAIT_MS)


def explained(session: Session, qtbot: QtBot) -> AdviceDialog:
    session.window.composer.why.click()
    (dialog,) = session.window.findChildren(AdviceDialog)
    qtbot.waitUntil(dialog.isVisible, timeout=WAIT_MS)
    return dialog


def test_a_vague_question_gets_a_hint_after_a_pause_and_can_be_sent_all_the_same(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        composer = session.window.composer
        type_question(session, VAGUE)
        assert not composer.why.isVisible()
        wait_for_hint(session, qtbot)
        assert "who it is for" in composer.hint.text()
        assert composer.field.hasFocus()
        type_question(session, ", who learn commands from children")
        qtbot.waitUntil(lambda: not composer.why.isVisible(), timeout=WAIT_MS)
        composer.set_text(VAGUE)
        wait_for_hint(session, qtbot)
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
        question, _answer = wait_for_answers(qtbot, session, 2)
        assert question.text == VAGUE
        assert not composer.why.isVisible()
        advice = session.controller._templates_controller._advice
        composer.set_text("Make it better")  # the answer is what it means
        qtbot.waitUntil(lambda: not advice._timer.isActive(), timeout=WAIT_MS)
        assert not composer.why.isVisible()
        session.window.sidebar.new_chat_requested.emit()
        composer.set_text("Make it better")
        wait_for_hint(session, qtbot)


def test_the_template_that_helps_takes_the_place_of_the_question(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        composer = session.window.composer
        type_question(session, "Fix my code")
        wait_for_hint(session, qtbot)
        explained(session, qtbot).use.click()
        qtbot.waitUntil(lambda: bool(session.window.findChildren(FillDialog)), timeout=WAIT_MS)
        (filling,) = session.window.findChildren(FillDialog)
        assert composer.text() == "Fix my code"
        for row in filling.form.rows.values():
            put = row.control.setPlainText if isinstance(row.control, QPlainTextEdit) else row.control.setText
            put("sum(1, 2)")
        filling.accept_button.click()
        qtbot.waitUntil(lambda: "sum(1, 2)" in composer.text(), timeout=WAIT_MS)
        assert "Fix my code" not in composer.text()
        assert "Find the bug" in composer.template.accessibleName()
        assert not composer.why.isVisible()


def test_hints_are_switched_off_and_on_again(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        composer, settings = session.window.composer, session.app.settings
        type_question(session, VAGUE)
        wait_for_hint(session, qtbot)
        explained(session, qtbot).no_more.click()
        qtbot.waitUntil(lambda: not composer.why.isVisible(), timeout=WAIT_MS)
        assert not settings.value.questions.hints
        assert composer.text() == VAGUE
        session.window.show_page("settings")
        row = session.window.settings_page.row("questions", "hints")
        switch = row.editor.widgets[0]
        qtbot.waitUntil(lambda: not switch.isChecked(), timeout=WAIT_MS)
        switch.click()
        session.window.show_page("chat")
        wait_for_hint(session, qtbot)
