"""What a person's chats add up to: a few numbers, answers over time, and what each model wrote."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from desktop_app.domain.statistics import ModelUse, Statistics
from desktop_app.gui.data.activity_chart import ActivityChart, spans
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.controls import Card, Label
from desktop_app.gui.widgets.facts import Fact, Facts
from desktop_app.support.formats import decimal, duration, number
from desktop_app.support.i18n import _, ngettext

MODELS_SHOWN = 8
ACROSS, NARROW_ACROSS = 4, 2
INSET = GAP = 16
WATTS_PER_KILOWATT = 1000


class Figure(NamedTuple):
    """A number and what it counts; `note` says more to those who ask."""

    number: str
    name: str
    note: str = ""


class UseCard(QWidget):
    """Numbers and chart in one card, the models in another."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        px = theme.px
        self._figures: list[QWidget] = []
        self._across = ACROSS
        card = Card(theme)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(px(INSET), px(14), px(INSET), px(14))
        inside.setSpacing(px(14))
        self.state = Label(theme, _("Counting…"), "body", "muted", wraps=True)
        inside.addWidget(self.state)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(px(GAP))
        self._grid.setVerticalSpacing(px(12))
        inside.addLayout(self._grid)
        self.chart = ActivityChart(theme)
        self.chart.hide()
        self.caption = Label(theme, "", "small", "muted", wraps=True)
        self.caption.hide()
        inside.addWidget(self.caption)
        inside.addWidget(self.chart)
        self.models = Facts(theme)
        self.models.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(12))
        column.addWidget(card)
        column.addWidget(self.models)

    def show_statistics(self, statistics: Statistics, today: date) -> None:
        """Show what was counted."""
        for widget in self._figures:
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._figures = []
        is_empty = not statistics.questions and not statistics.answers
        if is_empty:
            self.state.setText(_("There is nothing to count yet: no question was asked."))
        self.state.setVisible(is_empty)
        if not is_empty:
            self._figures = [self._figure(figure) for figure in figures(statistics)]
            self._arrange()
            shown = spans(statistics.days, today)
            self.chart.show_spans(shown)
            is_of_days = shown[0].days == 1
            self.caption.setText(
                _("Answers on each day of the last month") if is_of_days else _("Answers in each week of the last year")
            )
        self.caption.setVisible(not is_empty)
        self.chart.setVisible(not is_empty)
        self.models.set_facts(model_facts(statistics.models))
        self.models.setVisible(bool(statistics.models))

    def show_trouble(self, words: str) -> None:
        """Say why nothing can be counted."""
        self.state.setText(words)
        self.state.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Have two numbers beside each other instead of four where the widest is too wide for that."""
        super().resizeEvent(event)
        if self._fitting() != self._across:
            self._arrange()

    def _fitting(self) -> int:
        """Return how many numbers fit beside each other."""
        px = self._theme.px
        widest = max((widget.minimumSizeHint().width() for widget in self._figures), default=0)
        fits = ACROSS * (widest + px(GAP)) - px(GAP) <= self.width() - 2 * px(INSET)
        return ACROSS if fits else NARROW_ACROSS

    def _figure(self, figure: Figure) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Label(self._theme, figure.number, "title", weight=SEMIBOLD))
        column.addWidget(Label(self._theme, figure.name, "small", "muted", wraps=True))
        column.addStretch(1)
        made.setToolTip(figure.note)
        return made

    def _arrange(self) -> None:
        self._across = across = self._fitting()
        for widget in self._figures:
            self._grid.removeWidget(widget)
        for place, widget in enumerate(self._figures):
            self._grid.addWidget(widget, place // across, place % across)
        for column in range(ACROSS):
            self._grid.setColumnStretch(column, 1 if column < across else 0)


def figures(statistics: Statistics) -> list[Figure]:
    """Return the numbers that are shown."""
    made = [
        Figure(number(statistics.chats), ngettext("chat", "chats", statistics.chats)),
        Figure(number(statistics.questions), ngettext("question", "questions", statistics.questions)),
        Figure(number(statistics.answers), ngettext("answer", "answers", statistics.answers)),
        Figure(
            number(statistics.tokens_written),
            ngettext("token written", "tokens written", statistics.tokens_written),
            _("A token is about three quarters of an English word."),
        ),
        Figure(
            number(statistics.tokens_read),
            ngettext("token read", "tokens read", statistics.tokens_read),
            _("What models read of questions, files and earlier messages."),
        ),
        Figure(
            number(statistics.tokens_reused),
            ngettext("token not read again", "tokens not read again", statistics.tokens_reused),
            _("What models still knew of the messages before, so that they need not read it again."),
        ),
        Figure(duration(statistics.seconds), _("time spent writing")),
    ]
    if statistics.measured_answers:
        note = ngettext(
            "From the {count} answer for which this computer reported energy.",
            "From the {count} answers for which this computer reported energy.",
            statistics.measured_answers,
        )
        made.append(
            Figure(energy(statistics.energy), _("energy used"), note.format(count=number(statistics.measured_answers)))
        )
    return made


def model_facts(models: Sequence[ModelUse]) -> list[Fact]:
    """Return a line for each model that wrote anything, the most first."""
    facts = []
    for use in models[:MODELS_SHOWN]:
        answers = ngettext("{count} answer", "{count} answers", use.answers).format(count=number(use.answers))
        if use.tokens and use.seconds > 0:
            words = ngettext(
                "{answers}, {tokens} token, {pace} a second", "{answers}, {tokens} tokens, {pace} a second", use.tokens
            )
            pace = decimal(use.tokens / use.seconds, 1)
            answers = words.format(answers=answers, tokens=number(use.tokens), pace=pace)
        facts.append(Fact(use.name or _("Without a receipt"), answers))
    return facts


def energy(watt_hours: float) -> str:
    """Return an energy in watt hours, or in kilowatt hours where it is much."""
    if watt_hours >= WATTS_PER_KILOWATT:
        return _("{energy} kWh").format(energy=decimal(watt_hours / WATTS_PER_KILOWATT, 1))
    return _("{energy} Wh").format(energy=decimal(watt_hours, 1))
