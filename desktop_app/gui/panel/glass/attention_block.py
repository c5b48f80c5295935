"""The part of the glass box about attention: which earlier words the model looked at as it chose a word."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.domain.attention import Attention, Look
from desktop_app.domain.received import piece_texts
from desktop_app.gui.look.theme import SEMIBOLD, Theme, Themed
from desktop_app.gui.look.tints import percent
from desktop_app.gui.panel.glass.attention_flow import AttentionFlow
from desktop_app.gui.panel.glass.reading_row import ReadingRow
from desktop_app.gui.widgets.controls import Button, Label
from desktop_app.gui.widgets.tabs import Tabs
from desktop_app.support.formats import listed, paragraph
from desktop_app.support.i18n import _, ngettext

NAMED = 3
"""How many of the words that were looked at most are named in the sentence."""

WORTH_A_SENTENCE = 0.1
"""From which part of the attention on the first token is named."""


class AttentionBlock(Themed, QWidget):
    """An offer to find it out, then the words that were read; `picked` carries the number of a word of the answer."""

    wanted = Signal()
    picked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        QWidget.__init__(self)
        self.theme = theme
        self._attention: Attention | None = None
        self._words: Sequence[str] = ()
        self.number = -1
        self.hint = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.look = Button(theme, _("Show what it looked at"), fills=True, parent=self)
        self.reading = ReadingRow(theme, self)
        self.bands = Tabs(theme, self)
        self.bands.setAccessibleName(_("Layers"))
        self.flow = AttentionFlow(theme, self)
        self.sentence = Label(theme, "", "small", wraps=True, parent=self)
        self.rest = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self._column = QVBoxLayout(self)
        self._column.addWidget(Label(theme, _("What it looked at"), "small", weight=SEMIBOLD, wraps=True, parent=self))
        for part in (self.hint, self.look, self.reading, self.bands, self.flow, self.sentence, self.rest):
            self._column.addWidget(part)
        self.look.clicked.connect(self.wanted)
        self.bands.currentChanged.connect(lambda _index: self._show())
        self.flow.picked.connect(self._pick)
        self.apply_theme()
        self.show_offer(possible=False)

    def show_offer(self, *, possible: bool) -> None:
        """Say what there is to see, and offer to find it out."""
        had_focus = self.reading.cancel.hasFocus()
        self._forget()
        self.hint.setText(
            _("For each word a model weighs all words before it. It can read the answer once more and show how.")
        )
        self._set_shown(self.hint, self.look)
        self.look.setEnabled(possible)
        if had_focus:
            self.look.setFocus()

    def show_working(self) -> None:
        """Say that the model reads; `reading` says how far it is."""
        had_focus = self.look.hasFocus()
        self._forget()
        self.hint.setText(_("The model reads the answer once more, and its attention is recorded."))
        self.reading.show_beginning()
        self._set_shown(self.hint, self.reading)
        if had_focus:
            self.reading.cancel.setFocus()

    def show_trouble(self, words: str) -> None:
        """Say why there is nothing to see."""
        self._forget()
        self.hint.setText(words)
        self._set_shown(self.hint)

    def show_attention(self, attention: Attention) -> None:
        """Show what was found out; `choose` says of which word."""
        self._attention = attention
        self._words = list(piece_texts(attention.pieces))
        self.flow.set_words(self._words, attention.first)
        self._name_bands(attention)
        self._set_shown(self.bands, self.flow, self.sentence, self.rest)
        self.number = -1

    def choose(self, number: int | None) -> None:
        """Show what was looked at as word `number` of the answer was chosen; None for a word that was not read again."""
        self.number = -1 if number is None else number
        self._show()

    def apply_theme(self) -> None:
        """Take over the margins."""
        self._column.setContentsMargins(0, self.theme.px(8), 0, 0)
        self._column.setSpacing(self.theme.px(8))
        super().apply_theme()

    def _name_bands(self, attention: Attention) -> None:
        names = {
            1: (_("Layers"),),
            2: (_("Early"), _("Late")),
            3: (_("Early"), _("Middle"), _("Late")),
        }
        self.bands.blockSignals(True)
        while self.bands.count():
            self.bands.removeTab(0)
        for name in names[len(attention.layers)]:
            self.bands.addTab(name)
        self.bands.setCurrentIndex(len(attention.layers) - 1)
        self.bands.blockSignals(False)

    def _show(self) -> None:
        attention = self._attention
        if attention is None:
            return
        band = self.bands.currentIndex()
        looks = attention.looks(self.number, band)
        place = attention.first + self.number
        self.flow.show_looks(place if self.number >= 0 else -1, looks)
        if looks:
            self.sentence.setText(self._told(place, looks))
            self.rest.setText(self._rest(attention, band, looks))
        else:
            self.sentence.setText(
                _("Nothing is known about this word: it is written differently in the text that was read.")
            )
            self.rest.setText("")

    def _told(self, place: int, looks: Sequence[Look]) -> str:
        """Return which words were looked at most, in a sentence."""
        most = [look for look in looks if look.place != 0][:NAMED]
        if not most:
            return _("When it chose “{word}”, there was only the first token to look at.").format(
                word=self.flow.word(place)
            )
        named = [
            _("“{word}” {percent}").format(word=self.flow.word(look.place), percent=percent(look.weight))
            for look in most
        ]
        return _("When it chose “{word}”, it looked most at: {named}.").format(
            word=self.flow.word(place), named=listed(named)
        )

    def _rest(self, attention: Attention, band: int, looks: Sequence[Look]) -> str:
        """Return where the rest of the attention went, and whose it is."""
        layers = attention.layers[band]
        words = ngettext(
            "The mean over all heads of layer {first}.",
            "The mean over all heads of layers {first} to {last}.",
            len(layers),
        ).format(first=layers[0] + 1, last=layers[-1] + 1)
        first = next((look.weight for look in looks if look.place == 0), 0.0)
        if first >= WORTH_A_SENTENCE:
            more = _("{percent} rested on the first token, where models put attention that they need nowhere else.")
            return paragraph([words, more.format(percent=percent(first))])
        return words

    def _pick(self, place: int) -> None:
        if self._attention is not None and place >= self._attention.first:
            self.picked.emit(place - self._attention.first)
        else:
            self._show()  # the outline goes back to the word that is looked at

    def _forget(self) -> None:
        self._attention = None
        self._words = ()
        self.number = -1

    def _set_shown(self, *shown: QWidget) -> None:
        for part in (self.hint, self.look, self.reading, self.bands, self.flow, self.sentence, self.rest):
            part.setVisible(part in shown)
