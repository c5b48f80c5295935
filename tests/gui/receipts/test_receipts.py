"""A receipt beside an answer, all of it in a dialog, and two answers side by side."""

from collections.abc import Callable, Iterator

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import TextPart, ThoughtPart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.word_diff import word_diff
from desktop_app.gui.chat.rows.footer import Footer
from desktop_app.gui.conversation.conversation import OpenConversation
from desktop_app.gui.conversation.message_views import BranchViews
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.receipts.block import ReceiptBlock
from desktop_app.gui.receipts.compare_candidates import Candidate, candidates_of
from desktop_app.gui.receipts.compare_page import ComparePage, MarkedText, whole_text
from desktop_app.gui.receipts.dialog import ReceiptDialog
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Appearance
from tests.gui.conftest import destroy

NewWindow = Callable[..., MainWindow]
RECEIPT = Receipt(
    model_name="Qwen3 8B",
    model_hash="quick:12ab",
    prompt_tokens=40,
    cached_tokens=30,
    completion_tokens=9,
    tokens_per_second=60.0,
    seed=7,
    prompt_hash="aa",
)
OLD, NEW = "The boat lies by the lake.", "The boat lies by the sea."


def message(name: str, text: str, parent: str | None = "q", role: Role = Role.ASSISTANT, **changes: object) -> Message:
    made = Message(
        id=name,
        chat_id="c",
        parent_id=parent,
        role=role,
        parts=(TextPart(text),) if text else (),
        status=MessageStatus.COMPLETE,
        created_at=0.0,
        receipt=RECEIPT if role is Role.ASSISTANT else None,
    )
    return msgspec.structs.replace(made, **changes)


def conversation() -> OpenConversation:
    """Two answers to a question, one of them with a second turn below it."""
    messages = (
        message("q", "Where is the boat?", None, Role.USER),
        message("a1", OLD),
        message("a2", NEW),
        message("q2", "And what\nis it called, by the way, if it has any name at all?", "a1", Role.USER),
        message("b", "Nobody knows.", "q2"),
        message("s", "Half", status=MessageStatus.STREAMING),
        message("e", ""),
    )
    return OpenConversation(
        Conversation(chat=Chat(id="c", created_at=0.0, updated_at=0.0, leaf_id="a1"), messages=messages)
    )


@pytest.fixture
def block(theme: Theme, host: QWidget) -> ReceiptBlock:
    made = ReceiptBlock(theme, host)
    made.resize(296, 400)
    made.show()
    return made


def test_a_block_shows_the_lines_and_says_them_aloud(block: ReceiptBlock) -> None:
    assert block.empty.isVisible()
    assert not block.again.isVisible()
    block.show_answer(message("a1", OLD))
    assert [row.line.name for row in block.rows] == ["Prompt", "First token after", "Speed", "Energy", "Seed"]
    assert block.rows[3].accessibleName() == "Energy: not measured"
    assert block.rows[3].toolTip() == block.rows[3].accessibleDescription() != ""
    assert not block.empty.isVisible()
    block.show_answer(message("old", OLD, receipt=None))
    assert block.rows == []
    assert block.empty.isVisible()


def test_each_button_tells_which_answer_is_meant(block: ReceiptBlock, qtbot: QtBot) -> None:
    block.show_answer(message("a1", OLD))
    block.show_result("First differs at token 6.", has_answer=True)
    for button, signal in (
        (block.details, block.details_requested),
        (block.copy, block.copy_requested),
        (block.again, block.again_requested),
        (block.compare, block.compare_requested),
        (block.keep, block.keep_requested),
    ):
        with qtbot.waitSignal(signal) as told:
            QTest.keyClick(button, Qt.Key.Key_Space)
        assert told.args == ["a1"]


def test_the_keyboard_goes_back_from_what_ends_a_run(block: ReceiptBlock, qtbot: QtBot) -> None:
    block.window().activateWindow()
    qtbot.waitActive(block.window())
    block.show_answer(message("a1", OLD))
    for button, has_answer in ((block.stop, False), (block.keep, True)):
        block.show_running("Running again…")
        if has_answer:
            block.show_result("Another text.", has_answer=True)
        button.setFocus(Qt.FocusReason.TabFocusReason)
        block.show_result("Done.")
        assert block.again.has_ring


