"""Turns the bytes of tokens into text that can be shown: whole characters, ending before a stop string."""

import codecs
from collections.abc import Sequence


class CharacterAssembler:
    """Puts UTF-8 characters together that are split over tokens.

    Bytes that can never become a character turn into U+FFFD.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

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
        keep = max(self._possible_start(stop) for stop in self._stops)
        cut = len(self._held) - keep
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown, False

    def finish(self) -> str:
        """Return what was held back, now that no more text comes."""
        shown, self._held = self._held, ""
        return shown

    def _possible_start(self, stop: str) -> int:
        """Return how many characters at the end of the held text begin `stop`."""
        for length in range(min(len(stop) - 1, len(self._held)), 0, -1):
            if self._held.endswith(stop[:length]):
                return length
        return 0
