"""Tells files from one another without reading all of them: a model has gigabytes, and is loaded in a second."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

BLOCKS = 64
BLOCK_BYTES = 4096


def fingerprint(files: Iterable[Path]) -> str:
    """Return a hexadecimal number for these files: their sizes, their times of change, and blocks from all over them.

    Who writes another model in the place of one changes its time; who copies one makes another file of it.
    Raises OSError.
    """
    digest = hashlib.blake2b(digest_size=16)
    for file in files:
        status = file.stat()
        digest.update(f"{status.st_size} {status.st_mtime_ns};".encode())
        with file.open("rb") as stream:
            for number in range(BLOCKS):
                stream.seek(max(0, status.st_size - BLOCK_BYTES) * number // (BLOCKS - 1))
                digest.update(stream.read(BLOCK_BYTES))
    return digest.hexdigest()
