"""How much of long code is shown, what is made visible, and where formulas stand in their source."""

import pytest

from desktop_app.gui.chat import entries
from desktop_app.gui.chat.documents.folding import FOLDED, LONG, LONGEST_LINE, MOST_CHARACTERS, MOST_LINES, shown_part
from desktop_app.gui.chat.entries import PIECE, cut_blocks
from desktop_app.gui.chat.markdown.operations import DEEPEST, Code, Paragraph, Text, operations, plain_operations
from desktop_app.gui.chat.markdown.source_map import places
from desktop_app.gui.chat.markdown.visible import visible


def test_short_code_is_shown_whole() -> None:
    source = "x\n" * LONG
    assert shown_part(source, opened=False) == (len(source), 0, False)
    assert shown_part("x" * LONGEST_LINE, opened=False) == (LONGEST_LINE, 0, False)


def test_long_code_is_folded_until_it_is_opened() -> None:
    source = "x\n" * (LONG + 10) + "end"
    assert shown_part(source, opened=False) == (2 * FOLDED, LONG + 11 - FOLDED, True)
    assert shown_part(source, opened=True) == (len(source), 0, True)


@pytest.mark.parametrize(
    ("source", "end"),
    [
        ("x\n" * 5000, 2 * MOST_LINES),
        ("x" * 2_000_000, LONGEST_LINE),
        ("ab\n" + "x" * 2_000_000, 3 + LONGEST_LINE),
        (("x" * 999 + "\n") * 500, MOST_CHARACTERS),
    ],
)
def test_code_that_would_hold_up_the_window_is_never_shown_whole(source: str, end: int) -> None:
    shown = shown_part(source, opened=True)
    assert shown.end == end
    assert shown.is_long
    assert shown.hidden == len(source[shown.end :].splitlines())


def test_a_link_goes_on_behind_an_address_in_it(read) -> None:
    made = [operation for block in read("[a <http://b.c> d](http://e.f) g") for operation in operations(block)]
    runs = [(run.text, run.style.href) for run in made if isinstance(run, Text)]
    assert runs == [("a ", "http://e.f"), ("http://b.c", "http://b.c"), (" d", "http://e.f"), (" g", "")]


def test_what_hides_is_made_visible_sign_for_sign() -> None:
    odd = "a\u202eb\u2066c\x00\x1b[0m\x7f\x85\u2029\ufdd0\ufffc\ufeff\ud800é"
    assert visible(odd) == "a↤b↦c␀␛[0m␡\ufffd\u2028\ufffd\ufffd\u2060\ufffdé"
    assert len(visible(odd)) == len(odd)
    assert visible("\u200f\u200e\u200d עברית\t\n") == "\u200f\u200e\u200d עברית\t\n"


def test_it_is_visible_in_questions_answers_and_languages(read) -> None:
    assert Text(plain_operations("\u202ex")[1].style, "↤x") in plain_operations("\u202ex")
    made = [
        operation for block in read("a\u202eb `c\u202e`\n\n```py\u202e\nx\n```\n") for operation in operations(block)
    ]
    assert [operation.text for operation in made if isinstance(operation, Text)] == ["a↤b ", "c↤"]
    assert [operation.language for operation in made if isinstance(operation, Code)] == ["py↤"]


def test_deep_nesting_leaves_room(read) -> None:
    made = [operation for block in read("> " * 20 + "x\n\n" + "- " * 20 + "y") for operation in operations(block)]
    paragraphs = [operation for operation in made if isinstance(operation, Paragraph)]
    assert max(paragraph.quotes for paragraph in paragraphs) == DEEPEST
    assert max(paragraph.depth for paragraph in paragraphs) == DEEPEST


def test_a_formula_stands_where_it_opens() -> None:
    assert places("a $x$ b", "a \ufffc b") == [0, -1, 2, -1, 6]
    assert places("\\(x_1\\) x", "\ufffc x") == [0, -1, 8]


def test_pieces_of_a_long_table_know_its_head() -> None:
    head = "| a | b |\n|---|---|\n"
    text = "before\n\n" + head + "".join(f"| {row} | {'word ' * 8}|\n" for row in range(800)) + "\nafter\n"
    pieces = cut_blocks(text)
    assert "".join(text[piece.begin : piece.end] for piece in pieces) == text
    assert [piece.begin for piece in pieces[1:]] == [piece.end for piece in pieces[:-1]]
    assert pieces[0].table is None
    assert {piece.table.head for piece in pieces[1:]} == {head}
    assert max(piece.end - piece.begin for piece in pieces) < 2 * PIECE


def test_pieces_of_one_long_line_are_short() -> None:
    pieces = cut_blocks("word " * 400_000)
    assert len(pieces) > 200
    assert max(piece.end - piece.begin for piece in pieces) <= PIECE


@pytest.mark.parametrize("closer", ["   ```", "  ```", "```", "", "     ```", "- ```"])
@pytest.mark.parametrize("opener", ["1. a\n   ```\n   x", "1. ```\n   x", "- a\n  - b\n    ```\n\n    x", "a\n-\n  ```\n  x", "   ```\nx",
                                    "- a\n\n  ```\ny", "- a\nb\n\nc\n\n   ```\nx", "1.\n   ```\n\n   x", "-     x\n  ```"])  # fmt: skip
def test_a_text_is_not_cut_within_code_in_a_list(
    read, monkeypatch: pytest.MonkeyPatch, opener: str, closer: str
) -> None:
    monkeypatch.setattr(entries, "PIECE", 4)
    text = f"{opener}\n{closer}\n\nThe keeper\n\n```py\n\ndef f():\n\nreturn\n```\n\nThe lamp\n\nThe sea\n"
    pieces = cut_blocks(text)
    in_rows = [made for piece in pieces for block in read(text[piece.begin : piece.end]) for made in operations(block)]
    assert in_rows == [made for block in read(text) for made in operations(block)]
