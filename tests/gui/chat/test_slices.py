"""What a slice of an answer costs the window while the model needs the processor: counted, so that it stays little."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import MessageStatus
from desktop_app.gui.chat.view import ChatView
from tests.counting import called

SLICE = "and the ships that passed knew of it, "
SLICES = 30
LONG_AGO = -1e6


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() is QEvent.Type.Paint
        return False


def test_a_slice_of_plain_words_is_laid_out_and_painted_once_and_read_by_no_parser(
    view: ChatView, shown: Callable[..., object], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = shown("a", "At night ", status=MessageStatus.STREAMING)
    view.show_messages([shown("q", "Tell me.", user=True), answer], chat_id="c")
    streaming, stream = view._streaming, view._layout.streams[0]
    widget = view._pool.text_widget(stream.row)
    assert widget is not None
    paints, changes, placed = Paints(), list[object](), list[int]()
    stream.document.document.contentsChange.connect(lambda *change: changes.append(change))
    place = streaming._place
    monkeypatch.setattr(streaming, "_place", lambda: (placed.append(1), place()))
    read = stream.reader.parsed_characters
    widget.viewport().installEventFilter(paints)
    for number in range(SLICES):
        streaming._flushed = LONG_AGO
        view.add_text("a", SLICE)
        assert not streaming.timer.isActive()  # shown at once, without another turn of the event loop
        qtbot.waitUntil(lambda number=number: paints.count > number)

    assert stream.section.text == "At night " + SLICES * SLICE
    assert stream.reader.parsed_characters == read
    assert len(changes) == SLICES
    layout = stream.document.document.begin().layout()
    lines = layout.lineCount()
    assert paints.count < SLICES + lines  # once, and what is new where the row got higher
    assert len(placed) < lines <= SLICES  # the rows move where one got higher, and only there


@pytest.mark.parametrize(
    "begin", ["At night ", "It was **so** dark that ", "- first\n- then `he` came, ", "> a *quote* and "]
)
def test_more_words_of_a_line_are_neither_read_nor_compared(
    view: ChatView, shown: Callable[..., object], begin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.show_messages(
        [shown("q", "Tell me.", user=True), shown("a", begin, status=MessageStatus.STREAMING)], chat_id="c"
    )
    streaming, stream = view._streaming, view._layout.streams[0]
    flushed: list[object] = []
    flush = stream.reader.flush
    monkeypatch.setattr(stream.reader, "flush", lambda **final: (flushed.append(final), flush(**final))[1])

    def add(text: str) -> None:
        streaming._flushed = LONG_AGO
        view.add_text("a", text)

    for _ in range(SLICES):
        add(SLICE)
    assert not flushed
    assert stream.document.document.toPlainText().endswith((SLICES * SLICE).rstrip())
    add("and **nobody** ")
    assert len(flushed) == 1


def test_words_ask_for_no_margins_and_nothing_is_painted_below_them(
    view: ChatView, shown: Callable[..., object], qtbot: QtBot
) -> None:
    answer = shown("a", "At night the keeper ", status=MessageStatus.STREAMING)
    view.show_messages([shown("q", "Tell me.", user=True), answer], chat_id="c")
    QApplication.processEvents()
    view._streaming._flushed = LONG_AGO
    asked = called(lambda: view.add_text("a", "lit it, "))
    asked += called(QApplication.processEvents)
    assert asked["_paint_end"] == 1
    assert asked["setRenderHint"] == asked["frameFormat"] == 0


def test_slices_that_come_within_a_pause_are_shown_together(
    view: ChatView, shown: Callable[..., object], qtbot: QtBot
) -> None:
    answer = shown("a", "At night ", status=MessageStatus.STREAMING)
    view.show_messages([shown("q", "Tell me.", user=True), answer], chat_id="c")
    streaming, stream = view._streaming, view._layout.streams[0]
    changes: list[object] = []
    stream.document.document.contentsChange.connect(lambda *change: changes.append(change))
    streaming._flushed = LONG_AGO
    for _ in range(SLICES):
        view.add_text("a", SLICE)
    qtbot.waitUntil(lambda: stream.section.text == "At night " + SLICES * SLICE)
    assert len(changes) == 2
