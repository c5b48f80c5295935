"""Guesses the next tokens with a smaller model of the same vocabulary."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from desktop_app.domain.errors import EngineError
from desktop_app.engine.outcome import Outcome
from desktop_app.engine.snapshots import common_length

if TYPE_CHECKING:
    from desktop_app.engine.llama import Batch, Context, Model

LEAST_SURE = 0.4
"""Probability that the smaller model has to give its likeliest token, to go on with it."""
COMPARED_TOKENS = 256
"""Tokens whose texts are compared to tell whether two vocabularies are the same."""


class ModelGuesser:
    """Takes the likeliest token of `model` again and again; what it has read is kept from one time to the next."""

    def __init__(self, model: "Model", context: "Context", batch: "Batch") -> None:
        self._model = model
        self._context = context
        self._batch = batch
        self._known: list[int] = []

    def guess(self, tokens: Sequence[int], count: int) -> list[int]:
        """Return up to `count` tokens that may follow `tokens`; none where the smaller model cannot follow."""
        self._keep(min(common_length(self._known, tokens), len(tokens) - 1))
        row = self._read(tokens[len(self._known) :])
        guesses: list[int] = []
        while row is not None and len(guesses) < count:
            found = self._context.likeliest(self._context.row(row), 1, 0)
            (token,), (probability,) = found.tokens, found.probabilities
            if probability < LEAST_SURE or self._model.ends_answer(token):
                break
            guesses.append(token)
            row = self._read([token]) if len(guesses) < count else None
        return guesses

    def abort(self) -> None:
        """Have a guess given up soon: before the first one of an answer all of its prompt is read. From any thread."""
        self._context.abort()

    def clear_abort(self) -> None:
        """Take `abort` back; from any thread."""
        self._context.clear_abort()

    def close(self) -> None:
        """Free it all, in the order that llama.cpp demands."""
        self._batch.close()
        self._context.close()
        self._model.close()

    def _read(self, tokens: Sequence[int]) -> int | None:
        """Read `tokens` and return the row of what follows the last one; None where they do not fit, or it was given up."""
        row = None
        for start in range(0, len(tokens), self._batch.capacity):
            chunk = tokens[start : start + self._batch.capacity]
            self._batch.clear()
            for number, token in enumerate(chunk, 1):
                row = self._batch.add(token, len(self._known), 0, wants_logits=number == len(chunk))
                self._known.append(token)
            if not self._has_computed():
                self._keep(len(self._known) - len(chunk))
                return None
        return row

    def _has_computed(self) -> bool:
        """Compute the batch; False where that was given up, or cannot be: an answer can do without guesses."""
        try:
            return self._context.decode(self._batch) is Outcome.DONE
        except EngineError:
            return False

    def _keep(self, count: int) -> None:
        """Keep the first `count` tokens of what was read, or none where the rest alone cannot be forgotten."""
        if not self._context.forget(0, count):
            count = 0
            self._context.forget_all()
        del self._known[count:]


def same_vocabulary(one: "Model", other: "Model") -> bool:
    """Return whether the tokens of two models mean the same, by their number and a sample of their texts."""
    size = one.vocabulary_size
    if size != other.vocabulary_size or one.end_token != other.end_token:
        return False
    sample = range(0, size, max(1, size // COMPARED_TOKENS))
    return all(one.piece(token, special=True) == other.piece(token, special=True) for token in sample)
