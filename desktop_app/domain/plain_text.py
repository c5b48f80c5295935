"""Tells text from other bytes, and in which encoding it is written."""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16's does, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NUL_SHARE = 0.3
"""In UTF-16 of most languages that many bytes of one kind of place, at the least, are zero: spaces and line ends."""
_CONTROL_SHARE = 0.002
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SAMPLE = 65_536
LATIN_1 = "Latin-1"


def decoded(data: bytes) -> tuple[str, str] | None:
    """Return the text in `data` and the name of its encoding where that was guessed; None where it is no text.

    Lines end with a line feed alone. Latin-1 stands for Windows-1252, of which it is a part.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding, "")
    if 0 in data:
        return _without_mark(data)
    try:
        text, guessed = data.decode("utf-8"), ""
    except UnicodeDecodeError:
        text, guessed = data.decode("cp1252", "replace"), LATIN_1
    return None if _is_binary(text) else (_lines(text), guessed)


def _without_mark(data: bytes) -> tuple[str, str] | None:
    """Return UTF-16 without a byte order mark, which has many zeros in every other place and few in the rest."""
    sample = data[:_SAMPLE]
    half = len(sample) / 2
    even, odd = sample[::2].count(0) / half, sample[1::2].count(0) / half
    if odd >= _NUL_SHARE > 10 * even:
        return _strictly(data, "utf-16-le", "UTF-16")
    if even >= _NUL_SHARE > 10 * odd:
        return _strictly(data, "utf-16-be", "UTF-16")
    return None


def _strictly(data: bytes, encoding: str, guessed: str) -> tuple[str, str] | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _is_binary(text) else (_lines(text), guessed)


def _is_binary(text: str) -> bool:
    """Whether there are more control characters than text ever has; an escape may colour a log."""
    sample = text[:_SAMPLE]
    strange = len(_CONTROLS.findall(sample)) + sample.count("\ufffd")
    return "\0" in text or strange > _CONTROL_SHARE * len(sample)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
