"""A row that edits one field of a struct: its title and help, beside or above its control, and a reset."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop_app.gui.forms.form import Field, Kind, setting_editor
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import IconButton, Label, Rule
from desktop_app.support.i18n import _

NARROW = 560
"""In a page below so many pixels, at 100 %, words and control of a setting do not stand beside each other."""


class FieldRow(QWidget):
    """Stands in a card below others, from which a line parts it; `committed` carries what a person chose."""

    committed = Signal(object)
    reset_requested = Signal()

    def __init__(self, theme: Theme, spec: Field, *, first: bool) -> None:
        super().__init__()
        px = theme.px
        self.spec = spec
        self.differs = False
        self._shown: object = None
        self._least_choice = px(160)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.rule = Rule(theme, self, room=0)
        self.rule.setVisible(not first)
        outer.addWidget(self.rule)
        self._standing = ""
        self.note = Label(theme, "", "small", "warn", wraps=True, parent=self)
        self.note.setContentsMargins(0, 0, 0, px(10))
        self.note.hide()
        self.reset = IconButton(theme, "undo", _("Reset {name}").format(name=_(spec.title)), side=28, parent=self)
        self.reset.clicked.connect(self.reset_requested)
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        control, self.editor = setting_editor(theme, spec, self)
        self.editor.committed.connect(self.committed)
        texts = QVBoxLayout()
        texts.setSpacing(px(2))
        texts.addStretch(1)
        title = Label(theme, _(spec.title), "body", wraps=True, parent=self)
        title.setBuddy(control)
        texts.addWidget(title)
        texts.addWidget(Label(theme, _(spec.description), "small", "muted", wraps=True))
        texts.addStretch(1)
        fills = 1 if spec.kind is Kind.FOLDER else 0
        head = QHBoxLayout()
        head.setSpacing(px(12))
        head.addLayout(texts, 1)
        head.addWidget(self.reset)  # with the words: all controls of a card end at its edge
        tail = QHBoxLayout()
        tail.addWidget(control, fills, Qt.AlignmentFlag.AlignVCenter)
        if spec.kind not in (Kind.FOLDER, Kind.TEXT):
            tail.addStretch(0)  # below the words it stays at their left
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setContentsMargins(0, px(10), 0, px(10))
        self._row.setSpacing(px(12))
        self._row.addLayout(head, 1)
        self._row.addLayout(tail, fills)
        outer.addLayout(self._row)
        outer.addWidget(self.note)
        self.editor.refused.connect(self.refuse)

    def say(self, words: str) -> None:
        """Say below the row what stands in its way; empty for nothing."""
        self._standing = words
        self.refuse("")

    def refuse(self, words: str) -> None:
        """Say why a value was not taken; empty for what stands in its way as before."""
        self.note.setText(words or self._standing)
        self.note.setVisible(bool(self.note.text()))

    def stack(self, stacked: bool) -> None:
        """Have the control below the words, where there is no room beside them; there always is for a switch."""
        if self.spec.kind is Kind.SWITCH:
            return
        directions = QBoxLayout.Direction
        self._row.setDirection(directions.TopToBottom if stacked else directions.LeftToRight)
        for choice in self.findChildren(Choice):  # else its longest entry would be wider than a narrow window
            choice.setMinimumWidth(self._least_choice if stacked else 0)

    def show_value(self, value: object, usual: object) -> None:
        """Show `value` without telling anybody; where it is not the `usual` one, it can be reset.

        What is being typed in place of the same value stays: something else was changed.
        """
        is_typed = any(line.isModified() for line in self.findChildren(QLineEdit))
        if not is_typed or value != self._shown:
            self.editor.set_value(value)
        self._shown = value
        self.differs = value != usual
        self.reset.setVisible(self.differs)

    def matches(self, words: Sequence[str], heading: str) -> bool:
        """Whether every word stands in the heading, or in what is said of the field and can be chosen."""
        text = f"{heading.casefold()} {self.spec.words}"
        return all(word in text for word in words)


def stack_rows(page: QWidget, theme: Theme, part: QWidget | None = None) -> bool:
    """Have the controls in a page, or a part of it, below their words where the page is narrow; returns whether it is."""
    is_narrow = page.width() < theme.px(NARROW)
    for row in (part or page).findChildren(FieldRow):
        row.stack(is_narrow)
    return is_narrow
