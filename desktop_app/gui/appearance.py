"""The theme that the settings and the system ask for."""

from desktop_app.gui.theme import Theme, load_theme, system_is_dark, system_wants_contrast
from desktop_app.settings.schema import Settings


def current_theme(settings: Settings) -> Theme:
    """Return the theme for the settings and the system's colour scheme and contrast as they are now."""
    chosen = settings.appearance
    return load_theme(
        chosen.theme,
        chosen.text_size,
        system_is_dark(),
        more_contrast=system_wants_contrast(),
        line_width=settings.reading.width,
    )
