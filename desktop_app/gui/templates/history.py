"""The sheet with the earlier versions of a template: what changed since, and the way back."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout

from desktop_app.domain.prompt_versions import Change, DiffLine, Version
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Button, Label
from desktop_app.gui.widgets.facts import readable_moment
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.sheet import SheetPage
from desktop_app.support.i18n import _, pgettext

LINES = 24
AROUND = 2
"""How many lines that stayed are shown around those that changed."""


class HistorySheet(SheetPage):
    """Compares one version at a time with the template as it is."""

    version_chosen = Signal(str)
    restore_requested = Signal(str)

    def __init__(self, theme: Theme, key: str, title: str) -> None:
        super().__init__(theme, key, title)
        self._versions: Sequence[Version] | None = None
        self._lines: Sequence[DiffLine] = ()

    def back_words(self) -> str:
        """Return where the way back leads."""
        return _("Back to the template")

    def fill(self, column: QVBoxLayout) -> None:
        """Make the list of versions, the comparison, and the button that goes back."""
        theme, px = self.theme, self.theme.px
        self.words = Label(theme, "", "body", "muted", wraps=True)
        column.addWidget(self.words)
        column.addSpacing(px(12))
        self.choice = Choice(theme)
        self.choice.setAccessibleName(pgettext("of a template", "Version"))
        self.choice.currentIndexChanged.connect(self._choose)
        self.restore = Button(theme, _("Bring this version back"))
        self.restore.clicked.connect(lambda: self.restore_requested.emit(str(self.choice.currentData())))
        row = Flow(theme)
        row.add(self.choice)
        row.add(self.restore)
        column.addWidget(row)
        column.addSpacing(px(12))
        self.field = QPlainTextEdit()
        self.field.setReadOnly(True)
        self.field.setProperty("look", "report")
        self.field.setAccessibleName(_("What changed since"))
        self.field.setFont(theme.font("mono"))
        self.field.setMinimumHeight(LINES * self.field.fontMetrics().lineSpacing())
        column.addWidget(self.field, 1)
        if self._versions is not None:
            self.show_versions(self._versions)
            self.show_comparison(self._lines)

    def show_versions(self, versions: Sequence[Version]) -> None:
        """Offer these versions, the newest first."""
        self._versions = versions
        has_any = bool(versions)
        self.words.setText(
            _("Lines with − were in that version, lines with + are in the template now.")
            if has_any
            else _("There is no earlier version. Each time you save, the text before is kept here.")
        )
        for widget in (self.choice, self.restore, self.field):
            widget.setVisible(has_any)
        self.choice.blockSignals(True)
        self.choice.clear()
        for version in versions:
            self.choice.addItem(_("Until {moment}").format(moment=readable_moment(version.saved_at)), version.id)
        self.choice.blockSignals(False)
        if has_any:
            self._choose()

    def show_comparison(self, lines: Sequence[DiffLine]) -> None:
        """Show what went and what came, with a few lines around it."""
        self._lines = lines
        self._write()
        self.field.verticalScrollBar().setValue(0)

    def apply_theme(self) -> None:
        """Take over the colours of what went and came, too, at the same place."""
        super().apply_theme()
        if self.body is not None:
            place = self.field.verticalScrollBar().value()
            self._write()
            self.field.verticalScrollBar().setValue(place)

    def _write(self) -> None:
        colors = self.theme.colors
        looks = {
            Change.SAME: ("  ", colors.muted),
            Change.REMOVED: ("− ", colors.bad),
            Change.ADDED: ("+ ", colors.good),
        }
        self.field.clear()
        cursor = self.field.textCursor()
        for place, line in enumerate(shortened(self._lines)):
            sign, color = looks[line.change] if line is not GAP else ("", colors.muted)
            look = QTextCharFormat()
            look.setForeground(color)
            cursor.insertText(f"{'' if not place else chr(10)}{sign}{line.text}", look)

    def _choose(self) -> None:
        chosen = self.choice.currentData()
        if chosen:
            self.version_chosen.emit(str(chosen))


GAP = DiffLine(Change.SAME, "⋯")
"""Stands for lines that stayed and are far from any change."""


def shortened(lines: Sequence[DiffLine]) -> list[DiffLine]:
    """Return the lines that changed with AROUND more on each side, and a GAP for the rest."""
    near: set[int] = set()
    for place, line in enumerate(lines):
        if line.change is not Change.SAME:
            near.update(range(place - AROUND, place + AROUND + 1))
    kept: list[DiffLine] = []
    for place, line in enumerate(lines):
        if place in near:
            kept.append(line)
        elif not kept or kept[-1] is not GAP:
            kept.append(GAP)
    return kept
