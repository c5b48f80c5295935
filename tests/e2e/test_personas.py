"""Personas in the whole window, over the real engine: they begin chats, and stay a person's to change."""

import errno
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.gui.panel.panel import PROMPT
from desktop_app.gui.personas.editor import PersonaSheet
from desktop_app.gui.personas.start import StartPage
from desktop_app.gui.start import Session
from desktop_app.gui.templates.fill_dialog import FillDialog
from desktop_app.services.writing import own_files
from desktop_app.support.paths import Paths
from tests.e2e.steps import WAIT_MS, ready, wait_for_answers
from tests.unit.domain.foreign.cards import ADA, picture

SAILOR = """+++
name = "Sailor"
greeting = "Ahoy. Where to?"
model = "no such model"

[sampling]
temperature = 0.0
max_tokens = 8
+++
You speak like a sailor.
"""


def start_page(session: Session) -> StartPage:
    (page,) = session.window.chat_view().viewport().findChildren(StartPage)
    return page


def window_dialogs(session: Session) -> list[FillDialog]:
    return session.window.findChildren(FillDialog)


def drop(paths: Paths, text: str = SAILOR) -> Path:
    file = paths.personas / "sailor.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def choose(qtbot: QtBot, session: Session, name: str) -> None:
    page = start_page(session)
    qtbot.waitUntil(lambda: name in [tile.text() for tile in page.tiles], timeout=WAIT_MS)
    next(tile for tile in page.tiles if tile.text() == name).click()


def test_a_chat_begins_with_a_persona_and_remembers_it(running, qtbot: QtBot, paths: Paths) -> None:
    file = drop(paths)
    with running() as session:
        window, controller = session.window, session.controller
        ready(qtbot, session)
        QTest.keyClicks(window.composer.field, "Hello")  # what is typed stays
        choose(qtbot, session, "Sailor")
        assert start_page(session).greeting.toPlainText() == "Ahoy. Where to?"
        assert "“no such model” is not on this computer" in window.notice.label.text()
        assert window.composer.text() == "Hello"
        assert window.panel.sampling_tab.sampling.max_tokens == 8
        window.panel.show_tab(PROMPT)
        tab = window.panel.prompt_tab
        assert tab.prompt.toPlainText() == "You speak like a sailor."
        assert "It began as Sailor" in tab.origin.text()
        QTest.keyClick(window.composer.field, Qt.Key.Key_Return)
        question, answer = wait_for_answers(qtbot, session, 2)
        assert question.text == "Hello"  # the greeting is not of the conversation
        assert answer.receipt.completion_tokens <= 8
        chat = controller.chat.chat
        assert (chat.persona, chat.system_prompt) == ("own/sailor.md", "You speak like a sailor.")
        assert not start_page(session).isVisible()
        assert session.settings.value.sampling.max_tokens != 8  # the person's own values stay what they were
        tab.prompt.setFocus()
        tab.prompt.selectAll()
        QTest.keyClicks(tab.prompt, "You whisper.")  # each chat is its own
        qtbot.waitUntil(lambda: controller.chat.chat.system_prompt == "You whisper.", timeout=WAIT_MS)
        assert file.read_text() == SAILOR
        tab.reset.click()
        qtbot.waitUntil(lambda: controller.chat.chat.system_prompt == "You speak like a sailor.", timeout=WAIT_MS)
        QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: window.panel.sampling_tab.sampling.max_tokens != 8, timeout=WAIT_MS)
        assert start_page(session).isVisible()
    with running() as session:
        ready(qtbot, session)
        session.window.sidebar.chat_chosen.emit(chat.id)
        session.window.panel.show_tab(PROMPT)
        qtbot.waitUntil(lambda: "It began as Sailor" in session.window.panel.prompt_tab.origin.text(), timeout=WAIT_MS)


