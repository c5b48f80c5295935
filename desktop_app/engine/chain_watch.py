"""Notes what a sampler chain has left of the candidates, by standing in the chain itself, as a sampler that changes nothing."""

import ctypes
import functools
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

ENTRY = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
"""llama_token_data."""

Entries = npt.NDArray[np.void]
"""Of `ENTRY`."""

_ENTRY = struct.Struct("iff")
_FEW = 512
"""Candidates that are looked at one by one, at most: up to there NumPy takes longer to begin."""


class _Array(ctypes.Structure):
    """llama_token_data_array."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("selected", ctypes.c_int64),
        ("sorted", ctypes.c_bool),
    )


class ChainWatch:
    """Notes where the candidates lie as they come to its place, and a copy of the first `copied` of them."""

    def __init__(self, copied: int = 0) -> None:
        self._copied = copied
        self._first = struct.Struct(copied * _ENTRY.format)
        self._memory = ctypes.c_char * self._first.size
        self._copy = b""
        self._address = 0
        self._size = 0

    def see(self, _sampler: int, candidates: int) -> None:
        """Be the sampler; llama.cpp calls it with the addresses of both."""
        left = _Array.from_address(candidates)
        self._address, self._size = left.data, left.size
        if self._copied:
            self._copy = self._memory.from_address(left.data).raw if left.size >= self._copied else b""

    def first(self) -> tuple[int, ...]:
        """Return the first tokens as they stood when they were seen last; none where there were too few."""
        return self._first.unpack(self._copy)[::3] if self._copy else ()

    def probabilities(self, tokens: Sequence[int]) -> list[float]:
        """Return how likely each of `tokens` was when one of those that were left was drawn; 0 for one that was cut.

        To be asked before the chain chooses again.
        """
        if self._size <= _FEW:
            return self.kept()(tokens)
        memory: Any = (ctypes.c_char * (self._size * _ENTRY.size)).from_address(self._address)
        return _probabilities(np.frombuffer(memory, ENTRY), list(tokens))

    def kept(self) -> Callable[[Sequence[int]], list[float]]:
        """Return `probabilities` for after the chain has chosen again: with a copy of what was left, which should be little."""
        return functools.partial(_listed, ctypes.string_at(self._address, self._size * _ENTRY.size))


def _listed(left: bytes, tokens: Sequence[int]) -> list[float]:
    known = {token: p for token, _logit, p in _ENTRY.iter_unpack(left)}
    return [known.get(token, 0.0) for token in tokens]


def _probabilities(left: Entries, tokens: list[int]) -> list[float]:
    if max(tokens) < len(left) and (left["id"][tokens] == tokens).all():  # nothing was cut or sorted
        chances: list[float] = left["p"][tokens].tolist()
        return chances
    ids = np.ascontiguousarray(left["id"])
    places = [np.flatnonzero(ids == token) for token in tokens]
    return [float(left["p"][place[0]]) if len(place) else 0.0 for place in places]
