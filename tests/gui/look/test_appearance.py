"""What Windows and macOS draw of a window themselves follows the theme that was chosen in the app."""

from types import SimpleNamespace

import msgspec
import pytest
from PySide6.QtCore import Qt

from desktop_app.gui.look import appearance
from desktop_app.gui.look.appearance import tell_platform
from desktop_app.settings.schema import Appearance, AppearanceSettings, Settings


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Qt.ColorScheme]:
    schemes: list[Qt.ColorScheme] = []
    hints = SimpleNamespace(setColorScheme=schemes.append)
    monkeypatch.setattr(appearance, "QGuiApplication", SimpleNamespace(styleHints=lambda: hints))
    return schemes


def themed(theme: Appearance) -> Settings:
    return msgspec.structs.replace(Settings(), appearance=AppearanceSettings(theme=theme))


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_frames_are_as_dark_as_the_app(told: list[Qt.ColorScheme], platform: str) -> None:
    for theme in (Appearance.DARK, Appearance.LIGHT, Appearance.SYSTEM):
        tell_platform(themed(theme), platform)
    assert told == [Qt.ColorScheme.Dark, Qt.ColorScheme.Light, Qt.ColorScheme.Unknown]


def test_desktops_of_linux_have_their_own_way(told: list[Qt.ColorScheme]) -> None:
    tell_platform(themed(Appearance.DARK), "linux")
    assert told == []
