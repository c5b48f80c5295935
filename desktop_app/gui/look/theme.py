"""The look: colours, fonts, sizes and icons from resources/tokens.json, for one appearance and text size."""

import re
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from desktop_app.gui.look.icons import IconShelf, paint_pixmap
from desktop_app.settings.schema import Appearance, LineWidth
from desktop_app.support.i18n import translator
from desktop_app.support.paths import resources


class _TypeTokens(msgspec.Struct, frozen=True):
    tiny: int
    small: int
    label: int
    body: int
    title: int
    display: int
    line_height: float


class _RadiusTokens(msgspec.Struct, frozen=True):
    control: int
    card: int
    bubble: int


class _LayoutTokens(msgspec.Struct, frozen=True):
    sidebar: int
    panel: int
    column_max: int
    topbar: int
    panel_becomes_drawer_below: int
    sidebar_becomes_drawer_below: int


class _IconTokens(msgspec.Struct, frozen=True):
    size: int


class _MotionTokens(msgspec.Struct, frozen=True):
    fast_ms: int


class Tokens(msgspec.Struct, frozen=True):
    """What is used of the file of design tokens; lengths in device-independent pixels at 100 % text size."""

    type: _TypeTokens
    radius: _RadiusTokens
    layout: _LayoutTokens
    icon: _IconTokens
    motion: _MotionTokens
    light: dict[str, str]
    dark: dict[str, str]


class Colors(msgspec.Struct, frozen=True):
    """The colours of one appearance, named by what they are for."""

    window: QColor
    sidebar: QColor
    surface: QColor
    raised: QColor
    line: QColor
    control_line: QColor
    text: QColor
    muted: QColor
    accent: QColor
    accent_hover: QColor
    accent_pressed: QColor
    accent_soft: QColor
    on_accent: QColor
    hover: QColor
    selected: QColor
    disabled: QColor
    user_bubble: QColor
    code: QColor
    good: QColor
    warn: QColor
    bad: QColor
    focus: QColor
    text_selection: QColor

    @property
    def hover_raised(self) -> QColor:
        """What `hover` is for what lies on `raised`: in the dark, where these two are as good as one, a little lighter."""
        if self.raised.lightness() > self.text.lightness():
            return self.hover
        return mixed(self.raised, self.text, 0.08)

    def named(self, name: str) -> QColor:
        """Return the colour of token `name`; raises AttributeError for an unknown one."""
        color: QColor = getattr(self, name)
        return color


def mixed(one: QColor, other: QColor, share: float) -> QColor:
    """Return `one` with a `share` of another colour in it, from 0 to 1."""
    return QColor.fromRgbF(
        one.redF() + share * (other.redF() - one.redF()),
        one.greenF() + share * (other.greenF() - one.greenF()),
        one.blueF() + share * (other.blueF() - one.blueF()),
    )


MONO_ON_WINDOWS = ("Cascadia Mono", "Consolas")
SEMIBOLD = QFont.Weight.DemiBold
MEDIUM = QFont.Weight.Medium
NORMAL = QFont.Weight.Normal

CHINESE = "zh_CN"
CHINESE_FAMILIES = (
    "Microsoft YaHei UI",
    "PingFang SC",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
)
_WEIGHTS = {"title": SEMIBOLD, "display": SEMIBOLD}


