"""The dialogs about files that chats go to and come from."""

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop_app.domain.backups import Backup, KeptChat, Line, Reason
from desktop_app.domain.chats import Chat
from desktop_app.domain.exports import ExportFormat, ExportOptions
from desktop_app.gui.chat_files.export_dialog import ExportDialog
from desktop_app.gui.chat_files.progress_dialog import ProgressDialog
from desktop_app.gui.chat_files.restore_dialog import RestoreDialog, about, backup_words, day
from desktop_app.gui.widgets.controls import Button
from desktop_app.gui.widgets.switch_row import SwitchRow
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.chat_files.arrivals import Imported
from desktop_app.services.chat_files.import_words import imported_words
from desktop_app.support.formats import date
from tests.gui.conftest import destroy

BACKUPS = [
    Backup(path="/b/1.db", made_at=1_795_000_000.0, reason=Reason.ASKED, size=3_000_000),
    Backup(path="/b/2.db", made_at=1_794_000_000.0, reason=Reason.MIGRATION, size=2_000_000),
]


def kept(name: str, messages: int = 3) -> KeptChat:
    return KeptChat(chat=Chat(id=name, title=name.title(), created_at=1.0, updated_at=1.0), messages=messages)


@pytest.fixture
def restoring(window: MainWindow):
    dialog = RestoreDialog(window.theme, ("boat",), window)
    dialog.open()
    yield dialog
    if isValid(dialog):  # one that was accepted goes by itself
        destroy(dialog)


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_a_format_is_chosen_by_keyboard_with_what_goes_into_it(
    window: MainWindow, qtbot: QtBot, kind: ExportFormat
) -> None:
    dialog = ExportDialog(window.theme, "Boats", ExportFormat.MARKDOWN, window)
    dialog.open()
    button = next(button for button in dialog.buttons if button.answer.value is kind)
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert dialog.kind is kind
    assert dialog.traces.isVisible() is (kind is ExportFormat.JSON)
    assert dialog.branches.isVisible() is dialog.thoughts.isVisible() is (kind is not ExportFormat.JSON)
    dialog.branches.click()
    dialog.traces.click()
    with qtbot.waitSignal(dialog.chosen) as chosen:
        QTest.keyClick(button, Qt.Key.Key_Return)
    assert chosen.args == [kind, ExportOptions(all_branches=True, thoughts=True, traces=False)]


def test_nothing_moves_when_another_format_is_chosen(window: MainWindow) -> None:
    dialog = ExportDialog(window.theme, "", ExportFormat.JSON, window)
    dialog.open()
    before = dialog.size(), [button.geometry() for button in dialog.buttons], dialog.accept_button.geometry()
    dialog.buttons[0].click()
    QTest.qWait(0)
    assert (dialog.size(), [button.geometry() for button in dialog.buttons], dialog.accept_button.geometry()) == before
    dialog.reject()
    destroy(dialog)


@pytest.mark.parametrize("kind", [ExportFormat.MARKDOWN, ExportFormat.JSON])
def test_there_is_room_for_the_switches_that_are_shown_together(window: MainWindow, kind: ExportFormat) -> None:
    dialog = ExportDialog(window.theme, "Boats", kind, window)
    dialog.open()
    QTest.qWait(0)
    rows = [row for row in dialog.findChildren(SwitchRow) if row.isVisible()]
    below = dialog.accept_button.y() - max(row.geometry().bottom() for row in rows)
    assert all(row.height() >= row.minimumSizeHint().height() for row in rows)
    assert 0 < below < (1 if kind is ExportFormat.MARKDOWN else 3) * rows[0].height()
    dialog.reject()
    destroy(dialog)


def test_a_narrow_row_has_the_whole_day() -> None:
    assert day(kept("boat", 3)) == date(1.0)
    assert about(kept("boat", 3)).startswith(date(1.0))


