"""Step 'Attention': which earlier words the model looked at, in a sentence of the person's own."""

from desktop_app.domain.attention import Attention, Look
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.look.tints import percent
from desktop_app.gui.panel.glass.attention_block import AttentionBlock
from desktop_app.gui.tour.asking import Asking, Wish
from desktop_app.gui.tour.entry import Entry
from desktop_app.gui.tour.part import LivePart
from desktop_app.support.i18n import _


class AttentionPart(LivePart):
    """A sentence, and its words tinted by how much they were looked at for the chosen one."""

    def __init__(self, theme: Theme, asking: Asking) -> None:
        super().__init__(theme, asking)
        self._attention: Attention | None = None
        self._read = ""
        self._wish = Wish()
        self.entry = Entry(theme, _("Your sentence"), _("When Anna met Paul, she gave him the book."))
        self.entry.settled.connect(lambda _text: self._look())
        self.block = AttentionBlock(theme)
        self.block.picked.connect(self.choose)
        self.block.bands.currentChanged.connect(lambda _index: self._tell())
        self.block.hide()
        self.column.addWidget(self.entry)
        self.column.addWidget(self.block)

    def enter(self) -> None:
        """Have the sentence read, where that was not done."""
        if self._attention is None or self._read != self.entry.text:
            self._look()

    def choose(self, number: int) -> None:
        """Show what was looked at for a word."""
        self.block.choose(number)
        self._tell()

    def _look(self) -> None:
        self._wish.drop()
        self._attention = None
        self.block.hide()
        self.saw.emit("")
        text = self.entry.text
        if text:
            self._wish = self.wait_for(self.asking.attention(text, lambda found: self._show(text, found), self.fail))

    def _show(self, text: str, attention: Attention) -> None:
        self._attention, self._read = attention, text
        self.block.show_attention(attention)
        self.block.show()
        self.choose(self._worth_choosing(attention))

    def _worth_choosing(self, attention: Attention) -> int:
        """Return the word of the example that looks far back, or else the last one."""
        pieces = [piece.decode(errors="replace").strip() for piece in attention.pieces[attention.first :]]
        wanted = _("him")
        return pieces.index(wanted) if wanted in pieces else len(attention) - 1

    def _tell(self) -> None:
        """Say where the first layers looked, and where the last ones did."""
        attention, number = self._attention, self.block.number
        if attention is None or not attention.layers:
            return
        early, late = (_strongest(attention.looks(number, band)) for band in (0, len(attention.layers) - 1))
        if early is None or late is None:
            self.saw.emit(_("There was nothing before this word but the first token. Choose a later one."))
            return
        told = _(
            "For “{word}” the early layers looked most at “{early}” ({early_share}), the late ones at “{late}” ({late_share})."
        )
        self.saw.emit(
            told.format(
                word=self._word(attention.first + number),
                early=self._word(early.place),
                early_share=percent(early.weight),
                late=self._word(late.place),
                late_share=percent(late.weight),
            )
        )

    def _word(self, place: int) -> str:
        return self.block.flow.word(place)


def _strongest(looks: list[Look]) -> Look | None:
    """Return the strongest look, but for that at the first token: models put there what they need nowhere."""
    return next((look for look in looks if look.place != 0), None)
