"""How the settings and the system ask the app to look."""

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from desktop_app.gui.look.theme import Theme, load_theme, system_is_dark, system_wants_contrast
from desktop_app.settings.schema import Appearance, Settings

Look = tuple[object, ...]


def current_theme(settings: Settings) -> Theme:
    """Return the theme for the settings and the system's colour scheme and contrast as they are now."""
    chosen = settings.appearance
    return load_theme(
        chosen.theme,
        chosen.text_size,
        system_is_dark(),
        more_contrast=system_wants_contrast(),
        line_width=settings.reading.width,
        font=settings.reading.font,
    )


def look_of(settings: Settings) -> Look:
    """Return what `current_theme` depends on, to find out whether it would be another one."""
    chosen, reading = settings.appearance, settings.reading
    shape = chosen.text_size, reading.width, reading.font
    return chosen.theme, *shape, system_is_dark(), system_wants_contrast()


def tell_platform(settings: Settings, platform: str = sys.platform) -> None:
    """Have what Windows and macOS draw themselves be as dark as the app: the frames of its windows, their own dialogs.

    To be called before the system is asked how dark it is: after a choice of one's own it answers with that.
    """
    if platform not in ("win32", "darwin"):  # elsewhere the desktop has its own way with frames
        return
    schemes = {Appearance.LIGHT: Qt.ColorScheme.Light, Appearance.DARK: Qt.ColorScheme.Dark}
    hints = QGuiApplication.styleHints()
    hints.setColorScheme(schemes.get(settings.appearance.theme, Qt.ColorScheme.Unknown))


def allow_effects(app: QApplication, *, allowed: bool) -> None:
    """Let what Qt adds by itself unfold or fade as it did when this was first called, where the platform likes that, or never."""
    wanted = app.property("platformEffects")
    if wanted is None:
        wanted = app.isEffectEnabled(Qt.UIEffect.UI_General)
        app.setProperty("platformEffects", wanted)
    app.setEffectEnabled(Qt.UIEffect.UI_General, bool(wanted) and allowed)
