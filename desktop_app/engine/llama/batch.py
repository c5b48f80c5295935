"""What one decode computes."""

import llama_cpp.llama_cpp as c


class Batch:
    """The tokens of one decode; `capacity` is the context's `batch_size`."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._batch = batch = c.llama_batch_init(capacity, 0, 1)
        # each look into the struct would make an object, for every token of an answer
        self._tokens, self._positions, self._wants = batch.token, batch.pos, batch.logits
        self._sequences = [batch.seq_id[row] for row in range(capacity)]
        for row in range(capacity):
            batch.n_seq_id[row] = 1

    @property
    def value(self) -> object:
        """The C struct, for `Context`."""
        return self._batch

    @property
    def size(self) -> int:
        """How many tokens it holds."""
        return int(self._batch.n_tokens)

    def clear(self) -> None:
        """Take all tokens out."""
        self._batch.n_tokens = 0

    def add(self, token: int, position: int, sequence: int, *, wants_logits: bool) -> int:
        """Add a token at `position` of `sequence` and return its row, by which to sample."""
        row = int(self._batch.n_tokens)
        self._tokens[row] = token
        self._positions[row] = position
        self._sequences[row][0] = sequence
        self._wants[row] = wants_logits
        self._batch.n_tokens = row + 1
        return row

    def close(self) -> None:
        """Free it; a second call does nothing."""
        if self.capacity:
            c.llama_batch_free(self._batch)
            self.capacity = 0
