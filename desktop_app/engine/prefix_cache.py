"""What a context has read of its sequences: what is kept of it, and where the beginning of a prompt comes from."""

import contextlib
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from desktop_app.domain.errors import EngineError
from desktop_app.engine.checkpoints import Checkpoints
from desktop_app.engine.sequences import Request, SequenceState
from desktop_app.engine.snapshots import LEAST_TOKENS, SnapshotDamagedError, Snapshots

if TYPE_CHECKING:
    from desktop_app.engine.llama import Context

WORTH_SAVING = 64
"""Tokens that are not on disk yet, from which on they are written."""
WORTH_A_CHECKPOINT = 8
"""Tokens from which on a state is kept that a model without a way back can go back to."""
WORTH_LOADING = 64
"""Tokens that a snapshot knows and the memory does not, from which on it is read."""
SPARE_CELLS = 1024
"""Tokens of idle sequences that may stay in the memory beside an answer.

Attention passes over every cell in use, whoever it belongs to: the starter model writes 66 tokens a
second beside 500 of them, and 40 beside 3,000. Where the processor computes, those that are on disk do not stay: a
chat of 400 tokens is read back in some 15 ms, and beside it an answer as long takes 300 ms of one core more.
"""
LAST_SAVING_SECONDS = 1.0
"""How long an ending worker goes on beginning snapshots."""


