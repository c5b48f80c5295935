"""What is copied of a selection: plain text, or the Markdown it was made from."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest

from desktop_app.gui.chat.marks.copying import markdown, plain_text
from desktop_app.gui.chat.marks.selection import END, Selection

TEXT = """# A *title*

Some **bold** words, a [link](https://example.org) and 🙂 $x^2$ here.

- one
- two `code`

```python
x = 1
y = 2
```

1. first
2. second

| a | b |
|---|---|
| c | d |

The end."""


@pytest.fixture
def row(view, shown, qtbot):
    view.resize(800, 2000)
    view.show_messages([shown("a", TEXT)], chat_id="c")
    qtbot.waitUntil(lambda: bool(view.realised_texts()))
    return view.realised_texts()[0]


def part(row, first: str, last: str) -> tuple[int, int]:
    """Return the span in the document from the beginning of `first` to the end of `last`, as Qt counts."""
    begin = row.document().find(first)
    end = row.document().find(last, begin)
    return begin.selectionStart(), end.selectionEnd()


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("A ", "title", "# A *title*"),
        ("bold", "words", "bold** words"),
        ("words", "link", "words, a [link"),
        ("words", "here.", "words, a [link](https://example.org) and 🙂 $x^2$ here."),
        ("one", "code", "- one\n- two `code`"),
        ("two", "code", "- two `code`"),
        ("x = 1", "y = 2", "```python\nx = 1\ny = 2\n```"),
        ("= 1", "y", "= 1\ny"),
        ("first", "second", "first\n2. second"),
        ("The", "end.", "The end."),
    ],
)
def test_the_markdown_of_a_part(view, row, first: str, last: str, expected: str) -> None:
    assert markdown(row.row, view.document(row.row), *part(row, first, last)) == expected


def test_all_of_a_row_is_its_source(view, row) -> None:
    document = view.document(row.row)
    assert markdown(row.row, document, 0, document.document.characterCount() - 1) == TEXT


def test_a_formula_at_the_end_of_a_part(view, row) -> None:
    begin, _end = part(row, "and ", "and ")
    document = view.document(row.row)
    sign = document.document.find("\ufffc").selectionEnd()
    assert markdown(row.row, document, begin, sign) == "and 🙂 $x^2$"
    assert plain_text(document, begin, sign) == "and 🙂 $x^2$"


def test_what_is_not_found_in_the_source_is_copied_as_it_is_shown(view, shown) -> None:
    view.show_messages([shown("a", "| a | b |\n|---|---|\n| 1 | 2 |\n")], chat_id="t")
    row = view.rows[1]
    place = view.document(row).document.toRawText().index("2")
    view._interaction._selection = Selection(row, place, row, place + 1)
    assert view.selected_markdown() == "2"


def test_what_is_selected_in_one_message_is_no_longer_in_another(view, shown, qtbot) -> None:
    view.show_messages([shown("q", "Alpha beta", user=True), shown("a", "Delta epsilon zeta")], chat_id="n")
    qtbot.waitUntil(lambda: len(view.realised_texts()) == 2)
    first, second = view.realised_texts()
    for row, word in ((first, "Alpha"), (second, "epsilon"), (first, "Alpha")):
        QTest.mousePress(row.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 14))
        QTest.mouseDClick(row.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(40, 14))
        assert (view.selected_text(), view.selected_markdown()) == (word, word)
    second.moveCursor(QTextCursor.MoveOperation.Start)
    QTest.keyClick(second, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
    assert view.selected_text() == "Delta "


def test_what_is_selected_stays_so_out_of_sight_and_in_another_theme(view, shown, qtbot) -> None:
    texts = [shown(f"m{place}", f"Number {place} " + "word " * 100, user=place % 2 == 0) for place in range(60)]
    view.show_messages(texts, chat_id="s")
    qtbot.waitUntil(lambda: bool(view.realised_texts()))
    row = view.realised_texts()[-1]
    row.moveCursor(QTextCursor.MoveOperation.Start)
    row.moveCursor(QTextCursor.MoveOperation.NextWord, QTextCursor.MoveMode.KeepAnchor)
    row.moveCursor(QTextCursor.MoveOperation.EndOfWord, QTextCursor.MoveMode.KeepAnchor)
    for move in (lambda: view.verticalScrollBar().setValue(0), view.scroll_to_end):
        move()
        assert (view.selected_text(), view.selected_markdown()) == ("Number 59", "Number 59")
    assert view.realised_texts()[-1].textCursor().selectedText() == "Number 59"
    view.set_theme(view.theme)
    assert view.selected_text() == "Number 59"
    view.verticalScrollBar().setValue(0)
    QTest.mousePress(view.realised_texts()[0].viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 14))
    assert not view.selected_text(), "a press elsewhere ends it"

    view.scroll_to_end()
    view.realised_texts()[-1].selectAll()
    view.verticalScrollBar().setValue(0)
    view.show_messages(texts[:10], chat_id="s")
    assert not view.selected_text(), "it goes with its message"
    view.show_messages([shown(f"o{place}", "Other " * 200) for place in range(60)], chat_id="o")
    assert not view.selected_text()


def test_over_messages(view, shown, qtbot) -> None:
    view.show_messages([shown("q", "A *question*", user=True), shown("a", "An **answer**\n\n- x")], chat_id="c")
    qtbot.waitUntil(lambda: len(view.realised_texts()) == 2)
    question, answer = (widget.row for widget in view.realised_texts())
    view._interaction._selection = Selection(question, 2, answer, END)
    assert view._interaction.selected_text() == "*question*\n\nAn answer\n• x"
    assert view._interaction.selected_markdown() == "*question*\n\nAn **answer**\n\n- x"
    view._interaction._copy_markdown(answer.entry)
    assert QGuiApplication.clipboard().text() == "*question*\n\nAn **answer**\n\n- x"
    view._interaction.forget()
    view._interaction._clear(view.realised_texts()[0])
    for widget in view.realised_texts():
        view._interaction._clear(widget)
    view._interaction._copy_markdown(answer.entry)
    assert QGuiApplication.clipboard().text() == "An **answer**\n\n- x"


def test_pieces_of_one_message_are_copied_without_a_break(view, shown, qtbot) -> None:
    text = "word " * 5000
    view.show_messages([shown("a", text)], chat_id="c")
    qtbot.waitUntil(lambda: bool(view.realised_texts()))
    view._interaction.select_message(view.rows[1].entry)
    assert view._interaction.selected_markdown() == text
    assert view._interaction.selected_text().split() == text.split()
    assert "\n" not in view._interaction.selected_text()


HERE = "| {0} | {1} | {2} |\n|---|---|---|\n| {3} | $y$ | {5} |"


@pytest.mark.parametrize("words", ["abcdef", "أبجدهو"])
def test_the_cells_of_a_table_are_copied_as_they_are_read(view, shown, qtbot, words: str) -> None:
    a, b, c, d, _e, f = list(words)
    table = HERE.format(*words)
    view.show_messages([shown("a", f"{a}{a}\n\n{table}\n\n{b}{b}\n\n{table}\n\n{table}")], chat_id="c")
    qtbot.waitUntil(lambda: bool(view.realised_texts()))
    row = view.realised_texts()[0]
    document = view.document(row.row)
    cells = [a, b, c, d, "$y$", f]
    whole = plain_text(document, 0, document.document.characterCount() - 1)
    assert whole.rstrip("\n") == "\n".join([a + a, *cells, b + b, *cells, "", *cells])

    def between(first: str, last: str) -> str:
        cursor = row.document().find(first, row.document().find(a + a))
        other = row.document().find(last, row.document().find(a + a))
        begin, end = sorted((cursor.selectionStart(), other.selectionStart()))
        cursor.setPosition(begin)
        cursor.setPosition(end + 1, QTextCursor.MoveMode.KeepAnchor)
        return plain_text(document, cursor.selectionStart(), cursor.selectionEnd())

    assert between(a, b) == f"{a}\n{b}"
    assert between(a, d) == f"{a}\n{d}"
    assert between(b, f) == f"{b}\n{c}\n$y$\n{f}"
    assert between(c, c) == c
