"""A field for searching, with a magnifying glass and a hint of its shortcut."""

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from desktop_app.gui.look.mirroring import is_mirrored, placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.controls import IconButton
from desktop_app.gui.widgets.painting import key_hint_width, paint_key_hint
from desktop_app.support.i18n import _

CLEAR_SIDE = 24
"""How large the button that clears the field is, in pixels at 100 %."""


class SearchField(Themed, QLineEdit):
    """A field with a magnifying glass on the left and on the right its shortcut, or what clears it while it has a text.

    Escape clears it, too; where it `takes_escape`, one more is told by `escaped`.
    """

    left_downwards = Signal()
    escaped = Signal()

    def __init__(self, theme: Theme, placeholder: str, parent: QWidget | None = None, *, clears: bool = True) -> None:
        """Without `clears` there is no button for it: where Escape closes all around the field."""
        QLineEdit.__init__(self, parent)
        self._clears = clears
        self.theme = theme
        self._hint = ""
        self.takes_escape = False
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setToolTip(placeholder)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._clear_button: IconButton | None = None
        """Made when there is first something to clear: most fields are never typed in."""
        self.textChanged.connect(self._make_room)
        self.apply_theme()

    def set_hint(self, hint: str) -> None:
        """Show another shortcut at the right."""
        self._hint = hint
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over font, height and the room for icon and hint."""
        px = self.theme.px
        self.setFont(self.theme.font("body"))
        self.setFixedHeight(px(36))
        self._make_room()
        super().apply_theme()

    def _make_room(self) -> None:
        """Keep the text off the icon and what clears it, and the placeholder off the shortcut."""
        icon = self.theme.px(24)
        hint = key_hint_width(self.theme, self._hint) if self._hint else 0
        clears = self._clears and bool(self.text())
        if clears and self._clear_button is None:
            self._clear_button = self._made_button()
        if self._clear_button is not None:
            self._clear_button.setVisible(clears)
        end = icon if clears else 0 if self.text() else hint
        left, right = (end, icon) if is_mirrored(self) else (icon, end)
        self.setTextMargins(left, 0, right, 0)

    def _made_button(self) -> IconButton:
        made = IconButton(self.theme, "close", _("Clear the search"), side=CLEAR_SIDE, parent=self)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        QWidget.setTabOrder(self, made)  # and not behind all that was made before it
        made.clicked.connect(self._begin_anew)
        made.setGeometry(self._end())
        return made

    def _end(self) -> QRect:
        """Where what clears it stands."""
        side = self.theme.px(CLEAR_SIDE)
        area = QRect(self.width() - side - self.theme.px(6), (self.height() - side) // 2, side, side)
        return placed(self, area, self.rect())

    def _begin_anew(self) -> None:
        self.setFocus()  # first: the button goes with the text
        self.clear()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what clears it at the end."""
        super().resizeEvent(event)
        if self._clear_button is not None:
            self._clear_button.setGeometry(self._end())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the field, then what decorates it."""
        super().paintEvent(event)
        px = self.theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        icon = placed(self, QRectF(px(10), 0, px(20), self.height()), self.rect())
        self.theme.paint_icon(painter, icon, "search", "muted")
        if self._hint and not self.text():
            width = key_hint_width(self.theme, self._hint)
            area = placed(self, QRectF(self.width() - width - px(12), 0, width, self.height()), self.rect())
            paint_key_hint(painter, area, self.theme, self._hint, "muted")
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Keep Escape from the window's shortcuts while there is something to clear."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Escape
            and (self.text() or self.takes_escape)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape clears the field; the down key goes on to what was found."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Escape and self.takes_escape:
            self.escaped.emit()
        elif event.key() == Qt.Key.Key_Down:
            self.left_downwards.emit()
        else:
            super().keyPressEvent(event)