def test_while_it_runs_again_it_can_only_be_stopped(block: ReceiptBlock, qtbot: QtBot) -> None:
    block.show_answer(message("a1", OLD))
    block.again.setFocus(Qt.FocusReason.TabFocusReason)
    block.show_running("Running again…")
    assert block.again.hasFocus()
    assert block.again.waits
    assert not block.keep.isVisible()
    with qtbot.waitSignal(block.cancel_requested) as told:
        block.stop.click()
    assert told.args == ["a1"]
    block.show_result("The same text, token for token.")
    assert not block.again.waits
    assert not block.stop.isVisible()
    assert not block.compare.isVisible()
    assert block.result.text() == "The same text, token for token."


def test_the_values_of_all_cards_begin_at_one_line(window: MainWindow, qtbot: QtBot) -> None:
    dialog = ReceiptDialog(window.theme, message("a1", OLD), window)
    dialog.show()
    qtbot.waitExposed(dialog)
    assert len(dialog.facts) > 2

    def begins() -> set[int]:
        lefts = {facts: {label.mapTo(dialog, QPoint()).x() for label in facts.findChildren(Label)} for facts in cards}
        assert all(len(found) == 2 for found in lefts.values()), "names and values"
        return {max(found) for found in lefts.values()}

    cards = list(dialog.facts.values())
    qtbot.waitUntil(lambda: len(begins()) == 1)
    destroy(dialog)


@pytest.mark.parametrize("size", [(1360, 860), (900, 640), (420, 440)])
def test_the_dialog_has_all_of_it_and_fits_the_window(new_window: NewWindow, size: tuple[int, int]) -> None:
    window = new_window(*size)
    dialog = ReceiptDialog(window.theme, message("a1", OLD), window)
    dialog.open()
    assert dialog.width() <= size[0]
    assert dialog.height() <= size[1]
    assert dialog.facts["Model"].value("Quick fingerprint") == "12ab"
    assert dialog.facts["Tokens"].value("Read") == "10 tokens"
    assert not dialog.block.details.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    destroy(dialog)


# Which answers can be compared


def test_those_to_the_same_question_come_first() -> None:
    offered = candidates_of(conversation(), "a2")
    assert [candidate.key for candidate in offered] == ["a1", "a2", "b"]
    assert offered[0].title == "Answer 1 of 4"
    assert offered[2].title == "Answer 1 of 1 to “And what is it called, by the way, if it has an…”"


def test_a_thought_is_compared_as_well() -> None:
    answer = message("a", "", parts=(ThoughtPart("Hm."), TextPart("Yes.")))
    assert whole_text(answer) == "Hm.\n\nYes."


# The page


@pytest.fixture
def page(window: MainWindow) -> Iterator[ComparePage]:
    window.show_page("compare")
    page = window.compare_page
    other = msgspec.structs.replace(RECEIPT, seed=8, sampling=Sampling(temperature=0.2))
    offered = [
        Candidate("a1", "Answer 1 of 2", message("a1", OLD)),
        Candidate("a2", "Answer 2 of 2", message("a2", NEW, receipt=other)),
        Candidate("b", "Another", message("b", "Nobody knows.", receipt=None)),
    ]
    page.show_pair(offered, "a1", "a2")
    return page


def marks(text: MarkedText) -> list[tuple[str, bool, bool]]:
    """Return the words of `text` that are marked, with whether they are struck out and underlined."""
    found = []
    cursor = QTextCursor(text.document())
    while not cursor.atEnd():
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter, QTextCursor.MoveMode.KeepAnchor)
        style = cursor.charFormat()
        if style.fontStrikeOut() or style.fontUnderline():
            found.append((cursor.selectedText(), style.fontStrikeOut(), style.fontUnderline()))
        cursor.setPosition(cursor.position())
    words = "".join(sign for sign, _struck, _under in found)
    return [(words, found[0][1], found[0][2])] if found else []


