"""A button that opens a menu, with a chevron at its end."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QWidget

from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button


class MenuButton(Button):
    """`fill` makes the entries of the menu each time that it is opened."""

    begins_at_edge = True

    def __init__(self, theme: Theme, text: str, fill: Callable[[QMenu], None], parent: QWidget | None = None) -> None:
        super().__init__(theme, text, parent=parent)
        self._fill = fill
        self.clicked.connect(self._open)

    def minimumSizeHint(self) -> QSize:
        """The room for the words, and for the chevron at their end."""
        return super().minimumSizeHint() + QSize(self.theme.px(24), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button, then the chevron of what opens."""
        super().paintEvent(event)
        px, painter = self.theme.px, QPainter(self)
        area = placed(self, QRectF(self.width() - px(26), 0, px(20), self.height()), self.rect())
        self.theme.paint_icon(painter, area, "chevron-down", "muted", 16)
        painter.end()

    def menu_now(self) -> QMenu:
        """Return the menu; the caller shows it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill(menu)
        return menu

    def _open(self) -> None:
        self.menu_now().popup(self.mapToGlobal(self.rect().bottomLeft()))
