"""Where dots are on the screen, which one is near a point, and which labels have room beside theirs."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF

MOST_STRETCH = 2.0
"""How much longer a step up may look than one to the right, or the other way round, to use the room."""
MOST_LABELS = 150
MOST_TRIES = 600
"""Chats whose title is tried to be shown; the rest would hardly find room."""


class PlacedLabel(NamedTuple):
    """The title of a dot by its number, as far as it is shown, and where."""

    number: int
    text: str
    area: QRectF


def fitted(points: Sequence[tuple[float, float]], area: QRectF) -> list[QPointF]:
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
    middle, centre = QPointF((left + right) / 2, (low + high) / 2), area.center()
    return [QPointF(centre.x() + (x - middle.x()) * wide, centre.y() - (y - middle.y()) * tall) for x, y in points]


class Finder:
    """Finds the dot that is nearest to a point, without a look at all of them."""

    def __init__(self, places: Sequence[QPointF], reach: float) -> None:
        """Only dots within `reach` are found."""
        self._places = places
        self._reach = max(1.0, reach)
        self._cells: dict[tuple[int, int], list[int]] = {}
        for number, place in enumerate(places):
            self._cells.setdefault(self._cell(place), []).append(number)

    def nearest(self, point: QPointF) -> int:
        """Return the number of the nearest dot, -1 where none is near."""
        column, row = self._cell(point)
        best, number = self._reach, -1
        for cell in ((column + right, row + down) for right in (-1, 0, 1) for down in (-1, 0, 1)):
            for each in self._cells.get(cell, ()):
                away = self._places[each] - point
                distance = math.hypot(away.x(), away.y())
                if distance < best:
                    best, number = distance, each
        return number

    def _cell(self, place: QPointF) -> tuple[int, int]:
        return int(place.x() // self._reach), int(place.y() // self._reach)


def neighbour(places: Sequence[QPointF], number: int, right: int, down: int) -> int:
    """Return the nearest dot in one of the four directions, `number` itself where there is none.

    What lies aside counts twice.
    """
    here = places[number]
    best, found = math.inf, number
    for other, place in enumerate(places):
        x, y = place.x() - here.x(), place.y() - here.y()
        ahead, aside = x * right + y * down, abs(x * down) + abs(y * right)
        cost = ahead + 2 * aside
        if ahead > 0 and cost < best:
            best, found = cost, other
    return found


def place_labels(
    places: Sequence[QPointF],
    view: QRectF,
    radius: float,
    height: float,
    measure: Callable[[int], tuple[str, float]],
) -> list[PlacedLabel]:
    """Return the labels that have room within `view`, where the first dots come first.

    No label covers another one or a dot. `measure` returns the text of a dot's label, and its width.
    """
    side = max(4.0, height / 2)
    taken: set[tuple[int, int]] = set()
    for place in places:
        if view.contains(place):
            taken.update(_cells(QRectF(place.x() - radius, place.y() - radius, 2 * radius, 2 * radius), side))
    labels: list[PlacedLabel] = []
    tries = 0
    for number, place in enumerate(places):
        if tries == MOST_TRIES or len(labels) == MOST_LABELS:
            break
        if not view.contains(place):
            continue
        tries += 1
        text, width = measure(number)
        for area, room in _around(place, radius + side, width, height, side):
            if view.contains(area) and taken.isdisjoint(_cells(room, side)):
                taken.update(_cells(area, side))
                labels.append(PlacedLabel(number, text, area))
                break
    return labels


def _around(
    place: QPointF, away: float, width: float, height: float, spare: float
) -> tuple[tuple[QRectF, QRectF], ...]:
    """Return where a label may stand, to the right of a dot, to its left, above it and below it, and the room for it.

    It must not seem to belong to a dot at its other end.
    """
    x, y = place.x(), place.y()
    right, left = (
        QRectF(x + away, y - height / 2, width, height),
        QRectF(x - away - width, y - height / 2, width, height),
    )
    above, below = (
        QRectF(x - width / 2, y - away - height, width, height),
        QRectF(x - width / 2, y + away, width, height),
    )
    return (
        (right, right.adjusted(0, 0, spare, 0)),
        (left, left.adjusted(-spare, 0, 0, 0)),
        (above, above.adjusted(-spare, 0, spare, 0)),
        (below, below.adjusted(-spare, 0, spare, 0)),
    )


def _cells(area: QRectF, side: float) -> list[tuple[int, int]]:
    columns = range(int(area.left() // side), int(area.right() // side) + 1)
    rows = range(int(area.top() // side), int(area.bottom() // side) + 1)
    return [(column, row) for column in columns for row in rows]
