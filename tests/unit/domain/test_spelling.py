"""Which words are looked up, where they stand, and in which dictionaries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain import spelling
from desktop_app.domain.code_text import fence_after
from desktop_app.domain.spelling import Languages, closest, own_form, plain, script_of, words_of
from desktop_app.gui.chat.markdown.source_map import Stretch, utf16_stretches


def looked_up(line: str) -> list[str]:
    return [word.text for word in words_of(line)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Hello, wide world! (Yes; no: end.)", "Hello wide world Yes no end"),
        ("don’t l'homme dogs' 'quoted' rock'n'roll", "don't l'homme dogs quoted rock'n'roll"),
        ("and/or his/her well-known", "and or his her well known"),
        ("naïve Straße café Cafe\u0301 soft\u00adly", "naïve Straße café Cafe\u0301 softly"),
        ("see `code herre` and ``a ` b`` then `open word more", "see and then word more"),
        ("hello {{name}} and {{ other name }} {{ open word", "hello and open word"),
        ("https://a.bc/de?fg www.hij.kl mailto:m@n.op mail me@ex.org @name (http://x.yz) end", "mail end"),
        ("/usr/bin ~/folder ./file ../up src/app.py C:\\temp \\frac a/b/c file.py e.g. end", "end"),
        ("/summarize this; $HOME --verbose $variable end", "this end"),
        ("x86 h2o snake_case iPhone getName 3rd word", "word"),
        ("NASA USA NASAs PDFs README WYSIWYG a I", "README WYSIWYG"),
        ("مرحبا שלום привет हिन्दी Ελλάδα", "مرحبا שלום привет हिन्दी Ελλάδα"),
        ("你好 世界 日本語です 한국어 ภาษาไทย 你好world word", "word"),
        ("😀 smile 👨‍👩‍👧wave", "smile wave"),
        ("**bold** _italic_ ~~gone~~ # heading", "bold gone heading"),
        ("a" * 61, ""),
        ("word " * 2001, ""),
    ],
)
def test_words_and_what_is_none(line: str, words: str) -> None:
    assert looked_up(line) == words.split()


LINES = st.text(
    alphabet=st.one_of(
        st.sampled_from(list("abzABZ  ''’`{}/\\.@:$-_*~#0é\u0301\u00ad\u200d😀𝒳👩שم你")),
        st.characters(codec="utf-16-le"),
    ),
    max_size=80,
)


@given(LINES)
def test_places_fit_the_text_as_it_is_and_as_qt_counts(line: str) -> None:
    words = words_of(line)
    units = line.encode("utf-16-le")
    places = utf16_stretches([Stretch(word.begin, word.end, 0) for word in words], line)
    before = 0
    for word, (begin, end, _step) in zip(words, places, strict=True):
        assert before <= word.begin < word.end <= len(line)
        assert plain(line[word.begin : word.end]) == word.text
        assert units[2 * begin : 2 * end].decode("utf-16-le") == line[word.begin : word.end]
        before = word.end


@given(LINES, LINES)
def test_what_stands_between_backticks_is_no_word(before: str, code: str) -> None:
    code = code.replace("`", "")
    line = f"{before.replace('`', '')} `{code}` word"
    assert looked_up(line)[-1:] == ["word"]
    inside = range(line.index("`"), line.rindex("`") + 1)
    assert not any(word.begin in inside for word in words_of(line))


@pytest.mark.parametrize("piece", ["`", "` ", "{", "a/", "a.", "'", "a'", "\\", "a@", "(a ", "a-", "[\\w", "``` "])
def test_strange_lines_take_no_longer_than_others(piece: str) -> None:
    line = piece * (spelling.LONGEST_LINE // len(piece))
    words_of(line)  # a pattern that tries every combination would never end
    assert fence_after(line, "") in ("", line)


def fences(*lines: str) -> list[bool]:
    """Return after which lines a block of code is open."""
    found, state = [], ""
    for line in lines:
        state = fence_after(line, state)
        found.append(bool(state))
    return found


def test_fences_open_and_close_as_in_markdown() -> None:
    assert fences("text", "```python", "code", "```", "text") == [False, True, True, False, False]
    assert fences("~~~", "```", "~~~~ ", "x") == [True, True, False, False]
    assert fences("````", "```", "`````") == [True, True, False]
    assert fences("```a`b", "    ```", "``") == [False, False, False]
    assert fences("```", "``` python", "  ```") == [True, True, False]


def test_own_words_are_right_at_the_beginning_of_a_sentence_and_in_capitals() -> None:
    own = {"inglenok", "Ada", "iPhones"}
    assert [own_form(word, own) for word in ("inglenok", "Inglenok", "INGLENOK", "Ada", "ADA", "iPhones")] == [
        "inglenok",
        "inglenok",
        "inglenok",
        "Ada",
        "Ada",
        "iPhones",
    ]
    assert not any(spelling.is_own(word, own) for word in ("ada", "inglenoks", "IngleNok", "", "A"))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (("de_AT",), ("de_AT",)),
        (("de_CH", "de"), ("de_DE",)),
        (("en",), ("en_US",)),
        (("en_NZ",), ("en_US",)),
        (("fr",), ("fr_CA",)),
        (("ar_EG", "en_GB"), ("ar", "en_GB")),
        (("zh_CN", "tlh", ""), ()),
    ],
)
def test_the_closest_dictionary_is_taken(wanted: tuple[str, ...], found: tuple[str, ...]) -> None:
    assert closest(wanted, {"de_AT", "de_DE", "en_GB", "en_US", "fr_CA", "ar"}) == found


@pytest.mark.parametrize(
    ("languages", "found"),
    [
        (Languages(("de_CH",), ("en",)), ("de_DE", "en_US")),
        (Languages(("en_GB",), ("fr", "en_US")), ("en_GB", "fr_CA", "en_US")),
        (Languages(("it", "de"), ("en",)), ("de_DE",)),
        (Languages(("it",), ("en",)), ()),
        (Languages(("ru", "zh"), ("en",)), ("en_US",)),
        (Languages(("fr",), ("it", "fr_FR")), ("fr_CA",)),
    ],
)
def test_other_languages_help_out_where_the_own_ones_are_known(languages: Languages, found: tuple[str, ...]) -> None:
    assert languages.dictionaries({"de_AT", "de_DE", "en_GB", "en_US", "fr_CA", "ar"}) == found


def test_scripts() -> None:
    assert [script_of(word) for word in ("word", "été", "слово", "מילה", "كلمة", "'x", "1", "")] == [
        *("LATIN", "LATIN", "CYRILLIC", "HEBREW", "ARABIC", "LATIN", "", "")
    ]
    assert [spelling.script_of_language(tag) for tag in ("de_AT", "ru_RU", "he", "hi_IN", "zh")] == [
        *("LATIN", "CYRILLIC", "HEBREW", "DEVANAGARI", "CJK")
    ]
