"""How much of the conversation is drawn while an answer streams, and that what is kept of it is right."""

import random
import re
from statistics import median

import pytest
from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QImage, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import MessageStatus
from desktop_app.gui.chat.rows.text_row import TextRow
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.theme import load_theme
from desktop_app.gui.widgets.controls import Label
from desktop_app.settings.schema import Appearance
from tests.counting import calls
from tests.markdown_texts import EXAMPLES, SEED

from .conftest import MakeView

PARAGRAPH = "The keeper lit the lamp and watched the storm roll in from the sea, as he had done for forty years. " * 4
STRANGE = (
    "12 (34) " * 20 + "שלום עולם " * 20 + "and on",
    "灯台守は嵐の夜にも灯をともした。" * 8 + "「はい」。",
    "ประภาคารอยู่บนโขดหินกลางทะเล" * 8,
    "https://example.org/" + "lighthouse-" * 30 + " " + "wide" * 60,
    "a **bold and** *italic* " * 20,
    "| a | b |\n|---|---:|\n| 1 | 2 |\n| 3 | 4 |\n\n",
    "> quoted\n> ```\n> code\n> ```\n> - item " + PARAGRAPH,
)
"""What turns to the other side, breaks lines as no letters do, or is no words."""


class Drawn(QObject):
    """Notes what is drawn of each text row that can be seen, in pixels of the view."""

    def __init__(self, view: ChatView) -> None:
        super().__init__()
        self._view = view
        self.areas: list[QRect] = []
        for widget in view.realised_texts():
            widget.viewport().installEventFilter(self)

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        """Note it, and let it happen."""
        if isinstance(event, QPaintEvent):
            row = target.parent()
            assert isinstance(row, TextRow)
            self.areas.append(event.rect().translated(row.pos()))
        return False

    @property
    def top(self) -> int:
        """The highest pixel that was drawn."""
        return min(area.top() for area in self.areas)

    @property
    def height(self) -> int:
        """How many pixels were drawn, from top to bottom."""
        return sum(area.height() for area in self.areas)


