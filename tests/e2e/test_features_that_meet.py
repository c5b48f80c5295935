"""Features that meet in the whole window, in orders that nobody planned."""

import threading
from concurrent.futures import Future
from pathlib import Path
from random import Random

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.examples import Example
from desktop_app.domain.messages import MessageStatus, Role
from desktop_app.domain.parts import FilePart
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.conversation.conversation import Opening
from desktop_app.gui.start import Session
from tests.e2e.steps import SHORT, STORY, WAIT_MS, ask, ready, shown, use, wait_for_answers
from tests.e2e.test_temporary_drafts import settled
from tests.walks.scripted_models import ScriptedModels

LONG = Sampling(max_tokens=4000, seed=7, min_p=0.0)


def queued(session: Session) -> list[str]:
    return [question.text for question in session.window.composer.queued.questions]


def test_a_question_that_waits_is_asked_though_another_edit_took_its_place(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, LONG)
        ask(session, STORY)
        qtbot.waitUntil(lambda: bool(shown(session)) and bool(shown(session)[-1].text), timeout=WAIT_MS)
        ask(session, "One")
        qtbot.waitUntil(lambda: queued(session) == ["One"], timeout=WAIT_MS)
        composer = session.window.composer
        composer.stop_requested.emit()
        ready(qtbot, session)
        use(session, SHORT)
        QTest.keyClick(composer.field, Qt.Key.Key_Up)
        assert composer.text() == "One"
        asked = next(message for message in shown(session) if message.role is Role.USER)
        session.window.chat_view().edit_requested.emit(asked.id)
        assert composer.text() == STORY
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: len(shown(session)) == 4, timeout=WAIT_MS)
        assert [message.text for message in shown(session)[::2]] == [STORY, "One"]


@pytest.mark.parametrize("in_new_chat", [True, False])
def test_an_answer_is_stopped_though_its_question_is_still_being_stored(
    running, qtbot: QtBot, in_new_chat: bool
) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        if not in_new_chat:
            ask(session, "Name a colour.")
            wait_for_answers(qtbot, session, 2)
        use(session, LONG)
        assert session.app is not None
        is_held, let_go = threading.Event(), threading.Event()

        def hold(_connection: object) -> None:
            is_held.set()
            let_go.wait(WAIT_MS / 1000)

        session.app.database.write(hold)  # as while a large import is stored
        is_held.wait(WAIT_MS / 1000)
        ask(session, STORY)
        session.window.composer.stop_requested.emit()
        let_go.set()
        answer = wait_for_answers(qtbot, session, 2 if in_new_chat else 4)[-1]
        assert (answer.status, answer.text) == (MessageStatus.STOPPED, "")


def test_a_slider_that_was_moved_just_before_another_chat_was_opened_is_kept(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        controller = session.controller
        assert controller is not None
        chat_id = controller.chat.chat_id or ""
        warm = msgspec.structs.replace(SHORT, temperature=1.7)
        use(session, warm)
        session.window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: controller.listed_chats[chat_id].sampling == warm, timeout=WAIT_MS)
        controller.open_chat(chat_id)
        qtbot.waitUntil(lambda: controller.chat.chat is not None, timeout=WAIT_MS)
        assert session.window.panel.sampling_tab.sampling == warm


def test_a_chat_that_another_window_deletes_is_left_with_a_way_back(
    running, qtbot: QtBot, models: ScriptedModels
) -> None:
    with running() as session:
        session.app.template_checks.close()  # which would say that the scripted model has none, and when it likes
        ready(qtbot, session)
        ask(session, STORY)
        qtbot.waitUntil(lambda: models.read().result() is None and models.asked == 1, timeout=WAIT_MS)
        models.write(Random(1), 3).result()
        qtbot.waitUntil(lambda: bool(shown(session)) and bool(shown(session)[-1].text), timeout=WAIT_MS)
        assert session.windows is not None
        first = session.windows.foremost
        chat_id = first.controller.chat.chat_id or ""
        other = session.windows.open(chat_id)
        qtbot.waitUntil(lambda: other.controller.chat.is_streaming, timeout=WAIT_MS)
        other.window.composer.set_text("and then")
        first.window.commands.delete.trigger()
        qtbot.waitUntil(
            lambda: models.read().result() is None and other.controller.chat.chat_id is None, timeout=WAIT_MS
        )
        notice = other.window.notice
        assert other.window.composer.text() == ""
        assert (notice.isVisible(), "was moved to the trash" in notice.label.text()) == (True, True)
        notice.action.click()
        qtbot.waitUntil(lambda: other.controller.chat.chat is not None, timeout=WAIT_MS)
        assert other.controller.chat.chat_id == chat_id
        assert other.window.composer.text() == "and then"
        qtbot.waitUntil(lambda: chat_id in first.controller.listed_chats, timeout=WAIT_MS)


