"""The line that stands for a thought or for the call of a tool, and opens it."""

from typing import Protocol

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop_app.gui.chat.entries import Thought, ToolCall
from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.accessible import Spoken
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize
from desktop_app.support.i18n import _, ngettext

OVERHANG = 16
_CALL_GAP = 6
_MINUTE = 60
_LONGEST_NAME = 48


class FoldOwner(Protocol):
    """What the line asks of the view."""

    @property
    def takes_wishes(self) -> bool:
        """Whether somebody hears of answers that are wanted now."""

    def fold_toggled(self, fold: Thought | ToolCall) -> None:
        """Show or hide what the line stands for."""

    def thought_cut(self, thought: Thought) -> None:
        """Have the model answer now, without thinking further."""


class FoldHead(Spoken, Themed, QWidget):
    """A quiet button that begins `OVERHANG` pixels before the answer, so that its icon begins where the text does."""

    def __init__(self, theme: Theme, owner: FoldOwner, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._owner = owner
        self.fold: Thought | ToolCall | None = None
        self.toggle = Button(theme, "", kind=ButtonKind.QUIET, size=ButtonSize.SMALL, parent=self)
        self.toggle.clicked.connect(self._clicked)
        self.now = Button(theme, _("Answer now"), kind=ButtonKind.QUIET, size=ButtonSize.SMALL, parent=self)
        self.now.setToolTip(_("Have the model answer with what it has thought so far"))
        self.now.setAccessibleDescription(self.now.toolTip())
        self.now.clicked.connect(self._cut)

    def lend(self, fold: Thought | ToolCall) -> None:
        """Show the state of `fold`."""
        self.fold = fold
        self.setAccessibleName(_("Assistant, message {number}").format(number=fold.owner.number))
        words, action = _thought_words(fold) if isinstance(fold, Thought) else _call_words(fold)
        self.toggle.set_content(words, "chevron-down" if fold.opened else "chevron-right")
        self.toggle.setToolTip(action)
        self.toggle.setAccessibleDescription(action)
        thinks = isinstance(fold, Thought) and fold.is_live and self._owner.takes_wishes
        if self.now.hasFocus() and not thinks:
            self.toggle.setFocus()
        self.now.setVisible(thinks)
        self.arrange()

    def chain(self) -> list[QWidget]:
        """Return what the keyboard visits."""
        return [self.toggle] if self.now.isHidden() else [self.toggle, self.now]

    def apply_theme(self) -> None:
        """Take over sizes."""
        self.arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stay where the line begins."""
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Put the buttons into their places; a call has text above more often than a thought, and more room for it."""
        top = self.theme.px(_CALL_GAP) if isinstance(self.fold, ToolCall) else 0
        size = self.toggle.sizeHint()
        self.toggle.setGeometry(placed(self, QRect(QPoint(0, top), size), self.rect()))
        self.now.setGeometry(placed(self, QRect(QPoint(size.width(), top), self.now.sizeHint()), self.rect()))

    def _clicked(self) -> None:
        if self.fold is not None:
            self._owner.fold_toggled(self.fold)

    def _cut(self) -> None:
        if isinstance(self.fold, Thought):
            self._owner.thought_cut(self.fold)


def _thought_words(thought: Thought) -> tuple[str, str]:
    """Return what the line says, and what its button does."""
    action = _("Hide what the model thought") if thought.opened else _("Show what the model thought")
    return _("Thinking…") if thought.is_live else duration(thought.seconds), action


def _call_words(call: ToolCall) -> tuple[str, str]:
    name = call.part.name
    if len(name) > _LONGEST_NAME:
        name = name[: _LONGEST_NAME - 1] + "…"
    action = (
        _("Hide what the model would have passed to this tool. Nothing was called.")
        if call.opened
        else _("Show what the model would have passed to this tool. Nothing was called.")
    )
    return _("Wanted to call {name}").format(name=name), action


def duration(seconds: float) -> str:
    """Say how long a model thought."""
    whole = round(seconds)
    if whole < 1:
        return _("Thought for a moment")
    if whole < _MINUTE:
        return ngettext("Thought for {count} second", "Thought for {count} seconds", whole).format(count=whole)
    minutes, rest = divmod(whole, _MINUTE)
    return _("Thought for {minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
