"""What is wrong with where things lie in a window: texts that are cut, parts that overlap or stick out."""

import re
from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QBoxLayout,
    QComboBox,
    QLabel,
    QLayout,
    QLineEdit,
    QScrollBar,
    QToolButton,
    QWidget,
)

from desktop_app.gui.chat.rows.fold_head import FoldHead
from desktop_app.gui.chat.rows.text_row import TextRow
from desktop_app.gui.composer.question_field import QuestionField
from desktop_app.gui.widgets.controls import ElidedLabel, IconButton
from desktop_app.gui.widgets.scrolled_body import ScrolledBody
from desktop_app.gui.window.stage import Stage

SLACK = 1
"""Pixels that rounding can take."""
WITHOUT_SPACES = "\u3000-\u9fff\uff00-\uffef"
OVERLAYS = (
    "FocusRing",
    "NoticeBar",
    "PersonaStart",
    "Scrim",
    "Notice",
    "CommandPalette",
    "Sheet",
    "ToEndButton",
    "DropGround",
    "SlashList",
    "QSizeGrip",
    "FindBar",
    "ReadingBar",
    "TourOffer",
)
"""What lies over other things on purpose."""


def flaws(window: QWidget) -> list[str]:
    """Return what is wrong in `window`, in words that name the part."""
    found = []
    for widget in [window, *window.findChildren(QWidget)]:
        if widget.isVisibleTo(window) and not _is_qts_own(widget):
            found += [f"{flaw}: {_name(widget, window)}" for flaw in _flaws(widget, window)]
    return found


def _flaws(widget: QWidget, window: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel):
        yield from _cut_label(widget)
    elif (
        type(widget) is QToolButton
    ):  # Qt wishes for blanks beside its words, which those that begin with a text do without
        yield from _cut_text(widget, widget.text(), widget.width())
    elif isinstance(widget, QAbstractButton):
        yield from _smaller_than_hint(widget)
    elif isinstance(widget, QComboBox):
        yield from _cut_text(widget, widget.currentText(), widget.width() - 2 * 12)
    elif isinstance(widget, QLineEdit) and not widget.toolTip():
        yield from _cut_text(widget, widget.placeholderText(), widget.width())
    if (
        isinstance(widget, QAbstractScrollArea)
        and not isinstance(widget, TextRow | QuestionField)  # spaces at the end of a line hang over
        and widget.horizontalScrollBar().maximum() > 0
    ):
        yield f"scrolls sideways by {widget.horizontalScrollBar().maximum()}"
    if isinstance(widget, ScrolledBody) and (layout := widget.layout()) is not None:
        missing = layout.minimumSize().width() - widget.width()
        if missing > 0:
            yield f"needs {missing} pixels more across"
    if widget is not window:
        yield from _beyond_parent(widget)
    yield from _overlaps(widget)
    if widget.layout() is not None:
        yield from _not_mirrored(widget.layout(), widget.layoutDirection())


def _cut_label(label: QLabel) -> Iterator[str]:
    if not label.text():
        return
    if isinstance(label, ElidedLabel):  # for names and paths, whose tooltip has them whole
        return
    room = label.contentsRect()
    if not label.wordWrap():
        wanted = label.sizeHint()
        if label.width() < wanted.width() - SLACK or label.height() < wanted.height() - SLACK:
            yield f"cut “{label.text()}” {label.size().toTuple()} < {wanted.toTuple()}"
        return
    if label.height() < label.heightForWidth(label.width()) - SLACK:
        yield f"cut “{label.text()}” {label.height()} < {label.heightForWidth(label.width())}"
    words = _unbroken(QLabel.text(label))
    longest = max((label.fontMetrics().horizontalAdvance(word) for word in words), default=0)
    if longest > room.width() + SLACK:
        yield f"a word is cut in “{label.text()}” {room.width()} < {longest}"


def _unbroken(text: str) -> list[str]:
    """Return the pieces of a text between which a line can end: words, parts of paths, signs of languages without spaces."""
    return re.findall(f"[{WITHOUT_SPACES}]|/|[^/\\s\u200b{WITHOUT_SPACES}]+/?", text)


