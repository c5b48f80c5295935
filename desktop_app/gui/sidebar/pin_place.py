"""Where chats that are dragged can be pinned: the line above the list has it meanwhile, so that nothing moves."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import SEMIBOLD, Theme, Themed
from desktop_app.gui.sidebar.drag import dragged
from desktop_app.gui.widgets.accessible import Role, Spoken
from desktop_app.support.i18n import _


class PinPlace(Spoken, Themed, QWidget):
    """A place with a pin; `dropped` has the ids of the chats."""

    spoken_role = Role.StaticText
    dropped = Signal(list)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._is_target = False
        self.setAcceptDrops(True)
        self.setAccessibleName(_("Pinned"))
        self.apply_theme()
        self.hide()

    def apply_theme(self) -> None:
        """Take over the font."""
        self.setFont(self.theme.font("small", SEMIBOLD))
        super().apply_theme()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take chats, and nothing else."""
        if dragged(event.mimeData()):
            event.acceptProposedAction()
            self._hover(True)
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They went elsewhere."""
        self._hover(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell which are to be pinned."""
        self._hover(False)
        ids = dragged(event.mimeData())
        if not ids:
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.MoveAction)
        event.accept()
        self.dropped.emit(ids)

    def _hover(self, is_target: bool) -> None:
        self._is_target = is_target
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a place with a pin."""
        px, colors = self.theme.px, self.theme.colors
        color = "accent" if self._is_target else "muted"
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.named(color), 1, Qt.PenStyle.DashLine))
        painter.setBrush(colors.selected if self._is_target else Qt.BrushStyle.NoBrush)
        radius = px(self.theme.tokens.radius.control)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        icon = placed(self, QRectF(px(8), 0, px(16), self.height()), self.rect())
        self.theme.paint_icon(painter, icon, "pin", color, 14)
        painter.setPen(colors.named(color))
        paint_words(painter, placed(self, self.rect().adjusted(px(30), 0, -px(8), 0), self.rect()), _("Pinned"))
        painter.end()
