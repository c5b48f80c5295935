"""What is typed in a line of the settings, or of a dialog, and not left yet, outlives its window."""

from collections.abc import Iterator

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from desktop_app.gui.sidebar.tags_dialog import TagsDialog
from desktop_app.gui.start import Session
from desktop_app.gui.system.language import application, speak
from desktop_app.services.data_folder.locked_history import Change
from desktop_app.settings.schema import Language
from tests.e2e.lock_steps import PASSPHRASE, lock, open_with
from tests.e2e.steps import WAIT_MS, ready


@pytest.fixture
def english_again() -> Iterator[None]:
    yield
    speak(application(), Language.ENGLISH)


def type_over(line: QLineEdit, words: str) -> None:
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, words)
    assert line.text() == words


@pytest.mark.usefixtures("english_again")
def test_a_setting_outlives_another_language(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        window = session.window
        window.show_page("settings")
        line = window.settings_page.row("history", "trash_days").findChild(QLineEdit)
        type_over(line, "17")
        session.settings.change("language", "language", Language.GERMAN)
        qtbot.waitUntil(lambda: session.window is not window, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: session.settings.value.history.trash_days == 17, timeout=WAIT_MS)


@pytest.mark.parametrize("how", ["ended", "locked"])
def test_the_name_of_a_tag_outlives_the_dialog(running, qtbot: QtBot, how: str) -> None:
    def is_named(session: Session) -> bool:
        return [tag.name for tag in session.app.ordering.shelf().result(60).tags] == ["A name"]

    with running() as session:
        ready(qtbot, session)
        if how == "locked":
            lock(qtbot, session, Change(wanted=PASSPHRASE))
            ready(qtbot, session)
        session.app.ordering.make_tag("old").result(60)
        window = session.window
        qtbot.waitUntil(lambda: len(window.sidebar.shelf.tags) == 1, timeout=WAIT_MS)
        window.sidebar.list.wishes.tags_edited.emit()
        (dialog,) = window.findChildren(TagsDialog)
        qtbot.waitUntil(lambda: len(dialog.fields) == 1, timeout=WAIT_MS)
        type_over(next(iter(dialog.fields.values())), "A name")
        if how == "locked":
            session._keeper.lock()
            open_with(qtbot, session, PASSPHRASE)
            qtbot.waitUntil(lambda: is_named(session), timeout=WAIT_MS)
    if how == "ended":
        with running() as session:
            qtbot.waitUntil(lambda: is_named(session), timeout=WAIT_MS)