class Theme(msgspec.Struct, frozen=True, eq=False, weakref=True, dict=True):
    """One appearance at one text size; replaced as a whole when either changes."""

    dark: bool
    colors: Colors
    scale: float
    tokens: Tokens
    family: str
    mono_family: str
    icons: IconShelf
    fallbacks: tuple[str, ...] = ()
    chat_width: int = 760
    """How wide the text of a chat may become, in pixels at 100 %."""

    def font(self, role: str, weight: QFont.Weight | None = None) -> QFont:
        """Return the font of `role`: tiny, small, label, body, title, display or mono."""
        font = self._fonts.get((role, weight))
        if font is None:
            font = self._fonts[role, weight] = self._new_font(role, weight)
        return QFont(font)

    def _new_font(self, role: str, weight: QFont.Weight | None) -> QFont:
        if role == "mono":
            font = QFont([self.mono_family, *self.fallbacks])
            font.setStyleHint(QFont.StyleHint.Monospace)
            font.setFixedPitch(True)
            size: int = self.tokens.type.label
        else:
            font = QFont([self.family, *self.fallbacks])
            size = getattr(self.tokens.type, role)
        font.setPixelSize(max(1, self.px(size)))
        font.setWeight(weight if weight is not None else _WEIGHTS.get(role, NORMAL))
        return font

    def px(self, value: float) -> int:
        """Return `value` device-independent pixels at this text size, rounded to whole ones."""
        return round(value * self.scale)

    def icon(self, name: str, color: str = "text") -> QIcon:
        """Return icon `name` in the colour of token `color`, with a disabled state."""
        return self.icons.icon(name, self.colors.named(color), self.colors.disabled, self.px(self.tokens.icon.size))

    def pixmap(self, name: str, color: str, ratio: float, size: float | None = None) -> QPixmap:
        """Return icon `name` for pixel ratio `ratio`, `size` pixels wide at 100 %."""
        side = self.px(size if size is not None else self.tokens.icon.size)
        return self.icons.pixmap(name, self.colors.named(color), side, ratio)

    def paint_icon(self, painter: QPainter, area: QRectF, name: str, color: str, size: float | None = None) -> None:
        """Draw icon `name` centred in `area`, sharp on the device that `painter` paints on."""
        ratio = painter.device().devicePixelRatioF()
        paint_pixmap(painter, area, self.pixmap(name, color, ratio, size))

    def style_sheet(self) -> str:
        """Return the style sheet of the controls that are not painted by the app itself."""
        from desktop_app.gui.look.style_sheet import style_sheet  # it takes the theme apart, so it comes second

        return style_sheet(self)

    def palette(self, words: str = "") -> QPalette:
        """Return the palette for everything that asks the style for colours; words are in that of token `words`, if one is named."""
        palette = self._palettes.get(words)
        if palette is None:
            palette = self._palettes[words] = self._new_palette(words)
        return QPalette(palette)

    @cached_property
    def _fonts(self) -> dict[tuple[str, QFont.Weight | None], QFont]:
        """What was made of fonts: a window asks for hundreds, and takes them in no time then."""
        return {}

    @cached_property
    def _palettes(self) -> dict[str, QPalette]:
        """What was made of palettes, by the colour of words."""
        return {}

    def _new_palette(self, words: str) -> QPalette:
        colors = self.colors
        palette = QPalette()
        roles = {
            QPalette.ColorRole.Window: colors.window,
            QPalette.ColorRole.WindowText: colors.text,
            QPalette.ColorRole.Base: colors.surface,
            QPalette.ColorRole.AlternateBase: colors.code,
            QPalette.ColorRole.Text: colors.text,
            QPalette.ColorRole.PlaceholderText: colors.muted,
            QPalette.ColorRole.Button: colors.raised,
            QPalette.ColorRole.ButtonText: colors.text,
            QPalette.ColorRole.BrightText: colors.on_accent,
            QPalette.ColorRole.Highlight: colors.text_selection,
            QPalette.ColorRole.HighlightedText: colors.text,
            QPalette.ColorRole.Accent: colors.accent,
            QPalette.ColorRole.Link: colors.accent,
            QPalette.ColorRole.LinkVisited: colors.accent,
            QPalette.ColorRole.ToolTipBase: colors.raised,
            QPalette.ColorRole.ToolTipText: colors.text,
            QPalette.ColorRole.Light: colors.raised,
            QPalette.ColorRole.Midlight: colors.hover,
            QPalette.ColorRole.Mid: colors.line,
            QPalette.ColorRole.Dark: colors.control_line,
            QPalette.ColorRole.Shadow: colors.control_line,
        }
        for role, color in roles.items():
            palette.setColor(role, color)
        for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, colors.disabled)
        if words:
            palette.setColor(QPalette.ColorRole.WindowText, colors.named(words))
        return palette

    def apply(self, app: QApplication) -> None:
        """Give `app` this theme's palette, font and style sheet; the app's own widgets follow through `set_theme`."""
        for _part in self.apply_in_parts(app):
            pass

    def apply_in_parts(self, app: QApplication) -> Iterator[None]:
        """Do so, a part with each step; what is drawn between two of them is partly in the former look."""
        sheet, former = self.style_sheet(), app.styleSheet()
        if former == sheet and app.palette() == self.palette():
            return  # one more window: nothing has to be drawn anew for it
        app.setPalette(self.palette())
        app.setFont(self.font("body"))
        if not former:
            app.setStyleSheet(sheet)
            return
        _forget_rules(app)
        app.setStyleSheet(sheet)
        yield
        yield from _style_in_parts(app, tells=_without_colors(sheet) != _without_colors(former))


def _forget_rules(app: QApplication) -> None:
    """Have Qt know of no widget that a style sheet was looked up for, so that the next one is set in no time.

    Else it would style each of them in that turn, and once for every one that it lies in.
    """
    style = app.style()
    style.unpolish(app)
    style.polish(app)


def _style_in_parts(app: QApplication, *, tells: bool) -> Iterator[None]:
    """Give all widgets that have a style that of the new style sheet, a part of them with each step.

    Those that have none yet get it when they are shown. A widget that is told of another style asks for another place,
    and all around it is laid out anew: where only colours have changed, nothing `tells` them.
    """
    told = QEvent(QEvent.Type.StyleChange)
    part = room = PART // 2 if tells else PART  # what is told takes as long again
    for widget in app.allWidgets():
        if not room:
            yield
            room = part
        if not isValid(widget) or not widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
            continue  # it is gone since the step before, or was never shown
        room -= 1
        widget.style().polish(widget)
        if tells:
            QCoreApplication.sendEvent(widget, told)
        widget.update()


