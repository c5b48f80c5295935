"""Text as search compares it: what is the same, and the way back to what was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.folding import Folded, fold

ODD = st.sampled_from("aeiouAEß ﬁ ñ̃Ã̀́İıÅøŁがが한글ᄀ각\u1161\u11a8中文\u200d\ufe0fΣς👍🏽Æœ\n\t .")
TEXT = st.text(alphabet=st.one_of(st.characters(codec="utf-8"), ODD), max_size=40)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("STRAẞE", "strasse"),
        ("Łódź", "lodz"),
        ("Ørsted", "orsted"),
        ("naïve", "naive"),
        ("e\u0301te\u0301", "été"),
        ("ﬁne", "fine"),
        ("ΟΔΟΣ", "οδος"),
        ("İstanbul", "istanbul"),
        ("ｆｕｌｌ", "full"),
        ("שָׁלוֹם", "שלום"),
        ("co\u00adoperate", "cooperate"),
    ],
)
def test_people_find_words_as_they_type_them(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("か", "が"), ("हिन्दी", "हनद"), ("кит", "кот")])
def test_what_makes_another_letter_stays(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(TEXT)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(TEXT)
def test_the_text_with_places_is_the_folded_one(text: str) -> None:
    assert Folded(text).text == fold(text)


@given(TEXT, st.data())
def test_a_span_folds_to_at_least_what_it_was_found_by(text: str, data: st.DataObject) -> None:
    folded = Folded(text)
    begin = data.draw(st.integers(0, len(folded.text)))
    end = data.draw(st.integers(begin, len(folded.text)))
    first, last = folded.span(begin, end)
    assert 0 <= first <= len(text)
    assert 0 <= last <= len(text)
    if end > begin:
        assert first < last
        assert folded.text[begin:end] in fold(text[first:last]) or fold(text[first:last]).count("") > end - begin


@pytest.mark.parametrize(
    ("text", "needle", "found"),
    [
        ("Die Straße hier", "strasse", "Straße"),
        ("a ﬁne day", "fine", "ﬁne"),
        ("cafe\u0301 au lait", "cafe", "cafe\u0301"),
        ("x中文字y", "文", "文"),
        ("👍 ok Å", "a", "Å"),
        ("ÀB plain text and È", "plain text", "plain text"),
        ("ßa", "a", "a"),
    ],
)
def test_the_way_back_where_lengths_change(text: str, needle: str, found: str) -> None:
    folded = Folded(text)
    at = folded.text.index(needle)
    begin, end = folded.span(at, at + len(needle))
    assert text[begin:end] == found
