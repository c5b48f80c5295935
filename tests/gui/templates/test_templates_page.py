"""The page of prompt templates and its sheets, without services behind them."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QDate, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QKeySequence, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.examples import Example
from desktop_app.domain.prompt_templates import (
    MOST_PLACEHOLDERS,
    Placeholder,
    PlaceholderType,
    PromptTemplate,
)
from desktop_app.domain.prompt_versions import Change, DiffLine, Version, diff_lines
from desktop_app.gui.look.theme import Theme, load_theme, retheme
from desktop_app.gui.templates.cards import TemplateCard
from desktop_app.gui.templates.editor import TemplateEditor
from desktop_app.gui.templates.fill_dialog import FillDialog
from desktop_app.gui.templates.form import FileField, PlaceholderForm, Surroundings, day_of
from desktop_app.gui.templates.history import GAP, HistorySheet, shortened
from desktop_app.gui.templates.inserter import matching
from desktop_app.gui.templates.page import TemplatesPage, imported_words
from desktop_app.gui.templates.preview import Preview
from desktop_app.gui.templates.sheet import TemplateSheet
from desktop_app.gui.widgets.controls import Button, Label
from desktop_app.gui.widgets.scrolled_body import UprightArea
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.writing.prompt_library import LibraryTemplate
from desktop_app.settings.schema import Appearance
from tests.gui.conftest import destroy


def entry(title: str, folder: str = "Writing", **changes: object) -> LibraryTemplate:
    template = PromptTemplate(title=title, body="Do {{ it }}.", description=f"About {title}.", tags=("tag",))
    values = {"key": f"own/{title}", "is_own": True, "title": title, "folder": folder, "template": template}
    return LibraryTemplate(**{**values, **changes})


BROKEN = entry(
    "broken", template=None, error=ErrorInfo(ErrorCode.PROMPT_TEMPLATE_INVALID, {"line": 3, "problem": "No prompt"})
)
ENTRIES = [entry("SQL query", "Data"), entry("Email"), entry("Proofread", favourite=True), BROKEN]


@pytest.fixture
def page(window: MainWindow, qtbot: QtBot) -> TemplatesPage:
    page = window.templates_page
    page.set_templates(ENTRIES)
    window.show_page("templates")
    qtbot.waitUntil(lambda: len(page.cards) == len(ENTRIES))
    return page


def seen(page: TemplatesPage) -> list[str]:
    return [card.entry.title for card in page.cards.values() if card.isVisible()]


def test_words_folder_and_favourites_find(page: TemplatesPage) -> None:
    assert seen(page) == ["SQL query", "Email", "Proofread", "broken"]
    page.search.setText("tag about")
    assert seen(page) == ["SQL query", "Email", "Proofread"]
    page.search.setText("writing email")
    assert seen(page) == ["Email"]
    page.search.setText("zebra")
    assert seen(page) == []
    assert page._nothing.isVisible()
    page.search.clear()
    page.folders.setCurrentIndex(page.folders.findData("Data"))
    page.folders.activated.emit(1)
    assert seen(page) == ["SQL query"]
    page.folders.setCurrentIndex(0)
    page.favourites.click()
    assert seen(page) == ["Proofread"]
    assert not page._nothing.isVisible()


def test_a_card_asks_for_what_it_is_used_for(page: TemplatesPage, qtbot: QtBot) -> None:
    card = page.cards["own/Email"]
    with qtbot.waitSignal(page.opened) as opened:
        card.use.click()
    assert opened.args == ["own/Email"]
    with qtbot.waitSignal(page.favourite_requested) as asked:
        card.star.click()
    assert asked.args == ["own/Email", True]
    assert page.cards["own/broken"].use.text() == "Fix"
    assert "line 3" in page.cards["own/broken"].about.text()
    page.search.setText("email")
    with qtbot.waitSignal(page.opened):
        QTest.keyClick(page.search, Qt.Key.Key_Return)


def test_a_star_leaves_the_cards_as_they_are(page: TemplatesPage, qtbot: QtBot) -> None:
    before = dict(page.cards)
    page.set_templates([msgspec.structs.replace(each, favourite=True) for each in ENTRIES])
    assert page.cards == before
    assert "from the favourites" in before["own/Email"].star.accessibleName()
    page.set_templates([entry("New", "Data"), *ENTRIES[1:]])
    qtbot.waitUntil(lambda: "own/New" in page.cards)
    assert "own/SQL query" not in page.cards
    assert page.cards["own/Email"] is before["own/Email"]


def test_one_column_where_it_is_narrow(new_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    many = [entry(f"Template {number}") for number in range(5)]

    def lefts(width: int) -> set[int]:
        window = new_window(width, 640)
        window.templates_page.set_templates(many)
        window.show_page("templates")
        qtbot.waitUntil(lambda: len(window.templates_page.cards) == 5)
        cards = list(window.templates_page.cards.values())
        qtbot.waitUntil(lambda: len({(card.x(), card.y()) for card in cards}) == 5)  # laid out in the next turn
        assert all(card.geometry().right() <= card.parentWidget().width() for card in cards)
        return {card.x() for card in cards}

    assert len(lefts(1360)) == 2
    assert len(lefts(420)) == 1


def test_files_dropped_on_the_page(page: TemplatesPage, qtbot: QtBot, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("a.md", "b.gguf", "c.TXT")])
    event = QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)  # fmt: skip
    with qtbot.waitSignal(page.files_dropped) as dropped:
        page.dropEvent(event)
    assert [Path(path).name for path in dropped.args[0]] == ["a.md", "c.TXT"]


def test_escape_and_the_entry_in_the_sidebar_go_back_one_step(page: TemplatesPage, window: MainWindow) -> None:
    editor = TemplateEditor(window.theme, "own/Email", "Email", "text")
    editor.closed.connect(page.close_sheet)
    page.open_sheet(editor)
    assert page.sheet_content is editor
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert page.sheet_content is None
    page.open_sheet(sheet := TemplateEditor(window.theme, "own/Email", "Email", "text"))
    sheet.closed.connect(page.close_sheet)
    window.sidebar.templates.click()
    window.show_page("templates")
    assert page.sheet_content is None
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.page == "chat"


# The form

KINDS = (
    Placeholder(name="text", default="hello"),
    Placeholder(name="long", type=PlaceholderType.LONG_TEXT, optional=True),
    Placeholder(name="choice", type=PlaceholderType.CHOICE, choices=("a", "b"), default="b"),
    Placeholder(name="number", type=PlaceholderType.NUMBER, default=2.5, step=0.5, most=10),
    Placeholder(name="whole", type=PlaceholderType.NUMBER, default=3),
    Placeholder(name="date", type=PlaceholderType.DATE, default="2026-02-03"),
    Placeholder(name="clip", type=PlaceholderType.CLIPBOARD),
    Placeholder(name="chosen", type=PlaceholderType.SELECTION, default="else"),
    Placeholder(name="file", type=PlaceholderType.FILE),
)


def test_every_type_has_its_control_and_value(host: QWidget, theme: Theme, qtbot: QtBot) -> None:
    form = PlaceholderForm(theme, KINDS, Surroundings(clipboard="{{ 7 * 7 }}"), host)
    form.show()
    assert form.values() == {
        "text": "hello", "long": "", "choice": "b", "number": 2.5, "whole": 3, "date": "2026-02-03",
        "clip": "{{ 7 * 7 }}", "chosen": "else", "file": "",
    }  # fmt: skip
    assert isinstance(form.values()["whole"], int)
    assert all(row.control.accessibleName() for row in form.rows.values())
    with qtbot.waitSignal(form.changed):
        QTest.keyClicks(form.rows["text"].control, "!")
    assert form.values()["text"] == "hello!"
    control = form.rows["file"].control
    assert isinstance(control, FileField)
    with qtbot.waitSignal(form.file_chosen) as chosen:
        control.chosen.emit("/a/b.txt")
    assert chosen.args == ["file", "/a/b.txt"]
    form.show_file("file", "/a/b.txt", "content")
    assert form.values()["file"] == "content"
    assert control.label.text() == "b.txt"
    form.show_file_problem("file", "It is too large.")
    assert form.values()["file"] == ""
    destroy(form)


def test_days_that_a_default_can_name(qapp: object) -> None:
    today = QDate.currentDate()
    assert day_of("2026-02-03") == QDate(2026, 2, 3)
    assert day_of("today+14") in (today.addDays(14), today.addDays(15))
    assert day_of("") in (today, today.addDays(1))


def test_the_dialog_asks_until_it_has_what_it_needs(window: MainWindow, qtbot: QtBot) -> None:
    template = PromptTemplate(
        title="T", body="x", placeholders=(Placeholder(name="a"), Placeholder(name="b", optional=True))
    )
    dialog = FillDialog(window.theme, template, Surroundings(), window)
    dialog.open()
    with qtbot.assertNotEmitted(dialog.filled):
        dialog.accept_button.click()
    assert "marked" in dialog.problem.text()
    QTest.keyClicks(dialog.form.rows["a"].control, "value")
    with qtbot.waitSignal(dialog.filled) as filled:
        QTest.keyClick(dialog.form.rows["a"].control, Qt.Key.Key_Return)
    assert filled.args == [{"a": "value", "b": ""}]
    dialog.close()
    destroy(dialog)


def test_a_short_form_is_seen_whole_with_nothing_to_scroll(
    new_window: Callable[..., MainWindow], qtbot: QtBot, text_size: int
) -> None:
    window = new_window(1360, 860, text_size)
    placeholders = (Placeholder(name="a", help="What it is about."), Placeholder(name="b", help="Whom it is for."))
    template = PromptTemplate(title="Letter", description="In few words.", body="x", placeholders=placeholders)
    dialog = FillDialog(window.theme, template, Surroundings(), window)
    dialog.open()
    area = dialog.findChild(UprightArea)
    assert area is not None
    qtbot.waitUntil(lambda: area.viewport().width() == dialog.width())
    assert area.verticalScrollBar().maximum() == 0
    destroy(dialog)


@pytest.mark.parametrize("width", [1360, 420])
def test_a_form_with_as_many_fields_as_there_may_be(new_window: Callable[..., MainWindow], width: int) -> None:
    window = new_window(width, 640)
    placeholders = tuple(Placeholder(name=f"p{number}", help="Help.") for number in range(MOST_PLACEHOLDERS))
    template = PromptTemplate(title="T", body="x", placeholders=placeholders, examples=(Example("u", "a"),))
    window.show_page("templates")
    sheet = TemplateSheet(window.theme, entry("Email"), template, Surroundings())
    window.templates_page.open_sheet(sheet)
    assert len(sheet.form.rows) == MOST_PLACEHOLDERS
    sheet.preview.show_turns("question", "", template.examples)
    assert (
        sheet.preview.field.toPlainText() == "Example 1: you\nu\n\nExample 1: the model\na\n\nYour question\nquestion"
    )
    sheet.preview.show_tokens(1234)
    assert sheet.preview.tokens.text() == "1,234 tokens"


def test_only_ones_own_can_be_changed(window: MainWindow) -> None:
    window.show_page("templates")
    for own in (True, False):
        template = entry("Email", is_own=own)
        assert template.template is not None
        sheet = TemplateSheet(window.theme, template, template.template, Surroundings())
        window.templates_page.open_sheet(sheet)
        shown = [not button.isHidden() for button in (sheet.edit, sheet.history, sheet.delete)]
        assert shown == [own, own, own]
        assert not sheet.copy.isHidden()


def test_a_shortcut_is_told_once(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("templates")
    known = entry("Email", shortcut="Ctrl+Alt+E")
    assert known.template is not None
    sheet = TemplateSheet(window.theme, known, known.template, Surroundings())
    window.templates_page.open_sheet(sheet)
    with qtbot.assertNotEmitted(sheet.shortcut_chosen):
        sheet.shortcut.editingFinished.emit()
    sheet.shortcut.setKeySequence(QKeySequence("Ctrl+Alt+F"))
    with qtbot.waitSignal(sheet.shortcut_chosen) as chosen:
        sheet.shortcut.editingFinished.emit()
    assert chosen.args == ["Ctrl+Alt+F"]
    with qtbot.waitSignal(sheet.shortcut_chosen) as chosen:
        sheet.no_shortcut.click()
    assert chosen.args == [""]
    sheet.show_shortcut_problem("Taken.")
    assert sheet.shortcut.keySequence() == QKeySequence("Ctrl+Alt+E")


# The editor and the versions


def test_the_editor_marks_the_line_of_a_mistake(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("templates")
    editor = TemplateEditor(window.theme, "own/x", "X", "one\ntwo\nthree")
    with qtbot.waitSignal(editor.check_requested) as checked:
        window.templates_page.open_sheet(editor)
    assert checked.args == ["one\ntwo\nthree"]
    editor.show_mistake("It is wrong.", 2)
    (mark,) = editor.field.extraSelections()
    assert mark.cursor.block().text() == "two"
    dark = load_theme(Appearance.DARK, 100, system_dark=False)
    retheme(window.templates_page, dark)
    (mark,) = editor.field.extraSelections()
    assert mark.cursor.block().text() == "two"
    assert mark.format.background().color() == dark.colors.accent_soft
    editor.show_good("It works.")
    assert not editor.field.extraSelections()
    editor.show_mistake("It is wrong somewhere.", 0)
    assert not editor.field.extraSelections()
    assert not editor.is_changed
    editor.field.appendPlainText("four")
    assert editor.is_changed
    with qtbot.waitSignal(editor.save_requested) as saved:
        editor.save.click()
    assert saved.args == ["one\ntwo\nthree\nfour"]


def test_versions_are_compared_and_brought_back(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("templates")
    sheet = HistorySheet(window.theme, "own/x", "X")
    window.templates_page.open_sheet(sheet)
    sheet.show_versions([])
    assert not sheet.restore.isVisible()
    with qtbot.waitSignal(sheet.version_chosen) as chosen:
        sheet.show_versions([Version("new", 2.0), Version("old", 1.0)])
    assert chosen.args == ["new"]
    sheet.show_comparison(diff_lines("a\nb", "a\nc"))
    assert sheet.field.toPlainText() == "  a\n− b\n+ c"
    dark = load_theme(Appearance.DARK, 100, system_dark=False)
    retheme(window.templates_page, dark)
    assert sheet.field.toPlainText() == "  a\n− b\n+ c"
    assert QTextCursor(sheet.field.document().lastBlock()).charFormat().foreground().color() == dark.colors.good
    with qtbot.waitSignal(sheet.version_chosen):
        sheet.choice.setCurrentIndex(1)
    with qtbot.waitSignal(sheet.restore_requested) as wanted:
        sheet.restore.click()
    assert wanted.args == ["old"]


def test_a_long_comparison_is_cut_to_what_changed() -> None:
    lines = diff_lines("\n".join(map(str, range(100))), "\n".join(map(str, [*range(50), "new", *range(50, 100)])))
    kept = shortened(lines)
    assert kept[0] is GAP
    assert kept[-1] is GAP
    assert [line.text for line in kept[1:-1]] == ["48", "49", "new", "50", "51"]
    assert shortened([DiffLine(Change.SAME, "a")]) == [GAP]


def test_words_of_an_import() -> None:
    assert imported_words(1, 0) == "1 template was imported."
    assert imported_words(0, 2) == "0 templates were imported. 2 files are not templates."


def test_what_matches_a_slash_comes_in_a_helpful_order() -> None:
    entries = [entry("Write code"), entry("Review code", favourite=True), entry("Code"), entry("Mail", "Codes")]
    assert [each.title for each in matching(entries, "code")] == ["Code", "Review code", "Write code", "Mail"]
    assert [each.title for each in matching(entries, "")] == ["Review code", "Write code", "Code", "Mail"]
    assert matching(entries, "zebra") == []


def test_a_card_without_a_description_shows_its_prompt(host: QWidget, theme: Theme) -> None:
    bare = entry("Bare", template=PromptTemplate(title="Bare", body="Say\nhello."))
    card = TemplateCard(theme, bare, host)
    assert card.about.text() == "Say hello."
    destroy(card)


def test_the_preview_stays_at_its_place_in_another_theme(theme: Theme, host: QWidget, qtbot: QtBot) -> None:
    preview = Preview(theme, host)
    preview.resize(700, 300)
    preview.show()
    preview.show_turns("\n".join(["words"] * 40), "", [Example("words", "words")] * 3)
    bar = preview.field.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    place = bar.maximum() // 2
    bar.setValue(place)
    retheme(preview, load_theme(Appearance.DARK, 100, system_dark=False))
    assert bar.value() == place


def test_the_preview_begins_with_the_question_in_any_width(theme: Theme, host: QWidget) -> None:
    preview = Preview(theme, host)
    preview.resize(700, 300)
    preview.show()
    words = "Some words that take more than one line where it is narrow. " * 6
    preview.show_turns("\n".join([words] * 12), "", [Example(words, words)] * 3)

    def first() -> str:
        return preview.field.cursorForPosition(QPoint(0, 6)).block().text()

    assert first() == "Your question"
    for width in (300, 900):
        preview.resize(width, 300)
        assert first() == "Your question"


@pytest.mark.parametrize(("width", "is_stacked"), [(420, True), (1360, False)])
def test_words_are_not_squeezed_beside_what_they_are_about(
    width: int, is_stacked: bool, page: TemplatesPage, window: MainWindow, theme: Theme, host: QWidget
) -> None:
    window.resize(width, 640)
    QApplication.processEvents()
    folder = next(button for button in page.findChildren(Button) if button.text() == "Show my folder")
    hint = next(label for label in page.findChildren(Label) if label.text().startswith("Your own templates"))
    assert (hint.geometry().top() > folder.geometry().bottom()) is is_stacked
    made = ENTRIES[0]
    assert made.template is not None
    sheet = TemplateSheet(theme, made, made.template, Surroundings())
    sheet.setParent(host)
    sheet.resize(width, 640)
    sheet.show()
    QApplication.processEvents()
    assert (sheet.shortcut.geometry().top() > sheet.shortcut_note.geometry().bottom()) is is_stacked
    assert sheet.shortcut_note.width() > 200
