"""Identifiers that sort by the time they were made."""

import os
import time


def new_id() -> str:
    """Return 32 hex digits: 64 bits of Unix time in nanoseconds, then 64 random bits.

    Ids made later sort later, and two processes never make the same one.
    """
    return f"{time.time_ns():016x}{os.urandom(8).hex()}"
