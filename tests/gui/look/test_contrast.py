"""Text, edges and icons can be read: every pair of tones that is used, and what is truly painted."""

from collections import Counter
from collections.abc import Callable
from itertools import product

import pytest
from PySide6.QtCore import QDate, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from desktop_app.gui.look.appearance import current_theme
from desktop_app.gui.look.theme import Theme, load_theme, system_wants_contrast
from desktop_app.gui.panel.glass.legend import PlotLegend, TintLegend
from desktop_app.gui.sidebar.nav_button import NavButton
from desktop_app.gui.widgets.controls import Badge, Button, ButtonKind
from desktop_app.gui.widgets.date_field import DayCalendar
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Appearance, AppearanceSettings, Settings
from tests.gui.look.test_theme import contrast
from tests.screens import make_screens, pictures
from tests.screens.shown_window import new_window

TEXT, SHAPE = 4.5, 3.0
TONES = ("text", "muted", "accent", "good", "warn", "bad")
GROUNDS = ("window", "sidebar", "surface", "raised", "code", "user_bubble", "accent_soft", "hover")
NOTICED = 1.12
"""So much contrast is enough to see which part of an area is under the pointer, or would be taken by Enter."""
CHOSEN = (("text", "selected"), ("muted", "selected"), ("text", "text_selection"), ("on_accent", "accent"),
          ("on_accent", "accent_hover"), ("on_accent", "accent_pressed"))  # fmt: skip
SHAPES = [*product(("control_line", "focus"), GROUNDS), ("focus", "selected"), ("focus", "text_selection"),
          *product(("accent", "good", "warn", "bad", "muted"), ("selected",))]  # fmt: skip
LARGE = 200
"""Percent; strokes are wide enough there to have their whole colour somewhere."""
LIGHT_AND_DARK = (Appearance.LIGHT, Appearance.DARK)


@pytest.fixture(params=[(look, strong) for look in LIGHT_AND_DARK for strong in (False, True)])
def theme(request: pytest.FixtureRequest, qapp: QApplication) -> Theme:
    appearance, strong = request.param
    return load_theme(appearance, 100, system_dark=False, more_contrast=strong)


@pytest.mark.parametrize(("front", "ground"), [*product(TONES, (*GROUNDS, "hover_raised")), *CHOSEN])
def test_words_can_be_read(theme: Theme, front: str, ground: str) -> None:
    assert contrast(theme.colors.named(front), theme.colors.named(ground)) >= TEXT


@pytest.mark.parametrize(("front", "ground"), SHAPES)
def test_edges_rings_and_icons_can_be_seen(theme: Theme, front: str, ground: str) -> None:
    assert contrast(theme.colors.named(front), theme.colors.named(ground)) >= SHAPE


def test_what_is_under_the_pointer_in_menus_and_lists_can_be_told(theme: Theme) -> None:
    assert contrast(theme.colors.hover_raised, theme.colors.raised) >= NOTICED
    button = Button(theme, "Save")
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    [under] = {button.grab().toImage().pixelColor(4, 18).name()}
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    assert contrast(QColor(under), button.grab().toImage().pixelColor(4, 18)) >= NOTICED


@pytest.mark.parametrize("is_enabled", [True, False])
def test_a_quiet_button_has_no_frame(theme: Theme, *, is_enabled: bool) -> None:
    """It stands in one that others have drawn, as on the chip of a file."""
    button = Button(theme, "Save", kind=ButtonKind.QUIET)
    button.setEnabled(is_enabled)
    image = button.grab().toImage()
    assert len({image.pixelColor(x, 18).name() for x in range(6)}) == 1


def test_the_entry_of_a_menu_that_enter_would_take_can_be_told(theme: Theme, host: QWidget) -> None:
    menu = QMenu(host)
    menu.setStyleSheet(theme.style_sheet())
    first = menu.addAction("Rename")
    menu.addAction("Delete")
    menu.popup(host.mapToGlobal(QPoint(0, 0)))
    menu.setActiveAction(first)
    image, area = menu.grab().toImage(), menu.actionGeometry(first)
    menu.close()
    x = area.right() - 8
    assert contrast(image.pixelColor(x, area.center().y()), image.pixelColor(x, area.bottom() + 12)) >= NOTICED


@pytest.mark.parametrize("look", LIGHT_AND_DARK)
def test_the_systems_wish_makes_quiet_tones_stronger(qapp: QApplication, look: Appearance) -> None:
    usual = load_theme(look, 100, system_dark=False)
    strong = load_theme(look, 100, system_dark=False, more_contrast=True)
    for tone in ("muted", "control_line", "line", "disabled"):
        ground = usual.colors.surface
        assert contrast(strong.colors.named(tone), ground) > contrast(usual.colors.named(tone), ground)


