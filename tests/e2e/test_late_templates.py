"""Templates and personas that were read before they were changed, or a sheet was left, and are told of only after that."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop_app.domain.personas import Persona
from desktop_app.gui.personas.editor import PersonaSheet
from desktop_app.gui.start import Session
from desktop_app.gui.templates.editor import TemplateEditor
from desktop_app.gui.templates.history import HistorySheet
from desktop_app.gui.templates.sheet import TemplateSheet
from desktop_app.services.writing.prompt_library import PromptLibrary
from desktop_app.support.paths import Paths
from tests.e2e.steps import WAIT_MS, ready
from tests.e2e.test_late_chats import begin
from tests.e2e.test_prompt_templates import GREETING, LETTER, open_sheet, press, put, sheet, slash, type_keys
from tests.e2e.test_temporary_drafts import settled
from tests.held_back import HeldBack
from tests.walks.scripted_models import ScriptedModels

KEY = "own/greeting.md"
FROM_FILE = '+++\ntitle = "From a file"\n[placeholders.note]\ntype = "file"\nhelp = "What."\n+++\nSum up: {{ note }}\n'


def test_a_list_that_was_read_before_a_template_went_brings_it_not_back(
    running, qtbot: QtBot, models: ScriptedModels, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(paths, "greeting.md", GREETING)
    with running() as session:
        ready(qtbot, session)
        page, here = session.window.templates_page, session.controller._templates_controller
        session.window.show_page("templates")
        qtbot.waitUntil(lambda: KEY in page.cards, timeout=WAIT_MS)
        lists = HeldBack(monkeypatch, session.app.prompts, "entries")
        opened: list[str] = []
        here.refresh(lambda: opened.append("then"))
        lists.let_go()
        session.app.prompts.delete(KEY).result(60)
        qtbot.waitUntil(lambda: KEY not in page.cards, timeout=WAIT_MS)
        assert opened == ["then"], "what was to follow the list has followed a newer one"
        lists.tell()
        settled(qtbot, session)
        assert KEY not in page.cards
        assert opened == ["then"]


def test_what_is_read_for_an_editor_opens_none_over_another_sheet(
    running, qtbot: QtBot, models: ScriptedModels, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(paths, "greeting.md", GREETING)
    put(paths, "letter.md", LETTER)
    with running() as session:
        ready(qtbot, session)
        page = session.window.templates_page
        opened = open_sheet(session, qtbot, KEY)
        texts = HeldBack(monkeypatch, session.app.prompts, "text")
        versions = HeldBack(monkeypatch, session.app.prompts, "versions")
        opened.edit.click()
        opened.history.click()
        history = sheet(session, qtbot, HistorySheet)
        texts.tell()
        settled(qtbot, session)
        assert page.sheet_content is history
        other = open_sheet(session, qtbot, "own/letter.md")
        versions.tell()
        settled(qtbot, session)
        assert page.sheet_content is other


def test_the_end_of_a_deletion_closes_no_other_sheet(
    running, qtbot: QtBot, models: ScriptedModels, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(paths, "greeting.md", GREETING)
    put(paths, "letter.md", LETTER)
    with running() as session:
        ready(qtbot, session)
        opened = open_sheet(session, qtbot, KEY)
        deleted = HeldBack(monkeypatch, session.app.prompts, "delete")
        opened.delete.click()
        other = open_sheet(session, qtbot, "own/letter.md")
        deleted.tell()
        qtbot.waitUntil(lambda: "was deleted" in session.window.notice.label.text(), timeout=WAIT_MS)
        assert session.window.templates_page.sheet_content is other


def begin_editing(session: Session, qtbot: QtBot) -> TemplateEditor:
    open_sheet(session, qtbot, KEY).edit.click()
    return sheet(session, qtbot, TemplateEditor)


def test_an_editor_follows_the_newest_text_and_no_mark_of_a_favourite(
    running, qtbot: QtBot, models: ScriptedModels, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(paths, "greeting.md", GREETING)
    with running() as session:
        ready(qtbot, session)
        editor, prompts = begin_editing(session, qtbot), session.app.prompts
        with monkeypatch.context() as slow:
            texts = HeldBack(slow, prompts, "text")
            prompts.save(KEY, "Say good morning.").result(60)
            qtbot.waitUntil(lambda: len(texts) > 0, timeout=WAIT_MS)
            texts.let_go()
            prompts.save(KEY, "Say good night.").result(60)
            qtbot.waitUntil(lambda: editor.text() == "Say good night.", timeout=WAIT_MS)
            texts.tell()
            settled(qtbot, session)
            assert editor.text() == "Say good night."
        editor.field.setPlainText("Say nothing.")
        with monkeypatch.context() as slow:
            texts = HeldBack(slow, prompts, "text")
            prompts.set_favourite(KEY, True).result(60)
            qtbot.waitUntil(lambda: len(texts) > 0, timeout=WAIT_MS)
            texts.tell()
            settled(qtbot, session)
        assert not editor.note.isVisibleTo(editor), "nobody has changed it elsewhere"


@pytest.mark.parametrize("is_new", [False, True])
def test_what_is_written_while_a_template_is_saved_stays_in_its_editor(
    running, qtbot: QtBot, models: ScriptedModels, paths: Paths, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    put(paths, "greeting.md", GREETING)
    with running() as session:
        ready(qtbot, session)
        if is_new:
            session.window.commands.new_template.trigger()
            editor = sheet(session, qtbot, TemplateEditor)
        else:
            editor = begin_editing(session, qtbot)
        with monkeypatch.context() as slow:
            saved = HeldBack(slow, session.app.prompts, "create" if is_new else "save")
            editor.field.setPlainText("Say good morning.")
            editor.save.click()
            qtbot.waitUntil(lambda: len(saved) == 1, timeout=WAIT_MS)
            editor.field.setPlainText("Say good morning to all.")
            saved.tell()
            settled(qtbot, session)
        assert session.window.templates_page.sheet_content is editor
        assert (editor.saved, editor.text()) == ("Say good morning.", "Say good morning to all.")
        editor.save.click()
        opened = sheet(session, qtbot, TemplateSheet)
        assert opened.template.body == "Say good morning to all."
        assert len(list(paths.templates.glob("*.md"))) == (2 if is_new else 1)


def test_a_template_is_put_into_no_chat_that_was_opened_meanwhile(
    running, qtbot: QtBot, models: ScriptedModels, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(paths, "greeting.md", GREETING)
    with running() as session:
        chat_id = begin(qtbot, session, models)
        session.window.commands.new_chat.trigger()
        composer, chat = session.window.composer, session.controller.chat
        filled = HeldBack(monkeypatch, session.app.templates, "fill")
        type_keys(session, "/greeting")
        slash(session, qtbot, "greeting")
        press(session, Qt.Key.Key_Return)
        assert len(filled) == 1
        session.controller.open_chat(chat_id)
        qtbot.waitUntil(lambda: chat.chat is not None and chat.chat.id == chat_id, timeout=WAIT_MS)
        filled.tell()
        settled(qtbot, session)
        assert composer.text() == ""


@pytest.mark.parametrize("typed", ["before the services are there", "before the templates are read"])
def test_enter_waits_for_the_templates_that_a_slash_asks_for(
    running, qtbot: QtBot, models: ScriptedModels, paths: Paths, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    put(paths, "greeting.md", GREETING)
    lists = HeldBack(monkeypatch, PromptLibrary, "entries")
    with running(wait=False) as session:
        if typed == "before the templates are read":
            ready(qtbot, session)
        else:
            assert session.controller is None
        type_keys(session, "/gree")
        press(session, Qt.Key.Key_Return)
        ready(qtbot, session)
        qtbot.waitUntil(lambda: len(lists) > 0, timeout=WAIT_MS)
        settled(qtbot, session)
        assert session.window.composer.text() == "/gree"
        lists.let_go()
        lists.tell()
        qtbot.waitUntil(lambda: session.window.composer.text() == GREETING, timeout=WAIT_MS)
        assert session.controller.chat.chat is None, "it was asked"


@pytest.mark.parametrize("changed_by", ["typing", "Escape"])
def test_enter_waits_for_templates_no_longer_once_something_else_is_done(
    running, qtbot: QtBot, models: ScriptedModels, paths: Paths, monkeypatch: pytest.MonkeyPatch, changed_by: str
) -> None:
    put(paths, "greeting.md", GREETING)
    lists = HeldBack(monkeypatch, PromptLibrary, "entries")
    with running() as session:
        ready(qtbot, session)
        type_keys(session, "/gree")
        press(session, Qt.Key.Key_Return)
        if changed_by == "typing":
            type_keys(session, "t")
        else:
            press(session, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: len(lists) > 0, timeout=WAIT_MS)
        filled = HeldBack(monkeypatch, session.app.templates, "fill")
        lists.let_go()
        lists.tell()
        qtbot.waitUntil(lambda: session.controller._templates_controller._entries != {}, timeout=WAIT_MS)
        assert len(filled) == 0
        assert session.window.composer.text() == ("/greet" if changed_by == "typing" else "/gree")


def test_a_template_that_was_left_begins_no_chat_when_it_is_filled_in(
    running, qtbot: QtBot, models: ScriptedModels, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(paths, "greeting.md", GREETING)
    with running() as session:
        ready(qtbot, session)
        window = session.window
        opened = open_sheet(session, qtbot, KEY)
        with monkeypatch.context() as slow:
            filled = HeldBack(slow, session.app.templates, "fill")
            opened.use.click()
            window.show_page("chat")
            type_keys(session, "Hello")
            filled.tell()
            settled(qtbot, session)
        assert window.composer.text() == "Hello"


def test_a_file_that_is_read_for_a_template_comes_into_no_form_that_is_gone_nor_over_another_file(
    running, qtbot: QtBot, models: ScriptedModels, paths: Paths, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put(paths, "file.md", FROM_FILE)
    for name in ("older", "newer"):
        (tmp_path / f"{name}.txt").write_text(name)
    with running() as session:
        ready(qtbot, session)
        form = open_sheet(session, qtbot, "own/file.md").form
        values = HeldBack(monkeypatch, session.app.prompts, "read_value")
        for name in ("older", "newer"):
            form.file_chosen.emit("note", str(tmp_path / f"{name}.txt"))
        values.tell()
        settled(qtbot, session)
        assert form.values() == {"note": "newer"}
        form.file_chosen.emit("note", str(tmp_path / "older.txt"))
        session.window.templates_page.close_sheet()
        qtbot.waitUntil(lambda: not isValid(form), timeout=WAIT_MS)
        values.tell()
        settled(qtbot, session)  # the app says what goes wrong there, and the test would fail


def test_a_persona_that_went_is_not_brought_back_by_what_was_read_for_a_new_one(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        window, personas = session.window, session.app.personas
        key = personas.save(Persona(name="Sailor")).result(60)
        here = session.controller._personas
        qtbot.waitUntil(lambda: here.has(key), timeout=WAIT_MS)
        here.open_page()
        lists = HeldBack(monkeypatch, personas, "entries")
        window.personas_page.new_requested.emit()
        qtbot.waitUntil(lambda: len(lists) >= 2, timeout=WAIT_MS)  # for the list, and for the editor
        lists.let_go()
        personas.delete(key).result(60)
        qtbot.waitUntil(lambda: not here.has(key), timeout=WAIT_MS)
        lists.tell()
        settled(qtbot, session)
        qtbot.waitUntil(lambda: isinstance(window.personas_page.sheet_content, PersonaSheet), timeout=WAIT_MS)
        assert not here.has(key)


def test_the_editor_of_the_persona_that_was_chosen_last_is_opened(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        page, personas = session.window.personas_page, session.app.personas
        keys = [personas.save(Persona(name=name)).result(60) for name in ("Sailor", "Baker")]
        here = session.controller._personas
        qtbot.waitUntil(lambda: all(map(here.has, keys)), timeout=WAIT_MS)
        here.open_page()
        pictures = HeldBack(monkeypatch, personas, "pictures")
        for key in keys:
            page.edit_requested.emit(key)
        pictures.tell()
        settled(qtbot, session)
        assert page.sheet_content is not None
        assert page.sheet_content.key == keys[1]
