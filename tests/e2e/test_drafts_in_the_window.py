"""What stands in the composer while another question of the chat is edited, or comes back."""

from concurrent.futures import Future

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.parts import FilePart
from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, use, wait_for_answers

LARGE = FilePart(name="large.txt", text="word " * 3000, size=15_000)


def test_a_draft_outlives_the_editing_of_an_earlier_question(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hi")
        question, _answer = wait_for_answers(qtbot, session, 2)
        assert session.controller is not None
        chat, composer = session.controller.chat, session.window.composer
        QTest.keyClicks(composer.field, "And further,")
        chat.drafts.save()
        qtbot.waitUntil(lambda: chat.conversation.chat.draft == "And further,", timeout=WAIT_MS)
        chat.edits.edit(question.id)
        composer.set_text("Ho")
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
        composer.field.clearFocus()
        qtbot.waitUntil(lambda: wait_for_answers(qtbot, session, 2)[0].text == "Ho", timeout=WAIT_MS)
        assert (composer.text(), chat.conversation.chat.draft) == ("And further,", "And further,")


def test_a_message_says_that_it_is_being_edited(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hi")
        question, answer = wait_for_answers(qtbot, session, 2)
        assert session.controller is not None
        edits, composer = session.controller.chat.edits, session.window.composer
        view = session.window.chat_view()

        def words() -> list[str]:
            footers = [view.realised_footer(entry) for entry in view.entries]
            return [footer._receipt.text() if footer is not None else "" for footer in footers]

        qtbot.waitUntil(lambda: len(words()) == 2 and "Stopped" in words()[1])
        before = words()
        edits.edit(question.id)
        assert words() == ["Being edited", before[1]]
        edits.edit(answer.id)
        assert words() == ["", "Being edited"]
        composer.escape()
        assert words() == before
        edits.edit(question.id)
        composer.set_text("Ho")
        composer.send.click()
        qtbot.waitUntil(lambda: wait_for_answers(qtbot, session, 2)[0].text == "Ho", timeout=WAIT_MS)
        assert "Being edited" not in words()


@pytest.mark.parametrize("has_focus", [True, False])
def test_a_question_that_does_not_fit_comes_back_whole(qtbot: QtBot, running: Running, has_focus: bool) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hi")
        wait_for_answers(qtbot, session, 2)
        composer = session.window.composer
        composer.set_text("Read it")
        composer.set_files([LARGE])
        composer.send.click()
        if not has_focus:
            composer.field.clearFocus()
        assert composer.files == ()
        qtbot.waitUntil(lambda: composer.state == "idle" and bool(composer.text()), timeout=WAIT_MS)
        assert (composer.text(), [file.name for file in composer.files]) == ("Read it", ["large.txt"])


def test_a_draft_that_was_not_stored_leaves_what_was_typed_since_as_it_is(
    qtbot: QtBot, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hi")
        wait_for_answers(qtbot, session, 2)
        assert session.controller is not None
        drafts, composer = session.controller.chat.drafts, session.window.composer
        asked: list[tuple[str, str]] = []
        answers: list[Future[Chat]] = []

        def save(_chat_id: str, shown: str, text: str) -> "Future[Chat]":
            asked.append((shown, text))
            answers.append(Future())
            return answers[-1]

        real = session.app.chats.save_draft
        monkeypatch.setattr(session.app.chats, "save_draft", save)
        for text in ("He", "Hat"):
            composer.set_text(text)
            drafts.save()
        assert asked == [("", "He"), ("He", "Hat")]
        with qtbot.waitSignal(session.controller._bridge.failed, timeout=WAIT_MS):
            answers[0].set_exception(StorageError(ErrorCode.STORAGE_DISK_FULL, path=""))
        assert drafts.known == "Hat"
        monkeypatch.undo()
        real(session.controller.chat.chat.id, "", "Hat").add_done_callback(
            lambda done: answers[1].set_result(done.result())
        )
        with qtbot.waitSignal(drafts.saved, timeout=WAIT_MS):
            pass
        assert drafts.known == "Hat"


def test_what_is_typed_while_a_chat_is_read_is_kept(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hi")
        chat_id = wait_for_answers(qtbot, session, 2)[0].chat_id
        assert session.controller is not None
        chat, composer = session.controller.chat, session.window.composer
        session.controller.open_chat(chat_id)  # which is open: it is read once more
        QTest.keyClicks(composer.field, "in the chat")
        with qtbot.waitSignal(chat.chat_opened, timeout=WAIT_MS):
            pass
        assert composer.text() == "in the chat"
        session.window.commands.new_chat.trigger()
        session.controller.open_chat(chat_id)
        QTest.keyClicks(composer.field, "in a new one")
        qtbot.waitUntil(lambda: composer.text() == "in the chat", timeout=WAIT_MS)
        session.window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: composer.text() == "in a new one", timeout=WAIT_MS)


def test_what_is_typed_before_a_chat_is_read_stands_behind_its_draft(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hi")
        chat_id = wait_for_answers(qtbot, session, 2)[0].chat_id
        QTest.keyClicks(session.window.composer.field, "And further,")
        session.window.commands.new_chat.trigger()
        assert session.windows is not None
        other = session.windows.open(chat_id).window.composer
        QTest.keyClicks(other.field, "quickly typed")
        qtbot.waitUntil(lambda: other.text() == "And further,\n\nquickly typed", timeout=WAIT_MS)
