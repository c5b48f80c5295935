"""What a person does in the window, with the real model behind it."""

import gc
import json
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Conversation
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.start import Session
from desktop_app.gui.window.controller import WindowController
from desktop_app.services.network.downloads import Downloads
from desktop_app.settings.window_state import load_window_state
from desktop_app.support.paths import Paths
from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, STORY, WAIT_MS, ask, ready, shown, use, wait_for_answers
from tests.e2e.test_temporary_drafts import settled


def test_a_conversation_survives_a_restart(running, qtbot: QtBot, paths: Paths) -> None:
    with running(welcomed=False) as session:
        assert session.window.page == "first_run"
        QTest.mouseClick(session.window.first_run.starter_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: session.window.page == "chat", timeout=WAIT_MS)
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "What is the capital of France?")
        question, answer = wait_for_answers(qtbot, session, 2)
        assert question.text == "What is the capital of France?"
        assert answer.text.strip()
        QTest.keyClicks(session.window.composer.field, "an unfinished thought")
        session.window.resize(711, 577)
    with running() as session:
        qtbot.waitUntil(lambda: len(shown(session)) == 2, timeout=WAIT_MS)
        assert shown(session) == [question, answer]
        assert session.window.composer.text() == "an unfinished thought"
        assert (session.window.width(), session.window.height()) == (711, 577)
        assert session.window.page == "chat"
        assert session.controller is not None
        assert session.controller.chat.chat is not None
        assert session.controller.chat.chat.title == "What is the capital of France?"


def test_the_start_hears_nothing_of_the_window_once_that_is_painted(running, qtbot: QtBot, monkeypatch) -> None:
    heard: list[QEvent.Type] = []
    hears = Session.eventFilter
    monkeypatch.setattr(
        Session, "eventFilter", lambda self, *event: (heard.append(event[1].type()), hears(self, *event))[1]
    )
    with running() as session:
        ready(qtbot, session)
        assert heard.count(QEvent.Type.Paint) == 1
        heard.clear()
        session.window.repaint()
        assert not heard


def test_whoever_begins_another_way_than_on_the_first_page_is_welcome_too(running, qtbot: QtBot, paths: Paths) -> None:
    with running(welcomed=False) as session:
        page = session.window.models_page
        session.window.show_page("models")
        qtbot.waitUntil(lambda: bool(page.local_cards), timeout=WAIT_MS)
        QTest.mouseClick(next(iter(page.local_cards.values())).chat, Qt.MouseButton.LeftButton)
    assert load_window_state(paths.window_file).welcomed
    paths.window_file.unlink()
    with running(welcomed=False) as session:
        assert session.window.page == "first_run"
        session.window.commands.new_chat.trigger()
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)
    assert load_window_state(paths.window_file).welcomed


def test_a_window_that_closes_at_once_forgets_nothing(running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Remember me")
        messages = wait_for_answers(qtbot, session, 2)
    with running() as session:
        pass
    with running() as session:
        qtbot.waitUntil(lambda: shown(session) == messages, timeout=WAIT_MS)


def test_garbage_is_left_to_the_windows_thread_while_it_runs(running) -> None:
    gc.enable()  # as in a process that begins
    try:
        with running():
            assert not gc.isenabled()
        assert gc.isenabled()
    finally:
        gc.disable()


def test_a_draft_without_a_chat_survives_too(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        QTest.keyClicks(session.window.composer.field, "not sent")
    with running() as session:
        assert session.window.composer.text() == "not sent"


def test_an_enter_before_everything_is_there_is_not_lost(running, qtbot: QtBot) -> None:
    with running(wait=False) as session:
        session.settings.change("sampling", "max_tokens", 8)
        session.show()
        ask(session, "Early bird")
        assert session.app is None
        question, _ = wait_for_answers(qtbot, session, 2)
        assert question.text == "Early bird"


def test_stop_regenerate_edit_and_walk(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, Sampling(max_tokens=2000, seed=7, min_p=0.0))
        ask(session, STORY)
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and len(shown(session)[1].text) > 30, timeout=WAIT_MS)
        assert session.window.composer.state == "streaming"
        QTest.mouseClick(session.window.composer.send, Qt.MouseButton.LeftButton)
        question, stopped = wait_for_answers(qtbot, session, 2)
        assert stopped.status is MessageStatus.STOPPED

        use(session, SHORT)
        view = session.window.chat_view()
        view.regenerate_requested.emit(stopped.id)
        qtbot.waitUntil(lambda: shown(session)[-1].id != stopped.id, timeout=WAIT_MS)
        _, again = wait_for_answers(qtbot, session, 2)
        assert again.parent_id == question.id

        view.sibling_requested.emit(again.id, -1)
        qtbot.waitUntil(lambda: shown(session)[-1].id == stopped.id, timeout=WAIT_MS)

        view.edit_requested.emit(question.id)
        composer = session.window.composer
        assert composer.text() == STORY
        composer.field.selectAll()
        QTest.keyClicks(composer.field, "Name a colour.")
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: shown(session)[0].text == "Name a colour.", timeout=WAIT_MS)
        wait_for_answers(qtbot, session, 2)
        view.sibling_requested.emit(shown(session)[0].id, -1)
        qtbot.waitUntil(lambda: shown(session)[0].id == question.id, timeout=WAIT_MS)


