"""The tokens' promises: contrast, completeness, sharp icons."""

import math
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from PySide6.QtGui import QColor, QFontDatabase, QFontMetricsF
from PySide6.QtWidgets import QApplication

from desktop_app.domain.shelf import TAG_COLORS
from desktop_app.gui.look import theme as theme_module
from desktop_app.gui.look.theme import Colors, Theme, load_theme, read_tokens
from desktop_app.settings.schema import Appearance
from desktop_app.support.paths import resources

TEXTS = ("text", "muted", "good", "warn", "bad")
GROUNDS = ("window", "sidebar", "surface", "code", "user_bubble", "accent_soft")
PAIRS = [*product(TEXTS, GROUNDS), ("text", "selected"), ("muted", "selected"), ("on_accent", "accent"),
         ("on_accent", "accent_hover"), ("on_accent", "accent_pressed"), ("accent", "accent_soft"),
         ("accent", "surface"), ("text", "hover"), ("text", "raised")]  # fmt: skip
EDGES = list(product(("control_line", "focus"), ("window", "sidebar", "surface", "raised")))
DOTS = list(product(TAG_COLORS, ("sidebar", "hover", "selected", "accent_soft", "raised")))
ICONS = [
    "plus",
    "search",
    "models",
    "document",
    "settings",
    "copy",
    "edit",
    "regenerate",
    "branch",
    "chevron-left",
    "chevron-right",
    "chevron-down",
    "check",
    "arrow-down",
    "stop",
    "send",
    "pin",
    "trash",
    "more",
    "sidebar",
    "panel",
    "close",
    "warning",
    "info",
    "folder",
    "undo",
]


@pytest.fixture(params=[Appearance.LIGHT, Appearance.DARK])
def look(request: pytest.FixtureRequest, qapp: object) -> Theme:
    return load_theme(request.param, 100, system_dark=False)


def luminance(color: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else math.pow((part + 0.055) / 1.055, 2.4)

    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())


def contrast(one: QColor, other: QColor) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("front", "ground"), PAIRS)
def test_text_can_be_read(look: Theme, front: str, ground: str) -> None:
    assert contrast(look.colors.named(front), look.colors.named(ground)) >= 4.5


@pytest.mark.parametrize(("edge", "ground"), EDGES + DOTS)
def test_edges_can_be_seen(look: Theme, edge: str, ground: str) -> None:
    assert contrast(look.colors.named(edge), look.colors.named(ground)) >= 3


def test_all_tokens_are_colours() -> None:
    tokens = read_tokens(resources() / "tokens.json")
    assert set(tokens.light) == set(tokens.dark) == set(Colors.__struct_fields__)
    assert all(QColor(value).isValid() for value in (*tokens.light.values(), *tokens.dark.values()))


def test_a_damaged_token_file_is_refused(tmp_path: Path) -> None:
    file = resources() / "tokens.json"
    broken = msgspec.json.decode(file.read_bytes())
    del broken["radius"]
    target = tmp_path / "tokens.json"
    target.write_bytes(msgspec.json.encode(broken))
    with pytest.raises(msgspec.ValidationError):
        read_tokens(target)


@pytest.mark.parametrize(
    ("appearance", "system_dark", "dark"),
    [(Appearance.SYSTEM, True, True), (Appearance.SYSTEM, False, False), (Appearance.LIGHT, True, False),
     (Appearance.DARK, False, True)],
)  # fmt: skip
def test_the_system_is_followed_only_when_asked(
    qapp: object, appearance: Appearance, system_dark: bool, dark: bool
) -> None:
    assert load_theme(appearance, 100, system_dark).dark is dark


def test_text_size_scales_fonts_and_lengths(qapp: object) -> None:
    theme = load_theme(Appearance.LIGHT, 150, system_dark=False)
    assert theme.font("body").pixelSize() == 21
    assert theme.font("display").pixelSize() == 42
    assert theme.px(8) == 12


@pytest.mark.parametrize("name", ICONS)
@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
def test_icons_are_drawn_at_the_screens_own_size(theme: Theme, name: str, ratio: float) -> None:
    pixmap = theme.pixmap(name, "text", ratio)
    assert pixmap.width() == math.ceil(20 * ratio)
    assert pixmap.deviceIndependentSize().width() == 20
    image = pixmap.toImage()
    inked = sum(image.pixelColor(x, y).alpha() > 0 for x in range(image.width()) for y in range(image.height()))
    assert inked > 4
    assert not theme.icon(name).isNull()


def test_the_style_sheet_has_no_gaps(look: Theme) -> None:
    sheet = look.style_sheet()
    assert "$" not in sheet
    assert look.colors.focus.name() in sheet


@pytest.mark.parametrize(
    ("platform", "installed", "family"),
    [
        ("win32", ["Consolas", "Cascadia Mono"], "Cascadia Mono"),
        ("win32", ["Consolas"], "Consolas"),
        ("win32", [], "the system's"),
        ("darwin", ["Consolas"], "the system's"),
        ("linux", ["Cascadia Mono"], "the system's"),
    ],
)
def test_code_on_windows_is_not_set_as_on_a_typewriter(
    monkeypatch: pytest.MonkeyPatch, platform: str, installed: list[str], family: str
) -> None:
    system = SimpleNamespace(family=lambda: "the system's")
    fonts = SimpleNamespace(
        hasFamily=lambda name: name in (*installed, system.family()),
        systemFont=lambda _kind: system,
        SystemFont=QFontDatabase.SystemFont,
    )
    monkeypatch.setattr(theme_module, "QFontDatabase", fonts)
    assert theme_module.mono_family(platform) == family


def test_code_keeps_its_columns_where_other_families_stand_in(qapp: QApplication) -> None:
    """On Linux the system's family is often a name that stands for another one, and Qt passes over those in a list."""
    proportional = next(name for name in QFontDatabase.families() if not QFontDatabase.isFixedPitch(name))
    theme = msgspec.structs.replace(load_theme(Appearance.LIGHT, 100, system_dark=False), fallbacks=(proportional,))
    metrics = QFontMetricsF(theme.font("mono"))
    assert metrics.horizontalAdvance("iiii") == metrics.horizontalAdvance("mmmm")
