"""What people type to search, whatever it is, and where it is found in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlcipher3 import dbapi2

from desktop_app.domain.search_query import STRETCH, Finder, SearchQuery, expression, parse
from desktop_app.domain.search_text import prepared

ODD = st.sampled_from("\"“”„«»-−*^():{}+~ \0\t\n' ABab中文字한글👍éßﬁ·_ORANDNOTNEAR\u0301\ud800")
TYPED = st.text(alphabet=st.one_of(st.characters(), ODD), max_size=60)


@pytest.fixture(scope="module")
def index() -> dbapi2.Connection:
    connection = dbapi2.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE search_index USING fts5(words, content='', contentless_delete=1, tokenize='ascii', prefix='2 3')"
    )
    return connection


def finds(index: dbapi2.Connection, text: str, typed: str) -> bool:
    query = parse(typed)
    if not query.wanted:
        return False
    index.execute("DELETE FROM search_index WHERE rowid = 1")
    index.execute("INSERT INTO search_index (rowid, words) VALUES (1, ?)", (prepared(text, ()),))
    return bool(
        index.execute("SELECT rowid FROM search_index WHERE search_index MATCH ?", (expression(query),)).fetchall()
    )


@pytest.mark.parametrize(
    ("text", "typed", "found"),
    [
        ("The quick brown fox", "quick fox", True),
        ("The quick brown fox", "quick cat", False),
        ("The quick brown fox", '"quick brown"', True),
        ("The quick brown fox", '"brown quick"', False),
        ("The quick brown fox", '"quick bro', True),
        ("The quick brown fox", "bro", True),
        ("The quick brown fox", "bro ", False),
        ("The quick brown fox", "quick -fox", False),
        ("The quick brown fox", "quick -cat", True),
        ("The quick brown fox", 'quick -"brown cat"', True),
        ("Straße nach Łódź", "STRASSE lodz", True),
        ("call foo_bar(1)", "foo_bar", True),
        ("call foo_bar(1)", "bar", True),
        ("well-known", "well-known", True),
        ("I don't know", "don't", True),
        ("我爱中文字符", "中文", True),
        ("我爱中文字符", "文中", False),
        ("我爱中文字符", "符", True),
        ("我爱中文字符", "爱 字符", True),
        ("東京タワーへ行く", "タワー", True),
        ("한국어를 배운다", "한국", True),
        ("版本v2发布", "v2", True),
        ("版本v2发布", "本v2发", True),
        ("สวัสดีครับ", "ดีครับ", True),
        ("Well done 👍 all", "👍", True),
        ("it costs 5 €", "€", True),
        ("हिन्दी भाषा", "हिन्दी", True),
        ("a b", "a", True),
        ("alphabet", "a", False),
        ("“curly” – words…", "curly words", True),
        ("x\0y", "y", True),
        ("·r user", "·r", True),
    ],
)
def test_what_is_found(index: dbapi2.Connection, text: str, typed: str, found: bool) -> None:
    assert finds(index, text, typed) is found
    assert Finder(parse(typed)).fits(text) is found, "and without the index"
    if found:
        spans = Finder(parse(typed)).spans(text)
        assert spans, "what is found can be marked"


@given(TYPED)
def test_no_text_is_ever_a_wrong_query(index: dbapi2.Connection, typed: str) -> None:
    for typed_so_far in (typed, typed * 400):
        query = parse(typed_so_far)
        Finder(query).spans(typed_so_far[:200])
        if query.wanted:
            index.execute("SELECT rowid FROM search_index WHERE search_index MATCH ?", (expression(query),)).fetchall()


WORDS = st.lists(
    st.sampled_from(["Water", "straße", "中文字", "naïve", "x1", "Łódź", "의미", "👍", "don't"]), min_size=1, max_size=6
)


@given(WORDS, st.sampled_from([" ", ", ", "\n\n", " – "]))
def test_every_text_is_found_by_each_beginning_of_its_words(
    index: dbapi2.Connection, words: list[str], gap: str
) -> None:
    text = gap.join(words)
    typed = " ".join(words)
    for end in range(1, len(typed) + 1):
        if len(typed[:end].split()[-1]) > 1:
            assert finds(index, text, typed[:end]), typed[:end]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_what_is_prepared_has_no_word_of_the_filters(text: str) -> None:
    own = prepared(text, ("·ruser",)).split()
    assert own.count("·ruser") == 1


def test_ten_thousand_characters_are_cut(index: dbapi2.Connection) -> None:
    query = parse("word " * 2000)
    assert len(query.wanted) == 16
    assert len(parse("ab-" * 5000).wanted[0].pieces) == 64
    assert finds(index, "word", "word " * 2000)


@pytest.mark.parametrize("sign", ["👍", "中", "a-", "_", "→ "])
def test_long_phrases_that_nearly_match_end_soon(sign: str) -> None:
    """Going back over what was skipped would take longer than anybody lives."""
    assert Finder(parse(f'"{sign * 60}zz')).spans(sign * 5000) == []


def test_only_what_is_unwanted_finds_nothing() -> None:
    assert parse("-cat") == SearchQuery((), parse("-cat").unwanted)
    assert not parse(' "" - -- ').wanted


@pytest.mark.parametrize(
    ("text", "typed", "marked"),
    [
        ("The Straße, the street", "strasse", ["Straße"]),
        ("a water, awater waters Water", "water ", ["water", "Water"]),
        ("a water, awater waters", "wate", ["water"[:4], "water"[:4]]),
        ("one two  three", '"two three"', ["two  three"]),
        ("我爱中文", "中文 爱", ["爱", "中文"]),
        ("nothing", "water", []),
    ],
)
def test_the_right_places_are_marked(text: str, typed: str, marked: list[str]) -> None:
    assert [text[begin:end] for begin, end in Finder(parse(typed)).spans(text)] == marked


def test_the_first_places_of_a_long_text_are_found_without_reading_on() -> None:
    line = "Nobody wrote an é here.\n"
    text = line * 3000 + "A lighthouse, and another lighthouse.\n" + line * 3000 + "The last lighthouse"
    finder = Finder(parse("lighthouse "))
    first = finder.first_spans(text)
    assert first == finder.spans(text)[:2]
    assert {text[begin:end] for begin, end in first} == {"lighthouse"}
    assert Finder(parse("nowhere")).first_spans(text) == []
    assert finder.first_spans("A lighthouse") == [(2, 12)]


def test_a_phrase_that_goes_on_in_the_next_stretch_is_found() -> None:
    text = "x" * (STRETCH - 4) + " two\nthree" + " four" * 10
    finder = Finder(parse('"two three"'))
    assert finder.first_spans(text) == finder.spans(text)
    assert len(finder.spans(text)) == 1
