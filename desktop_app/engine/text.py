"""Turns the bytes of tokens into text that can be shown: whole characters, ending before a stop string."""

import codecs
from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec


class CharacterAssembler:
    """Puts UTF-8 characters together that are split over tokens.

    Bytes that can never become a character turn into U+FFFD.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    @property
    def state(self) -> tuple[bytes, int]:
        """What was begun and is not complete; setting it goes back there."""
        return self._decoder.getstate()

    @state.setter
    def state(self, state: tuple[bytes, int]) -> None:
        self._decoder.setstate(state)

    def feed(self, piece: bytes) -> str:
        """Return the characters that `piece` completes; an incomplete end is kept back."""
        return self._decoder.decode(piece)

    def finish(self) -> str:
        """Return U+FFFD for a character that was begun and never completed, else nothing."""
        return self._decoder.decode(b"", final=True)


class StopScanner:
    """Holds back what may be the beginning of a stop string, and finds the end of an answer.

    Empty stop strings are ignored. One that began in what was said `before` counts too, but no whole one there.
    """

    def __init__(self, stops: Sequence[str], before: str = "") -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = _end_that_begins(before, self._stops)
        self._said = len(self._held)

    def feed(self, text: str) -> tuple[str, bool]:
        """Return the text that is safe to show, and whether a stop string was found after it."""
        if not self._stops:
            return text, False
        self._held += text
        found = _first_place(self._held, self._stops, self._said)
        if found >= 0:
            shown = self._let_go(found)
            self._held = ""
            return shown, True
        return self._let_go(len(self._held) - _possible_start(self._held, self._stops)), False

    def finish(self) -> str:
        """Return what was held back, now that no more text comes."""
        return self._let_go(len(self._held))

    def _let_go(self, count: int) -> str:
        shown, self._held = self._held[self._said : count], self._held[count:]
        self._said = max(0, self._said - count)
        return shown


Note = TypeVar("Note")


class Held(msgspec.Struct, Generic[Note]):
    """The text of one token that may have to be taken back, and what belongs to it."""

    text: str
    note: Note


class PhraseScanner(Generic[Note]):
    """Holds back the tokens that may begin a phrase that is not wanted; upper and lower case count as the same.

    It is fed one token at a time, with a `note` of what belongs to it. Of a phrase that began in what was said `before`,
    the rest is taken back.
    """

    def __init__(self, phrases: Sequence[str], before: str = "") -> None:
        self._phrases = tuple(phrase.casefold() for phrase in phrases if phrase)
        self._held: list[Held[Note]] = []
        self._said = _end_that_begins(before.casefold(), self._phrases)

    def feed(self, text: str, note: Note) -> tuple[list[Held[Note]], list[Held[Note]]]:
        """Return the tokens that are safe now, and those at the end that are to be taken back.

        Where there are such, the phrase begins in the first of them, or before it.
        """
        self._held.append(Held(text, note))
        if not self._phrases:
            return self._let_go(1), []
        folded = [held.text.casefold() for held in self._held]
        said = len(self._said)
        joined = self._said + "".join(folded)
        found = _first_place(joined, self._phrases, said)
        if found >= 0:
            return [], self._take_back(folded, max(0, found - said))
        safe = len(joined) - _possible_start(joined, self._phrases) - said
        count = 0
        for length in (len(part) for part in folded):
            safe -= length
            if safe < 0:
                break
            count += 1
        if count:
            self._said = ""
        return self._let_go(count), []

    def finish(self) -> list[Held[Note]]:
        """Return what was held back, now that no more text comes."""
        return self._let_go(len(self._held))

    def _take_back(self, folded: Sequence[str], found: int) -> list[Held[Note]]:
        first = end = 0
        while end + len(folded[first]) <= found:
            end += len(folded[first])
            first += 1
        withdrawn, self._held = self._held[first:], self._held[:first]
        return withdrawn

    def _let_go(self, count: int) -> list[Held[Note]]:
        safe, self._held = self._held[:count], self._held[count:]
        return safe


def _first_place(text: str, wanted: Sequence[str], said: int) -> int:
    """Return where the first of `wanted` begins that ends behind the first `said` characters of `text`, -1 for nowhere."""
    places = (text.find(each, max(0, said - len(each) + 1)) for each in wanted)
    return min((place for place in places if place >= 0), default=-1)


def _end_that_begins(text: str, wanted: Sequence[str]) -> str:
    """Return the end of `text` that may begin one of `wanted`, empty where none does."""
    return text[len(text) - _possible_start(text, wanted) :] if wanted else ""


def _possible_start(text: str, wanted: Sequence[str]) -> int:
    """Return how many characters at the end of `text` may begin one of `wanted`."""
    for length in range(min(max(map(len, wanted)) - 1, len(text)), 0, -1):
        end = text[-length:]
        if any(each.startswith(end) for each in wanted):
            return length
    return 0
