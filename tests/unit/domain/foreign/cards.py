"""Character cards, as JSON and in a picture, made for the tests."""

import base64
import json
import struct
import zlib
from typing import Any

PNG = b"\x89PNG\r\n\x1a\n"
ADA = {
    "name": "Ada",
    "description": "{{char}} is a mathematician who answers {{user}} patiently.",
    "personality": "curious",
    "scenario": "A library. {{// the author's note}}It is {{date}}.",
    "first_mes": "Good day, {{user}}.\r\nI am <BOT>.",
    "mes_example": "<START>\n{{user}}: What is a loop?\n{{char}}: A cycle.\n<START>\n{{user}}: Thanks.\n{{char}}: Ask <USER> more.",
}


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def picture(**cards: dict[str, Any]) -> bytes:
    """A PNG of one pixel with a card for each keyword."""
    texts = [
        chunk(b"tEXt", name.encode() + b"\0" + base64.b64encode(json.dumps(card).encode()))
        for name, card in cards.items()
    ]
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"".join([PNG, head, *texts, chunk(b"IDAT", zlib.compress(b"\0\0")), chunk(b"IEND", b"")])
