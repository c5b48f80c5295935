"""Numbers, dates and spans as each language writes them, and which language that is."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.domain.sizes import readable_size
from desktop_app.support import formats
from desktop_app.support.i18n import LANGUAGES, best_language, translator
from desktop_app.support.system_language import from_environment, preferred_languages

MOMENT = time.mktime((2026, 3, 7, 17, 5, 9, 0, 0, -1))
NARROW = "\u202f"


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    translator.language, translator.region = "en", ""


@pytest.mark.parametrize(
    ("language", "whole", "broken", "negative", "size", "day", "moment"),
    [
        ("en", "1,234,567", "0.50", "-1,234.5", "4.7 GB", "Mar 7, 2026", f"Mar 7, 2026, 5:05{NARROW}PM"),
        ("de", "1.234.567", "0,50", "-1.234,5", "4,7\u00a0GB", "07.03.2026", "07.03.2026, 17:05"),
        ("es", "1.234.567", "0,50", "-1234,5", "4,7 GB", "7 mar 2026", "7 mar 2026, 17:05"),
        ("fr", f"1{NARROW}234{NARROW}567", "0,50", f"-1{NARROW}234,5", f"4,7{NARROW}Go", "7 mars 2026", "7 mars 2026, 17:05"),
        ("zh_CN", "1,234,567", "0.50", "-1,234.5", "4.7 GB", "2026年3月7日", "2026年3月7日 17:05"),
        ("ar", "1,234,567", "0.50", "\u200e-1,234.5", "4.7 غ.ب", "07\u200f/\u206003\u200f/\u20602026", "07\u200f/\u206003\u200f/\u20602026، 5:05 م"),
    ],
)  # fmt: skip
def test_each_language_writes_in_its_own_way(
    language: str, whole: str, broken: str, negative: str, size: str, day: str, moment: str
) -> None:
    translator.language = language
    assert formats.number(1_234_567) == whole
    assert formats.decimal(0.5, 2) == broken
    assert formats.decimal(-1234.5, 1) == negative
    assert readable_size(4_700_000_000) == size
    assert formats.date(MOMENT) == day
    assert formats.date_and_time(MOMENT) == moment


def test_there_is_a_way_for_every_language() -> None:
    for translator.language in LANGUAGES:
        form = formats.current()
        assert len(form.months) == 12
        assert all("{number}" in pattern for pattern in form.sizes)


def test_the_table_is_what_the_unicode_consortium_says() -> None:
    import sys

    root = Path(__file__).resolve().parents[3]
    sys.path.insert(0, str(root / "packaging"))
    import formats as source  # type: ignore[import-not-found]

    sys.path.pop(0)
    table = json.loads((root / "resources/locale/formats.json").read_text(encoding="utf-8"))
    assert table == {language: json.loads(json.dumps(source.formats_of(language))) for language in source.LANGUAGES}


@pytest.mark.parametrize(
    ("region", "day"), [("", "Mar 7, 2026"), ("US", "Mar 7, 2026"), ("GB", "7 Mar 2026"), ("DE", "7 Mar 2026")]
)
def test_english_dates_are_those_of_the_country(region: str, day: str) -> None:
    translator.region = region
    assert formats.date(MOMENT) == day


@pytest.mark.parametrize(
    ("locale", "region"),
    [
        ("en_GB.UTF-8", "GB"),
        ("en-US", "US"),
        ("zh_Hans_CN", "CN"),
        ("zh_Hans", ""),
        ("de", ""),
        ("en_us", ""),
        ("C", ""),
    ],
)
def test_the_country_is_that_of_the_system(monkeypatch: pytest.MonkeyPatch, locale: str, region: str) -> None:
    monkeypatch.delenv("LANGUAGE", raising=False)
    monkeypatch.setenv("LC_ALL", locale)
    translator.use("en")
    assert translator.region == region


def test_small_numbers_are_never_less_than_nothing() -> None:
    assert formats.decimal(-0.001, 1) == "0.0"
    assert formats.decimal(-0.06, 1) == "-0.1"
    translator.language = "es"
    assert (formats.number(4096), formats.number(10_000)) == ("4096", "10.000")


def test_midnight_and_noon_have_twelve() -> None:
    midnight = time.mktime((2026, 3, 7, 0, 5, 0, 0, 0, -1))
    assert formats.time_of_day(midnight) == f"12:05{NARROW}AM"
    assert formats.time_of_day(midnight + 12 * 3600) == f"12:05{NARROW}PM"


@pytest.mark.parametrize(("value", "digits", "words"), [(12.345, 3, "12.3"), (0.5, 3, "0.5"), (1234.0, 3, "1,230"), (40, 3, "40")])  # fmt: skip
def test_a_number_has_no_more_digits_than_it_needs(value: float, digits: int, words: str) -> None:
    assert formats.shortest(value, digits) == words


def test_lists_and_sentences_follow_the_language() -> None:
    translator.language = "zh_CN"
    assert formats.listed(["一", "二"]) == "一、二"
    assert formats.paragraph(["一。", "", "二。"]) == "一。二。"
    translator.language = "ar"
    assert formats.listed(["a", "b"]) == "\u200f\u2068a\u2069، \u2068b\u2069"  # from the right, whatever they are
    assert formats.listed([]) == ""
    translator.language = "de"
    assert formats.paragraph(["Eins.", "Zwei."]) == "Eins. Zwei."


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({}, None),
        ({"LANG": "de_AT.UTF-8"}, ["de_AT"]),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "fr_FR@euro"}, ["fr_FR"]),
        ({"LANG": "de_DE", "LC_ALL": "C"}, []),
        ({"LANG": "C.UTF-8", "LANGUAGE": "es"}, ["es"]),
        ({"LANG": "C.UTF-8"}, []),
        ({"LANG": "de_DE", "LANGUAGE": "ar:fr_CA"}, ["ar", "fr_CA", "de_DE"]),
        ({"LANG": "POSIX", "LANGUAGE": "ar"}, []),
    ],
)
def test_the_environment_names_languages_as_for_gettext(environ: dict[str, str], names: list[str] | None) -> None:
    found = from_environment(environ)
    assert (None if found is None else list(found)) == names


def test_without_a_word_from_the_environment_linux_has_none() -> None:
    assert list(preferred_languages({}, "linux")) == []


@pytest.mark.parametrize(
    ("preferred", "language"),
    [
        ((), "en"),
        (("de_CH",), "de"),
        (("pt_BR", "es_MX"), "es"),
        (("zh_CN",), "zh_CN"),
        (("zh_Hans_SG",), "zh_CN"),
        (("zh_TW",), "en"),
        (("zh_Hant_HK", "fr"), "fr"),
        (("ar_EG",), "ar"),
        (("en_GB", "de_DE"), "en"),
        (("ja_JP",), "en"),
    ],
)
def test_the_best_language_is_the_first_that_there_is(preferred: tuple[str, ...], language: str) -> None:
    assert best_language(preferred) == language


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [("en", "2026-12-10", "Dec 10, 2026"), ("fr", "2026-12-10", "10 déc. 2026"), ("fr", "2026-13-40", "2026-13-40")],
)
def test_a_day_of_a_file_is_written_as_the_language_does(language: str, text: str, day: str) -> None:
    translator.language = language
    assert formats.iso_day(text) == day


def test_words_beside_each_other_stand_in_the_order_of_the_language() -> None:
    assert formats.side_by_side(["Q4_K_M", "", "98 MB"]) == "Q4_K_M · 98 MB"
    assert formats.side_by_side(iter(["a", "b"]), "   ") == "a   b"
    translator.language = "ar"
    assert formats.side_by_side(["Q4_K_M", "", "98 MB"]) == "\u200f\u2068Q4_K_M\u2069 · \u206898 MB\u2069"
    assert formats.side_by_side(["", ""]) == ""
