"""Places for chats in two dimensions, near each other where their vectors are alike; NumPy comes with it."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

EXACT_SIDE = 1024
"""Up to that many chats, or numbers of a vector, the two directions are computed exactly."""
EXTRA_DIRECTIONS = 6
TURNS = 24
"""How often the directions are turned towards the true ones where there are more."""
WIDEST_GAP = 0.05
"""Between two dots, where the whole map is 2 wide."""
SWEEPS = 40
NEIGHBOURS = 48
GOLDEN_ANGLE = 2.399963
ALIKE = 1e-6
"""The share of its length that a vector must differ by from the mean to count as another one."""


class Layout(msgspec.Struct, frozen=True):
    """A point for each vector, from -1 to 1, and the share of what tells the vectors apart that the points show."""

    points: tuple[tuple[float, float], ...]
    share: float


def packed(vector: Sequence[float]) -> bytes:
    """Return a vector of length 1 as it is kept; empty where it is of no use: not numbers, or nothing at all."""
    values = np.asarray(vector, dtype=np.float32)
    norm = float(np.linalg.norm(values)) if values.size else 0.0
    if not np.isfinite(norm) or norm <= 0.0:
        return b""
    return (values / norm).astype("<f2").tobytes()


def is_whole(blob: bytes, length: int) -> bool:
    """Return whether what was kept is a vector of `length` numbers."""
    return len(blob) == 2 * length and bool(np.isfinite(np.frombuffer(blob, dtype="<f2")).all())


def lay_out(vectors: Sequence[bytes]) -> Layout:
    """Return where vectors of one length, as `packed` made them, lie in the two directions in which they differ most."""
    if not vectors:
        return Layout((), 0.0)
    places, share = _two_directions(distinct(vectors))
    widest = float(np.abs(places).max())
    if widest > 0.0:
        places = places / widest
    points = spread(places, min(WIDEST_GAP, 1.0 / np.sqrt(len(places))))
    return Layout(tuple((float(x), float(y)) for x, y in points), share)


def distinct(vectors: Sequence[bytes]) -> Array:
    """Return the vectors without what all have in common, each of length 1 again.

    The vectors that a model for chats makes are alike for the most part, whatever the text is about.
    """
    rows = np.frombuffer(b"".join(vectors), dtype="<f2").astype(np.float32).reshape(len(vectors), -1)
    rows -= rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    norms[norms <= ALIKE] = np.inf
    rows /= norms
    return rows


def _two_directions(rows: Array) -> tuple[npt.NDArray[np.float64], float]:
    """Return the rows in their two principal directions, and the share of their variance in these."""
    rows = rows - rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    total = float((rows.astype(np.float64) ** 2).sum())
    if total <= ALIKE:
        return np.zeros((len(rows), 2)), 0.0
    directions = _principal(rows)
    largest = np.abs(directions).argmax(axis=0)
    signs = np.sign(directions[largest, np.arange(directions.shape[1])])  # else one run would mirror another
    places = np.zeros((len(rows), 2))
    places[:, : directions.shape[1]] = rows @ (directions * np.where(signs == 0, 1, signs))
    return places, min(1.0, float((places**2).sum()) / total)


def _principal(rows: Array) -> Any:
    """Return at most two directions of length 1, as columns."""
    count, length = rows.shape
    if length <= min(count, EXACT_SIDE):
        return np.linalg.eigh(rows.T @ rows)[1][:, :-3:-1]
    if count <= EXACT_SIDE:
        found = rows.T @ np.linalg.eigh(rows @ rows.T)[1][:, :-3:-1]
        norms = np.linalg.norm(found, axis=0)
        return np.divide(found, norms, out=np.zeros_like(found), where=norms > ALIKE)
    tried = np.random.default_rng(1).standard_normal((length, 2 + EXTRA_DIRECTIONS)).astype(np.float32)
    for _turn in range(TURNS):
        tried = np.linalg.qr(rows.T @ (rows @ tried))[0]
    inner = np.linalg.eigh((rows @ tried).T @ (rows @ tried))[1][:, :-3:-1]
    return tried @ inner


def spread(points: npt.NDArray[np.float64], gap: float) -> npt.NDArray[np.float64]:
    """Return the points pushed apart a little, so that few are nearer than `gap` to another; always in the same way."""
    points = _unpiled(points, gap)
    for sweep in range(SWEEPS):
        if not _push_apart(points, gap, sweep % 2):
            break
    return points


def _unpiled(points: npt.NDArray[np.float64], gap: float) -> npt.NDArray[np.float64]:
    """Return the points with those that lie on a heap moved to a spiral around it."""
    heaps = np.floor(points / gap).astype(np.int64)
    heap = np.unique(heaps, axis=0, return_inverse=True)[1].reshape(-1)
    order = np.argsort(heap, kind="stable")
    counts = np.bincount(heap)
    rank = np.empty(len(points))
    rank[order] = np.arange(len(points)) - np.repeat(np.cumsum(counts) - counts, counts)
    reach, angle = 0.6 * gap * np.sqrt(rank), rank * GOLDEN_ANGLE
    moved = points.copy()
    moved[:, 0] += reach * np.cos(angle)
    moved[:, 1] += reach * np.sin(angle)
    return moved


def _push_apart(points: npt.NDArray[np.float64], gap: float, axis: int) -> bool:
    """Move points that are too near away from each other, in place; False where there were hardly any."""
    order = np.argsort(points[:, axis], kind="stable")
    sorted_points = points[order]
    move = np.zeros_like(points)
    worst = 0.0
    for step in range(1, min(len(points), NEIGHBOURS)):
        apart = sorted_points[step:] - sorted_points[:-step]
        if (apart[:, axis] >= gap).all():
            break
        distance = np.maximum(np.hypot(apart[:, 0], apart[:, 1]), 1e-9)
        overlap = np.clip(gap - distance, 0.0, None)
        worst = max(worst, float(overlap.max()))
        push = apart * (overlap / distance / 4)[:, None]
        move[step:] += push
        move[:-step] -= push
    points[order] = sorted_points + np.clip(move, -gap / 2, gap / 2)
    return worst > gap / 5