def test_words_that_differ_are_marked_by_more_than_colour(page: ComparePage) -> None:
    assert page.summary.text() == "Comparing…"
    assert not page.copy.isEnabled()
    assert page.left.text.toPlainText() == OLD
    page.show_diff("a1", "a2", word_diff(OLD, NEW))
    assert marks(page.left.text) == [("lake", True, False)]
    assert marks(page.right.text) == [("sea", False, True)]
    assert page.left.text.toPlainText() == OLD
    assert page.right.text.toPlainText() == NEW
    assert "1 word that only the first has" in page.summary.text()


def test_the_settings_that_differ_stand_below(page: ComparePage) -> None:
    assert [cell.text() for cell in page.table.cells[3:]] == ["Seed", "7", "8", "Temperature", "0.8", "0.2"]
    page.show_pair(list(page.candidates.values()), "a1", "a1")
    assert [cell.text() for cell in page.table.cells] == ["Both were made alike, at the same cost."]
    page.show_diff("a1", "a1", word_diff(OLD, OLD))
    assert page.summary.text() == "Both say the same."
    page.show_pair(list(page.candidates.values()), "a1", "b")
    assert len(page.table.cells) == 1


def test_another_answer_is_chosen(page: ComparePage, qtbot: QtBot) -> None:
    page.right.choice.setFocus()
    with qtbot.waitSignal(page.pair_chosen) as told:
        page.right.choice.setCurrentIndex(2)
        page.right.choice.activated.emit(2)
    assert told.args == ["a1", "b"]
    page.show_diff("a1", "a2", word_diff(OLD, NEW))
    assert page.right.text.toPlainText() == "Nobody knows.", "late news of another pair"


def test_what_is_copied_shows_the_marks_in_text(page: ComparePage) -> None:
    page.show_diff("a1", "a2", word_diff(OLD, NEW))
    page.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert "by the[- lake-]." in copied
    assert "by the{+ sea+}." in copied
    assert "Temperature: 0.8 | 0.2" in copied


def test_a_new_answer_can_be_kept_once(page: ComparePage, qtbot: QtBot) -> None:
    assert not page.keep.isVisible()
    page.show_pair(list(page.candidates.values()), "a1", "a2", "a1")
    assert page.keep.isVisible()
    with qtbot.waitSignal(page.keep_requested) as told:
        page.keep.click()
    assert told.args == ["a1"]
    page.kept()
    assert not page.keep.isVisible()


def test_where_it_is_narrow_the_second_stands_below(new_window: NewWindow, qtbot: QtBot) -> None:
    window = new_window(1200, 700)
    window.show_page("compare")
    page = window.compare_page
    page.show_pair([Candidate("a", "A", message("a", OLD)), Candidate("b", "B", message("b", NEW))], "a", "b")
    qtbot.waitUntil(lambda: page.right.x() > page.left.x())
    window.resize(740, 640)
    qtbot.waitUntil(lambda: page.right.y() > page.left.y())
    assert page._sides is not None
    assert page._sides.direction() is QBoxLayout.Direction.TopToBottom
    assert page.body is not None
    assert page.body.width() <= page.viewport().width()


def test_escape_and_the_arrow_lead_back_and_colours_follow_the_theme(
    window: MainWindow, page: ComparePage, qtbot
) -> None:
    page.show_diff("a1", "a2", word_diff(OLD, NEW))
    dark = load_theme(Appearance.DARK, 100, system_dark=False)
    window.set_theme(dark)
    cursor = QTextCursor(page.right.text.document())
    cursor.setPosition(NEW.index("sea") + 1)
    assert cursor.charFormat().foreground().color() == dark.colors.good
    with qtbot.waitSignal(page.closed):
        page.back.click()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.page == "chat"


# The button below an answer


def test_an_answer_with_a_receipt_has_a_button_for_more(window: MainWindow, qtbot: QtBot) -> None:
    view = window.chat_view()
    view.show_messages(BranchViews(conversation()), chat_id="c")
    qtbot.waitUntil(lambda: len([f for f in view.viewport().findChildren(Footer) if f.isVisible()]) == 2)
    footers = {f.entry.id: f for f in view.viewport().findChildren(Footer) if f.isVisible() and f.entry is not None}
    assert not footers["q"]._more.isHidden(), "a question has branches too"
    with qtbot.waitSignal(view.more_requested) as told:
        footers["a1"]._more.click()
    assert told.args[0] == "a1"
    assert footers["a1"]._more in footers["a1"].chain()
