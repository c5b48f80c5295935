"""Several windows over the same services: each shows a chat of its own, and the same one alike."""

import gc
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from random import Random

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from sqlalchemy import Engine, event

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.messages import Message, MessageStatus
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.shelf import NO_SHELF, Shelf
from desktop_app.gui.session.watch import Watch
from desktop_app.gui.session.windows import OpenWindow
from desktop_app.gui.start import Session
from desktop_app.settings.window_state import load_window_state, save_window_state
from desktop_app.support.paths import Paths
from tests.counting import documents_alive
from tests.e2e.steps import (
    SHORT,
    STORY,
    WAIT_MS,
    ask,
    nothing_stored,
    one_more,
    ready,
    shown,
    shown_in,
    use,
    wait_for_answers,
)
from tests.e2e.test_temporary_drafts import settled
from tests.walks.scripted_models import ScriptedModels


def two_at_one_chat(qtbot: QtBot, session: Session) -> tuple[Message, OpenWindow, OpenWindow]:
    """Return the question of a chat with one answer, and two windows that show it."""
    ready(qtbot, session)
    use(session, SHORT)
    ask(session, "Name a colour.")
    (question, _answer) = wait_for_answers(qtbot, session, 2)
    first, other = one_more(qtbot, session, question.chat_id)
    qtbot.waitUntil(lambda: len(shown_in(other)) == 2, timeout=WAIT_MS)
    return question, first, other


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """Collect what is asked of the database meanwhile, in whichever thread."""
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_each_window_has_its_own_chat(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "What is the capital of France?")
        wait_for_answers(qtbot, session, 2)
        first, other = one_more(qtbot, session)
        assert session.window is other.window
        assert other.controller.chat.chat_id is None
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        assert shown_in(first)[0].text == "What is the capital of France?"
        assert shown_in(other)[0].text == "Name a colour."
        for opened in (first, other):
            qtbot.waitUntil(lambda opened=opened: len(opened.controller._chats.by_id) == 2, timeout=WAIT_MS)
            assert opened.window.sidebar.list.rows.rowCount() >= 2


def test_the_same_chat_in_two_windows_stays_equal(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "What is the capital of France?")
        wait_for_answers(qtbot, session, 2)
        assert session.controller is not None
        chat_id = session.controller.chat.chat_id
        first, other = one_more(qtbot, session, chat_id or "")
        qtbot.waitUntil(lambda: len(shown_in(other)) == 2, timeout=WAIT_MS)

        use(session, Sampling(max_tokens=2000, seed=7, min_p=0.0))
        ask(session, STORY)
        for opened in (first, other):
            qtbot.waitUntil(
                lambda opened=opened: len(shown_in(opened)) == 4 and len(shown_in(opened)[3].text) > 30,
                timeout=WAIT_MS,
            )
            assert opened.window.composer.state == "streaming"
        first.window.composer.stop_requested.emit()  # either can stop it
        for opened in (first, other):
            qtbot.waitUntil(lambda opened=opened: opened.window.composer.state == "idle", timeout=WAIT_MS)
        assert shown_in(first) == shown_in(other)
        assert shown_in(other)[3].status is MessageStatus.STOPPED
        texts = [[entry.markdown for entry in opened.window.chat_view().entries] for opened in (first, other)]
        assert texts[0] == texts[1]

        use(session, SHORT)
        qtbot.waitUntil(lambda: first.controller._sampling.value == SHORT, timeout=WAIT_MS)  # it follows the other one
        answer = shown_in(first)[3]
        first.window.chat_view().regenerate_requested.emit(answer.id)
        for opened in (first, other):
            qtbot.waitUntil(
                lambda opened=opened: shown_in(opened)[3].id != answer.id and not opened.controller.chat.is_streaming,
                timeout=WAIT_MS,
            )
        other.window.chat_view().sibling_requested.emit(shown_in(other)[3].id, -1)
        for opened in (first, other):
            qtbot.waitUntil(lambda opened=opened: shown_in(opened)[3].id == answer.id, timeout=WAIT_MS)

        other.window.top_bar.title_edited.emit("Two windows")
        qtbot.waitUntil(lambda: first.window.top_bar.title.label.text() == "Two windows", timeout=WAIT_MS)


