"""Reads rows of a tensor in a model's file as 32-bit floats, by ggml's own conversion from whatever they are kept as."""

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from desktop_app.domain.errors import AppError, EngineError, ErrorCode
from desktop_app.domain.gguf import Tensor, read_header
from desktop_app.domain.gguf_types import TENSOR_BLOCKS
from desktop_app.domain.model_names import part_names
from desktop_app.engine.backend import Backend

Rows = npt.NDArray[np.float32]

_F32 = 0
_CONVERT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)


class _Traits(ctypes.Structure):
    """The front of ggml_type_traits in ggml.h: what there is to know about a type of values."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("block_values", ctypes.c_int64),
        ("interleaved", ctypes.c_int64),
        ("block_bytes", ctypes.c_size_t),
        ("is_quantized", ctypes.c_bool),
        ("to_float", _CONVERT),
    )


class TensorRows:
    """The rows of one tensor, `count` of them, each of `length` values."""

    def __init__(self, backend: Backend, path: Path, name: str, count: int) -> None:
        """Open the file, or that part of the model at `path`, which holds the tensor `name`.

        Raises EngineError VECTORS_HIDDEN where there is none of `count` rows that can be read.
        """
        file, tensor = _find(path, name)
        self._tensor = tensor
        self._values, self._bytes = TENSOR_BLOCKS[tensor.kind]
        self.count, self.length = count, tensor.size // count
        if tensor.size % count or self.length % self._values:
            raise EngineError(ErrorCode.VECTORS_HIDDEN, f"{name} has {tensor.size} values for {count} rows")
        self._to_float = _conversion(backend, tensor.kind)
        try:
            self._file: BinaryIO = file.open("rb")
        except OSError as error:
            raise EngineError(ErrorCode.VECTORS_HIDDEN, str(error)) from error

    def rows(self, begin: int, end: int) -> Rows:
        """Return the rows from `begin` to before `end`; raises EngineError VECTORS_HIDDEN where they cannot be read."""
        size = self.length // self._values * self._bytes
        try:
            self._file.seek(self._tensor.offset + begin * size)
            data = self._file.read((end - begin) * size)
        except OSError as error:
            raise EngineError(ErrorCode.VECTORS_HIDDEN, str(error)) from error
        if len(data) != (end - begin) * size:
            raise EngineError(ErrorCode.VECTORS_HIDDEN, "the file became shorter")
        values = np.empty((end - begin, self.length), np.float32)
        if self._to_float is None:
            values[:] = np.frombuffer(data, "<f4").reshape(values.shape)
        else:
            self._to_float(data, values.ctypes.data, values.size)
        return values

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _find(path: Path, name: str) -> tuple[Path, Tensor]:
    """Return the file that has a tensor, and where it is; raises EngineError VECTORS_HIDDEN."""
    for part in part_names(path.name):
        try:
            header = read_header(path.with_name(part), (name,))
        except AppError as error:  # it was moved or changed since it was loaded
            raise EngineError(ErrorCode.VECTORS_HIDDEN, str(error)) from error
        if header.tensors:
            return path.with_name(part), header.tensors[0]
    raise EngineError(ErrorCode.VECTORS_HIDDEN, f"no tensor {name}")


def _conversion(backend: Backend, kind: int) -> Callable[..., None] | None:
    """Return ggml's conversion from a type to floats, None where they are floats.

    It is used only where ggml tells the same of the type in ways that do not depend on how its table is laid out.
    """
    if kind == _F32:
        return None
    traits = backend.function("ggml_get_type_traits", ctypes.POINTER(_Traits), ctypes.c_int)(kind).contents
    name = backend.function("ggml_type_name", ctypes.c_char_p, ctypes.c_int)(kind)
    values = backend.function("ggml_blck_size", ctypes.c_int64, ctypes.c_int)(kind)
    size = backend.function("ggml_type_size", ctypes.c_size_t, ctypes.c_int)(kind)
    same = (traits.name, traits.block_values, traits.block_bytes) == (name, values, size)
    if not same or not traits.to_float or TENSOR_BLOCKS[kind] != (values, size):
        raise EngineError(ErrorCode.VECTORS_HIDDEN, f"values of type {kind} cannot be read")
    convert: Callable[..., None] = traits.to_float
    return convert
