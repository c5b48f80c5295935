"""Every screen that pictures are made of, as somebody meets it who uses the keyboard alone, or a screen reader."""

import gc
import os
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.settings.schema import Appearance, AppearanceSettings, EngineSettings, Settings
from tests.screens import make_screens, pictures
from tests.walked_controls import Walk

SOAK = bool(os.environ.get("INGLENOOK_SOAK"))
MOST_TURNS = 500
LEAST_SCREENS, LEAST_CONTROLS = (300, 9000) if SOAK else (250, 7000)
KINDS = {
    "name": "has no name",
    "role": "does not say what it is",
    "unique": "cannot be told from another one",
    "painted": "is painted, and says nothing",
    "trap": "does not let the keyboard go",
    "back": "goes another way back",
    "reached": "cannot be reached by Tab",
    "order": "comes before what stands above it or to its left",
    "strange": "is nothing that can be used",
    "unseen": "has the keyboard out of sight",
    "ring": "does not show that the keyboard is at it",
}


@pytest.fixture(scope="module")
def walk(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Walk all of them once, in the light look: what is checked here does not differ in the dark one.

    The window's own are seen in one of the two sizes each, in both in a soak.
    """
    made = Walk()
    names, render_window = list(make_screens.SCREENS), make_screens.render_window

    def take_turns(theme: Theme, settings: Settings, size: tuple[int, int], name: str, folder: Path) -> None:
        if SOAK or size not in pictures.SIZES or names.index(name) % 2 != pictures.SIZES.index(size):
            render_window(theme, settings, size, name, folder)

    def look(widget: QWidget, file: Path) -> None:
        QTest.qWait(1)
        for _ in range(MOST_TURNS):  # what is built bit by bit, with timers that go off at once
            if not any(timer.isActive() and not timer.interval() for timer in widget.findChildren(QTimer)):
                break
            QTest.qWait(1)
        QTest.qWait(1)  # the last of it is laid out
        made.screen(widget, file.stem)
        if made.screens % 20 == 0:
            gc.collect()

    settle = pictures.settle
    folder = tmp_path_factory.mktemp("screens")
    settings = Settings(appearance=AppearanceSettings(reduced_motion=True), engine=EngineSettings(threads=4))
    theme = load_theme(Appearance.LIGHT, 100, system_dark=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "save", look)
        patch.setattr(make_screens, "render_window", take_turns)
        patch.setattr(pictures, "settle", lambda widget, milliseconds=60: settle(widget, min(milliseconds, 30)))
        make_screens.render_all(theme, settings, "", folder)
    for left in [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]:
        pictures.discard(left)
    gc.collect()
    return made


def test_all_of_them_were_walked(walk: Walk) -> None:
    assert walk.screens >= LEAST_SCREENS
    assert walk.controls >= LEAST_CONTROLS


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
