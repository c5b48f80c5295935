"""What several controls and delegates draw: boxes and pills with a focus ring, badges, key hints, a few lines."""

import re

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QTextLayout, QTextOption

from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.key_names import written
from desktop_app.support.isolates import isolated

_BETWEEN_KEYS = re.compile(r"(?<=.)\+(?=.)")


def paint_box(
    painter: QPainter, area: QRect | QRectF, theme: Theme, *, fill: str | None, line: str | None, ring: bool
) -> None:
    """Draw a control's rounded ground: `fill` and `line` name colours; `ring` adds the focus ring."""
    box = QRectF(area)
    radius = theme.px(theme.tokens.radius.control)
    if ring:
        painter.setPen(QPen(theme.colors.focus, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), radius, radius)
        box = box.adjusted(3, 3, -3, -3)
        radius -= 2
        line = None
    ground: QColor | Qt.BrushStyle = theme.colors.named(fill) if fill else Qt.BrushStyle.NoBrush
    painter.setBrush(ground)
    if line:
        painter.setPen(QPen(theme.colors.named(line), 1))
        box = box.adjusted(0.5, 0.5, -0.5, -0.5)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
    if fill or line:
        painter.drawRoundedRect(box, radius, radius)


def paint_pill(painter: QPainter, area: QRectF, theme: Theme, *, hovered: bool, pressed: bool, ring: bool) -> None:
    """Draw a pill's ground in its state."""
    colors = theme.colors
    radius = area.height() / 2
    fill = colors.selected if pressed else colors.hover if hovered else colors.surface
    painter.setBrush(fill)
    if ring:
        painter.setPen(QPen(colors.focus, 2))
        painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), radius - 1, radius - 1)
    else:
        painter.setPen(QPen(colors.control_line if hovered else colors.line, 1))
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def key_hint(keys: str) -> str:
    """Return a shortcut ('Ctrl+N') as its hint is written here: 'Ctrl N', or with the platform's own signs."""
    return _BETWEEN_KEYS.sub(" ", written(keys))


def key_hint_width(theme: Theme, keys: str) -> int:
    """Return the width of `keys` drawn as a key hint."""
    return QFontMetrics(theme.font("tiny")).horizontalAdvance(keys) + 2 * theme.px(5)


def paint_key_hint(painter: QPainter, area: QRectF, theme: Theme, keys: str, color: str) -> None:
    """Draw `keys` ('Ctrl N') in a small outline, centred in `area`."""
    font = theme.font("tiny")
    height = theme.px(18)
    box = QRectF(round(area.left()), round(area.center().y() - height / 2), round(area.width()), height)
    pen_color = theme.colors.named(color)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.colors.line if color == "muted" else pen_color, 1))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), theme.px(4), theme.px(4))
    painter.setPen(pen_color)
    painter.setFont(font)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, isolated(keys))


def badge_width(theme: Theme, text: str) -> int:
    """Return the width of a badge that says `text`."""
    return QFontMetrics(theme.font("tiny", SEMIBOLD)).horizontalAdvance(text) + 2 * theme.px(8)


def paint_badge(painter: QPainter, area: QRectF, theme: Theme, text: str, color: str) -> None:
    """Draw a badge that says `text`: outlined in `color`, or soft where it is the accent."""
    tone = theme.colors.named(color)
    if color == "accent":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colors.accent_soft)
    else:
        painter.setPen(QPen(tone, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
    radius = area.height() / 2
    painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    painter.setPen(tone)
    painter.setFont(theme.font("tiny", SEMIBOLD))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)


def paint_scrim(painter: QPainter, area: QRect, theme: Theme) -> None:
    """Dim `area`, so that what lies over it stands out."""
    shade = QColor(theme.colors.window if theme.dark else theme.colors.text)
    shade.setAlphaF(0.6 if theme.dark else 0.3)
    painter.fillRect(area, shade)


def wrapped(text: str, font: QFont, width: int, most: int) -> list[str]:
    """Return `text` in at most so many lines; what does not fit ends in an ellipsis."""
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    units = text.encode("utf-16-le", "surrogatepass")  # Qt counts in these
    lines: list[str] = []
    layout.beginLayout()
    while text and (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        begin, end = line.textStart(), line.textStart() + line.textLength()
        if len(lines) == most - 1:
            rest = units[2 * begin :].decode("utf-16-le", "replace")
            lines.append(QFontMetrics(font).elidedText(rest, Qt.TextElideMode.ElideRight, width))
            break
        lines.append(units[2 * begin : 2 * end].decode("utf-16-le", "replace").rstrip())
    layout.endLayout()
    return lines
