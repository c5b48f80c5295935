"""Step 'Tokens': a person's own text, cut as the model cuts it."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout

from desktop_app.domain.tour import most_cut
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.glass.token_flow import PART_OF_A_CHARACTER
from desktop_app.gui.panel.glass.token_table import visible_piece
from desktop_app.gui.tour.asking import Asking, Wish
from desktop_app.gui.tour.part import LivePart
from desktop_app.gui.tour.piece_flow import Piece, PieceFlow
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.long_text import quoted
from desktop_app.gui.widgets.text_box import TextBox
from desktop_app.services.insight.tour import CutText
from desktop_app.support.formats import number, paragraph
from desktop_app.support.i18n import _, ngettext

PAUSE_MS = 120
LONGEST = 2_000
"""Characters of a text that are cut; more would fill pages."""


class TokensPart(LivePart):
    """A field for a text, and its tokens as coloured pieces."""

    def __init__(self, theme: Theme, asking: Asking) -> None:
        super().__init__(theme, asking)
        self.box = TextBox(theme, _("Your text"), 2)
        self.box.setPlainText(_("Unbelievable! A strawberry has three r's."))
        self.flow = PieceFlow(theme, _("Tokens of your text"))
        self._wish = Wish()
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self._cut)
        self.box.textChanged.connect(self._timer.start)
        titled = QVBoxLayout()
        titled.setSpacing(theme.px(4))
        titled.addWidget(Label(theme, _("Your text"), "small", "muted"))
        titled.addWidget(self.box)
        self.column.addLayout(titled)
        self.column.addWidget(self.flow)

    def enter(self) -> None:
        """Cut what stands there already."""
        self._cut()

    def _cut(self) -> None:
        self._wish.drop()
        text = self.box.toPlainText()[:LONGEST]
        if text.strip():
            self._wish = self.wait_for(self.asking.cut(text, self._show, self.fail))
        else:
            self.flow.show_pieces(())
            self.saw.emit("")

    def _show(self, cut: CutText) -> None:
        self.flow.show_pieces(pieces_of(cut))
        words = len(cut.text.split())
        word, count = most_cut(cut.text, cut.tokens)
        wholes = ngettext("{count} word", "{count} words", words).format(count=number(words))
        parts = ngettext("{count} token", "{count} tokens", len(cut.tokens)).format(count=number(len(cut.tokens)))
        if count > 1:
            told = _("You typed {words}; the model reads {tokens}. “{word}” alone is {count} of them.")
        else:
            told = _("You typed {words}; the model reads {tokens}. It knows each of your words as a whole.")
        sentences = [told.format(words=wholes, tokens=parts, word=quoted(word), count=count)]
        if len(self.box.toPlainText()) > LONGEST:
            sentences.append(
                ngettext(
                    "Only the first character was cut.", "Only the first {count} characters were cut.", LONGEST
                ).format(count=number(LONGEST))
            )
        self.saw.emit(paragraph(sentences))


def pieces_of(cut: CutText) -> list[Piece]:
    """Return the tokens of a text as they are shown: blanks as signs, and a dot for a part of a character."""
    return [
        Piece(
            visible_piece(cut.text[token.start : token.end].encode()) or PART_OF_A_CHARACTER,
            token.id,
            token.is_control,
        )
        for token in cut.tokens
    ]
