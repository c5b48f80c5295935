"""Folders, the archive and the trash, through the whole window with real parts."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Chat
from desktop_app.domain.ids import new_id
from desktop_app.gui.dialogs.confirm import ConfirmDialog
from desktop_app.gui.dialogs.name import NameDialog
from desktop_app.gui.sidebar.list_bar import View
from desktop_app.storage import chats as rows
from tests.e2e.steps import WAIT_MS
from tests.e2e.test_temporary_drafts import settled


def test_chats_go_into_a_folder_the_archive_and_the_trash_and_come_back(running, qtbot: QtBot) -> None:
    with running() as session:
        window, sidebar, wishes = session.window, session.window.sidebar, session.window.sidebar.list.wishes
        made = [Chat(id=new_id(), title=f"Chat {number}", created_at=1e9, updated_at=1e9) for number in range(3)]
        session.app.database.write(lambda connection: [rows.insert_chat(connection, chat) for chat in made]).result(60)
        ids = [chat.id for chat in made]
        session.controller._bridge.when_done(session.app.chats.list_chats(), session.controller._chats.show)
        qtbot.waitUntil(lambda: sidebar.list.rows.index_of(ids[2]).isValid(), timeout=WAIT_MS)

        wishes.folder_wanted.emit(ids[:2], None)
        dialog = window.findChild(NameDialog)
        dialog.field.setText("Work")
        QTest.keyClick(dialog.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: sidebar.list.rows.row(sidebar.list.rows.index_of(ids[0])).depth == 1, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: "2 chats were moved to “Work”" in window.notice.label.text(), timeout=WAIT_MS)
        (folder,) = sidebar.shelf.folders

        def undo() -> None:
            QTest.mouseClick(window.notice.action, Qt.MouseButton.LeftButton)

        undo()
        qtbot.waitUntil(lambda: sidebar.list.rows.row(sidebar.list.rows.index_of(ids[0])).depth == 0, timeout=WAIT_MS)
        wishes.moved.emit(ids[:1], folder.id)
        qtbot.waitUntil(lambda: session.controller._chats.by_id[ids[0]].folder_id == folder.id, timeout=WAIT_MS)
        moved = "“Chat 0” was moved to “Work”."  # which is said behind what the list shows
        qtbot.waitUntil(lambda: window.notice.label.text() == moved, timeout=WAIT_MS)
        window.notice.show_notice("Something else.")
        wishes.moved.emit(ids[:1], folder.id)
        wishes.moved.emit(ids[1:], None)
        wishes.pinned.emit(ids, False)
        session.app.ordering.shelf().result(60)
        settled(qtbot, session)
        assert window.notice.label.text() == "Something else.", "all of that was so already"
        wishes.folder_removed.emit(folder)
        qtbot.waitUntil(lambda: sidebar.shelf.folders == (), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: "its chats are kept" in window.notice.label.text(), timeout=WAIT_MS)
        undo()
        qtbot.waitUntil(lambda: sidebar.shelf.folders == (folder,), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: session.controller._chats.by_id[ids[0]].folder_id == folder.id, timeout=WAIT_MS)

        wishes.archived.emit(ids[1:2], True)
        qtbot.waitUntil(lambda: not sidebar.list.rows.index_of(ids[1]).isValid(), timeout=WAIT_MS)
        window.commands.show_archive.trigger()
        assert sidebar.list.rows.index_of(ids[1]).isValid()

        wishes.deleted.emit(ids)
        qtbot.waitUntil(lambda: session.controller._chats.by_id == {}, timeout=WAIT_MS)
        window.commands.show_trash.trigger()
        qtbot.waitUntil(lambda: sidebar.list.rows.rowCount() == 3, timeout=WAIT_MS)
        assert sidebar.list.rows.row(sidebar.list.rows.index(0)).note == "30 days"
        wishes.restored.emit(ids[:1])
        qtbot.waitUntil(lambda: sidebar.list.rows.rowCount() == 2, timeout=WAIT_MS)
        QTest.mouseClick(sidebar.empty_trash, Qt.MouseButton.LeftButton)
        question = window.findChild(ConfirmDialog)
        QTest.mouseClick(question.accept_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: sidebar.list.rows.rowCount() == 0, timeout=WAIT_MS)
        sidebar.bar.choose_view(View.CHATS)
        assert sidebar.list.rows.index_of(ids[0]).isValid()
        assert not sidebar.list.rows.index_of(ids[1]).isValid()
