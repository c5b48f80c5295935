"""Tables of chats that read from right to left."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor

from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.gui.chat.markdown.source_map import Stretch
from desktop_app.gui.chat.marks.marking import line_of, rendered
from desktop_app.gui.chat.view import MessageView
from desktop_app.gui.window.main_window import MainWindow


def answered(text: str) -> MessageView:
    message = Message(id="a", chat_id="c", parent_id=None, role=Role.ASSISTANT, parts=(TextPart(text),),
                      status=MessageStatus.COMPLETE, created_at=0.0)  # fmt: skip
    return MessageView(message, 0, 1, None)


TABLE = "| الحرف | الشفرة |\n|---|---:|\n| ألف | خمسة |\n| 😀 ب | ستة |\n| A | B |\n\nبعد"


def test_the_columns_of_a_table_begin_where_its_head_does(window: MainWindow) -> None:
    view = window.chat_view()
    view.show_messages([answered(TABLE)], chat_id="c")
    (shown,) = view.realised_texts()
    (block,) = shown.shown.tables
    layout = shown.document().documentLayout()

    def across(words: str) -> float:
        found = shown.document().find(words)
        return layout.blockBoundingRect(found.block()).x()

    assert block.mirrored
    assert across("الحرف") > across("الشفرة")
    assert across("ألف") == across("الحرف")
    assert across("خمسة") == across("الشفرة")
    assert shown.document().find("A").blockFormat().alignment() & Qt.AlignmentFlag.AlignRight
    view.show_messages([answered(TABLE.replace("الحرف", "Letter"))], chat_id="other")
    assert not view.realised_texts()[0].shown.tables[0].mirrored


@pytest.mark.parametrize("words", ["ألف", "خمسة", "ب", "ستة", "بعد", "ألف | خمسة"])
def test_what_is_looked_for_is_marked_in_a_mirrored_table(words: str, window: MainWindow) -> None:
    view = window.chat_view()
    view.show_messages([answered(TABLE)], chat_id="c")
    (shown,) = view.realised_texts()
    begin = TABLE.rindex(words)
    found = rendered(shown.shown, shown.row, [Stretch(begin, begin + len(words), 0)])
    marked = []
    for stretch in found:
        cursor = QTextCursor(shown.document())
        cursor.setPosition(stretch.begin)
        cursor.setPosition(stretch.end, QTextCursor.MoveMode.KeepAnchor)
        marked.append(cursor.selectedText())
    assert sorted(marked) == sorted(words.split(" | "))
    top, bottom = line_of(shown.shown, shown.row, begin)
    area = shown.document().documentLayout().blockBoundingRect(shown.document().find(words.split(" | ")[0]).block())
    assert top <= area.center().y() <= bottom or words == "ب"


def test_a_wide_table_from_the_right_shows_its_beginning_first(new_window: Callable[..., MainWindow]) -> None:
    view = new_window(width=420).chat_view()
    head = "|".join(f" عمود طويل جدا {number} " for number in range(12))
    view.show_messages([answered(f"|{head}|\n{'|---' * 12}|\n|{head}|")], chat_id="c")
    (table,) = view.realised_texts()[0].shown.tables
    assert table.is_wide
    assert table.offset == table.farthest
    table.scroll(10)
    table.fit(table.room)
    assert table.offset == 10
