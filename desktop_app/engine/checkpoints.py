"""States of sequences that a recurrent or hybrid model can go back to, since it cannot forget a part of what it read."""

import mmap
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.errors import EngineError

if TYPE_CHECKING:
    from desktop_app.engine.llama import Context

MOST = 3
"""Checkpoints of one sequence; the shortest one goes first."""
MOST_BYTES = 512 * 1024 * 1024
"""What all of them together may take."""


class _Checkpoint(msgspec.Struct, frozen=True, eq=False):
    sequence: int
    length: int
    state: mmap.mmap


class Checkpoints:
    """The states of a context's sequences after so many tokens; they hold as long as a sequence begins with those."""

    def __init__(self, context: "Context") -> None:
        self._context = context
        self._kept: list[_Checkpoint] = []

    def take(self, sequence: int, length: int) -> None:
        """Keep the state of a sequence that has read `length` tokens; where it does not fit, nothing."""
        if any((each.sequence, each.length) == (sequence, length) for each in self._kept):
            return
        try:
            state = self._context.copy_state(sequence, partial=True)
        except (EngineError, OSError):  # no memory for it, for one
            return  # it can be read again
        self._kept.append(_Checkpoint(sequence, length, state))
        own = sorted((each for each in self._kept if each.sequence == sequence), key=lambda each: each.length)
        for each in own[:-MOST]:
            self._drop(each)
        while self._kept and sum(len(each.state) for each in self._kept) > MOST_BYTES:
            self._drop(self._kept[0])

    def go_back(self, sequence: int, length: int) -> int:
        """Put a sequence back to where it had read at most `length` tokens; returns how many, 0 for none of them."""
        self.forget(sequence, length)
        for each in sorted((e for e in self._kept if e.sequence == sequence), key=lambda e: -e.length):
            if self._context.restore_state(sequence, each.state, partial=True) and self._context.forget(
                sequence, each.length
            ):
                return each.length
            self._drop(each)
        return 0

    def forget(self, sequence: int, length: int) -> None:
        """Drop the checkpoints of a sequence that have read more than `length` tokens."""
        for each in [each for each in self._kept if each.sequence == sequence and each.length > length]:
            self._drop(each)

    def close(self) -> None:
        """Drop all."""
        for each in tuple(self._kept):
            self._drop(each)

    def _drop(self, checkpoint: _Checkpoint) -> None:
        self._kept.remove(checkpoint)
        checkpoint.state.close()
