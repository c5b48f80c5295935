"""Renders every screen, light and dark, at several sizes, into build/screens/ for people to look at."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_SCALE_FACTOR", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.system.language import speak
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Appearance, AppearanceSettings, EngineSettings, Language, Settings
from desktop_app.support.i18n import LANGUAGES
from tests.screens import (
    about_screens,
    branch_screens,
    chat_screens,
    comfort_screens,
    composer_screens,
    data_screens,
    desktop_screens,
    folder_screens,
    frame_screens,
    glass_screens,
    hand_screens,
    hardware_screens,
    map_screens,
    model_screens,
    moving_in_screens,
    notebook_screens,
    order_screens,
    persona_screens,
    pictures,
    sampling_screens,
    search_screens,
    template_screens,
    tour_screens,
)
from tests.screens.dialog_screens import GROUPS
from tests.screens.pictures import NARROW, SIZES, Size
from tests.screens.pseudo import speak_pseudo
from tests.screens.shown_window import new_window

SCREENS: dict[str, Callable[[MainWindow], object]] = {
    **chat_screens.SCREENS,
    **desktop_screens.SCREENS,
    **model_screens.SCREENS,
    **hardware_screens.SCREENS,
    **frame_screens.SCREENS,
    **glass_screens.SCREENS,
    **sampling_screens.SCREENS,
    **comfort_screens.SCREENS,
    **template_screens.SCREENS,
    **persona_screens.SCREENS,
    **tour_screens.SCREENS,
    **map_screens.SCREENS,
    **search_screens.SCREENS,
    **hand_screens.SCREENS,
    **branch_screens.SCREENS,
    **composer_screens.SCREENS,
    **order_screens.SCREENS,
    **folder_screens.SCREENS,
    **about_screens.SCREENS,
    **data_screens.SCREENS,
    **moving_in_screens.SCREENS,
    **notebook_screens.SCREENS,
}
"""What the window can show, by the names of the pictures."""
IN_NARROW = (
    "vague-question", "first-run", "first-run-slim", "settings", "settings-engine", "settings-desktop",
    "read-aloud-find", "map-30", "map-failed", "map-no-model", "models-remote", "model-defaults", "model-defaults-split",
    "servers", "servers-none", "servers-before", *hand_screens.SCREENS, *comfort_screens.SCREENS,
    *template_screens.SCREENS, *notebook_screens.SCREENS, *branch_screens.SCREENS, *composer_screens.SCREENS,
)  # fmt: skip
"""Those that are rendered in a narrow window, too, where nobody has asked for a certain one."""


def render_window(theme: Theme, settings: Settings, size: Size, name: str, folder: Path) -> None:
    """Render the window in one state."""
    window = new_window(theme, settings, size)
    SCREENS[name](window)
    pictures.settle(window, pictures.REST_MS)
    pictures.save(window, folder / pictures.file_name(name, theme, size))
    pictures.discard(window)


def render_windows(theme: Theme, settings: Settings, size: Size, wanted: str, folder: Path) -> None:
    """Render the window in every state whose name holds `wanted`."""
    for name in SCREENS:
        if wanted in name and (size != NARROW or wanted or name in IN_NARROW):
            render_window(theme, settings, size, name, folder)


def render_group(theme: Theme, settings: Settings, size: Size, group: str, folder: Path) -> None:
    """Render a group of dialogs and the like over a window of `size`."""
    window = new_window(theme, settings, size)
    for name, widget in GROUPS[group].show(theme, window):
        pictures.show(widget)
        pictures.save(widget, folder / pictures.file_name(name, theme, size))
        if widget is not window:
            pictures.discard(widget)
    pictures.discard(window)


def render_all(theme: Theme, settings: Settings, wanted: str, folder: Path) -> None:
    """Render everything that there is in one look, or what has `wanted` in its name."""
    for size in (*SIZES, NARROW):
        render_windows(theme, settings, size, wanted, folder)
    for name, group in GROUPS.items():
        for size in group.sizes if wanted in name or wanted.startswith(name) else ():
            render_group(theme, settings, size, name, folder)


def main() -> None:
    """Render all screens, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wanted", nargs="?", default="", help="part of a screen's name; all without it")
    parser.add_argument("--text-size", "--zoom", type=int, default=100, help="text size in percent")
    parser.add_argument("--direction", choices=("ltr", "rtl"), default="ltr", help="which way the window reads")
    parser.add_argument(
        "--pseudo",
        action="store_true",
        help="with texts that are 40 %% longer than the English ones, or in Arabic letters",
    )
    parser.add_argument("--language", choices=tuple(LANGUAGES), default="en", help="what the window speaks")
    parser.add_argument("--size", help="the window alone, at another size, as in 1024x768")
    parser.add_argument("--look", choices=("light", "dark", "both"), default="both")
    parser.add_argument("--folder", type=Path, default=Path("build/screens"))
    chosen = parser.parse_args()
    app = QApplication([])
    inter = "Inter" if "Inter" in QFontDatabase.families() else ""  # what the pictures of the look are drawn with
    speak(app, Language(chosen.language))
    if chosen.direction == "rtl":
        app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    if chosen.pseudo:
        speak_pseudo(from_right=chosen.direction == "rtl")
    chosen.folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(appearance=AppearanceSettings(reduced_motion=True), engine=EngineSettings(threads=4))
    for look in (Appearance.LIGHT, Appearance.DARK):
        if chosen.look in ("both", look.value):
            theme = load_theme(look, chosen.text_size, system_dark=False, font=inter)
            if chosen.size:
                width, height = map(int, chosen.size.split("x"))
                render_windows(theme, settings, (width, height), chosen.wanted, chosen.folder)
                continue
            render_all(theme, settings, chosen.wanted, chosen.folder)


if __name__ == "__main__":
    main()
