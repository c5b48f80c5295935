"""Spelling: words looked up in real dictionaries by the real helper, and what becomes of it where that dies or hangs."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from desktop_app.domain.errors import AppError, ErrorCode
from desktop_app.domain.spelling import Languages
from desktop_app.protocol import helper as protocol
from desktop_app.protocol.wire import Wire
from desktop_app.services.words.error_text import explain
from desktop_app.services.writing import spelling as service
from desktop_app.services.writing.spelling import DictionaryList, LookedUp, Spelling, usual_languages
from desktop_app.settings.schema import Language, Settings, SpellingSettings

WAIT_SECONDS = 90.0


def settings(*languages: str) -> Settings:
    return Settings(spelling=SpellingSettings(languages=languages))


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as made:
        yield made


@pytest.fixture
def new_spelling(pool: ThreadPoolExecutor) -> Iterator[Callable[..., Spelling]]:
    made: list[Spelling] = []

    def make(*arguments: object, **options: object) -> Spelling:
        made.append(Spelling(pool, *arguments, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def english(new_spelling: Callable[..., Spelling]) -> Spelling:
    """Real English dictionaries."""
    spelling = new_spelling(settings("en_US"))
    if "en_US" not in spelling.dictionaries().result(WAIT_SECONDS).languages:
        pytest.skip("there is no English dictionary here")
    return spelling


def test_wrong_words_are_found_and_remembered(english: Spelling) -> None:
    words = ("receive", "recieve", "Monday", "don't", "dont", "привет", "hallo😀")
    assert english.verdict("recieve") is None
    assert english.check(words).result(WAIT_SECONDS) >= {"recieve", "dont"}
    assert [english.verdict(word) for word in words[:4]] == [True, False, True, True]
    assert english.verdict("привет") is True  # there is no dictionary of its script
    assert english.look_up("receive").result(WAIT_SECONDS) == LookedUp(True, ())
    looked_up = english.look_up("recieve").result(WAIT_SECONDS)
    assert not looked_up.is_right
    assert looked_up.suggestions[0] == "receive"
    assert len(looked_up.suggestions) <= service.MOST_SUGGESTIONS


def test_a_word_is_right_where_any_dictionary_knows_it(english: Spelling) -> None:
    has_german = "de_DE" in english.dictionaries().result(WAIT_SECONDS).languages
    words = ("Tisch", "chair", "Tischh")
    assert english.check(words).result(WAIT_SECONDS) == {"Tisch", "Tischh"}
    if not has_german:
        pytest.skip("there is no German dictionary here")
    english.follow(settings("en_US", "de_AT"))
    assert english.verdict("Tisch") is None
    assert english.check(words).result(WAIT_SECONDS) == {"Tischh"}
    suggestions = english.look_up("Tischh").result(WAIT_SECONDS).suggestions
    assert "Tisch" in suggestions


def test_own_words_are_right_at_once(new_spelling: Callable[..., Spelling]) -> None:
    own: set[str] = set()
    spelling = new_spelling(settings("en_US"), held, own=lambda: own)
    spelling.check(("inglenok",)).result(WAIT_SECONDS)
    assert spelling.verdict("inglenok") is False
    own |= {"inglenok", "Ada"}
    for word in ("inglenok", "Inglenok", "INGLENOK", "Ada", "ADA"):
        assert spelling.verdict(word) is True
        assert spelling.own_form(word)
    assert spelling.verdict("ada") is None
    assert not spelling.own_form("ada")


def test_what_was_asked_of_other_dictionaries_counts_for_nothing(new_spelling: Callable[..., Spelling]) -> None:
    spelling = new_spelling(settings("en_US"), held)
    late = spelling.check(("colour",))
    spelling.follow(settings("en_GB"))
    assert late.result(WAIT_SECONDS) == {"colour"}
    assert spelling.verdict("colour") is None
    assert spelling.check(("colour",)).result(WAIT_SECONDS) == frozenset()
    assert spelling.verdict("colour") is True


def held(connection: "Connection[bytes, bytes]") -> None:
    """Be a helper to which all words are wrong in American English."""
    wire: Wire[protocol.Command] = Wire(connection, protocol.Command)
    wire.send(protocol.Ready(protocol.VERSION))
    while isinstance(command := wire.receive(), protocol.CheckWords):
        wrong = command.words if command.languages.own == ("en_US",) else ()
        wire.send(protocol.WordsChecked(command.request_id, wrong))


def faulty(connection: "Connection[bytes, bytes]") -> None:
    """Be a helper that takes for ever over 'hangs', ends over 'dies', and knows all other words."""
    wire: Wire[protocol.Command] = Wire(connection, protocol.Command)
    wire.send(protocol.Ready(protocol.VERSION))
    while isinstance(command := wire.receive(), protocol.CheckWords):
        if "hangs" in command.words:
            wire.receive()
        elif "dies" in command.words:
            os._exit(3)
        wire.send(protocol.WordsChecked(command.request_id, ()))


def test_a_helper_that_dies_or_hangs_is_told_and_the_next_words_are_looked_up(
    new_spelling: Callable[..., Spelling], monkeypatch: pytest.MonkeyPatch
) -> None:
    spelling = new_spelling(settings("en_US"), faulty)
    for word in ("dies", "hangs"):
        monkeypatch.setattr(service, "LOOK_UP_SECONDS", 0.2 if word == "hangs" else WAIT_SECONDS)
        error = spelling.check((word,)).exception(WAIT_SECONDS)
        assert isinstance(error, AppError)
        assert error.code is ErrorCode.SPELLING_STOPPED
        assert explain(error.info).sentence
        assert spelling.verdict(word) is None
        monkeypatch.setattr(service, "LOOK_UP_SECONDS", WAIT_SECONDS)
        assert spelling.check(("fine",)).result(WAIT_SECONDS) == frozenset()


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the person's settings of all programs, empty."""
    for name in ("HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path


def test_nothing_is_made_outside_of_the_apps_folders(config: Path, english: Spelling) -> None:
    assert english.check(("recieve", "inglenok")).result(WAIT_SECONDS) == {"recieve", "inglenok"}
    assert list(config.rglob("*")) == []


@pytest.mark.skipif(sys.platform == "darwin", reason="the system's own dictionaries have words elsewhere")
def test_words_that_were_taught_other_programs_are_right(config: Path, new_spelling: Callable[..., Spelling]) -> None:
    (config / "enchant").mkdir()
    (config / "enchant/en_US.dic").write_text("inglenok\n", encoding="utf-8")
    spelling = new_spelling(settings("en_US"))
    if "en_US" not in spelling.dictionaries().result(WAIT_SECONDS).languages:
        pytest.skip("there is no English dictionary here")
    assert spelling.check(("recieve", "inglenok")).result(WAIT_SECONDS) == {"recieve"}


def test_it_rests_and_comes_back(english: Spelling) -> None:
    english.rest()
    assert english.check(("recieve",)).result(WAIT_SECONDS) == {"recieve"}


def test_who_asks_once_the_services_have_ended_is_told_so() -> None:
    with ThreadPoolExecutor(1) as pool:
        spelling = Spelling(pool, settings("en_US"))
        spelling.close()
    error = spelling.check(("recieve",)).exception(0)  # by a timer of a window that is still there
    assert isinstance(error, AppError)
    assert error.code is ErrorCode.SPELLING_STOPPED
    spelling.rest()


def test_nothing_is_started_before_words_come(new_spelling: Callable[..., Spelling]) -> None:
    before = threading.active_count()
    spelling = new_spelling(settings("en_US"))
    assert spelling.is_on
    assert spelling.verdict("word") is None
    assert threading.active_count() == before


def test_without_the_library_everything_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    from desktop_app.helper.spelling import Dictionaries

    monkeypatch.setenv("ENCHANT_CONFIG_DIR", os.devnull)
    monkeypatch.setitem(sys.modules, "enchant", None)
    dictionaries = Dictionaries()
    assert dictionaries.tell(protocol.ListDictionaries("r")) == protocol.DictionariesListed("r", False, ())
    check = protocol.CheckWords(request_id="r", languages=Languages(("en_US",)), words=("recieve",))
    assert dictionaries.check(check) == protocol.WordsChecked("r", ())
    look_up = protocol.LookUpWord(request_id="r", languages=Languages(("en_US",)), word="recieve", most=5)
    assert dictionaries.look_up(look_up) == protocol.WordLookedUp("r", True, ())


def test_a_dictionary_that_cannot_be_opened_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    enchant = pytest.importorskip("enchant", exc_type=ImportError)  # the library it loads may be missing
    from desktop_app.helper.spelling import Dictionaries

    def refuse(_broker: object, tag: str) -> None:
        raise enchant.errors.DictNotFoundError(tag)

    monkeypatch.setenv("ENCHANT_CONFIG_DIR", os.devnull)
    monkeypatch.setattr(enchant.Broker, "request_dict", refuse)
    check = protocol.CheckWords(request_id="r", languages=Languages(("en_US",)), words=("recieve",))
    assert Dictionaries().check(check) == protocol.WordsChecked("r", ())


def test_a_language_without_a_dictionary_checks_nothing(new_spelling: Callable[..., Spelling]) -> None:
    spelling = new_spelling(settings("tlh"))
    found = spelling.dictionaries().result(WAIT_SECONDS)
    assert isinstance(found, DictionaryList)
    assert found.used == ()
    assert spelling.check(("recieve",)).result(WAIT_SECONDS) == frozenset()


@pytest.mark.parametrize(
    ("preferred", "window", "expected"),
    [
        (("de_AT", "en_GB"), Language.SYSTEM, Languages(("de_AT",), ("en_GB",))),
        (("de", "fr", "de_AT"), Language.SYSTEM, Languages(("de_AT",), ("fr", "en"))),
        (("de_DE",), Language.FRENCH, Languages(("de_DE", "fr"), ("en",))),
        (("de_DE", "fr_FR"), Language.FRENCH, Languages(("de_DE", "fr_FR"), ("en",))),
        (("fr_CA",), Language.FRENCH, Languages(("fr_CA",), ("en",))),
        (("en_GB", "en", "de"), Language.SYSTEM, Languages(("en_GB",), ("de",))),
        ((), Language.SYSTEM, Languages(("en",))),
        ((), Language.ARABIC, Languages(("ar",), ("en",))),
    ],
)
def test_the_usual_dictionaries_are_those_of_the_system_and_of_the_window_and_english(
    preferred: tuple[str, ...], window: Language, expected: Languages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "preferred_languages", lambda: preferred)
    assert usual_languages(window) == expected


def test_english_words_are_right_on_a_system_in_another_language(
    english: Spelling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "preferred_languages", lambda: ("ru_RU",))
    english.follow(Settings())
    assert english.check(("receive", "recieve")).result(WAIT_SECONDS) == {"recieve"}
    assert english.dictionaries().result(WAIT_SECONDS).used in ((), ("ru_RU",))
    monkeypatch.setattr(service, "preferred_languages", lambda: ("tlh",))
    english.follow(Settings())
    assert english.check(("Qapla", "recieve")).result(WAIT_SECONDS) == frozenset(), "else all of its words were wrong"