def _without_colors(sheet: str) -> str:
    return re.sub("#[0-9a-f]+", "", sheet)


PART = 100
"""How many widgets are styled, or told of a theme, in one turn, which takes a third of a frame."""
WIDENED = {LineWidth.USUAL: 1.0, LineWidth.WIDE: 1.5, LineWidth.WINDOW: 10.0}
"""By how much the text of a chat may be wider than the column of the look; by the last more than any screen."""
_STRONGER = {"muted": "text", "disabled": "muted", "control_line": "text", "line": "control_line"}
"""Which tone stands in for which one where the system asks for more contrast."""


class Themed:
    """What a widget that paints itself has in common: its theme, and a hook for a new one.

    Mixed into QWidget classes; `MainWindow.set_theme` walks the children and tells each.
    """

    theme: Theme

    def set_theme(self, theme: Theme) -> None:
        """Take `theme` and take over its fonts and sizes."""
        self.theme = theme
        self.apply_theme()

    def set_theme_in_parts(self, theme: Theme) -> Iterator[None]:
        """Do so, a part with each step; for what takes most of a frame or longer."""
        self.set_theme(theme)
        yield from ()

    def apply_theme(self) -> None:
        """Set fonts, sizes and colours that are not looked up while painting."""
        if isinstance(self, QWidget):
            self.updateGeometry()
            self.update()


def retheme(root: QWidget, theme: Theme) -> None:
    """Hand `theme` to `root` and every themed widget below it.

    Parents come first, and children are asked for after that, since a page may replace its own.
    """
    for _part in retheme_in_parts(root, theme):
        pass


def retheme_in_parts(root: QWidget, theme: Theme) -> Iterator[None]:
    """Do so, a part of the widgets with each step."""
    waiting, room = deque((root,)), PART
    while waiting:
        if not room:
            yield
            room = PART
        widget = waiting.popleft()
        if not isValid(widget):  # it is gone since the step before
            continue
        if isinstance(widget, Themed) and widget.theme is not theme:  # else one above has told it
            room -= 1
            for _part in widget.set_theme_in_parts(theme):
                yield
                room = PART
                if not isValid(widget):
                    break
        if not isValid(widget):
            continue
        children = widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        waiting.extendleft(reversed(children))


def read_tokens(file: Path) -> Tokens:
    """Read design tokens; raises msgspec.ValidationError where the file is not as expected."""
    return msgspec.json.decode(file.read_bytes(), type=Tokens)


def load_theme(
    appearance: Appearance,
    text_size: int,
    system_dark: bool,
    *,
    more_contrast: bool = False,
    line_width: LineWidth = LineWidth.USUAL,
    font: str = "",
) -> Theme:
    """Return the theme for a chosen appearance and a text size in percent, `more_contrast` with stronger tones.

    Fonts are the family `font`, or where that is empty the application's own, as the platform chose it, and the
    platform's fixed-pitch one; a QGuiApplication must exist.
    """
    dark = appearance is Appearance.DARK or (appearance is Appearance.SYSTEM and system_dark)
    tokens = read_tokens(resources() / "tokens.json")
    values = tokens.dark if dark else tokens.light
    if more_contrast:
        values = values | {quiet: values[strong] for quiet, strong in _STRONGER.items()}
    usual = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
    return Theme(
        dark=dark,
        colors=Colors(**{name: QColor(value) for name, value in values.items()}),
        scale=text_size / 100,
        tokens=tokens,
        family=font or usual,
        mono_family=mono_family(sys.platform),
        icons=IconShelf(resources() / "icons"),
        chat_width=round(tokens.layout.column_max * WIDENED[line_width]),
        fallbacks=((usual,) if font else ())
        + (chinese_families(QFontDatabase.families()) if translator.language == CHINESE else ()),
    )


def mono_family(platform: str) -> str:
    """Return the platform's fixed-pitch family; Windows names a typewriter's, and has others for reading code on screens."""
    better = MONO_ON_WINDOWS if platform == "win32" else ()
    found = next((name for name in better if QFontDatabase.hasFamily(name)), "")
    usual = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    if found or QFontDatabase.hasFamily(usual.family()):
        return found or usual.family()
    return QFontInfo(usual).family()  # of a name as “monospace”, which is passed over where other families follow it


def chinese_families(installed: Sequence[str]) -> tuple[str, ...]:
    """Return the first family for simplified Chinese that there is: without it signs may look as they do in Japanese."""
    return tuple(name for name in CHINESE_FAMILIES if name in installed)[:1]


def system_is_dark() -> bool:
    """Return whether the platform asks for dark windows; a QGuiApplication must exist."""
    return QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark


def system_wants_contrast() -> bool:
    """Return whether the platform asks for high contrast; a QGuiApplication must exist."""
    hints = QGuiApplication.styleHints()  # it is to outlive the wrapper of what it hands out
    return hints.accessibility().contrastPreference() is Qt.ContrastPreference.HighContrast