def test_a_backup_is_read_when_it_is_chosen(restoring: RestoreDialog, qtbot: QtBot) -> None:
    with qtbot.waitSignal(restoring.backup_chosen) as chosen:
        restoring.show_backups(BACKUPS)
    assert chosen.args == [BACKUPS[0]]
    with qtbot.waitSignal(restoring.chat_chosen) as asked:
        restoring.show_chats(BACKUPS[0], [kept("boat"), kept("lamp")])
    assert asked.args == [BACKUPS[0], "boat"]
    restoring.show_preview("boat", [Line(True, "Which *name*?"), Line(False, "**Heron**.")])
    assert restoring.preview.toPlainText() == "You: Which *name*?\n\nModel: Heron."
    restoring.show_preview("lamp", [Line(True, "late")])
    assert "late" not in restoring.preview.toPlainText()
    restoring.choice.setCurrentIndex(1)
    restoring.show_chats(BACKUPS[0], [kept("boat")])  # too late
    assert restoring.kept is None
    assert restoring.words.text() == "Reading the backup…"


def test_a_chat_that_is_there_is_restored_beside_or_completed(restoring: RestoreDialog, qtbot: QtBot) -> None:
    restoring.show_backups(BACKUPS)
    restoring.show_chats(BACKUPS[0], [kept("boat"), kept("lamp")])
    assert restoring.complete.isVisible()
    assert restoring.restore.text() == "Restore as a new chat"
    with qtbot.waitSignal(restoring.restore_requested) as asked:
        restoring.restore.click()
    assert asked.args == [BACKUPS[0], "boat", True]


def test_a_chat_that_has_gone_is_found_and_restored_by_keyboard(restoring: RestoreDialog, qtbot: QtBot) -> None:
    restoring.show_backups(BACKUPS)
    restoring.show_chats(BACKUPS[0], [kept("boat"), kept("lamp"), kept("large lamp")])
    QTest.keyClicks(restoring.search, "lamp")
    assert [each.chat.id for each in restoring.rows.entries] == ["lamp", "large lamp"]
    QTest.keyClick(restoring.search, Qt.Key.Key_Down)
    assert restoring.list.hasFocus()
    QTest.keyClick(restoring.list, Qt.Key.Key_Down)
    assert not restoring.complete.isVisible()
    with qtbot.waitSignal(restoring.restore_requested) as asked:
        QTest.keyClick(restoring.list, Qt.Key.Key_Return)
    assert asked.args == [BACKUPS[0], "large lamp", False]


def test_a_search_without_result_and_a_backup_that_cannot_be_read_are_said(restoring: RestoreDialog) -> None:
    restoring.show_backups(BACKUPS)
    restoring.show_chats(BACKUPS[0], [kept("boat")])
    restoring.search.setText("zebra")
    assert restoring.words.isVisible()
    assert not restoring.restore.isEnabled()
    restoring.show_trouble("It cannot be read.")
    assert restoring.words.text() == "It cannot be read."
    assert not restoring.list.isVisible()


def test_a_backup_of_another_passphrase_asks_for_it(restoring: RestoreDialog, qtbot: QtBot) -> None:
    restoring.show_backups(BACKUPS)
    asked: list[tuple[object, str]] = []
    restoring.passphrase_entered.connect(lambda backup, passphrase: asked.append((backup, passphrase)))
    assert not restoring.passphrase.isVisible()
    restoring.ask_for_passphrase(BACKUPS[1], "not the chosen one")
    assert not restoring.passphrase.isVisible()
    restoring.ask_for_passphrase(BACKUPS[0], "This backup is locked.")
    assert restoring.passphrase.isVisible()
    assert restoring.words.text() == "This backup is locked."
    assert not restoring.restore.isEnabled()
    QTest.keyClick(restoring.passphrase.line, Qt.Key.Key_Return)
    assert asked == []
    QTest.keyClicks(restoring.passphrase.line, "five green boats")
    QTest.keyClick(restoring.passphrase.line, Qt.Key.Key_Return)
    assert asked == [(BACKUPS[0], "five green boats")]
    restoring.show_chats(BACKUPS[0], [kept("boat")])
    assert not restoring.passphrase.isVisible()
    assert restoring.list.isVisible()


