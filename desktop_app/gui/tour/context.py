"""Step 'Context': how much of the model's context the open chat takes, and what falls out of a smaller one."""

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.messages import Role
from desktop_app.domain.received import PartKind, Received
from desktop_app.domain.tour import TurnSize, turn_sizes
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.panel.sampling.next_word_text import percent
from desktop_app.gui.panel.sampling.parameter_row import VALUE_OVERHANG
from desktop_app.gui.tour.asking import Asking, Wish
from desktop_app.gui.tour.part import LivePart
from desktop_app.gui.tour.turn_meter import TurnMeter, TurnRow
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.long_text import quoted
from desktop_app.gui.widgets.numbers import NumberField, ValueSlider
from desktop_app.gui.widgets.scale import Scale
from desktop_app.services.insight.tour import left_out
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext

SMALLEST = 64
MOST_ROWS = 12
"""The oldest turns of a long chat stand in one row."""
Turns = Sequence[tuple[Role, str]]


class ContextPart(LivePart):
    """The turns with their real counts, and a slider that tries smaller contexts on them."""

    def __init__(self, theme: Theme, asking: Asking) -> None:
        super().__init__(theme, asking)
        self._turns: Turns = ()
        self._sizes: tuple[TurnSize, ...] = ()
        self._size = 0
        self._wish = Wish()
        self.heading = Label(theme, "", "small", weight=SEMIBOLD, wraps=True)
        self.meter = TurnMeter(theme)
        self._controls: QWidget | None = None
        self.slider: ValueSlider | None = None
        self.field: NumberField | None = None
        self.column.setContentsMargins(0, 0, 0, 0)
        above = QVBoxLayout()
        set_margins(above, 0, 0, theme.px(VALUE_OVERHANG), 0)
        above.setSpacing(self.column.spacing())
        above.addWidget(self.heading)
        above.addWidget(self.meter)
        self.column.addLayout(above)

    def enter(self) -> None:
        """Count the chat that is open, or an example where none is."""
        self._wish.drop()
        self._turns = self.asking.chat_turns()
        is_own = bool(self._turns)
        self._turns = self._turns or _example()
        self.heading.setText(
            _("The chat that is open, as the model reads it")
            if is_own
            else _("An example, since no chat is open: as the model reads it")
        )
        self._wish = self.wait_for(self.asking.received(self._turns, self._show, self.fail))

    def _show(self, received: Received) -> None:
        if received.tokens is None:
            return
        self._sizes = turn_sizes(received)
        self._size = self._size or received.context_size
        if self.slider is None or self.slider.scale.high != received.context_size:
            self._size = received.context_size
            self._make_slider(received.context_size)
        self._draw()

    def _make_slider(self, context_size: int) -> None:
        """Make the slider for this model's context, in the place of another one's."""
        if self._controls is not None:
            self._controls.hide()
            self._controls.deleteLater()
        theme, px = self.theme, self.theme.px
        scale = Scale(SMALLEST, max(SMALLEST + 1, context_size), 1, logarithmic=True)
        title = Label(theme, _("If the context had only so many tokens"), wraps=True)
        self.field = NumberField(theme, scale)
        self.slider = ValueSlider(theme, scale, context_size)
        for control in (self.field, self.slider):
            control.setAccessibleName(title.text())
        self.field.set_value(context_size)
        self.field.value_edited.connect(self._typed)
        self.slider.value_changed.connect(self._try)
        self._controls = QWidget()
        grid = QGridLayout(self._controls)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        grid.setHorizontalSpacing(px(8))
        grid.setColumnStretch(0, 1)
        grid.addWidget(title, 0, 0)
        grid.addWidget(self.field, 0, 1)
        track = QHBoxLayout()
        set_margins(track, 0, 0, px(VALUE_OVERHANG), 0)
        track.addWidget(self.slider)
        grid.addLayout(track, 1, 0, 1, 2)
        self.column.addWidget(self._controls)

    def _typed(self, value: float | None) -> None:
        if value is not None and self.slider is not None:
            self.slider.set_value(value)
            self._try(value)

    def _try(self, value: float) -> None:
        self._size = round(value)
        if self.field is not None:
            self.field.set_value(value)
        self._draw()

    def _draw(self) -> None:
        turns, (template,) = self._sizes[:-1], self._sizes[-1:]
        total = sum(size.tokens for size in self._sizes)
        out = left_out(self._turns, total, self._size)
        first = 1 if turns and turns[0].kind is PartKind.SYSTEM else 0
        rows = [
            TurnRow(_speaker(size.kind), " ".join(size.text.split()), size.tokens, first <= place < first + out)
            for place, size in enumerate(turns)
        ]
        rows = _shortened(rows)
        rows.append(TurnRow(_("Marks between the turns"), "", template.tokens))
        self.meter.show_rows(rows)
        kept = total - sum(size.tokens for size in turns[first : first + out])
        self._tell(total, kept, out, turns[first].text if turns[first:] else "")

    def _tell(self, total: int, kept: int, out: int, oldest: str) -> None:
        if kept >= self._size:
            told = _(
                "A context of {size} tokens has no room: what has to stay is {kept} tokens. Nothing could be asked."
            )
        elif out:
            told = ngettext(
                "In a context of {size} tokens the oldest turn is left out. The model would no longer know of “{oldest}”.",
                "In a context of {size} tokens the {out} oldest turns are left out. The model would no longer know of “{oldest}”.",
                out,
            )
        else:
            told = ngettext(
                "All of it is {total} token: {share} of a context of {size}. Nothing is left out.",
                "All of it is {total} tokens: {share} of a context of {size}. Nothing is left out.",
                total,
            )
        self.saw.emit(
            told.format(
                size=number(self._size),
                out=out,
                kept=number(kept),
                total=number(total),
                share=percent(total / self._size),
                oldest=quoted(oldest),
            )
        )


def _shortened(rows: list[TurnRow]) -> list[TurnRow]:
    """Return the newest rows, and one that stands for all before them."""
    older = rows[:-MOST_ROWS]
    if not older:
        return rows
    words = ngettext("{count} older turn", "{count} older turns", len(older)).format(count=len(older))
    stands = TurnRow(words, "", sum(row.tokens for row in older), all(row.is_out for row in older))
    return [stands, *rows[-MOST_ROWS:]]


def _speaker(kind: PartKind) -> str:
    return {PartKind.SYSTEM: _("System prompt"), PartKind.QUESTION: _("You"), PartKind.ANSWER: _("Model")}[kind]


def _example() -> Turns:
    return (
        (Role.USER, _("My boat is called Kittiwake, and she is nine metres long.")),
        (Role.ASSISTANT, _("A fine name for a boat. What would you like to know?")),
        (Role.USER, _("How much rope do I need to moor her?")),
        (
            Role.ASSISTANT,
            _(
                "Two lines of about her length at the bow and the stern, and two springs that are a little longer: "
                "some forty metres in all."
            ),
        ),
        (Role.USER, _("And what is she called?")),
    )
