"""Writes a small model out of the starter: a few of its layers, made narrower, without its rare words; computed in a tenth of the time.

The template and all other shapes are the starter's, and a text is read as nearly as many tokens.
"""

import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

LAYERS = (2, 11, 29)
"""What they make of a text is words in a senseless order: other ones for nearly every other text, and hardly ever an end.

With most threes of layers, answers to many texts begin alike or are soon one word again and again, and no test would notice
that a prompt was another one. Of half of the answers the words are cut into other tokens when they are read again.
"""
WIDTH = 768
"""How many of the 1,536 values in the middle of a layer there are; a multiple of the weights that are packed together."""
RARE_WORDS = 32_768
"""How many tokens are left out of 49,152: the last ones, since each that is made of others comes behind them."""
_ALIGNMENT = 32
_STRING, _ARRAY = 8, 9
_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_LAYER = re.compile(rb"blk\.(\d+)\.")
_LISTS_OF_WORDS = (b"tokenizer.ggml.tokens", b"tokenizer.ggml.token_type", b"tokenizer.ggml.merges")


class _Tensor(NamedTuple):
    """What a file says of one: its rows come one after another, and are as long as the first number of its shape."""

    name: bytes
    shape: tuple[int, ...]
    kind: int
    offset: int


def write_short(
    source: Path, target: Path, layers: Sequence[int] = LAYERS, width: int = WIDTH, rare_words: int = RARE_WORDS
) -> Path:
    """Write the model in `source` with only the `layers`, in that order, that narrow and without its `rare_words`; returns `target`."""
    with source.open("rb") as file:
        magic, version, tensors, entries = struct.unpack("<4sIQQ", file.read(24))
        metadata = b"".join(_entry(file, len(layers), width, rare_words) for _ in range(entries))
        infos = [_tensor(file) for _ in range(tensors)]
        start = _aligned(file.tell())
        ends = {one.offset: end for one, end in zip(infos, _ends(infos, source, start), strict=True)}
        kept: list[tuple[_Tensor, bytes]] = []
        for one in _renamed(infos, layers):
            file.seek(start + one.offset)
            kept.append(_cut(one, file.read(ends[one.offset] - one.offset), width, rare_words))
    header = bytearray(struct.pack("<4sIQQ", magic, version, len(kept), entries) + metadata)
    offset = 0
    for one, data in kept:
        header += struct.pack("<Q", len(one.name)) + one.name + struct.pack("<I", len(one.shape))
        header += struct.pack(f"<{len(one.shape)}QIQ", *one.shape, one.kind, offset)
        offset += _aligned(len(data))
    with target.open("wb") as made:
        made.write(header.ljust(_aligned(len(header)), b"\0"))
        for _one, data in kept:
            made.write(data.ljust(_aligned(len(data)), b"\0"))
    return target


def _entry(file: BinaryIO, layers: int, width: int, rare_words: int) -> bytes:
    """Return the next key and its value as they are, but for the counts, and for the lists of what is left out."""
    key = _text(file)
    kind = file.read(4)
    if key[8:] in _LISTS_OF_WORDS:
        of, count = struct.unpack("<IQ", file.read(12))
        kept = b"".join(_values(file, of, count - rare_words))
        _values(file, of, rare_words)
        return key + kind + struct.pack("<IQ", of, count - rare_words) + kept
    value = _value(file, struct.unpack("<I", kind)[0])
    match key[8:]:
        case b"llama.block_count":
            value = struct.pack("<I", layers)
        case b"llama.feed_forward_length":
            value = struct.pack("<I", width)
        case b"llama.vocab_size":
            value = struct.pack("<I", struct.unpack("<I", value)[0] - rare_words)
    return key + kind + value


def _value(file: BinaryIO, kind: int) -> bytes:
    if kind == _STRING:
        return _text(file)
    if kind != _ARRAY:
        return file.read(_WIDTHS[kind])
    head = file.read(12)
    return head + b"".join(_values(file, *struct.unpack("<IQ", head)))


def _values(file: BinaryIO, kind: int, count: int) -> list[bytes]:
    """Return the next values of a list, which are all alike; numbers in one piece."""
    return [_text(file) for _ in range(count)] if kind == _STRING else [file.read(_WIDTHS[kind] * count)]


def _text(file: BinaryIO) -> bytes:
    length = file.read(8)
    return length + file.read(struct.unpack("<Q", length)[0])


def _tensor(file: BinaryIO) -> _Tensor:
    name = _text(file)[8:]
    (dimensions,) = struct.unpack("<I", file.read(4))
    shape = struct.unpack(f"<{dimensions}Q", file.read(8 * dimensions))
    return _Tensor(name, shape, *struct.unpack("<IQ", file.read(12)))


def _ends(infos: Sequence[_Tensor], source: Path, start: int) -> list[int]:
    """Return where the data of each ends: where those of the next begin."""
    offsets = sorted(one.offset for one in infos)
    following = dict(zip(offsets, [*offsets[1:], source.stat().st_size - start], strict=True))
    return [following[one.offset] for one in infos]


def _renamed(infos: Sequence[_Tensor], layers: Sequence[int]) -> list[_Tensor]:
    kept = []
    for one in infos:
        layer = _LAYER.match(one.name)
        if layer is None:
            kept.append(one)
        elif int(layer[1]) in layers:
            kept.append(one._replace(name=b"blk.%d.%s" % (layers.index(int(layer[1])), one.name[layer.end() :])))
    return kept


def _cut(one: _Tensor, data: bytes, width: int, rare_words: int) -> tuple[_Tensor, bytes]:
    """Return a tensor and its data, without the rows of what is left out, or the parts of rows."""
    if one.name == b"token_embd.weight":
        rows = one.shape[1] - rare_words
    elif one.name.endswith((b"ffn_gate.weight", b"ffn_up.weight")):
        rows = width
    elif one.name.endswith(b"ffn_down.weight"):
        row, kept = len(data) // one.shape[1], len(data) // one.shape[1] * width // one.shape[0]
        parts = [data[begin : begin + kept] for begin in range(0, len(data), row)]
        return one._replace(shape=(width, one.shape[1])), b"".join(parts)
    else:
        return one, data
    return one._replace(shape=(one.shape[0], rows)), data[: len(data) // one.shape[1] * rows]


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
