"""The small window for a quick question by itself: its size, its keys, and what a screen reader hears of it."""

from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.gui.desktop.quick_window import QuickWindow
from desktop_app.gui.look.theme import load_theme
from desktop_app.gui.widgets.accessible import speak
from desktop_app.settings.schema import Appearance
from tests.gui.conftest import QWEN, destroy
from tests.screens.desktop_screens import QUICK
from tests.walked_controls import Walk


@pytest.fixture(params=[100, 200])
def quick(
    request: pytest.FixtureRequest, qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[QuickWindow]:
    monkeypatch.setattr(QuickWindow, "raise_", lambda _window: None)  # the platform of the tests has no order
    theme = load_theme(Appearance.LIGHT, request.param, system_dark=False)
    theme.apply(qapp)
    speak(qapp)  # as the main window does, which is always there before it
    made = QuickWindow(theme)
    made.present()
    qtbot.waitExposed(made)
    yield made
    made.hide()
    destroy(made)
    load_theme(Appearance.LIGHT, 100, system_dark=False).apply(qapp)


def test_every_control_is_reached_and_says_what_it_is(quick: QuickWindow) -> None:
    walk = Walk()
    for name, show in QUICK.items():
        quick.say_trouble("")
        quick.show_answer(False)
        show(quick)
        QTest.qWait(1)
        walk.screen(quick, name)
    assert {kind: dict(found) for kind, found in walk.findings.items() if found} == {}


@pytest.mark.parametrize("name", QUICK)
def test_nothing_is_cut_off_and_it_stays_on_the_screen(quick: QuickWindow, name: str) -> None:
    QUICK[name](quick)
    QTest.qWait(1)
    assert quick.screen().availableGeometry().contains(quick.geometry())
    for button in (quick.copy, quick.go_on, quick.retry, quick.open_main, quick.composer.send):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width()
            assert quick.rect().contains(button.mapTo(quick, button.rect().bottomRight()))


def test_the_answer_moves_nothing_once_there_is_room_for_it(quick: QuickWindow) -> None:
    QUICK["quick-answering"](quick)
    QTest.qWait(1)
    size, top = quick.size(), quick.pos()
    QUICK["quick-answered"](quick)
    QTest.qWait(1)
    assert (quick.size(), quick.pos()) == (size, top)


def test_escape_puts_it_away_wherever_the_keyboard_is(quick: QuickWindow, qtbot: QtBot) -> None:
    QUICK["quick-answered"](quick)
    for widget in (quick.composer.field, quick.copy, quick.model, quick.view):
        quick.present()
        widget.setFocus()
        with qtbot.waitSignal(quick.hidden):
            QTest.keyClick(widget, Qt.Key.Key_Escape)
        assert not quick.isVisible()


def test_closing_hides_it(quick: QuickWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(quick.hidden):
        quick.close()
    quick.present()
    assert quick.isVisible()


def test_the_field_promises_only_what_it_takes(quick: QuickWindow) -> None:
    assert quick.composer.field.placeholderText() == "Ask a quick question"  # templates are for the main window


def test_how_far_a_model_is_loaded_is_seen_whole(quick: QuickWindow) -> None:
    named = msgspec.structs.replace(QWEN, name="A model with a name that is as long as they are")
    quick.set_models([named], named.path)
    quick.say_state("Loading the model… 42 %")
    QApplication.processEvents()
    assert quick.state.width() >= quick.state.sizeHint().width()
    quick.say_state("")
    QApplication.processEvents()
    assert quick.model.width() >= quick.theme.px(240)
