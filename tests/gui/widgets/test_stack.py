"""Widgets below each other: each is asked for its height once in each width."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.stack import Stack

LONG = "One and another word, and so many more of them that they have no room in a line. "


class Part(QWidget):
    """Words, and how often it was asked for its height."""

    def __init__(self, theme: Theme, words: str) -> None:
        super().__init__()
        self.asked: list[int] = []
        self.label = Label(theme, words, wraps=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.label)

    def heightForWidth(self, width: int) -> int:
        self.asked.append(width)
        return super().heightForWidth(width)


@pytest.fixture
def parts(theme: Theme) -> list[Part]:
    return [Part(theme, words) for words in ("One", LONG, "Two")]


@pytest.fixture
def stack(qtbot: QtBot, parts: list[Part]) -> Iterator[Stack]:
    """A stack that is seen in a layout, 200 pixels wide."""
    host = QWidget()
    qtbot.addWidget(host)
    column = QVBoxLayout(host)
    column.setContentsMargins(0, 0, 0, 0)
    made = Stack()
    column.addWidget(made)
    column.addStretch(1)
    for part in parts:
        made.add(part)
    host.resize(200, 600)
    host.show()
    qtbot.waitUntil(lambda: all(part.width() == 200 for part in parts))
    yield made
    host.close()


def tops(parts: list[Part]) -> list[int]:
    return [part.y() for part in parts if part.isVisible()]


def test_they_stand_below_each_other_as_high_as_they_are(stack: Stack, parts: list[Part]) -> None:
    one, words, two = (part.label.heightForWidth(200) for part in parts)
    assert one == two < words
    assert tops(parts) == [0, one, one + words]
    assert stack.height() == stack.heightForWidth(200) == one + words + two


def test_one_that_comes_goes_or_changes_has_no_other_asked(stack: Stack, parts: list[Part], qtbot: QtBot) -> None:
    first, words, last = parts
    high, low = stack.height(), first.height()
    for part in parts:
        part.asked.clear()
    last.hide()
    qtbot.waitUntil(lambda: stack.height() == high - low)
    last.show()
    qtbot.waitUntil(lambda: stack.height() == high)
    first.label.setText(LONG)
    qtbot.waitUntil(lambda: first.height() == words.height())
    qtbot.waitUntil(lambda: tops(parts) == [0, words.height(), 2 * words.height()])
    assert words.asked == last.asked == []
    assert first.asked


def test_another_width_asks_all(stack: Stack, parts: list[Part], qtbot: QtBot) -> None:
    before = stack.height()
    stack.window().resize(120, 600)
    qtbot.waitUntil(lambda: parts[1].width() == 120)
    assert stack.height() > before
    assert tops(parts)[-1] == parts[0].height() + parts[1].height()


def test_one_that_is_dropped_leaves_its_room(stack: Stack, parts: list[Part], qtbot: QtBot) -> None:
    high = parts[0].height()
    stack.drop(parts[1])
    qtbot.waitUntil(lambda: stack.height() == 2 * high)
    assert (parts[0].y(), parts[2].y()) == (0, high)


def test_what_changes_has_its_place_before_anything_is_painted(stack: Stack, parts: list[Part]) -> None:
    for part in parts:
        part.label.setText(LONG)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)  # all that is done before a painting
    high = parts[1].label.heightForWidth(200)
    assert [part.height() for part in parts] == [high] * 3
    assert tops(parts) == [0, high, 2 * high]
