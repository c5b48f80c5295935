"""Temporary chats in the window: told by the bar, in no list, gone when they are left, kept where a person wants that."""

import threading
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from sqlalchemy import text

from desktop_app.gui.conversation.temporary_button import Temporary
from desktop_app.gui.start import Session
from desktop_app.settings.schema import Language
from desktop_app.settings.window_state import load_window_state
from desktop_app.support.paths import Paths
from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, shown, use, wait_for_answers


def stored(session: Session, table: str = "chats") -> int:
    return session.app.database.read(
        lambda connection: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    ).result(60)


def listed(session: Session) -> set[str]:
    return set(session.controller.listed_chats)


def test_it_is_listed_nowhere_and_gone_when_another_chat_is_opened(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window, chat = session.window, session.controller.chat
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        kept = wait_for_answers(qtbot, session, 2)[0].chat_id
        button = window.top_bar.temporary
        assert not button.isVisible(), "an ordinary chat stays one"
        window.commands.temporary_chat.trigger()
        assert (button.isVisible(), button.state) == (True, Temporary.CHOSEN)
        assert "temporary" in window.chat_view().accessibleDescription()
        assert window.top_bar.title.label.text() == "Temporary chat"
        ask(session, "Name an animal.")
        first = wait_for_answers(qtbot, session, 2)[0]
        assert chat.chat.is_temporary
        assert (button.state, window.top_bar.title.label.text()) == (Temporary.OPEN, "Temporary chat")
        assert listed(session) == {kept}
        commands = window.commands
        wrong = (commands.export_chat, commands.pin, commands.archive, commands.open_in_window, commands.map_of_chat)
        assert not any(action.isEnabled() for action in wrong)
        ask(session, "And a plant?")
        wait_for_answers(qtbot, session, 4)
        assert "Continue in a new chat" not in [a.text() for a in session.controller.branches.menu(first.id).actions()]

        session.controller.open_chat(kept)
        qtbot.waitUntil(lambda: stored(session) == 1 and chat.chat.id == kept, timeout=WAIT_MS)
        assert stored(session, "messages") == 2
        assert window.notice.label.text() == "The temporary chat was deleted."
        assert commands.export_chat.isEnabled()


def test_deleting_it_and_asking_anew_let_it_go(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window, chat = session.window, session.controller.chat
        ready(qtbot, session)
        use(session, SHORT)
        QTest.mouseClick(window.top_bar.temporary, Qt.MouseButton.LeftButton)
        ask(session, "Name an animal.")
        wait_for_answers(qtbot, session, 2)
        window.commands.delete.trigger()
        qtbot.waitUntil(lambda: stored(session) == 0, timeout=WAIT_MS)
        assert chat.chat is None
        assert (chat.which.begins_temporary, window.top_bar.temporary.state) == (False, Temporary.OFFERED)
        assert session.app.ordering.trash().result(60) == []


def test_it_is_kept_where_a_person_wants_that(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window, chat = session.window, session.controller.chat
        ready(qtbot, session)
        use(session, SHORT)
        window.commands.temporary_chat.trigger()
        ask(session, "Name an animal.")
        messages = wait_for_answers(qtbot, session, 2)
        QTest.mouseClick(window.top_bar.temporary, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: listed(session) == {messages[0].chat_id}, timeout=WAIT_MS)
        qtbot.waitUntil(window.commands.export_chat.isEnabled, timeout=WAIT_MS)
        assert window.top_bar.title.label.text() == "Name an animal"
        assert not window.top_bar.temporary.isVisible()
        assert shown(session) == messages
        window.commands.new_chat.trigger()
        assert chat.chat is None
        session.controller.open_chat(messages[0].chat_id)
        qtbot.waitUntil(lambda: len(shown(session)) == 2, timeout=WAIT_MS)


def test_one_that_is_left_before_it_is_stored_as_kept_is_kept(running: Running, qtbot: QtBot) -> None:
    may_write = threading.Event()
    with running() as session:
        window, chat = session.window, session.controller.chat
        ready(qtbot, session)
        use(session, SHORT)
        window.commands.temporary_chat.trigger()
        ask(session, "Name an animal.")
        messages = wait_for_answers(qtbot, session, 2)
        try:
            session.app.database.write(lambda _connection: may_write.wait())
            QTest.mouseClick(window.top_bar.temporary, Qt.MouseButton.LeftButton)
            window.commands.new_chat.trigger()
            assert chat.chat is None
        finally:
            may_write.set()
        qtbot.waitUntil(lambda: listed(session) == {messages[0].chat_id}, timeout=WAIT_MS)
        session.app.ordering.leave(messages[0].chat_id).result(60)
        kept = "This chat is in the list now, and is kept."
        qtbot.waitUntil(lambda: window.notice.label.text() == kept, timeout=WAIT_MS)
        session.controller.open_chat(messages[0].chat_id)
        qtbot.waitUntil(lambda: shown(session) == messages, timeout=WAIT_MS)


def test_it_is_shown_in_no_other_window(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        session.window.commands.temporary_chat.trigger()
        ask(session, "Name an animal.")
        messages = wait_for_answers(qtbot, session, 2)
        first, other = session.windows.foremost, session.windows.open()
        assert session.windows.foremost is other
        session.windows.show_chat(messages[0].chat_id)  # as a click on a notification does
        assert other.controller.chat.chat_id is None
        other.window.commands.temporary_chat.trigger()
        other.window.close()
        qtbot.waitUntil(lambda: session.windows.all == (first,), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: first.window.composer.state == "idle", timeout=WAIT_MS)
        assert first.controller.chat.chat.id == messages[0].chat_id
        assert (stored(session), stored(session, "messages")) == (1, 2)


def test_nothing_that_is_typed_for_it_is_kept_and_the_draft_of_an_ordinary_one_is(
    running: Running, qtbot: QtBot, tmp_path: Path
) -> None:
    with running() as session:
        window, chat = session.window, session.controller.chat
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        kept = wait_for_answers(qtbot, session, 2)[0].chat_id
        window.commands.new_chat.trigger()
        window.composer.set_text("An ordinary question")
        chat.drafts.save()
        session.controller.open_chat(kept)
        qtbot.waitUntil(lambda: chat.chat is not None, timeout=WAIT_MS)
        window.commands.temporary_chat.trigger()
        window.composer.set_text("A secret one")
        chat.drafts.save()
        assert session.app.unsent.of_new_chat(chat.drafts.draft_id).result(60).text == "An ordinary question"
        note = tmp_path / "secret.txt"
        note.write_text("A secret file")
        session.controller._attachments.attach([str(note)])
        qtbot.waitUntil(lambda: len(window.composer.files) == 1, timeout=WAIT_MS)
        assert session.app.unsent.of_new_chat(chat.drafts.draft_id).result(60).files == ()
        window.composer.set_files(())
        state = session.controller.state(load_window_state(session.app.paths.window_file))
        assert "secret" not in repr(state)
        window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: window.composer.text() == "An ordinary question", timeout=WAIT_MS)
        window.commands.temporary_chat.trigger()
        assert window.composer.text() == "An ordinary question", "what is typed stays where it is"
        assert not session.app.unsent.of_new_chat(chat.drafts.draft_id).result(60).text, "and is kept no longer"


def test_it_outlives_another_language_and_not_the_end_of_the_app(running: Running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        session.window.commands.temporary_chat.trigger()
        session.app.settings.change("language", "language", Language.GERMAN)
        qtbot.waitUntil(lambda: session.window.commands.new_chat.text() == "Neuer Chat", timeout=WAIT_MS)
        assert session.window.top_bar.temporary.state is Temporary.CHOSEN
        ready(qtbot, session)
        ask(session, "Name an animal.")
        messages = wait_for_answers(qtbot, session, 2)
        session.app.settings.change("language", "language", Language.ENGLISH)
        qtbot.waitUntil(lambda: session.window.commands.new_chat.text() == "New chat", timeout=WAIT_MS)
        assert shown(session) == messages
        assert session.window.top_bar.temporary.state is Temporary.OPEN
        ready(qtbot, session)
        ask(session, "And a plant?")
        wait_for_answers(qtbot, session, 4)
    assert not load_window_state(paths.window_file).chat_id
    with running() as session:
        ready(qtbot, session)
        assert (stored(session), stored(session, "messages"), shown(session)) == (0, 0, [])
