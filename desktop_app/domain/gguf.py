"""Reads the header of a GGUF file: what the model is called, and whether the file can be whole.

The format is described in ggml's docs/gguf.md. This reader exists because llama.cpp's own aborts the
process on some damaged headers, and because a file's name and quantization are wanted without
loading it. It reads the header only, tens of milliseconds for a usual vocabulary.
"""

import errno
import math
import os
import struct
from pathlib import Path
from typing import BinaryIO, NoReturn

import msgspec

from desktop_app.domain.errors import ErrorCode, ModelError
from desktop_app.domain.gguf_types import FILE_TYPES, TENSOR_BLOCKS

MAGIC = b"GGUF"
NEWEST_VERSION = 3
OLDEST_VERSION = 2
MAX_ENTRIES = 1 << 16
MAX_TENSORS = 1 << 20
MAX_LAYERS = 512
"""llama.cpp's LLAMA_MAX_LAYERS; beyond it the library aborts."""
DEFAULT_ALIGNMENT = 32

_STRING, _ARRAY, _BOOL = 8, 9, 7
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", _BOOL: "?", 10: "Q", 11: "q", 12: "d"}

_NEWER_TYPES = range(43, 256)
"""Tensor types that a later ggml may define; beyond them a number is damage."""

Scalar = bool | int | float | str


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """A file's header. `metadata` holds the single values, `lengths` how many values each array has.

    `needed_size` is the number of bytes up to the end of the last tensor.
    """

    metadata: dict[str, Scalar]
    lengths: dict[str, int]
    tensor_count: int
    file_size: int
    needed_size: int

    @property
    def architecture(self) -> str:
        """What llama.cpp calls the family, such as 'llama' or 'qwen3'."""
        return str(self.metadata.get("general.architecture", ""))

    @property
    def quantization(self) -> str:
        """The name of the file's mix of tensor types, such as 'Q4_K_M'; empty where it is unknown."""
        value = self.metadata.get("general.file_type")
        return FILE_TYPES.get(value, "") if isinstance(value, int) else ""

    @property
    def layer_count(self) -> int:
        """The number of the model's blocks; 0 where the file does not say."""
        return self.number("block_count")

    def number(self, name: str) -> int:
        """Return the architecture's value called `name`, 0 where the file has no such number."""
        value = self.metadata.get(f"{self.architecture}.{name}")
        return value if isinstance(value, int) else 0


def read_header(path: Path) -> Header:
    """Read and check the header of the model at `path`.

    Raises ModelError: MODEL_NOT_FOUND, MODEL_IS_FOLDER, MODEL_EMPTY, MODEL_NOT_GGUF,
    MODEL_UNREADABLE, MODEL_DAMAGED (cut short, or with values that would abort llama.cpp), or
    MODEL_UNSUPPORTED (a format or tensor type of another age).
    """
    try:
        if path.is_dir():
            raise ModelError(ErrorCode.MODEL_IS_FOLDER, path=str(path))
        with path.open("rb") as file:
            header = _Reader(file, path, os.fstat(file.fileno()).st_size).read()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ModelError(ErrorCode.MODEL_NOT_FOUND, str(error), path=str(path)) from error
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "")
        raise ModelError(ErrorCode.MODEL_UNREADABLE, f"{name} {error}", path=str(path)) from error
    except ValueError as error:  # a path with a NUL character
        raise ModelError(ErrorCode.MODEL_NOT_FOUND, str(error), path=str(path)) from error
    if header.file_size < header.needed_size:
        raise ModelError(
            ErrorCode.MODEL_DAMAGED,
            f"cut short: {header.file_size} bytes, {header.needed_size} needed",
            path=str(path),
        )
    return header


