"""Chats of other apps that move into the whole window: looked at, chosen, shown in a folder, removed and brought back."""

import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop_app.domain.chat_file import ChatFile, SavedChat, SavedTag
from desktop_app.domain.shelf import Folder
from desktop_app.gui.moving_in.page import MovingInPage, Step
from desktop_app.gui.start import Session
from desktop_app.gui.system.language import application, speak
from desktop_app.services.chat_files.incoming import Incoming
from desktop_app.settings.schema import Language
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, shown, use, wait_for_answers
from tests.foreign_exports import jan_message, jan_thread, write_chatgpt, write_jan


def looked_at(qtbot: QtBot, session: Session, path: Path) -> MovingInPage:
    session.window.export_dropped.emit(str(path))
    page = session.window.moving_in_page
    qtbot.waitUntil(lambda: page.step is Step.OFFER, timeout=WAIT_MS)
    return page


def import_all(qtbot: QtBot, page: MovingInPage) -> None:
    page.offer.accept_button.click()
    qtbot.waitUntil(lambda: page.step is Step.DONE, timeout=WAIT_MS)


def listed(session: Session) -> int:
    """Count the chats that the sidebar has."""
    return len(session.controller._chats.by_id)


def folders(session: Session) -> list[str]:
    return [folder.name for folder in session.window.sidebar.shelf.folders if isinstance(folder, Folder)]


def test_chats_move_in_are_shown_and_removed_and_come_back(running, qtbot: QtBot, tmp_path: Path) -> None:
    export = write_chatgpt(tmp_path / "conversations.json", 60, 8)
    with running() as session:
        ready(qtbot, session)
        page = looked_at(qtbot, session, export)
        assert page.offer.title.text() == "60 chats from ChatGPT"
        assert page.offer.states.text() == "60 are new."
        import_all(qtbot, page)
        assert page.outcome.words.text() == "60 chats were imported."
        qtbot.waitUntil(lambda: listed(session) == 60, timeout=WAIT_MS)
        assert folders(session) == ["From ChatGPT"]
        page.outcome.show_button.click()
        qtbot.waitUntil(lambda: len(shown(session)) > 1, timeout=WAIT_MS)
        assert session.window.page == "chat"
        newest = max(session.controller._chats.by_id.values(), key=lambda chat: chat.updated_at)
        assert session.controller.chat.chat == newest
        rows = session.window.sidebar.list.rows
        assert rows.index_of(newest.id).isValid()  # the folder is open
        session.window.show_page("moving_in")
        page.outcome.remove_button.click()
        qtbot.waitUntil(lambda: listed(session) == 0, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: folders(session) == [], timeout=WAIT_MS)
        gone = "The imported chats were moved to the trash."
        qtbot.waitUntil(lambda: page.outcome.words.text() == gone, timeout=WAIT_MS)
        assert session.controller.chat.chat is None
        page.outcome.again_button.click()
        qtbot.waitUntil(lambda: page.step is Step.OFFER, timeout=WAIT_MS)
        assert page.offer.states.text() == "60 will be restored from the trash."
        session.window.notice.action.click()  # Undo
        qtbot.waitUntil(lambda: listed(session) == 60, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: folders(session) == ["From ChatGPT"], timeout=WAIT_MS)
        (folder,) = session.window.sidebar.shelf.folders
        assert {chat.folder_id for chat in session.controller._chats.by_id.values()} == {folder.id}


