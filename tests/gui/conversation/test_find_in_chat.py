"""Finding words in the open chat: by typing, in long chats, over the ends of rows, in folds and while an answer grows."""

from collections.abc import Callable, Iterator, Sequence
from time import thread_time
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTextEdit
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import Part, TextPart, ThoughtPart
from desktop_app.gui.chat.bars.reading_bar import ReadingBar
from desktop_app.gui.chat.documents.folding import LONG
from desktop_app.gui.chat.entries import PIECE
from desktop_app.gui.chat.marks.finding import Searched
from desktop_app.gui.chat.view import ChatView, MessageView
from desktop_app.gui.conversation.find_controller import FindController
from desktop_app.gui.window.main_window import MainWindow

Finder = tuple[MainWindow, FindController]


def message(name: str, *parts: Part, user: bool = False, status: MessageStatus = MessageStatus.COMPLETE) -> MessageView:
    role = Role.USER if user else Role.ASSISTANT
    made = Message(id=name, chat_id="c", parent_id=None, role=role, status=status, parts=parts, created_at=0.0)
    return MessageView(message=made, sibling_index=0, sibling_count=1, failure=None)


def texts(*sources: str) -> list[MessageView]:
    return [message(f"m{number}", TextPart(text), user=number % 2 == 0) for number, text in enumerate(sources)]


@pytest.fixture
def finder(window: MainWindow) -> Finder:
    return window, FindController(window)


def show(finder: Finder, views: Sequence[MessageView]) -> ChatView:
    view = finder[0].chat_view()
    view.show_messages(views, chat_id="c")
    return view


def find(qtbot: QtBot, finder: Finder, typed: str) -> str:
    """Press Ctrl+F, type, each letter once the last one is looked for, and return what the bar says in the end.

    What the first letters find is gone to, which a busy computer does not come to where the next ones follow at once.
    """
    window, controller = finder
    window.activateWindow()
    qtbot.waitUntil(lambda: window.isActiveWindow() and not window.chat_view().is_filling)
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: controller.is_open)
    qtbot.waitUntil(controller.bar.field.hasFocus)
    for sign in typed:
        controller.bar.field.insert(sign)  # as an input method does: QTest has no keys for most letters
        settled(qtbot, controller)
    return settled(qtbot, controller)


def settled(qtbot: QtBot, controller: FindController) -> str:
    qtbot.waitUntil(lambda: not controller._steps.isActive())
    return controller.bar.count.text()


def marked(view: ChatView) -> list[str]:
    """Return the words that are marked in the rows that can be seen; the current one with a star."""
    found = []
    for row in view.realised_texts():
        for selection in row.extraSelections():
            words = selection.cursor.selectedText().replace("\u2029", "/")
            is_current = selection.format.background().color() == view.theme.colors.accent
            found.append(f"*{words}" if is_current else words)
    return found


def is_in_sight(view: ChatView) -> bool:
    """Return whether the current place can be seen, below the bar."""
    for row in view.realised_texts():
        for selection in row.extraSelections():
            if selection.format.background().color() == view.theme.colors.accent:
                place = row.mapTo(view, row.cursorRect(selection.cursor).topLeft())
                return 44 < place.y() < view.viewport().height()
    return False