@pytest.mark.parametrize("name", ["about", "data"])
def test_a_page_that_takes_its_time_takes_nobody_away_from_another_one(running, qtbot: QtBot, name: str) -> None:
    with running() as session:
        ready(qtbot, session)
        window = session.window
        made: list[str] = []
        window.page_made.connect(made.append)
        (window.commands.about if name == "about" else window.commands.own_data).trigger()
        window.commands.models.trigger()
        qtbot.waitUntil(lambda: name in made, timeout=WAIT_MS)
        assert window.page == "models"
        (window.commands.about if name == "about" else window.commands.own_data).trigger()
        qtbot.waitUntil(lambda: window.page == name, timeout=WAIT_MS)


def test_what_is_typed_for_a_new_chat_waits_while_another_one_is_looked_at(
    running, qtbot: QtBot, tmp_path: Path
) -> None:
    note = tmp_path / "note.txt"
    note.write_text("The lighthouse keeper is called Maren.\n", encoding="utf-8")
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        session.window.commands.new_chat.trigger()
        chat_id = next(iter(session.controller.listed_chats))
    with running() as session:  # which begins with a new chat
        ready(qtbot, session)
        window, controller = session.window, session.controller
        assert controller is not None
        QTest.keyClicks(window.composer.field, "Who keeps it?")
        window.files_dropped.emit([str(note)])
        qtbot.waitUntil(lambda: [file.name for file in window.composer.files] == ["note.txt"], timeout=WAIT_MS)
        controller.open_chat(chat_id)
        qtbot.waitUntil(lambda: controller.chat.chat is not None, timeout=WAIT_MS)
        assert (window.composer.text(), window.composer.files) == ("", ())  # they are not that chat's
        window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: window.composer.text() == "Who keeps it?", timeout=WAIT_MS)
        assert [file.name for file in window.composer.files] == ["note.txt"]
        controller.open_chat(chat_id)
        qtbot.waitUntil(lambda: controller.chat.chat is not None, timeout=WAIT_MS)
    with running() as session:
        qtbot.waitUntil(lambda: bool(shown(session)), timeout=WAIT_MS)
        assert session.window.composer.text() == ""
        session.window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: session.window.composer.text() == "Who keeps it?", timeout=WAIT_MS)
        assert session.windows is not None
        assert len(session.windows.all) == 1
        session.window.commands.new_chat.trigger()  # once more: nothing of it is wanted
        assert (session.window.composer.text(), session.window.composer.files) == ("", ())


