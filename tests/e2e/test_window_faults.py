"""What the window says and keeps when its surroundings fail, or when a command in a terminal works beside it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot
from sqlcipher3 import dbapi2

from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.dialogs.crash import CrashDialog
from desktop_app.gui.start import Session
from desktop_app.services.events import EngineChanged, ServiceEvent
from desktop_app.support.paths import Paths
from tests.e2e.steps import SHORT, STORY, WAIT_MS, ask, ready, shown, use, wait_for_answers

ENDLESS = Sampling(max_tokens=4000, seed=7, min_p=0.0)


@contextmanager
def command(paths: Paths, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run `inglenook` on the test's folders; its output is read when it has ended."""
    environment = {**os.environ, "INGLENOOK_HOME": str(paths.data.parent)}
    with subprocess.Popen(
        [sys.executable, "-m", "desktop_app", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def limit_pages(session: Session, pages: int) -> None:
    """Let the database grow to `pages` pages; a full disk is the same SQLITE_FULL to SQLite's callers."""
    assert session.app is not None
    write = session.app.database.write
    write(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}").scalar()).result(60)


def notice_says(session: Session, words: str) -> bool:
    return session.window.notice.isVisible() and words in session.window.notice.label.text()


def test_a_database_of_a_newer_release_is_left_alone_and_told(running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Kept for the newer release")
        wait_for_answers(qtbot, session, 2)
    with dbapi2.connect(str(paths.database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = paths.database.read_bytes()
    with running() as session:
        qtbot.waitUntil(lambda: notice_says(session, "newer"), timeout=WAIT_MS)
        ready(qtbot, session)
        ask(session, "Can you hear me?")
        qtbot.waitUntil(lambda: session.window.composer.text() == "Can you hear me?", timeout=WAIT_MS)
        assert notice_says(session, "newer")
    assert paths.database.read_bytes() == before


def use_small_pages(paths: Paths) -> None:
    """Begin the database with the smallest pages: a few words more of an answer need another one."""
    paths.data.mkdir(parents=True)
    with closing(dbapi2.connect(str(paths.database))) as connection:
        connection.execute("PRAGMA page_size=512")
        connection.execute("VACUUM")


def test_a_full_disk_takes_no_question_and_no_answer(running, qtbot: QtBot, paths: Paths) -> None:
    use_small_pages(paths)
    with running() as session:
        ready(qtbot, session)
        use(session, ENDLESS)
        ask(session, STORY)
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and len(shown(session)[1].text) > 30, timeout=WAIT_MS)
        limit_pages(session, 1)  # no less than the file has now
        qtbot.waitUntil(lambda: notice_says(session, "disk"), timeout=WAIT_MS)
        length = len(shown(session)[1].text)
        qtbot.waitUntil(lambda: len(shown(session)[1].text) > length, timeout=WAIT_MS)  # it goes on all the same
        session.window.composer.stop_requested.emit()
        _, answer = wait_for_answers(qtbot, session, 2)
        assert answer.status is MessageStatus.STOPPED

        question = "Another question. " * 2000
        session.window.composer.set_text(question)
        QTest.mouseClick(session.window.composer.send, Qt.MouseButton.LeftButton)
        assert session.window.composer.text() == ""
        qtbot.waitUntil(lambda: session.window.composer.text() == question, timeout=WAIT_MS)
        assert len(shown(session)) == 2
        limit_pages(session, 1_000_000)
        chat_id = answer.chat_id
    with running() as session:
        qtbot.waitUntil(lambda: bool(shown(session)) and shown(session)[-1] == answer, timeout=WAIT_MS)
        assert shown(session)[0].chat_id == chat_id


def test_a_command_beside_the_window_uses_its_engine(running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, Sampling(max_tokens=200, seed=7, min_p=0.0))
        ask(session, STORY)
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and len(shown(session)[1].text) > 30, timeout=WAIT_MS)
        assert session.app is not None
        events: list[ServiceEvent] = []
        session.app.events.subscribe(events.append)
        with command(paths, "ask", "Say hello", "--max-tokens", "8", "--seed", "1", "--json") as process:
            _, answer = wait_for_answers(qtbot, session, 2)
            qtbot.waitUntil(lambda: process.poll() is not None, timeout=WAIT_MS)
            out, errors = process.communicate()
        assert process.returncode == 0, errors
        assert json.loads(out)["completion_tokens"] > 0
        assert answer.status is MessageStatus.COMPLETE
        assert not [event for event in events if isinstance(event, EngineChanged)]  # no other engine, and no reload
        assert len(session.app.chats.list_chats().result(60)) == 1


def test_a_window_beside_a_command_takes_typing_and_goes_on_when_it_ends(running, qtbot: QtBot, paths: Paths) -> None:
    with command(paths, "ask", STORY, "--max-tokens", "4000", "--min-p", "0", "--seed", "7") as process:
        assert process.stdout is not None
        assert process.stdout.read(5)  # the answer has begun
        with running(wait=False) as session:
            composer = session.window.composer
            qtbot.waitUntil(lambda: composer.state == "disabled", timeout=WAIT_MS)
            QTest.keyClicks(composer.field, "typed meanwhile")
            assert session.app is None
            process.kill()
            ready(qtbot, session)
            qtbot.waitUntil(lambda: session.app is not None, timeout=WAIT_MS)
            assert composer.text() == "typed meanwhile"
            use(session, SHORT)
            composer.send_requested.emit(composer.text())
            wait_for_answers(qtbot, session, 2)


def test_a_window_beside_a_command_can_be_closed(running, qtbot: QtBot, paths: Paths) -> None:
    with command(paths, "ask", STORY, "--max-tokens", "4000", "--min-p", "0", "--seed", "7") as process:
        assert process.stdout is not None
        assert process.stdout.read(5)
        with running(wait=False) as session:
            composer = session.window.composer
            qtbot.waitUntil(lambda: composer.state == "disabled", timeout=WAIT_MS)
            QTest.keyClicks(composer.field, "kept")
        assert process.poll() is None
    with running() as session:
        assert session.window.composer.text() == "kept"


def test_what_nobody_caught_is_told_over_a_dialog_that_is_open(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        session.controller.chat_files.ask_to_restore()
        below = QApplication.activeModalWidget()
        assert isinstance(below, QDialog)
        for report in ("Traceback: the first", "Traceback: the second"):
            session._watch._tell(report, None)
        qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), CrashDialog), timeout=WAIT_MS)
        dialog = QApplication.activeModalWidget()
        assert dialog.report.toPlainText() == "Traceback: the first"
        QCoreApplication.processEvents()
        dialog.continue_button.click()
        qtbot.waitUntil(lambda: QApplication.activeModalWidget() is below, timeout=WAIT_MS)
        below.reject()
