"""What interrupts a decode."""

import ctypes
import sys
from typing import Any

import llama_cpp.llama_cpp as c


class AbortFlag:
    """Says whether what is computed is to be given up; `set` and `clear` are for any thread. It lives as long as its context."""

    def __init__(self) -> None:
        self._flag = ctypes.create_string_buffer(2)
        self._callback = _callback()

    def watch_over(self, parameters: Any) -> None:
        """Have a context that is made with `parameters` heed it."""
        parameters.abort_callback = self._callback
        parameters.abort_callback_data = ctypes.addressof(self._flag)

    def set(self) -> None:
        """Have the running decode, or else the next one, given up."""
        self._flag[0] = b"\1"

    def clear(self) -> None:
        """Take it back."""
        self._flag[0] = b"\0"


def _callback() -> object:
    """Return a callback that says whether its data, a flag, begins with a byte other than 0.

    llama.cpp asks it for every node of the graph, in its own threads. libc's `strlen` on the flag is
    that question without Python: 0 for an empty string, 1 for "\\1".
    """
    library = ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)
    return ctypes.cast(library.strlen, c.ggml_abort_callback)
