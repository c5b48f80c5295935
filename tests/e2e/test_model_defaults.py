"""Defaults of a model in the whole window: set in its sheet, they hold for the chats that begin with it."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.gui.models.defaults_sheet import DefaultsSheet
from desktop_app.gui.models.local_sheet import LocalSheet
from desktop_app.services.models.library import find_starter
from tests.e2e.steps import WAIT_MS, ask, ready, wait_for_answers


def test_a_template_that_loses_the_system_prompt_is_told_with_a_way_to_mend_it(running, qtbot: QtBot) -> None:
    starter = str(find_starter())
    template = "{% for m in messages if m.role != 'system' %}{{ m.role }}: {{ m.content }}<|im_end|>\n{% endfor %}"
    with running() as session:
        session.app.model_defaults.change(starter, ModelDefaults(chat_template=template))
        notice = session.window.notice
        qtbot.waitUntil(notice.action.isVisible, timeout=WAIT_MS)
        assert "leaves out the system prompt" in notice.label.text()
        assert notice.action.text() == "Open its defaults"
        notice.action.click()
        sheet = session.window.models_page.sheet_content
        assert isinstance(sheet, DefaultsSheet)
        qtbot.waitUntil(sheet.template.hasFocus, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: "leaves out the system prompt" in sheet.template_state, timeout=WAIT_MS)
        assert sheet.template.toPlainText() == template


def test_defaults_hold_for_the_next_chat_and_after_a_restart(running, qtbot: QtBot) -> None:
    starter = str(find_starter())
    with running() as session:
        window = session.window
        ready(qtbot, session)
        window.show_page("models")
        page = window.models_page
        qtbot.waitUntil(lambda: starter in page.local_cards, timeout=WAIT_MS)
        page.local_cards[starter].info.click()
        local = page.sheet_content
        assert isinstance(local, LocalSheet)
        local.defaults.click()
        sheet = page.sheet_content
        assert isinstance(sheet, DefaultsSheet)
        qtbot.waitUntil(lambda: "of memory" in sheet.memory_note.text() and sheet._is_loaded, timeout=WAIT_MS)
        sheet.loading_rows["context_size"].editor.settle(768)
        sheet.sampling_rows["temperature"].editor.settle(0.0)
        sheet.sampling_rows["max_tokens"].editor.settle(6)
        sheet.prompt.setFocus()
        sheet.prompt.selectAll()
        QTest.keyClicks(sheet.prompt, "You speak like a sailor.")
        sheet.load_again.click()
        qtbot.waitUntil(lambda: "new defaults" in window.notice.label.text(), timeout=WAIT_MS)
        sheet.closed.emit()
        assert isinstance(page.sheet_content, LocalSheet)  # one step back, not all the way
        page.sheet_content.chat.click()
        ready(qtbot, session)
        assert (window.panel.sampling_tab.sampling.temperature, window.panel.sampling_tab.sampling.max_tokens) == (
            0.0,
            6,
        )
        ask(session, "Hello")
        _, answer = wait_for_answers(qtbot, session, 2)
        assert answer.receipt is not None
        assert answer.receipt.completion_tokens <= 6
        chat = session.controller.chat.chat
        assert chat.system_prompt == "You speak like a sailor."
        qtbot.waitUntil(lambda: session.controller.model.context._size == 768, timeout=WAIT_MS)
        window.panel.sampling_tab.editors["temperature"].settle(1.5)  # this chat's own from now on
        QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: window.panel.sampling_tab.sampling.temperature == 0.0, timeout=WAIT_MS)
        window.panel.sampling_tab.editors["top_p"].settle(0.5)  # for the chat that begins, not for all others
        qtbot.waitUntil(lambda: not session.controller._sampling._timer.isActive(), timeout=WAIT_MS)
        assert session.settings.value.sampling.top_p != 0.5
    with running() as session:
        ready(qtbot, session)
        QTest.keyClick(session.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: session.window.panel.sampling_tab.sampling.max_tokens == 6, timeout=WAIT_MS)
