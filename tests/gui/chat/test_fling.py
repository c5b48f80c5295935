"""A fling through a long chat: each frame lays out a little, what comes next is there before it is seen, nothing jumps."""

import random
from collections.abc import Iterator
from itertools import count

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.gui.chat.documents.building import STEP, Building
from desktop_app.gui.chat.documents.document import RowDocument
from desktop_app.gui.chat.documents.styles import Styles
from desktop_app.gui.chat.entries import Entry, Row, RowKind
from desktop_app.gui.chat.layout.placing import FRAME_SECONDS
from desktop_app.gui.chat.markdown.markdown import make_parser, parse_whole
from desktop_app.gui.chat.markdown.operations import operations
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.theme import Theme
from tests.gui.chat.test_row_documents import described
from tests.markdown_texts import EXAMPLES

SECTION = "## A heading\n\nA paragraph with **bold** words.\n\n- one\n- two\n\n```python\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
TICK = 0.001


@pytest.fixture
def ticking(qtbot: QtBot, theme: Theme) -> Iterator[ChatView]:
    """A shown view for which each look at the clock takes a millisecond."""
    ticks = count()
    made = ChatView(theme, clock=lambda: next(ticks) * TICK)
    made.resize(800, 600)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(made, QEvent.Type.DeferredDelete.value)


def is_at_rest(view: ChatView) -> bool:
    timers = (view._placing.fill_timer, view._placing.ahead_timer, view._earlier_timer)
    return not any(timer.isActive() for timer in timers)


def show_long_chat(view: ChatView, shown, qtbot: QtBot, messages: int = 200) -> None:
    texts = [SECTION * (1 + number % 12) for number in range(messages)]
    view.show_messages([shown(f"m{n}", text, user=n % 9 == 0) for n, text in enumerate(texts)], chat_id="c")
    qtbot.waitUntil(lambda: is_at_rest(view))


def place_of(view: ChatView, row: Row) -> int | None:
    """Return how far below the upper edge a row is seen, None for one that is not."""
    widget = view.realised_text(row)
    return widget.y() if widget is not None else None


def test_a_frame_reads_only_a_little(ticking, shown, qtbot) -> None:
    show_long_chat(ticking, shown, qtbot)
    bar, documents = ticking.verticalScrollBar(), ticking._layout.documents
    most = 0
    for _ in range(60):
        before = documents.steps
        bar.setValue(bar.value() - 500)
        most = max(most, documents.steps - before)
    assert 0 < most <= FRAME_SECONDS / TICK


def test_rows_that_are_read_late_move_nothing(ticking, shown, qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    show_long_chat(ticking, shown, qtbot)
    monkeypatch.setattr("desktop_app.gui.chat.layout.placing.FRAME_SECONDS", 1.5 * TICK)
    bar = ticking.verticalScrollBar()
    late = 0
    for _ in range(60):
        ticking._placing.ahead_timer.stop()
        seen = ticking.realised_texts()[0]
        row, y = seen.row, seen.y()
        for _frame in range(2):
            bar.setValue(bar.value() - 200)
            y += 200
            assert place_of(ticking, row) == (y if y < 600 else None)
        late += ticking.is_filling and y < 600
        qtbot.waitUntil(lambda: not ticking.is_filling)
        assert place_of(ticking, row) == (y if y < 600 else None)
    assert late


def test_what_comes_next_is_there_before_it_is_seen(view, shown, qtbot) -> None:
    show_long_chat(view, shown, qtbot)
    bar, documents = view.verticalScrollBar(), view._layout.documents
    for way in (-400, -400, -400, -400, 400, 400, 400):
        before = documents.steps
        bar.setValue(bar.value() + way)
        assert documents.steps == before
        qtbot.waitUntil(lambda: is_at_rest(view))


def test_no_more_is_read_than_comes_next(view, shown, qtbot) -> None:
    show_long_chat(view, shown, qtbot)
    first, last = (view.realised_texts()[place].row.index for place in (0, -1))
    kept = [row for row in view.rows if row.kind is RowKind.TEXT and view._layout.documents.kept(row)]
    above = [row for row in kept if row.index < first]
    assert sum(row.height for row in above[1:]) < view.viewport().height()
    assert view._layout.documents.built <= last - first + 1 + len(above)
    for _ in range(5):
        QApplication.processEvents()
    assert is_at_rest(view)


@pytest.mark.parametrize("seed", range(4))
def test_a_document_made_in_steps_equals_one_made_at_once(theme: Theme, shown, seed: int) -> None:
    parser, styles = make_parser(), Styles(theme)
    chance = random.Random(seed)
    plain = [text for text in EXAMPLES if "]:" not in text]  # links that are defined late make a text one step
    most = 0
    for _ in range(6):
        text = "\n\n".join(chance.sample(plain, 60)) + "\n\n" + SECTION * 4
        row = Entry(shown("a", text), 1).rows[0]
        building = Building(parser, RowDocument(styles), row, 700, None)
        steps = 1
        while not building.step():
            steps += 1
        whole = RowDocument(styles)
        whole.write([operation for block in parse_whole(parser, row.text) for operation in operations(block)], 700)
        assert described(building.document) == described(whole)
        most = max(most, steps)
    assert most > 1


def test_a_block_that_goes_on_is_not_read_again_and_again(theme: Theme, shown) -> None:
    row = Entry(shown("a", "a line of one paragraph\n" * 300), 1).rows[0]
    building = Building(make_parser(), RowDocument(Styles(theme)), row, 700, None)
    steps = 1
    while not building.step():
        steps += 1
    assert steps <= 2 + (len(row.text) // STEP).bit_length()
