"""Model files that are whole by their headers, and hold any bytes: for what looks no deeper."""

import struct

from tests.benchmarks.gguf_writer import STRING, U16, entry, padded, text

_BYTES = 24
"""The type of tensors of whole numbers of 8 bits."""


def whole_model(data: bytes, part: int = 0, parts: int = 1) -> bytes:
    """Return a file with one tensor of `data`; of several `parts`, numbered from 0, the first one alone names a family."""
    entries = [entry("general.architecture", STRING, text("llama"))] if not part else []
    if parts > 1:
        entries += [
            entry(f"split.{key}", U16, struct.pack("<H", value)) for key, value in (("no", part), ("count", parts))
        ]
    header = b"GGUF" + struct.pack("<IQQ", 3, 1, len(entries)) + b"".join(entries)
    header += text("weights") + struct.pack("<IQIQ", 1, len(data), _BYTES, 0)
    return header + bytes(padded(len(header)) - len(header)) + data