def _smaller_than_hint(widget: QWidget) -> Iterator[str]:
    wanted = widget.minimumSizeHint().boundedTo(widget.sizeHint())
    if isinstance(widget, IconButton):  # the icon is what has to be seen
        wanted = QSize(widget.theme.px(20), widget.theme.px(20))
    if widget.width() < wanted.width() - SLACK or widget.height() < wanted.height() - SLACK:
        yield f"smaller than its content {widget.size().toTuple()} < {wanted.toTuple()}"


def _cut_text(widget: QWidget, text: str, room: int) -> Iterator[str]:
    if text and widget.fontMetrics().horizontalAdvance(text) > room:
        yield f"cut “{text}” {room} < {widget.fontMetrics().horizontalAdvance(text)}"


def _beyond_parent(widget: QWidget) -> Iterator[str]:
    parent = widget.parentWidget()
    if parent is None or widget.isWindow():
        return
    if isinstance(widget, FoldHead) or (isinstance(widget, QLabel) and not widget.text()):
        return  # the margins of the one lie over the column's on purpose, and of the other there is nothing to see
    area, room = widget.geometry(), parent.rect()
    if isinstance(widget, IconButton):  # the icon is what has to be seen
        inset = (widget.width() - widget.theme.px(16)) // 2
        area = area.adjusted(inset, inset, -inset, -inset)
    scrolled = isinstance(parent.parentWidget(), QAbstractScrollArea) and parent.parentWidget().viewport() is parent
    sideways = area.left() < room.left() - SLACK or area.right() > room.right() + SLACK
    upright = area.top() < room.top() - SLACK or area.bottom() > room.bottom() + SLACK
    if sideways or (upright and not scrolled):
        yield f"beyond its parent {area.getRect()} in {room.getRect()}"


def _overlaps(parent: QWidget) -> Iterator[str]:
    children = [
        child
        for child in parent.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if child.isVisibleTo(parent) and not child.isWindow() and not _is_overlay(child)
    ]
    if isinstance(parent, Stage):  # a drawer lies over the rest
        children = [child for child in children if child is not parent.drawer]
    for place, one in enumerate(children):
        for other in children[place + 1 :]:
            common = one.geometry() & other.geometry()
            if common.width() > SLACK and common.height() > SLACK:
                yield f"{_own_name(one)} {one.geometry().getRect()} lies over {_own_name(other)} {other.geometry().getRect()}"


def _not_mirrored(layout: QLayout, direction: Qt.LayoutDirection) -> Iterator[str]:
    for number in range(layout.count()):
        if (inner := layout.itemAt(number).layout()) is not None:
            yield from _not_mirrored(inner, direction)
    if not isinstance(layout, QBoxLayout) or layout.direction() not in (
        QBoxLayout.Direction.LeftToRight,
        QBoxLayout.Direction.RightToLeft,
    ):
        return
    areas = [_area(layout, number) for number in range(layout.count())]
    shown = [area for area in areas if area is not None]
    pairs = pairwise(shown)
    rising = direction is Qt.LayoutDirection.LeftToRight
    if any((one.left() > other.left()) is rising and one.left() != other.left() for one, other in pairs):
        yield "is not laid out in the reading direction"


def _area(layout: QLayout, number: int) -> QRect | None:
    item = layout.itemAt(number)
    widget = item.widget()
    if widget is not None:
        return item.geometry() if widget.isVisibleTo(widget.parentWidget()) else None
    return item.geometry() if item.layout() is not None and not item.isEmpty() else None


def _is_overlay(widget: QWidget) -> bool:
    return any(kind.__name__ in OVERLAYS for kind in type(widget).__mro__)


def _is_qts_own(widget: QWidget) -> bool:
    """Whether Qt made the part inside one of its own, where sizes are Qt's business."""
    return (widget.objectName().startswith("qt_") and widget.objectName() != "qt_scrollarea_viewport") or isinstance(
        widget, QScrollBar
    )


def _own_name(widget: QWidget) -> str:
    words = widget.accessibleName() or str(widget.property("text") or "")
    return f"{type(widget).__name__}({words[:40]})" if words else type(widget).__name__


def _name(widget: QWidget, window: QWidget) -> str:
    names = []
    step: QWidget | None = widget
    while step is not None and step is not window:
        names.append(_own_name(step))
        step = step.parentWidget()
    return " < ".join(names[:4])
