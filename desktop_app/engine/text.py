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

    Empty stop strings are ignored.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""

    def feed(self, text: str) -> tuple[str, bool]:
        """Return the text that is safe to show, and whether a stop string was found after it."""
        if not self._stops:
            return text, False
        self._held += text
        found = [position for stop in self._stops if (position := self._held.find(stop)) >= 0]
        if found:
            shown, self._held = self._held[: min(found)], ""
            return shown, True
        cut = len(self._held) - _possible_start(self._held, self._stops)
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown, False

    def finish(self) -> str:
        """Return what was held back, now that no more text comes."""
        shown, self._held = self._held, ""
        return shown


Note = TypeVar("Note")


class Held(msgspec.Struct, Generic[Note]):
    """The text of one token that may have to be taken back, and what belongs to it."""

    text: str
    note: Note


class PhraseScanner(Generic[Note]):
    """Holds back the tokens that may begin a phrase that is not wanted; upper and lower case count as the same.

    It is fed one token at a time, with a `note` of what belongs to it.
    """

    def __init__(self, phrases: Sequence[str]) -> None:
        self._phrases = tuple(phrase.casefold() for phrase in phrases if phrase)
        self._held: list[Held[Note]] = []

    def feed(self, text: str, note: Note) -> tuple[list[Held[Note]], list[Held[Note]]]:
        """Return the tokens that are safe now, and those at the end that are to be taken back.

        Where there are such, the phrase begins in the first of them.
        """
        self._held.append(Held(text, note))
        if not self._phrases:
            return self._let_go(1), []
        folded = [held.text.casefold() for held in self._held]
        joined = "".join(folded)
        found = min((at for phrase in self._phrases if (at := joined.find(phrase)) >= 0), default=-1)
        if found >= 0:
            return [], self._take_back(folded, found)
        safe = len(joined) - _possible_start(joined, self._phrases)
        count = 0
        for length in (len(part) for part in folded):
            safe -= length
            if safe < 0:
                break
            count += 1
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


def _possible_start(text: str, wanted: Sequence[str]) -> int:
    """Return how many characters at the end of `text` may begin one of `wanted`."""
    for length in range(min(max(map(len, wanted)) - 1, len(text)), 0, -1):
        end = text[-length:]
        if any(each.startswith(end) for each in wanted):
            return length
    return 0
