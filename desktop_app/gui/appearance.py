"""The theme that the settings and the system ask for."""

from desktop_app.gui.theme import Theme, load_theme, system_is_dark
from desktop_app.settings.schema import Settings


def current_theme(settings: Settings) -> Theme:
    """Return the theme for the settings and the system's colour scheme as it is now."""
    return load_theme(settings.appearance.theme, settings.appearance.text_size, system_is_dark())
