"""The words of a Markdown source as the search inside a chat finds them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.markdown_text import Reading, flat, needle

ODD = st.sampled_from("*_`~|#[]()> \n\tabßéﬁ中がç\u0301👍")
SOURCE = st.text(alphabet=st.one_of(ODD, ODD, st.characters(codec="utf-8")), max_size=50)


@pytest.mark.parametrize(
    ("source", "typed", "found"),
    [
        ("a **bold** word", "bold word", ["bold** word"]),
        ("one\n\ntwo", "one two", ["one\n\ntwo"]),
        ("see [the page](https://x.org/water) now", "page now", ["page](https://x.org/water) now"]),
        ("see [the page](https://x.org/water) now", "water", []),
        ("call `foo_bar` here", "foo_bar", ["foo_bar"]),
        ("_well_ done", "well done", ["well_ done"]),
        ("# Straße\n> in Łódź", "strasse in lodz", ["Straße\n> in Łódź"]),
        ("aa aaa", "aa", ["aa", "aa"]),
        ("cafe\u0301 CAFÉ", "café", ["cafe\u0301", "CAFÉ"]),
        ("中文中文", "文中", ["文中"]),
        ("nothing", "", []),
    ],
)
def test_what_is_found_of_a_source(source: str, typed: str, found: list[str]) -> None:
    assert [source[begin:end] for begin, end in Reading(source, is_markdown=True).spans(needle(typed))] == found


def test_what_a_person_wrote_is_found_as_it_is() -> None:
    assert Reading("a **b** c", is_markdown=False).spans("**b") == [(2, 5)]
    assert Reading("a **b** c", is_markdown=True).spans("**b") == []


@given(SOURCE, st.booleans(), st.data())
def test_as_many_places_as_are_counted(source: str, is_markdown: bool, data: st.DataObject) -> None:
    words = flat(source, is_markdown=is_markdown)
    begin = data.draw(st.integers(0, len(words)))
    wanted = words[begin : data.draw(st.integers(begin, len(words)))]
    found = Reading(source, is_markdown=is_markdown).spans(wanted)
    assert len(found) == (words.count(wanted) if wanted else 0)
    at = -1
    for first, last in found:
        assert at < last
        assert 0 <= first < last <= len(source)
        at = first
