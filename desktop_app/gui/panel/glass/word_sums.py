"""Adds and takes away words as vectors, and shows which words are near to that: 'king − man + woman'."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop_app.domain.near_words import LONGEST_WORD, NearWords
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.panel.glass.option_bars import Bar, OptionBars
from desktop_app.gui.widgets.controls import Button, ButtonSize, Label
from desktop_app.support.formats import decimal, number, paragraph
from desktop_app.support.i18n import _, ngettext, pgettext

PAUSE_MS = 350
"""How long nothing is typed before it is asked for."""
SHOWN = 8
EXAMPLES = (
    ("king", "man", "woman"),
    ("walking", "walked", "swam"),
    ("Monday", "", ""),
    ("Paris", "France", "Italy"),
    ("bread", "", ""),
)
"""What to begin with, to take away and to add; words of the vocabulary of English models, so not translated."""


class WordSums(Themed, QWidget):
    """Three fields and the nearest words; `asked` carries what is added, and what is taken away.

    A click on one of the nearest words goes on from it.
    """

    asked = Signal(list, list)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._example = 0
        self.base, self.less, self.more = (
            self._field(name) for name in (_("Begin with"), _("Take away"), pgettext("arithmetic", "Add"))
        )
        self.example = Button(theme, _("Another example"), size=ButtonSize.SMALL, parent=self)
        self.heading = Label(theme, "", "small", wraps=True, parent=self)
        self.bars = OptionBars(theme, self, name=_("Nearest words"))
        self.note = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.bars.hide()
        self.note.hide()
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self.ask)
        self._grid = QGridLayout()
        self._column = QVBoxLayout(self)
        self._lay_out()
        self.example.clicked.connect(self._next_example)
        self.bars.chosen.connect(lambda row: self.begin_with(self.bars.bars[row].label))
        self.apply_theme()

    def begin_with(self, word: str, less: str = "", more: str = "") -> None:
        """Put words into the fields, and ask at once."""
        for field, text in ((self.base, word), (self.less, less), (self.more, more)):
            field.setText(text)
        self.ask()

    def show_example(self) -> None:
        """Begin with the first example, where nothing was put in."""
        if not self.base.text():
            self.begin_with(*EXAMPLES[self._example])

    def ask(self) -> None:
        """Ask for what is in the fields."""
        self._timer.stop()
        plus = [word for word in (self.base.text().strip(), self.more.text().strip()) if word]
        minus = [word for word in (self.less.text().strip(),) if word]
        if plus:
            self.asked.emit(plus, minus)
        else:
            self._show(_("Put in a word to begin with."), (), "")

    def show_working(self) -> None:
        """Say that it is being looked for; what was found before keeps its place until then."""
        self.heading.setText(_("Comparing with every token…"))

    def show_found(self, found: NearWords) -> None:
        """Show the nearest words, and what is to be said about them."""
        bars = [
            Bar(each.word, max(0.0, each.similarity), told=decimal(each.similarity, 2)) for each in found.near[:SHOWN]
        ]
        heading = _("No word of the vocabulary is near.")
        if bars:
            heading = ngettext("Nearest of {count} token:", "Nearest of {count} tokens:", found.vocabulary)
        self._show(heading.format(count=number(found.vocabulary)), bars, self._notes(found))

    def show_trouble(self, words: str) -> None:
        """Say why there is nothing to see."""
        self._show(words, (), "")

    def apply_theme(self) -> None:
        """Take over fonts and margins."""
        px = self.theme.px
        for field in (self.base, self.less, self.more):
            field.setFont(self.theme.font("label"))
        self._grid.setHorizontalSpacing(px(8))
        self._grid.setVerticalSpacing(px(6))
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(px(8))
        super().apply_theme()

    def _field(self, name: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setAccessibleName(name)
        field.setMaxLength(LONGEST_WORD)
        field.textEdited.connect(lambda _text: self._timer.start())
        field.returnPressed.connect(self.ask)
        return field

    def _lay_out(self) -> None:
        for row, field in enumerate((self.base, self.less, self.more)):
            label = Label(self.theme, field.accessibleName(), "label", parent=self)
            label.setBuddy(field)
            self._grid.addWidget(label, row, 0)
            self._grid.addWidget(field, row, 1)
        self._grid.setColumnStretch(1, 1)
        below = QHBoxLayout()
        below.addStretch(1)
        below.addWidget(self.example)
        self._column.addLayout(self._grid)
        self._column.addLayout(below)
        for part in (self.heading, self.bars, self.note):
            self._column.addWidget(part)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)

    def _next_example(self) -> None:
        self._example = (self._example + 1) % len(EXAMPLES)
        self.begin_with(*EXAMPLES[self._example])

    def _show(self, heading: str, bars: Sequence[Bar], note: str) -> None:
        self.heading.setText(heading)
        self.bars.set_bars(bars, -1)
        self.bars.setVisible(bool(bars))
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def _notes(self, found: NearWords) -> str:
        """Return what is to be said: what the figures are, which words are left out, and how far this can be trusted."""
        words = [
            _("1.00 would be the same direction of {length} numbers.").format(length=number(found.length)),
            _("The words that were put in are left out: they are always near."),
        ]
        words += [
            ngettext(
                "“{word}” is {count} token.",
                "“{word}” is cut into {count} tokens; their mean stands for it.",
                len(each.pieces),
            ).format(word=each.word, count=len(each.pieces))
            for each in found.words
            if len(each.pieces) > 1
        ]
        if len(found.words) > 1:
            words.append(_("Small models keep meaning roughly: many such sums come out wrong."))
        return paragraph(words)
