"""The page that shows two answers side by side: their words, marked where they differ, their settings and figures."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.messages import Message
from desktop_app.domain.parts import as_markdown
from desktop_app.domain.word_diff import Change, Run, WordDiff
from desktop_app.gui.look.theme import SEMIBOLD, Theme, Themed
from desktop_app.gui.receipts.compare_candidates import Candidate
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Button, ButtonSize, Card, IconButton, Label
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.pages import Page, page_title
from desktop_app.gui.widgets.selectable_text import SelectableText
from desktop_app.services.insight.receipt_text import Pair, pairs
from desktop_app.support.i18n import _, ngettext

STACKED = 760
"""Below this width of the page, in pixels at 100 %, the second answer stands below the first."""
COLUMN = 1180
MARKS = {Change.SAME: "{}", Change.REMOVED: "[-{}-]", Change.ADDED: "{{+{}+}}"}
"""How changed words are marked in what is copied, as `git diff --word-diff` does."""


class MarkedText(SelectableText):
    """An answer's words; what only one answer has is coloured, and struck out or underlined."""

    _runs: Sequence[Run] = ()

    def apply_theme(self) -> None:
        """Mark the words in the theme's colours."""
        super().apply_theme()
        if self._runs:
            self.show_runs(self._runs)

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Show `runs` one after the other."""
        self._runs = runs
        colors = self.theme.colors
        formats = {change: QTextCharFormat() for change in Change}
        formats[Change.REMOVED].setForeground(colors.bad)
        formats[Change.REMOVED].setFontStrikeOut(True)
        formats[Change.ADDED].setForeground(colors.good)
        formats[Change.ADDED].setFontUnderline(True)
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for run in runs:
            words = run.text.lstrip()
            cursor.insertText(run.text.removesuffix(words), formats[Change.SAME])  # a space has no mark of its own
            cursor.insertText(words, formats[run.change])
        cursor.endEditBlock()
        self.part_lines()
        self._fit()


class Side(Themed, QWidget):
    """One of the two answers: which one it is, and its words."""

    def __init__(self, theme: Theme, name: str) -> None:
        QWidget.__init__(self)
        self.theme = theme
        px = theme.px
        self.choice = Choice(theme)
        self.choice.setAccessibleName(name)
        self.choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(12)
        self.text = MarkedText(theme, name, "")
        card = Card(theme)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(px(16), px(14), px(16), px(14))
        inside.addWidget(self.text)
        inside.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(self.choice)
        column.addWidget(card, 1)


class Differences(Card):
    """A table of what two receipts say differently."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        px = theme.px
        self.cells: list[Label] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(px(16), px(14), px(16), px(14))
        self._grid.setHorizontalSpacing(px(16))
        self._grid.setVerticalSpacing(px(8))
        for place in range(3):
            self._grid.setColumnStretch(place, 1)

    def show_pairs(self, shown: Sequence[Pair]) -> None:
        """Show a row for each pair, or that there is none."""
        for cell in self.cells:
            self._grid.removeWidget(cell)
            cell.hide()
            cell.deleteLater()
        heads = (_("Different"), _("First"), _("Second"))
        self.cells = [Label(self.theme, head, "small", "muted", SEMIBOLD) for head in heads]
        for pair in shown:
            self.cells += [Label(self.theme, words, "small", wraps=True) for words in pair]
        if not shown:
            self.cells = [Label(self.theme, _("Both were made alike, at the same cost."), "small", "muted", wraps=True)]
        for place, cell in enumerate(self.cells):
            self._grid.addWidget(cell, place // 3, place % 3, Qt.AlignmentFlag.AlignTop)


class ComparePage(Page):
    """Two answers of `candidates`. `pair_chosen` asks for their comparison, which `show_diff` then shows."""

    closed = Signal()
    pair_chosen = Signal(str, str)
    keep_requested = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.candidates: dict[str, Candidate] = {}
        self.chosen = ("", "")
        self._new = ""
        self._diff: WordDiff | None = None
        self._sides: QBoxLayout | None = None

    def column_width(self) -> int:
        """Wide enough for two columns of text."""
        return COLUMN

    def build(self, column: QVBoxLayout) -> None:
        """Make the head, the two sides and the table."""
        theme, px = self.theme, self.theme.px
        self.back = IconButton(theme, "chevron-left", _("Back to the chat"))
        self.back.clicked.connect(self.closed)
        self.copy = Button(theme, _("Copy the comparison"), size=ButtonSize.SMALL, icon="copy")
        self.copy.clicked.connect(self._copy)
        self.keep = Button(theme, _("Keep the new answer"), size=ButtonSize.SMALL)
        self.keep.clicked.connect(lambda: self.keep_requested.emit(self._new))
        self.summary = Label(theme, "", "small", "muted", wraps=True)
        self.left, self.right = Side(theme, _("First answer")), Side(theme, _("Second answer"))
        for side in (self.left, self.right):
            side.choice.activated.connect(self._choose)
        self.table = Differences(theme)
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self.back)
        head.addWidget(page_title(Label(theme, _("Compare answers"), "title")), 1)
        buttons = Flow(theme)
        buttons.add(self.copy)
        buttons.add(self.keep)
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._sides.setSpacing(px(16))
        self._sides.addWidget(self.left, 1)
        self._sides.addWidget(self.right, 1)
        column.addLayout(head)
        column.addSpacing(px(8))
        column.addWidget(self.summary)
        column.addSpacing(px(8))
        column.addWidget(buttons)
        column.addSpacing(px(12))
        column.addLayout(self._sides)
        column.addSpacing(px(24))
        column.addWidget(Label(theme, _("How they were made"), "body", weight=SEMIBOLD))
        column.addSpacing(px(8))
        column.addWidget(self.table)
        column.addStretch(1)
        self._stack()
        self._show_candidates()
        self._show_chosen()

    def show_pair(self, candidates: Sequence[Candidate], left: str, right: str, new: str = "") -> None:
        """Offer `candidates`, with the keys `left` and `right` chosen; `new` is one that is not kept yet."""
        self.candidates = {candidate.key: candidate for candidate in candidates}
        self.chosen, self._new, self._diff = (left, right), new, None
        if self._sides is not None:
            self._show_candidates()
            self._show_chosen()
        self.pair_chosen.emit(left, right)

    def show_diff(self, left: str, right: str, diff: WordDiff) -> None:
        """Mark where the words of both answers differ; passed over where others are shown by now."""
        if (left, right) == self.chosen:
            self._diff = diff
            self._show_chosen()

    def kept(self) -> None:
        """Say that the new answer was kept."""
        self._new = ""
        self.keep.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the second answer below the first where there is little room."""
        super().resizeEvent(event)
        self._stack()

    def _stack(self) -> None:
        if self._sides is not None:
            narrow = self.viewport().width() < self.theme.px(STACKED)
            direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
            self._sides.setDirection(direction)

    def _show_candidates(self) -> None:
        for side, key in zip((self.left, self.right), self.chosen, strict=True):
            blocker = QSignalBlocker(side.choice)
            side.choice.clear()
            for candidate in self.candidates.values():
                side.choice.addItem(candidate.title, candidate.key)
            side.choice.setCurrentIndex(side.choice.findData(key))
            blocker.unblock()

    def _choose(self) -> None:
        self.chosen = (str(self.left.choice.currentData()), str(self.right.choice.currentData()))
        self._diff = None
        self._show_chosen()
        self.pair_chosen.emit(*self.chosen)

    def _show_chosen(self) -> None:
        first, second = (self.candidates.get(key) for key in self.chosen)
        self.keep.setVisible(bool(self._new))
        self.copy.setEnabled(self._diff is not None)
        self.copy.set_content(_("Copy the comparison"), "copy")
        if first is None or second is None:
            return
        if self._diff is None:
            self.left.text.show_runs([Run(Change.SAME, whole_text(first.message))])
            self.right.text.show_runs([Run(Change.SAME, whole_text(second.message))])
        else:
            self.left.text.show_runs(self._diff.before)
            self.right.text.show_runs(self._diff.after)
        self.summary.setText(self._summary())
        self.table.show_pairs(_pairs(first, second))

    def _summary(self) -> str:
        diff = self._diff
        if diff is None:
            return _("Comparing…")
        if not diff.removed and not diff.added:
            return _("Both say the same.")
        removed = ngettext("{count} word", "{count} words", diff.removed).format(count=diff.removed)
        added = ngettext("{count} word", "{count} words", diff.added).format(count=diff.added)
        return _("Struck out: {removed} that only the first has. Underlined: {added} that only the second has.").format(
            removed=removed, added=added
        )

    def _copy(self) -> None:
        if self._diff is None:
            return
        parts = []
        for key, runs in zip(self.chosen, (self._diff.before, self._diff.after), strict=True):
            words = "".join(MARKS[run.change].format(run.text) for run in runs)
            parts.append(f"{self.candidates[key].title}\n\n{words}")
        rows = _pairs(*(self.candidates[key] for key in self.chosen))
        parts += ["\n".join(f"{pair.name}: {pair.left} | {pair.right}" for pair in rows)] if rows else []
        QGuiApplication.clipboard().setText("\n\n\n".join(parts))
        self.copy.set_content(_("Copied"), "check")


def whole_text(message: Message) -> str:
    """Return what is compared of an answer: its thought, if any, then its text and its calls of tools."""
    return "\n\n".join(part for part in (message.thought, as_markdown(message.parts)) if part)


def _pairs(first: Candidate, second: Candidate) -> tuple[Pair, ...]:
    """Return what the receipts of both say differently; nothing where one has none."""
    left, right = first.message.receipt, second.message.receipt
    return pairs(left, right) if left is not None and right is not None else ()