def test_an_edit_takes_the_place_of_the_answer_that_is_still_written(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        use(session, LONG)
        ask(session, STORY)
        qtbot.waitUntil(lambda: len(shown(session)) == 4 and bool(shown(session)[-1].text), timeout=WAIT_MS)
        composer, story = session.window.composer, shown(session)[-1].id
        session.window.chat_view().edit_requested.emit(shown(session)[0].id)
        assert "Editing" in composer.hint.text()  # Escape would leave the edit, and not stop the answer
        assert not composer.later.isVisible()
        use(session, SHORT)
        composer.set_text("Name a tree.")
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
        question, answer = wait_for_answers(qtbot, session, 2)
        assert (question.text, answer.status) == ("Name a tree.", MessageStatus.COMPLETE)
        assert (composer.editing_id, composer.text()) == (None, "")
        assert session.controller is not None
        conversation = session.controller.chat.conversation
        assert conversation is not None
        stopped = conversation.message(story)
        assert stopped is not None
        assert stopped.status is MessageStatus.STOPPED


def test_a_template_goes_with_the_question_that_waits(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, Sampling(temperature=0.0, max_tokens=40, seed=1))
        ask(session, STORY)
        qtbot.waitUntil(lambda: bool(shown(session)), timeout=WAIT_MS)
        assert session.controller is not None
        chat, composer = session.controller.chat, session.window.composer
        chat.begin_with(Opening("Words", "", (Example("sea", "The sea is wide."),)))
        ask(session, "hill")
        assert chat.opening == Opening()
        assert not composer.template.isVisible()
        ask(session, "Thank you.")
        messages = wait_for_answers(qtbot, session, 8)
        assert [message.text for message in messages[2:5]] == ["sea", "The sea is wide.", "hill"]
        assert messages[6].text == "Thank you."


def test_what_was_typed_just_before_an_edit_is_kept(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        controller, window = session.controller, session.window
        assert controller is not None
        chat_id = controller.chat.chat_id or ""
        QTest.keyClicks(window.composer.field, "And a shape")
        window.chat_view().edit_requested.emit(shown(session)[0].id)
        window.composer.set_text("Name two colours.")
        window.commands.new_chat.trigger()
        assert window.composer.text() == ""
        qtbot.waitUntil(lambda: controller.listed_chats[chat_id].draft == "And a shape", timeout=WAIT_MS)
        controller.open_chat(chat_id)
        qtbot.waitUntil(lambda: window.composer.text() == "Name two colours.", timeout=WAIT_MS)
        window.composer.cancel.click()
        assert window.composer.text() == "And a shape"


def test_a_chat_whose_only_question_came_back_says_what_it_is_for(running, qtbot: QtBot, tmp_path: Path) -> None:
    with running() as session:
        ready(qtbot, session)
        controller = session.controller
        assert controller is not None
        controller.model.path = str(tmp_path / "gone.gguf")
        ask(session, "Is anybody there?")
        qtbot.waitUntil(lambda: session.window.composer.text() == "Is anybody there?", timeout=WAIT_MS)
    with running() as session:
        qtbot.waitUntil(lambda: session.window.composer.text() == "Is anybody there?", timeout=WAIT_MS)
        view = session.window.chat_view()
        qtbot.waitUntil(lambda: "Ask anything" in view.accessibleDescription(), timeout=WAIT_MS)
        assert shown(session) == []


def test_a_file_that_is_read_while_an_earlier_question_is_edited_is_the_drafts(
    running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        controller, window, app = session.controller, session.window, session.app
        assert controller is not None
        assert app is not None
        chat_id, composer = controller.chat.chat_id or "", window.composer
        late: list[Future[FilePart]] = []
        monkeypatch.setattr(app.attachments, "read", lambda _path: late.append(Future()) or late[-1])
        window.files_dropped.emit(["/a/large report.pdf", "/a/not wanted.pdf"])
        composer.attachments.remove(composer.attachments.attached[1])
        window.chat_view().edit_requested.emit(shown(session)[0].id)
        for future, name in zip(late, ("large report.pdf", "not wanted.pdf"), strict=True):
            future.set_result(FilePart(name=name, text="All of it.", size=10))
        qtbot.waitUntil(lambda: bool(composer.draft_files), timeout=WAIT_MS)
        assert composer.files == (), "the edited question has none"
        kept = app.unsent.of_new_chat(chat_id).result(60).files
        assert [file.name for file in kept] == ["large report.pdf"]
        composer.cancel.click()
        assert [file.name for file in composer.files] == ["large report.pdf"]


def test_a_file_that_is_read_when_another_chat_is_open_waits_in_its_own(
    running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        controller, window, app = session.controller, session.window, session.app
        assert controller is not None
        assert app is not None
        chat_id = controller.chat.chat_id or ""
        late: Future[FilePart] = Future()
        monkeypatch.setattr(app.attachments, "read", lambda _path: late)
        window.files_dropped.emit(["/a/large report.pdf"])
        assert window.composer.attachments.is_reading
        window.commands.new_chat.trigger()
        assert not window.composer.attachments.attached
        late.set_result(FilePart(name="large report.pdf", text="All of it.", size=10))
        qtbot.waitUntil(lambda: bool(app.unsent.of_new_chat(chat_id).result(60).files), timeout=WAIT_MS)
        assert window.composer.files == ()
        controller.open_chat(chat_id)
        qtbot.waitUntil(lambda: bool(window.composer.files), timeout=WAIT_MS)
        assert [file.name for file in window.composer.files] == ["large report.pdf"]


@pytest.mark.parametrize("wish", ["regenerate_requested", "continue_requested"])
def test_a_second_click_while_the_first_is_being_stored_asks_for_nothing(running, qtbot: QtBot, wish: str) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, STORY)
        _question, answer = wait_for_answers(qtbot, session, 2)
        hold = threading.Event()
        session.app.database.write(lambda _connection: hold.wait(60))  # a disk that takes its time
        for _click in range(2):
            getattr(session.window.chat_view(), wish).emit(answer.id)
        ended = session.controller.chat.answer_shown
        with qtbot.waitSignal(ended, timeout=WAIT_MS):
            hold.set()
        settled(qtbot, session)
        assert not session.app.chats.is_answering
        assert not session.window.notice.isVisible()
        written = 2 if wish == "continue_requested" else 3
        assert len(session.controller.chat.conversation.messages) == written
        with qtbot.waitSignal(ended, timeout=WAIT_MS):  # a later one does
            getattr(session.window.chat_view(), wish).emit(answer.id)