def test_a_question_of_the_persona_is_taken_and_one_may_go_on_without_it(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        choose(qtbot, session, "Patient teacher")
        QTest.keyClicks(session.window.composer.field, "half a thought")
        start_page(session).questions[0].click()
        assert session.window.composer.text() == "Why is the sky blue?"
        session.window.composer.field.undo()
        assert session.window.composer.text() == "half a thought"
        session.window.composer.field.redo()
        assert session.window.composer.text() == "Why is the sky blue?"
        next(button for button in start_page(session).templates if button.text() == "Quiz me").click()
        qtbot.waitUntil(lambda: bool(window_dialogs(session)), timeout=WAIT_MS)
        for dialog in window_dialogs(session):
            dialog.reject()
        usual = session.settings.value.sampling
        assert session.window.panel.sampling_tab.sampling.temperature == 0.4
        session.window.panel.sampling_tab.editors["top_p"].settle(0.5)  # of this chat, not of all others
        qtbot.waitUntil(lambda: not session.controller._sampling._timer.isActive(), timeout=WAIT_MS)
        assert session.settings.value.sampling == usual
        start_page(session).left.emit()
        assert session.window.panel.sampling_tab.sampling == usual
        assert start_page(session).tiles


def test_commands_begin_chats_and_a_file_that_is_dropped_in_appears(running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        commands = session.window.commands

        def names() -> list[str]:
            return [entry.action.text() for entry in commands.entries]

        qtbot.waitUntil(lambda: "Chat with Critic" in names(), timeout=WAIT_MS)
        drafts = session.controller.chat.drafts
        qtbot.waitUntil(lambda: not drafts.comes_back, timeout=WAIT_MS)  # until then a new chat waits for its words
        drop(paths)
        QTest.keyClick(session.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: "Chat with Sailor" in names(), timeout=WAIT_MS)
        assert names().count("Chat with Critic") == 1
        menu = session.controller._personas.menu()  # what a right click on New chat opens
        assert [action.text() for action in menu.actions()][-3:] == ["Chat with Sailor", "", "Personas"]
        menu.deleteLater()
        next(entry for entry in commands.entries if entry.action.text() == "Chat with Sailor").action.trigger()
        assert start_page(session).greeting.toPlainText() == "Ahoy. Where to?"


def test_a_sheet_that_is_open_in_two_windows_shows_what_is_changed_in_either(
    running, qtbot: QtBot, paths: Paths
) -> None:
    drop(paths)
    with running() as session:
        ready(qtbot, session)
        windows = [session.windows.foremost, session.windows.open()]
        sheets: list[PersonaSheet] = []
        for opened in windows:
            opened.controller._personas.open_page()
            qtbot.waitUntil(lambda opened=opened: opened.controller._personas.has("own/sailor.md"), timeout=WAIT_MS)
            page = opened.window.personas_page
            page.edit_requested.emit("own/sailor.md")
            qtbot.waitUntil(lambda page=page: isinstance(page.sheet_content, PersonaSheet), timeout=WAIT_MS)
            page.sheet_content.ensure_built()
            sheets.append(page.sheet_content)
        first, second = sheets
        first.name.setText("Pilot")
        first.name.editingFinished.emit()
        second.rows["top_k"].editor.settle(7)
        for sheet in sheets:
            qtbot.waitUntil(lambda sheet=sheet: sheet.persona == second.persona == first.persona, timeout=WAIT_MS)
            assert (sheet.name.text(), sheet.persona.sampling["top_k"]) == ("Pilot", 7)
            assert sheet.rows["top_k"].differs
        second.name.setText("Cook")  # typed, and not left yet
        first.prompt.setPlainText("You cook.")
        first.prompt.settle()
        qtbot.waitUntil(lambda: second.prompt.toPlainText() == "You cook.", timeout=WAIT_MS)
        assert second.name.text() == "Cook"
        windows[0].window.personas_page.delete_requested.emit("own/sailor.md")
        for opened in windows:
            page = opened.window.personas_page
            qtbot.waitUntil(lambda page=page: page.sheet_content is None, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: "was deleted" in windows[0].window.notice.label.text(), timeout=WAIT_MS)


def test_one_is_made_changed_deleted_and_brought_back(running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        window = session.window
        ready(qtbot, session)
        window.commands.personas.trigger()
        page = window.personas_page
        qtbot.waitUntil(lambda: "built-in/critic.md" in page.cards, timeout=WAIT_MS)
        page.new_button.click()
        qtbot.waitUntil(lambda: isinstance(page.sheet_content, PersonaSheet), timeout=WAIT_MS)
        sheet = page.sheet_content
        sheet.prompt.setFocus()
        QTest.keyClicks(sheet.prompt, "Be kind.")
        sheet.closed.emit()  # leaving settles what was typed
        assert page.sheet_content is None
        file = paths.personas / "new-persona.md"
        qtbot.waitUntil(lambda: file.is_file() and "Be kind." in file.read_text(), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: page.cards["own/new-persona.md"].entry.persona.prompt == "Be kind.", timeout=WAIT_MS)
        page.cards["own/new-persona.md"].delete.click()
        qtbot.waitUntil(lambda: "own/new-persona.md" not in page.cards, timeout=WAIT_MS)
        assert not file.exists()
        window.notice.action.click()
        qtbot.waitUntil(lambda: "own/new-persona.md" in page.cards, timeout=WAIT_MS)
        assert "Be kind." in file.read_text()


def test_a_character_card_dropped_on_the_page_can_be_chatted_with(running, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "card.png"
    file.write_bytes(picture(chara={**ADA, "alternate_greetings": ["Good evening."]}))
    other = tmp_path / "holiday.png"
    other.write_bytes(picture())
    with running() as session:
        window = session.window
        ready(qtbot, session)
        window.commands.personas.trigger()
        page = window.personas_page
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(each)) for each in (file, other, tmp_path / "no.pdf")])
        button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        page.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, button, keys))
        qtbot.waitUntil(lambda: "own/ada.md" in page.cards, timeout=WAIT_MS)
        notice = window.notice
        qtbot.waitUntil(lambda: any("imported" in each.text for each in notice.notices), timeout=WAIT_MS)
        (said,) = [each.text for each in notice.notices if "imported" in each.text]
        assert "1 persona was imported." in said
        assert "holiday.png" in said
        assert "“Ada” has more greetings" in said
        page.cards["own/ada.md"].chat.click()

        def is_greeted() -> bool:
            greeting = start_page(session).greeting
            return greeting is not None and greeting.toPlainText().startswith("Good day, you.")

        qtbot.waitUntil(is_greeted, timeout=WAIT_MS)
        window.panel.show_tab(PROMPT)
        prompt = window.panel.prompt_tab.prompt
        qtbot.waitUntil(lambda: "Ada is a mathematician" in prompt.toPlainText(), timeout=WAIT_MS)