def test_tags_come_along_and_go_again_but_those_that_other_chats_got(running, qtbot: QtBot, tmp_path: Path) -> None:
    tags = (SavedTag(id="u", name="Urgent"), SavedTag(id="l", name="Later"))
    chats = tuple(SavedChat(id=key, created_at=1.0, updated_at=1.0, tags=tags) for key in ("one", "two"))
    (tmp_path / "chats.json").write_bytes(msgspec.json.encode(ChatFile(chats=chats)))

    def names_of(session: Session, chat_id: str) -> list[str]:
        return [tag.name for tag in session.window.sidebar.shelf.tags_of(chat_id)]

    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a boat")
        wait_for_answers(qtbot, session, 2)
        mine = session.controller.chat.chat
        assert mine is not None
        page = looked_at(qtbot, session, tmp_path / "chats.json")
        import_all(qtbot, page)
        qtbot.waitUntil(lambda: names_of(session, "two") == ["Later", "Urgent"], timeout=WAIT_MS)
        urgent = next(tag for tag in session.window.sidebar.shelf.tags if tag.id == "u")
        session.window.sidebar.list.wishes.tagged.emit([mine.id], urgent, True)
        qtbot.waitUntil(lambda: names_of(session, mine.id) == ["Urgent"], timeout=WAIT_MS)
        session.window.show_page("moving_in")
        page.outcome.remove_button.click()
        qtbot.waitUntil(lambda: [tag.id for tag in session.window.sidebar.shelf.tags] == ["u"], timeout=WAIT_MS)
        qtbot.waitUntil(lambda: not page.outcome.remove_button.isVisible(), timeout=WAIT_MS)
        session.window.notice.action.click()  # Undo
        qtbot.waitUntil(lambda: names_of(session, "two") == ["Later", "Urgent"], timeout=WAIT_MS)
        qtbot.waitUntil(lambda: listed(session) == 3, timeout=WAIT_MS)


def test_the_window_goes_on_while_chats_come_and_says_when_they_are_there(
    running, qtbot: QtBot, tmp_path: Path
) -> None:
    export = write_chatgpt(tmp_path / "conversations.json", 200, 8)
    with running() as session:
        ready(qtbot, session)
        page = looked_at(qtbot, session, export)
        page.offer.accept_button.click()
        session.window.show_page("chat")
        use(session, SHORT)
        ask(session, "Name a boat")
        wait_for_answers(qtbot, session, 2)
        qtbot.waitUntil(lambda: page.step is Step.DONE, timeout=WAIT_MS)
        notice = session.window.notice
        assert notice.label.text() == "200 chats were imported."
        assert len(shown(session)) == 2
        qtbot.waitUntil(lambda: listed(session) == 201, timeout=WAIT_MS)
        session.window.sidebar.search.setText("Chat 77")
        qtbot.waitUntil(lambda: session.window.sidebar.list.rows.rowCount() > 1, timeout=WAIT_MS)


