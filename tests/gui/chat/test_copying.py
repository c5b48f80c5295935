"""What is copied of a selection: plain text, or the Markdown it was made from."""

import pytest
from PySide6.QtGui import QGuiApplication

from desktop_app.gui.chat.copying import markdown, plain_text
from desktop_app.gui.chat.selection import END, Selection

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