class PrefixCache:
    """Keeps what `sequences` have read in the memory and, with `snapshots`, on disk; used by the thread that computes.

    A recurrent model cannot go back to just any token: for it states are kept that it can go back to.
    """

    def __init__(
        self,
        context: "Context",
        sequences: Sequence[SequenceState],
        snapshots: Snapshots | None,
        *,
        is_recurrent: bool,
        elsewhere: bool = False,
    ) -> None:
        """Where a graphics card computes, `elsewhere`, what lies in the memory costs next to nothing."""
        self._context = context
        self._elsewhere = elsewhere
        self._sequences = sequences
        self._snapshots = snapshots
        self._is_recurrent = is_recurrent
        self._checkpoints = Checkpoints(context) if is_recurrent else None

    def begin_anew(self, snapshots: Snapshots | None) -> None:
        """Forget all that was read, and keep what will be read in `snapshots`."""
        for sequence in self._sequences:
            self.empty(sequence)
        if self._snapshots is not None:
            self._snapshots.close()
        self._snapshots = snapshots

    def forget_snapshots(self, keep_as: str) -> None:
        """Delete what is on disk under `keep_as`; for any thread."""
        if self._snapshots is not None:
            self._snapshots.forget(keep_as)

    def forget_all(self) -> None:
        """Forget all that is in the memory."""
        self._context.forget_all()
        for sequence in self._sequences:
            sequence.evaluated = sequence.saved = 0
            if self._checkpoints is not None:
                self._checkpoints.forget(sequence.number, 0)

    def close(self) -> None:
        """Keep what was read last; waits for the disk."""
        if self._checkpoints is not None:
            self._checkpoints.close()
        if self._snapshots is None:
            return
        deadline = time.monotonic() + LAST_SAVING_SECONDS
        while (sequence := self.unsaved()) is not None and time.monotonic() < deadline:
            self.save(sequence)
        self._snapshots.close()

    def unsaved(self) -> SequenceState | None:
        """Return the idle sequence used last that has something worth writing down."""
        if self._snapshots is None:
            return None
        worth = [
            sequence
            for sequence in self._sequences
            if sequence.answer is None
            and sequence.keep_as
            and sequence.evaluated >= LEAST_TOKENS
            and sequence.evaluated - sequence.saved >= WORTH_SAVING
        ]
        return max(worth, key=lambda sequence: sequence.last_used, default=None)

    def save(self, sequence: SequenceState) -> None:
        """Write down what a sequence has read."""
        assert self._snapshots is not None
        keep_as, sequence.saved = sequence.keep_as, sequence.evaluated
        if keep_as:
            with contextlib.suppress(EngineError, OSError):  # it can be read again
                state = self._context.copy_state(sequence.number)
                read = sequence.tokens[: sequence.evaluated]
                self._snapshots.save(keep_as, read, state, lambda: sequence.keep_as == keep_as)

    def empty(self, sequence: SequenceState) -> None:
        """Take an idle sequence out of the memory, and keep what is worth it."""
        if self._snapshots is not None and sequence.keep_as and sequence.evaluated - sequence.saved >= LEAST_TOKENS:
            self.save(sequence)
        self.keep(sequence, 0)

    def keep(self, sequence: SequenceState, count: int) -> None:
        """Keep the first `count` evaluated tokens of a sequence in the memory, or as many as the model can go back to."""
        if sequence.keep(count, self._context.forget):
            if self._checkpoints is not None:
                self._checkpoints.forget(sequence.number, sequence.evaluated)
        else:
            self._go_back(sequence, count)

    def take_back(self, sequence: SequenceState) -> None:
        """Forget what an aborted decode may have left behind."""
        if self._is_recurrent:
            self._go_back(sequence, sequence.evaluated)
        else:
            self.keep(sequence, sequence.evaluated)

    def _go_back(self, sequence: SequenceState, count: int) -> None:
        """Put a sequence back to a state of at most `count` tokens, or else to its beginning."""
        length = self._checkpoints.go_back(sequence.number, count) if self._checkpoints is not None else 0
        if not length:
            self._context.forget(sequence.number, 0)
        sequence.evaluated = length
        sequence.saved = min(sequence.saved, length)

    def check_in(self, sequence: SequenceState) -> None:
        """Take a state that can be gone back to: where a question begins, and where its answer does."""
        if self._checkpoints is not None and sequence.evaluated >= WORTH_A_CHECKPOINT:
            self._checkpoints.take(sequence.number, sequence.evaluated)

    def join(self, sequence: SequenceState, leader: SequenceState, count: int) -> int:
        """Let an empty sequence begin with the first `count` tokens that `leader` has read; returns how many it has."""
        if self._is_recurrent and count != leader.evaluated:
            count = 0  # its state is of all that it has read
        if count:
            self._context.share(leader.number, sequence.number, count)
        return count

    @staticmethod
    def most_known(request: Request, idle: list[SequenceState]) -> SequenceState:
        """Return which of the `idle` ones knows most of the prompt."""
        return max(idle, key=lambda s: (s.common_prefix(request.prompt), -s.last_used))

    def spare(self, request: Request, best: SequenceState, idle: list[SequenceState]) -> SequenceState:
        """Return `best`, or another sequence that shares its beginning, where the rest of `best` is somebody else's.

        A recurrent model's state cannot be shared in part.
        """
        known = min(best.common_prefix(request.prompt), len(request.prompt) - 1)
        others = [sequence for sequence in idle if sequence is not best]
        # a look leaves the other branches as they are
        gives_way = request.look is None and (best.keep_as == request.keep_as or self._comes_back(best))
        if not others or not best.keep_as or gives_way or best.evaluated - known < WORTH_SAVING:
            return best
        if self._is_recurrent:
            known = 0
        other = min(others, key=lambda s: s.last_used)
        self.empty(other)
        if known:
            self._context.share(best.number, other.number, known)
        other.tokens, other.evaluated = best.tokens[:known], known
        return other

    def recall(self, request: Request, idle: list[SequenceState]) -> SequenceState:
        """Return the sequence that knows most of the prompt, after a snapshot was read that knows more."""
        best = self.most_known(request, idle)
        if self._snapshots is None:
            return best
        known = min(best.common_prefix(request.prompt), len(request.prompt) - 1)
        found = self._snapshots.best(request.prompt, known + WORTH_LOADING)
        if request.look is None:  # first, so that what is read back comes to lie where they lay
            for sequence in idle:
                if (sequence is not best or found is not None) and self._comes_back(sequence):
                    self.empty(sequence)
        if found is not None:
            chosen = best if best.keep_as == request.keep_as else min(idle, key=lambda s: s.last_used)
            self.empty(chosen)
            try:
                state = self._snapshots.read(found[0])
            except (SnapshotDamagedError, OSError):
                return self.most_known(request, idle)
            if self._context.restore_state(chosen.number, state):
                chosen.tokens = list(found[0].tokens)
                chosen.evaluated = chosen.saved = len(chosen.tokens)
            else:
                self._context.forget(chosen.number, 0)
            state.close()
            best = chosen
        if request.look is not None:
            return best
        others = sorted((s for s in idle if s is not best and s.evaluated), key=lambda s: s.last_used)
        spare = sum(sequence.evaluated for sequence in others)
        most = SPARE_CELLS if request.sampling.seed is None else 0  # where tokens lie in the memory can tip a near-tie
        while others and spare > most:
            spare -= others[0].evaluated
            self.empty(others.pop(0))
        return best

    def _comes_back(self, sequence: SequenceState) -> bool:
        """Whether a sequence is read back from the disk sooner than an answer beside it is slowed down by it."""
        if self._snapshots is None or self._elsewhere or self._is_recurrent:
            return False
        if not sequence.keep_as or not sequence.evaluated:
            return False
        read = sequence.tokens[: sequence.evaluated]
        return len(read) - self._snapshots.known(sequence.keep_as, read) < WORTH_SAVING