def test_all_places_are_counted_and_marked_and_enter_goes_round(qtbot: QtBot, finder: Finder) -> None:
    view = show(finder, texts("Where is WATER?", "The **water** is in the Wäter.", "Thanks", "No more wa**ter**"))
    field = finder[1].bar.field
    assert find(qtbot, finder, "water") == "1 of 4"
    assert marked(view) == ["*WATER", "water", "Wäter", "water"]
    counts = []
    for _ in range(4):
        QTest.keyClick(field, Qt.Key.Key_Return)
        counts.append(finder[1].bar.count.text())
    assert counts == ["2 of 4", "3 of 4", "4 of 4", "1 of 4"]
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert marked(view) == ["WATER", "water", "Wäter", "*water"]
    QTest.keyClick(finder[0], Qt.Key.Key_F3)
    assert finder[1].bar.count.text() == "1 of 4"
    QTest.keyClick(finder[0], Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert finder[1].bar.count.text() == "4 of 4"


class Counted(list[Searched]):
    """Counts the messages that are looked at."""

    looked_at = 0

    def __iter__(self) -> Iterator[Searched]:
        self.looked_at += len(self)
        return super().__iter__()

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        self.looked_at += len(found) if isinstance(place, slice) else 1
        return found


def test_the_next_place_is_found_without_going_through_all_messages(qtbot: QtBot, finder: Finder) -> None:
    view = show(finder, texts(*(f"{'water' if number % 3 == 0 else 'wine'} {number}" for number in range(600))))
    assert find(qtbot, finder, "water") == "197 of 200"  # the chat is shown from its end
    sections = finder[1].finding.sections = Counted(finder[1].finding.sections)
    QTest.keyClick(finder[1].bar.field, Qt.Key.Key_Return)
    assert finder[1].bar.count.text() == "198 of 200"
    assert "*water" in marked(view)
    assert sections.looked_at < 30


def places(view: ChatView) -> list[tuple[str, int]]:
    """Return what can be seen, and where."""
    return [(row.toPlainText(), row.mapTo(view, QPoint(0, 0)).y()) for row in view.realised_texts()]


def test_escape_closes_and_keeps_the_place(qtbot: QtBot, finder: Finder) -> None:
    view = show(finder, texts(*(f"message {number} " + "and more words " * 40 for number in range(60))))
    assert find(qtbot, finder, "message 20") == "1 of 1"
    assert is_in_sight(view)
    before = places(view)
    QTest.keyClick(finder[1].bar.field, Qt.Key.Key_Escape)
    assert not finder[1].is_open
    assert marked(view) == []
    assert set(before) <= set(places(view))
    assert view.hasFocus()


def below_the_bar(view: ChatView, controller: FindController) -> bool:
    """Whether the first row that can be seen is nowhere behind the bar."""
    row = view.realised_texts()[0]
    return row.mapTo(view, QPoint(0, 0)).y() > controller.bar.geometry().bottom()


@pytest.mark.parametrize("count", [1, 60])
def test_a_place_in_the_very_first_line_is_not_hidden_by_the_bar(qtbot: QtBot, finder: Finder, count: int) -> None:
    view = show(finder, texts("Where is the water?", *["more words " * 40] * count))
    bar = view.verticalScrollBar()
    bar.setValue(0)
    assert find(qtbot, finder, "water") == "1 of 1"
    assert is_in_sight(view)
    assert below_the_bar(view, finder[1])
    QTest.keyClick(finder[1].bar.field, Qt.Key.Key_Escape)
    assert places(view)[0][0] == "Where is the water?"


def test_nothing_moves_when_the_bar_comes_over_a_long_chat(qtbot: QtBot, finder: Finder) -> None:
    view = show(finder, texts(*(f"{number} " + "more words " * 40 for number in range(60))))
    bar = view.verticalScrollBar()
    for value in (0, bar.maximum() // 2, bar.maximum()):
        bar.setValue(value)
        before = places(view)
        assert find(qtbot, finder, "") == ""
        assert set(places(view)) <= set(before)
        assert not any(
            row.mapTo(view, row.rect().bottomLeft()).y() < view.viewport().y() for row in view.realised_texts()
        )
        finder[1].close()
        assert places(view) == before


@pytest.mark.parametrize("width", [420, 1360])
def test_no_message_lies_behind_the_bar(qtbot: QtBot, new_window: Callable[..., MainWindow], width: int) -> None:
    window = new_window(width, 640)
    finder = window, FindController(window)
    view = show(finder, texts(*(f"Short {number}?" for number in range(40))))
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    find(qtbot, finder, "")
    assert view.viewport().y() > finder[1].bar.geometry().bottom()
    reading = ReadingBar(window.theme, view)
    reading.room_wanted.connect(view.keep_room_above)
    reading.come_up()
    assert view.viewport().y() > max(bar.geometry().bottom() for bar in (reading, finder[1].bar))
    finder[1].close()
    reading.hide()
    assert view.viewport().y() == 0


def test_the_first_place_is_the_one_at_or_below_what_is_seen(qtbot: QtBot, finder: Finder) -> None:
    view = show(finder, texts(*(f"water {number} " + "and more words " * 40 for number in range(60))))
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    number = int(find(qtbot, finder, "water").split()[0])
    assert 20 < number < 40


def test_none_is_said(qtbot: QtBot, finder: Finder) -> None:
    show(finder, texts("Hello", "There"))
    assert find(qtbot, finder, "water") == "None"
    assert not finder[1].bar.next.isEnabled()
    finder[1].bar.field.clear()
    assert settled(qtbot, finder[1]) == ""


@pytest.mark.parametrize("typed", ["strasse fuhrt", "ﬁne", "中文", "two three", "naïve"])
def test_words_are_found_as_people_type_them(qtbot: QtBot, finder: Finder, typed: str) -> None:
    view = show(finder, texts("x", "Die Straße *führt* dort\n\nfine 中文字 two  \nthree nai\u0308ve 👍 end"))
    assert find(qtbot, finder, typed) == "1 of 1"
    assert marked(view) != []


def test_words_over_the_end_of_a_row(qtbot: QtBot, finder: Finder) -> None:
    first = "\n\n".join(["word " * (PIECE // 20)] * 5) + "lighthouse"
    view = show(finder, texts("x", f"{first}\n\nkeeper " + "more " * 300))
    assert sum(row.section is view.entries[1] for row in view.rows) == 2
    assert find(qtbot, finder, "lighthouse keeper") == "1 of 1"
    assert marked(view) == ["*lighthouse", "*keeper"]
    assert is_in_sight(view)


def test_a_place_in_a_folded_thought_opens_it(qtbot: QtBot, finder: Finder) -> None:
    answer = message("a", ThoughtPart("I ponder the water", 2.0), TextPart("Yes"))
    view = show(finder, [*texts("Hm"), answer])
    assert find(qtbot, finder, "ponder") == "1 of 1"
    thought = view.entries[1].thought
    assert thought is not None
    assert thought.opened
    assert marked(view) == ["*ponder"]


def test_a_place_in_folded_code_opens_it(qtbot: QtBot, finder: Finder) -> None:
    lines = [f"print({number})" for number in range(LONG + 20)]
    code = "\n".join([*lines, "water = 1", "end"])
    view = show(finder, texts("Hm", f"```python\nshort = 1\n```\n\nThen\n\n```python\n{code}\n```\n\nand water"))
    row = view.entries[1].rows[0]
    assert "water = 1" not in view.document(row).document.toPlainText()
    assert find(qtbot, finder, "water =") == "1 of 1"
    qtbot.waitUntil(lambda: marked(view) == ["*water ="])
    assert is_in_sight(view)
    assert "water = 1" in view.document(row).document.toPlainText()


def test_an_answer_that_is_written_is_found_as_it_grows(qtbot: QtBot, finder: Finder) -> None:
    view = show(finder, [*texts("Tell me"), message("a", status=MessageStatus.STREAMING)])
    assert find(qtbot, finder, "water") == "None"
    for number in range(3):
        view.add_text("a", f"Some water{number}. ")
        qtbot.waitUntil(lambda number=number: finder[1].bar.count.text() == f"1 of {number + 1}")
    assert marked(view)[0] == "*water"
    QTest.keyClick(finder[1].bar.field, Qt.Key.Key_Return)
    view.finish(message("a", TextPart("Some water0. Some water1. Some water2. The end of water.")))
    qtbot.waitUntil(lambda: finder[1].bar.count.text() == "2 of 4")


def test_another_branch_is_looked_through_when_it_is_shown(qtbot: QtBot, finder: Finder) -> None:
    show(finder, texts("water", "here"))
    assert find(qtbot, finder, "water") == "1 of 1"
    show(finder, texts("water", "other water"))
    qtbot.waitUntil(lambda: finder[1].bar.count.text() == "1 of 2")


def test_ten_thousand_messages_without_their_rows(qtbot: QtBot, finder: Finder) -> None:
    many = texts(*(f"Message number {number} about water. " + "And some more words. " * 60 for number in range(10_000)))
    view = show(finder, many)
    rows = view.realised
    spent = thread_time()
    text = find(qtbot, finder, "number 77 ")
    print(f"10,000 messages looked through in {1000 * (thread_time() - spent):.0f} ms of thread time")
    assert text == "1 of 1"
    assert marked(view) == ["*number 77"]
    assert is_in_sight(view)
    assert view.realised < rows + 30
    assert len(view._layout.documents._kept) < 100
    spent = thread_time()
    finder[1].bar.field.setText("water")
    assert settled(qtbot, finder[1]) == f"77 of {QLocale().toString(10_000)}"
    print(f"another word: {1000 * (thread_time() - spent):.0f} ms")


def test_what_is_selected_is_looked_for(qtbot: QtBot, finder: Finder) -> None:
    view = show(finder, texts("The lighthouse", "Hm"))
    qtbot.waitUntil(lambda: [row.toPlainText() for row in view.realised_texts()[:1]] == ["The lighthouse"])
    row = view.realised_texts()[0]
    cursor = row.textCursor()
    cursor.setPosition(4)
    cursor.setPosition(14, cursor.MoveMode.KeepAnchor)
    row.setTextCursor(cursor)
    assert find(qtbot, finder, "") == "1 of 1"
    assert finder[1].bar.field.text() == "lighthouse"


@pytest.mark.parametrize("width", [420, 1360])
def test_the_bar_stays_within_the_view(qtbot: QtBot, new_window: Callable[..., MainWindow], width: int) -> None:
    window = new_window(width, 640)
    controller = FindController(window)
    view = show((window, controller), texts("water"))
    find(qtbot, (window, controller), "water")
    bar = controller.bar
    assert view.rect().contains(bar.geometry())
    window.resize(width + 100, 640)
    qtbot.waitUntil(lambda: bar.geometry().right() > view.width() - 40)


def test_marks_and_tints_are_drawn_together(qtbot: QtBot, finder: Finder) -> None:
    view = show(finder, texts("Hm", "The water"))
    assert find(qtbot, finder, "water") == "1 of 1"
    row = view.realised_texts()[-1]
    row.set_tints([(0, 3, 4)], view.theme)
    assert [type(selection) for selection in row.extraSelections()] == [QTextEdit.ExtraSelection] * 2


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_it_leaves_room_for_the_bar_that_reads_aloud(
    qtbot: QtBot, finder: Finder, direction: Qt.LayoutDirection
) -> None:
    window, controller = finder
    window.setLayoutDirection(direction)
    view = show(finder, texts("one", "two"))
    reading = ReadingBar(window.theme, view)
    reading.show_pace(100, 50, 200)
    reading.come_up()

    def across(width: int) -> None:
        window.resize(width, 700)
        qtbot.waitUntil(lambda: window.width() == width)
        QCoreApplication.sendPostedEvents()

    across(1700)
    alone = reading.geometry()
    controller.open()
    assert reading.geometry() == alone
    assert not controller.bar.geometry().intersects(alone)
    across(420)
    assert reading.y() > controller.bar.geometry().bottom()
    assert all(view.rect().contains(bar.geometry()) for bar in (reading, controller.bar))
    reading.hide()
    reading.come_up()
    assert reading.y() > controller.bar.geometry().bottom()
    controller.close()
    assert reading.y() == controller.bar.y()
