"""Code cards: long code folds, opens and never holds up the window; it is copied and saved whole."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolButton

from desktop_app.domain.messages import MessageStatus
from desktop_app.gui.chat.documents.folding import FOLDED, LONG, LONGEST_LINE
from desktop_app.gui.chat.documents.tones import Tone
from desktop_app.gui.chat.rows.text_row import TextRow
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.theme import load_theme
from desktop_app.settings.schema import Appearance

LINES = [f"value_{number} = {number}" for number in range(LONG + 30)]
SOURCE = "\n".join(LINES) + "\n"
TEXT = f"Before\n\n```python\n{SOURCE}```\n\nAfter"


def settle(view: ChatView, qtbot) -> TextRow:
    qtbot.waitUntil(lambda: not view.is_filling and not view._streaming.timer.isActive())
    return view.realised_texts()[0]


def button(row: TextRow, name: str) -> QToolButton:
    (found,) = [b for b in row.findChildren(QToolButton) if b.isVisible() and name in b.accessibleName()]
    return found


def test_long_code_folds_and_opens(view, shown, qtbot) -> None:
    view.show_messages([shown("a", TEXT)], chat_id="c")
    row = settle(view, qtbot)
    assert LINES[FOLDED - 1] in row.toPlainText()
    assert LINES[FOLDED] not in row.toPlainText()
    folded = row.height()
    fold = button(row, "Show")
    assert fold.text() == f"Show {LONG + 30 - FOLDED} more lines"
    assert fold in row.chain()
    top = row.y()
    qtbot.mouseClick(fold, Qt.MouseButton.LeftButton)
    row = settle(view, qtbot)
    assert LINES[-1] in row.toPlainText()
    assert row.height() > folded
    assert fold.text() == "Show fewer lines"
    view._layout.documents.clear()
    view.place()
    assert LINES[-1] in settle(view, qtbot).toPlainText()  # it stays open when it is made again
    qtbot.mouseClick(button(row, "Show"), Qt.MouseButton.LeftButton)
    row = settle(view, qtbot)
    assert row.height() == folded
    assert row.y() >= top
    assert LINES[FOLDED] not in row.toPlainText()


def test_folded_code_keeps_its_colours_when_it_opens(view, shown, qtbot) -> None:
    source = '"""A\n' + "line of a docstring\n" * (LONG + 10) + '"""\nx = 1\n'
    view.show_messages([shown("a", f"```python\n{source}```")], chat_id="c")
    row = settle(view, qtbot)
    qtbot.mouseClick(button(row, "Show"), Qt.MouseButton.LeftButton)
    settle(view, qtbot)
    document = view.document(row.row)
    cursor = document.codes[0].frame.firstCursorPosition()
    cursor.movePosition(cursor.MoveOperation.Down, n=LONG)
    cursor.movePosition(cursor.MoveOperation.Right)
    assert cursor.charFormat().foreground().color() == view.theme.colors.named(Tone.STRING.value)


def test_code_that_streams_stays_open(view, shown, qtbot) -> None:
    view.show_messages([shown("live", "", status=MessageStatus.STREAMING)], chat_id="c")
    view.add_text("live", TEXT[:-20])
    settle(view, qtbot)
    view.add_text("live", TEXT[-20:])
    view.finish(shown("live", TEXT))
    row = settle(view, qtbot)
    assert LINES[-1] in row.toPlainText()
    height = row.row.height
    view._layout.documents.clear()
    view._pool.take_back_all()
    view.place()
    assert settle(view, qtbot).row.height == height


def test_all_of_it_is_copied_and_saved(view, shown, qtbot) -> None:
    view.show_messages([shown("a", TEXT)], chat_id="c")
    row = settle(view, qtbot)
    qtbot.mouseClick(button(row, "Copy code"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == SOURCE.removesuffix("\n")
    with qtbot.waitSignal(view.save_requested) as asked:
        qtbot.mouseClick(button(row, "Save"), Qt.MouseButton.LeftButton)
    assert asked.args == ["python", SOURCE]
    view._interaction.select_message(row.row.entry)
    assert view._interaction.selected_text() == f"Before\n{SOURCE}After"
    assert view._interaction.selected_markdown() == TEXT


def test_endless_code_is_shown_as_far_as_it_can_be(view, shown, qtbot) -> None:
    source = "x" * 2_000_000
    view.show_messages([shown("a", f"```\n{source}\n```\n")], chat_id="c")
    row = settle(view, qtbot)
    assert len(row.toPlainText()) <= LONGEST_LINE + 2
    fold = button(row, "Show")
    qtbot.mouseClick(fold, Qt.MouseButton.LeftButton)
    row = settle(view, qtbot)
    assert len(row.toPlainText()) <= LONGEST_LINE + 2
    assert fold.text() == "1 more line is not shown; save the code to see it all"
    qtbot.mouseClick(button(row, "Copy code"), Qt.MouseButton.LeftButton)
    assert len(QGuiApplication.clipboard().text()) == len(source)


def test_overrides_in_code_are_visible_and_copied_as_they_are(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "```py\nx = 'a\u202eb'\n```\n")], chat_id="c")
    row = settle(view, qtbot)
    assert "a↤b" in row.toPlainText()
    qtbot.mouseClick(button(row, "Copy code"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "x = 'a\u202eb'"


@pytest.mark.parametrize("begin", ["", "Before\n\n", "# Title\n\n"])
@pytest.mark.parametrize("text_size", [100, 150])
def test_the_words_of_a_header_stand_on_one_line(view, shown, qtbot, begin: str, text_size: int) -> None:
    view.set_theme(load_theme(Appearance.LIGHT, text_size, system_dark=False))
    view.show_messages([shown("a", f"{begin}```Copy\nx = 1\n```\n")], chat_id="c")
    row = settle(view, qtbot)
    copy = button(row, "Copy code")
    qtbot.waitUntil(lambda: copy.width() > 0)
    area = QRect(copy.mapTo(row, QPoint(0, 0)), copy.size())
    image = row.grab().toImage()

    def inked(across: range) -> set[int]:
        ground = image.pixelColor(across[0], area.top() + 2)
        return {y - area.top() for y in range(area.top() + 2, area.bottom() - 1) for x in across
                if image.pixelColor(x, y) != ground}  # fmt: skip

    pad = text_size // 10
    in_header = inked(range(pad, pad + area.width()))
    assert in_header == inked(range(area.left() + 2, area.right() - 2))
    assert in_header
