"""What one decode computes."""

import llama_cpp.llama_cpp as c


class Batch:
    """The tokens of one decode; `capacity` is the context's `batch_size`."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._batch = c.llama_batch_init(capacity, 0, 1)

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
        batch = self._batch
        row = int(batch.n_tokens)
        batch.token[row] = token
        batch.pos[row] = position
        batch.n_seq_id[row] = 1
        batch.seq_id[row][0] = sequence
        batch.logits[row] = wants_logits
        batch.n_tokens = row + 1
        return row

    def close(self) -> None:
        """Free it; a second call does nothing."""
        if self.capacity:
            c.llama_batch_free(self._batch)
            self.capacity = 0