def test_a_persona_that_cannot_be_read_leads_to_its_file(
    running, qtbot: QtBot, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Path] = []

    def cannot_show(path: Path) -> bool:
        shown.append(path)
        return False

    monkeypatch.setattr("desktop_app.gui.personas.controller.show_in_folder", cannot_show)
    file = drop(paths, "+++\nname = [\n+++\nAhoy.\n")
    with running() as session:
        ready(qtbot, session)
        session.window.show_page("personas")
        page = session.window.personas_page
        qtbot.waitUntil(lambda: "own/sailor.md" in page.cards, timeout=WAIT_MS)
        page.cards["own/sailor.md"].show_file.click()
        assert shown == [file]
        assert str(file.parent) in session.window.notice.label.text()


def test_what_is_typed_stays_in_the_sheet_while_it_cannot_be_saved(
    running, qtbot: QtBot, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(paths)

    def full(_file: Path, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with running() as session:
        ready(qtbot, session)
        personas, window = session.controller._personas, session.window
        personas.open_page()
        qtbot.waitUntil(lambda: personas.has("own/sailor.md"), timeout=WAIT_MS)
        page = window.personas_page

        def edited(key: str = "own/sailor.md") -> PersonaSheet:
            page.edit_requested.emit(key)

            def is_open() -> bool:
                return isinstance(page.sheet_content, PersonaSheet) and page.sheet_content.key == key

            qtbot.waitUntil(is_open, timeout=WAIT_MS)
            page.sheet_content.ensure_built()
            return page.sheet_content

        sheet = edited()
        with monkeypatch.context() as disk:
            disk.setattr(own_files, "replace_file", full)
            sheet.prompt.setPlainText("You cook.")
            sheet.prompt.settle()
            notice = window.notice
            qtbot.waitUntil(lambda: any(each.kind == "error" for each in notice.notices), timeout=WAIT_MS)
            (paths.personas / "pilot.md").write_text(SAILOR)
            personas.refresh()
            qtbot.waitUntil(lambda: personas.has("own/pilot.md"), timeout=WAIT_MS)  # all that is on the disk is read
            assert sheet.prompt.toPlainText() == "You cook."
            sheet.closed.emit()
            sheet = edited()
            assert sheet.prompt.toPlainText() == "You cook."
        other = edited("own/pilot.md")
        other.name.setText("Pilot")
        other.name.editingFinished.emit()
        qtbot.waitUntil(lambda: personas._entries["own/pilot.md"].name == "Pilot", timeout=WAIT_MS)
        sheet = edited()
        assert sheet.prompt.toPlainText() == "You cook.", "another one could be saved, and not this one"
        sheet.name.setText("Cook")
        sheet.name.editingFinished.emit()
        file = paths.personas / "sailor.md"
        qtbot.waitUntil(lambda: "Cook" in file.read_text(), timeout=WAIT_MS)
        assert "You cook." in file.read_text()


def test_the_sheet_of_a_persona_that_could_not_be_saved_goes_with_it(
    running, qtbot: QtBot, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(paths)

    def full(_file: Path, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(own_files, "replace_file", full)
    with running() as session:
        ready(qtbot, session)
        personas, page = session.controller._personas, session.window.personas_page
        personas.open_page()
        qtbot.waitUntil(lambda: personas.has("own/sailor.md"), timeout=WAIT_MS)
        page.edit_requested.emit("own/sailor.md")
        qtbot.waitUntil(lambda: isinstance(page.sheet_content, PersonaSheet), timeout=WAIT_MS)
        sheet = page.sheet_content
        sheet.ensure_built()
        sheet.name.setText("Cook")
        sheet.name.editingFinished.emit()
        notice = session.window.notice
        qtbot.waitUntil(lambda: any(each.kind == "error" for each in notice.notices), timeout=WAIT_MS)
        (paths.personas / "sailor.md").unlink()
        personas.refresh()
        qtbot.waitUntil(lambda: page.sheet_content is None, timeout=WAIT_MS)
