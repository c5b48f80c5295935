"""Step 'Why it makes things up': an answer about something that does not exist, tinted by how sure the model was."""

from desktop_app.domain.answer_tokens import texts
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.traces import Traces
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.look.tints import percent
from desktop_app.gui.panel.glass.legend import TintLegend
from desktop_app.gui.panel.glass.token_flow import TokenFlow
from desktop_app.gui.panel.glass.token_table import visible_piece
from desktop_app.gui.tour.asking import Asking, Wish
from desktop_app.gui.tour.entry import Entry
from desktop_app.gui.tour.part import LivePart
from desktop_app.gui.widgets.controls import Button, ButtonSize
from desktop_app.gui.widgets.long_text import LongText
from desktop_app.services.insight.tour import Written
from desktop_app.support.formats import listed
from desktop_app.support.i18n import _, ngettext

ASKED = Sampling(temperature=0.7, max_tokens=90)
SURE, GUESSED = 0.8, 0.3
OTHERS = 3


class InventionPart(LivePart):
    """A question, the answer as it comes, and then its words with their tints."""

    def __init__(self, theme: Theme, asking: Asking) -> None:
        super().__init__(theme, asking)
        self._traces = Traces.of(())
        self._wish = Wish()
        self.entry = Entry(theme, _("Ask about something that does not exist"), _("What is a glimmerwort tree?"))
        self.entry.field.returnPressed.connect(self.ask)
        self.ask_button = Button(theme, _("Ask"), size=ButtonSize.SMALL, icon="send")
        self.ask_button.clicked.connect(self.ask)
        self.answer = LongText(theme, "", "body", wraps=True)
        self.flow = TokenFlow(theme)
        self.flow.picked.connect(self._pick)
        self.legend = TintLegend(theme)
        self.others = LongText(theme, "", "small", "muted", wraps=True)
        for widget in (self.entry, self.ask_button, self.answer, self.flow, self.legend, self.others):
            self.column.addWidget(widget)
        self._show_flow(False)

    def ask(self) -> None:
        """Have the question answered."""
        question = self.entry.text
        self._wish.drop()
        if not question:
            return
        self.answer.setText("…")
        self._show_flow(False)
        self.saw.emit("")
        self._wish = self.wait_for(self.asking.answer(question, ASKED, self._hear, self._show, self.fail))

    def _hear(self, text: str) -> None:
        so_far = "" if self.answer.text() == "…" else self.answer.text()
        self.answer.setText(so_far + text)

    def _show(self, written: Written) -> None:
        traces = self._traces = written.traces
        self.answer.setText(written.text.strip())
        if not len(traces):
            self.failed.emit(_("Switch “Record probabilities” on in the settings to see how sure the model was."))
            return
        shares = [traces.probability(number) for number in range(len(traces))]
        self.flow.set_tokens(texts(traces), shares)
        self._show_flow(True)
        self.others.setText(_("Choose a word to see what else might have come."))
        self._tell(shares)

    def _tell(self, shares: list[float]) -> None:
        count, sure = len(shares), sum(share > SURE for share in shares)
        guessed = sum(share < GUESSED for share in shares)
        told = ngettext(
            "Of {count} token the model was sure of {sure} and guessed {guessed}. Sure means: this is how such "
            "sentences go on. Whether it is true was never asked.",
            "Of {count} tokens the model was sure of {sure} and guessed {guessed}. Sure means: this is how such "
            "sentences go on. Whether it is true was never asked.",
            count,
        )
        self.saw.emit(told.format(count=count, sure=sure, guessed=guessed))

    def _pick(self, number: int) -> None:
        trace = self._traces[number]
        others = [option for option in trace.options if option.token != trace.chosen.token][:OTHERS]
        named = listed(
            _("“{word}” {share}").format(word=visible_piece(option.piece).strip("␣"), share=percent(option.probability))
            for option in others
        )
        told = _("“{word}” was picked at {share}. It might have been {others}.")
        self.others.setText(
            told.format(word=self.flow.word(number), share=percent(trace.chosen.probability), others=named)
        )

    def _show_flow(self, shown: bool) -> None:
        for widget in (self.flow, self.legend, self.others):
            widget.setVisible(shown)
        self.answer.setVisible(not shown and bool(self.answer.text()))
