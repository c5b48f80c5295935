"""Reads the header of a GGUF file: what the model is called, and whether the file can be whole.

The format is described in ggml's docs/gguf.md. This reader exists because llama.cpp's own aborts the
process on some damaged headers, and because a file's name and quantization are wanted without
loading it. It reads the header only, tens of milliseconds for a usual vocabulary; of a file that is
still on the hub, the first bytes are enough for most of it.
"""

import errno
import io
import math
import os
import re
import stat
import struct
from collections.abc import Collection, Iterator, Sequence
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
START_BYTES = 64 * 1024
"""How much of a file is read where only its model's figures are wanted: they stand before the vocabulary as a rule."""

_STRING, _ARRAY, _BOOL = 8, 9, 7
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", _BOOL: "?", 10: "Q", 11: "q", 12: "d"}

_LENGTH = struct.Struct("<Q")
_BLOCK_BYTES = 1 << 18
"""So much of a file is read at once where it has strings by the hundred thousand."""

_BYTES_OF_TEXTS = (*range(0x01, 0x20), *range(0x21, 0xC0), *range(0xC2, 0xF5))
"""The bytes that UTF-8 has, but for the space, which vocabularies of pieces write with a sign of its own."""

_NEWER_TYPES = range(43, 256)
"""Tensor types that a later ggml may define; beyond them a number is damage."""

Scalar = bool | int | float | str


_LAYER = re.compile(r"blk\.(\d{1,4})\.")
_EXPERTS = re.compile(r"_(?:ch)?exps\.")

CONTROL_VECTOR = "controlvector"
"""The architecture that a file of control vectors names."""


class Tensor(msgspec.Struct, frozen=True):
    """A tensor: its name, how many values it has, their type, and where it begins in the file."""

    name: str
    size: int
    kind: int
    offset: int


class PartSizes(msgspec.Struct):
    """How many bytes the tensors of a file take: of each layer, of its experts, of the output, and of all else, the `table`.

    `tokens` is the table of the tokens alone; without an output of its own a model uses it for that, too.
    """

    layers: dict[int, int] = {}
    experts: dict[int, int] = {}
    output: int = 0
    table: int = 0
    tokens: int = 0
    has_output: bool = False

    def add(self, name: str, size: int) -> None:
        """Count a tensor; what names mean is from llama.cpp's llama-arch.cpp."""
        layer = _LAYER.match(name)
        if layer is not None:
            counted = self.experts if _EXPERTS.search(name) else self.layers
            counted[int(layer.group(1))] = counted.get(int(layer.group(1)), 0) + size
        elif name.startswith("output"):
            self.output += size
            self.has_output = self.has_output or name == "output.weight"
        else:
            self.table += size
            self.tokens += size if name == "token_embd.weight" else 0


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """A file's header. `metadata` holds the single values, `lengths` how many values each array has.

    `arrays` holds the values of the arrays of numbers that have at most one for each layer.
    `tensors` are those of a file of control vectors; of models those that were asked for. `sizes` are those of all,
    as far as they were read.
    `needed_size` is the number of bytes up to the end of the last tensor. `is_whole` is False where
    only the front of the header was there to read: entries may be missing, and `needed_size` is 0.
    """

    metadata: dict[str, Scalar]
    lengths: dict[str, int]
    file_size: int
    needed_size: int
    arrays: dict[str, tuple[int | float, ...]] = {}
    tensors: tuple[Tensor, ...] = ()
    sizes: PartSizes = msgspec.field(default_factory=PartSizes)
    is_whole: bool = True

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

    @property
    def part_count(self) -> int:
        """How many files the model is split into; 1 where this is all of it."""
        value = self.metadata.get("split.count")
        return max(value, 1) if isinstance(value, int) else 1

    def number(self, name: str) -> int:
        """Return the architecture's value called `name`, 0 where the file has no such number."""
        value = self.metadata.get(f"{self.architecture}.{name}")
        return value if isinstance(value, int) else 0


def read_header(path: Path, tensors: Collection[str] = ()) -> Header:
    """Read and check the header of the model at `path`, and tell where some of its `tensors` are.

    Raises ModelError: MODEL_NOT_FOUND, MODEL_IS_FOLDER, MODEL_NOT_A_FILE, MODEL_EMPTY, MODEL_NOT_GGUF,
    MODEL_UNREADABLE, MODEL_INCOMPLETE (its tensors are cut short: so many bytes are `missing` of those `needed`),
    MODEL_DAMAGED (cut short in the header, or with values that would abort llama.cpp), or MODEL_UNSUPPORTED (a
    format or tensor type of another age).
    """
    try:
        check_ordinary(path)
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return _Reader(file, str(path), size, available=size, tensors=tensors).read()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ModelError(ErrorCode.MODEL_NOT_FOUND, str(error), path=str(path)) from error
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "")
        raise ModelError(ErrorCode.MODEL_UNREADABLE, f"{name} {error}", path=str(path)) from error
    except ValueError as error:  # a path with a NUL character
        raise ModelError(ErrorCode.MODEL_NOT_FOUND, str(error), path=str(path)) from error


