"""The app's own controls: buttons, labels and cards, painted from the theme."""

from enum import StrEnum

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolTip,
    QWidget,
)

from desktop_app.gui.look.lines import ENDLESS, Lines
from desktop_app.gui.look.mirroring import FROM_RIGHT, is_mirrored, paint_words, placed
from desktop_app.gui.look.theme import MEDIUM, Theme, Themed
from desktop_app.gui.widgets.accessible import Role, Spoken, SpokenWaiting
from desktop_app.gui.widgets.key_names import KeyTip
from desktop_app.gui.widgets.keyboard_focus import KeyboardFocus
from desktop_app.gui.widgets.painting import badge_width, key_hint_width, paint_badge, paint_box, paint_key_hint
from desktop_app.support.isolates import isolated

KEPT_WIDTHS = 16
"""In so many widths a label keeps its lines; a layout that puts things in their place asks for up to seven of them."""


class ButtonKind(StrEnum):
    """How much a button asks for attention."""

    PRIMARY = "primary"
    OUTLINE = "outline"
    QUIET = "quiet"


class ButtonSize(StrEnum):
    """Body text and 36 pixels, or small text and 32."""

    NORMAL = "normal"
    SMALL = "small"


class Brief:
    """Mixed into widgets that say less, as `is_brief` tells, where there is little room."""

    is_brief = False

    def set_brief(self, is_brief: bool) -> None:
        """Say less, or all of it again."""
        if is_brief is not self.is_brief:
            self.is_brief = is_brief
            if isinstance(self, QWidget):
                self.updateGeometry()
                self.update()


class RingedButton(KeyTip, KeyboardFocus, Themed, QPushButton):
    """A button that knows whether the keyboard brought the focus, so that clicks leave no ring; Enter and Space press it."""

    def __init__(self, theme: Theme, text: str = "", parent: QWidget | None = None) -> None:
        QPushButton.__init__(self, text, parent)
        self.theme = theme
        self.setAutoDefault(False)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter as a click: a dialog would take it as one on its main button, whichever has the focus."""
        is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or not is_plain:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():  # one that is held was meant for what had the focus before
            self.click()

    def minimumSizeHint(self) -> QSize:
        """Never smaller than the text needs."""
        return self.sizeHint()


class Button(SpokenWaiting, RingedButton):
    """A text button with an optional icon on the left and a shortcut hint on the right.

    A checked outline button shows the accent: it is the one that is in force.
    """

    begins_at_edge = False
    """Whether words without an icon stand where a list's do; otherwise a wide button would look like a text field."""

    def __init__(
        self,
        theme: Theme,
        text: str,
        *,
        kind: ButtonKind = ButtonKind.OUTLINE,
        size: ButtonSize = ButtonSize.NORMAL,
        icon: str = "",
        hint: str = "",
        fills: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, text, parent)
        self._kind = kind
        self._size = size
        self._icon = icon
        self._hint = hint
        horizontal = QSizePolicy.Policy.Expanding if fills else QSizePolicy.Policy.Fixed
        self.setSizePolicy(horizontal, QSizePolicy.Policy.Fixed)
        self.apply_theme()

    def set_hint(self, hint: str) -> None:
        """Show another shortcut at the right."""
        self._hint = hint
        self.updateGeometry()
        self.update()

    def set_kind(self, kind: ButtonKind) -> None:
        """Ask for more attention, or less."""
        self._kind = kind
        self.update()

    def set_waiting(self, *, waits: bool) -> None:
        """Look disabled and tell of no click while something is on its way, but keep the focus.

        Qt gives the focus of what is disabled to whatever comes next, which the same key would press then.
        """
        if waits is not self.waits:
            self.waits = waits
            self.blockSignals(waits)
            self.tell_waiting()
            self.update()

    def set_content(self, text: str, icon: str = "") -> None:
        """Change the text and the icon."""
        self._icon = icon
        self.setText(text)
        self.updateGeometry()
        self.update()

    def apply_theme(self) -> None:
        """Take over the font."""
        self.setFont(self.theme.font("body" if self._size is ButtonSize.NORMAL else "small", MEDIUM))
        super().apply_theme()

    def sizeHint(self) -> QSize:
        """The room for icon, text and hint."""
        least = self.minimumSizeHint()
        return QSize(least.width() + self._hint_room(), least.height())

    def minimumSizeHint(self) -> QSize:
        """Never smaller than icon and text need; where there is no room for the hint it is left out."""
        px = self.theme.px
        width = self.fontMetrics().horizontalAdvance(self.text()) + 2 * px(12)
        if self._icon:
            width += px(20) + px(8)
        return QSize(width, px(36) if self._size is ButtonSize.NORMAL else px(32))

    def _hint_room(self) -> int:
        return self.theme.px(16) + key_hint_width(self.theme, self._hint) if self._hint else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button in its state."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill, line, text = self._state_colors()
        paint_box(painter, self.rect(), self.theme, fill=fill, line=line, ring=self.has_ring)
        self._paint_content(painter, text)
        painter.end()

    def _state_colors(self) -> tuple[str | None, str | None, str]:
        pressed = self.isDown()
        hovered = self.isEnabled() and self.underMouse()
        if not self.isEnabled() or self.waits:
            line = None if self._kind is ButtonKind.QUIET else "line"
            return ("hover" if self._kind is ButtonKind.PRIMARY else None, line, "disabled")
        if self._kind is ButtonKind.PRIMARY:
            return ("accent_pressed" if pressed else "accent_hover" if hovered else "accent", None, "on_accent")
        if self._kind is ButtonKind.QUIET:
            return ("selected" if pressed else "hover" if hovered else None, None, "text")
        if self.isChecked():
            return ("hover_raised" if pressed or hovered else "raised", "accent", "accent")
        return ("selected" if pressed else "hover_raised" if hovered else "raised", "control_line", "text")

    def _paint_content(self, painter: QPainter, color: str) -> None:
        px = self.theme.px
        area = QRectF(self.rect()).adjusted(px(12), 0, -px(12), 0)
        painter.setPen(self.theme.colors.named(color))
        painter.setFont(self.font())
        whole = QRectF(self.rect())
        if self._icon:
            icon = placed(self, QRectF(area.left(), 0, px(20), self.height()), whole)
            self.theme.paint_icon(painter, icon, self._icon, color)
            area.setLeft(area.left() + px(28))
        if self._hint and self.width() >= self.sizeHint().width():
            hint_width = key_hint_width(self.theme, self._hint)
            hint = placed(self, QRectF(area.right() - hint_width, 0, hint_width, self.height()), whole)
            paint_key_hint(painter, hint, self.theme, self._hint, color)
            area.setRight(area.right() - hint_width - px(8))
            painter.setFont(self.font())
            painter.setPen(self.theme.colors.named(color))
        centred = not self._icon and not self.begins_at_edge
        sideways = Qt.AlignmentFlag.AlignHCenter if centred else Qt.AlignmentFlag.AlignLeft
        flags = sideways | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic
        painter.drawText(placed(self, area, whole), flags, isolated(self.text()))


