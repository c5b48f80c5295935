"""The words around a hit, with the hit marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.search import AROUND, MOST, snippet
from desktop_app.domain.search_query import Finder, parse


def marked(text: str, typed: str) -> list[str]:
    made = snippet(text, Finder(parse(typed)).spans(text))
    return [made.text[begin:end] for begin, end in made.marks]


@pytest.mark.parametrize(
    ("text", "typed", "found"),
    [
        ("Wie heißt die **Straße**?", "strasse", ["Straße"]),
        ("a ﬁne day\n\nand cafe\u0301", "fine cafe", ["ﬁne", "cafe\u0301"]),
        ("`C` and *more* 中文字", "文", ["文"]),
        ("x " * 500 + "the *needle* is here", "needle", ["needle"]),
        ("y" * 900 + " needle", "needle", ["needle"]),
        ("Łódź\t\t|\nÅngström", "angstrom lodz", ["Łódź", "Ångström"]),
    ],
)
def test_the_mark_is_on_what_was_found(text: str, typed: str, found: list[str]) -> None:
    assert marked(text, typed) == found


def test_a_snippet_is_short_plain_and_on_one_line() -> None:
    text = "# Title\n\n" + "Some **bold** words\nand `code`. " * 50 + "needle" + " and more" * 50
    made = snippet(text, Finder(parse("needle")).spans(text))
    assert made.text.startswith("… ")
    assert made.text.endswith("…")
    assert len(made.text) <= MOST + 1
    assert not set("*`#\n") & set(made.text)


def test_it_begins_at_a_word_or_within_one_that_is_long() -> None:
    words = "lighthouse keepers " * 30 + "needle"
    assert snippet(words, Finder(parse("needle")).spans(words)).text == "… keepers lighthouse keepers needle"
    one = "y" * 900 + "needle"
    assert snippet(one, [(900, 906)]).text == f"… {'y' * AROUND}needle"


@given(st.text(max_size=300), st.data())
def test_marks_are_within_the_text_and_in_order(text: str, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, len(text)))
    made = snippet(text, [(begin, end)] if end > begin else [])
    at = 0
    for first, last in made.marks:
        assert at <= first < last <= len(made.text)
        at = last


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Is C# or F# newer?", "Is C# or F# newer?"),
        ("## A title\n\nWords", "A title Words"),
        ("> quoted\n> twice\n\n> > deep", "quoted twice deep"),
        ("5 > 3, and a -> b", "5 > 3, and a -> b"),
        ("2 * 3 = a*b, **bold**, *so*", "2 * 3 = a*b, bold, so"),
        ("* one\n* two", "one two"),
        ("~~gone~~ and ~10", "gone and ~10"),
        ("| a | b |\n|---|---|", "a b ------"),
        ("x || `y`", "x || y"),
        ("See\n```c\nint *p; // # a\n# b > c\n```\n# End", "See c int *p; // # a # b > c End"),
    ],
)
def test_marks_of_markdown_are_left_out_and_no_other_signs(text: str, shown: str) -> None:
    assert snippet(text, []).text.strip() == shown


def test_a_block_of_code_that_begins_before_the_snippet_is_known() -> None:
    text = "```c\n" + "int *p;\n" * 50 + "int **needle;\n```\n**bold**"
    assert snippet(text, Finder(parse("needle")).spans(text)).text.endswith("int *p; int **needle; bold")
