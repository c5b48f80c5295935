"""Tab goes through a conversation from above, wherever it was scrolled meanwhile."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget

from desktop_app.gui.chat.rows.note import Note
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.theme import Theme
from tests.gui.chat.conftest import MakeView


def stops(view: ChatView) -> list[QWidget]:
    """Return what Tab comes to in the conversation, in its order."""
    found, widget = [], view.nextInFocusChain()
    while widget is not view:
        takes_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if takes_tab and widget.isVisible() and view.viewport().isAncestorOf(widget):
            found.append(widget)
        widget = widget.nextInFocusChain()
    return found


def top(view: ChatView, widget: QWidget) -> int:
    return widget.mapTo(view.viewport(), QPoint(0, 0)).y()


@pytest.mark.parametrize("step", [7, 60, 230])
def test_it_goes_downwards_wherever_one_scrolled(view: ChatView, shown: MakeView, step: int) -> None:
    said = [shown(f"m{n}", "A few words.\n\n" * (2 + n % 3), user=n % 2 == 0, siblings=(1, 3)) for n in range(30)]
    view.show_messages(said, chat_id="c")
    bar = view.verticalScrollBar()
    for _ in range(40):
        bar.setValue(bar.value() - step)
        QApplication.processEvents()
        way = stops(view)
        assert len(way) > 10
        for before, after in pairwise(way):
            assert top(view, after) > top(view, before) - 12  # those of one footer differ by some pixels


def test_a_summary_above_what_is_seen_is_passed_by_in_a_view_that_is_shown_later(theme: Theme, shown: MakeView) -> None:
    said = [shown(f"m{n}", "A few words.\n\n" * 3, user=n % 2 == 0) for n in range(8)]
    looks_cut = 0
    for height in range(300, 700, 20):
        view = ChatView(theme, clock=lambda: 0.0)
        view.resize(800, height)
        view.show_messages(said, chat_id="c")
        view.set_memory_start("m4", "They met. " * 60)
        view.toggle_summary()
        view.show()
        QApplication.processEvents()
        way = stops(view)
        room = view.viewport().rect()
        assert [each for each in way if not room.intersects(each.rect().translated(0, top(view, each)))] == []
        notes = [each for each in view.viewport().findChildren(Note) if each.isVisible()]
        looks_cut += any(note.label is not None and note.label not in way for note in notes)
        view.close()
        view.deleteLater()
        QCoreApplication.sendPostedEvents(view, QEvent.Type.DeferredDelete.value)
    assert looks_cut  # the text is out of sight, and some of its note is not