class _Reader:
    """Walks over one header; every length is checked against what is left of the file."""

    def __init__(self, file: BinaryIO, path: Path, size: int) -> None:
        self._file = file
        self._path = path
        self._size = size
        self._position = 0
        self._metadata: dict[str, Scalar] = {}
        self._lengths: dict[str, int] = {}

    def read(self) -> Header:
        self._read_start()
        tensors, entries = self._unpack("QQ", 16)
        if tensors > MAX_TENSORS or entries > MAX_ENTRIES or tensors == 0:
            self._damaged(f"{tensors} tensors and {entries} entries")
        for _ in range(entries):
            self._read_entry()
        end = max(self._read_tensor() for _ in range(tensors))
        self._check_values()
        alignment = self._metadata.get("general.alignment", DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or alignment <= 0 or alignment & (alignment - 1):
            self._damaged(f"alignment {alignment}")
        data_start = -(-self._position // alignment) * alignment
        return Header(
            metadata=self._metadata,
            lengths=self._lengths,
            tensor_count=tensors,
            file_size=self._size,
            needed_size=data_start + end,
        )

    def _read_start(self) -> None:
        if self._size == 0:
            raise ModelError(ErrorCode.MODEL_EMPTY, path=str(self._path))
        start = self._file.read(len(MAGIC))
        self._position = len(start)
        if start != MAGIC:
            raise ModelError(ErrorCode.MODEL_NOT_GGUF, f"begins with {start!r}", path=str(self._path))
        (version,) = self._unpack("I", 4)
        if version == 0 or (version > 0xFFFF and version & 0xFFFF):
            self._damaged(f"format version {version}")
        if not OLDEST_VERSION <= version <= NEWEST_VERSION:
            self._unsupported(f"format version {version}")

    def _read_entry(self) -> None:
        key = self._text()
        if key in self._metadata or key in self._lengths:
            self._damaged(f"{key} stands twice")
        (kind,) = self._unpack("I", 4)
        if kind != _ARRAY:
            self._metadata[key] = self._scalar(kind)
            return
        kind, count = self._unpack("IQ", 12)
        self._lengths[key] = count
        if kind == _STRING:
            self._skip_strings(key, count)
        elif kind in _SCALARS:
            self._take(count * struct.calcsize(_SCALARS[kind]), keep=False)
        else:
            self._damaged(f"{key} is an array of type {kind}")

    def _scalar(self, kind: int) -> Scalar:
        if kind == _STRING:
            return self._text()
        if kind not in _SCALARS:
            self._damaged(f"value of type {kind}")
        code = _SCALARS[kind]
        value: bool | int | float = self._unpack(code, struct.calcsize(code))[0]
        return value

    def _skip_strings(self, key: str, count: int) -> None:
        """Pass over an array of strings; in a vocabulary none may stand twice.

        llama.cpp reads a token up to its first NUL, and gives empty ones names of their own.
        """
        if count * 8 > self._size - self._position:
            self._damaged(f"{key} has {count} strings")
        is_vocabulary = key == "tokenizer.ggml.tokens"
        seen: set[bytes] = set()
        for _ in range(count):
            text = self._string()
            if is_vocabulary and (token := text.partition(b"\0")[0]):
                if token in seen:
                    self._damaged(f"the vocabulary has a token twice: {token!r}")
                seen.add(token)

    def _read_tensor(self) -> int:
        """Return where the tensor ends, counted from the start of the data."""
        name = self._text()
        (dimensions,) = self._unpack("I", 4)
        if not 0 < dimensions <= 4:
            self._damaged(f"{name} has {dimensions} dimensions")
        shape = self._unpack(f"{dimensions}Q", dimensions * 8)
        kind, offset = self._unpack("IQ", 12)
        if kind in _NEWER_TYPES:
            self._unsupported(f"{name} has type {kind}")
        if kind not in TENSOR_BLOCKS:
            self._damaged(f"{name} has type {kind}")
        values, size = TENSOR_BLOCKS[kind]
        if 0 in shape or shape[0] % values:
            self._damaged(f"{name} has the shape {shape}")
        return int(offset) + math.prod(shape) // values * size

    def _check_values(self) -> None:
        """Find what llama.cpp would abort on."""
        architecture = str(self._metadata.get("general.architecture", ""))
        if not architecture:
            self._damaged("no architecture")
        layers = self._metadata.get(f"{architecture}.block_count")
        if layers is not None and not (isinstance(layers, int) and 0 < layers <= MAX_LAYERS):
            self._damaged(f"{layers} layers")
        for key, value in self._metadata.items():
            if isinstance(value, float) and not math.isfinite(value):
                self._damaged(f"{key} is {value}")
            if key.endswith("_epsilon") and isinstance(value, float) and value < 0.0:
                self._damaged(f"{key} is {value}")

    def _text(self) -> str:
        return self._string().decode("utf-8", errors="replace")

    def _string(self) -> bytes:
        (length,) = self._unpack("Q", 8)
        return self._take(length)

    def _unpack(self, code: str, size: int) -> tuple[int, ...]:
        return struct.unpack(f"<{code}", self._take(size))

    def _take(self, size: int, *, keep: bool = True) -> bytes:
        """Return the next `size` bytes, or only pass over them."""
        if size > self._size - self._position:
            self._damaged(f"cut short in the header: {size} bytes wanted at {self._position} of {self._size}")
        self._position += size
        if not keep:
            self._file.seek(size, os.SEEK_CUR)
            return b""
        data = self._file.read(size)
        if len(data) != size:
            self._damaged("became shorter while it was read")
        return data

    def _damaged(self, detail: str) -> NoReturn:
        raise ModelError(ErrorCode.MODEL_DAMAGED, detail, path=str(self._path))

    def _unsupported(self, detail: str) -> NoReturn:
        raise ModelError(ErrorCode.MODEL_UNSUPPORTED, detail, path=str(self._path))
