"""Chats that begin in a folder, through the whole window over the real engine."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.shelf import NO_START, Folder, FolderStart
from desktop_app.gui.panel.panel import PROMPT
from desktop_app.gui.sidebar.folder_chats import _NOTHING
from desktop_app.gui.sidebar.folder_start_dialog import FolderStartDialog
from desktop_app.gui.start import Session
from desktop_app.services.writing.personas import OWN
from desktop_app.settings.schema import Language
from desktop_app.support.paths import Paths
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, use, wait_for_answers
from tests.e2e.test_languages import _english_again  # noqa: F401 - a fixture
from tests.e2e.test_languages import choose as choose_language
from tests.e2e.test_personas import choose, start_page

SAILOR = """+++
name = "Sailor"
greeting = "Ahoy."
+++
You speak like a sailor.
"""
KEY = f"{OWN}/sailor.md"


class Running(Protocol):
    def __call__(self) -> AbstractContextManager[Session]: ...


def drop_sailor(paths: Paths) -> Path:
    file = paths.personas / "sailor.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(SAILOR)
    return file


def all_known(qtbot: QtBot, session: Session) -> None:
    """Wait until a folder can give all that it says: the models are listed, and the personas are read."""
    ready(qtbot, session)
    controller = session.controller
    qtbot.waitUntil(lambda: bool(controller._personas.entries) and controller.model.is_listed, timeout=WAIT_MS)


def make_folder(qtbot: QtBot, session: Session, name: str, start: FolderStart = NO_START) -> Folder:
    folder = session.app.ordering.save_folder(name).result(60)
    session.app.ordering.begin_with(folder.id, start).result(60)
    known = session.window.sidebar
    qtbot.waitUntil(lambda: getattr(known.shelf.folder(folder.id), "start", None) == start, timeout=WAIT_MS)
    return known.shelf.folder(folder.id)


def said(session: Session) -> str:
    row = start_page(session).folder_row
    return row.label.text() if row is not None else ""


def prompt(session: Session) -> str:
    session.window.panel.show_tab(PROMPT)
    return session.window.panel.prompt_tab.prompt.toPlainText()


def test_what_is_chosen_for_a_folder_is_what_its_chats_begin_with(running: Running, qtbot: QtBot, paths: Paths) -> None:
    drop_sailor(paths)
    with running() as session:
        window, sidebar = session.window, session.window.sidebar
        all_known(qtbot, session)
        qtbot.waitUntil(lambda: any(tile.text() == "Sailor" for tile in start_page(session).tiles), timeout=WAIT_MS)
        folder = make_folder(qtbot, session, "Work")
        sidebar.list.wishes.start_wanted.emit(folder)
        (dialog,) = window.findChildren(FolderStartDialog)
        dialog.persona.setCurrentIndex(dialog.persona.findText("Sailor"))
        dialog.prompt.setPlainText("You work in a harbour.")
        dialog.accept_button.click()
        start = FolderStart(system_prompt="You work in a harbour.", persona=KEY)
        qtbot.waitUntil(lambda: sidebar.shelf.start_of(folder.id) == start, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: "“Work” begin with this from now on" in window.notice.label.text(), timeout=WAIT_MS)
        QTest.mouseClick(window.notice.action, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: sidebar.shelf.start_of(folder.id) == NO_START, timeout=WAIT_MS)
        session.app.ordering.begin_with(folder.id, start).result(60)
        qtbot.waitUntil(lambda: sidebar.shelf.start_of(folder.id) == start, timeout=WAIT_MS)

        QTest.keyClicks(window.composer.field, "Hello")  # what is typed stays
        sidebar.list.setFocus()
        sidebar.list.go_to(sidebar.list.rows.index_of(f"folder {folder.id}"))
        window.commands.new_in_folder.trigger()
        assert window.composer.text() == "Hello"
        assert window.top_bar.title.label.text() == "New chat in “Work”"
        assert said(session) == "This chat begins in the folder “Work”. The folder brings a system prompt."
        assert start_page(session).greeting.toPlainText() == "Ahoy."
        assert prompt(session) == "You work in a harbour."
        use(session, SHORT)
        QTest.keyClick(window.composer.field, Qt.Key.Key_Return)
        wait_for_answers(qtbot, session, 2)
        chat = session.controller.chat.chat
        assert (chat.folder_id, chat.persona, chat.system_prompt) == (folder.id, KEY, "You work in a harbour.")

        window.commands.new_in_folder.trigger()  # a chat of the folder is open
        assert session.controller.chat.chat is None
        assert "“Work”" in said(session)
        window.commands.new_chat.trigger()
        assert said(session) == ""
        assert prompt(session) == "You are a helpful assistant."


def test_what_is_chosen_in_the_chat_goes_before_the_folder(running: Running, qtbot: QtBot, paths: Paths) -> None:
    drop_sailor(paths)
    with running() as session:
        all_known(qtbot, session)
        gone = "/gone/Lost-7B.gguf"
        start = FolderStart(system_prompt="You work.", model_path=gone, persona="own/gone.md")
        folder = make_folder(qtbot, session, "Work", start)
        session.controller._folders.begin(folder.id)
        notice = session.window.notice.label.text()
        assert "The persona that chats in this folder begin with is not there any more." in notice
        assert "is not on this computer; the chosen one answers." in notice
        assert prompt(session) == "You work."
        choose(qtbot, session, "Sailor")
        assert "“Work”" in said(session)
        assert prompt(session) == "You speak like a sailor."
        start_page(session).left.emit()  # without it
        assert prompt(session) == "You work."
        use(session, SHORT)
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)
        chat = session.controller.chat.chat
        assert (chat.folder_id, chat.system_prompt, chat.persona) == (folder.id, "You work.", None)

        session.controller._new_chat()
        ask(session, "And now?")
        wait_for_answers(qtbot, session, 2)
        outside = session.controller.chat.chat
        assert (outside.folder_id, outside.system_prompt) == (None, "You are a helpful assistant.")
        session.app.ordering.move([outside.id], folder.id).result(60)
        qtbot.waitUntil(lambda: session.controller.chat.chat.folder_id == folder.id, timeout=WAIT_MS)
        moved = session.controller.chat.chat
        assert (moved.system_prompt, moved.persona) == (outside.system_prompt, outside.persona)


def test_the_chat_to_come_begins_in_its_folder_after_a_restart(running: Running, qtbot: QtBot, paths: Paths) -> None:
    drop_sailor(paths)
    with running() as session:
        all_known(qtbot, session)
        folder = make_folder(qtbot, session, "Work", FolderStart(persona=KEY))
        session.controller._folders.begin(folder.id)
        qtbot.waitUntil(lambda: start_page(session).greeting is not None, timeout=WAIT_MS)
        QTest.keyClicks(session.window.composer.field, "Hello")
    with running() as session:
        all_known(qtbot, session)
        qtbot.waitUntil(lambda: "“Work”" in said(session), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: start_page(session).greeting is not None, timeout=WAIT_MS)
        assert session.window.composer.text() == "Hello"
        (undone,) = [session.app.ordering.remove_folder(folder).result(60)]
        qtbot.waitUntil(lambda: said(session) == "", timeout=WAIT_MS)
        undone()
        qtbot.waitUntil(lambda: "“Work”" in said(session), timeout=WAIT_MS)
        start_page(session).folder_left.emit()
        assert said(session) == ""
        assert session.window.composer.text() == "Hello"
        session.window.command_palette.open()
        session.window.command_palette.field.setText("chat in wo")
        names = [choice.name for choice in session.window.command_palette.rows.entries]
        assert "New chat in “Work”" in names
        session.window.command_palette._run(names.index("New chat in “Work”"))
        assert "“Work”" in said(session)
        assert (
            session.windows.open().controller.chat.which.begins_in is None
        )  # another window begins with nothing of it


def test_a_folder_waits_for_its_persona_and_for_another_language(running: Running, qtbot: QtBot, paths: Paths) -> None:
    drop_sailor(paths)
    with running() as session:
        all_known(qtbot, session)
        personas = session.controller._personas
        folder = make_folder(qtbot, session, "Work", FolderStart(persona=KEY))
        personas._entries = {}  # as it is while they are being read
        session.controller._folders.begin(folder.id)
        assert "not there any more" not in session.window.notice.label.text()
        personas.refresh()
        qtbot.waitUntil(lambda: start_page(session).greeting is not None, timeout=WAIT_MS)
        choose_language(qtbot, session, Language.GERMAN)
        qtbot.waitUntil(lambda: "Work" in said(session), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: start_page(session).greeting is not None, timeout=WAIT_MS)
        assert session.controller.chat.which.begins_in == folder.id


def test_what_a_person_chose_beside_the_folder_stays_in_another_language(
    running: Running, qtbot: QtBot, paths: Paths
) -> None:
    drop_sailor(paths)
    with running() as session:
        all_known(qtbot, session)
        folder = make_folder(qtbot, session, "Work", FolderStart(persona=KEY))
        session.controller._folders.begin(folder.id)
        start_page(session).left.emit()  # without the persona of the folder
        former = session.controller
        choose_language(qtbot, session, Language.GERMAN)
        qtbot.waitUntil(lambda: session.controller is not former and "Work" in said(session), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: bool(session.controller._personas.entries), timeout=WAIT_MS)
        assert start_page(session).greeting is None
        assert session.controller._personas.chosen_key is None


def test_a_change_of_the_folder_leaves_what_a_person_chose_for_the_chat_to_come(
    running: Running, qtbot: QtBot, paths: Paths
) -> None:
    drop_sailor(paths)
    with running() as session:
        all_known(qtbot, session)
        folder = make_folder(qtbot, session, "Work")
        session.controller._folders.begin(folder.id)
        choose(qtbot, session, "Sailor")
        start = FolderStart(system_prompt="You work.")
        session.app.ordering.begin_with(folder.id, start).result(60)  # as another window does it
        qtbot.waitUntil(lambda: session.window.sidebar.shelf.start_of(folder.id) == start, timeout=WAIT_MS)
        assert session.controller._personas.chosen_key == KEY
        start_page(session).left.emit()
        assert prompt(session) == "You work."
        start = FolderStart(persona=KEY)
        session.app.ordering.begin_with(folder.id, start).result(60)
        qtbot.waitUntil(lambda: session.controller._personas.chosen_key == KEY, timeout=WAIT_MS)


def test_a_folder_that_goes_while_its_dialog_is_open_is_told_of(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window, sidebar = session.window, session.window.sidebar
        all_known(qtbot, session)
        folder = make_folder(qtbot, session, "Work")
        sidebar.list.wishes.start_wanted.emit(folder)
        (dialog,) = window.findChildren(FolderStartDialog)
        dialog.prompt.setPlainText("You work.")
        session.app.ordering.remove_folder(folder).result(60)
        qtbot.waitUntil(lambda: sidebar.shelf.folder(folder.id) is None, timeout=WAIT_MS)
        dialog.accept_button.click()
        qtbot.waitUntil(
            lambda: window.notice.label.text() == "The folder “Work” is not there any more.", timeout=WAIT_MS
        )


def test_what_another_window_chooses_while_the_dialog_is_open_stays(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window, sidebar, ordering = session.window, session.window.sidebar, session.app.ordering
        ready(qtbot, session)
        folder = make_folder(qtbot, session, "Work", FolderStart(system_prompt="You work."))
        sidebar.list.wishes.start_wanted.emit(folder)
        (dialog,) = window.findChildren(FolderStartDialog)
        ordering.begin_with(folder.id, FolderStart(system_prompt="You work.", persona=KEY)).result(60)
        qtbot.waitUntil(lambda: sidebar.shelf.start_of(folder.id).persona == KEY, timeout=WAIT_MS)
        dialog.prompt.setPlainText("You work hard.")
        dialog.accept_button.click()
        both = FolderStart(system_prompt="You work hard.", persona=KEY)
        qtbot.waitUntil(lambda: sidebar.shelf.start_of(folder.id) == both, timeout=WAIT_MS)


def test_a_folder_waits_until_the_models_are_listed(running: Running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        all_known(qtbot, session)
        folder = make_folder(qtbot, session, "Work", FolderStart(model_path=session.controller.model.models[0].path))
        session.controller._folders.begin(folder.id)
        session.controller._folders._applied = _NOTHING  # as it is after a start
        model = session.controller.model
        model.is_listed, listed, model.models = False, model.models, ()
        session.controller._folders.follow()
        assert not session.window.notice.isVisible()
        session.controller.choice.take_listed([])
        assert "is not on this computer" in session.window.notice.label.text()
        model.path = None
        session.controller.choice.take_listed(list(listed))
        assert model.path == listed[0].path


def test_a_persona_that_comes_back_is_that_of_the_chat_to_come_again(
    running: Running, qtbot: QtBot, paths: Paths
) -> None:
    file = drop_sailor(paths)
    with running() as session:
        all_known(qtbot, session)
        personas = session.controller._personas
        folder = make_folder(qtbot, session, "Work", FolderStart(persona=KEY))
        session.controller._folders.begin(folder.id)
        qtbot.waitUntil(lambda: personas.chosen_key == KEY, timeout=WAIT_MS)
        file.unlink()
        personas.refresh()
        qtbot.waitUntil(lambda: "not there any more" in session.window.notice.label.text(), timeout=WAIT_MS)
        assert personas.chosen_key is None
        drop_sailor(paths)
        personas.refresh()
        qtbot.waitUntil(lambda: personas.chosen_key == KEY, timeout=WAIT_MS)


def test_the_dialog_knows_a_model_that_was_moved(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window, sidebar, model = session.window, session.window.sidebar, session.controller.model
        all_known(qtbot, session)
        before = "/models/before/SmolLM2.gguf"
        start = FolderStart(model_path=before)
        folder = make_folder(qtbot, session, "Work", start)
        moved = msgspec.structs.replace(model.models[0], former=(before,))
        session.controller.choice.take_listed([moved])
        sidebar.list.wishes.start_wanted.emit(folder)
        (dialog,) = window.findChildren(FolderStartDialog)
        assert dialog.model.currentText() == moved.name
        dialog.accept_button.click()
        session.app.ordering.shelf().result(60)
        assert sidebar.shelf.start_of(folder.id) == start  # nothing else was chosen
