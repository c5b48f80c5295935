"""The first window fits the screen, and one that was left on a screen that is gone comes back."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize

from desktop_app.gui.system.window_place import START_SIZE, first_place, seen_place

SHOW = """
import sys
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.gui.look.theme import load_theme
from desktop_app.settings.schema import Appearance, Settings
from desktop_app.settings.window_state import WindowState

app = QApplication([])
def shown(state):
    window = MainWindow(load_theme(Appearance.LIGHT, int(sys.argv[1]), system_dark=False), Settings())
    window.restore(state)
    window.show()
    app.processEvents()
    room, frame = window.screen().availableGeometry(), window.frameGeometry()
    whole = room.adjusted(0, 0, 2, 2)  # Qt leaves out one edge of the frame where it makes a window smaller
    assert whole.contains(window.geometry()) and whole.contains(frame.topLeft()), (room, window.geometry(), frame)
    return window

first = shown(WindowState())
first.setGeometry(3000, 2000, 700, 500)
again = shown(first.remembered(WindowState()))
first.setGeometry(0, 40, 2400, 1500)
shown(first.remembered(WindowState()))
shown(WindowState(geometry="no base64"))
print(first.screen().size().width())
"""


@pytest.mark.parametrize("room", [QRect(0, 0, 1280, 800), QRect(1280, 30, 1024, 738), QRect(-1920, 0, 1920, 1040)])
def test_the_first_place_leaves_room_for_the_frame(room: QRect) -> None:
    place = first_place(START_SIZE, room)
    assert room.adjusted(8, 40, -8, -8).contains(place)
    assert abs(room.center().x() - place.center().x()) <= 1


def test_a_large_screen_gives_what_is_wanted() -> None:
    assert first_place(QSize(1360, 860), QRect(0, 0, 2560, 1440)) == QRect(600, 306, 1360, 860)


TWO = (QRect(0, 0, 1280, 800), QRect(1280, 100, 1024, 768))


@pytest.mark.parametrize(
    ("place", "seen"),
    [
        (QRect(100, 100, 700, 500), QRect(100, 100, 700, 500)),
        (QRect(900, 200, 800, 500), QRect(900, 200, 800, 500)),  # across both
        (QRect(5000, 4000, 700, 500), QRect(572, 292, 700, 500)),
        (QRect(-400, -300, 700, 500), QRect(8, 40, 700, 500)),
        (QRect(1400, 300, 1500, 900), QRect(1288, 140, 1008, 720)),
    ],
)
def test_a_place_that_cannot_be_seen_is_moved(place: QRect, seen: QRect) -> None:
    assert seen_place(place, TWO) == seen


@pytest.mark.parametrize("size", [(1280, 800), (1024, 768)])
@pytest.mark.parametrize("text_size", [100, 200])
def test_a_window_fits_a_small_screen(tmp_path: Path, size: tuple[int, int], text_size: int) -> None:
    width, height = size
    screens = [{"name": f"s{left}", "x": left, "y": 0, "width": width, "height": height, "logicalDpi": 96, "dpr": 1}
               for left in (0, width)]  # fmt: skip
    file = tmp_path / "screens.json"
    file.write_text(json.dumps({"screens": screens}))
    environment = {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={file}"}
    command = [sys.executable, "-c", SHOW, str(text_size)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, str(width)), done.stderr