def test_another_chat_can_be_read_while_one_streams(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "First chat")
        first = wait_for_answers(qtbot, session, 2)
        session.window.sidebar.new_chat_requested.emit()
        use(session, Sampling(max_tokens=100, seed=7, min_p=0.0))
        ask(session, STORY)
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and len(shown(session)[1].text) > 10, timeout=WAIT_MS)
        streaming = shown(session)[1]
        session.window.sidebar.chat_chosen.emit(first[0].chat_id)
        qtbot.waitUntil(lambda: shown(session) == first, timeout=WAIT_MS)
        assert session.window.composer.state == "idle"
        session.window.sidebar.chat_chosen.emit(streaming.chat_id)
        qtbot.waitUntil(lambda: bool(shown(session)) and shown(session)[-1].id == streaming.id, timeout=WAIT_MS)
        _, ended = wait_for_answers(qtbot, session, 2)
        assert ended.status is MessageStatus.COMPLETE


def test_a_chat_that_is_being_read_is_shown_when_it_is_there(running, qtbot: QtBot, monkeypatch) -> None:
    """What changes in it meanwhile does not show it without its messages, nor as it was before."""
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        messages = wait_for_answers(qtbot, session, 2)
        chat_id = messages[0].chat_id
        session.window.sidebar.new_chat_requested.emit()
        assert shown(session) == []
        read: Future[Conversation] = Future()
        with monkeypatch.context() as late:
            late.setattr(session.app.chats, "open_chat", lambda _id: read)
            session.window.sidebar.chat_chosen.emit(chat_id)
        session.app.chats.rename(chat_id, "Another title")
        qtbot.waitUntil(lambda: session.controller._chats.by_id[chat_id].title == "Another title", timeout=WAIT_MS)
        assert session.controller.chat.chat is None
        read.set_result(session.app.chats.open_chat(chat_id).result(WAIT_MS))
        qtbot.waitUntil(lambda: shown(session) == messages, timeout=WAIT_MS)
        chat = session.controller.chat.chat
        assert chat is not None
        assert chat.title == "Another title"


def test_delete_and_undo(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Keep me")
        messages = wait_for_answers(qtbot, session, 2)
        session.window.sidebar.list.wishes.deleted.emit([messages[0].chat_id])
        qtbot.waitUntil(lambda: shown(session) == [], timeout=WAIT_MS)
        qtbot.waitUntil(lambda: session.window.notice.isVisible(), timeout=WAIT_MS)
        QTest.mouseClick(session.window.notice.action, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: shown(session) == messages, timeout=WAIT_MS)


def test_a_question_that_is_too_long_stays_in_the_composer(running, qtbot: QtBot, paths: Paths) -> None:
    paths.config.mkdir(parents=True)
    paths.settings_file.write_text('{"engine": {"context_size": 512}}')
    with running() as session:
        ready(qtbot, session)
        text = "word " * 2000
        session.window.composer.set_text(text)
        QTest.keyClick(session.window.composer.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: session.window.notice.isVisible(), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: session.window.composer.text() == text, timeout=WAIT_MS)
        assert "tokens" in session.window.notice.label.text()
        assert session.window.composer.state == "idle"
        assert shown(session) == []


def test_closing_the_window_while_streaming(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, Sampling(max_tokens=2000, seed=7, min_p=0.0))
        ask(session, STORY)
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and len(shown(session)[1].text) > 30, timeout=WAIT_MS)
        session.window.close()
    with running() as session:
        qtbot.waitUntil(lambda: len(shown(session)) == 2, timeout=WAIT_MS)
        answer = shown(session)[1]
        assert answer.status is MessageStatus.INTERRUPTED
        assert len(answer.text) > 30


