"""Chats leave the real window as files and come back; backups are made and looked into."""

import json
from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog
from pytestqt.qtbot import QtBot

from desktop_app.domain.exports import ExportFormat, ExportOptions
from desktop_app.gui.chat_files.export_dialog import ExportDialog
from desktop_app.gui.chat_files.restore_dialog import RestoreDialog
from desktop_app.gui.moving_in.page import Step
from desktop_app.gui.start import Session
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, shown, use, wait_for_answers


def notice_says(session: Session, words: str) -> bool:
    return session.window.notice.isVisible() and words in session.window.notice.label.text()


def dialog_of(session: Session, kind: type[QDialog]):
    return next((each for each in session.window.findChildren(kind) if each.isVisible()), None)


def test_a_chat_is_exported_deleted_and_imported_again(running, qtbot: QtBot, tmp_path: Path, monkeypatch) -> None:
    asked: list[QFileDialog] = []
    monkeypatch.setattr(
        QFileDialog, "open", lambda dialog: asked.append(dialog)
    )  # the offscreen platform has none to show
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a boat")
        before = wait_for_answers(qtbot, session, 2)
        session.window.commands.export_chat.trigger()
        asking = dialog_of(session, ExportDialog)
        asking.buttons[3].click()
        asking.accept_button.click()
        (saving,) = asked
        assert saving.acceptMode() is QFileDialog.AcceptMode.AcceptSave
        assert saving.defaultSuffix() == "json"
        saving.filesSelected.emit([str(tmp_path / "boat.json")])
        qtbot.waitUntil(lambda: notice_says(session, "was exported"), timeout=WAIT_MS)
        assert json.loads((tmp_path / "boat.json").read_bytes())["version"] == 1
        chat_id = session.controller.chat.chat.id
        session.window.sidebar.list.wishes.deleted.emit([chat_id])
        qtbot.waitUntil(lambda: session.window.sidebar.list.rows.rowCount() == 0, timeout=WAIT_MS)
        session.controller.moving_in.look(str(tmp_path / "boat.json"))
        page = session.window.moving_in_page
        qtbot.waitUntil(lambda: page.step is Step.OFFER, timeout=WAIT_MS)
        page.offer.accept_button.click()
        qtbot.waitUntil(lambda: page.step is Step.DONE, timeout=WAIT_MS)
        assert page.outcome.words.text() == "1 chat came back from the trash."
        page.outcome.show_button.click()
        qtbot.waitUntil(lambda: shown(session) == before, timeout=WAIT_MS)
        session.controller.moving_in.look(str(tmp_path / "boat.json"))
        qtbot.waitUntil(lambda: page.step is Step.OFFER, timeout=WAIT_MS)
        assert page.offer.states.text() == "1 is here already and stays as it is."
        assert not page.offer.accept_button.isEnabled()


def test_all_chats_become_pages_in_a_folder(running, qtbot: QtBot, tmp_path: Path) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a boat")
        wait_for_answers(qtbot, session, 2)
        target = tmp_path / "All of them"
        session.controller.chat_files.export(None, ExportFormat.PDF, ExportOptions(), target)
        qtbot.waitUntil(lambda: notice_says(session, "1 chat was exported"), timeout=WAIT_MS)
        (file,) = target.iterdir()
        assert file.read_bytes().startswith(b"%PDF")


def test_a_chat_is_restored_from_a_backup_beside_the_present_one(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a boat")
        before = wait_for_answers(qtbot, session, 2)
        session.window.commands.restore_chat.trigger()
        dialog = dialog_of(session, RestoreDialog)
        qtbot.waitUntil(dialog.make.isVisible, timeout=WAIT_MS)
        dialog.make.click()
        qtbot.waitUntil(lambda: notice_says(session, "were backed up"), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: dialog_of(session, RestoreDialog) is None)
        session.window.commands.restore_chat.trigger()
        dialog = dialog_of(session, RestoreDialog)
        qtbot.waitUntil(lambda: "Name a boat" in dialog.preview.toPlainText(), timeout=WAIT_MS)
        dialog.restore.click()
        qtbot.waitUntil(lambda: notice_says(session, "is back"), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and shown(session)[0].id != before[0].id, timeout=WAIT_MS)
        assert [each.parts for each in shown(session)] == [each.parts for each in before]
        assert session.window.sidebar.list.rows.rowCount() == 3  # a heading and two chats


def test_a_file_that_is_none_is_told(running, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "letter.json").write_text("Dear Sir")
    with running() as session:
        ready(qtbot, session)
        session.controller.moving_in.look(str(tmp_path / "letter.json"))
        door = session.window.moving_in_page.door
        qtbot.waitUntil(lambda: "is not a chat export" in door.trouble.text(), timeout=WAIT_MS)
