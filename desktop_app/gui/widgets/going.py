"""Does away with many widgets, some of them in each turn of the event loop."""

from collections import deque
from collections.abc import Iterable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from shiboken6 import delete, isValid

from desktop_app.gui.widgets.stack import Holder

PART = 100
"""About how many widgets are done away with in one turn, which takes half of a frame."""


def handed_over(root: QWidget) -> list[QWidget]:
    """Return the widgets of all holders below `root`, which hold them no more; holders in them are left alone."""
    found: list[QWidget] = []
    for child in root.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        found += child.hand_over() if isinstance(child, Holder) else handed_over(child)
    return found


def deleted_in_parts(widgets: Iterable[QWidget]) -> Iterator[None]:
    """Delete widgets with all that is in them, about PART of all with each step."""
    going, room = deque(widgets), PART
    while going:
        widget = going.popleft()
        if not isValid(widget):  # something else did away with it meanwhile
            continue
        size = len(widget.findChildren(QWidget))
        if size > PART and (inner := handed_over(widget)):
            going.extendleft((widget, *reversed(inner)))
            continue
        if room < size:
            yield
            room = PART
        room -= size
        if isValid(widget):
            delete(widget)
