"""The composer: keys, states, editing."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QInputMethodEvent, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.unsent import Edit
from desktop_app.gui.composer.composer import MOST_LINES, Composer
from desktop_app.gui.composer.question_field import QuestionField
from desktop_app.gui.look.lines import line_pitch
from desktop_app.gui.look.theme import Theme
from desktop_app.settings.schema import SendKey

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def composer(host: QWidget, theme: Theme) -> Composer:
    made = Composer(theme, host)
    made.resize(736, made.sizeHint().height())
    made.show()
    made.focus()
    return made


def test_a_cursor_that_blinks_has_nothing_drawn_but_the_field(composer: Composer, themed_app: None) -> None:
    composer.field.setPlainText("Tell me of the lighthouse.")
    QApplication.processEvents()
    before = composer.grab().toImage()
    composer.field.cover_ground()
    QApplication.processEvents()
    assert composer.grab().toImage() == before
    drawn: list[object] = []

    class Paints(QObject):
        def eventFilter(self, target: QObject, event: QEvent) -> bool:
            if event.type() is QEvent.Type.Paint:
                drawn.append(target)
            return False

    paints = Paints()
    for widget in (composer.parentWidget(), composer, composer.field, composer.field.viewport()):
        widget.installEventFilter(paints)
    composer.field.viewport().update(composer.field.cursorRect())  # as Qt does
    QApplication.processEvents()
    assert drawn == [composer.field.viewport()]


def test_the_text_has_the_whole_field_where_a_width_makes_it_higher_or_lower(host: QWidget, theme: Theme) -> None:
    field = QuestionField(theme, host)
    field.setPlainText("Tell me of the lighthouse, and of all who lived there.")
    field.resize(736, field.height())
    field.show()
    low = field.height()
    for width, is_higher in ((200, True), (736, False)):
        field.resize(width, field.height())
        assert (field.height() > low) is is_higher
        assert field.viewport().geometry() == field.contentsRect()


def test_enter_sends_and_shift_enter_starts_a_line(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.field, "one")
    QTest.keyClick(composer.field, Qt.Key.Key_Return, SHIFT)
    QTest.keyClicks(composer.field, "two")
    with qtbot.waitSignal(composer.send_requested) as sent:
        QTest.keyClick(composer.field, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert sent.args == ["one\ntwo"]
    assert composer.text() == "one\ntwo"  # whoever sends it empties the field


def test_with_the_other_setting_ctrl_enter_sends(composer: Composer, qtbot: QtBot) -> None:
    composer.set_send_key(SendKey.CTRL_ENTER)
    QTest.keyClicks(composer.field, "one")
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
    assert composer.text() == "one\n"
    with qtbot.waitSignal(composer.send_requested):
        QTest.keyClick(composer.field, Qt.Key.Key_Return, CTRL)
    assert "Ctrl+Enter" in composer.hint.text()


def test_enter_during_a_composition_does_not_send(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.field, "kan")
    QApplication.sendEvent(composer.field, QInputMethodEvent("かん", []))
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
    commit = QInputMethodEvent("", [])
    commit.setCommitString("漢")
    QApplication.sendEvent(composer.field, commit)
    with qtbot.waitSignal(composer.send_requested) as sent:
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
    assert sent.args == ["kan漢"]


def test_nothing_but_spaces_is_not_sent(composer: Composer, qtbot: QtBot) -> None:
    assert not composer.send.isEnabled()
    QTest.keyClicks(composer.field, "   ")
    assert not composer.send.isEnabled()
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.field, Qt.Key.Key_Return)


def test_send_becomes_stop_and_back_without_moving(composer: Composer, qtbot: QtBot) -> None:
    composer.set_text("next")
    idle = composer.send.geometry()
    assert composer.send.text() == "Send"
    composer.set_state("streaming")
    assert composer.send.text() == "Stop"
    assert composer.send.geometry() == idle
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
    with qtbot.waitSignal(composer.stop_requested):
        composer.send.click()
    with qtbot.waitSignal(composer.stop_requested):
        QTest.keyClick(composer.field, Qt.Key.Key_Escape)
    assert composer.text() == "next"
    composer.set_state("idle")
    assert composer.send.text() == "Send"
    assert composer.send.isEnabled()


def test_a_disabled_composer_says_why_and_keeps_what_is_typed(composer: Composer, qtbot: QtBot) -> None:
    composer.set_state("disabled", "Choose a model first")
    assert composer.hint.text() == "Choose a model first"
    QTest.keyClicks(composer.field, "draft")
    assert composer.text() == "draft"
    assert not composer.send.isEnabled()
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.field, Qt.Key.Key_Return)


def test_what_was_to_be_sent_is_sent_when_it_can_be(composer: Composer, qtbot: QtBot) -> None:
    composer.set_state("disabled")
    QTest.keyClicks(composer.field, "early")
    QTest.keyClick(composer.field, Qt.Key.Key_Return)
    with qtbot.waitSignal(composer.send_requested) as sent:
        composer.set_state("idle")
    assert sent.args == ["early"]

    composer.set_state("disabled")
    QTest.keyClick(composer.field, Qt.Key.Key_Return)
    QTest.keyClicks(composer.field, " and changed")
    with qtbot.assertNotEmitted(composer.send_requested, wait=50):
        composer.set_state("idle")


def test_typing_is_told(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(composer.text_changed) as told:
        QTest.keyClicks(composer.field, "h")
    assert told.args == ["h"]


def test_editing_keeps_the_draft(composer: Composer, qtbot: QtBot) -> None:
    composer.set_text("my draft")
    composer.set_editing("m1", "old question")
    assert [composer.editing_id] == ["m1"]
    assert composer.cancel.isVisible()
    assert "Editing a question" in composer.hint.text()
    with qtbot.waitSignal(composer.edit_submitted) as submitted:
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
    assert submitted.args == ["m1", "old question"]
    composer.cancel_editing()
    assert composer.text() == "my draft"
    assert not composer.cancel.isVisible()


def test_escape_gives_editing_up(composer: Composer, qtbot: QtBot) -> None:
    composer.set_editing("m1", "old question")
    with qtbot.waitSignal(composer.edit_cancelled) as cancelled:
        QTest.keyClick(composer.field, Qt.Key.Key_Escape)
    assert cancelled.args == [Edit(message_id="m1", text="old question")]
    assert composer.text() == ""


def test_the_field_grows_with_its_text_up_to_a_limit(composer: Composer) -> None:
    line = line_pitch(composer.theme, composer.field.font())
    one = composer.field.height()
    composer.set_text("a\nb\nc")
    assert composer.field.height() == one + 2 * line
    composer.set_text("\n".join("x" * 40))
    assert composer.field.height() == one + (MOST_LINES - 1) * line
    assert composer.field.verticalScrollBar().maximum() > 0
    composer.set_text("")
    assert composer.field.height() == one


def test_what_can_be_typed_is_said_on_one_line_in_a_narrow_field_too(composer: Composer) -> None:
    field = composer.field
    whole = field.placeholderText()
    assert whole == "Ask anything, or type / for a template"
    composer.resize(200, composer.sizeHint().height())
    QApplication.processEvents()
    assert field.placeholderText().endswith("…")
    assert field.fontMetrics().horizontalAdvance(field.placeholderText()) <= field.viewport().width()
    composer.resize(736, composer.sizeHint().height())
    QApplication.processEvents()
    assert field.placeholderText() == whole


def test_the_count_is_words(composer: Composer) -> None:
    composer.set_token_count(1)
    assert composer.tokens.text() == "1 token"
    composer.set_token_count(1800)
    assert composer.tokens.text() == "1,800 tokens"
    composer.set_token_count(None)
    assert composer.tokens.text() == ""


@pytest.mark.parametrize(("used", "count", "color"), [(500, 500, "muted"), (600, 500, "warn"), (0, 1100, "bad")])
def test_the_count_has_another_colour_where_the_context_is_too_small(
    composer: Composer, used: int, count: int, color: str
) -> None:
    composer.set_context(used, 1024)
    composer.set_token_count(count)
    shown = composer.tokens.palette().color(QPalette.ColorRole.WindowText)
    assert shown == composer.theme.colors.named(color)
    assert ("Shorten it." in composer.tokens.toolTip()) is (color == "bad")
    composer.set_token_count(None)
    assert composer.tokens.palette().color(QPalette.ColorRole.WindowText) == composer.theme.colors.muted


def test_the_template_of_a_question_is_shown_and_can_be_removed(composer: Composer, qtbot: QtBot) -> None:
    assert not composer.template.isVisible()
    composer.set_template("Code review", "1 example goes before the question.")
    assert composer.template.text() == "Template: Code review"
    assert composer.template.isVisible()
    assert composer.hint.isVisible()
    assert "1 example" in composer.template.toolTip()
    with qtbot.waitSignal(composer.template_removed):
        composer.template.click()
    composer.set_template("")
    assert not composer.template.isVisible()


def test_a_narrow_composer_cuts_the_template_and_leaves_the_hint_out(composer: Composer) -> None:
    composer.set_template("A title that is much too long for such a narrow window")
    composer.set_token_count(1234)
    composer.resize(380, composer.height())
    composer.layout().activate()
    assert not composer.hint.isVisible()
    assert composer.template.text().endswith("…")
    assert composer.template.geometry().right() < composer.tokens.geometry().left()
    assert composer.template.width() == composer.template.sizeHint().width()
    composer.set_template("")
    assert composer.hint.isVisible()


@pytest.mark.parametrize(
    ("width", "said"),
    [(736, "Enter sends, Shift+Enter starts a new line"), (380, "Enter sends"), (250, "")],
)
def test_the_keys_are_told_as_far_as_there_is_room(composer: Composer, width: int, said: str) -> None:
    composer.resize(width, composer.height())
    composer.set_text("What is a boat?")
    composer.set_token_count(1234)
    QApplication.processEvents()
    assert composer.hint.text() == said
    assert composer.hint.fontMetrics().horizontalAdvance(said) <= composer.hint.width()
    composer.set_state("disabled", "Choose a model first")
    assert composer.hint.text() == "Choose a model first"
    composer.set_state("idle")
    assert composer.hint.text() == said
    composer.resize(736, composer.height())
    assert composer.hint.text().endswith("new line")


@pytest.mark.parametrize("is_answer", [True, False])
@pytest.mark.parametrize("width", [900, 600, 560, 420])
def test_what_is_edited_is_told_as_far_as_there_is_room(composer: Composer, width: int, is_answer: bool) -> None:
    composer.resize(width, composer.height())
    composer.set_editing("m1", "What is a boat?", is_answer=is_answer)
    composer.set_token_count(12_345)
    composer.set_context(2000, 8192)
    QApplication.processEvents()
    assert composer.hint.text().startswith("Editing an answer" if is_answer else "Editing a question")
    assert composer.hint.fontMetrics().horizontalAdvance(composer.hint.text()) <= composer.hint.width()
    assert ("Sending it" in composer.hint.text()) == (width > 700)


def places(composer: Composer) -> list[QRect]:
    QApplication.processEvents()
    return [widget.geometry() for widget in (composer, composer.field, composer.send)]


@pytest.mark.parametrize("width", [736, 520, 400, 300])
def test_advice_takes_the_place_of_the_hint_and_moves_nothing(composer: Composer, width: int) -> None:
    composer.resize(width, composer.height())
    composer.set_text("write something")
    composer.set_token_count(2)
    usual, before = composer.hint.text(), places(composer)
    composer.set_advice("It helps to say who it is for.")
    assert composer.why.isVisible()
    assert places(composer) == before
    assert composer.sizeHint().height() == before[0].height()
    assert composer.field.hasFocus()
    row = [each for each in (composer.hint, composer.why, composer.tokens, composer.send) if each.isVisible()]
    for left, right in pairwise(row):
        assert left.geometry().right() < right.geometry().left()
    assert composer.why.width() >= composer.why.sizeHint().width()
    assert composer.hint.isVisible() == (width > 300)
    assert composer.hint.text() == composer.why.toolTip() == "It helps to say who it is for."
    composer.set_advice("")
    assert not composer.why.isVisible()
    assert composer.hint.isVisible()
    assert composer.tokens.isVisible()
    assert composer.hint.text() == usual
    assert places(composer) == before


def test_advice_never_keeps_from_sending_and_gives_way_to_what_matters_more(composer: Composer, qtbot: QtBot) -> None:
    composer.set_text("write something")
    composer.set_advice("It helps to say who it is for.")
    with qtbot.waitSignal(composer.advice_requested):
        composer.why.click()
    with qtbot.waitSignal(composer.send_requested):
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
    composer.set_state("disabled", "Choose a model first")
    assert composer.hint.text() == "Choose a model first"
    assert not composer.why.isVisible()
    composer.set_state("idle")
    assert composer.why.isVisible()
    composer.set_state("streaming")
    assert not composer.why.isVisible()


def test_a_quick_one_takes_one_question_and_escape_leaves_it(host: QWidget, theme: Theme, qtbot: QtBot) -> None:
    quick = Composer(theme, host, is_quick=True)
    quick.resize(500, quick.sizeHint().height())
    quick.show()
    quick.focus()
    assert not quick.attach.isVisible()
    quick.set_state("streaming")
    QTest.keyClicks(quick.field, "next")
    assert not quick.later.isVisible()
    with qtbot.assertNotEmitted(quick.queue_requested):
        QTest.keyClick(quick.field, Qt.Key.Key_Return)
    with qtbot.waitSignal(quick.escaped), qtbot.assertNotEmitted(quick.stop_requested):
        QTest.keyClick(quick.field, Qt.Key.Key_Escape)
    assert quick.text() == "next"


def test_a_quote_stands_behind_what_is_typed_and_can_be_undone(composer: Composer) -> None:
    composer.add_quote("One line.\n\nAnother.\n")
    assert composer.text() == "> One line.\n>\n> Another.\n\n"
    composer.set_text("Is this right? ")
    composer.add_quote("2 + 2 = 5")
    assert composer.text() == "Is this right? \n\n> 2 + 2 = 5\n\n"
    assert composer.field.textCursor().atEnd()
    composer.field.undo()
    assert composer.text() == "Is this right? "
