"""Escape means what is being typed, and the focus is where one expects it afterwards."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.unsent import NextQuestion
from desktop_app.gui.main_window import MainWindow
from desktop_app.gui.numbers import NumberField

NewWindow = Callable[..., MainWindow]


@pytest.fixture
def active(new_window: NewWindow, qtbot: QtBot) -> MainWindow:
    window = new_window()
    window.activateWindow()
    window.composer.focus()
    qtbot.waitUntil(window.composer.field.hasFocus)
    return window


def focused() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def test_escape_takes_a_typed_number_back_before_it_stops_an_answer(active: MainWindow, qtbot: QtBot) -> None:
    active.composer.set_state("streaming")
    field = next(field for field in active.panel.findChildren(NumberField) if field.isVisible())
    written = field.text()
    field.setFocus()
    QTest.keyClicks(field, "1")
    with qtbot.assertNotEmitted(active.composer.stop_requested):
        QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == written
    with qtbot.waitSignal(active.composer.stop_requested):
        QTest.keyClick(field, Qt.Key.Key_Escape)


def test_escape_leads_back_to_the_first_page_until_one_has_gone_on_from_there(active: MainWindow) -> None:
    active.show_page("first_run")
    for name in ("models", "settings"):
        active.show_page(name)
    QTest.keyClick(active, Qt.Key.Key_Escape)
    assert active.page == "first_run"
    QTest.keyClick(active, Qt.Key.Key_Escape)
    assert active.page == "first_run"
    active.show_page("chat")
    active.show_page("models")
    QTest.keyClick(active, Qt.Key.Key_Escape)
    assert active.page == "chat"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_after_a_title_was_typed_one_can_go_on_with_the_question(active: MainWindow, key: Qt.Key) -> None:
    title = active.top_bar.title
    edited: list[str] = []
    title.edited.connect(edited.append)
    title.begin()
    assert focused() is title.field
    QTest.keyClicks(title.field, "Lamp in Morse")
    QTest.keyClick(title.field, key)
    assert focused() is active.composer.field
    assert edited == (["Lamp in Morse"] if key is Qt.Key.Key_Return else [])


def test_a_click_on_a_notice_leaves_the_focus_where_it_was(active: MainWindow) -> None:
    notice, done = active.notice, list[str]()
    for button in (notice.action, notice.close_button):
        notice.show_notice("“Lamp” was pinned.", ("Undo", lambda: done.append("undone")))
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert notice.isHidden()
        assert focused() is active.composer.field
    assert done == ["undone"]


@pytest.mark.parametrize("several", [False, True])
def test_a_notice_that_had_the_focus_gives_it_to_the_question(active: MainWindow, several: bool) -> None:
    notice, done = active.notice, list[str]()
    action = ("Undo", lambda: done.append("undone"))
    notice.show_notice("“Lamp” was pinned.", None if several else action, choices=[action] if several else ())
    button = notice.choices[0] if several else notice.action
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert focused() is button
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert done == ["undone"]
    assert focused() is active.composer.field


def test_after_a_click_on_send_one_types_on(active: MainWindow) -> None:
    composer = active.composer
    composer.send_requested.connect(lambda _text: (composer.clear(), composer.set_state("streaming")))
    composer.queue_requested.connect(lambda _text: composer.clear())
    for button in (composer.send, composer.later):
        QTest.keyClicks(composer.field, "Why?")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert composer.text() == ""
        assert focused() is composer.field
    composer.queued.show_queue([NextQuestion(id="1", text="And then?")], "It is waiting.")
    QTest.mouseClick(composer.queued.send, Qt.MouseButton.LeftButton)
    assert focused() is composer.field