@pytest.mark.parametrize("what", ["asks", "removes", "renames", "stars"])
def test_what_one_does_to_a_chat_while_another_reads_it_is_shown_in_both(
    running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A chat of thousands of messages takes its time to be read."""
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        for count, question in enumerate(("Name a colour.", "Name a tree."), start=1):
            ask(session, question)
            wait_for_answers(qtbot, session, 2 * count)
        first, other = one_more(qtbot, session)
        messages, app = shown_in(first), session.app
        chat_id = messages[0].chat_id
        read, late = app.chats.open_chat(chat_id).result(60), Future[Conversation]()
        with monkeypatch.context() as slow:
            slow.setattr(app.chats, "open_chat", lambda _chat_id: late)
            other.controller.open_chat(chat_id)
        match what:
            case "asks":
                first.window.composer.send_requested.emit("Name a bird.")
                qtbot.waitUntil(lambda: len(shown_in(first)) == 6 and not first.controller.chat.is_streaming)
            case "removes":
                app.branches.remove(chat_id, messages[2].id).result(60)
                qtbot.waitUntil(lambda: len(shown_in(first)) == 2, timeout=WAIT_MS)
            case "renames":
                app.chats.rename(chat_id, "Nature").result(60)
                qtbot.waitUntil(lambda: first.controller.chat.chat.title == "Nature", timeout=WAIT_MS)
            case "stars":
                app.branches.star(chat_id, messages[1].id, True).result(60)
                qtbot.waitUntil(lambda: shown_in(first)[1].starred, timeout=WAIT_MS)
        late.set_result(read)
        qtbot.waitUntil(lambda: other.controller.chat.chat is not None, timeout=WAIT_MS)
        assert other.controller.chat.conversation.look() == first.controller.chat.conversation.look()
        assert other.window.top_bar.title.label.text() == first.window.top_bar.title.label.text()


def test_a_chat_that_is_deleted_while_it_is_read_is_left_with_a_way_back(
    running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        (question, _answer) = wait_for_answers(qtbot, session, 2)
        window, controller, app = session.window, session.controller, session.app
        window.commands.new_chat.trigger()
        read, late = app.chats.open_chat(question.chat_id).result(60), Future[Conversation]()
        with monkeypatch.context() as slow:
            slow.setattr(app.chats, "open_chat", lambda _chat_id: late)
            window.sidebar.chat_chosen.emit(question.chat_id)
        window.sidebar.list.wishes.deleted.emit([question.chat_id])
        qtbot.waitUntil(lambda: not controller.listed_chats, timeout=WAIT_MS)
        late.set_result(read)
        qtbot.waitUntil(lambda: controller.chat.chat_id is None, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: "was moved to the trash" in window.notice.label.text(), timeout=WAIT_MS)
        window.notice.action.click()
        qtbot.waitUntil(lambda: controller.chat.chat is not None and bool(controller.listed_chats), timeout=WAIT_MS)
        assert not controller.chat.chat.is_in_trash


def test_an_undo_after_the_trash_was_emptied_elsewhere_shows_no_chat(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        chat_id = wait_for_answers(qtbot, session, 2)[0].chat_id
        window, controller, app = session.window, session.controller, session.app
        window.commands.delete.trigger()
        qtbot.waitUntil(lambda: "was moved to the trash" in window.notice.label.text(), timeout=WAIT_MS)
        hold = threading.Event()
        app.database.write(lambda _connection: hold.wait(60))  # it is on its way out, and still there
        removed = app.ordering.remove([chat_id])
        window.notice.action.click()
        hold.set()
        assert removed.result(60) == (chat_id,)
        qtbot.waitUntil(lambda: "This chat no longer exists." in window.notice.label.text(), timeout=WAIT_MS)
        assert controller.chat.chat_id is None
        ask(session, "Name a tree.")
        assert wait_for_answers(qtbot, session, 2)[0].chat_id != chat_id


def test_what_one_changes_while_another_begins_is_listed_there(
    running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        app, first = session.app, session.windows.foremost
        chat_ids = []
        for question in ("Name a colour.", "Name a tree.", "Name a bird."):
            first.window.commands.new_chat.trigger()
            ask(session, question)
            chat_ids.append(wait_for_answers(qtbot, session, 2)[0].chat_id)
        renamed, deleted, removed = chat_ids
        read, late, late_shelf = app.chats.list_chats().result(60), Future[list[Chat]](), Future[Shelf]()
        with monkeypatch.context() as slow:
            slow.setattr(app.chats, "list_chats", lambda: late)
            slow.setattr(app.ordering, "shelf", lambda: late_shelf)
            other = session.windows.open()
        app.chats.rename(renamed, "Nature").result(60)
        app.ordering.delete([deleted, removed]).result(60)
        app.ordering.remove([removed]).result(60)
        qtbot.waitUntil(lambda: list(first.controller.listed_chats) == [renamed], timeout=WAIT_MS)
        folder = app.ordering.save_folder("Work").result(60)
        qtbot.waitUntil(lambda: bool(other.window.sidebar.shelf.folders), timeout=WAIT_MS)
        late.set_result(read)
        late_shelf.set_result(NO_SHELF)
        settled(qtbot, session)
        assert other.window.sidebar.shelf.folders == (folder,)
        assert other.controller.listed_chats == first.controller.listed_chats
        assert other.controller.listed_chats[renamed].title == "Nature"


def test_no_piece_of_an_answer_is_missing_that_was_told_while_its_chat_was_being_read(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        session.settings.change("history", "model_titles", False)  # else the model is asked for one as well
        ready(qtbot, session)
        ask(session, STORY)
        chats, chat = session.app.chats, session.controller.chat
        qtbot.waitUntil(lambda: models.read().result() is None and models.asked == 1, timeout=WAIT_MS)
        models.write(Random(1), 8).result()
        qtbot.waitUntil(lambda: chat.is_streaming and len(chat.conversation.streaming.text) > 20, timeout=WAIT_MS)
        chat_id = chat.chat_id
        session.window.commands.new_chat.trigger()
        read = chats.open_chat(chat_id).result(60)
        with monkeypatch.context() as patch:
            reading: Future[Conversation] = Future()
            patch.setattr(chats, "open_chat", lambda _chat_id: reading)
            session.controller.open_chat(chat_id)
        models.write(Random(2), 8).result()
        settled(qtbot, session)
        reading.set_result(read)
        qtbot.waitUntil(lambda: chat.conversation is not None and chat.is_streaming, timeout=WAIT_MS)
        known = len(chat.conversation.streaming.text)
        models.write(Random(3), 8).result()
        qtbot.waitUntil(lambda: len(chat.conversation.streaming.text) > known, timeout=WAIT_MS)
        settled(qtbot, session)
        shown = chat.conversation.streaming.text
        models.finish().result()
        *_, answer = wait_for_answers(qtbot, session, 2)
        assert answer.text.startswith(shown)


def test_a_second_window_costs_few_statements_and_asks_nothing_of_the_model(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "What is the capital of France?")
        wait_for_answers(qtbot, session, 2)
        assert session.app is not None
        assert session.controller is not None
        workers = session.app.engines.worker_pids()
        with counted_statements() as seen:
            first, other = one_more(qtbot, session, session.controller.chat.chat_id or "")
            qtbot.waitUntil(lambda: len(shown_in(other)) == 2, timeout=WAIT_MS)
            qtbot.waitUntil(lambda: bool(other.controller._chats.by_id), timeout=WAIT_MS)
        assert len(seen) <= 20, (
            seen
        )  # lists of chats, folders and tags, one chat, what was typed, with their transactions
        assert not any("search_state" in statement for statement in seen)  # older messages are read once, for all
        assert session.app.engines.worker_pids() == workers
        pills = [opened.window.top_bar.pill for opened in (first, other)]
        qtbot.waitUntil(lambda: pills[0].accessibleName() == pills[1].accessibleName(), timeout=WAIT_MS)


def test_closing_one_leaves_the_others_and_keeps_its_draft(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "What is the capital of France?")
        wait_for_answers(qtbot, session, 2)
        assert session.windows is not None
        assert session.controller is not None
        chat_id = session.controller.chat.chat_id or ""
        first, other = one_more(qtbot, session)
        QTest.keyClicks(first.window.composer.field, "half a thought")
        first.window.commands.close_window.trigger()
        qtbot.waitUntil(lambda: len(session.windows.all) == 1)
        assert session.windows.foremost is other
        assert other.window.isVisible()
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        other.controller.chat.open_chat(chat_id)
        qtbot.waitUntil(lambda: other.window.composer.text() == "half a thought", timeout=WAIT_MS)


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> "weakref.WeakSet[object]":
    """All of Qt's documents that were made for rows of conversations, and are there still.

    Some time after a start one more is made, and what is there then is collected no more: on a busy computer that may
    come once all windows are open.
    """
    monkeypatch.setattr(Session, "_warm_up", lambda _session: None)
    return documents_alive(monkeypatch)


def test_what_one_showed_goes_with_it(running, qtbot: QtBot, documents: "weakref.WeakSet[object]") -> None:
    with running() as session:
        question, first, other = two_at_one_chat(qtbot, session)
        qtbot.waitUntil(lambda: len(documents) == 4, timeout=WAIT_MS)
        assert question.chat_id == other.controller.chat.chat_id
        other.window.close()
        qtbot.waitUntil(lambda: session.windows.all == (first,), timeout=WAIT_MS)
        del other
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        qtbot.waitUntil(lambda: gc.collect() >= 0 and len(documents) == 2, timeout=WAIT_MS)


def test_one_that_is_brought_forward_while_it_closes_stays(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes: list[str] = []
    monkeypatch.setattr(Watch, "_tell", lambda _watch, report, _file: crashes.append(report))
    with running() as session:
        ready(qtbot, session)
        first, other = one_more(qtbot, session)
        other.window.close()
        session.windows.show_chat()  # as a second start does, or a click on a message of the system
        for _ in range(3):
            QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert session.windows.all == (other, first)
        assert other.window.isVisible()
    assert crashes == []


def test_what_is_typed_in_one_stays_when_the_other_with_the_same_chat_is_used(running, qtbot: QtBot) -> None:
    """Neither does it get lost where one goes there at once, nor where a message is edited there."""
    with running() as session:
        question, first, other = two_at_one_chat(qtbot, session)

        def type_in(opened: OpenWindow, words: str) -> None:
            opened.window.come_forward()
            opened.window.composer.focus()
            qtbot.waitUntil(opened.window.composer.field.hasFocus, timeout=WAIT_MS)
            QTest.keyClicks(opened.window.composer.field, words)

        type_in(first, "half a thought")
        type_in(other, "")
        qtbot.waitUntil(lambda: other.window.composer.text() == "half a thought", timeout=WAIT_MS)
        type_in(other, " more")
        other.window.chat_view().edit_requested.emit(question.id)
        type_in(first, "")
        qtbot.waitUntil(lambda: first.window.composer.text() == "half a thought more", timeout=WAIT_MS)
        type_in(first, "!")
        qtbot.waitUntil(lambda: other.window.composer.draft == "half a thought more!", timeout=WAIT_MS)
        other.window.composer.escape()
        assert other.window.composer.text() == "half a thought more!"
        other.controller.chat.drafts.save()
        assert session.app.chats.open_chat(question.chat_id).result(60).chat.draft == "half a thought more!"


def test_words_typed_in_one_right_after_others_arrived_in_the_other_stay(running, qtbot: QtBot) -> None:
    with running() as session:
        question, first, other = two_at_one_chat(qtbot, session)
        for words in ("half", " a", " thought"):
            before = other.window.composer.text()
            QTest.keyClicks(first.window.composer.field, words)
            first.controller.chat.drafts.save()
            qtbot.waitUntil(lambda before=before: other.window.composer.text() != before, timeout=WAIT_MS)
        for opened in (other, first):
            opened.controller.chat.drafts.save()
        assert session.app.chats.open_chat(question.chat_id).result(60).chat.draft == "half a thought"
        assert first.window.composer.text() == "half a thought"


def test_words_typed_in_both_before_either_heard_of_the_other_stay_in_both(running, qtbot: QtBot) -> None:
    with running() as session:
        question, first, other = two_at_one_chat(qtbot, session)
        with nothing_stored(session):
            for opened, words in ((first, "one"), (other, "two")):
                QTest.keyClicks(opened.window.composer.field, words)
                opened.controller.chat.drafts.save()
        for opened in (first, other):
            qtbot.waitUntil(lambda opened=opened: opened.window.composer.text() == "one\n\ntwo", timeout=WAIT_MS)
        assert session.app.chats.open_chat(question.chat_id).result(60).chat.draft == "one\n\ntwo"


def test_one_follows_to_another_branch_once_the_answer_there_has_ended(
    running, qtbot: QtBot, models: ScriptedModels
) -> None:
    """Else the next question would be asked elsewhere than it seems."""

    def answer(count: int) -> None:
        qtbot.waitUntil(lambda: models.read().result() is None and models.asked == 1, timeout=WAIT_MS)
        models.write(Random(count), 2).result()
        models.finish().result()
        wait_for_answers(qtbot, session, count)

    with running() as session:
        session.settings.change("history", "model_titles", False)
        ready(qtbot, session)
        ask(session, "Name a colour.")
        answer(2)
        first_answer = shown(session)[1]
        session.window.commands.regenerate.trigger()
        qtbot.waitUntil(lambda: shown(session)[1].id != first_answer.id, timeout=WAIT_MS)
        answer(2)
        first, other = one_more(qtbot, session, first_answer.chat_id)
        qtbot.waitUntil(lambda: len(shown_in(other)) == 2, timeout=WAIT_MS)
        ask(session, "Name a tree.")
        for opened in (first, other):
            qtbot.waitUntil(lambda opened=opened: len(shown_in(opened)) == 4, timeout=WAIT_MS)
        first.window.chat_view().sibling_requested.emit(shown_in(first)[1].id, -1)
        qtbot.waitUntil(lambda: shown_in(first)[-1].id == first_answer.id, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: models.read().result() is None and models.asked == 1, timeout=WAIT_MS)
        models.finish().result()
        qtbot.waitUntil(lambda: shown_in(other) == shown_in(first), timeout=WAIT_MS)


def test_all_windows_come_back_after_the_end_of_all(running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "What is the capital of France?")
        wait_for_answers(qtbot, session, 2)
        _first, other = one_more(qtbot, session)
        other.window.resize(733, 522)
        QTest.keyClicks(other.window.composer.field, "not sent")
        other.window.commands.quit.trigger()
        assert session.windows is not None
        windows = session.windows.all
        qtbot.waitUntil(lambda: not any(opened.window.isVisible() for opened in windows), timeout=WAIT_MS)
    with running() as session:
        assert session.windows is not None
        qtbot.waitUntil(lambda: session.windows is not None and len(session.windows.all) == 2, timeout=WAIT_MS)
        front, behind = session.windows.all
        assert (front.window.width(), front.window.height()) == (733, 522)
        assert front.window.composer.text() == "not sent"
        qtbot.waitUntil(lambda: len(shown_in(behind)) == 2, timeout=WAIT_MS)
        behind.window.close()
        qtbot.waitUntil(lambda: session.windows is not None and len(session.windows.all) == 1)
    with running() as session:  # one that was closed stays closed
        assert session.windows is not None
        ready(qtbot, session)
        assert len(session.windows.all) == 1


def drafts(session: Session) -> set[str]:
    """Return what is on the disk of what was typed for chats to come."""
    assert session.app is not None
    unsent = session.app.unsent
    return {unsent.of_new_chat(draft_id).result(60).text for draft_id in unsent.drafts_to_come().result(60)}


def test_each_window_keeps_what_is_typed_for_a_chat_of_its_own(running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        first, other = one_more(qtbot, session)
        QTest.keyClicks(first.window.composer.field, "for the first")
        QTest.keyClicks(other.window.composer.field, "for the other")
        qtbot.waitUntil(lambda: drafts(session) == {"for the first", "for the other"}, timeout=WAIT_MS)
        state = load_window_state(paths.window_file)
    save_window_state(paths.window_file, state)  # a sudden end leaves what was there at the last start
    with running() as session:
        assert session.windows is not None
        qtbot.waitUntil(lambda: session.windows is not None and len(session.windows.all) == 2, timeout=WAIT_MS)
        front, behind = session.windows.all
        for opened, words in ((front, "for the first"), (behind, "for the other")):
            qtbot.waitUntil(lambda opened=opened, words=words: opened.window.composer.text() == words, timeout=WAIT_MS)
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "for the first")
        wait_for_answers(qtbot, session, 2)
        assert drafts(session) == {"for the other"}
        behind.window.close()
        qtbot.waitUntil(lambda: session.windows is not None and len(session.windows.all) == 1)
        qtbot.waitUntil(lambda: not drafts(session), timeout=WAIT_MS)
