"""The form in which a template is written, beside its text, without services behind them."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.prompt_templates import Placeholder, PlaceholderType, parse_template
from desktop_app.domain.template_drafts import PROMPT, TITLE
from desktop_app.gui.look.theme import load_theme
from desktop_app.gui.templates.editor import FORM, TEXT, TemplateEditor
from desktop_app.gui.templates.placeholder_card import PlaceholderCard
from desktop_app.gui.widgets.keyboard_focus import stops
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Appearance
from desktop_app.support.paths import resources

HEADED = '+++\ntitle = "Letter"\n\n[placeholders.name]\nlabel = "To"\n+++\nTo {{ name }}.\n'
BUNDLED = sorted((resources() / "templates").rglob("*.md"))[::9]


def opened(window: MainWindow, text: str) -> TemplateEditor:
    window.show_page("templates")
    editor = TemplateEditor(window.theme, "own/x", "X", text)
    window.templates_page.open_sheet(editor)
    return editor


def write(editor: TemplateEditor, qtbot: QtBot, prompt: str, names: list[str]) -> list[PlaceholderCard]:
    """Write a prompt, and return the cards of its placeholders once they are there."""
    editor.form.prompt.setPlainText(prompt)
    qtbot.waitUntil(lambda: sorted(editor.form.cards) == sorted(names))
    return [editor.form.cards[name] for name in names]


def choose(card: PlaceholderCard, kind: PlaceholderType) -> None:
    card.kind.setCurrentIndex(card.kind.findData(kind))
    card.kind.activated.emit(card.kind.currentIndex())


@pytest.mark.parametrize("file", BUNDLED, ids=lambda file: file.stem)
def test_a_look_at_either_view_changes_nothing_and_a_title_only_itself(window: MainWindow, file) -> None:
    text = file.read_text(encoding="utf-8")
    editor = opened(window, text)
    assert editor.form.isVisible()
    assert not editor.field.isVisible()
    assert editor.form.description.cursorPosition() == 0
    for view in (TEXT, FORM, TEXT, FORM):
        editor.tabs.setCurrentIndex(view)
        assert editor.field.isVisible() == (view == TEXT)
        assert editor.text() == text
    QTest.keyClicks(editor.form.title, " 2")
    before, after = parse_template(text), parse_template(editor.text())
    assert editor.is_changed
    assert after.title == f"{before.title} 2"
    for name in ("description", "body", "system", "tags", "placeholders", "examples", "folder"):
        assert getattr(after, name) == getattr(before, name)
    for _key in range(2):
        QTest.keyClick(editor.form.title, Qt.Key.Key_Backspace)
    assert editor.text() == text, "it says the same again, and stands there as it was written"
    assert not editor.is_changed


def test_placeholders_have_a_card_each_as_the_prompt_changes(window: MainWindow, qtbot: QtBot) -> None:
    editor = opened(window, HEADED)
    (name,) = editor.form.cards.values()
    assert name.label.text() == "To"
    name, tone, count = write(
        editor, qtbot, "{{ name }} {% if tone %}{{ tone }}{% endif %} {{ n }}", ["name", "tone", "n"]
    )
    choose(tone, PlaceholderType.CHOICE)
    assert tone.choices.isVisible()
    tone.choices.setPlainText("Warm\n\nCool ")
    QTest.keyClicks(tone.default, "Warm")
    tone.optional.click()
    QTest.keyClicks(tone.help, "How it sounds.")
    assert not count.choices.isVisible()
    choose(count, PlaceholderType.NUMBER)
    QTest.keyClicks(count.default, "2.5")
    choose(name, PlaceholderType.LONG_TEXT)
    assert name.long_default.isVisible()
    assert not name.default.isVisible()
    name.long_default.setPlainText("Ann\nBo")
    made = (
        Placeholder(name="name", type=PlaceholderType.LONG_TEXT, label="To", default="Ann\nBo"),
        Placeholder(
            name="tone", type=PlaceholderType.CHOICE, choices=("Warm", "Cool"), default="Warm", optional=True,
            help="How it sounds.",
        ),
        Placeholder(name="n", type=PlaceholderType.NUMBER, default=2.5),
    )  # fmt: skip
    assert parse_template(editor.text()).placeholders == made
    write(editor, qtbot, "{{ name }}", ["name"])
    assert [each.name for each in parse_template(editor.text()).placeholders] == ["name"]
    editor.tabs.setCurrentIndex(TEXT)
    editor.tabs.setCurrentIndex(FORM)
    _name, tone = write(editor, qtbot, "{{ name }} {{ tone }}", ["name", "tone"])
    assert tone.choices.toPlainText() == "Warm\nCool"
    assert parse_template(editor.text()).placeholders == made[:2]


def test_what_the_form_cannot_show_is_shown_as_text(window: MainWindow) -> None:
    noted = HEADED.replace("[", "# for letters\n[", 1)
    editor = opened(window, noted)
    assert editor.tabs.currentIndex() == TEXT
    assert editor.field.isVisible()
    assert not editor.form.isVisible()
    editor.tabs.setCurrentIndex(FORM)
    assert editor.tabs.currentIndex() == TEXT
    assert "cannot show" in editor.outcome.label.text()
    assert editor.text() == noted
    editor.field.setPlainText(HEADED)
    editor.tabs.setCurrentIndex(FORM)
    assert editor.form.isVisible()
    assert editor.form.title.text() == "Letter"
    editor.follow(HEADED.replace("Letter", "Note"))
    assert editor.saved == HEADED.replace("Letter", "Note")


def test_the_form_follows_what_is_changed_elsewhere(window: MainWindow) -> None:
    editor = opened(window, HEADED)
    editor.follow(HEADED.replace("Letter", "Note"))
    assert editor.form.title.text() == "Note"
    assert not editor.is_changed
    editor.follow(HEADED.replace("[", "# for letters\n[", 1))
    assert editor.field.isVisible()
    assert not editor.is_changed


def test_a_mistake_is_told_at_its_field(window: MainWindow, qtbot: QtBot) -> None:
    editor = opened(window, HEADED)
    (card,) = editor.form.cards.values()
    choose(card, PlaceholderType.CHOICE)
    with qtbot.waitSignal(editor.save_requested) as asked:
        editor.save.click()
    line = asked.args[0].split("\n").index('label = "To"') + 1
    editor.show_mistake("The template has a mistake.", line, "It has no choices")
    assert card.mistake.text() == "It has no choices."
    assert card.mistake.isVisible()
    assert not editor.outcome.isVisible()
    assert window.focusWidget() is card.choices
    editor.show_good("It works.")
    assert not card.mistake.isVisible()
    editor.form.prompt.setPlainText("one\ntwo")
    line = editor.text().split("\n").index("two") + 1
    editor.show_mistake("The template has a mistake.", line, "It is wrong")
    assert editor.form.mistakes[PROMPT].isVisible()
    assert not editor.form.mistakes[TITLE].isVisible()
    assert "two" in [mark.cursor.block().text() for mark in editor.form.prompt.extraSelections()]
    editor.form.prompt.setPlainText("")
    editor.show_mistake("The template has a mistake.", line, "Nothing is below the line")
    assert editor.form.mistakes[PROMPT].text() == "There is no prompt yet."
    editor.show_mistake("The template takes too long.", 0)
    assert editor.outcome.label.text() == "The template takes too long."


def test_tags_in_the_prompt_are_highlighted(window: MainWindow) -> None:
    editor = opened(window, "🙂 {{ one }} and {% if two %}.{% endif %}")
    marked = [mark.cursor.selectedText() for mark in editor.form.prompt.extraSelections()]
    assert marked == ["{{ one }}", "{% if two %}", "{% endif %}"]


def test_tab_goes_through_the_form_in_the_order_in_which_it_is_read(window: MainWindow, qtbot: QtBot) -> None:
    editor = opened(window, HEADED)
    one, two = write(editor, qtbot, "{{ name }} {{ other }}", ["name", "other"])
    expected = [editor.tabs, editor.form.title, editor.form.description, editor.form.prompt]
    for card in (one, two):
        expected += [card.label, card.kind, card.default, card.help, card.optional]
    expected += [editor.cancel, editor.save]
    chain: list[QWidget] = []
    each: QWidget = editor.tabs
    for _step in range(len(stops(window)) * 20):
        if each in expected:
            chain.append(each)
        each = each.nextInFocusChain()
        if each is editor.tabs:
            break
    assert [expected.index(each) for each in chain] == list(range(len(expected)))
    called = [each.accessibleName() for each in expected[:-2]]
    assert all(called)
    assert len(set(called)) == len(called), called


def test_another_text_size_keeps_what_is_written_and_remembered(
    new_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = new_window(900, 900, 100)
    editor = opened(window, HEADED)
    (other,) = write(editor, qtbot, "{{ other }}", ["other"])
    QTest.keyClicks(other.label, "Another")
    text, former = editor.text(), editor.form
    window.set_theme(load_theme(Appearance.LIGHT, 150, system_dark=False))
    qtbot.waitUntil(lambda: editor.form is not former and editor.form.isVisible())
    assert editor.text() == text
    assert editor.is_changed
    name, other = write(editor, qtbot, "{{ name }} {{ other }}", ["name", "other"])
    assert (name.label.text(), other.label.text()) == ("To", "Another")
