"""Makes characters visible that would hide, or reverse, what stands around them. Free of Qt."""

import re

_BIDI = {
    0x202A: "↦", 0x202B: "↤", 0x202C: "↥", 0x202D: "↦", 0x202E: "↤",
    0x2066: "↦", 0x2067: "↤", 0x2068: "↕", 0x2069: "↥",
}  # fmt: skip
"""Embeddings, overrides and isolates, and what ends them; what only marks a direction is left alone."""
_CONTROLS = {
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"},
    0x7F: "␡",
    **dict.fromkeys(range(0x80, 0xA0), "\ufffd"),
}
_MEANT_FOR_QT = {0x2029: "\u2028", 0xFDD0: "\ufffd", 0xFDD1: "\ufffd", 0xFFFC: "\ufffd", 0xFEFF: "\u2060"}
"""What Qt would take for the end of a paragraph, for a frame, for an image, or for the order of bytes."""
_TABLE = {**_CONTROLS, **_BIDI, **_MEANT_FOR_QT, **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}
_ANY = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2029-\u202e\u2066-\u2069\ud800-\udfff\ufdd0\ufdd1\ufffc\ufeff]")


def visible(text: str) -> str:
    """Return `text` with one sign for each character that cannot be seen but changes what is."""
    return text.translate(_TABLE) if _ANY.search(text) else text