class IconButton(RingedButton):
    """A square button with an icon alone; its name is read aloud and shown as a tooltip."""

    def __init__(self, theme: Theme, icon: str, name: str, *, side: int = 32, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", parent)
        self._icon = icon
        self._side = side
        self._color = "muted"
        self.set_name(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, icon: str, name: str, color: str = "") -> None:
        """Change what the button does, and its colour where one is named."""
        self._icon, self._color = icon, color or self._color
        self.set_name(name)
        self.update()

    def set_name(self, name: str) -> None:
        """Change what the button is called."""
        self.setAccessibleName(name)
        self.setToolTip(name)

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(self.theme.px(self._side), self.theme.px(self._side))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon in its state."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hovered = self.isEnabled() and self.underMouse()
        fill = "selected" if self.isDown() else "hover" if hovered else None
        paint_box(painter, self.rect(), self.theme, fill=fill, line=None, ring=self.has_ring)
        color = "disabled" if not self.isEnabled() else "text" if hovered else self._color
        self.theme.paint_icon(painter, QRectF(self.rect()), self._icon, color)
        painter.end()


class Label(Themed, QLabel):
    """Text of one role and colour; never read as rich text."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        role: str = "body",
        color: str = "text",
        weight: QFont.Weight | None = None,
        *,
        wraps: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        QLabel.__init__(self, text, parent)
        self.theme = theme
        self._role = role
        self._color = color
        self._weight = weight
        self._laid: dict[int, Lines] = {}
        self._laid_font = QFont()
        """The font that they are in."""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wraps)
        if is_mirrored(self):  # Qt would have a text in a script from the left on the left
            self.setAlignment(FROM_RIGHT)
        self.apply_theme()

    def setText(self, text: str) -> None:
        """Show another text."""
        self._laid.clear()
        super().setText(text)

    def changeEvent(self, event: QEvent) -> None:
        """Lay the lines out anew in another font; Qt tells of one whenever a label gets its style, be it the same."""
        if event.type() == QEvent.Type.FontChange and self.font() != self._laid_font:
            self._laid.clear()
        super().changeEvent(event)

    def height_of(self, count: int) -> int:
        """Return how high `count` lines are, in pixels."""
        return Lines(self.theme, self.font(), "\n" * (count - 1), 0).height

    def sizeHint(self) -> QSize:
        """As Qt has it, and as high as the lines are."""
        hint = super().sizeHint()
        return QSize(hint.width(), self.heightForWidth(hint.width())) if self.wordWrap() else hint

    def heightForWidth(self, width: int) -> int:
        """What wraps is as high as its lines are."""
        if not self.wordWrap():
            return super().heightForWidth(width)
        margins = self.contentsMargins()
        lines = self._lines(width - margins.left() - margins.right())
        return lines.height + margins.top() + margins.bottom()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text; what wraps has its own lines."""
        if not self.wordWrap():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        self._lines(self.contentsRect().width()).paint(painter, self.contentsRect(), self.alignment())
        painter.end()

    def _lines(self, width: int) -> Lines:
        """Return the lines in a width, of which layouts ask for the same few again and again."""
        lines = self._laid.get(width)
        if lines is None:
            unbroken = self._laid.get(ENDLESS)
            if unbroken is None or len(self._laid) >= KEPT_WIDTHS:
                self._laid_font = self.font()
                unbroken = unbroken or self._lines_in(ENDLESS)
                self._laid = {ENDLESS: unbroken}
            lines = self._laid[width] = unbroken if width >= unbroken.widest else self._lines_in(width)
        return lines

    def _lines_in(self, width: int) -> Lines:
        return Lines(self.theme, self.font(), QLabel.text(self), width)

    def set_color(self, color: str) -> None:
        """Change the colour to that of token `color`."""
        if color != self._color:
            self._color = color
            self.apply_theme()

    def apply_theme(self) -> None:
        """Take over font and colour."""
        self.setFont(self.theme.font(self._role, self._weight))
        self.setPalette(self.theme.palette(self._color))
        super().apply_theme()


class ElidedLabel(Label):
    """A label that gives way: what does not fit ends in an ellipsis, and the tooltip has it all."""

    def minimumSizeHint(self) -> QSize:
        """As narrow as a few letters."""
        return QSize(self.theme.px(40), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        paint_words(painter, self.rect(), self.text())
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Show the tooltip; where there is none, the whole text where it does not fit."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cut = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
            QToolTip.showText(event.globalPos(), self.toolTip() or (self.text() if cut else ""), self)
            return True
        return super().event(event)


class Badge(Spoken, Themed, QWidget):
    """A short word in a rounded outline (good, warn, bad) or on a soft ground (accent)."""

    spoken_role = Role.StaticText

    def __init__(self, theme: Theme, text: str, color: str = "good", parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_content(text, color)

    def set_content(self, text: str, color: str) -> None:
        """Show another word."""
        self._text = text
        self._color = color
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """The room for the word."""
        return QSize(badge_width(self.theme, self._text), self.theme.px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the badge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_badge(painter, QRectF(self.rect()), self.theme, self._text, self._color)
        painter.end()


class Card(Spoken, Themed, QFrame):
    """A surface with rounded corners; `suggested` outlines it in the accent."""

    def __init__(self, theme: Theme, *, suggested: bool = False, parent: QWidget | None = None) -> None:
        QFrame.__init__(self, parent)
        self.theme = theme
        self._suggested = suggested

    def set_suggested(self, suggested: bool) -> None:
        """Outline the card in the accent, or no longer."""
        self._suggested = suggested
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw surface and outline."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self.theme.px(self.theme.tokens.radius.card)
        colors = self.theme.colors
        painter.setPen(QPen(colors.accent if self._suggested else colors.line, 1))
        painter.setBrush(colors.surface)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()


class Ground(Spoken, Themed, QWidget):
    """A plain area in one colour, with an optional line at one edge; left and right change sides with the window."""

    def __init__(self, theme: Theme, color: str, edge: Qt.Edge | None = None, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._color = color
        self._edge = edge

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill, then draw the edge."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.colors.named(self._color))
        line = self.theme.colors.line
        if self._edge in (Qt.Edge.LeftEdge, Qt.Edge.RightEdge):
            at_left = (self._edge is Qt.Edge.LeftEdge) is not is_mirrored(self)
            painter.fillRect(0 if at_left else self.width() - 1, 0, 1, self.height(), line)
        elif self._edge is Qt.Edge.BottomEdge:
            painter.fillRect(0, self.height() - 1, self.width(), 1, line)
        painter.end()


class Rule(Themed, QWidget):
    """A thin line across, with `room` below it, in pixels at 100 %."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, room: int = 8) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._room = room
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the height."""
        self.setFixedHeight(1 + self.theme.px(self._room))
        super().apply_theme()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line."""
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, self.theme.colors.line)
        painter.end()
