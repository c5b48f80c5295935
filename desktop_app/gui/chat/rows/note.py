"""The line that shows from where on the model remembers, with the summary of what came before."""

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop_app.gui.look.lines import Lines
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.accessible import Spoken
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.widgets.selectable_text import SelectableText

_LINE, _BUTTON, _BELOW = 24, 32, 20


class NoteOwner(Protocol):
    """What a note asks of the view."""

    def note_toggled(self) -> None:
        """Show or hide the summary."""

    def keep_in_sight(self, area: QRect) -> None:
        """Scroll until an area can be seen, in the viewport's pixels."""


def note_height(theme: Theme, summary: str, width: int, *, opened: bool) -> int:
    """Return the height of a note in a column `width` pixels wide."""
    px = theme.px
    if not summary:
        return px(_LINE) + px(_BELOW)
    return px(_BUTTON) + px(_BELOW) + (_summary_height(theme, summary, width) + px(8) if opened else 0)


def _summary_height(theme: Theme, summary: str, width: int) -> int:
    return Lines(theme, theme.font("label"), summary, max(1, width - 2 * theme.px(24))).height


class Note(Spoken, Themed, QWidget):
    """A line of text between two rules; with a summary it is a button that opens it."""

    def __init__(self, theme: Theme, owner: NoteOwner, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._owner = owner
        self._text = _("The model remembers from here on")
        self.summary = ""
        self._opened = False
        self.toggle = Button(theme, "", kind=ButtonKind.QUIET, size=ButtonSize.SMALL, parent=self)
        self.toggle.clicked.connect(owner.note_toggled)
        self.label: SelectableText | None = None
        self.setAccessibleName(self._text)

    def lend(self, summary: str, *, opened: bool) -> None:
        """Show that there is a `summary`, and all of it where it is `opened`."""
        self.summary = summary
        self.setAccessibleDescription(summary)
        self.toggle.setVisible(bool(summary))
        self.toggle.setToolTip("" if opened else summary)
        self.toggle.setAccessibleDescription(summary)
        self._opened = opened
        shown = summary if opened else ""
        if shown and self.label is None:  # few want to read it
            from desktop_app.gui.widgets.selectable_text import SelectableText

            self.label = SelectableText(self.theme, self._text, "", self, role="label", color="muted")
            self.label.caret_moved.connect(self._follow_caret)
        self.arrange()
        if self.label is not None:
            self.label.show_text(shown)  # as wide as it is by now: its height follows from that
            self.label.setVisible(bool(shown))
        self.update()

    def _follow_caret(self) -> None:
        """Keep the keyboard's cursor in sight: the summary may be longer than what can be seen."""
        if self.label is not None:
            caret = self.label.cursorRect().translated(self.label.pos())
            self._owner.keep_in_sight(caret.translated(self.pos()))

    def chain(self) -> list[QWidget]:
        """Return what the keyboard visits."""
        shown = (self.toggle, self.label)
        return [widget for widget in shown if widget is not None and not widget.isHidden()]

    def apply_theme(self) -> None:
        """Take over sizes."""
        self.arrange()

    def arrange(self) -> None:
        """Put the button and the summary into their places."""
        px, width = self.theme.px, self.width()
        self._name_toggle(width)
        wide = self.toggle.sizeHint().width()
        self.toggle.setGeometry((width - wide) // 2, 0, wide, px(_BUTTON))
        if self.label is not None:
            self.label.setGeometry(px(24), px(_BUTTON) + px(4), max(1, width - 2 * px(24)), self.label.height())

    def _name_toggle(self, width: int) -> None:
        """Say as much as fits in `width` pixels."""
        icon = "chevron-down" if self._opened else "chevron-right"
        whole = (
            _("Hide the summary") if self._opened else _("The model remembers from here on, with a summary of the rest")
        )
        self.toggle.set_content(whole, icon)
        if self.toggle.sizeHint().width() > width:
            self.toggle.set_content(self._text, icon)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rules, and between them the line where there is no summary."""
        px = self.theme.px
        painter = QPainter(self)
        painter.setFont(self.theme.font("small"))
        painter.setPen(self.theme.colors.muted)
        height = px(_BUTTON if self.summary else _LINE)
        if self.summary:
            room = self.toggle.width() + 2 * px(4)
        else:
            room = painter.fontMetrics().horizontalAdvance(self._text) + 2 * px(12)
            painter.drawText(QRect(0, 0, self.width(), height), Qt.AlignmentFlag.AlignCenter, self._text)
        middle, side = height // 2, (self.width() - room) // 2
        painter.fillRect(0, middle, side, 1, self.theme.colors.line)
        painter.fillRect(self.width() - side, middle, side, 1, self.theme.colors.line)
        painter.end()
