"""Stars on messages through the whole window over the real engine."""

from concurrent.futures import Future

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.chat.rows.footer import Footer, RevealedButton
from desktop_app.gui.start import Session
from desktop_app.settings.schema import Language
from desktop_app.storage import chats
from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, STORY, WAIT_MS, ask, nothing_stored, ready, shown, use, wait_for_answers
from tests.e2e.test_languages import _english_again, choose  # noqa: F401 - a fixture
from tests.e2e.test_search_in_the_window import FILLER, Written, outline, written  # noqa: F401 - a fixture


def stars(session: Session) -> list[str]:
    return [message.id for message in session.controller.chat.conversation.branch if message.starred]


def button(session: Session, message_id: str) -> RevealedButton:
    view = session.window.chat_view()
    entry = next(entry for entry in view.entries if entry.id == message_id)
    footer = view.realised_footer(entry)
    assert isinstance(footer, Footer)
    found = [each for each in footer.findChildren(RevealedButton) if "tar" in each.accessibleName()]
    return next(each for each in found if each.accessibleName() in ("Star this message", "Remove the star"))


def undo(session: Session) -> None:
    QTest.mouseClick(session.window.notice.action, Qt.MouseButton.LeftButton)


def test_a_message_is_starred_found_and_unstarred(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window = session.window
        ready(qtbot, session)
        window.commands.star.trigger()
        assert "Open a chat first" in window.notice.label.text()
        use(session, SHORT)
        ask(session, "What ails a wombat?")
        question, answer = wait_for_answers(qtbot, session, 2)
        second = session.windows.open(session.controller.chat.chat_id)  # the same chat beside it
        qtbot.waitUntil(lambda: second.controller.chat.conversation is not None, timeout=WAIT_MS)
        first = next(each for each in session.windows.all if each is not second)
        session.windows.show_chat()
        session = _Of(first.window, first.controller)
        window = session.window

        window.commands.star.trigger()  # the last message
        qtbot.waitUntil(lambda: stars(session) == [answer.id], timeout=WAIT_MS)
        qtbot.waitUntil(lambda: second.controller.chat.conversation.message(answer.id).starred, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: window.notice.label.text() == "The message is starred now.", timeout=WAIT_MS)
        assert button(session, answer.id).accessibleName() == "Remove the star"
        undo(session)
        qtbot.waitUntil(lambda: stars(session) == [], timeout=WAIT_MS)
        button(session, question.id).setFocus()
        window.commands.star.trigger()  # the one that has the keyboard
        qtbot.waitUntil(lambda: stars(session) == [question.id], timeout=WAIT_MS)
        menu: QMenu = session.controller.branches.menu(answer.id)
        qtbot.addWidget(menu)
        next(action for action in menu.actions() if action.text() == "Star this message").trigger()
        qtbot.waitUntil(lambda: stars(session) == [question.id, answer.id], timeout=WAIT_MS)

        window.commands.show_starred.trigger()
        rows = window.sidebar.list.rows
        qtbot.waitUntil(lambda: rows.rowCount() == 3, timeout=WAIT_MS)
        assert [rows.row(rows.index(place)).hit.message_id for place in (1, 2)] == [answer.id, question.id]
        QTest.mouseClick(button(session, question.id), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: rows.rowCount() == 2, timeout=WAIT_MS)  # the list follows
        assert stars(session) == [answer.id]
        QTest.keyClicks(window.sidebar.search, "zeppelin")
        qtbot.waitUntil(lambda: rows.rowCount() == 0, timeout=WAIT_MS)


def test_two_presses_before_the_first_one_is_stored_are_two(
    running: Running,
    qtbot: QtBot,
    written: Written,  # noqa: F811
) -> None:
    near, messages = written.long_chat("Near", 1, "Hello", "Good day")
    written.database.close()
    with running() as session:
        session.controller.open_chat(near.id)
        qtbot.waitUntil(lambda: session.controller.chat.chat is not None, timeout=WAIT_MS)
        words: list[str] = []
        show_notice = session.window.notice.show_notice
        session.window.notice.show_notice = lambda text, *more: (words.append(text), show_notice(text, *more))
        with nothing_stored(session):
            session.controller._stars.toggle(messages[1].id)
            session.controller._stars.toggle(messages[1].id)
        qtbot.waitUntil(lambda: len(words) == 2, timeout=WAIT_MS)
        assert words == ["The message is starred now.", "The message is not starred any more."]
        assert stars(session) == []
        with nothing_stored(session):
            undo(session)
            session.controller._stars.toggle(messages[1].id)
            session.controller._stars.toggle(messages[1].id)
        qtbot.waitUntil(lambda: stars(session) == [messages[1].id], timeout=WAIT_MS)


class _Of:
    """One window of several, as the steps take a session."""

    def __init__(self, window, controller) -> None:
        self.window = window
        self.controller = controller


def test_an_answer_keeps_the_star_that_it_gets_while_it_is_written(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, Sampling(temperature=0.0, max_tokens=1900, seed=1))
        ask(session, STORY)
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and len(shown(session)[-1].text) > 20, timeout=WAIT_MS)
        answer = shown(session)[-1]
        session.window.commands.star.trigger()
        qtbot.waitUntil(lambda: stars(session) == [answer.id], timeout=WAIT_MS)
        assert not button(session, answer.id).isHidden()
        session.controller.chat.stop()
        _question, ended = wait_for_answers(qtbot, session, 2)
        assert ended.starred
        assert button(session, answer.id).accessibleName() == "Remove the star"
        view = session.window.chat_view()
        assert ended.text.split()[:5] == view.entries[-1].text.split()[:5]


