"""Looks at what llama.cpp computes on the way to an answer, through ggml's evaluation callback."""

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.engine.backend import Backend

Values = npt.NDArray[np.float32]

_SHAPE_OFFSET = 16
"""Where a ggml_tensor has its four lengths, behind its type and its buffer."""
_VALUE_BYTES = 4


class GraphWatch:
    """Hands the values of some of a graph's tensors on, as they are computed, while it is `armed`.

    `wanted` gets a tensor's name, such as 'kq_soft_max-3': what it is, and its layer. `take` gets the name and the
    values, in ggml's shape reversed: (planes, rows, columns). What it raises is raised again by `check`.
    """

    def __init__(self, backend: Backend, wanted: Callable[[str], bool], take: Callable[[str, Values], None]) -> None:
        self._wanted = wanted
        self._take = take
        self._name = backend.function("ggml_get_name", ctypes.c_char_p, ctypes.c_void_p)
        self._count = backend.function("ggml_nelements", ctypes.c_int64, ctypes.c_void_p)
        self._bytes = backend.function("ggml_nbytes", ctypes.c_size_t, ctypes.c_void_p)
        self._get = backend.function(
            "ggml_backend_tensor_get", None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t
        )
        self._failure: Exception | None = None
        self.armed = False

    def see(self, tensor: int, ask: bool, _user_data: int | None) -> bool:
        """Answer ggml: whether a tensor's values are wanted, and then whether the computing is to go on."""
        try:
            name = self._name(tensor).decode("ascii", "replace")
            if ask:
                return self.armed and self._wanted(name)
            self._take(name, self._values(tensor, name))
        except Exception as error:  # noqa: BLE001  # it cannot pass through C; `check` raises it
            self._failure = self._failure or error
            return False
        return True

    def check(self) -> None:
        """Raise what `take` raised since the last time."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _values(self, tensor: int, name: str) -> Values:
        columns, rows, planes, more = (ctypes.c_int64 * 4).from_address(tensor + _SHAPE_OFFSET)
        count = int(self._count(tensor))
        if more != 1 or columns * rows * planes != count or self._bytes(tensor) != count * _VALUE_BYTES:
            raise EngineError(ErrorCode.ATTENTION_HIDDEN, f"{name} has another form")
        values = np.empty((planes, rows, columns), np.float32)
        pointer: Any = values.ctypes.data
        self._get(tensor, pointer, 0, values.nbytes)
        return values
