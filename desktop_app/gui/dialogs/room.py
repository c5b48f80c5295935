"""How large a dialog is: never larger than its screen, and what is higher than that can be scrolled."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QFrame, QLayoutItem, QScrollArea, QVBoxLayout, QWidget

FRAME = QSize(16, 48)
"""What window systems put around a dialog, in pixels."""


def screen_room(dialog: QWidget) -> QSize:
    """Return how large a dialog can be on its screen."""
    return dialog.screen().availableSize() - FRAME


def fit(dialog: QDialog, wanted: QSize, least: QSize | None = None) -> None:
    """Give a dialog the size that is `wanted`, and the `least` one, as far as the screen has room for them."""
    room = screen_room(dialog)
    if least is not None:
        dialog.setMinimumSize(least.boundedTo(room))
    dialog.resize(wanted.boundedTo(room))


def fix(dialog: QDialog, column: QVBoxLayout, width: int) -> None:
    """Give a dialog the height that `column` needs for `width`, for good.

    Where that is more than the screen has, all of the column but its last row can be scrolled: there are the buttons.
    """
    room = screen_room(dialog)
    width = min(width, room.width())
    height = column.heightForWidth(width) if column.hasHeightForWidth() else column.sizeHint().height()
    if height > room.height():
        _scroll(dialog, column)
        height = room.height()
    dialog.setFixedSize(width, height)


def _scroll(dialog: QDialog, column: QVBoxLayout) -> None:
    inside = QWidget()
    inside.setProperty("look", "page")
    inner = QVBoxLayout(inside)
    inner.setContentsMargins(0, 0, 0, 0)
    inner.setSpacing(column.spacing())
    while column.count() > 1 and (item := column.takeAt(0)) is not None:
        _move(item, inner)
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setWidget(inside)
    area.setAccessibleName(dialog.windowTitle())
    column.insertWidget(0, area, 1)
    if any(each.focusPolicy() & Qt.FocusPolicy.TabFocus for each in inside.findChildren(QWidget)):
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keyboard is for them, and what it comes to is scrolled to
    else:
        area.setProperty("look", "reading")  # which shows that the keyboard is at it


def _move(item: QLayoutItem, inner: QVBoxLayout) -> None:
    widget, layout = item.widget(), item.layout()
    if widget is not None:
        inner.addWidget(widget, 0, item.alignment())
    elif layout is not None:
        layout.setParent(None)
        inner.addLayout(layout)
    else:
        inner.addItem(item)
