"""What samplers choose from."""

import ctypes
from collections.abc import Sequence
from typing import Any

import llama_cpp.llama_cpp as c
import numpy as np
import numpy.typing as npt

from desktop_app.engine.chain_watch import ENTRY, Entries
from desktop_app.engine.likeliest import Places
from desktop_app.engine.token_tree import Ids


class Candidates:
    """The tokens that may come next, with their logits: what samplers reorder, cut and choose from."""

    def __init__(self, vocabulary_size: int) -> None:
        self._ids = np.arange(vocabulary_size, dtype=np.int32)
        self._entries = np.zeros(vocabulary_size, dtype=ENTRY)
        self._tokens, self._logits = self._entries["id"], self._entries["logit"]
        self._data: Any = self._entries.ctypes.data_as(c.llama_token_data_p)
        self._array = c.llama_token_data_array(self._data, vocabulary_size, -1, False)

    @property
    def pointer(self) -> object:
        """The C pointer, for samplers."""
        return ctypes.byref(self._array)

    @property
    def taken(self) -> int | None:
        """The token that a sampler chose, None while none has."""
        place = self._array.selected
        return int(self._array.data[place].id) if place >= 0 else None

    def fill(self, logits: "npt.NDArray[np.float32]", banned: Sequence[int] = ()) -> None:
        """Begin anew with every token, and its logit; the `banned` ones cannot be chosen."""
        self._tokens[:] = self._ids
        self._logits[:] = logits
        if banned:
            self._logits[list(banned)] = -np.inf
        self._begin(len(self._ids))

    def fill_only(self, tokens: "Ids | Places", logits: "npt.NDArray[np.float32]", banned: Sequence[int] = ()) -> None:
        """Begin anew with `tokens` alone, and their logits."""
        count = len(tokens)
        self._tokens[:count] = tokens
        self._logits[:count] = logits
        if banned:
            self._logits[:count][np.isin(tokens, banned)] = -np.inf
        self._begin(count)

    def _begin(self, size: int) -> None:
        self._array.data, self._array.size = self._data, size
        self._array.selected, self._array.sorted = -1, False

    def __len__(self) -> int:
        """How many tokens samplers have left."""
        return int(self._array.size)

    def values(self) -> list[float]:
        """Return the logits of the tokens that samplers have left, in their order."""
        values: list[float] = self._logits[: self._array.size].tolist()
        return values

    def logits(self) -> dict[int, float]:
        """Return the logits of the tokens that samplers have left."""
        left = self._left
        return dict(zip(left["id"].tolist(), left["logit"].tolist(), strict=True))

    @property
    def _left(self) -> Entries:
        data: Any = self._array.data
        start = ctypes.addressof(data.contents) - self._entries.ctypes.data
        first = start // ENTRY.itemsize  # XTC drops the first ones by moving the pointer
        return self._entries[first : first + self._array.size]