def test_without_a_backup_one_can_be_made(restoring: RestoreDialog, qtbot: QtBot) -> None:
    restoring.show_backups([])
    assert not restoring.restore.isVisible()
    with qtbot.waitSignal(restoring.backup_requested):
        restoring.make.click()


def test_closing_is_beside_the_other_buttons(restoring: RestoreDialog) -> None:
    restoring.show_backups(BACKUPS)
    restoring.show_chats(BACKUPS[0], [kept("boat")])
    QApplication.processEvents()
    shown = sorted(
        (each for each in restoring.findChildren(Button) if each.isVisible()), key=lambda each: each.geometry().left()
    )
    assert shown[0] is restoring.close_button
    gaps = [after.geometry().left() - before.geometry().right() - 1 for before, after in pairwise(shown)]
    assert set(gaps) == {restoring.theme.px(8)}


def test_a_backup_says_when_why_and_how_large() -> None:
    assert "before an update" in backup_words(BACKUPS[1])
    assert "3 MB" in backup_words(BACKUPS[0]) or "3.0 MB" in backup_words(BACKUPS[0])


def test_progress_shows_after_a_while_and_can_be_given_up(window: MainWindow, qtbot: QtBot) -> None:
    dialog = ProgressDialog(window.theme, "Exporting…", window)
    assert not dialog.isVisible()
    qtbot.waitUntil(dialog.isVisible)
    dialog.show_progress(500, 1000)
    assert dialog.bar.value() == dialog.bar.maximum() // 2
    with qtbot.waitSignal(dialog.given_up):
        dialog.cancel_button.click()


def test_what_ends_at_once_shows_no_progress(window: MainWindow) -> None:
    dialog = ProgressDialog(window.theme, "Exporting…", window)
    given_up: list[bool] = []
    dialog.given_up.connect(lambda: given_up.append(True))
    dialog.end()
    assert not dialog.isVisible()
    assert not given_up


def test_an_import_is_told_in_whole_sentences() -> None:
    assert imported_words(Imported(new=1)) == "1 chat was imported."
    assert imported_words(Imported(new=2, completed=1, there=3)) == (
        "2 chats were imported. 1 existing chat was completed. 3 chats were there already and stay as they are."
    )
    assert imported_words(Imported()) == "There is no chat in this file."


def test_a_chat_is_exported_from_its_menu(window: MainWindow, qtbot: QtBot) -> None:
    chats = window.sidebar.list
    chat = chats.rows.chat(chats.rows.index_of("boat"))
    assert chat is not None
    menu = chats.menu_for(chat)
    action = next(action for action in menu.actions() if action.text() == "Export…")
    with qtbot.waitSignal(window.sidebar.export_requested) as asked:
        action.trigger()
    assert asked.args == ["boat"]
    destroy(menu)


def test_the_settings_say_where_the_chats_are_and_lead_to_everything(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("settings")
    page = window.settings_page
    card = page.chats_card
    assert card is not None
    assert "no backup" in card.state.text()
    page.show_backups(BACKUPS, "/data/inglenook.db")
    assert "/data/inglenook.db" in card.state.text()
    assert "2 backups" in card.state.text()
    for button, signal in ((card.back_up, page.backup_requested), (card.restore, page.restore_requested),
                           (card.export, page.export_requested), (card.bring, page.import_requested)):  # fmt: skip
        with qtbot.waitSignal(signal):
            button.click()
    assert page.search is not None
    page.search.setText("restore a chat")
    assert card.isVisible()
    page.search.setText("temperature zebra")
    assert not card.isVisible()
