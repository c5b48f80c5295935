"""Tables: scrolled sideways where they are too wide, and as long as they like."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollBar
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import MessageStatus
from desktop_app.gui.chat.entries import RowKind
from desktop_app.gui.chat.rows.text_row import TextRow
from desktop_app.gui.chat.view import ChatView

COLUMNS = 14


def table(columns: int, rows: int) -> str:
    head = "|" + "".join(f" column number {place} |" for place in range(columns))
    body = "|" + "".join(f" value-{place} |" for place in range(columns))
    return "\n".join([head, "|" + "---|" * columns, *[body] * rows]) + "\n"


def settle(view: ChatView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not view.is_filling and not view._streaming.timer.isActive())


def bars(row: TextRow) -> list[QScrollBar]:
    return [bar for bar in row.viewport().findChildren(QScrollBar) if bar.isVisible()]


def test_a_wide_table_is_scrolled_sideways_and_the_text_is_not(view, shown, qtbot) -> None:
    view.show_messages([shown("a", f"Some words before.\n\n{table(COLUMNS, 3)}\nSome words after.")], chat_id="c")
    settle(view, qtbot)
    (row,) = view.realised_texts()
    (bar,) = bars(row)
    shown_table = view.document(row.row).tables[0]
    layout = row.document().documentLayout()
    assert shown_table.total > row.width()
    assert bar.maximum() == shown_table.farthest
    assert bar in row.chain()
    text = layout.blockBoundingRect(row.document().lastBlock())
    height = row.row.height
    bar.setValue(bar.maximum())
    frame = layout.frameBoundingRect(shown_table.frames[0])
    assert frame.left() < -100
    assert abs(frame.right() - row.width()) <= 8  # the rectangle is shifted by the padding of a cell
    assert layout.blockBoundingRect(row.document().lastBlock()) == text
    assert text.right() <= row.width()
    assert row.row.height == height
    assert layout.frameBoundingRect(shown_table.frames[0]).bottom() >= bar.geometry().bottom()


def test_the_wheel_turned_sideways_scrolls_it(view, shown, qtbot) -> None:
    view.show_messages([shown("a", table(COLUMNS, 3))], chat_id="c")
    settle(view, qtbot)
    (row,) = view.realised_texts()
    (bar,) = bars(row)

    def turn(x: int, y: int) -> None:
        place = QPointF(50, 30)
        event = QWheelEvent(place, row.viewport().mapToGlobal(place), QPoint(), QPoint(x, y), Qt.MouseButton.NoButton,
                            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
        QApplication.sendEvent(row.viewport(), event)

    turn(0, -120)
    assert bar.value() == 0
    turn(-120, 0)
    assert bar.value() > 0


def test_a_table_that_fits_has_no_bar_and_takes_the_width(view, shown, qtbot) -> None:
    view.show_messages([shown("a", table(2, 3))], chat_id="c")
    settle(view, qtbot)
    (row,) = view.realised_texts()
    assert bars(row) == []
    view.resize(300, 600)
    settle(view, qtbot)
    frame = row.document().documentLayout().frameBoundingRect(view.document(row.row).tables[0].frames[0])
    assert frame.width() <= row.width()


def test_five_thousand_rows_realise_only_what_is_seen(view, shown, qtbot) -> None:
    text = table(4, 5000)
    view.show_messages([shown("a", text)], chat_id="c")
    settle(view, qtbot)
    rows = [row for row in view.rows if row.kind is RowKind.TEXT]
    assert len(rows) > 20
    assert view._layout.documents.built <= 4
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    settle(view, qtbot)
    assert view._layout.documents.built <= 8
    middle = view.realised_texts()[0]
    assert "column number" not in middle.toPlainText()
    assert "value-3" in middle.toPlainText()
    edges = []
    for row in (rows[0], middle.row):
        row.measured = 0
        view._layout.measure(row, None)
        document = view.document(row)
        frame = document.tables[0].frames[-1]
        place = frame.cellAt(0, 2).firstCursorPosition().block()
        edges.append(document.document.documentLayout().blockBoundingRect(place).left())
    assert edges[0] == edges[1]  # the columns go on where they are


def test_a_table_streams_into_the_rows_that_it_is_opened_with(view, shown, qtbot) -> None:
    text = table(3, 400)
    view.show_messages([shown("live", "", status=MessageStatus.STREAMING)], chat_id="c")
    for place in range(0, len(text), 300):
        view.add_text("live", text[place : place + 300])
        view.flush()
    view.finish(shown("live", text))
    settle(view, qtbot)
    rows = [row for row in view.rows if row.kind is RowKind.TEXT]
    assert len(rows) > 1
    assert "".join(row.text for row in rows) == text
    streamed = [(view.document(row).document.toPlainText(), view.document(row).document.size()) for row in rows]
    view._layout.documents.clear()
    for row in rows:
        row.measured = 0
        view._layout.measure(row, None)
    assert [(view.document(row).document.toPlainText(), view.document(row).document.size()) for row in rows] == streamed
