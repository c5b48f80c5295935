"""What was read of a chat before it became another one, and comes to its window only after that was told."""

import threading
from concurrent.futures import Future

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.domain.answer_tokens import Beginning
from desktop_app.domain.chats import Conversation
from desktop_app.domain.messages import Memory
from desktop_app.domain.traces import Traces
from desktop_app.gui.panel.panel import GLASS
from desktop_app.gui.session.windows import OpenWindow
from desktop_app.gui.start import Session
from desktop_app.services.events import AnswerDelta, ContextUsed
from tests.e2e.steps import SHORT, WAIT_MS, ask, nothing_stored, one_more, ready, shown_in, use, wait_for_answers
from tests.e2e.test_temporary_drafts import settled
from tests.held_back import HeldBack
from tests.traced_answers import made_up_traces
from tests.walks.scripted_models import ScriptedModels


def begin(qtbot: QtBot, session: Session, models: ScriptedModels) -> str:
    """Ask a question, and return the id of its chat once it is answered."""
    session.settings.change("history", "model_titles", False)  # else the model is asked for one as well
    ready(qtbot, session)
    use(session, SHORT)
    ask(session, "Name a colour.")
    qtbot.waitUntil(lambda: models.read().result() is None and models.asked == 1, timeout=WAIT_MS)
    models.finish().result()
    return wait_for_answers(qtbot, session, 2)[0].chat_id


def test_a_star_stays_on_what_is_read_once_more_for_a_piece_that_is_missing(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        chat_id = begin(qtbot, session, models)
        chats, here = session.app.chats, session.windows.foremost
        answer = shown_in(here)[-1]
        load, loaded, may_tell = chats.load, threading.Event(), threading.Event()

        def load_and_wait(*given: object) -> Conversation:
            conversation = load(*given)
            loaded.set()
            if threading.current_thread().name == "database-reader":
                may_tell.wait(60)
            return conversation

        monkeypatch.setattr(chats, "load", load_and_wait)
        opened: list[Conversation] = []
        take_over = here.controller.chat.which.take_over
        monkeypatch.setattr(
            here.controller.chat.which, "take_over", lambda read: opened.append(read) or take_over(read)
        )
        session.app.events.publish(AnswerDelta(chat_id, answer.id, "piece", 10_000))
        qtbot.waitUntil(loaded.is_set, timeout=WAIT_MS)
        session.app.branches.star(chat_id, answer.id, True).result(60)
        qtbot.waitUntil(lambda: shown_in(here)[-1].starred, timeout=WAIT_MS)
        may_tell.set()
        qtbot.waitUntil(lambda: bool(opened), timeout=WAIT_MS)
        settled(qtbot, session)
        assert shown_in(here)[-1].starred


def test_where_the_model_remembers_from_is_shown_though_the_chat_was_being_read(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        chat_id = begin(qtbot, session, models)
        app, chat = session.app, session.controller.chat
        question, answer = shown_in(session.windows.foremost)
        session.window.commands.new_chat.trigger()
        with monkeypatch.context() as slow:
            reads = HeldBack(slow, app.chats, "open_chat")
            session.controller.open_chat(chat_id)
            reads.let_go()
            app.chats._answering._remember(question.id, Memory(summary="", context_size=2048), ())
            app.events.publish(ContextUsed(chat_id, answer.id, 2000, 2048, question.id, ""))
            settled(qtbot, session)
            reads.tell()
            qtbot.waitUntil(lambda: chat.conversation is not None, timeout=WAIT_MS)
        assert chat.conversation.memory_start == (question.id, "")


def test_another_token_is_chosen_of_the_answer_whose_tokens_are_shown(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        begin(qtbot, session, models)
        chat, glass = session.controller.chat, session.controller._glass
        answer = shown_in(session.windows.foremost)[-1]
        chats, branches = session.app.chats, session.app.branches
        first = branches.reword(answer.chat_id, answer.id, "The sea is deep.").result(60)
        traces, late = made_up_traces(first.text), Future[Traces]()
        monkeypatch.setattr(session.app.glass, "recorded", lambda name: done(traces) if name == first.id else late)
        qtbot.waitUntil(lambda: shown_in(session.windows.foremost)[-1].id == first.id, timeout=WAIT_MS)
        session.window.panel.show_tab(GLASS)
        session.window.stage.show_panel()
        tab = session.window.panel.glass_tab
        qtbot.waitUntil(lambda: tab._traces is traces, timeout=WAIT_MS)
        second = branches.reword(answer.chat_id, answer.id, "The sky is wide and blue.").result(60)
        qtbot.waitUntil(lambda: glass._shown is not None and glass._shown[0] == second.id, timeout=WAIT_MS)
        asked: list[tuple[str, Beginning]] = []
        monkeypatch.setattr(chat.asking, "branch_answer", lambda *given: asked.append(given))
        assert tab._traces is traces, "what is recorded of the second is still being read"
        option = traces[2].options[1]
        tab.branch_requested.emit(2, option)
        ((answer_id, begins),) = asked
        assert answer_id == first.id
        assert begins.parts[0].text.startswith("The sea")
        assert chats.open_chat(answer.chat_id).result(60).chat.leaf_id == second.id


@pytest.mark.parametrize("what", ["discards", "begins"])
def test_what_another_window_did_with_an_edit_is_known_once_one_s_own_is_kept(
    running, qtbot: QtBot, models: ScriptedModels, what: str
) -> None:
    with running() as session:
        chat_id = begin(qtbot, session, models)
        first, other = one_more(qtbot, session, chat_id)
        qtbot.waitUntil(lambda: len(shown_in(other)) == 2, timeout=WAIT_MS)
        question, answer = shown_in(first)
        edits = first.controller.chat.edits
        if what == "discards":
            write_in(other, answer.id, "Red.")
            qtbot.waitUntil(lambda: answer.id in edits._kept and not edits._writing, timeout=WAIT_MS)
        with nothing_stored(session):  # the first window has its own on its way when it is told of the other one's
            if what == "discards":
                other.window.composer.cancel.click()
            else:
                write_in(other, answer.id, "Red.")
            write_in(first, question.id, "Name a tree.")
        expected = {question.id} if what == "discards" else {question.id, answer.id}
        qtbot.waitUntil(lambda: not edits._writing and edits._kept.keys() == expected, timeout=WAIT_MS)


def write_in(opened: OpenWindow, message_id: str, text: str) -> None:
    """Edit a message in a window, and leave the edit unfinished."""
    opened.window.chat_view().edit_requested.emit(message_id)
    opened.window.composer.set_text(text)
    opened.controller.chat.edits.keep()


def done(traces: Traces) -> "Future[Traces]":
    told: Future[Traces] = Future()
    told.set_result(traces)
    return told
