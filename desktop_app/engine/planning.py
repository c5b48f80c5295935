"""Fills a batch: one token of every answer being written and what may follow it, then pieces of the prompts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from desktop_app.engine.drafts import FROM_MODEL, MOST_GUESSED, DraftGauge, Guesser
from desktop_app.engine.sequences import Answer, SequenceState

if TYPE_CHECKING:
    from desktop_app.engine.llama import Batch


class Planned(msgspec.Struct, frozen=True):
    """A sequence's share of a batch: `count` of its tokens, and guesses of what follows them.

    `rows` are where the tokens behind the last one and behind each guess can be sampled, none in mid-prompt.
    Where nothing was guessed, `not_guessed` is what would have been, None for nothing.
    """

    sequence: SequenceState
    count: int
    rows: tuple[int, ...]
    guesses: tuple[int, ...] = ()
    kind: int = FROM_MODEL
    not_guessed: int | None = None


class Planner:
    """Decides what the next decode computes, in a context of `context_size` tokens.

    With a `gauge`, a single answer without a seed gets as many guesses as are worth it, from its own text, or else by
    the `guesser`.
    """

    def __init__(self, batch: "Batch", context_size: int, gauge: DraftGauge | None, guesser: Guesser | None) -> None:
        self._batch = batch
        self._context_size = context_size
        self._gauge = gauge
        self._guesser = guesser

    def plan(self, sequences: Sequence[SequenceState]) -> list[Planned]:
        """Fill the batch: the tokens of answers first, then prompts, the oldest first."""
        self._batch.clear()
        active = [s for s in sequences if s.is_active]
        planned = [self._add(sequence, 1) for sequence in active if sequence.pending == 1]
        if len(active) == len(planned) == 1:
            planned = [self._add_guesses(planned[0])]
        if len(planned) == len(active):
            return planned
        for sequence in sorted((s for s in active if s.pending > 1), key=_turn):
            room = self._batch.capacity - self._batch.size
            if room > 0:
                planned.append(self._add(sequence, min(room, sequence.pending - 1)))
        return planned

    def _add(self, sequence: SequenceState, count: int) -> Planned:
        is_last = sequence.pending == 1
        row = 0
        for position in range(sequence.evaluated, sequence.evaluated + count):
            row = self._batch.add(sequence.tokens[position], position, sequence.number, wants_logits=is_last)
        return Planned(sequence, count, (row,) if is_last else ())

    def _add_guesses(self, share: Planned) -> Planned:
        """Add to the one token of `share` what may follow it."""
        sequence, answer = share.sequence, share.sequence.answer
        assert answer is not None
        request = answer.request
        if request.look is not None:
            return share
        if request.forced:
            share = msgspec.structs.replace(share, guesses=request.forced[answer.count :][:MOST_GUESSED])
        elif self._gauge is not None and request.sampling.seed is None:
            share = self._guess(self._gauge, share, answer)
        if not share.guesses:
            return share
        start = sequence.evaluated + 1
        rows = tuple(
            self._batch.add(token, start + offset, sequence.number, wants_logits=True)
            for offset, token in enumerate(share.guesses)
        )
        return msgspec.structs.replace(share, rows=(*share.rows, *rows))

    def _guess(self, gauge: DraftGauge, share: Planned, answer: Answer) -> Planned:
        """Return `share` with as many guesses as are worth it."""
        sequence = share.sequence
        room = min(
            self._batch.capacity - self._batch.size,
            self._context_size - len(sequence.tokens) - 1,
            answer.request.sampling.max_tokens - answer.count - 1,
        )
        found, kind = answer.lookup.guess(sequence.tokens, MOST_GUESSED)
        guesses = found[: gauge.length(kind, min(room, len(found)))] if found else found
        if not guesses and self._guesser is not None and (count := gauge.length(FROM_MODEL, room)):
            found = guesses = self._guesser.guess(sequence.tokens, count)
            kind = FROM_MODEL
        not_guessed = found[0] if found and not guesses else None
        return msgspec.structs.replace(share, guesses=tuple(guesses), kind=kind, not_guessed=not_guessed)


def _turn(sequence: SequenceState) -> tuple[bool, int]:
    """Return what prompts are read by: questions before looks, the oldest first."""
    return sequence.answer is not None and sequence.answer.request.look is not None, sequence.last_used
