"""Telling text from other bytes, and its encoding."""

import codecs
import random
import struct
import zlib

import pytest

from desktop_app.domain.plain_text import LATIN_1, decoded

WORDS = "Grüße aus Köln: “5 €”.\nZweite Zeile."


@pytest.mark.parametrize(
    ("data", "text", "guessed"),
    [
        (WORDS.encode(), WORDS, ""),
        (codecs.BOM_UTF8 + WORDS.encode(), WORDS, ""),
        (WORDS.encode("utf-16"), WORDS, ""),
        (codecs.BOM_UTF16_BE + WORDS.encode("utf-16-be"), WORDS, ""),
        (WORDS.encode("utf-32"), WORDS, ""),
        (WORDS.encode("utf-16-le"), WORDS, "UTF-16"),
        (WORDS.encode("utf-16-be"), WORDS, "UTF-16"),
        (WORDS.encode("cp1252"), WORDS, LATIN_1),
        (b"one\r\ntwo\rthree\n", "one\ntwo\nthree\n", ""),
        (b"\x1b[31mred\x1b[0m log", "\x1b[31mred\x1b[0m log", ""),
        ("日本語のテキスト".encode(), "日本語のテキスト", ""),
        (b"", "", ""),
    ],
)
def test_texts(data: bytes, text: str, guessed: str) -> None:
    assert decoded(data) == (text, guessed)


def png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        png(),
        b"GGUF\x03\x00\x00\x00" + bytes(200),
        random.Random(1).randbytes(5000),
        bytes(number or 1 for number in random.Random(2).randbytes(5000)),
        codecs.BOM_UTF8 + b"\xff\xfe\xfd",
        b"a\0b",
        bytes(4000),
    ],
)
def test_what_is_no_text(data: bytes) -> None:
    assert decoded(data) is None
