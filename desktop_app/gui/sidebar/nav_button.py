"""The foot of the sidebar: the entries that lead to pages, and the line that says what goes over the network."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop_app.gui.look.mirroring import paint_words, placed, set_margins
from desktop_app.gui.look.theme import MEDIUM, NORMAL, Theme, Themed
from desktop_app.gui.widgets.accessible import Role, Spoken, SpokenButton
from desktop_app.gui.widgets.controls import Label, RingedButton
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.support.i18n import _


class NavButton(SpokenButton, RingedButton):
    """A full-width entry with an icon, as at the foot of the sidebar; checked while its page is open.

    A compact one is the icon alone, with the text as its tooltip.
    """

    spoken_role = Role.PageTab

    def __init__(self, theme: Theme, icon: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, text, parent)
        self._icon = icon
        self._is_compact = False
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.apply_theme()

    def set_compact(self, is_compact: bool) -> None:
        """Show the icon alone, or the text beside it."""
        if is_compact is not self._is_compact:
            self._is_compact = is_compact
            self.setToolTip(self.text() if is_compact else "")
            self.updateGeometry()
            self.update()

    def apply_theme(self) -> None:
        """Take over the font."""
        self.setFont(self.theme.font("body"))
        super().apply_theme()

    def sizeHint(self) -> QSize:
        """The room for icon and text."""
        px = self.theme.px
        if self._is_compact:
            return QSize(px(34), px(33))
        return QSize(px(42) + self.fontMetrics().horizontalAdvance(self.text()), px(33))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the entry in its state."""
        px = self.theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = "selected" if self.isChecked() or self.isDown() else "hover" if self.underMouse() else None
        paint_box(painter, self.rect(), self.theme, fill=fill, line=None, ring=self.has_ring)
        icon = placed(self, QRectF(px(7), 0, px(20), self.height()), self.rect())
        if self._is_compact:
            icon = QRectF(self.rect())
        self.theme.paint_icon(painter, icon, self._icon, "text")
        painter.setFont(self.theme.font("body", MEDIUM if self.isChecked() else NORMAL))
        painter.setPen(self.theme.colors.text)
        area = QRectF(px(34), 0, self.width() - px(42), self.height())
        if not self._is_compact:
            paint_words(painter, placed(self, area, self.rect()), self.text())
        painter.end()


class NetworkLine(Spoken, Themed, QWidget):
    """Says whether anything goes over the network, beside a dot."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.setAccessibleName(_("Network"))
        self._label = Label(theme, _("No network in use"), "small", "muted", wraps=True, parent=self)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._label)
        self.apply_theme()

    def set_text(self, text: str, details: str) -> None:
        """Show another sentence."""
        self._label.setText(text)
        self._label.setToolTip(details)
        self._label.setAccessibleDescription(details)

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        set_margins(self._row, px(34), px(4), px(8), px(4))
        self.setMinimumHeight(px(32))
        super().apply_theme()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dot."""
        px = self.theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.colors.good)
        painter.drawEllipse(placed(self, QRectF(px(13), self.height() / 2 - px(4), px(8), px(8)), self.rect()))
        painter.end()
