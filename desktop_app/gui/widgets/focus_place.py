"""Which part has the keyboard of a window or a page that is made anew: the same one has it afterwards."""

from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


class FocusPlace(NamedTuple):
    """The part that has the focus: the one with a `number` from 0 `among` so many parts of its `kind` that can have it."""

    kind: type[QWidget]
    number: int
    among: int


def focus_place(within: QWidget) -> FocusPlace | None:
    """Return which part of a widget has the focus of its window, None where none of them has."""
    focused = within.window().focusWidget()
    parts = _focusable(within, type(focused)) if focused is not None else []
    return FocusPlace(type(focused), parts.index(focused), len(parts)) if focused in parts else None


def focus_at(within: QWidget, place: FocusPlace | None) -> bool:
    """Focus what is at a place of a widget, where that has as many parts of its kind; return whether it has."""
    parts = _focusable(within, place.kind) if place is not None else []
    if place is None or len(parts) != place.among:
        return False
    parts[place.number].setFocus(Qt.FocusReason.OtherFocusReason)
    return True


def _focusable(within: QWidget, kind: type[QWidget]) -> list[QWidget]:
    return [each for each in within.findChildren(kind) if each.focusPolicy() != Qt.FocusPolicy.NoFocus]
