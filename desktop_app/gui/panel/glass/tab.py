"""The Glass box tab of the right panel: how sure the model was of each word of an answer, and what else it might have said."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.answer_tokens import texts
from desktop_app.domain.near_words import word_of
from desktop_app.domain.traces import Option, Trace, Traces
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.look.tints import percent
from desktop_app.gui.panel.glass.attention_block import AttentionBlock
from desktop_app.gui.panel.glass.legend import PlotLegend, TintLegend
from desktop_app.gui.panel.glass.option_bars import Bar, OptionBars
from desktop_app.gui.panel.glass.reading_row import ReadingRow
from desktop_app.gui.panel.glass.surprise_plot import SurprisePlot
from desktop_app.gui.panel.glass.token_flow import TokenFlow
from desktop_app.gui.panel.glass.token_table import TokenTable, visible_piece
from desktop_app.gui.panel.glass.word_sums import WordSums
from desktop_app.gui.panel.page import TabPage
from desktop_app.gui.panel.section import Section
from desktop_app.gui.receipts.block import ReceiptBlock
from desktop_app.gui.widgets.controls import Button, Label
from desktop_app.gui.widgets.switch import Switch
from desktop_app.support.formats import number, paragraph
from desktop_app.support.i18n import _, ngettext

CanBranch = Callable[[int, Option], bool]


class GlassTab(TabPage):
    """Shows one answer: its tinted words, the alternatives of the chosen one, a plot and a table.

    `branch_requested` carries the number of a token and the option that is to come in its place, `number_chosen` that
    of the token that is shown now; `sums_made` comes when the part with sums of words is first opened. `attention` shows what was looked at for it, `receipt` the figures of the whole
    answer.
    """

    branch_requested = Signal(int, object)
    number_chosen = Signal(int)
    sums_made = Signal(object)
    work_out_requested = Signal()
    tint_toggled = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._traces = Traces.of(())
        self._can_branch: CanBranch = lambda _number, _option: False
        self._options: tuple[Option, ...] = ()
        self.number = -1
        self.heading = Label(theme, _("How sure the model was of each word"), "small", weight=SEMIBOLD, wraps=True)
        self.hint = Label(theme, "", "label", "muted", wraps=True)
        self.work_out = Button(theme, _("Calculate now"), fills=True)
        self.work_out.clicked.connect(self.work_out_requested)
        self.reading = ReadingRow(theme)
        self.flow = TokenFlow(theme)
        self.legend = TintLegend(theme)
        self.tint_row = QWidget()
        self.tint = Switch(theme, self.tint_row)
        self.chosen = Label(theme, "", "small", weight=SEMIBOLD, wraps=True)
        self.advice = Label(theme, "", "small", "muted", wraps=True)
        self.bars = OptionBars(theme)
        self.branch = Button(theme, "", fills=True)
        self.attention = AttentionBlock(theme)
        self.plot_heading = Label(theme, _("Surprise along the answer"), "small", weight=SEMIBOLD, wraps=True)
        self.plot = SurprisePlot(theme)
        self.plot_legend = PlotLegend(theme)
        self.figures = Label(theme, "", "small", "muted", wraps=True)
        self.sums: WordSums | None = None
        self.vectors = Section(theme, _("Words as vectors"), self._fill_vectors)
        self.table_heading = Label(theme, "", "small", weight=SEMIBOLD, wraps=True)
        self.table = TokenTable(theme)
        self.receipt = ReceiptBlock(theme)
        self._details = QWidget()
        self._numbers = QWidget()
        self._lay_out()
        self._connect()
        self.apply_theme()
        self.show_nothing()

    # What is shown

    def show_nothing(self) -> None:
        """Say what this is for while there is no answer."""
        self._show_hint(_("Ask something: each word of the answer is shown here with how sure the model was of it."))

    def show_writing(self) -> None:
        """Say that an answer is still being written."""
        self._show_hint(_("The answer is being written. Its words are shown here when it ends."))

    def show_unrecorded(self, *, recording: bool, can_work_out: bool) -> None:
        """Say that nothing is known of an answer, and offer to find it out."""
        had_focus = self.reading.cancel.hasFocus()
        hint = _("Nothing was recorded while this answer was written. The model can read it once more.")
        if not recording:
            hint = paragraph([hint, _("Switch on “Record probabilities” in the settings to keep it for new answers.")])
        self._show_hint(hint)
        self.work_out.setVisible(True)
        self.work_out.setEnabled(can_work_out)
        if had_focus:
            self.work_out.setFocus()

    def show_working(self) -> None:
        """Say that the model reads an answer once more; `reading` says how far it is."""
        had_focus = self.work_out.hasFocus()
        self._show_hint(_("The model reads the answer once more, and says how likely it finds each word."))
        self.reading.show_beginning()
        self.reading.setVisible(True)
        if had_focus:
            self.reading.cancel.setFocus()

    def show_traces(self, traces: Traces, can_branch: CanBranch, *, whole: bool = True) -> None:
        """Show how the tokens of an answer were chosen; not `whole` where a part of it was not recorded."""
        self._traces, self._can_branch = traces, can_branch
        count = len(traces)
        self.flow.set_tokens(texts(traces), [traces.probability(number) for number in range(count)])
        self.plot.set_values(
            [traces.surprise(number) for number in range(count)], [traces.entropy(number) for number in range(count)]
        )
        self.table.set_traces(traces)
        tokens = ngettext("{count} token with its number in the vocabulary", "{count} tokens with their numbers in the vocabulary", count)  # fmt: skip
        self.table_heading.setText(tokens.format(count=number(count)))
        self.hint.setText("" if whole else _("The beginning of this answer was not recorded."))
        self.hint.setVisible(not whole)
        self.work_out.setVisible(not whole)
        self.work_out.setEnabled(True)
        self.reading.setVisible(False)
        self._set_details_shown(True)
        self.choose(self._first_shown())

    def choose(self, number: int) -> None:
        """Show the alternatives of a token."""
        if not 0 <= number < len(self._traces):
            return
        self.number = number
        trace = self._traces[number]
        self.flow.choose(number)
        self.plot.set_current(number)
        self.table.choose(number)
        self.figures.setText(self.plot.told(number))
        self.chosen.setText(
            _("“{word}” was picked at {percent}").format(
                word=self.flow.word(number), percent=percent(trace.chosen.probability)
            )
        )
        self._options = _shown_options(trace)
        others = (place for place, option in enumerate(self._options) if option.token != trace.chosen.token)
        self.bars.set_bars([_bar(option, trace) for option in self._options], next(others, 0))
        self._show_branch()
        if self.sums is not None and self.sums.isVisible() and self._chosen_word():
            self.sums.begin_with(self._chosen_word())
        self.number_chosen.emit(number)

    def set_tint(self, shown: bool) -> None:
        """Show whether the words of the chat are tinted, without telling anybody."""
        self.tint.setChecked(shown)

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        for part, above in ((self._details, 0), (self._numbers, px(8))):
            column = part.layout()
            if column is not None:
                column.setContentsMargins(0, above, 0, 0)
                column.setSpacing(px(8))
        super().apply_theme()

    def _first_shown(self) -> int:
        """Return the least sure of the first words: there is something to see."""
        count = min(len(self._traces), 40)
        usable = [number for number in range(count) if self._traces.piece(number).strip()]
        return min(usable, key=self._traces.probability, default=0)

    def _show_hint(self, hint: str) -> None:
        self._traces = Traces.of(())
        self.number = -1
        self.hint.setText(hint)
        self.hint.setVisible(True)
        self.work_out.setVisible(False)
        self.reading.setVisible(False)
        self._set_details_shown(False)

    def _set_details_shown(self, shown: bool) -> None:
        self._details.setVisible(shown)
        self._numbers.setVisible(shown)

    def _show_branch(self) -> None:
        """Offer to write on from the chosen alternative, or say why that cannot be."""
        option = self._option
        taken = self._traces[self.number].chosen.token
        if option is None:
            return
        word = _label(option)
        self.branch.set_content(_("Branch here with “{word}”").format(word=_shortened(word)))
        possible = option.token != taken and self._can_branch(self.number, option)
        self.branch.setEnabled(possible)
        if option.token == taken:
            advice = _("Pick another word to see where the answer would have gone.")
        elif possible:
            advice = _("A new answer beside this one goes on from “{word}”.").format(word=_shortened(word))
        elif option.is_control:
            advice = _("This token ends or marks a part of the answer; it is no text to go on from.")
        else:
            advice = _("No answer can go on from here: this is a piece of a character, or a mark.")
        self.advice.setText(advice)

    @property
    def _option(self) -> Option | None:
        row = self.bars.current
        return self._options[row] if 0 <= row < len(self._options) else None

    # Building

    def _lay_out(self) -> None:
        tint = QHBoxLayout(self.tint_row)
        tint.setContentsMargins(0, 0, 0, 0)
        words = Label(self.theme, _("Show it in the chat, too"), "label", wraps=True)
        self.tint.setAccessibleName(_("Show how sure the model was in the chat"))
        tint.addWidget(words, 1)
        tint.addWidget(self.tint)
        details, numbers = QVBoxLayout(self._details), QVBoxLayout(self._numbers)
        parts: tuple[QWidget, ...] = (
            self.flow, self.legend, self.tint_row, self.chosen, self.advice, self.bars, self.branch,
            self.attention, self.plot_heading, self.plot, self.plot_legend, self.figures,
        )  # fmt: skip
        for part in parts:
            if part in (self.chosen, self.plot_heading):
                details.addSpacing(self.theme.px(8))
            details.addWidget(part)
        numbers.addWidget(self.table_heading)
        numbers.addWidget(self.table)
        self.column.addWidget(self.heading)
        self.column.addWidget(self.hint)
        self.column.addWidget(self.work_out)
        self.column.addWidget(self.reading)
        self.column.addWidget(self._details)
        self.column.addWidget(self.vectors)
        self.column.addWidget(self.receipt)
        self.column.addWidget(self._numbers)
        self.column.addStretch(1)
        self.advice.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)

    def _connect(self) -> None:
        self.flow.picked.connect(self.choose)
        self.plot.picked.connect(self.choose)
        self.table.picked.connect(self.choose)
        self.bars.chosen.connect(lambda _row: self._show_branch())
        self.branch.clicked.connect(self._branch)
        self.tint.clicked.connect(self.tint_toggled)

    def _fill_vectors(self, column: QVBoxLayout, parent: QWidget) -> None:
        words = _("A model knows each token as a list of numbers. Words that are used alike have lists that are alike.")
        column.addWidget(Label(self.theme, words, "small", "muted", wraps=True, parent=parent))
        self.sums = WordSums(self.theme, parent)
        column.addWidget(self.sums)
        self.sums_made.emit(self.sums)
        word = self._chosen_word()
        if word:
            self.sums.begin_with(word)
        else:
            self.sums.show_example()

    def _chosen_word(self) -> str:
        """Return the chosen token, where it is a word."""
        return word_of(self._traces[self.number].chosen.piece) if 0 <= self.number < len(self._traces) else ""

    def _branch(self) -> None:
        option = self._option
        if option is not None:
            self.branch_requested.emit(self.number, option)


def _shown_options(trace: Trace) -> tuple[Option, ...]:
    """Return the likeliest tokens, and the chosen one where it is not among them."""
    known = any(option.token == trace.chosen.token for option in trace.options)
    return trace.options if known else (*trace.options, trace.chosen)


def _bar(option: Option, trace: Trace) -> Bar:
    taken = option.token == trace.chosen.token
    return Bar(_label(option), option.probability, taken, option.sampled_probability == 0.0)


def _label(option: Option) -> str:
    """Return a token as people read it: its word, or its signs where it has none."""
    try:
        word = option.piece.decode().strip()
    except UnicodeDecodeError:
        word = ""
    return word if word and word.isprintable() else visible_piece(option.piece)


def _shortened(word: str) -> str:
    return word if len(word) <= 20 else word[:19] + "…"
