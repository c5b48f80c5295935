"""The line above an answer that says that the model thinks, or for how long it did, and opens what it thought."""

from typing import Protocol

from PySide6.QtWidgets import QWidget

from desktop_app.gui.chat.entries import Entry
from desktop_app.gui.controls import Button, ButtonKind, ButtonSize
from desktop_app.gui.theme import Theme, Themed
from desktop_app.support.i18n import _, ngettext

OVERHANG = 16
_MINUTE = 60


class ThoughtOwner(Protocol):
    """What the line asks of the view."""

    def thought_toggled(self, entry: Entry) -> None:
        """Show or hide what the model thought before an answer."""


class ThoughtHead(Themed, QWidget):
    """A quiet button that begins `OVERHANG` pixels left of the answer, so that its icon begins where the text does."""

    def __init__(self, theme: Theme, owner: ThoughtOwner, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._owner = owner
        self.entry: Entry | None = None
        self.toggle = Button(theme, "", kind=ButtonKind.QUIET, size=ButtonSize.SMALL, parent=self)
        self.toggle.clicked.connect(self._clicked)

    def lend(self, entry: Entry) -> None:
        """Show the state of the thought of `entry`."""
        self.entry = entry
        thought = entry.thought
        assert thought is not None
        self.toggle.set_content(
            _("Thinking…") if thought.is_live else duration(thought.seconds),
            "chevron-down" if thought.opened else "chevron-right",
        )
        action = _("Hide what the model thought") if thought.opened else _("Show what the model thought")
        self.toggle.setToolTip(action)
        self.toggle.setAccessibleDescription(action)
        self.arrange()

    def chain(self) -> list[QWidget]:
        """Return what the keyboard visits."""
        return [self.toggle]

    def apply_theme(self) -> None:
        """Take over sizes."""
        self.arrange()

    def arrange(self) -> None:
        """Put the button into its place."""
        self.toggle.resize(self.toggle.sizeHint())

    def _clicked(self) -> None:
        if self.entry is not None:
            self._owner.thought_toggled(self.entry)


def duration(seconds: float) -> str:
    """Say how long a model thought."""
    whole = round(seconds)
    if whole < 1:
        return _("Thought for a moment")
    if whole < _MINUTE:
        return ngettext("Thought for {count} second", "Thought for {count} seconds", whole).format(count=whole)
    minutes, rest = divmod(whole, _MINUTE)
    return _("Thought for {minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
