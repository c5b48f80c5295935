"""What is said of a vague question: every lack in words, a template for every task, and the dialog."""

from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.prompt_hint import Lack, PromptHint, prompt_hint
from desktop_app.domain.prompt_templates import parse_template
from desktop_app.domain.prompt_words import Task
from desktop_app.gui.composer.advice_dialog import AdviceDialog
from desktop_app.gui.composer.advice_words import advice_line, lack_words, template_title
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Label
from desktop_app.support.paths import resources
from tests.unit.domain.test_prompt_hint import VAGUE

HINT = PromptHint((Lack.SUBJECT, Lack.CONTEXT, Lack.FORM), Task.WRITE)


@pytest.fixture
def dialog(host: QWidget, theme: Theme, qtbot: QtBot) -> AdviceDialog:
    made = AdviceDialog(theme, HINT, host)
    made.open()
    qtbot.waitExposed(made)
    return made


def test_whatever_a_question_lacks_has_words() -> None:
    lacking = {lacks for _question, lacks, _task in VAGUE}
    lacking |= {(lack,) for lack in Lack}
    others = [lack for lack in Lack if lack is not Lack.MATERIAL]
    lacking |= {found for count in (1, 2, 3) for found in combinations(others, count)}
    lines = {advice_line(PromptHint(lacks, Task.OTHER)) for lacks in lacking}
    assert len(lines) == len(lacking)
    assert all(len(line) <= 80 for line in lines)
    assert len({words for lack in Lack for words in lack_words(lack)}) == 2 * len(Lack)


def test_every_task_has_a_template_that_comes_with_the_app() -> None:
    files = Path(resources() / "templates").glob("*/*.md")
    titles = {parse_template(file.read_text(encoding="utf-8")).title for file in files}
    hints = [PromptHint(lacks, task) for task in Task for lacks in ((Lack.MATERIAL,), (Lack.SUBJECT,))]
    assert {template_title(hint) for hint in hints} <= titles


def test_the_dialog_says_what_is_open_and_offers_a_template(dialog: AdviceDialog, qtbot: QtBot) -> None:
    words = [label.text() for label in dialog.findChildren(Label)]
    assert [text for lack in HINT.lacks for text in lack_words(lack)] == words[1:7]
    for label in dialog.findChildren(Label):
        assert label.height() >= label.heightForWidth(label.width())
    assert dialog.use.hasFocus() or dialog.use.isDefault()
    with qtbot.waitSignal(dialog.template_requested) as requested:
        dialog.use.click()
    assert requested.args == ["Draft from notes"]


def test_the_dialog_switches_hints_off(dialog: AdviceDialog, qtbot: QtBot) -> None:
    with qtbot.waitSignals([dialog.no_more_requested, dialog.finished]):
        dialog.no_more.click()


def test_a_hint_that_is_found_can_be_said() -> None:
    for question, _lacks, _task in VAGUE:
        hint = prompt_hint(question)
        assert hint is not None
        assert advice_line(hint)
