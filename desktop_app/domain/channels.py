"""Mends the headers of messages of gpt-oss, which it does not always write as its format has them.

It puts a word, question marks or a kind of data behind the name of the channel, begins a header twice, or leaves the name
out. What follows is a message all the same.
"""

import re

from desktop_app.domain.overlaps import overlap

CHANNEL, MESSAGE = "<|channel|>", "<|message|>"
"""What stands before and behind a header."""
LONGEST = 100
"""Characters of a header; what is longer is none."""
_NAMES = ("analysis", "commentary", "final")
_ADDRESS = " to="
"""What the header of a call has; those are read where calls are."""
_ADDRESSED = re.compile(r" to=[^\s<]+\s*\Z")
"""It may stand before the channel, too."""


class HeaderMender:
    """Makes every header in text that comes in pieces a plain one, but those of calls; holds back what may become one."""

    def __init__(self) -> None:
        self._held = ""
        self._told = ""  # as much of it as may be an address

    def feed(self, text: str, *, is_final: bool = False) -> str:
        """Return the text that is certain now; all of it where it `is_final`."""
        self._held += text
        told = self._certain(is_final=is_final)
        self._told = f"{self._told}{told}"[-LONGEST:]
        return told

    def _certain(self, *, is_final: bool) -> str:
        mended: list[str] = []
        while (begin := self._held.find(CHANNEL)) >= 0:
            mended.append(self._held[:begin])
            self._held = self._held[begin:]
            if not self._mend(mended, is_final=is_final):
                return "".join(mended)
        kept = 0 if is_final else overlap(self._held, CHANNEL)
        place = len(self._held) - kept
        mended.append(self._held[:place])
        self._held = self._held[place:]
        return "".join(mended)

    def _mend(self, mended: list[str], *, is_final: bool) -> bool:
        """Go behind the header that is held, or to the next one; whether it is known what that is."""
        begin = len(CHANNEL)
        most = begin + LONGEST + len(MESSAGE)
        ends = [(place, mark) for mark in (CHANNEL, MESSAGE) if (place := self._held.find(mark, begin, most)) >= 0]
        end, mark = min(ends, default=(min(most, len(self._held)), ""))
        header = self._held[begin:end]
        if not mark and _ADDRESS not in header and end < most and not is_final:
            return False
        is_addressed = _ADDRESS in header or _ADDRESSED.search(f"{self._told}{''.join(mended)}"[-LONGEST:])
        if not mark or is_addressed:
            mended.append(CHANNEL)
            self._held = self._held[begin:]
        elif mark == CHANNEL:
            self._held = self._held[end:]
        else:
            mended.append(f"{CHANNEL}{_plain(header)}{MESSAGE}")
            self._held = self._held[end + len(MESSAGE) :]
        return True


def _plain(header: str) -> str:
    """Return the channel that a header names, or begins with; all else is the answer's."""
    begun = header.strip()
    return next((name for name in _NAMES if begun.startswith(name)), "final")
