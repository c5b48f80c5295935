"""Only the documents that are kept take memory, however much was scrolled through."""

import gc
import weakref

import pytest
from PySide6.QtWidgets import QApplication

from desktop_app.gui.chat.documents import documents
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.theme import Theme
from tests.counting import documents_alive
from tests.gui.chat.conftest import MakeView

KEPT = 12
CODE = "Words.\n\n```python\nx = 1\n```\n\n> A quote\n\n"
"""What asks the browser for its document while it is drawn."""


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> "weakref.WeakSet[object]":
    """All documents of Qt's that were made for rows, and are there still."""
    monkeypatch.setattr(documents, "KEPT", KEPT)
    return documents_alive(monkeypatch)


def scroll_through(view: ChatView) -> None:
    bar = view.verticalScrollBar()
    bar.setValue(0)
    while bar.value() < bar.maximum():
        bar.setValue(bar.value() + view.viewport().height() // 2)
        QApplication.processEvents()


def test_what_was_scrolled_past_goes(view: ChatView, shown: MakeView, alive) -> None:
    view.show_messages([shown(f"m{n}", CODE * 6, user=n % 2 == 0) for n in range(120)], chat_id="c")
    scroll_through(view)
    assert view._layout.documents.built > 5 * KEPT
    gc.collect()
    assert len(alive) <= KEPT + len(view.realised_texts()) + documents.MOST_BEGUN


def test_those_of_another_look_go(view: ChatView, shown: MakeView, theme: Theme, alive) -> None:
    view.show_messages([shown(f"m{n}", CODE, user=n % 2 == 0) for n in range(8)], chat_id="c")
    for _ in range(4):
        QApplication.processEvents()
        view.set_theme(theme)
    gc.collect()
    assert 0 < len(alive) <= KEPT
