"""The pill in the top bar that says which model answers."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Brief, RingedButton
from desktop_app.gui.widgets.painting import badge_width, paint_badge, paint_pill
from desktop_app.support.formats import percent
from desktop_app.support.i18n import _
from desktop_app.support.isolates import isolated

LEAST_NAME = 48
"""The room that a model's name keeps in a narrow window."""
BRIEF_NAME = 96
"""How wide it is at most where the bar is narrow, in pixels at 100 %: the chat's title has the other half."""


class ModelPill(Brief, RingedButton):
    """Which model answers, where it runs, and how far it is loaded; a click offers the others.

    A brief one leaves the room that there is to the name; where the model runs, the tooltip says, too.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, "", parent)
        self._name = _("Choose a model")
        self._quantization = ""
        self._badge = ""
        self._shows_quantization = True
        self._tone = "accent"
        self._fraction: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the font."""
        self.setFont(self.theme.font("label"))
        super().apply_theme()

    def show_model(self, name: str, quantization: str, badge: str, tone: str, fraction: float | None) -> None:
        """Show a model; `fraction` draws how far it is loaded."""
        self._name = name
        self._quantization = quantization
        self._badge = badge
        self._tone = tone
        self._fraction = fraction
        self.updateGeometry()
        self.update()

    def show_quantization(self, shows: bool) -> None:
        """Say how the model is quantized, too, or leave that to the menu."""
        if shows is not self._shows_quantization:
            self._shows_quantization = shows
            self.updateGeometry()
            self.update()

    @property
    def shown_quantization(self) -> str:
        """The quantization, where there is room for it beside the name."""
        return self._quantization if self._shows_quantization and not self.is_brief else ""

    @property
    def shown_badge(self) -> str:
        """What the badge says; empty where there is none, or all is well and there is no room for it.

        While the model is loaded it says how far, and only that where there is no room for more.
        """
        if self.is_brief and self._tone != "bad" and self._fraction is None:
            return ""
        has_room = self.width() >= self._fixed_width("", self._badge) + self._least_name
        return self._badge if has_room else self._least_badge

    def sizeHint(self) -> QSize:
        """The room for everything."""
        name = self._advance(self._name)
        if self.is_brief:
            name = min(name, self.theme.px(BRIEF_NAME))
        badge = self._badge if self.shown_badge else ""
        return QSize(self._fixed_width(self.shown_quantization, badge) + name, self.theme.px(32))

    def minimumSizeHint(self) -> QSize:
        """The name may be cut, and the quantization left out, and the words for how far the model is loaded."""
        badge = self._least_badge if self.shown_badge else ""
        return QSize(self._fixed_width("", badge) + self._least_name, self.theme.px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pill."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_pill(painter, self.rect().toRectF(), self.theme, hovered=self.underMouse(), pressed=self.isDown(),
                   ring=self.has_ring)  # fmt: skip
        x = float(px(12))
        quantization, said = self.shown_quantization, self.shown_badge
        room = self.width() - self._fixed_width(quantization, said)
        if quantization and room < self._least_name:
            quantization = ""
            room = self.width() - self._fixed_width("", said)
        shown = self.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideRight, room)
        painter.setFont(self.font())
        painter.setPen(colors.text)
        self._write(painter, x, shown)
        x += self._advance(shown) + px(8)
        if quantization:
            painter.setPen(colors.muted)
            self._write(painter, x, quantization)
            x += self._advance(quantization) + px(8)
        if said:
            width = badge_width(self.theme, said)
            height = px(18)
            badge = placed(self, QRectF(x, (self.height() - height) / 2, width, height), self.rect())
            paint_badge(painter, badge, self.theme, said, self._tone)
            x += width + px(4)
        else:
            x -= px(4)
        chevron = placed(self, QRectF(x, 0, px(16), self.height()), self.rect())
        self.theme.paint_icon(painter, chevron, "chevron-down", "muted", 16)
        if self._fraction is not None:
            self._paint_progress(painter)
        painter.end()

    def _paint_progress(self, painter: QPainter) -> None:
        px, colors = self.theme.px, self.theme.colors
        track = QRectF(px(14), self.height() - px(5), self.width() - px(28), px(2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.line)
        painter.drawRoundedRect(track, 1, 1)
        track.setWidth(track.width() * min(max(self._fraction or 0.0, 0.02), 1.0))
        painter.setBrush(colors.accent)
        painter.drawRoundedRect(placed(self, track, self.rect()), 1, 1)

    def _write(self, painter: QPainter, x: float, text: str) -> None:
        area = placed(self, QRectF(x, 0, self.width(), self.height()), self.rect())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, isolated(text))

    def _advance(self, text: str) -> int:
        return QFontMetrics(self.font()).horizontalAdvance(text) + 1  # advances are fractions, rounded

    @property
    def _least_name(self) -> int:
        return min(self.theme.px(LEAST_NAME), self._advance(self._name))

    @property
    def _least_badge(self) -> str:
        return self._badge if self._fraction is None else percent(self._fraction)

    def _fixed_width(self, quantization: str, badge: str) -> int:
        px = self.theme.px
        width = px(12) + px(8) + px(16) + px(8)
        if quantization:
            width += self._advance(quantization) + px(8)
        if badge:
            width += badge_width(self.theme, badge) + px(4)
        else:
            width -= px(4)
        return width
