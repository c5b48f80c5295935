"""Prompt templates in the whole window: found by a slash, filled in by the real helper, sent to the real model."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop_app.domain.messages import Role
from desktop_app.domain.template_drafts import PROMPT
from desktop_app.gui.start import Session
from desktop_app.gui.templates.editor import TEXT, TemplateEditor
from desktop_app.gui.templates.fill_dialog import FillDialog
from desktop_app.gui.templates.history import HistorySheet
from desktop_app.gui.templates.sheet import TemplateSheet
from desktop_app.gui.templates.slash_list import SlashList
from desktop_app.settings.schema import Language
from desktop_app.support.paths import Paths
from tests.e2e.steps import SHORT, WAIT_MS, one_more, ready, use, wait_for_answers

LETTER = '+++\ntitle = "Letter"\nsystem = "Write to {{ name }}."\n[placeholders.name]\nhelp = "Who."\n[[examples]]\nuser = "Ann"\nassistant = "Dear Ann,"\n+++\nA letter to {{ name }}, please.\n'
GREETING = "Say hello in one word."
Kind = TypeVar("Kind", bound=QWidget)


def put(paths: Paths, name: str, text: str) -> None:
    paths.templates.mkdir(parents=True, exist_ok=True)
    (paths.templates / name).write_text(text)


def type_keys(session: Session, text: str) -> None:
    session.window.composer.focus()
    QTest.keyClicks(session.window.composer.field, text)


def press(session: Session, key: Qt.Key) -> None:
    QTest.keyClick(session.window.composer.field, key)


def slash(session: Session, qtbot: QtBot, first: str) -> SlashList:
    """Return the list that a slash opened, once its first template is the one that is looked for."""
    found: list[SlashList] = []

    def is_there() -> bool:
        found[:] = [each for each in session.window.findChildren(SlashList) if each.isVisible()]
        return bool(found) and found[0].rows.entries[0].title == first

    qtbot.waitUntil(is_there, timeout=WAIT_MS)
    return found[0]


def dialog(session: Session, qtbot: QtBot) -> FillDialog:
    found: list[FillDialog] = []

    def is_there() -> bool:
        found[:] = [each for each in session.window.findChildren(FillDialog) if each.isVisible()]
        return bool(found)

    qtbot.waitUntil(is_there, timeout=WAIT_MS)
    return found[0]


def sheet(session: Session, qtbot: QtBot, kind: type[Kind], matches: Callable[[Kind], bool] = lambda _: True) -> Kind:
    def is_there() -> bool:
        content = session.window.templates_page.sheet_content
        return isinstance(content, kind) and matches(content)

    qtbot.waitUntil(is_there, timeout=WAIT_MS)
    content = session.window.templates_page.sheet_content
    assert isinstance(content, kind)
    return content


def open_sheet(session: Session, qtbot: QtBot, key: str) -> TemplateSheet:
    page = session.window.templates_page
    session.window.show_page("templates")
    qtbot.waitUntil(lambda: key in page.cards, timeout=WAIT_MS)
    page.cards[key].use.click()
    return sheet(session, qtbot, TemplateSheet, lambda content: content.key == key)


def test_what_is_filled_in_is_inserted_once_and_not_at_all_once_it_was_cancelled(
    running, qtbot: QtBot, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(paths, "letter.md", LETTER)
    with running() as session:
        ready(qtbot, session)
        composer = session.window.composer
        waiting: list[Future[tuple[str, ...]]] = []
        monkeypatch.setattr(session.app.templates, "fill", lambda *_given: waiting.append(Future()) or waiting[-1])

        def fill_in() -> FillDialog:
            session.window.commands.focus_composer.trigger()
            composer.field.clear()
            type_keys(session, "/letter")
            slash(session, qtbot, "Letter")
            press(session, Qt.Key.Key_Return)
            asking = dialog(session, qtbot)
            QTest.keyClicks(asking.form.rows["name"].control, "Ann")
            asking.accept_button.click()
            return asking

        def go_on() -> None:
            for future in waiting:
                future.set_result(("A letter. ", ""))
            waiting.clear()

        asking = fill_in()
        asking.cancel_button.click()
        qtbot.waitUntil(lambda: not isValid(asking), timeout=WAIT_MS)
        go_on()
        qtbot.wait(0)
        assert composer.text() == "/letter"
        fill_in().accept_button.click()  # once more
        go_on()
        qtbot.waitUntil(lambda: composer.text() == "A letter. ", timeout=WAIT_MS)


def test_a_slash_finds_a_template_and_its_examples_reach_the_model(running, qtbot: QtBot, paths: Paths) -> None:
    put(paths, "letter.md", LETTER)
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        composer = session.window.composer
        type_keys(session, "/letter")
        slash(session, qtbot, "Letter")
        press(session, Qt.Key.Key_Return)
        asking = dialog(session, qtbot)
        QTest.keyClicks(asking.form.rows["name"].control, "{{ 7 * 7 }}")
        asking.accept_button.click()
        qtbot.waitUntil(lambda: composer.text() == "A letter to {{ 7 * 7 }}, please.", timeout=WAIT_MS)
        assert composer.template.isVisible()
        assert composer.template.text() == "Template: Letter"
        press(session, Qt.Key.Key_Return)
        messages = wait_for_answers(qtbot, session, 4)
        assert [(message.role, message.text) for message in messages[:3]] == [
            (Role.USER, "Ann"),
            (Role.ASSISTANT, "Dear Ann,"),
            (Role.USER, "A letter to {{ 7 * 7 }}, please."),
        ]
        assert session.controller is not None
        chat = session.controller.chat.chat
        assert chat is not None
        assert chat.system_prompt == "Write to {{ 7 * 7 }}."
        assert not composer.template.isVisible()

        type_keys(session, "/letter")  # in a chat that has its system prompt, the text brings it along
        slash(session, qtbot, "Letter")
        press(session, Qt.Key.Key_Tab)
        asking = dialog(session, qtbot)
        QTest.keyClicks(asking.form.rows["name"].control, "Bo")
        asking.accept_button.click()
        qtbot.waitUntil(lambda: composer.text() == "Write to Bo.\n\nA letter to Bo, please.", timeout=WAIT_MS)
        composer.template.click()
        assert composer.text() == ""
        assert not composer.template.isVisible()


def test_the_list_opens_and_closes_as_one_types(running, qtbot: QtBot, paths: Paths) -> None:
    put(paths, "greeting.md", GREETING)
    with running() as session:
        ready(qtbot, session)
        composer = session.window.composer
        type_keys(session, "/gree")
        listed = slash(session, qtbot, "greeting")
        press(session, Qt.Key.Key_Escape)
        assert not listed.isVisible()
        type_keys(session, "t")
        assert not listed.isVisible()  # it was closed for this line
        composer.set_text("")
        type_keys(session, "/etc/passwd")
        assert not listed.isVisible()
        composer.set_text("and/or")
        assert not listed.isVisible()
        composer.set_text("First line\n/gree")
        assert not listed.isVisible()  # no empty line before it
        composer.set_text("First line\n\n/gree")
        assert listed.isVisible()
        type_keys(session, "zebra")
        assert not listed.isVisible()
        composer.set_text("First line\n\n/")
        count = listed.rows.rowCount()
        assert count > 40
        press(session, Qt.Key.Key_Up)
        assert listed.list.currentIndex().row() == count - 1
        press(session, Qt.Key.Key_Down)
        assert listed.list.currentIndex().row() == 0
        composer.set_text("First line\n\n/greeting")
        slash(session, qtbot, "greeting")
        press(session, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: composer.text() == f"First line\n\n{GREETING}", timeout=WAIT_MS)
        session.window.commands.insert_template.trigger()
        assert composer.text().endswith("\n\n/")
        assert listed.isVisible()


def test_a_template_is_filled_in_on_its_page_and_used(running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        open_sheet(session, qtbot, "built-in/Code/code-review.md")
        opened = sheet(session, qtbot, TemplateSheet)
        qtbot.waitUntil(lambda: "[Code]" in opened.preview.field.toPlainText(), timeout=WAIT_MS)
        opened.use.click()
        assert "marked" in opened.preview.problem.text()
        assert session.window.page == "templates"
        opened.form.rows["code"].control.setPlainText("print({{ x }})")  # type: ignore[attr-defined]
        qtbot.waitUntil(lambda: "print({{ x }})" in opened.preview.field.toPlainText(), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: opened.preview.tokens.text().endswith("tokens"), timeout=WAIT_MS)
        opened.use.click()
        qtbot.waitUntil(lambda: session.window.page == "chat", timeout=WAIT_MS)
        assert session.window.composer.text().endswith("print({{ x }})")
        assert "1 example" in session.window.composer.template.toolTip()


def test_writing_saving_and_going_back(running, qtbot: QtBot, paths: Paths) -> None:
    put(paths, "greeting.md", GREETING)
    with running() as session:
        window = session.window
        opened = open_sheet(session, qtbot, "own/greeting.md")
        opened.edit.click()
        editor = sheet(session, qtbot, TemplateEditor)
        editor.field.setPlainText("Say\n{{ x.__class__ }}")
        editor.save.click()
        wrong = editor.form.mistakes[PROMPT]
        qtbot.waitUntil(lambda: "__class__" in wrong.text(), timeout=WAIT_MS)
        assert wrong.isVisible()
        editor.tabs.setCurrentIndex(TEXT)
        editor.save.click()
        qtbot.waitUntil(lambda: "line 2" in editor.outcome.label.text(), timeout=WAIT_MS)
        assert (paths.templates / "greeting.md").read_text() == GREETING
        editor.field.setPlainText("Say good bye.")
        editor.cancel.click()
        assert "not saved" in window.notice.label.text()
        window.notice.action.click()
        editor = sheet(session, qtbot, TemplateEditor)
        assert editor.text() == "Say good bye."
        editor.save.click()
        opened = sheet(session, qtbot, TemplateSheet)
        assert (paths.templates / "greeting.md").read_text() == "Say good bye."
        opened.history.click()
        history = sheet(session, qtbot, HistorySheet, lambda content: "+ Say good bye." in content.field.toPlainText())
        assert f"− {GREETING}" in history.field.toPlainText()
        history.restore.click()
        qtbot.waitUntil(lambda: "version is back" in window.notice.label.text(), timeout=WAIT_MS)
        assert (paths.templates / "greeting.md").read_text() == GREETING
        window.notice.action.click()
        qtbot.waitUntil(lambda: (paths.templates / "greeting.md").read_text() == "Say good bye.", timeout=WAIT_MS)
        opened = sheet(session, qtbot, TemplateSheet)
        opened.delete.click()
        qtbot.waitUntil(lambda: "was deleted" in window.notice.label.text(), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: "own/greeting.md" not in window.templates_page.cards, timeout=WAIT_MS)
        window.notice.action.click()
        qtbot.waitUntil(lambda: "own/greeting.md" in window.templates_page.cards, timeout=WAIT_MS)


def test_a_version_that_is_there_already_offers_no_way_back_to_another_text(
    running, qtbot: QtBot, paths: Paths
) -> None:
    put(paths, "greeting.md", GREETING)
    key = "own/greeting.md"
    with running() as session:
        ready(qtbot, session)
        prompts, window = session.app.prompts, session.window
        prompts.save(key, LETTER).result(60)
        prompts.save(key, GREETING).result(60)
        newest, oldest = prompts.versions(key).result(60)
        open_sheet(session, qtbot, key)
        controller = session.controller._templates_controller
        controller._restore(key, oldest.id)
        qtbot.waitUntil(lambda: "version is back" in window.notice.label.text(), timeout=WAIT_MS)
        assert not window.notice.action.isVisible()
        controller._restore(key, newest.id)
        qtbot.waitUntil(window.notice.action.isVisible, timeout=WAIT_MS)
        prompts.save(key, "Say good day.").result(60)  # as another window does
        window.notice.action.click()
        qtbot.waitUntil(lambda: (paths.templates / "greeting.md").read_text() == GREETING, timeout=WAIT_MS)


def test_what_another_window_writes_is_taken_over_or_told_of(running, qtbot: QtBot, paths: Paths) -> None:
    put(paths, "greeting.md", GREETING)
    key = "own/greeting.md"
    with running() as session:
        ready(qtbot, session)
        open_sheet(session, qtbot, key)
        here, page = session.controller._templates_controller, session.window.templates_page
        here._edit(key)
        editor = sheet(session, qtbot, TemplateEditor)
        prompts = session.app.prompts
        prompts.save(key, "Say good morning.").result(60)  # as another window does
        qtbot.waitUntil(lambda: editor.text() == "Say good morning.", timeout=WAIT_MS)
        assert not editor.is_changed
        assert not editor.note.isVisibleTo(editor)
        editor.field.setPlainText("Say good night.")
        prompts.save(key, "Say good day.").result(60)
        qtbot.waitUntil(lambda: "changed elsewhere" in editor.note.text(), timeout=WAIT_MS)
        assert editor.text() == "Say good night."
        prompts.delete(key).result(60)
        qtbot.waitUntil(lambda: "deleted elsewhere" in editor.note.text(), timeout=WAIT_MS)
        editor.save.click()
        opened = sheet(session, qtbot, TemplateSheet)
        assert (paths.templates / "greeting.md").read_text() == "Say good night."
        prompts.save(key, LETTER).result(60)
        opened = sheet(session, qtbot, TemplateSheet, lambda content: content.template.title == "Letter")
        name = opened.form.rows["name"].control
        assert isinstance(name, QLineEdit)
        name.setText("Ann")
        prompts.save(key, GREETING).result(60)
        qtbot.waitUntil(lambda: here._entries[key].template.body == GREETING, timeout=WAIT_MS)
        assert page.sheet_content is opened, "it is being filled in"
        prompts.delete(key).result(60)
        qtbot.waitUntil(lambda: page.sheet_content is None, timeout=WAIT_MS)


def test_a_copy_a_star_a_shortcut_and_a_new_one(running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        window, page = session.window, session.window.templates_page
        opened = open_sheet(session, qtbot, "built-in/Writing/shorten.md")
        opened.copy.click()
        opened = sheet(session, qtbot, TemplateSheet, lambda content: content.key == "own/shorten-my-version.md")
        opened.star.click()
        qtbot.waitUntil(lambda: page.cards["own/shorten-my-version.md"].entry.favourite, timeout=WAIT_MS)
        for keys, words in (("X", "Use Ctrl"), ("Ctrl+N", "New chat")):
            opened.shortcut.setKeySequence(QKeySequence(keys))
            opened.shortcut.editingFinished.emit()
            assert words in opened.shortcut_note.text()
        opened.shortcut.setKeySequence(QKeySequence("Ctrl+Alt+9"))
        opened.shortcut.editingFinished.emit()

        def command() -> bool:
            return window.commands.entries[-1].action.shortcut() == QKeySequence("Ctrl+Alt+9")

        qtbot.waitUntil(command, timeout=WAIT_MS)
        window.commands.entries[-1].action.trigger()
        asking = dialog(session, qtbot)
        assert asking.windowTitle() == "Shorten, my version"
        asking.cancel_button.click()
        assert window.composer.text() == ""
        window.commands.new_template.trigger()
        editor = sheet(session, qtbot, TemplateEditor)
        qtbot.waitUntil(lambda: "1 field" in editor.outcome.label.text(), timeout=WAIT_MS)
        editor.form.prompt.setPlainText("Write about {{ text }} to {{ reader }}.")
        qtbot.waitUntil(lambda: "2 fields" in editor.outcome.label.text(), timeout=WAIT_MS)
        editor.save.click()
        opened = sheet(session, qtbot, TemplateSheet, lambda content: content.key == "own/new-template.md")
        assert list(opened.form.rows) == ["text", "reader"]
    with running() as session:  # favourites and shortcuts are still there
        page = session.window.templates_page
        qtbot.waitUntil(lambda: len(session.window.commands.entries) > 19, timeout=WAIT_MS)
        session.window.show_page("templates")
        qtbot.waitUntil(lambda: "own/shorten-my-version.md" in page.cards, timeout=WAIT_MS)
        assert page.cards["own/shorten-my-version.md"].entry.favourite


def test_what_is_dropped_into_the_folder_or_on_the_page_appears(running, qtbot: QtBot, paths: Paths, tmp_path) -> None:
    with running() as session:
        window, page = session.window, session.window.templates_page
        window.show_page("templates")
        qtbot.waitUntil(lambda: len(page.cards) > 40, timeout=WAIT_MS)
        put(paths, "dropped.md", GREETING)
        put(paths, "broken.md", "+++\ntitle = 3\n+++\nx")
        window.show_page("chat")
        window.show_page("templates")
        qtbot.waitUntil(lambda: {"own/dropped.md", "own/broken.md"} <= page.cards.keys(), timeout=WAIT_MS)
        page.cards["own/broken.md"].use.click()
        editor = sheet(session, qtbot, TemplateEditor)
        assert editor.field.textCursor().block().text() == "title = 3"
        page.close_sheet()
        good, bad = tmp_path / "good.md", tmp_path / "bad.md"
        good.write_text(LETTER)
        bad.write_bytes(b"caf\xe9")
        page.files_dropped.emit([str(good), str(bad)])
        qtbot.waitUntil(lambda: "own/letter.md" in page.cards, timeout=WAIT_MS)
        told = "1 template was imported. 1 file is not a template."
        qtbot.waitUntil(lambda: told in window.notice.label.text(), timeout=WAIT_MS)


@pytest.mark.parametrize("how", ["ends", "language", "window"])
def test_what_is_written_and_not_saved_is_offered_once_more(running, qtbot: QtBot, paths: Paths, how: str) -> None:
    put(paths, "greeting.md", GREETING)

    def write(session: Session) -> None:
        open_sheet(session, qtbot, "own/greeting.md").edit.click()
        sheet(session, qtbot, TemplateEditor).field.setPlainText("Say good bye.")

    def goes_on(session: Session) -> None:
        notice = session.window.notice
        qtbot.waitUntil(lambda: notice.shown is not None and "was not saved" in notice.shown.text, timeout=WAIT_MS)
        notice.action.click()
        editor = sheet(session, qtbot, TemplateEditor, lambda content: content.text() == "Say good bye.")
        assert session.window.page == "templates"
        assert (editor.key, editor.saved) == ("own/greeting.md", GREETING)

    with running() as session:
        if how == "window":
            ready(qtbot, session)
            _first, other = one_more(qtbot, session)
            write(session)
            other.window.close()
            qtbot.waitUntil(lambda: other not in session.windows.all, timeout=WAIT_MS)
            goes_on(session)
            return
        write(session)
        if how == "language":
            former = session.window
            session.settings.change("language", "language", Language.ENGLISH)
            qtbot.waitUntil(lambda: session.window is not former, timeout=WAIT_MS)
            goes_on(session)
            return
    for _run in range(2):  # and again, until somebody goes on with it or does not want to
        with running() as session:
            notice = session.window.notice
            qtbot.waitUntil(lambda notice=notice: notice.shown is not None, timeout=WAIT_MS)
    with running() as session:
        goes_on(session)
        sheet(session, qtbot, TemplateEditor).cancel.click()
        session.window.notice.close_button.click()
    with running() as session:
        ready(qtbot, session)
        assert session.window.notice.notices == []
