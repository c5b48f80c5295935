"""The theme that the settings and the system ask for."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from desktop_app.gui.theme import Theme, load_theme
from desktop_app.settings.schema import Settings


def current_theme(settings: Settings) -> Theme:
    """Return the theme for the settings and the system's colour scheme as it is now."""
    dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return load_theme(settings.appearance.theme, settings.appearance.text_size, dark)