def test_a_star_that_cannot_be_taken_back_is_told(
    running: Running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)
        window = session.window
        window.commands.star.trigger()
        qtbot.waitUntil(lambda: len(stars(session)) == 1, timeout=WAIT_MS)
        failed: Future[bool] = Future()
        failed.set_exception(StorageError(ErrorCode.STORAGE_DISK_FULL, path="/a"))
        monkeypatch.setattr(session.app.branches, "star", lambda *_given: failed)
        qtbot.waitUntil(lambda: window.notice.isVisible(), timeout=WAIT_MS)
        undo(session)
        qtbot.waitUntil(lambda: "disk" in window.notice.label.text(), timeout=WAIT_MS)
        assert len(stars(session)) == 1


def test_a_starred_message_opens_where_it_is(running: Running, qtbot: QtBot, written: Written) -> None:  # noqa: F811
    far, messages = written.long_chat("Far", 2, *(f"{number} {FILLER}" for number in range(20)))
    near, _messages = written.long_chat("Near", 1, "Hello", "Good day")
    chosen = messages[4]
    written.database.write(lambda connection: chats.star(connection, far.id, chosen.id, starred=True)).result(60)
    written.database.close()
    with running() as session:
        sidebar, view = session.window.sidebar, session.window.chat_view()
        qtbot.waitUntil(lambda: sidebar.list.rows.rowCount() > 2, timeout=WAIT_MS)
        session.controller.open_chat(near.id)
        session.window.commands.show_starred.trigger()
        qtbot.waitUntil(lambda: outline(session) == ["Messages", "Far: "], timeout=WAIT_MS)
        sidebar.list.choose_first()
        qtbot.waitUntil(lambda: session.controller.chat.chat_id == far.id, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: any(row.row.entry.id == chosen.id for row in view.realised_texts()), timeout=WAIT_MS)
        assert not view._anchor.sticks
        choose(qtbot, session, Language.GERMAN)
        qtbot.waitUntil(lambda: outline(session)[1:] == ["Far: "], timeout=WAIT_MS)


def test_the_list_leaves_out_what_is_gone_and_stays_where_it_is(
    running: Running,
    qtbot: QtBot,
    written: Written,  # noqa: F811
) -> None:
    far, messages = written.long_chat("Far", 2, *(f"{number} {FILLER}" for number in range(60)))
    near, others = written.long_chat("Near", 1, "Hello", "Good day")
    for message in (*messages, *others):
        written.database.write(
            lambda connection, message=message: chats.star(connection, message.chat_id, message.id, starred=True)
        ).result(60)
    written.database.close()
    with running() as session:
        window, sidebar, ordering = session.window, session.window.sidebar, session.app.ordering
        qtbot.waitUntil(lambda: sidebar.list.rows.rowCount() > 2, timeout=WAIT_MS)
        window.commands.show_starred.trigger()
        bar = sidebar.list.verticalScrollBar()

        def go_down() -> bool:
            bar.setValue(bar.maximum())
            return len(sidebar._hits) == 62

        qtbot.waitUntil(go_down, timeout=WAIT_MS)
        place = bar.value()
        session.app.branches.star(far.id, messages[30].id, False).result(60)
        qtbot.waitUntil(lambda: len(sidebar._hits) == 61, timeout=WAIT_MS)
        assert place - bar.value() < sidebar.list.height()
        session.app.branches.remove(far.id, messages[50].id).result(60)  # with the nine below it
        qtbot.waitUntil(lambda: len(sidebar._hits) == 51, timeout=WAIT_MS)
        session.app.chats.rename(near.id, "Close")
        qtbot.waitUntil(lambda: {hit.title for hit in sidebar._hits} == {"Far", "Close"}, timeout=WAIT_MS)
        undo_deletion = ordering.delete([far.id]).result(60)
        qtbot.waitUntil(lambda: [hit.chat_id for hit in sidebar._hits] == [near.id] * 2, timeout=WAIT_MS)
        undo_deletion()
        qtbot.waitUntil(lambda: any(hit.chat_id == far.id for hit in sidebar._hits), timeout=WAIT_MS)


def test_the_list_has_what_comes_with_a_chat_that_was_not_listed(
    running: Running,
    qtbot: QtBot,
    written: Written,  # noqa: F811
) -> None:
    near, (message, *_others) = written.long_chat("Near", 1, "Hello", "Good day")
    written.long_chat("Far", 2, "Hello")
    written.database.write(lambda connection: chats.star(connection, near.id, message.id, starred=True)).result(60)
    written.database.close()
    with running() as session:
        sidebar, app = session.window.sidebar, session.app
        qtbot.waitUntil(lambda: sidebar.list.rows.rowCount() > 2, timeout=WAIT_MS)
        undo_deletion = app.ordering.delete([near.id]).result(60)
        session.window.commands.show_starred.trigger()
        qtbot.waitUntil(lambda: sidebar._answered and sidebar._hits == (), timeout=WAIT_MS)
        undo_deletion()
        qtbot.waitUntil(lambda: [hit.chat_id for hit in sidebar._hits] == [near.id], timeout=WAIT_MS)
        copy = app.branches.duplicate(near.id).result(60)
        qtbot.waitUntil(lambda: {hit.chat_id for hit in sidebar._hits} == {near.id, copy.id}, timeout=WAIT_MS)
