"""What lies at hand: the command palette, the focus on the chat, and the size of all text."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.gui.commands.palette import Choice
from desktop_app.gui.settings.zoom_controller import ZoomController
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.window_state import WindowState

NewWindow = Callable[..., MainWindow]
CTRL = Qt.KeyboardModifier.ControlModifier


# The palette


def names(window: MainWindow) -> list[str]:
    return [choice.name for choice in window.command_palette.rows.entries]


def test_letters_of_words_find_a_command_and_its_keys_are_shown(window: MainWindow) -> None:
    palette = window.command_palette
    palette.open()
    QTest.keyClicks(palette.field, "shopa")
    assert names(window)[0] == "Show or hide the panel"
    assert palette.rows.entries[0].hint == "Ctrl+."


def test_what_was_used_comes_first_and_is_remembered(window: MainWindow, new_window: NewWindow) -> None:
    palette = window.command_palette
    for typed in ("settings", "models"):
        palette.open()
        QTest.keyClicks(palette.field, typed)
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
    palette.open()
    assert names(window)[:2] == ["Models", "Settings"]
    state = window.remembered(WindowState())
    assert state.recent_commands == ("models", "settings")
    other = new_window()
    other.restore(state)
    other.command_palette.open()
    assert names(other)[:2] == ["Models", "Settings"]


def test_a_command_that_is_not_possible_says_why(window: MainWindow, qtbot: QtBot) -> None:
    palette, action = window.command_palette, window.commands.continue_answer
    window.commands.why_not = lambda name: f"No {name}."
    palette.open()
    QTest.keyClicks(palette.field, "continue the")
    assert palette.rows.index(0).data(Qt.ItemDataRole.ToolTipRole) == "No continue_answer."
    with qtbot.assertNotEmitted(action.triggered):
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert window.notice.label.text() == "No continue_answer."
    assert palette.recent == ()


def test_the_keys_of_a_command_that_is_not_possible_say_why(window: MainWindow) -> None:
    window.commands.why_not = lambda name: f"No {name}."
    window.composer.field.setFocus()
    QTest.keyClick(window.composer.field, Qt.Key.Key_F4)
    assert window.notice.label.text() == "No suggest."
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(window.composer.field, Qt.Key.Key_D, control)
    assert window.notice.label.text() == "No compare."
    shown = window.notice.shown
    assert shown is not None
    window.notice.dismiss(shown)
    QTest.keyClick(window.composer.field, Qt.Key.Key_Escape)
    assert not window.notice.isVisible(), "Escape asks for nothing when there is nothing to stop"


def test_a_command_that_is_not_possible_does_nothing(window: MainWindow, qtbot: QtBot) -> None:
    palette, action = window.command_palette, window.commands.continue_answer
    assert not action.isEnabled()
    palette.open()
    QTest.keyClicks(palette.field, "continue the")
    assert not palette.rows.entries[0].is_enabled
    with qtbot.assertNotEmitted(action.triggered):
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_other_things_are_found_below_the_commands(window: MainWindow) -> None:
    ran: list[str] = []
    window.finder = lambda typed: [Choice("Lamp", "document", lambda: ran.append(typed), about="Chat")]
    palette = window.command_palette
    palette.open()
    assert "Lamp" not in names(window)  # not before something is typed
    QTest.keyClicks(palette.field, "lamp")
    assert names(window) == ["Lamp"]
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert ran == ["lamp"]
    assert palette.recent == ()


def test_chats_are_found_by_their_titles(window: MainWindow) -> None:
    assert [chat.id for chat in window.sidebar.chats.titled("LEA")] == ["lease"]


# The focus on the chat


def test_the_focus_hides_everything_beside_the_chat_and_gives_it_back(window: MainWindow) -> None:
    window.stage.toggle_panel()
    window.commands.focus_mode.trigger()
    assert window.commands.focus_mode.isChecked()
    for part in (window.sidebar, window.panel, window.top_bar.pill, window.top_bar.context,
                 window.top_bar.sidebar_button, window.top_bar.panel_button):  # fmt: skip
        assert not part.isVisible()
    assert window.top_bar.title.isVisible()
    assert window.centre.width() == window.stage.width()
    window.top_bar.set_context(4000, 8192)
    assert not window.top_bar.context.isVisible()
    kept = window.remembered(WindowState())
    assert (kept.sidebar_open, kept.panel_open) == (True, False)
    window.commands.focus_mode.trigger()
    assert window.sidebar.isVisible()
    assert not window.panel.isVisible()
    assert window.top_bar.pill.isVisible()
    assert window.top_bar.context.isVisible()
    assert window.centre.geometry().left() == window.sidebar.width()


def test_escape_leaves_the_focus_but_stops_an_answer_first(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    window.focus_on_chat(True)
    qtbot.waitUntil(lambda: window.composer.field.hasFocus())
    window.composer.set_state("streaming")
    with qtbot.waitSignal(window.composer.stop_requested):
        QTest.keyClick(window.composer.field, Qt.Key.Key_Escape)
    assert window.stage.focuses
    window.composer.set_state("idle")
    QTest.keyClick(window.composer.field, Qt.Key.Key_Escape)
    assert not window.stage.focuses
    assert not window.commands.focus_mode.isChecked()


def test_sidebar_and_panel_are_drawers_meanwhile(window: MainWindow) -> None:
    window.focus_on_chat(True)
    window.commands.toggle_sidebar.trigger()
    assert window.sidebar.isVisible()
    assert window.stage.drawer is window.sidebar
    assert window.centre.width() == window.stage.width()
    window.focus_on_chat(False)
    assert window.stage.drawer is None
    assert window.sidebar.isVisible()


def test_the_button_of_the_mouse_leaves_it_too(window: MainWindow) -> None:
    window.show_page("settings")
    window.focus_on_chat(True)
    assert window.page == "chat"
    assert window.top_bar.leave_focus.isVisible()
    window.top_bar.leave_focus.click()
    assert not window.stage.focuses
    assert not window.top_bar.leave_focus.isVisible()


# The size of all text


def turn(window: MainWindow, angle: int, held: Qt.KeyboardModifier = CTRL) -> None:
    """Turn the wheel over the chat."""
    viewport = window.chat_view().viewport()
    middle = QPointF(viewport.rect().center())
    event = QWheelEvent(
        middle, viewport.mapToGlobal(middle), QPoint(), QPoint(0, angle), Qt.MouseButton.NoButton, held,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


@pytest.fixture
def sizes(window: MainWindow) -> list[int]:
    """The sizes that were set, the last one at the end."""
    made = [100]
    ZoomController(window, lambda: made[-1], made.append)
    return made


def test_keys_change_the_size_within_its_bounds(window: MainWindow, sizes: list[int]) -> None:
    for _time in range(12):
        window.commands.zoom_in.trigger()
    assert sizes == [100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200]
    window.commands.zoom_reset.trigger()
    for _time in range(4):
        window.commands.zoom_out.trigger()
    assert sizes[11:] == [100, 90, 80]
    assert "80 %" in window.notice.label.text()


def test_the_wheel_changes_the_size_by_whole_notches_only_with_ctrl(window: MainWindow, sizes: list[int]) -> None:
    turn(window, 120, Qt.KeyboardModifier.NoModifier)
    assert sizes == [100]
    turn(window, 120)
    assert sizes == [100, 110]
    for _time in range(4):  # a touchpad tells of small turns
        turn(window, -30)
    assert sizes == [100, 110, 100]


@pytest.mark.parametrize("key", [Qt.Key.Key_Plus, Qt.Key.Key_Equal])
def test_both_plus_keys_work(window: MainWindow, qtbot: QtBot, key: Qt.Key) -> None:
    window.activateWindow()
    window.composer.focus()
    qtbot.waitUntil(lambda: window.composer.field.hasFocus())
    with qtbot.waitSignal(window.commands.zoom_in.triggered):
        QTest.keyClick(window.composer.field, key, CTRL)