class Paints(QObject):
    """Notes which widgets are drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[QObject] = []

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        """Note it, and let it happen."""
        if isinstance(event, QPaintEvent):
            self.targets.append(target)
        return False


def begin(view: ChatView, shown: MakeView, qtbot: QtBot, paragraphs: int) -> None:
    """Show a chat in which an answer streams that is so long already."""
    view.show_messages(
        [
            shown("q1", "Tell me of the lighthouse.", user=True),
            shown("a1", PARAGRAPH + "\n\n```python\nlamp = 1\n```\n\n> " + PARAGRAPH),
            shown("q2", "And then?", user=True),
            shown("a2", "", status=MessageStatus.STREAMING),
        ],
        chat_id="c",
    )
    view.add_text("a2", (PARAGRAPH + "\n\n") * paragraphs)
    view.flush()
    qtbot.waitUntil(lambda: not view.is_filling)
    QApplication.processEvents()


def on_screen(view: ChatView) -> QImage:
    """Return what the window shows now, of which most may have been drawn before."""
    return view.screen().grabWindow(view.winId()).toImage()


def drawn_anew(view: ChatView) -> QImage:
    """Return what the window shows once all of it is drawn."""
    for widget in (view, *view.findChildren(QWidget)):
        widget.update()
    QApplication.processEvents()
    return on_screen(view)


def looks_the_same(one: QImage, other: QImage) -> bool:
    """Whether nobody can tell two pictures apart: an arc that is cut off at an edge is rounded in another way."""
    pairs = zip(bytes(one.constBits()), bytes(other.constBits()), strict=True)
    return one == other or max(abs(left - right) for left, right in pairs) < 3


def test_a_new_line_leaves_what_is_above_it_as_it_was_drawn(qtbot: QtBot, view: ChatView, shown: MakeView) -> None:
    begin(view, shown, qtbot, paragraphs=2)
    drawn, before = Drawn(view), view.verticalScrollBar().maximum()
    view.add_text("a2", PARAGRAPH)
    view.flush()
    QApplication.processEvents()
    assert view.verticalScrollBar().maximum() > before
    assert drawn.height < view.viewport().height() // 3
    assert drawn.top > view.viewport().height() // 2


def test_a_new_line_has_no_ground_drawn_where_the_footer_is(qtbot: QtBot, view: ChatView, shown: MakeView) -> None:
    begin(view, shown, qtbot, paragraphs=2)
    footer, bar = view.realised_footer(view.entries[-1]), view.verticalScrollBar()
    assert footer is not None
    drawn: list[QRect] = []

    class Ground(QObject):
        def eventFilter(self, _target: QObject, event: QEvent) -> bool:
            if isinstance(event, QPaintEvent):
                drawn.extend(event.region())
            return False

    ground, before = Ground(), bar.maximum()
    view.viewport().installEventFilter(ground)
    view.add_text("a2", PARAGRAPH)
    view.flush()
    QApplication.processEvents()
    assert bar.maximum() > before
    assert not [area for area in drawn if area.intersects(footer.geometry())]


@pytest.mark.parametrize("before", [PARAGRAPH, "```python\n" + "lamp = 1\n" * 9, "- " + PARAGRAPH, "> " + PARAGRAPH])
def test_words_that_come_are_drawn_without_the_lines_above_them(
    qtbot: QtBot, view: ChatView, shown: MakeView, before: str
) -> None:
    begin(view, shown, qtbot, paragraphs=1)
    view.add_text("a2", before + "and")
    view.flush()
    QApplication.processEvents()
    bar, ground, seen = view.verticalScrollBar(), Paints(), 0
    view.viewport().installEventFilter(ground)
    for _ in range(8):
        drawn, length = Drawn(view), bar.maximum()
        ground.targets.clear()
        view.add_text("a2", " so")
        view.flush()
        QApplication.processEvents()
        if bar.maximum() == length:
            seen += 1
            assert 0 < drawn.height < 3 * view.theme.px(21)
            assert not ground.targets
    assert seen > 3


def test_whatever_comes_what_is_kept_is_what_would_be_drawn(qtbot: QtBot, view: ChatView, shown: MakeView) -> None:
    chance = random.Random(SEED)
    begin(view, shown, qtbot, paragraphs=0)
    plain = [example for example in EXAMPLES if not re.search(r"\$|\\[\[(]", example)]  # formulas lie between pixels
    for text in (*chance.sample(plain, 20), *STRANGE):
        rest = text + chance.choice(("\n\n", "\n", " "))
        while rest:
            piece, rest = rest[: (size := chance.randint(1, 24))], rest[size:]
            view.add_text("a2", piece)
            view.flush()
            QApplication.processEvents()
            assert looks_the_same(on_screen(view), drawn_anew(view)), (text, piece)


@pytest.mark.usefixtures("themed_app")
def test_the_scroll_bar_moves_without_what_it_lies_on(qtbot: QtBot, view: ChatView, shown: MakeView) -> None:
    begin(view, shown, qtbot, paragraphs=2)
    drawn, before = Paints(), view.verticalScrollBar().maximum()
    view.installEventFilter(drawn)
    view.verticalScrollBar().installEventFilter(drawn)
    view.add_text("a2", PARAGRAPH)
    view.flush()
    QApplication.processEvents()
    assert view.verticalScrollBar().maximum() > before
    assert set(drawn.targets) == {view.verticalScrollBar()}
    theme = load_theme(Appearance.DARK, 100, system_dark=False)
    view.set_theme(theme)
    QApplication.processEvents()
    assert on_screen(view).pixelColor(view.width() - 1, view.height() // 2) == theme.colors.window


def test_what_is_kept_of_the_picture_is_what_would_be_drawn(qtbot: QtBot, view: ChatView, shown: MakeView) -> None:
    begin(view, shown, qtbot, paragraphs=1)
    for text in (
        PARAGRAPH,
        "\n\n- one\n- two",
        "\n\n```python\nlamp = 2\n",
        "lamp = 3\n```\n\n",
        "**The end** of",
        "\n\n> it",
    ):
        view.add_text("a2", text)
        view.flush()
        QApplication.processEvents()
        assert on_screen(view) == drawn_anew(view), text


def test_a_new_line_costs_little_more_than_a_longer_one(qtbot: QtBot, view: ChatView, shown: MakeView) -> None:
    begin(view, shown, qtbot, paragraphs=2)
    bar, costs = view.verticalScrollBar(), dict[bool, list[int]]()

    def add() -> None:
        view.add_text("a2", "and on ")
        view.flush()

    for _ in range(60):
        before = bar.maximum()
        made = calls(add)
        costs.setdefault(bar.maximum() > before, []).append(made)
        QApplication.processEvents()
        placed = [(widget.row, widget.geometry()) for widget in view.realised_texts()]
        view.place()
        assert placed == [(widget.row, widget.geometry()) for widget in view.realised_texts()]
        assert on_screen(view) == drawn_anew(view)
    assert median(costs[True]) < 3 * median(costs[False])


def test_scrolling_and_another_width_show_what_would_be_drawn(qtbot: QtBot, view: ChatView, shown: MakeView) -> None:
    begin(view, shown, qtbot, paragraphs=8)
    bar = view.verticalScrollBar()
    for back in (80, 50, 400, 350, 0):
        bar.setValue(bar.maximum() - back)
        QApplication.processEvents()
        assert on_screen(view) == drawn_anew(view), back
    for width in (700, 820):
        view.resize(width, 600)
        QApplication.processEvents()
        assert on_screen(view) == drawn_anew(view), width


def test_the_pace_costs_less_than_a_footer(qtbot: QtBot, view: ChatView, shown: MakeView) -> None:
    begin(view, shown, qtbot, paragraphs=1)
    entry = view.entries[-1]
    footer = view.realised_footer(entry)
    assert footer is not None
    view.set_pace("a2", "1,200 tokens · 50 tok/s")
    assert "1,200 tokens · 50 tok/s" in [label.text() for label in footer.findChildren(Label) if label.isVisible()]
    shown_alone = calls(lambda: view.set_pace("a2", "1,250 tokens · 50 tok/s"))
    assert shown_alone < 0.6 * calls(lambda: footer.lend(entry))
