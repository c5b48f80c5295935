"""Where Tab comes to what is made later than what stands below it."""

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def visit_next(before: QWidget, part: QWidget) -> None:
    """Have Tab go from `before` through all that is in `part`, in the order that this has by itself, then on."""
    within = [stop for stop in _behind(part) if part.isAncestorOf(stop)]
    stops = [stop for stop in within if stop.focusPolicy() is not Qt.FocusPolicy.NoFocus]
    for each, following in pairwise([before, *stops]):
        QWidget.setTabOrder(each, following)


def _behind(widget: QWidget) -> Iterator[QWidget]:
    """Walk once round the window."""
    stop = widget.nextInFocusChain()
    while stop is not None and stop is not widget:
        yield stop
        stop = stop.nextInFocusChain()
