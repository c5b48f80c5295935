"""Searching all chats in the whole window: typing, keys, filters, and opening a chat where the words are."""

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Chat
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import Part, TextPart, ThoughtPart
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.start import Session
from desktop_app.storage import chats
from desktop_app.storage.database import Database
from desktop_app.support.paths import Paths
from tests.e2e.conftest import Running
from tests.e2e.steps import WAIT_MS

DAY = 86_400.0


class Written:
    """Writes chats into the database before the window is opened."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def chat(self, title: str, days: float = 0.0) -> Chat:
        then = time.time() - days * DAY
        made = Chat(id=new_id(), title=title, title_is_own=True, created_at=then, updated_at=then)
        self.database.write(lambda connection: chats.insert_chat(connection, made)).result(60)
        return made

    def message(self, chat: Chat, parent: Message | None, *parts: Part, model: str = "") -> Message:
        made = Message(
            id=new_id(), chat_id=chat.id, parent_id=parent.id if parent else None, parts=parts,
            role=Role.ASSISTANT if model else Role.USER, status=MessageStatus.COMPLETE, created_at=chat.created_at,
            receipt=Receipt(model_name=model) if model else None)  # fmt: skip
        self.database.write(lambda connection: chats.insert_message(connection, made)).result(60)
        self.database.write(lambda connection: chats.update_chat(connection, chat.id, leaf_id=made.id)).result(60)
        return made

    def long_chat(self, title: str, days: float, *texts: str) -> tuple[Chat, list[Message]]:
        chat = self.chat(title, days)
        messages: list[Message] = []
        for number, text in enumerate(texts):
            before = messages[-1] if messages else None
            messages.append(self.message(chat, before, TextPart(text), model="Qwen3 8B" if number % 2 else ""))
        return chat, messages


@pytest.fixture
def written(paths: Paths) -> Iterator[Written]:
    database = Database(paths.database)
    database.open().result(60)
    yield Written(database)
    database.close()


def type_in(qtbot: QtBot, session: Session, text: str) -> None:
    """Press Ctrl+K and type."""
    window = session.window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.sidebar.search.hasFocus, timeout=WAIT_MS)
    QTest.keyClicks(window.sidebar.search, text)
    answered(qtbot, session)


def answered(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: session.window.sidebar._answered, timeout=WAIT_MS)


def outline(session: Session) -> list[str]:
    """What the list shows: headings, titles, and the titles of chats with what was found in them."""
    rows = session.window.sidebar.list.rows
    found = []
    for place in range(rows.rowCount()):
        row = rows.row(rows.index(place))
        if row.hit is not None:
            marks = [row.hit.snippet.text[begin:end] for begin, end in row.hit.snippet.marks]
            found.append(f"{row.hit.title}: {', '.join(marks)}")
        else:
            found.append(row.heading or (row.chat.title if row.chat else f"+{row.left_out}"))
    return found


def marked(view: ChatView) -> list[str]:
    return [each.cursor.selectedText() for row in view.realised_texts() for each in row.extraSelections()]


def opened(qtbot: QtBot, session: Session, chat: Chat, words: list[str]) -> ChatView:
    """Wait until a chat is open with these words marked and in sight."""
    view = session.window.chat_view()
    assert session.controller is not None
    controller = session.controller.chat
    qtbot.waitUntil(lambda: controller.chat_id == chat.id and marked(view) == words, timeout=WAIT_MS)
    return view


FILLER = "and many more words " * 60


def test_titles_come_first_and_a_hit_opens_its_chat_at_the_words(
    running: Running, qtbot: QtBot, written: Written
) -> None:
    written.long_chat("The Lighthouse", 3, "Hello", "Good day")
    far, _messages = written.long_chat("Other", 2, *(FILLER for _ in range(8)), "Die Straße zum lighthouse", FILLER,
                                       *(FILLER for _ in range(8)))  # fmt: skip
    written.database.close()
    with running() as session:
        qtbot.waitUntil(lambda: session.window.sidebar.list.rows.rowCount() > 2, timeout=WAIT_MS)
        type_in(qtbot, session, "LIGHTHOUSE")
        assert outline(session) == ["Titles", "The Lighthouse", "Messages", "Other: lighthouse"]
        sidebar = session.window.sidebar
        QTest.keyClick(sidebar.search, Qt.Key.Key_Down)
        assert sidebar.list.hasFocus()
        QTest.keyClick(sidebar.list, Qt.Key.Key_Down)
        QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
        view = opened(qtbot, session, far, ["lighthouse"])
        assert not view._anchor.sticks
        assert outline(session)[-1] == "Other: lighthouse", "what was found stays"
        assert sidebar.list.hasFocus(), "the keys go on from there"
        QTest.keyClick(sidebar.list, Qt.Key.Key_Up)
        assert sidebar.list.currentIndex().row() == 1
        QTest.keyClick(sidebar.list, Qt.Key.Key_Up)
        assert sidebar.search.hasFocus()
        QTest.keyClick(sidebar.search, Qt.Key.Key_Down)
        QTest.keyClick(sidebar.list, Qt.Key.Key_Escape)
        assert sidebar.search.hasFocus()
        assert sidebar.search.text() == ""
        assert marked(view) == []
        type_in(qtbot, session, "light")
        QTest.keyClick(sidebar.search, Qt.Key.Key_Escape)
        assert sidebar.search.text() == ""
        assert "Messages" not in outline(session)
        type_in(qtbot, session, '"strasse zum')
        assert outline(session) == ["Messages", "Other: Straße zum"]
        QTest.keyClick(sidebar.search, Qt.Key.Key_Return)
        opened(qtbot, session, far, ["Straße zum"])


def test_a_hit_on_another_branch_and_in_a_folded_thought(running: Running, qtbot: QtBot, written: Written) -> None:
    chat = written.chat("Branches")
    question = written.message(chat, None, TextPart("A question"))
    thought = ThoughtPart("They want the zeppelin", 2.0)
    written.message(chat, question, thought, TextPart("First answer"), model="Qwen3 8B")
    written.message(chat, question, TextPart("Second answer"), model="Gemma")
    written.database.close()
    with running() as session:
        type_in(qtbot, session, "zeppelin")
        hit = session.window.sidebar._hits[0]
        assert hit.in_thought
        QTest.keyClick(session.window.sidebar.search, Qt.Key.Key_Return)
        view = opened(qtbot, session, chat, ["zeppelin"])
        assert [entry.text for entry in view.entries] == ["A question", "First answer"]
        fold = view.entries[1].thought
        assert fold is not None
        assert fold.opened
        type_in(qtbot, session, "second ")
        QTest.keyClick(session.window.sidebar.search, Qt.Key.Key_Return)
        opened(qtbot, session, chat, ["Second"])


def test_filters_leave_out_and_can_be_taken_away(running: Running, qtbot: QtBot, written: Written) -> None:
    written.long_chat("New", 0, "new water", "water of the model")
    written.long_chat("Old", 100, "old water", "answer")
    written.database.close()
    with running() as session:
        sidebar = session.window.sidebar
        type_in(qtbot, session, "water ")
        assert len(outline(session)) == 4
        qtbot.waitUntil(lambda: bool(sidebar.filters._models), timeout=WAIT_MS)
        choose(sidebar.filters.time, "Last 30 days")
        answered(qtbot, session)
        assert set(outline(session)) == {"Messages", "New: water"}
        choose(sidebar.filters.role, "You")
        answered(qtbot, session)
        assert outline(session) == ["Messages", "New: water"]
        choose(sidebar.filters.model, "Qwen3 8B")
        answered(qtbot, session)
        assert outline(session) == ["Messages", "New: water"]
        QTest.keyClicks(sidebar.search, "nowhere")
        answered(qtbot, session)
        assert sidebar.empty.isVisible()
        assert sidebar.unfilter.isVisible()
        for _ in "nowhere":
            QTest.keyClick(sidebar.search, Qt.Key.Key_Backspace)
        sidebar.filters.clear()
        answered(qtbot, session)
        assert len(outline(session)) == 4


def choose(button, words: str) -> None:
    menu = button.menu_now()
    next(action for action in menu.actions() if action.text() == words).trigger()
    menu.deleteLater()


def test_what_is_typed_between_two_days(running: Running, qtbot: QtBot, written: Written) -> None:
    written.long_chat("New", 0, "new water")
    written.long_chat("Old", 100, "old water")
    written.database.close()
    with running() as session:
        from PySide6.QtCore import QDate

        from desktop_app.gui.sidebar.days_dialog import DaysDialog

        type_in(qtbot, session, "water ")
        choose(session.window.sidebar.filters.time, "From … to …")
        (dialog,) = session.window.findChildren(DaysDialog)
        dialog.last.setDate(QDate.currentDate().addDays(-120))  # the wrong way round
        dialog.first.setDate(QDate.currentDate().addDays(-90))
        dialog.accept()
        answered(qtbot, session)
        assert outline(session) == ["Messages", "Old: water"]
        assert session.window.sidebar.filters.is_set


def test_more_is_shown_as_one_scrolls(running: Running, qtbot: QtBot, written: Written) -> None:
    for number in range(60):
        written.long_chat(f"Chat {number}", number, f"water {number}")
    written.database.close()
    with running() as session:
        sidebar = session.window.sidebar
        type_in(qtbot, session, "water ")
        first = len(sidebar._hits)
        assert 0 < first < 60
        bar = sidebar.list.verticalScrollBar()

        def scroll() -> bool:
            bar.setValue(bar.maximum())
            return len(sidebar._hits) == 60

        qtbot.waitUntil(scroll, timeout=WAIT_MS)
        assert len({hit.message_id for hit in sidebar._hits}) == 60


def test_a_chat_with_very_many_hits_does_not_hide_an_older_one(
    running: Running, qtbot: QtBot, written: Written
) -> None:
    written.long_chat("Old", 10, "old water")
    chat = written.chat("Many")

    def fill(connection) -> None:
        for number in range(1000):
            message = Message(id=new_id(), chat_id=chat.id, parent_id=None, parts=(TextPart(f"water {number}"),),
                              role=Role.USER, status=MessageStatus.COMPLETE, created_at=chat.created_at)  # fmt: skip
            chats.insert_message(connection, message)

    written.database.write(fill).result(60)
    written.database.close()
    with running() as session:
        type_in(qtbot, session, "water ")
        qtbot.waitUntil(lambda: outline(session)[-1] == "Old: water", timeout=WAIT_MS)
        assert outline(session).count("Many: water") == 3


def test_messages_from_before_the_index_are_read_behind_the_window(
    running: Running, qtbot: QtBot, written: Written
) -> None:
    chat, _messages = written.long_chat("Old", 1, *(f"water {FILLER * 10}" for _ in range(40)))

    def forget(connection) -> None:
        connection.exec_driver_sql("DELETE FROM search_index")
        connection.exec_driver_sql("INSERT INTO search_state (unread) VALUES (40)")

    written.database.write(forget).result(60)
    written.database.close()
    with running() as session:
        type_in(qtbot, session, "water ")
        qtbot.waitUntil(lambda: session.window.sidebar._share == 1.0, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: len(session.window.sidebar._hits) == 3, timeout=WAIT_MS)
        assert not session.window.sidebar.status.isVisible()
        assert session.window.sidebar._hits[0].chat_id == chat.id
