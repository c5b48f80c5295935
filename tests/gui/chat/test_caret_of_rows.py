"""Where the keyboard is in a message is seen, whichever way the text reads."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app.gui.chat.bars.find_bar import FindBar
from desktop_app.gui.chat.rows.note import Note
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.theme import Theme
from tests.gui.chat.conftest import MakeView
from tests.walked_controls import changed_pixels

HELLO = "\u0645\u0631\u062d\u0628\u0627 \u064a\u0627 \u0635\u062f\u064a\u0642\u064a"


@pytest.mark.parametrize("is_user", [True, False])
@pytest.mark.parametrize("text", ["Hello, my friend.", HELLO])
def test_it_is_seen_before_the_first_letter_and_goes_on(
    view: ChatView, shown: MakeView, text: str, is_user: bool
) -> None:
    view.show_messages([shown("m", text, user=is_user)], chat_id="c")
    QApplication.processEvents()
    (row,) = view.realised_texts()
    view.activateWindow()
    without = row.grab().toImage()
    row.setFocus(Qt.FocusReason.TabFocusReason)
    before = row.grab().toImage()
    assert changed_pixels(without, before) > 20
    QTest.keyClick(row, Qt.Key.Key_Left if text == HELLO else Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier)
    assert row.textCursor().position() == 1
    assert changed_pixels(before, row.grab().toImage()) > 20
    row.clearFocus()
    assert changed_pixels(without, row.grab().toImage()) == 0


def test_it_does_not_move_below_a_bar(view: ChatView, shown: MakeView, theme: Theme) -> None:
    view.resize(420, 600)
    view.show_messages([shown(f"m{n}", "A few words.\n\n" * 8) for n in range(6)], chat_id="c")
    bar = FindBar(theme, view)
    bar.room_wanted.connect(view.keep_room_above)
    bar.come_up()
    scrolled = view.verticalScrollBar()
    scrolled.setValue(scrolled.maximum() // 3)
    QApplication.processEvents()
    row = view.realised_texts()[1]
    scrolled.setValue(scrolled.value() + row.y() + row.cursorRect().bottom())
    QApplication.processEvents()

    def place() -> int:
        return row.mapTo(view, row.cursorRect().topLeft()).y()

    assert place() < bar.geometry().bottom()
    row.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(row, Qt.Key.Key_Right)
    QApplication.processEvents()
    assert place() > bar.geometry().bottom()


def test_it_is_brought_into_sight_in_a_summary_of_which_the_end_alone_is_seen(view: ChatView, shown: MakeView) -> None:
    view.show_messages([shown(f"m{n}", "A few words.\n\n" * 8, user=n % 2 == 0) for n in range(6)], chat_id="c")
    view.set_memory_start("m5", "They met in the evening. " * 60)
    view.toggle_summary()
    view.activateWindow()
    scrolled = view.verticalScrollBar()
    note = next(each for each in view.viewport().findChildren(Note) if each.label is not None)
    assert note.label is not None

    def top() -> int:
        """Return where the cursor is, in the viewport's pixels."""
        assert note.label is not None
        return note.y() + note.label.y() + note.label.cursorRect().top()

    scrolled.setValue(scrolled.value() + note.y() + note.label.geometry().bottom() - 20)
    QApplication.processEvents()
    assert note.isVisible()
    assert top() < 0 < note.y() + note.label.geometry().bottom()
    note.label.setFocus(Qt.FocusReason.MouseFocusReason)
    assert top() < 0  # a click is where one looks
    note.label.clearFocus()
    note.label.setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.processEvents()
    assert note.label.hasFocus()
    assert top() >= 0
    QTest.keyClick(note.label, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QApplication.processEvents()
    assert 0 <= top() < view.viewport().height()
