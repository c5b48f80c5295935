"""Nothing moves where a person, or the system, asks for less motion."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QProxyStyle, QStyle, QStyleHintReturn, QStyleOption, QWidget
from pytestqt.qtbot import QtBot

import desktop_app.gui
from desktop_app.gui.look.appearance import allow_effects
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import AppearanceSettings, Settings

WITH_MOTION = Settings(appearance=AppearanceSettings(reduced_motion=False))
GENERAL = Qt.UIEffect.UI_General


class Places(QObject):
    """Counts how often a widget is seen at another place."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Move
        return False


class StillStyle(QProxyStyle):
    """What a platform says that wants no motion."""

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returned: QStyleHintReturn | None = None,
    ) -> int:
        if hint == QStyle.StyleHint.SH_Widget_Animation_Duration:
            return 0
        return super().styleHint(hint, option, widget, returned)


def slides(window: MainWindow, qtbot: QtBot) -> int:
    """Open and close both drawers; return how many animations were started."""
    started: list[object] = []
    slide = window.stage._slide
    slide.stateChanged.connect(lambda now, _before: started.append(now) if now == slide.State.Running else None)
    for toggle in (window.stage.toggle_sidebar, window.stage.toggle_panel):
        toggle()
        qtbot.waitUntil(lambda: slide.state() == slide.State.Stopped)
        toggle()
    return len(started)


def test_drawers_slide_only_where_motion_is_wanted(new_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = new_window(700)
    places = Places(window.panel)
    assert slides(window, qtbot) == 0
    still = places.count
    window.set_settings(WITH_MOTION)
    assert slides(window, qtbot) == 2
    assert places.count > still + 1  # it was seen on its way


@pytest.fixture
def still_platform(new_window: Callable[..., MainWindow]) -> Iterator[MainWindow]:
    window = new_window(700)
    style = StillStyle("fusion")
    window.stage.setStyle(style)
    yield window
    window.stage.setStyle(None)
    style.deleteLater()


def test_the_platforms_wish_counts_too(still_platform: MainWindow, qtbot: QtBot) -> None:
    still_platform.set_settings(WITH_MOTION)
    assert slides(still_platform, qtbot) == 0


def test_qts_own_effects_go_and_come_back_as_the_platform_had_them(qapp: QApplication, window: MainWindow) -> None:
    assert not qapp.isEffectEnabled(GENERAL)
    qapp.setProperty("platformEffects", True)
    window.set_settings(WITH_MOTION)
    assert qapp.isEffectEnabled(GENERAL)
    appearance = msgspec.structs.replace(WITH_MOTION.appearance, reduced_motion=True)
    window.set_settings(msgspec.structs.replace(WITH_MOTION, appearance=appearance))
    assert not qapp.isEffectEnabled(GENERAL)
    qapp.setProperty("platformEffects", False)
    allow_effects(qapp, allowed=True)
    assert not qapp.isEffectEnabled(GENERAL)


def test_nothing_else_is_animated() -> None:
    """Whoever adds another animation lets it ask first, and names its file here."""
    animates = re.compile(r"QPropertyAnimation|QVariantAnimation|QTimeLine|QMovie|ScrollPerPixelAnimated")
    folder = Path(desktop_app.gui.__file__).parent
    found = {
        file.relative_to(folder).as_posix() for file in folder.rglob("*.py") if animates.search(file.read_text("utf-8"))
    }
    assert found == {"window/stage.py"}
