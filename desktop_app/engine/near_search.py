"""Finds the words whose vectors are nearest to a sum and difference of words, in a model's own table of token vectors."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.near_words import LONGEST_WORD, MOST_WORDS, NearWords, WordPieces, nearest_words
from desktop_app.engine.scheduler import Listener
from desktop_app.engine.sequences import Request
from desktop_app.engine.side_work import Work
from desktop_app.engine.tensor_rows import Rows, TensorRows
from desktop_app.protocol.engine import FindNear, NearFound

if TYPE_CHECKING:
    from desktop_app.engine.llama import Model

TABLE = "token_embd.weight"
"""What GGUF files call the table."""
VALUES_A_STEP = 1 << 21
"""How many values are compared at once: some milliseconds, in which nobody's answer goes on."""
CANDIDATES = 2048
"""Tokens among which words are looked for: many of the nearest ones are parts of words."""


class NearSearch(Work):
    """Compares the vector of every token with the one that is asked for, a part of the table at each step."""

    def __init__(
        self,
        command: FindNear,
        request: Request,
        listener: Listener,
        model: "Model",
        open_table: Callable[[], TensorRows],
    ) -> None:
        super().__init__(request, listener)
        self._command = command
        self._model = model
        self._open_table = open_table
        self._table: TensorRows | None = None
        self._words: list[WordPieces] = []
        self._target: Rows = np.zeros(0, np.float32)
        self._similarities = np.zeros(model.vocabulary_size, np.float32)
        self._compared = 0

    def open(self) -> None:
        """Find what is asked for in the table."""
        plus, minus = (_words(words) for words in (self._command.plus, self._command.minus))
        if not plus or len(plus) + len(minus) > MOST_WORDS:
            raise EngineError(ErrorCode.VECTORS_NO_WORD, f"{len(plus)} and {len(minus)} words")
        self._table = table = self._open_table()
        self._target = np.zeros(table.length, np.float32)
        for sign, words in ((1.0, plus), (-1.0, minus)):
            for word in words:
                self._target += sign * self._vector(table, word)

    def step(self) -> None:
        """Compare the next tokens."""
        if self.has_ended_cancelled():
            return
        table = self._table
        assert table is not None
        begin = self._compared
        end = min(begin + max(1, VALUES_A_STEP // table.length), table.count)
        rows = table.rows(begin, end)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
            self._similarities[begin:end] = np.nan_to_num(rows @ _unit(self._target) / lengths, posinf=0.0, neginf=0.0)
        self._compared = end
        if end == table.count:
            self.put(NearFound(self.request.request_id, self._found(table)))

    def _found(self, table: TensorRows) -> NearWords:
        count = min(CANDIDATES, table.count)
        best = np.argpartition(self._similarities, table.count - count)[table.count - count :]
        best = best[np.argsort(-self._similarities[best], kind="stable")]
        candidates = [(token, self._model.piece(token), float(self._similarities[token])) for token in map(int, best)]
        return NearWords(
            near=nearest_words(candidates, [each.word for each in self._words], self._command.count),
            words=tuple(self._words),
            length=table.length,
            vocabulary=table.count,
        )

    def _vector(self, table: TensorRows, word: str) -> Rows:
        """Return the vector of a word, of length 1: that of its token, or the mean of its tokens'."""
        tokens = _tokens_of(self._model, word)
        self._words.append(WordPieces(word, tuple(self._model.piece(token) for token in tokens)))
        rows = np.concatenate([table.rows(token, token + 1) for token in tokens])
        return _unit(_unit(rows).mean(axis=0))

    def _cancel(self) -> None:
        """Nothing: the next step sees it, soon enough."""

    def _stop(self) -> None:
        """Nothing: a step is short."""

    def _free(self) -> None:
        if self._table is not None:
            self._table.close()


def _words(words: tuple[str, ...]) -> list[str]:
    return [word.strip()[:LONGEST_WORD] for word in words if word.strip()]


def _tokens_of(model: "Model", word: str) -> list[int]:
    """Return the fewest tokens that a word can be: as the beginning of a text, or behind a space, as most of a text is."""
    forms = [[token for token in model.tokenize(form) if model.piece(token).strip()] for form in (f" {word}", word)]
    tokens = min((form for form in forms if form), key=len, default=[])
    if not tokens:
        raise EngineError(ErrorCode.VECTORS_NO_WORD, f"{word!r} has no tokens")
    return tokens


def _unit(rows: Rows) -> Rows:
    """Scale vectors to length 1; what is no number, or nothing at all, becomes zeros."""
    clean = np.nan_to_num(rows, nan=0.0, posinf=0.0, neginf=0.0)
    lengths = np.linalg.norm(clean, axis=-1, keepdims=True)
    return (clean / np.where(lengths > 0.0, lengths, 1.0)).astype(np.float32)
