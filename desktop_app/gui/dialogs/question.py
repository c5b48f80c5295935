"""The frame of a small dialog that asks one thing: a title, some words, what can be chosen, Cancel and a button for yes."""

from collections.abc import Sequence

from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fix
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Label

LEAST_WIDTH = 280
MARGIN = 16
"""What stays free at its sides, in pixels at 100 %."""


class QuestionDialog(AppDialog):
    """Goes with its closing; those below it say what a yes means."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, title, parent)

    def lay_out(self, words: str, accept: str, width: int, choices: Sequence[QWidget] = ()) -> None:
        """Put everything in its place, `accept` being the words of the button for yes.

        The dialog is `width` pixels wide at 100 %, or as wide as its window or the screen leaves room.
        """
        theme, px = self.theme, self.theme.px
        foot = self.make_foot(accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(8))
        column.addWidget(Label(theme, self.windowTitle(), "title", wraps=True, parent=self))
        column.addWidget(Label(theme, words, "body", "muted", wraps=True, parent=self))
        column.addSpacing(px(8))
        for choice in choices:
            column.addWidget(choice)
        if choices:
            column.addSpacing(px(12))
        column.addLayout(foot)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        fix(self, column, min(px(width), self._room()))

    def _room(self) -> int:
        """Return how wide the dialog can be."""
        px, parent = self.theme.px, self.parentWidget()
        screen = self.screen().availableSize().width()
        around = min(screen, parent.window().width()) if parent is not None else screen
        return max(px(LEAST_WIDTH), around - 2 * px(MARGIN))
