"""Where dots are on the screen, which one is near a point, and which labels have room beside theirs.

Thousands of dots are looked at for a single frame, so points are plain numbers here.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QRectF

Point = tuple[float, float]

MOST_STRETCH = 2.0
"""How much longer a step up may look than one to the right, or the other way round, to use the room."""
MOST_LABELS = 150
MOST_TRIES = 250
"""Chats whose title is tried to be shown; the rest would hardly find room."""
_ROW = 1 << 20
"""More than there are columns, so that a cell has one number."""


class PlacedLabel(NamedTuple):
    """The title of a dot by its number, as far as it is shown, and where."""

    number: int
    text: str
    area: QRectF


def fitted(points: Sequence[Point], area: QRectF) -> list[Point]:
    """Return the points, of which the second number points up, so that they fill `area` as far as they can."""
    if not points:
        return []
    across, up = [x for x, _y in points], [y for _x, y in points]
    left, right, low, high = min(across), max(across), min(up), max(up)
    wide = area.width() / (right - left) if right > left else math.inf
    tall = area.height() / (high - low) if high > low else math.inf
    least = min(wide, tall)
    if math.isinf(least):  # a single dot
        least = 1.0
    wide, tall = min(wide, MOST_STRETCH * least), min(tall, MOST_STRETCH * least)
    x0 = area.center().x() - (left + right) / 2 * wide
    y0 = area.center().y() + (low + high) / 2 * tall
    return [(x0 + x * wide, y0 - y * tall) for x, y in points]


class Finder:
    """Finds the dot that is nearest to a point, without a look at all of them."""

    def __init__(self, places: Sequence[Point], reach: float) -> None:
        """No dot farther away than `reach` is ever found."""
        self._places = places
        self._reach = max(1.0, reach)
        self._cells: dict[tuple[int, int], list[int]] = {}
        for number, (x, y) in enumerate(places):
            self._cells.setdefault((int(x // self._reach), int(y // self._reach)), []).append(number)

    def nearest(self, x: float, y: float, within: float) -> int:
        """Return the number of the nearest dot that is as near as `within`, -1 where none is."""
        column, row = int(x // self._reach), int(y // self._reach)
        best, number = min(within, self._reach), -1
        for cell in ((column + right, row + down) for right in (-1, 0, 1) for down in (-1, 0, 1)):
            for each in self._cells.get(cell, ()):
                there = self._places[each]
                distance = math.hypot(there[0] - x, there[1] - y)
                if distance < best:
                    best, number = distance, each
        return number


def neighbour(places: Sequence[Point], number: int, right: int, down: int) -> int:
    """Return the nearest dot in one of the four directions, `number` itself where there is none.

    What lies aside counts twice.
    """
    here_x, here_y = places[number]
    best, found = math.inf, number
    for other, (x, y) in enumerate(places):
        ahead = (x - here_x) * right + (y - here_y) * down
        if 0 < ahead < best:
            cost = ahead + 2 * (abs(x - here_x) if down else abs(y - here_y))
            if cost < best:
                best, found = cost, other
    return found


def place_labels(
    places: Sequence[Point],
    view: QRectF,
    radius: float,
    height: float,
    measure: Callable[[int], tuple[str, float]],
) -> list[PlacedLabel]:
    """Return the labels that have room within `view`, where the first dots come first.

    No label covers another one or a dot. `measure` returns the text of a dot's label, and its width.
    """
    side = max(4.0, height / 2)
    left, top, right, bottom = view.left(), view.top(), view.right(), view.bottom()
    seen = [number for number, (x, y) in enumerate(places) if left <= x <= right and top <= y <= bottom]
    taken = {int(places[number][1] // side) * _ROW + int(places[number][0] // side) for number in seen}
    labels: list[PlacedLabel] = []
    for number in seen[:MOST_TRIES]:
        text, width = measure(number)
        for area, room in _around(places[number], radius + side, width, height, side):
            if view.contains(area) and _is_free(room.adjusted(-radius, -radius, radius, radius), side, taken):
                _take(area, side, taken)
                labels.append(PlacedLabel(number, text, area))
                break
        if len(labels) == MOST_LABELS:
            break
    return labels


def moved_labels(
    labels: Sequence[PlacedLabel], ways: Sequence[Point], view: QRectF, height: float
) -> list[PlacedLabel]:
    """Return labels whose dots have moved, each by its one of `ways`: those that still have room beside each other."""
    side = max(4.0, height / 2)
    taken: set[int] = set()
    kept = []
    for label, (right, down) in zip(labels, ways, strict=True):
        area = label.area.translated(right, down)
        if view.contains(area) and _is_free(area, side, taken):
            _take(area, side, taken)
            kept.append(label._replace(area=area))
    return kept


def _around(place: Point, away: float, width: float, height: float, spare: float) -> tuple[tuple[QRectF, QRectF], ...]:
    """Return where a label may stand, to the right of a dot, to its left, above it and below it, and the room for it.

    It must not seem to belong to a dot at its other end.
    """
    x, y = place
    beside, above = y - height / 2, y - away - height
    return (
        (QRectF(x + away, beside, width, height), QRectF(x + away, beside, width + spare, height)),
        (
            QRectF(x - away - width, beside, width, height),
            QRectF(x - away - width - spare, beside, width + spare, height),
        ),
        (QRectF(x - width / 2, above, width, height), QRectF(x - width / 2 - spare, above, width + 2 * spare, height)),
        (
            QRectF(x - width / 2, y + away, width, height),
            QRectF(x - width / 2 - spare, y + away, width + 2 * spare, height),
        ),
    )


def _rows(area: QRectF, side: float) -> list[range]:
    """Return the cells under an area, row by row."""
    first, last = int(area.left() // side), int(area.right() // side)
    top, bottom = int(area.top() // side), int(area.bottom() // side)
    return [range(row * _ROW + first, row * _ROW + last + 1) for row in range(top, bottom + 1)]


def _is_free(area: QRectF, side: float, taken: set[int]) -> bool:
    return all(taken.isdisjoint(cells) for cells in _rows(area, side))


def _take(area: QRectF, side: float, taken: set[int]) -> None:
    for cells in _rows(area, side):
        taken.update(cells)
