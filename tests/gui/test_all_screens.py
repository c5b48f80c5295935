"""The narrow screens that pictures are made of, as somebody meets them who uses the keyboard alone, or a screen reader.

`test_screens_geometry` looks at each of all screens in this way, too, in one size.
"""

import gc
import os
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop_app.gui.look.theme import load_theme
from desktop_app.settings.schema import Appearance, AppearanceSettings, EngineSettings, Settings
from tests.screens import make_screens, pictures
from tests.screens.dialog_screens import GROUPS
from tests.walked_controls import KINDS, Walk

SOAK = bool(os.environ.get("INGLENOOK_SOAK"))
MOST_TURNS = 500
LEAST_SCREENS, LEAST_CONTROLS, LEAST_RINGS = (400, 12_000, 20) if SOAK else (50, 500, 10)


@pytest.fixture(scope="module")
def walk(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Walk them once, in the light look: what is checked here does not differ in the dark one; in a soak in each size."""
    made = Walk()

    def look(widget: QWidget, file: Path) -> None:
        QTest.qWait(1)
        for _ in range(MOST_TURNS):  # what is built bit by bit, with timers that go off at once
            if not any(timer.isActive() and not timer.interval() for timer in widget.findChildren(QTimer)):
                break
            QTest.qWait(1)
        pictures.lay_out()  # the last of it
        made.screen(widget, file.stem)
        if made.screens % 20 == 0:
            gc.collect()

    settle = pictures.settle
    folder = tmp_path_factory.mktemp("screens")
    settings = Settings(appearance=AppearanceSettings(reduced_motion=True), engine=EngineSettings(threads=4))
    theme = load_theme(Appearance.LIGHT, 100, system_dark=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "save", look)
        patch.setattr(pictures, "settle", lambda widget, milliseconds=60: settle(widget, min(milliseconds, 30)))
        if SOAK:
            make_screens.render_all(theme, settings, "", folder)
        else:
            make_screens.render_window(
                theme, settings, pictures.SIZES[1], "chat", folder
            )  # whose rings are all in sight
            make_screens.render_windows(theme, settings, pictures.NARROW, "", folder)
            for name, group in GROUPS.items():
                if min(group.sizes) < min(pictures.SIZES):
                    make_screens.render_group(theme, settings, min(group.sizes), name, folder)
    for left in [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]:
        pictures.discard(left)
    gc.collect()
    return made


def test_all_of_them_were_walked(walk: Walk) -> None:
    assert walk.screens >= LEAST_SCREENS
    assert walk.controls >= LEAST_CONTROLS
    assert len(walk.ringed) >= LEAST_RINGS


@pytest.mark.parametrize("kind", KINDS)
def test_no_control(walk: Walk, kind: str) -> None:
    found = [f"{what} {KINDS[kind]}, first on {screen}" for what, screen in walk.findings[kind].items()]
    assert not found, "\n".join(found)


def test_a_bad_window_is_noticed(qapp: QApplication) -> None:
    """Else the walk could find nothing because it looks at nothing."""
    window = QWidget()
    column = QVBoxLayout(window)
    upper, lower, same = QPushButton("Save"), QPushButton("\uf0c7"), QPushButton("Save")
    field, silent = QLineEdit(), QPushButton("Hidden from Tab")
    silent.setFocusPolicy(silent.focusPolicy().NoFocus)
    flat = QPushButton("Flat")
    flat.setStyleSheet("QPushButton, QPushButton:focus { border: none; outline: none; background: white; }")
    for widget in (upper, lower, same, field, silent, flat):
        column.addWidget(widget)
    QWidget.setTabOrder(lower, upper)
    window.show()
    made = Walk()
    made.screen(window, "bad")
    window.close()
    assert {"name", "unique", "reached", "order"} <= set(made.findings)
    assert len(made.findings["name"]) == 2