def check_ordinary(path: Path) -> None:
    """Raise ModelError for a folder, and for what would never answer when it is read: a pipe, a device.

    Raises OSError or ValueError where the system tells nothing of `path`.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise ModelError(ErrorCode.MODEL_IS_FOLDER, path=str(path))
    if not stat.S_ISREG(mode):
        raise ModelError(ErrorCode.MODEL_NOT_A_FILE, path=str(path))


def read_prefix(data: bytes, file_size: int, name: str) -> Header:
    """Read as much of a header as `data` holds, the first bytes of a file of `file_size` bytes called `name`.

    Raises what `read_header` raises for the contents of a file, with `name` as the path; that `data`
    ends is no error. An array whose values `data` cuts off is in `lengths` all the same. What a model is
    made of stands before its vocabulary as a rule: START_BYTES hold it, and take 3 ms.
    """
    return _Reader(io.BytesIO(data), name, file_size, available=min(len(data), file_size)).read()


def _whole_strings(block: bytes, most: int) -> tuple[list[bytes], int]:
    """Return up to `most` strings that are whole in `block`, each after its length, and where they end."""
    texts: list[bytes] = []
    length_at, head, size, place = _LENGTH.unpack_from, _LENGTH.size, len(block), 0
    for _ in range(most):
        start = place + head
        if start > size or (end := start + length_at(block, place)[0]) > size:
            break
        texts.append(block[start:end])
        place = end
    return texts, place


def _in_order(spans: Sequence[tuple[int, int]], alignment: int) -> bool:
    """Whether each tensor begins where the one before it ends, as llama.cpp writes and demands it."""
    place = 0
    for offset, size in spans:
        if offset != place:
            return False
        place += -(-size // alignment) * alignment
    return True


class _PrefixEnded(Exception):  # noqa: N818 - an outcome, not an error
    """What comes next was not fetched."""


class _Reader:
    """Walks over one header; every length is checked against what is left of the file.

    The file has `size` bytes, of which the first `available` can be read.
    """

    def __init__(self, file: BinaryIO, path: str, size: int, available: int, tensors: Collection[str] = ()) -> None:
        self._wanted = tensors
        self._file = file
        self._path = path
        self._size = size
        self._available = available
        self._position = 0
        self._metadata: dict[str, Scalar] = {}
        self._lengths: dict[str, int] = {}
        self._arrays: dict[str, tuple[int | float, ...]] = {}
        self._tensors: list[Tensor] = []
        self._sizes = PartSizes()
        self._byte_without_token: int | None = None

    def read(self) -> Header:
        try:
            needed_size = self._read_all()
        except _PrefixEnded:
            needed_size = 0
            self._check_values()
        return Header(
            metadata=self._metadata,
            lengths=self._lengths,
            file_size=self._size,
            needed_size=needed_size,
            arrays=self._arrays,
            tensors=tuple(self._tensors),
            sizes=self._sizes,
            is_whole=needed_size > 0,
        )

    def _read_all(self) -> int:
        """Read the header and return how many bytes the file needs to have."""
        self._read_start()
        tensors, entries = self._unpack("QQ", 16)
        if tensors > MAX_TENSORS or entries > MAX_ENTRIES:
            self._damaged(f"{tensors} tensors and {entries} entries")
        for _ in range(entries):
            self._read_entry()
        if not self._architecture and not self._is_later_part:
            self._damaged("no architecture")
        if not tensors and not self._is_part:
            self._damaged("no tensors")
        spans = [self._read_tensor() for _ in range(tensors)]
        alignment = self._check_values()
        start = -(-self._position // alignment) * alignment
        self._tensors = [msgspec.structs.replace(each, offset=start + each.offset) for each in self._tensors]
        end = max((offset + size for offset, size in spans), default=0)
        needed_size = start + end if tensors else self._position
        if self._size < needed_size:
            self._cut_short(needed_size, in_order=_in_order(spans, alignment))
        return needed_size

    def _read_start(self) -> None:
        if self._size == 0:
            raise ModelError(ErrorCode.MODEL_EMPTY, path=self._path)
        start = self._file.read(len(MAGIC))
        self._position = len(start)
        if start == MAGIC[: self._available] and self._available < min(self._size, len(MAGIC)):
            raise _PrefixEnded
        if start != MAGIC:
            raise ModelError(ErrorCode.MODEL_NOT_GGUF, f"begins with {start!r}", path=self._path)
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
            self._read_numbers(key, _SCALARS[kind], count)
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

    def _read_numbers(self, key: str, code: str, count: int) -> None:
        """Keep the values that may belong to layers, pass over longer arrays."""
        size = count * struct.calcsize(code)
        if count <= MAX_LAYERS:
            self._arrays[key] = self._unpack(f"{count}{code}", size)
        else:
            self._take(size, keep=False)

    def _skip_strings(self, key: str, count: int) -> None:
        """Pass over an array of strings; in a vocabulary none may stand twice.

        llama.cpp reads a token up to its first NUL, and gives empty ones names of their own.
        """
        if count * 8 > self._size - self._position:
            self._damaged(f"{key} has {count} strings")
        is_vocabulary = key == "tokenizer.ggml.tokens"
        seen: set[bytes] = set()
        for texts in self._strings(count):
            if is_vocabulary:
                self._check_tokens(texts, seen)
        if is_vocabulary:
            unknown = (byte for byte in _BYTES_OF_TEXTS if seen.isdisjoint((b"<0x%02X>" % byte, bytes((byte,)))))
            self._byte_without_token = next(unknown, None)

    def _check_tokens(self, texts: list[bytes], seen: set[bytes]) -> None:
        """Add tokens to those that were seen, each of which may stand once."""
        if b"\0" in b"".join(texts):
            texts = [text.partition(b"\0")[0] for text in texts]
        for token in filter(None, texts):
            if token in seen:
                self._damaged(f"the vocabulary has a token twice: {token!r}")
            seen.add(token)

    def _strings(self, count: int) -> Iterator[list[bytes]]:
        """Yield the next `count` strings, a block of the file at a time: one by one, a vocabulary would take 0.1 s and more.

        The string at the end of each block is read alone, which also finds where the file is cut short.
        """
        while count > 0:
            block = self._file.read(min(_BLOCK_BYTES, self._available - self._position))
            texts, place = _whole_strings(block, count)
            self._file.seek(place - len(block), os.SEEK_CUR)
            self._position += place
            count -= len(texts)
            yield texts
            if count > 0:
                yield [self._string()]
                count -= 1

    def _read_tensor(self) -> tuple[int, int]:
        """Return where the tensor begins, counted from the start of the data, and its bytes."""
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
        if self._architecture == CONTROL_VECTOR or name in self._wanted:
            self._tensors.append(Tensor(name, math.prod(shape), int(kind), int(offset)))
        total = math.prod(shape) // values * size
        self._sizes.add(name, total)
        return int(offset), total

    def _check_values(self) -> int:
        """Find what llama.cpp would abort on, and return the alignment of the tensors."""
        layers = self._metadata.get(f"{self._architecture}.block_count")
        if layers is not None and not (isinstance(layers, int) and 0 < layers <= MAX_LAYERS):
            self._damaged(f"{layers} layers")
        for key, value in self._metadata.items():
            if isinstance(value, float) and not math.isfinite(value):
                self._damaged(f"{key} is {value}")
            if key.endswith("_epsilon") and isinstance(value, float) and value < 0.0:
                self._damaged(f"{key} is {value}")
        if self._byte_without_token is not None and self._metadata.get("tokenizer.ggml.model") == "llama":
            self._unsupported(f"the vocabulary has no token for the byte {self._byte_without_token:#04x}")
        alignment = self._metadata.get("general.alignment", DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or alignment <= 0 or alignment & (alignment - 1):
            self._damaged(f"alignment {alignment}")
        return alignment

    @property
    def _architecture(self) -> str:
        return str(self._metadata.get("general.architecture", ""))

    @property
    def _is_part(self) -> bool:
        """Whether the file is one of several that are a model together; the first one may hold no tensors."""
        count = self._metadata.get("split.count", 0)
        return isinstance(count, int) and count > 1

    @property
    def _is_later_part(self) -> bool:
        """Whether the model's values stand in a file before this one, as llama.cpp splits a model."""
        number = self._metadata.get("split.no", 0)
        return self._is_part and isinstance(number, int) and number > 0

    def _text(self) -> str:
        return self._string().decode("utf-8", errors="replace")

    def _string(self) -> bytes:
        (length,) = self._unpack("Q", 8)
        return self._take(length)

    def _unpack(self, code: str, size: int) -> tuple[int, ...]:
        return struct.unpack(f"<{code}", self._take(size))

    def _take(self, size: int, *, keep: bool = True) -> bytes:
        """Return the next `size` bytes, or only pass over them; raises _PrefixEnded where they were not fetched."""
        if size > self._size - self._position:
            self._damaged(f"cut short in the header: {size} bytes wanted at {self._position} of {self._size}")
        if size > self._available - self._position:
            raise _PrefixEnded
        self._position += size
        if not keep:
            self._file.seek(size, os.SEEK_CUR)
            return b""
        data = self._file.read(size)
        if len(data) != size:
            self._damaged("became shorter while it was read")
        return data

    def _cut_short(self, needed_size: int, *, in_order: bool) -> NoReturn:
        """Say how much is missing, unless the tensors do not follow on each other, as in a header that is damaged."""
        detail = f"cut short: {self._size} bytes, {needed_size} needed"
        if not in_order:
            self._damaged(detail)
        missing = needed_size - self._size
        raise ModelError(ErrorCode.MODEL_INCOMPLETE, detail, path=self._path, missing=missing, needed=needed_size)

    def _damaged(self, detail: str) -> NoReturn:
        raise ModelError(ErrorCode.MODEL_DAMAGED, detail, path=self._path)

    def _unsupported(self, detail: str) -> NoReturn:
        raise ModelError(ErrorCode.MODEL_UNSUPPORTED, detail, path=self._path)
