"""What a search has read before a chat or a text of the notebook became another one, and shows only after that was told."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.domain.notebook import NotebookText
from desktop_app.domain.search import SearchFilter
from desktop_app.gui.start import Session
from desktop_app.services.chats.search import Searching, SearchPage
from tests.e2e.steps import WAIT_MS, ready
from tests.e2e.test_notebook import open_notebook
from tests.e2e.test_notebook_search import found, keep
from tests.e2e.test_search_in_the_window import Written, outline, written
from tests.e2e.test_temporary_drafts import settled
from tests.walks.scripted_models import ScriptedModels

__all__ = ["written"]


class HeldPages:
    """Pages of searches that have been read, and are shown only when the test says so."""

    def __init__(self, session: Session, patch: pytest.MonkeyPatch) -> None:
        self._session = session
        self._read: list[Callable[[], None]] = []
        self._holds = True
        self._lock = threading.Lock()
        search = session.app.search.search

        def hold(
            typed: str,
            wanted: SearchFilter,
            show: Callable[[SearchPage], None],
            former: Searching | None = None,
        ) -> Searching:
            return search(typed, wanted, partial(self._hold, show), former)

        patch.setattr(session.app.search, "search", hold)

    def _hold(self, show: Callable[[SearchPage], None], page: SearchPage) -> None:
        with self._lock:
            if self._holds:
                self._read.append(partial(show, page))
                return
        show(page)

    def look_for(self, qtbot: QtBot, words: str) -> None:
        self._session.window.sidebar.search.setText(words)
        qtbot.waitUntil(lambda: bool(self._read), timeout=WAIT_MS)

    def show(self) -> None:
        with self._lock:
            self._holds = False
        for show in self._read:
            show()


def test_a_chat_is_found_under_the_name_that_it_got_meanwhile(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch, written: Written
) -> None:
    chat, _messages = written.long_chat("Boats", 0, "The lighthouse", "It stood there.")
    written.database.close()
    with running() as session:
        ready(qtbot, session)
        with monkeypatch.context() as slow:
            pages = HeldPages(session, slow)
            pages.look_for(qtbot, "lighthouse")
            session.app.chats.rename(chat.id, "Towers").result(60)
            qtbot.waitUntil(lambda: session.controller.listed_chats[chat.id].title == "Towers", timeout=WAIT_MS)
            pages.show()
        settled(qtbot, session)
        qtbot.waitUntil(lambda: outline(session) == ["Messages", "Towers: lighthouse"], timeout=WAIT_MS)


def test_a_text_that_went_meanwhile_is_not_found_and_another_one_has_its_name_of_now(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        open_notebook(qtbot, session)
        keep(session, ("one", "A lighthouse"), ("other", "Another lighthouse"))
        with monkeypatch.context() as slow:
            pages = HeldPages(session, slow)
            pages.look_for(qtbot, "lighthouse")
            notebook = session.app.notebook
            told: list[object] = []
            session.controller._bridge.follow(notebook.listed, told.append)
            notebook.delete("one").result(60)
            notebook.save(NotebookText(id="other", text="My lighthouse")).result(60)
            qtbot.waitUntil(lambda: len(told) == 2, timeout=WAIT_MS)
            pages.show()
        settled(qtbot, session)
        qtbot.waitUntil(lambda: found(session) == ["Notebook", "My lighthouse: lighthouse"], timeout=WAIT_MS)
