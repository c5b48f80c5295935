"""Sums of row heights that stay fast for many thousands of rows. Free of Qt."""

from collections.abc import Iterable

_CHUNK = 128


class Heights:
    """Heights of rows in pixels, with sums per chunk of rows, so that no question needs more than a few hundred steps."""

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._heights = list(heights)
        self._sums = [sum(self._heights[at : at + _CHUNK]) for at in range(0, len(self._heights), _CHUNK)]
        self.total = sum(self._sums)

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, row: int) -> int:
        return self._heights[row]

    def set(self, row: int, height: int) -> None:
        """Change the height of a row."""
        change = height - self._heights[row]
        self._heights[row] = height
        self._sums[row // _CHUNK] += change
        self.total += change

    def append(self, height: int) -> None:
        """Add a row at the end."""
        if len(self._heights) % _CHUNK == 0:
            self._sums.append(0)
        self._heights.append(height)
        self._sums[-1] += height
        self.total += height

    def cut(self, count: int) -> None:
        """Keep only the first `count` rows."""
        chunk = count // _CHUNK
        del self._heights[count:]
        del self._sums[chunk:]
        if count % _CHUNK:
            self._sums.append(sum(self._heights[chunk * _CHUNK :]))
        self.total = sum(self._sums)

    def top(self, row: int) -> int:
        """Return the sum of all heights before `row`."""
        chunk = row // _CHUNK
        return sum(self._sums[:chunk]) + sum(self._heights[chunk * _CHUNK : row])

    def find(self, offset: int) -> tuple[int, int]:
        """Return the row at `offset` pixels from the top, and the pixels into it."""
        if not self._heights:
            return 0, 0
        chunk = 0
        while chunk < len(self._sums) - 1 and offset >= self._sums[chunk]:
            offset -= self._sums[chunk]
            chunk += 1
        row = chunk * _CHUNK
        while row < len(self._heights) - 1 and offset >= self._heights[row]:
            offset -= self._heights[row]
            row += 1
        return row, max(0, offset)
