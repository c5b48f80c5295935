"""Escape means what is being typed, and the focus is where one expects it afterwards."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.tour import TourProgress, TourStep
from desktop_app.domain.unsent import NextQuestion
from desktop_app.gui.tour.page import NEXT_KEYS
from desktop_app.gui.tour.parts import make_part
from desktop_app.gui.tour.sliders import TopKPart
from desktop_app.gui.widgets.numbers import NumberField
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.chats.chat_map import ChatMap
from tests.gui.conftest import STARTER
from tests.scripted_tour import ScriptedAsking, part_of

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


def test_letters_typed_at_the_conversation_go_into_the_question(active: MainWindow, qtbot: QtBot) -> None:
    view = active.chat_view()
    active.composer.set_text("And ")
    qtbot.waitUntil(view.isVisible)
    view.setFocus()
    QTest.keyClicks(view, "why")
    assert active.composer.text() == "And why"
    assert active.composer.field.hasFocus()
    view.setFocus()
    for key, chord in ((Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier), (Qt.Key.Key_Space, None)):
        QTest.keyClick(view, key, chord or Qt.KeyboardModifier.NoModifier)
    assert active.composer.text() == "And why"
    assert view.hasFocus()


@pytest.mark.parametrize("name", ["data", "about"])
def test_a_page_to_read_is_scrolled_by_the_keyboard(name: str, active: MainWindow, qtbot: QtBot) -> None:
    active.show_page(name)
    page = active.pages.currentWidget()
    qtbot.waitUntil(page.hasFocus)  # not the button that deletes everything, nor the switch for the network
    assert page.verticalScrollBar().value() == 0  # nor is that scrolled to
    QTest.keyClick(page, Qt.Key.Key_Space)
    assert page.hasFocus()


def test_a_map_that_cannot_be_drawn_keeps_the_focus_on_its_page(active: MainWindow, qtbot: QtBot) -> None:
    page = active.map_page
    page.show_models([STARTER], STARTER.path)
    active.show_page("map")
    qtbot.waitUntil(page.view.hasFocus)
    page.show_map(ChatMap(model_path=STARTER.path, total=1))
    assert not page.view.isVisible()
    assert page.hasFocus()


def test_the_list_of_commands_gives_the_focus_back(active: MainWindow, qtbot: QtBot) -> None:
    active.show_page("settings")
    search = active.settings_page.search
    qtbot.waitUntil(search.hasFocus)
    active.command_palette.open()
    qtbot.waitUntil(active.command_palette.field.hasFocus)
    QTest.keyClick(active.command_palette.field, Qt.Key.Key_Escape)
    assert not active.command_palette.isVisible()
    assert search.hasFocus()


def test_a_page_that_a_shortcut_shows_takes_the_place_of_the_list_of_commands(active: MainWindow) -> None:
    active.command_palette.open()
    assert active.command_palette.field.hasFocus()
    active.show_page("settings")
    assert not active.command_palette.isVisible()
    assert active.pages.isAncestorOf(focused())


def test_the_list_of_commands_keeps_no_focus_out_of_sight(active: MainWindow) -> None:
    active.show_page("settings")
    active.command_palette.open()
    active.settings_page.search.hide()  # where the focus was
    QTest.keyClick(active.command_palette.field, Qt.Key.Key_Escape)
    assert focused().isVisible()


def test_the_key_for_the_question_field_leads_to_it_from_every_page(active: MainWindow) -> None:
    active.show_page("settings")
    active.composer.focus()
    assert active.pages.isAncestorOf(focused())
    assert focused().isVisible()
    active.commands.focus_composer.trigger()
    assert active.page == "chat"
    assert focused() is active.composer.field


@pytest.fixture
def in_tour(active: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window with the tour, where a number of one step is being typed."""
    page, asking = active.tour_page, ScriptedAsking()
    page.make_part = lambda step: make_part(step, page.theme, asking)
    page.go_on(TourProgress().moved(TourStep.TOP_K))
    active.show_page("tour")
    field = part_of(page, TopKPart).findChild(NumberField)
    assert field is not None
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    return active


def test_the_keys_for_the_next_step_of_the_tour_leave_the_focus_in_it(in_tour: MainWindow) -> None:
    QTest.keySequence(in_tour, NEXT_KEYS)
    assert in_tour.tour_page.step is TourStep.TOP_P
    assert focused().isVisible()
    assert in_tour.tour_page.isAncestorOf(focused())


def test_the_focus_does_not_come_back_to_what_a_page_shows_no_more(in_tour: MainWindow) -> None:
    in_tour.show_page("chat")
    in_tour.tour_page.go_on(TourProgress().moved(TourStep.TOKENS))  # as another window does
    in_tour.show_page("tour")
    assert focused().isVisible()
    assert in_tour.tour_page.isAncestorOf(focused())
