"""What has to hold whatever a person has done: looked at by a random walk after each of its steps."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import Connection

from desktop_app.domain.chats import Conversation
from desktop_app.domain.messages import Message, MessageStatus
from desktop_app.domain.shelf import Shelf
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.session import watch as watch_module
from desktop_app.gui.session.windows import OpenWindow
from desktop_app.gui.sidebar.list_bar import View
from desktop_app.gui.start import Session
from desktop_app.gui.widgets.notice import Notice, NoticeBar
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.engines.engine_requests import EngineRequests
from desktop_app.services.requests.requests import Task
from desktop_app.support.i18n import _
from tests.screens.geometry import flaws
from tests.walks.page_checks import page_flaws

ENDS = ("on_finished", "on_failed", "on_logits", "on_attention")


class Watched:
    """Notes what nobody is to see: errors that were not caught, warnings in the log, requests that end twice, waits."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.faults: list[str] = []
        self.ends: Counter[str] = Counter()
        self.asked: list[str] = []
        self.has_discarded = False
        self._note_crashes(patch)
        self._note_warnings(patch)
        self._count_ends(patch)
        self._note_waits(patch)
        self._note_discarded(patch)

    def _note_discarded(self, patch: pytest.MonkeyPatch) -> None:
        """Words that were typed may be gone where a notice says so, which can bring them back."""
        show = NoticeBar._show

        def noted(bar: NoticeBar, notice: Notice) -> None:
            self.has_discarded |= notice.text in (
                _("Your changes were discarded."),
                _("What you typed for a new chat was discarded."),
                _("What you typed in the closed window was discarded."),
            )
            show(bar, notice)

        def write(composer: Composer, text: str, *, goes_on: bool) -> None:
            self.has_discarded = True  # an undo brings back what was there
            usual(composer, text, goes_on=goes_on)

        usual = Composer.write
        patch.setattr(NoticeBar, "_show", noted)
        patch.setattr(Composer, "write", write)

    def _note_crashes(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(watch_module.Watch, "_tell", lambda _watch, report, _file: self.faults.append(report))

    def _note_warnings(self, patch: pytest.MonkeyPatch) -> None:
        faults = self.faults

        class Notes(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                faults.append(f"logged: {record.getMessage()} {record.exc_info or ''}")

        root = logging.getLogger()
        patch.setattr(root, "handlers", [*root.handlers, Notes(logging.WARNING)])

    def _count_ends(self, patch: pytest.MonkeyPatch) -> None:
        generate = EngineRequests.generate

        def counted(requests: EngineRequests, task: Task, listener: Any) -> str:
            number = f"{len(self.asked)} {type(listener).__name__}"
            self.asked.append(number)
            for name in ENDS:
                setattr(listener, name, self._counted(number, getattr(listener, name)))
            return generate(requests, task, listener)

        patch.setattr(EngineRequests, "generate", counted)

    def _counted(self, number: str, end: Callable[..., None]) -> Callable[..., None]:
        def ended(*given: Any) -> None:
            self.ends[number] += 1
            if self.ends[number] > 1:
                self.faults.append(f"the request {number} ended {self.ends[number]} times")
            end(*given)

        return ended

    @contextmanager
    def qt_messages(self) -> Iterator[None]:
        """Note what Qt complains of, at the step at which it does; the usual check of all tests hears of it as well."""
        before: Any = None

        def note(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
            is_news = kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)
            if is_news and "This plugin does not support" not in message:
                self.faults.append(f"Qt: {message}")
            if before is not None:
                before(kind, context, message)

        before = qInstallMessageHandler(note)
        try:
            yield
        finally:  # a walk that fails leaves it to nobody
            qInstallMessageHandler(before)

    def _note_waits(self, patch: pytest.MonkeyPatch) -> None:
        """The window's thread waits for no other one."""
        result = Future.result

        def noted(future: "Future[Any]", timeout: float | None = None) -> Any:
            if threading.current_thread() is threading.main_thread() and not future.done():
                import traceback

                self.faults.append("the window waits: " + "".join(traceback.format_stack(limit=6)))
            return result(future, timeout)

        patch.setattr(Future, "result", noted)


class Checks:
    """Looks at all windows of a session."""

    def __init__(self, qtbot: QtBot, session: Session, watched: Watched) -> None:
        self._qtbot = qtbot
        self._session = session
        self._watched = watched

    def at_once(self) -> list[str]:
        """Return what is wrong right after an action."""
        found, self._watched.faults[:] = list(self._watched.faults), []
        return found

    def has_discarded(self) -> bool:
        """Return whether words were discarded, and it was said, since this was asked last."""
        found, self._watched.has_discarded = self._watched.has_discarded, False
        return found

    def settled(self) -> list[str]:
        """Return what is wrong once nothing is under way any more."""
        found = [*self.at_once(), *self._ends(), *self._focus()]
        windows = self._session.windows
        assert windows is not None
        there = [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)]
        if len(there) != len(windows.all):
            found.append(f"there are {len(there)} windows instead of {len(windows.all)}")
        for number, opened in enumerate(windows.all):
            try:
                found += [f"window {number}: {fault}" for fault in self._of_window(opened)]
            except RuntimeError:
                if opened in windows.all:
                    raise
            if opened not in windows.all:  # which is seen where something is read meanwhile
                found.append(f"window {number} was closed or made anew while it was looked at")
        return found

    def _of_window(self, opened: OpenWindow) -> Iterator[str]:
        assert self._session.app is not None
        yield from self._content(opened)
        yield from self._look(opened)
        yield from page_flaws(self._session.app, opened, self._read)

    def missing(self, words: Iterable[str]) -> list[str]:
        """Return those of the words that are to be found nowhere any more: in no window, and not in the database."""
        app, windows = self._session.app, self._session.windows
        assert app is not None
        assert windows is not None

        def everything(connection: Connection) -> bytes:
            texts = []
            for query in (
                "SELECT draft FROM chats", "SELECT parts FROM messages", "SELECT content FROM unsent",
                "SELECT text FROM notebook",
            ):  # fmt: skip
                for (value,) in connection.exec_driver_sql(query):
                    texts.append(value if isinstance(value, bytes) else value.encode())
            return b" ".join(texts)

        stored = self._read(app.database.write(everything)).decode(errors="replace")
        typed = " ".join(
            part for opened in windows.all for part in (opened.window.composer.text(), opened.window.composer.draft)
        )
        noted = " ".join(
            opened.window.notebook_page.writing.editor.text()
            for opened in windows.all
            if opened.controller.notebook is not None and opened.controller.notebook.text_id  # else it was left
        )
        return [word for word in words if word not in stored and word not in typed and word not in noted]

    def _ends(self) -> Iterator[str]:
        for number in self._watched.asked:
            if self._watched.ends[number] != 1:
                yield f"the request {number} ended {self._watched.ends[number]} times"

    def _focus(self) -> Iterator[str]:
        top = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if top is not None:
            return
        focused = QApplication.focusWidget()
        if QApplication.activeWindow() is None:
            yield "no window is active"
        elif focused is None:
            yield "nothing has the focus"
        elif not focused.isVisible():  # it may be scrolled out of sight
            window = focused.window()
            page = window.page if isinstance(window, MainWindow) else type(window).__name__
            yield f"the focus cannot be seen: {type(focused).__name__} “{focused.accessibleName()}”, the page is {page}"

    def _look(self, opened: OpenWindow) -> Iterator[str]:
        """Look for what is cut or lies over other things around the conversation; the pages have tests of their own."""
        window = opened.window
        for part in (window.top_bar, window.sidebar, window.composer, window.chat_slot):
            if part.isVisible():
                yield from flaws(part)

    def _content(self, opened: OpenWindow) -> Iterator[str]:
        """Compare what a window shows with the database."""
        app, controller, window = self._session.app, opened.controller, opened.window
        assert app is not None
        listed = {each.id: each for each in self._read(app.chats.list_chats())}
        if dict(controller.listed_chats) != listed:
            yield f"lists other chats: {_difference(controller.listed_chats, listed)}"
        shelf = _only_tagged(self._read(app.ordering.shelf()))
        if _only_tagged(window.sidebar.shelf) != shelf:
            yield f"has another shelf: {window.sidebar.shelf} instead of {shelf}"
        rows = window.sidebar.list.rows
        if window.sidebar.bar.view is View.TRASH and not window.sidebar.is_search:
            trash = {each.id for each in self._read(app.ordering.trash())}
            if (seen := {row.chat.id for row in rows.lines if row.chat is not None}) != trash:
                yield f"shows {seen} in the trash instead of {trash}"
        chat = controller.chat
        if chat.chat_id is not None:
            yield from self._open_chat(opened, self._read(app.chats.open_chat(chat.chat_id)))
        elif chat.conversation is not None or window.chat_view().entries:
            yield "shows messages without a chat"
        if window.composer.state == "streaming":
            yield "says that something streams"

    def _open_chat(self, opened: OpenWindow, stored: Conversation) -> Iterator[str]:
        """Compare the chat that is open with how it is stored."""
        chat, window = opened.controller.chat, opened.window
        conversation, known = chat.conversation, stored.messages
        if conversation is None:
            yield f"does not show the chat {stored.chat.id}"
            return
        yield from _chat_differences(conversation.chat, stored.chat)
        title = window.top_bar.title.label.text()
        if not stored.chat.is_temporary and title != stored.chat.title:
            yield f"is called {title!r} instead of {stored.chat.title!r}"
        if conversation.messages != known:
            yield f"has other messages: {_first_difference(conversation.messages, known)}"
        if conversation.leaf_id != stored.chat.leaf_id:
            yield f"is at {conversation.leaf_id} instead of {stored.chat.leaf_id}"
        yield from (f"still streams: {each.id}" for each in known if each.status is MessageStatus.STREAMING)
        shown, branch = [entry.view.message for entry in window.chat_view().entries], list(conversation.branch)
        if shown != branch:
            yield f"its view has other messages: {_first_difference(shown, branch)}"
        if chat.queue != stored.unsent.queue:
            yield f"has other questions that wait: {chat.queue} instead of {stored.unsent.queue}"
        draft = window.composer.draft
        if not stored.chat.is_temporary and draft != stored.chat.draft:
            yield f"keeps another draft than {draft!r}: {stored.chat.draft!r}"

    def _read(self, future: "Future[Any]") -> Any:
        self._qtbot.waitUntil(future.done)
        return future.result()


def _only_tagged(shelf: Shelf) -> Shelf:
    """Return a shelf that names chats with tags alone: one that has lost its last may be named without any."""
    tagged = {chat_id: tags for chat_id, tags in shelf.tagged.items() if tags}
    return msgspec.structs.replace(shelf, tagged=tagged)


def _chat_differences(shown: object, stored: object) -> Iterator[str]:
    for name in shown.__struct_fields__:  # type: ignore[attr-defined]
        one, other = getattr(shown, name), getattr(stored, name)
        if one != other and name != "leaf_id":
            yield f"shows the chat's {name} as {one!r} instead of {other!r}"


def _difference(shown: Any, known: Any) -> str:
    parts = [f"{name}: not stored" for name in shown if name not in known]
    parts += [f"{name}: not listed" for name in known if name not in shown]
    for name in known:
        if name in shown:
            parts += list(_chat_differences(shown[name], known[name]))
    return "; ".join(parts)


def _first_difference(shown: Sequence[Message], known: Sequence[Message]) -> str:
    for one, other in zip_longest(shown, known):
        if one != other:
            return f"{one} instead of {other}"
    return ""
