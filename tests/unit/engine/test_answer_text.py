"""Text from pieces of bytes, and stop strings that are split over them."""

import random

import pytest

from desktop_app.engine.text import CharacterAssembler, PhraseScanner, StopScanner

FAMILY = "👨‍👩‍👧 ähm – 日本語"


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_characters_are_put_together(size: int) -> None:
    data = FAMILY.encode()
    assembler = CharacterAssembler()
    shown = [assembler.feed(data[start : start + size]) for start in range(0, len(data), size)]
    assert "".join(shown) + assembler.finish() == FAMILY
    assert all("\ufffd" not in piece for piece in shown)


def test_an_incomplete_character_is_kept_back() -> None:
    assembler = CharacterAssembler()
    assert assembler.feed("a🔥".encode()[:3]) == "a"
    assert assembler.feed("🔥".encode()[2:]) == "🔥"


def test_bytes_that_are_no_text_become_replacement_characters() -> None:
    assembler = CharacterAssembler()
    assert assembler.feed(b"a\xff\xfeb") == "a\ufffd\ufffdb"
    assert assembler.feed(b"\xf0\x9f") == ""
    assert assembler.finish() == "\ufffd"


def feed(scanner: StopScanner, *pieces: str) -> tuple[str, bool]:
    """Return what is shown of `pieces`, and whether a stop string was found."""
    shown = ""
    for piece in pieces:
        text, stopped = scanner.feed(piece)
        shown += text
        if stopped:
            return shown, True
    return shown + scanner.finish(), False


def test_without_stop_strings_all_text_passes_at_once() -> None:
    assert StopScanner(()).feed("abc") == ("abc", False)
    assert StopScanner(("",)).feed("abc") == ("abc", False)


def test_a_stop_string_ends_the_text() -> None:
    assert feed(StopScanner(("END",)), "one END two") == ("one ", True)
    assert feed(StopScanner(("END",)), "one E", "N", "D two") == ("one ", True)


def test_a_beginning_that_does_not_go_on_is_shown_later() -> None:
    scanner = StopScanner(("END",))
    assert scanner.feed("one EN") == ("one ", False)
    assert scanner.feed("T") == ("ENT", False)
    assert feed(StopScanner(("END",)), "one EN") == ("one EN", False)


def test_the_earliest_of_several_counts() -> None:
    assert feed(StopScanner(("two", "one")), "zero one two") == ("zero ", True)


def test_every_chunking_gives_the_same_text() -> None:
    chance = random.Random(7)
    for _ in range(300):
        text = "".join(chance.choice("ab") for _ in range(30))
        stops = tuple("".join(chance.choice("ab") for _ in range(chance.randint(3, 6))) for _ in range(2))
        ends = [text.find(stop) for stop in stops if stop in text]
        expected = text[: min(ends)] if ends else text
        pieces = []
        rest = text
        while rest:
            size = chance.randint(1, 4)
            pieces.append(rest[:size])
            rest = rest[size:]
        shown, stopped = feed(StopScanner(stops), *pieces)
        # a longer stop string that begins earlier may still be open when a shorter one is found
        assert text.startswith(shown)
        assert stopped is bool(ends)
        assert len(shown) >= len(expected)
        assert not any(stop in shown for stop in stops)


def let_through(phrases: tuple[str, ...], tokens: list[str]) -> tuple[str, list[int]]:
    """Feed tokens; those that are taken back are left out. Returns the text, and how many went back each time."""
    scanner: PhraseScanner[int] = PhraseScanner(phrases)
    shown, back = [], []
    for number, token in enumerate(tokens):
        safe, withdrawn = scanner.feed(token, number)
        shown += [held.text for held in safe]
        if withdrawn:
            back.append(len(withdrawn))
    shown += [held.text for held in scanner.finish()]
    return "".join(shown), back


def test_a_banned_phrase_is_taken_back_to_the_token_that_it_begins_in() -> None:
    assert let_through(("rich tapestry",), ["a", " ri", "ch tap", "est", "ry", " of"]) == ("a of", [4])
    assert let_through(("X",), ["x"]) == ("", [1])


def test_what_only_begins_like_one_comes_through() -> None:
    assert let_through(("rich tapestry",), ["a", " ri", "ch tap", "ir"]) == ("a rich tapir", [])
    assert let_through(("rich",), ["a ri"]) == ("a ri", [])
    assert let_through((), ["a", "b"]) == ("ab", [])


def test_upper_and_lower_case_of_any_script_are_the_same() -> None:
    assert let_through(("STRASSE",), ["die ", "Stra", "ße"]) == ("die ", [2])


def test_of_a_character_in_several_tokens_the_last_one_is_chosen_anew() -> None:
    assert let_through(("😀",), ["so", "", "", "😀"]) == ("so", [1])


def test_every_chunking_lets_the_same_through() -> None:
    draw = random.Random(7)
    text = "abab abac ababac aab"
    for _ in range(300):
        cuts = sorted(draw.sample(range(1, len(text)), 6))
        tokens = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        shown, back = let_through(("zzz", "abacus"), tokens)
        assert (shown, back) == (text, [])


@pytest.mark.parametrize(
    ("before", "pieces", "expected"),
    [
        ("we are at the e", ["n", "d of it"], ("", True)),
        ("we are at the e", ["a", "st"], ("ast", False)),
        ("at the end", [" of the", " end"], (" of the ", True)),  # a whole one before does not count
        ("ende", ["nd"], ("", True)),
        ("", ["e", "nd"], ("", True)),
    ],
)
def test_a_stop_string_may_have_begun_before(before: str, pieces: list[str], expected: tuple[str, bool]) -> None:
    assert feed(StopScanner(("end", "ending up"), before), *pieces) == expected


def test_what_was_said_before_is_never_shown_again() -> None:
    for size in range(1, 5):
        scanner = StopScanner(("abcabd",), "abcab")
        shown = "".join(scanner.feed("cab"[place : place + size])[0] for place in range(0, 3, size))
        assert shown + scanner.finish() == "cab"


def test_of_a_phrase_that_began_before_the_rest_goes_back() -> None:
    scanner: PhraseScanner[int] = PhraseScanner(("as an AI", "an"), "As an")
    assert [held.text for held in scanner.feed(" A", 0)[0]] == []
    safe, withdrawn = scanner.feed("I", 1)
    assert (safe, [held.note for held in withdrawn]) == ([], [0, 1])
    assert [held.text for held in scanner.feed(" owl", 2)[0]] == [" owl"]
    assert [held.text for held in scanner.feed(" AI", 3)[0]] == [" AI"]
