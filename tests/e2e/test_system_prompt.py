"""The Prompt tab in the whole window, over the real engine: what is changed there is what the model is told."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.gui.panel.panel import PROMPT
from desktop_app.gui.panel.prompt.received_dialog import ReceivedDialog
from desktop_app.gui.start import Session
from desktop_app.services.data_folder.locked_history import Change
from tests.e2e.lock_steps import PASSPHRASE, lock, open_with
from tests.e2e.steps import SHORT, WAIT_MS, ask, nothing_stored, ready, use, wait_for_answers

USUAL = "You are a helpful assistant."


def test_a_new_chat_begins_with_what_is_written_there_and_keeps_what_is_changed(running, qtbot: QtBot) -> None:
    with running() as session:
        window = session.window
        ready(qtbot, session)
        use(session, SHORT)
        window.panel.show_tab(PROMPT)
        tab = window.panel.prompt_tab
        assert tab.prompt.toPlainText() == "You are a helpful assistant."
        assert "from your first question on" in tab.when.text()
        qtbot.waitUntil(lambda: tab.count.text() == "6 tokens", timeout=WAIT_MS)
        tab.prompt.setFocus()
        tab.prompt.selectAll()
        QTest.keyClicks(tab.prompt, "You speak like a sailor.")
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)
        chat = session.controller.chat.chat
        assert chat.system_prompt == "You speak like a sailor."
        assert tab.prompt.toPlainText() == "You speak like a sailor."
        assert "from the next answer on" in tab.when.text()
        tab.prompt.setFocus()
        QTest.keyClicks(tab.prompt, "Rhyme. ")
        QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)  # nothing that was typed is lost
        qtbot.waitUntil(lambda: tab.prompt.toPlainText() == "You are a helpful assistant.", timeout=WAIT_MS)
        window.sidebar.chat_chosen.emit(chat.id)
        qtbot.waitUntil(lambda: "Rhyme." in tab.prompt.toPlainText(), timeout=WAIT_MS)
        tab.reset.click()
        qtbot.waitUntil(
            lambda: session.controller.chat.chat.system_prompt == "You are a helpful assistant.", timeout=WAIT_MS
        )
        assert not tab.reset.isVisible()


def test_what_is_typed_there_is_used_before_the_field_is_left(running, qtbot: QtBot) -> None:
    with running() as session:
        window = session.window
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        _, answer = wait_for_answers(qtbot, session, 2)
        window.panel.show_tab(PROMPT)
        tab = window.panel.prompt_tab
        tab.prompt.setFocus()
        tab.prompt.selectAll()
        QTest.keyClicks(tab.prompt, "Rhyme.")
        window.chat_view().regenerate_requested.emit(answer.id)  # whose button leaves the focus where it is
        chat = session.controller.chat.chat
        assert session.app.chats.open_chat(chat.id).result(60).chat.system_prompt == "Rhyme."


def test_a_change_in_another_window_is_shown_and_is_not_lost(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)
        chat_id = session.controller.chat.chat_id
        windows = [session.windows.foremost, session.windows.open(chat_id)]
        for opened in windows:
            qtbot.waitUntil(lambda opened=opened: opened.controller.chat.chat is not None, timeout=WAIT_MS)
            opened.window.panel.show_tab(PROMPT)
        here, there = (opened.window.panel.prompt_tab.prompt for opened in windows)
        here.setPlainText("Rhyme.")
        here.settle()
        qtbot.waitUntil(lambda: there.toPlainText() == "Rhyme.", timeout=WAIT_MS)
        seen: list[str] = []
        windows[0].bridge.happened.connect(lambda _event: seen.append(here.toPlainText()))
        with nothing_stored(session):
            for text in ("Sing.", "Sing well."):  # an echo of the first one comes late
                here.setPlainText(text)
                here.settle()
        qtbot.waitUntil(lambda: there.toPlainText() == "Sing well.", timeout=WAIT_MS)
        qtbot.waitUntil(lambda: not windows[0].controller._prompt._keeping, timeout=WAIT_MS)
        assert set(seen) == {"Sing well."}
        there.setPlainText("Be brief.")  # typed, and not settled yet
        here.setPlainText("Dance.")
        here.settle()
        qtbot.waitUntil(lambda: windows[1].controller.chat.chat.system_prompt == "Dance.", timeout=WAIT_MS)
        assert there.toPlainText() == "Be brief."
        there.settle()
        qtbot.waitUntil(lambda: here.toPlainText() == "Be brief.", timeout=WAIT_MS)


def test_what_the_model_receives_is_one_click_away(running, qtbot: QtBot) -> None:
    with running() as session:
        window = session.window
        ready(qtbot, session)
        window.panel.show_tab(PROMPT)
        qtbot.waitUntil(lambda: window.panel.prompt_tab.count.text() != "", timeout=WAIT_MS)
        QTest.keyClicks(window.composer.field, "What is a fish?")
        window.panel.prompt_tab.received.click()
        (dialog,) = window.findChildren(ReceivedDialog)
        qtbot.waitUntil(lambda: "What is a fish?" in dialog.text.toPlainText(), timeout=WAIT_MS)
        assert "tokens · System prompt 6 · Questions 5 · Chat template" in dialog.counts.text()
        assert len(dialog.text.marks()) == 5
        with qtbot.waitSignal(dialog.destroyed, timeout=WAIT_MS):
            dialog.close_button.click()


def own_prompt(session: Session, words: str) -> None:
    """Type a prompt for the chat to come, and do not leave the field."""
    session.window.panel.show_tab(PROMPT)
    prompt = session.window.panel.prompt_tab.prompt
    prompt.setFocus()
    prompt.selectAll()
    QTest.keyClicks(prompt, words)


def shows(qtbot: QtBot, session: Session, words: str) -> None:
    session.window.panel.show_tab(PROMPT)
    prompt = session.window.panel.prompt_tab.prompt
    qtbot.waitUntil(lambda: prompt.toPlainText() == words, timeout=WAIT_MS)


def test_what_is_typed_for_a_chat_to_come_outlives_the_run_until_it_is_asked(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        own_prompt(session, "Rhyme.")
    with running() as session:
        ready(qtbot, session)
        shows(qtbot, session, "Rhyme.")
        use(session, SHORT)
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)
        assert session.controller.chat.chat.system_prompt == "Rhyme."
        session.controller._new_chat()
        shows(qtbot, session, USUAL)
    with running() as session:
        ready(qtbot, session)
        shows(qtbot, session, USUAL)
        assert len(session.windows.all) == 1


def test_what_is_typed_for_a_chat_to_come_waits_while_another_one_is_open(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        chat_id = wait_for_answers(qtbot, session, 2)[0].chat_id
        session.controller._new_chat()
        own_prompt(session, "Rhyme.")
        session.window.panel.prompt_tab.prompt.settle()  # as when the list takes the focus
        session.controller.open_chat(chat_id)
        shows(qtbot, session, USUAL)
        session.controller._new_chat()
        shows(qtbot, session, "Rhyme.")
        qtbot.waitUntil(lambda: not session.controller.chat.drafts.comes_back, timeout=WAIT_MS)
        session.controller._new_chat()  # once more is a wish to be rid of it
        shows(qtbot, session, USUAL)
    with running() as session:
        ready(qtbot, session)
        shows(qtbot, session, USUAL)


def test_what_is_typed_for_a_chat_to_come_outlives_the_lock(running, qtbot: QtBot, quick_keys: None) -> None:
    with running() as session:
        ready(qtbot, session)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        ready(qtbot, session)
        own_prompt(session, "Rhyme.")
        session._keeper.lock()
        open_with(qtbot, session, PASSPHRASE)
        shows(qtbot, session, "Rhyme.")
