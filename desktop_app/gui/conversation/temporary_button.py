"""The button that makes a chat a temporary one, says that it is one, and keeps it."""

from enum import StrEnum

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Brief, RingedButton
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _, pgettext


class Temporary(StrEnum):
    """What the chat that is shown is: an ordinary one, one to come that can be temporary or will be, or a temporary one."""

    NO = "no"
    OFFERED = "offered"
    CHOSEN = "chosen"
    OPEN = "open"


class TemporaryButton(Brief, RingedButton):
    """An icon while there is a choice, in colour while the chat is a temporary one.

    Where that can be kept it says so in a word, which a brief one leaves out.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, "", parent)
        self.state = Temporary.NO
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_state(Temporary.NO)
        self.apply_theme()

    @property
    def is_on(self) -> bool:
        """Whether the chat is, or will be, a temporary one."""
        return self.state in (Temporary.CHOSEN, Temporary.OPEN)

    def show_state(self, state: Temporary) -> None:
        """Show what the chat is."""
        self.state = state
        about = _("A temporary chat is in no list and no search, and is deleted when you leave it.")
        words = {
            Temporary.CHOSEN: _("Click to make it an ordinary chat."),
            Temporary.OPEN: _("Click to keep this chat."),
        }.get(state, "")
        self.setAccessibleName(_("Temporary chat") if self.is_on else _("Make this a temporary chat"))
        self.setAccessibleDescription(paragraph([about, words] if words else [about]))
        self.setToolTip(paragraph([words, about] if words else [self.accessibleName(), about]))
        self.updateGeometry()
        self.update()

    def apply_theme(self) -> None:
        """Take over the font."""
        self.setFont(self.theme.font("label"))
        super().apply_theme()

    def sizeHint(self) -> QSize:
        """A square for the icon, and room for the word."""
        px, words = self.theme.px, self._words()
        return QSize(px(32) + (self.fontMetrics().horizontalAdvance(words) + px(12) if words else 0), px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon in its state, and the word."""
        px, on = self.theme.px, self.is_on
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hovered = self.underMouse()
        fill = "selected" if self.isDown() else "hover" if hovered else None
        paint_box(painter, self.rect(), self.theme, fill=fill, line="accent" if on else None, ring=self.has_ring)
        color = "accent" if on else "text" if hovered else "muted"
        self.theme.paint_icon(painter, placed(self, QRectF(0, 0, px(32), px(32)), self.rect()), "temporary", color)
        painter.setFont(self.font())
        painter.setPen(self.theme.colors.named(color))
        area = placed(self, QRectF(px(32), 0, self.width() - px(32) - px(10), self.height()), self.rect())
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._words())
        painter.end()

    def _words(self) -> str:
        return pgettext("this chat", "Keep") if self.state is Temporary.OPEN and not self.is_brief else ""
