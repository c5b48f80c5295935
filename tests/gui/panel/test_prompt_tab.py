"""The Prompt tab, the dialog with the whole prompt, and the text that shows tokens."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.received import Received, Token, parts_of_prompt, read_tokens
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.panel import PROMPT
from desktop_app.gui.panel.prompt.received_dialog import ReceivedDialog, count_words, notes
from desktop_app.gui.panel.prompt.tab import PromptTab
from desktop_app.gui.panel.prompt.token_text import TokenText
from desktop_app.gui.window.main_window import MainWindow


@pytest.fixture
def tab(host: QWidget, theme: Theme) -> PromptTab:
    made = PromptTab(theme, host)
    made.resize(311, 700)
    made.show()
    return made


@pytest.fixture
def text(host: QWidget, theme: Theme) -> TokenText:
    made = TokenText(theme, "Prompt", host)
    made.resize(400, 300)
    made.show()
    return made


def some(*pieces: str) -> Received:
    """Return a prompt of `pieces`, of which those in angle brackets are control tokens."""
    controls = [piece.startswith("<") for piece in pieces]
    shown, tokens = read_tokens(range(len(pieces)), [piece.encode() for piece in pieces], controls)
    return Received(text=shown, parts=parts_of_prompt(shown, ()), tokens=tokens, context_size=8192)


def test_the_tab_is_made_when_it_is_first_shown(window: MainWindow) -> None:
    assert window.panel.findChild(PromptTab) is None
    window.panel.show_tab(PROMPT)
    assert window.panel.findChild(PromptTab) is window.panel.prompt_tab
    assert window.panel.prompt_tab.isVisible()


def test_what_is_typed_is_told_when_it_settles(tab: PromptTab, qtbot: QtBot) -> None:
    tab.show_prompt("Be terse.", "Be terse.", begins=True)
    tab.prompt.setFocus()
    tab.prompt.selectAll()
    with qtbot.waitSignal(tab.prompt_edited) as edited:
        QTest.keyClicks(tab.prompt, "Be kind.")
    assert edited.args == ["Be kind."]


def test_what_is_typed_settles_at_once_where_the_field_is_left(tab: PromptTab) -> None:
    told: list[str] = []
    tab.prompt_edited.connect(told.append)
    tab.show_prompt("Be terse.", "Be terse.", begins=True)
    tab.prompt.setFocus()
    tab.prompt.selectAll()
    QTest.keyClicks(tab.prompt, "Be kind.")
    assert told == []
    tab.setFocus()
    assert told == ["Be kind."]


def test_the_way_back_is_offered_where_it_leads_somewhere(tab: PromptTab, qtbot: QtBot) -> None:
    tab.show_prompt("Be terse.", "Be terse.", begins=True)
    assert not tab.reset.isVisible()
    before = tab.received.y()
    tab.prompt.setFocus()
    QTest.keyClicks(tab.prompt, "x")
    assert tab.reset.isVisible()
    QTest.qWait(0)
    assert tab.received.y() == before  # nothing jumps
    with qtbot.waitSignal(tab.reset_requested):
        tab.reset.click()


def test_it_says_from_when_a_change_counts_and_how_long_it_is(tab: PromptTab) -> None:
    tab.show_prompt("a", "a", begins=True)
    assert "from your first question on" in tab.when.text()
    tab.show_prompt("a", "a", begins=False, persona="Patient teacher")
    assert "from the next answer on" in tab.when.text()
    assert "Patient teacher" in tab.origin.text()
    tab.set_count(1)
    assert tab.count.text() == "1 token"
    tab.set_count(1200)
    assert tab.count.text() == "1,200 tokens"
    tab.set_count(None)
    assert tab.count.text() == ""


def test_what_is_being_typed_is_settled_before_the_prompt_is_shown(tab: PromptTab, qtbot: QtBot) -> None:
    order: list[str] = []
    tab.prompt_edited.connect(lambda _text: order.append("edited"))
    tab.received_requested.connect(lambda: order.append("received"))
    tab.prompt.setPlainText("New")
    tab.received.click()
    assert order == ["edited", "received"]


def test_control_tokens_stand_on_chips_and_all_tokens_when_wished(text: TokenText) -> None:
    received = some("<|start|>", "user", "\n", "Hello", " you", "<|end|>")
    assert received.tokens is not None
    text.show_tokens(received.text, received.tokens)
    assert [token.id for token, _area in text.marks()] == [0, 5]
    text.show_all(True)
    assert [token.id for token, _area in text.marks()] == [0, 1, 3, 4, 5]  # a line break has no ground
    areas = [area for _token, area in text.marks()]
    assert areas[0].right() == areas[1].left()
    assert areas[2].top() > areas[0].top()
    assert text.token_at(0) == received.tokens[0]
    assert text.token_at(received.text.index("you")).id == 4
    assert text.token_at(10_000) is None


def test_places_hold_behind_wide_characters_and_signs_that_qt_takes_out(text: TokenText) -> None:
    received = some("💡💡", "\r\n", "\0", "a\u2029b", "<|end|>")
    assert received.tokens is not None
    text.show_tokens(received.text, received.tokens)
    shown = text.toPlainText()
    (mark,) = [token for token, _area in text.marks()]
    assert shown[mark.start - 2 : mark.end - 2] == "<|end|>"  # Qt counts each lamp twice
    assert len(shown) == len(received.text)


def test_only_what_can_be_seen_is_marked(text: TokenText) -> None:
    received = some(*(piece for number in range(4000) for piece in ("<|start|>", f"line {number}\n")))
    assert received.tokens is not None
    text.show_tokens(received.text, received.tokens)
    assert 5 < len(text.marks()) < 60
    text.verticalScrollBar().setValue(text.verticalScrollBar().maximum())
    marks = text.marks()
    assert len(marks) < 60
    assert marks[-1][0].id == 7998


def test_a_token_on_two_lines_has_two_marks(text: TokenText) -> None:
    token = Token(0, 0, 200, True)
    text.show_tokens("x" * 200, [token])
    assert len(text.marks()) > 1
    assert {marked for marked, _area in text.marks()} == {token}


def test_the_dialog_counts_explains_and_copies(theme: Theme, host: QWidget, qtbot: QtBot) -> None:
    dialog = ReceivedDialog(theme, host)
    dialog.open()
    assert not dialog.copy_button.isEnabled()
    dialog.show_received(some("<|start|>", "user\n", "Hello\r\n"))
    assert dialog.counts.text() == "3 of 8,192 tokens · Chat template 3"
    assert "Control tokens are marked" in dialog.notes.text()
    dialog.every_token.click()
    assert len(dialog.text.marks()) == 3
    dialog.copy_button.click()
    assert QGuiApplication.clipboard().text() == "<|start|>user\nHello\r\n"
    with qtbot.waitSignal(dialog.destroyed):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_the_dialog_says_what_is_missing(theme: Theme, host: QWidget, qtbot: QtBot) -> None:
    dialog = ReceivedDialog(theme, host)
    dialog.open()
    dialog.show_received(Received(text="Hello", parts=parts_of_prompt("Hello", (("user", "Hello"),))))
    assert dialog.counts.text() == "5 characters · Questions 5"
    assert "Load the model to see its tokens" in dialog.notes.text()
    assert not dialog.every_token.isVisible()
    dialog.show_trouble("The chat template is wrong.")
    assert dialog.counts.text() == "The chat template is wrong."
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close_button.click()


def test_words_for_what_does_not_fit() -> None:
    received = Received(text="a", parts=(), tokens=(), dropped=2, summary="They met.", too_long=True)
    assert notes(received) == [
        "The oldest 2 turns are left out, because they do not fit.",
        "A summary stands for what is left out.",
        "It is too long: the next answer would not begin with it like this.",
    ]
    assert "no system prompt" in count_words(Received(text="", parts=(), tokens=()))


def test_marks_of_two_lines_do_not_touch(text: TokenText) -> None:
    received = some("<|im_start|>", "user\n", "<|im_end|>", "\n", "<|im_start|>")
    text.show_tokens(received.text, received.tokens or ())
    tops = [(area.top(), area.bottom()) for _token, area in text.marks()]
    assert len(tops) == 3
    assert tops[1][0] - tops[0][1] >= 2