def test_an_import_that_is_cancelled_says_what_came(
    running, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = write_chatgpt(tmp_path / "conversations.json", 60, 8)
    with running() as session:
        ready(qtbot, session)
        page = looked_at(qtbot, session, export)
        real = session.app.database.write
        writes = 0

        def write(action, *follow):
            nonlocal writes
            writes += 1
            if writes == 4:
                session.controller.moving_in._give_up()
            return real(action, *follow)

        monkeypatch.setattr(session.app.database, "write", write)
        import_all(qtbot, page)
        assert "The import was cancelled" in page.outcome.words.text()
        qtbot.waitUntil(lambda: 0 < listed(session) < 60, timeout=WAIT_MS)
        page.outcome.again_button.click()
        qtbot.waitUntil(lambda: page.step is Step.OFFER, timeout=WAIT_MS)
        import_all(qtbot, page)
        qtbot.waitUntil(lambda: listed(session) == 60, timeout=WAIT_MS)


@pytest.fixture
def _english_again() -> Iterator[None]:
    yield
    speak(application(), Language.ENGLISH)


@pytest.mark.usefixtures("_english_again")
def test_an_import_goes_on_in_another_language(running, qtbot: QtBot, tmp_path: Path) -> None:
    def choose(language: Language) -> MovingInPage:
        former = session.window
        session.controller._settings.change("language", "language", language)
        qtbot.waitUntil(lambda: session.window is not former, timeout=WAIT_MS)
        return session.window.moving_in_page

    export = write_chatgpt(tmp_path / "conversations.json", 200, 8)
    with running() as session:
        ready(qtbot, session)
        page = looked_at(qtbot, session, export)
        page.rows.toggle(page.rows.index(0))
        page = choose(Language.GERMAN)
        assert session.window.page == "moving_in"
        assert page.step is Step.OFFER
        assert len(page.rows.chosen) == 199
        page.offer.accept_button.click()
        page = choose(Language.ENGLISH)
        assert page.step in (Step.IMPORTING, Step.DONE)
        qtbot.waitUntil(lambda: page.step is Step.DONE, timeout=WAIT_MS)
        assert page.outcome.words.text() == "199 chats were imported."
        qtbot.waitUntil(lambda: listed(session) == 199, timeout=WAIT_MS)
        page.outcome.more_button.click()
        assert looked_at(qtbot, session, export).rows.chosen


def test_the_app_ends_in_the_midst_of_an_import(
    running, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = write_chatgpt(tmp_path / "conversations.json", 400, 8)
    some_came, may_go_on = threading.Event(), threading.Event()
    store = Incoming._store_together

    def store_and_wait(*given: object) -> None:
        store(*given)
        some_came.set()
        assert may_go_on.wait(WAIT_MS / 1000)

    monkeypatch.setattr(Incoming, "_store_together", store_and_wait)
    with running() as session:
        ready(qtbot, session)
        page = looked_at(qtbot, session, export)
        page.offer.accept_button.click()
        qtbot.waitUntil(some_came.is_set, timeout=WAIT_MS)
        assert page.step is Step.IMPORTING
        may_go_on.set()
    with running() as session:
        ready(qtbot, session)
        qtbot.waitUntil(lambda: listed(session) > 0, timeout=WAIT_MS)
        came = listed(session)
        page = looked_at(qtbot, session, export)
        if came < 400:  # a quick computer had nearly all of them
            import_all(qtbot, page)
            qtbot.waitUntil(lambda: listed(session) == 400, timeout=WAIT_MS)
        chats = session.app.database.read(
            lambda connection: (
                connection.exec_driver_sql("SELECT count(*) FROM messages GROUP BY chat_id").scalars().all()
            )
        )
        assert chats.result(60) == [8] * 400


def test_what_other_apps_keep_here_is_found_when_the_page_is_opened(
    running, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = tmp_path / "person" / ".local/share/Jan/data/threads"
    write_jan(threads, jan_thread("t1", "Talk"), [jan_message("m1", "user", "Hello", 1_730_000_000)])
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "person")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    with running() as session:
        ready(qtbot, session)
        session.window.commands.import_chats.trigger()
        page = session.window.moving_in_page
        qtbot.waitUntil(lambda: len(page.door.found_buttons) == 1, timeout=WAIT_MS)
        page.door.found_buttons[0].click()
        qtbot.waitUntil(lambda: page.step is Step.OFFER, timeout=WAIT_MS)
        assert page.offer.title.text() == "1 chat from Jan"
        session.app.settings.change("folders", "other_apps", False)
        session.window.show_page("chat")
        session.window.show_page("moving_in")
        page.show_door()
        qtbot.waitUntil(lambda: page.door.found_buttons == [], timeout=WAIT_MS)


def test_a_file_is_chosen_in_a_dialog(running, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[QFileDialog] = []
    monkeypatch.setattr(
        QFileDialog, "open", lambda dialog: asked.append(dialog)
    )  # the offscreen platform has none to show
    export = write_chatgpt(tmp_path / "conversations.json", 2, 4)
    with running() as session:
        ready(qtbot, session)
        session.window.commands.import_chats.trigger()
        page = session.window.moving_in_page
        page.door.folder_button.click()
        page.door.file_button.click()
        assert [each.fileMode() for each in asked] == [
            QFileDialog.FileMode.Directory,
            QFileDialog.FileMode.ExistingFile,
        ]
        asked[1].filesSelected.emit([str(export)])
        qtbot.waitUntil(lambda: page.step is Step.OFFER, timeout=WAIT_MS)
        page.offer.folder_switch.click()
        import_all(qtbot, page)
        assert folders(session) == []
