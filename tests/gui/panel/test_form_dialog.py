"""The editor of a form of answers: examples, the check, and the place of an error."""

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.flaws import Flaw
from desktop_app.domain.gbnf import grammar_flaw
from desktop_app.domain.json_schema import schema_flaw
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.sampling.form_dialog import FormDialog, check_words
from desktop_app.gui.panel.sampling.form_examples import GRAMMARS, SCHEMAS
from desktop_app.services.engines.forms import FormCheck
from desktop_app.support.i18n import translator


@pytest.fixture
def dialog(host: QWidget, theme: Theme) -> FormDialog:
    made = FormDialog(theme, "grammar", "", host)
    made.open()
    return made


@pytest.mark.parametrize(("title", "text"), SCHEMAS)
def test_schemas_to_start_from_are_right(title: str, text: str) -> None:
    assert schema_flaw(text) is None


@pytest.mark.parametrize(("title", "text"), GRAMMARS)
def test_grammars_to_start_from_are_right(title: str, text: str) -> None:
    assert grammar_flaw(text) is None


def test_a_text_is_checked_after_a_pause_and_the_place_shown(dialog: FormDialog, qtbot: QtBot) -> None:
    text = 'root ::= "😀" (\n  "a" '
    with qtbot.waitSignal(dialog.check_requested) as asked:
        dialog.field.setPlainText(text)
    assert asked.args == [text]
    assert not dialog.accept_button.isEnabled()
    dialog.show_check(text, FormCheck(flaw=grammar_flaw(text)))
    assert dialog.status.text() == "Line 1, column 14: This bracket is not closed."
    assert not dialog.accept_button.isEnabled()
    (mark,) = dialog.field.extraSelections()
    assert mark.cursor.selectedText() == "("
    dialog.show_place.click()
    assert dialog.field.textCursor().selectedText() == "("
    QTest.keyClicks(dialog.field, '"b" (')
    dialog.show_check(text, FormCheck(is_complete=True))
    assert not dialog.accept_button.isEnabled(), "that was another text"


@pytest.mark.parametrize(
    ("check", "words", "usable"),
    [
        (FormCheck(is_complete=True), "The model can keep to this.", True),
        (FormCheck(), "No errors were found. The rest is checked once a model is loaded.", True),
        (FormCheck(flaw=Flaw(words="It is nested too deep.")), "It is nested too deep.", False),
        (
            FormCheck(flaw=Flaw(words="This is not JSON: {problem}.", params={"problem": "A colon is missing"})),
            "This is not JSON: A colon is missing.",
            False,
        ),
        (
            FormCheck(error=ErrorInfo(ErrorCode.SCHEMA_INVALID, detail="TypeError: 3")),
            "The JSON Schema cannot be used. TypeError: 3",
            False,
        ),
    ],
)
def test_what_came_of_a_check_is_said(dialog: FormDialog, check: FormCheck, words: str, usable: bool) -> None:
    dialog.field.setPlainText("x")
    dialog.show_check("x", check)
    assert dialog.status.text() == words
    assert dialog.accept_button.isEnabled() is usable
    assert dialog.field.extraSelections() == []


def test_a_flaw_at_the_very_end_is_marked(dialog: FormDialog) -> None:
    text = "root ::= *"
    dialog.field.setPlainText(text)
    dialog.show_check(text, FormCheck(flaw=Flaw(words="x", at=len(text), line=1, column=11)))
    assert dialog.field.extraSelections()[0].cursor.selectedText() == "*"


def test_an_example_takes_the_texts_place_and_undo_brings_it_back(dialog: FormDialog) -> None:
    QTest.keyClicks(dialog.field, "mine")
    dialog.examples.setCurrentIndex(2)
    dialog.examples.activated.emit(2)
    assert dialog.field.toPlainText() == GRAMMARS[1][1]
    assert dialog.examples.currentIndex() == 0
    dialog.field.undo()
    assert dialog.field.toPlainText() == "mine"


def test_empty_and_too_long_texts_are_not_asked_about(dialog: FormDialog, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(dialog.check_requested):
        dialog.check()
        assert "any text is allowed" in dialog.status.text()
        dialog.field.setPlainText("x" * 100_001)
        dialog.check()
    assert dialog.status.text().startswith("It has 100,001 characters")
    assert not dialog.accept_button.isEnabled()


def test_what_is_written_is_used_or_left_out(host: QWidget, theme: Theme, qtbot: QtBot) -> None:
    dialog = FormDialog(theme, "json_schema", "{}", host)
    dialog.open()
    dialog.show_check("{}", FormCheck(is_complete=True))
    with qtbot.waitSignal(dialog.accepted_text) as used:
        dialog.accept_button.click()
    assert used.args == ["{}"]
    dialog = FormDialog(theme, "json_schema", "{}", host)
    dialog.open()
    with qtbot.waitSignal(dialog.accepted_text) as left_out:
        dialog.remove_button.click()
    assert left_out.args == [""]


def test_what_is_no_json_is_said_in_the_language() -> None:
    check = FormCheck(flaw=Flaw(words="This is not JSON: {problem}.", params={"problem": "A colon is missing"}))
    translator.use("de")
    try:
        assert "Ein Doppelpunkt fehlt" in check_words(check)[0]
    finally:
        translator.use("en")