def test_themes_and_settings_apply_at_once(running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        session.window.sidebar.page_requested.emit("settings")
        session.window.settings_page.setting_changed.emit("appearance", "theme", "dark")
        qtbot.waitUntil(lambda: session.window.theme.dark and session.window.updatesEnabled(), timeout=WAIT_MS)
        colour = session.window.grab().toImage().pixelColor(QPoint(2, 2))
        assert colour.lightness() < 60
        qtbot.waitUntil(
            lambda: json.loads(paths.settings_file.read_text()).get("appearance") == {"theme": "dark"}, timeout=WAIT_MS
        )
        session.window.settings_page.reset_requested.emit("appearance", "")
        qtbot.waitUntil(lambda: not session.window.theme.dark, timeout=WAIT_MS)


def test_a_look_that_changes_while_the_app_starts_is_taken_on(qtbot: QtBot, running: Running) -> None:
    with running(wait=False) as session:
        assert session.windows is None
        assert not session.window.theme.dark
        session.settings.change("appearance", "theme", "dark")  # as the system may at the beginning of an evening
        qtbot.waitUntil(lambda: session.windows is not None and session.window.theme.dark, timeout=WAIT_MS)
        qtbot.waitUntil(session.window.updatesEnabled, timeout=WAIT_MS)
        ready(qtbot, session)


def test_damaged_settings_are_told_and_kept(running, qtbot: QtBot, paths: Paths) -> None:
    paths.config.mkdir(parents=True)
    paths.settings_file.write_text('{"appearance": {"theme": "dark"')
    with running() as session:
        assert session.window.notice.isVisible()
        assert "settings" in session.window.notice.label.text()
    (kept,) = paths.config.glob("settings.json.bak-*")
    assert "dark" in kept.read_text()


def test_what_is_loaded_before_the_first_paint_and_after(tmp_path: Path) -> None:
    script = """
import os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from desktop_app.gui.start import Session
from desktop_app.services.data_folder.place import Place
from desktop_app.settings.window_state import load_window_state
from desktop_app.support.paths import Paths

HEAVY = ("sqlalchemy", "alembic", "huggingface_hub", "llama_cpp", "markdown_it", "pygments", "jinja2", "numpy", "psutil")
def loaded(): return [name for name in HEAVY if name in sys.modules]

def main():
    paths = Paths.below(Path(sys.argv[1]))
    qt = QApplication([])
    session = Session(paths, Place.take(paths))
    session.show()
    before = loaded()
    session.services_started.connect(lambda: QTimer.singleShot(2500, qt.quit))
    qt.exec()
    after = loaded()
    session.end()
    print(before, [name for name in after if name in ("huggingface_hub", "llama_cpp", "jinja2", "numpy")])

if __name__ == "__main__":
    main()
"""
    file = tmp_path / "driver.py"
    file.write_text(script)
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, str(file), str(tmp_path / "home")],
        env={"PYTHONPATH": root, "PATH": "/usr/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.splitlines()[-1] == "[] []", done.stdout + done.stderr


def test_downloads_go_on_once_the_window_hears_of_them(running, monkeypatch) -> None:
    order: list[str] = []
    begin, start = WindowController.begin, Downloads.start
    monkeypatch.setattr(WindowController, "begin", lambda each, state: (order.append("window"), begin(each, state))[1])
    monkeypatch.setattr(Downloads, "start", lambda each: (order.append("downloads"), start(each))[1])
    with running() as session:
        session.app.pool.submit(lambda: None).result()
    assert order == ["window", "downloads"]


def test_whose_chats_are_there_already_is_no_newcomer(running: Running, qtbot: QtBot, starter_model: str) -> None:
    with running(welcomed=False) as session:
        assert session.window.page == "first_run"
        session.app.chats.list_chats().result(60)  # behind the one that the window asks for at its start
        settled(qtbot, session)
        asked = session.app.chats.ask(
            None, "Name a colour.", model_path=starter_model, sampling=SHORT
        )  # as a command does
        qtbot.waitUntil(lambda: asked.chat_id in session.controller.listed_chats, timeout=WAIT_MS)
        assert session.window.page == "first_run", "nothing goes while it is looked at"
        qtbot.waitUntil(lambda: session.app.chats.model_of(asked.answer_ids[0]) is None, timeout=WAIT_MS)
    with running(welcomed=False) as session:
        qtbot.waitUntil(lambda: session.window.page == "chat", timeout=WAIT_MS)
        ready(qtbot, session)
        assert session.controller.chat.chat is None
        window = session.window
        window.show_page("settings")
        window.commands.stop.setEnabled(True)
        QTest.keyClick(window, Qt.Key.Key_Escape)
        assert window.page == "chat", "there is no way back to the first page"
        qtbot.waitUntil(lambda: session.app.engines.states() != [], timeout=WAIT_MS)
