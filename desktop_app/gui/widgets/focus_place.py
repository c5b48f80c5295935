"""Where the keyboard goes in what is made anew, whose same part has it afterwards, or later than what stands below it."""

from itertools import pairwise
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop_app.gui.widgets.keyboard_focus import stops


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


def visit_next(before: QWidget, part: QWidget) -> None:
    """Have Tab go from `before` through all that is in `part`, in the order in which it was put there, then on.

    Qt is not asked for the widget that comes next: PySide takes that for a child of the one that was asked, and what Qt
    made itself, the viewport of the chat for one, for gone with any that stands before it.
    """
    for each, following in pairwise([before, *stops(part)]):
        QWidget.setTabOrder(each, following)
