"""Step 'The next token': the loop in which a text is made, one token at a time."""

import random
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.look.tints import percent
from desktop_app.gui.panel.glass.option_bars import Bar, OptionBars
from desktop_app.gui.panel.glass.token_table import visible_piece
from desktop_app.gui.panel.sampling.next_word_text import token_words
from desktop_app.gui.tour.asking import Asking, Wish
from desktop_app.gui.tour.entry import Entry
from desktop_app.gui.tour.part import LivePart
from desktop_app.gui.tour.piece_flow import Piece, PieceFlow
from desktop_app.gui.tour.tokens import pieces_of
from desktop_app.gui.widgets.controls import Button, ButtonSize, Label
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.long_text import LongText
from desktop_app.services.insight.next_word import NextWord
from desktop_app.services.insight.tour import CutText
from desktop_app.support.formats import number, paragraph
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.domain.distribution import Step

PACE_MS = 700
"""How long each token can be looked at while the text goes on by itself."""
MOST = 80
"""Tokens after which the loop rests by itself."""
ROWS = 6
DRAWN = Sampling()
"""The values that the draws are made with: the usual ones."""


class LoopPart(LivePart):
    """The text so far as tokens, the candidates for the last one with the pick, and what brings the next one."""

    def __init__(self, theme: Theme, asking: Asking, chance: random.Random | None = None) -> None:
        super().__init__(theme, asking)
        self._chance = chance if chance is not None else random.Random()
        self._begin: list[Piece] = []
        self._text = ""
        self._drawn: list[tuple[Piece, str]] = []
        self._found: NextWord | None = None
        self._offered: list[int] = []
        self._ended = False
        self._wish = Wish()
        self._timer = QTimer(self, singleShot=True, interval=PACE_MS)
        self._timer.timeout.connect(self.draw_next)
        self.entry = Entry(theme, _("The beginning of your sentence"), _("The best thing about rain is"))
        self.entry.settled.connect(lambda _text: self.start_again())
        self.flow = PieceFlow(theme, _("Tokens of the text so far"))
        self.heading = LongText(theme, "", "small", weight=SEMIBOLD, wraps=True)
        self.bars = OptionBars(theme)
        self.bars.chosen.connect(self._go_another_way)
        self.advice = Label(theme, "", "small", "muted", wraps=True)
        self.next_button = Button(theme, _("Next token"), size=ButtonSize.SMALL, icon="plus")
        self.next_button.clicked.connect(self._next_clicked)
        self.play_button = Button(theme, _("Play"), size=ButtonSize.SMALL, icon="play")
        self.play_button.clicked.connect(self._toggle_play)
        self.again_button = Button(theme, _("Start again"), size=ButtonSize.SMALL, icon="undo")
        self.again_button.clicked.connect(self.start_again)
        self._is_playing = False
        buttons = Flow(theme)
        for button in (self.next_button, self.play_button, self.again_button):
            buttons.add(button)
        for widget in (self.entry, buttons, self.flow, self.heading, self.bars, self.advice):
            self.column.addWidget(widget)
        self._show_parts()

    @property
    def text(self) -> str:
        """The text so far."""
        return self._text + "".join(text for _piece, text in self._drawn)

    def enter(self) -> None:
        """Cut the beginning, unless a text is being made already."""
        if not self._drawn:
            self.start_again()

    def leave(self) -> None:
        """Let the loop rest."""
        self._play(False)
        super().leave()

    def start_again(self) -> None:
        """Go back to the beginning."""
        self._play(False)
        self._wish.drop()
        self._text, self._begin, self._drawn = self.entry.text, [], []
        self._found, self._offered, self._ended = None, [], False
        self._show_parts()
        self.saw.emit("")
        if self._text:
            self._wish = self.wait_for(self.asking.cut(self._text, self._cut, self.fail))

    def draw_next(self) -> None:
        """Ask for the candidates behind the text so far, and draw one of them."""
        if not self._wish.is_open and not self._ended and self._text:
            self._wish = self.wait_for(self.asking.next_word(self.text, self._take, self.fail))

    def _cut(self, cut: CutText) -> None:
        self._begin = pieces_of(cut)
        self._show_parts()

    def fail(self, error: ErrorInfo) -> None:
        """Let the loop rest, and say why nothing came."""
        self._play(False)
        super().fail(error)

    # The draw

    def _take(self, found: NextWord) -> None:
        if found.distribution is None:
            return
        steps = found.distribution.chain(DRAWN)
        whole = [token for token, piece in found.pieces.items() if _is_text(piece)]
        weights = steps[-1].probabilities(whole)
        if not any(weights):
            self._play(False)
            return
        (token,) = self._chance.choices(whole, weights)
        likeliest = steps[0].likeliest(len(found.pieces))
        self._found = found
        self._offered = [each for each in likeliest[:ROWS] if each in found.pieces]
        if token not in self._offered:
            self._offered[-1:] = [token]
        self._pick(token)
        self._tell(steps[0], token, likeliest.index(token) + 1)
        if self._is_playing and not self._ended and len(self._drawn) < MOST:
            self._timer.start()
        else:
            self._play(False)

    def _pick(self, token: int) -> None:
        """Put `token` at the end of the text, where it is not the end itself."""
        found = self._found
        assert found is not None
        self._ended = token in found.ends
        piece = found.pieces[token]
        if not self._ended:
            self._drawn.append((Piece(visible_piece(piece), token), piece.decode()))
        self._show_bars(found, token)
        self._show_parts()

    def _go_another_way(self, row: int) -> None:
        """Put the candidate that a person chose in the place of the one that was drawn."""
        if self._found is None:
            return
        self._play(False)
        self._wish.drop()
        if not self._ended:
            self._drawn.pop()
        token = self._offered[row]
        self._pick(token)
        assert self._found.distribution is not None
        model = self._found.distribution.model
        word, share = self._word(self._found, token), percent(model.probabilities([token])[0])
        told = _("You chose “{word}”, to which the model gave {share}. From here on it goes along with you.")
        self.saw.emit(told.format(word=word, share=share))

    def _tell(self, model: "Step", token: int, place: int) -> None:
        assert self._found is not None
        if self._ended:
            self.saw.emit(_("The model drew the token that ends a text: it has finished, and the loop with it."))
            return
        told = _("Token {number}: “{word}” was drawn. The model gave it {share}, place {place} of {count} tokens.")
        self.saw.emit(
            told.format(
                number=len(self._drawn),
                word=self._word(self._found, token),
                share=percent(model.probabilities([token])[0]),
                place=place,
                count=number(model.count),
            )
        )

    # Showing

    def _word(self, found: NextWord, token: int) -> str:
        return token_words(found.pieces.get(token), found.text, ends=token in found.ends)

    def _show_bars(self, found: NextWord, taken: int) -> None:
        assert found.distribution is not None
        steps = found.distribution.chain(DRAWN)
        shares, kept = steps[0].probabilities(self._offered), steps[-1].keeps(self._offered)
        bars = [
            Bar(self._word(found, token), share, token == taken, not keeps and token != taken)
            for token, share, keeps in zip(self._offered, shares, kept, strict=True)
        ]
        self.bars.set_bars(bars, self._offered.index(taken))
        self.heading.setText(_("What could have come after “{text}”").format(text=_tail(found.text)))

    def _show_parts(self) -> None:
        self.flow.show_pieces([*self._begin, *(piece for piece, _text in self._drawn)], len(self._begin))
        has_bars = self._found is not None
        self.bars.setVisible(has_bars)
        self.heading.setVisible(has_bars)
        self.advice.setText(
            paragraph(
                [
                    _("Choose another row to go that way instead."),
                    _("The notebook does all of this with any text of yours."),
                ]
            )
            if has_bars
            else _("“Next token” asks the model once. “Play” goes on by itself until you stop it.")
        )
        can_go_on = bool(self._text) and not self._ended
        self.next_button.setEnabled(can_go_on)
        self.play_button.setEnabled(can_go_on)
        self.again_button.setEnabled(has_bars)

    def _next_clicked(self) -> None:
        self._play(False)
        self.draw_next()

    def _toggle_play(self) -> None:
        self._play(not self._is_playing)
        if self._is_playing:
            self.draw_next()

    def _play(self, playing: bool) -> None:
        self._timer.stop()
        self._is_playing = playing
        self.play_button.set_content(_("Stop") if playing else _("Play"), "stop" if playing else "play")


def _is_text(piece: bytes) -> bool:
    """Whether a token is whole characters: a part of one cannot stand at the end of a text that is read again."""
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True


def _tail(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else "…" + line[-40:]