def painted_contrast(image: QImage) -> float:
    """Return the contrast between what fills most of a picture and what stands out from it most."""
    colors = Counter(image.pixel(x, y) for y in range(image.height()) for x in range(image.width()))
    ground = QColor(colors.most_common(1)[0][0])
    return max(contrast(QColor(color), ground) for color in colors)


def shown(widget: QWidget, theme: Theme, ground: str, width: int = 600) -> QImage:
    """Return a picture of `widget` on a ground of that tone."""
    host = QWidget()
    host.setStyleSheet(f"background: {theme.colors.named(ground).name()};")
    widget.setParent(host)
    host.resize(width, widget.sizeHint().height())
    widget.resize(host.size())
    host.show()
    image = host.grab().toImage()
    host.close()
    host.deleteLater()
    return image


MADE: dict[str, tuple[Callable[[Theme], QWidget], str]] = {
    "primary button": (lambda theme: Button(theme, "Save", kind=ButtonKind.PRIMARY), "window"),
    "outline button": (lambda theme: Button(theme, "Save"), "window"),
    "quiet button": (lambda theme: Button(theme, "Save", kind=ButtonKind.QUIET), "window"),
    "page": (lambda theme: NavButton(theme, "models", "Models"), "sidebar"),
    "good badge": (lambda theme: Badge(theme, "ready", "good"), "surface"),
    "warn badge": (lambda theme: Badge(theme, "changed", "warn"), "surface"),
    "bad badge": (lambda theme: Badge(theme, "failed", "bad"), "surface"),
    "accent badge": (lambda theme: Badge(theme, "GPU", "accent"), "surface"),
    "legend of the plot": (PlotLegend, "surface"),
}


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("look", LIGHT_AND_DARK)
def test_what_controls_paint_can_be_read(qapp: QApplication, look: Appearance, name: str) -> None:
    theme = load_theme(look, LARGE, system_dark=False)
    make, ground = MADE[name]
    assert painted_contrast(shown(make(theme), theme, ground)) >= TEXT


@pytest.mark.parametrize("look", LIGHT_AND_DARK)
def test_the_words_below_the_tints_can_be_read(qapp: QApplication, look: Appearance) -> None:
    theme = load_theme(look, LARGE, system_dark=False)
    image = shown(TintLegend(theme), theme, "surface", 900)
    below = image.copy(QRect(0, image.height() // 2, image.width(), image.height() // 2))
    assert painted_contrast(below) >= TEXT


@pytest.mark.parametrize("look", LIGHT_AND_DARK)
@pytest.mark.parametrize("screen", ["chat", "map-30"])
def test_lists_and_the_map_can_be_read(qapp: QApplication, look: Appearance, screen: str) -> None:
    theme = load_theme(look, LARGE, system_dark=False)
    settings = Settings(appearance=AppearanceSettings(reduced_motion=True))
    window = new_window(theme, settings, (1800, 1400))
    make_screens.SCREENS[screen](window)
    pictures.settle(window)
    for area in _areas(window, screen):
        assert painted_contrast(window.grab(area).toImage()) >= TEXT
    pictures.discard(window)


def _areas(window: MainWindow, screen: str) -> list[QRect]:
    """Return where single lines of text are painted: rows of the list of chats and their headings, titles on the map."""
    if screen.startswith("map"):
        view = window.map_page.view
        assert view is not None
        labels = [label.area.translated(view.pan).toAlignedRect() for label in view.labels]
        assert labels
        return [QRect(view.mapTo(window, area.topLeft()), area.size()) for area in labels[:6]]
    chats = window.sidebar.list
    rows = [chats.visualRect(chats.model().index(row, 0)) for row in range(8)]
    found = [QRect(chats.viewport().mapTo(window, area.topLeft()), area.size()) for area in rows if area.isValid()]
    assert found
    return found


def test_the_system_can_be_asked_again_and_again(qapp: QApplication) -> None:
    """Qt's binding lets go of what it hands out together with what handed it out."""
    assert {system_wants_contrast() for _ in range(20)} == {False}
    assert current_theme(Settings()).colors.muted != current_theme(Settings()).colors.text


def test_the_days_of_a_calendar_are_in_the_tones_of_the_rest(theme: Theme, host: QWidget) -> None:
    calendar = DayCalendar(theme)
    calendar.setParent(host)
    calendar.setStyleSheet(theme.style_sheet())
    calendar.setSelectedDate(QDate(2026, 11, 27))
    calendar.setGeometry(0, 0, 320, 280)
    calendar.show()
    image = calendar.grab().toImage()
    painted = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert "#ff0000" not in painted
    assert theme.colors.accent.name() in painted  # the day that is chosen
