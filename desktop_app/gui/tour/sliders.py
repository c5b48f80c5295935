"""Steps 'Temperature', 'Top-k' and 'Top-p': a slider over the model's real numbers."""

from collections.abc import Sequence

import msgspec
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.sampling import Sampling
from desktop_app.gui.forms.form import fields_of
from desktop_app.gui.look.theme import SEMIBOLD, Theme, Themed
from desktop_app.gui.panel.sampling.next_word_text import percent
from desktop_app.gui.panel.sampling.parameter_row import ParameterRow
from desktop_app.gui.tour.asking import Asking, Wish
from desktop_app.gui.tour.candidates import OPEN, Candidates
from desktop_app.gui.tour.part import LivePart
from desktop_app.gui.widgets.controls import Button, ButtonSize, Label
from desktop_app.gui.widgets.long_text import LongText, quoted
from desktop_app.services.insight.tour import Written
from desktop_app.support.formats import decimal, number, paragraph
from desktop_app.support.i18n import _, ngettext

STACKED = 460
"""Below this width, in pixels at 100 %, what stands side by side goes below each other."""
MOST_OF_IT = 0.9
COOL, HOT = 0.2, 1.6
LENGTH = 32
"""Tokens of each of the two texts."""


class SideBySide(Themed, QWidget):
    """Widgets of equal width beside each other, or below each other where there is little room."""

    def __init__(self, theme: Theme, widgets: Sequence[QWidget]) -> None:
        QWidget.__init__(self)
        self.theme = theme
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.px(16))
        for widget in widgets:
            self._row.addWidget(widget, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand below each other where it is narrow."""
        super().resizeEvent(event)
        narrow = self.width() < self.theme.px(STACKED) and self._row.count() > 1
        self._row.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)


class SliderPart(LivePart):
    """One parameter as the Sampling tab has it, and the candidates behind one beginning or more."""

    def __init__(self, theme: Theme, asking: Asking, parameter: str, value: float, beginnings: Sequence[str]) -> None:
        super().__init__(theme, asking)
        self._parameter = parameter
        (spec,) = fields_of(Sampling, (parameter,))
        self.row = ParameterRow(theme, spec, self)
        self.row.editor.edited.connect(self._slide)
        titles = (
            [_("The beginning of your sentence")]
            if len(beginnings) == 1
            else [_("A beginning that leaves little open"), _("A beginning that leaves much open")]
        )
        self.columns = [Candidates(self, title, beginning) for title, beginning in zip(titles, beginnings, strict=True)]
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.addWidget(self.row)
        self.column.addWidget(SideBySide(theme, self.columns))
        for column in self.columns:
            column.changed.connect(self._tell)
        self._value = spec.typed(value)
        self.row.editor.set_value(self._value)
        for column in self.columns:
            column.set_sampling(self.sampling)

    @property
    def value(self) -> float:
        """Where the slider stands."""
        return float(self._value or 0)

    @property
    def sampling(self) -> Sampling:
        """Nothing but this parameter."""
        return msgspec.structs.replace(OPEN, **{self._parameter: self._value})

    def enter(self) -> None:
        """Ask for what is not known yet."""
        for column in self.columns:
            column.look()

    def told(self) -> str:
        """Return what is seen, now that every column has its bars; for each step to say."""
        raise NotImplementedError

    def _slide(self, value: float) -> None:
        self._value = value
        for column in self.columns:
            column.set_sampling(self.sampling)

    def _tell(self) -> None:
        self.saw.emit(self.told() if all(column.steps for column in self.columns) else "")


class TemperaturePart(SliderPart):
    """The bent distribution, and two texts: one written cool, one hot."""

    def __init__(self, theme: Theme, asking: Asking) -> None:
        super().__init__(theme, asking, "temperature", 1.0, [_("The best thing about rain is")])
        self._writing: list[Wish] = []
        self._written: dict[float, Written] = {}
        self.write_button = Button(theme, _("Write it cool and hot"), size=ButtonSize.SMALL, icon="edit")
        self.write_button.clicked.connect(self._write)
        self.texts = [LongText(theme, "", wraps=True) for heat in (COOL, HOT)]
        sides = [self._side(heat, text) for heat, text in zip((COOL, HOT), self.texts, strict=True)]
        self._pair = SideBySide(theme, sides)
        self._pair.hide()
        self.column.addWidget(self.write_button)
        self.column.addWidget(self._pair)
        self.columns[0].entry.settled.connect(lambda _text: self._pair.hide())

    def told(self) -> str:
        """Say what became of the likeliest token, and how many share most of the chance."""
        from desktop_app.domain.samplers import top_p  # NumPy is there by now: the first paint does without it

        (column,) = self.columns
        steps = column.steps
        (likeliest,) = steps[0].likeliest(1)
        count = len(top_p(steps[-1].left, MOST_OF_IT).ids)
        sharing = ngettext(
            "One token has nine tenths of the chance.", "{count} tokens share nine tenths of the chance.", count
        )
        told = _("At {value} “{word}” has {share}; the model gave it {before}.")
        told = told.format(
            value=decimal(self.value, 2),
            word=column.word(likeliest),
            share=percent(steps[-1].probabilities([likeliest])[0]),
            before=percent(steps[0].probabilities([likeliest])[0]),
        )
        return paragraph([told, sharing.format(count=number(count))])

    def _side(self, heat: float, text: Label) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.theme.px(4))
        heading = _("At {value}").format(value=decimal(heat, 1))
        column.addWidget(Label(self.theme, heading, "small", weight=SEMIBOLD))
        column.addWidget(text)
        column.addStretch(1)
        return side

    def _write(self) -> None:
        for wish in self._writing:
            wish.drop()
        beginning = self.columns[0].entry.text
        if not beginning:
            return
        self._written.clear()
        self._pair.show()
        self._writing = [
            self._write_at(heat, text, beginning) for heat, text in zip((COOL, HOT), self.texts, strict=True)
        ]

    def _write_at(self, heat: float, text: Label, beginning: str) -> Wish:
        text.setText(beginning)
        sampling = msgspec.structs.replace(OPEN, temperature=heat, max_tokens=LENGTH)

        def wrote(written: Written) -> None:
            self._written[heat] = written
            if len(self._written) == len(self.texts):
                self._compare()

        return self.wait_for(
            self.asking.go_on(beginning, sampling, lambda piece: text.setText(text.text() + piece), wrote, self.fail)
        )

    def _compare(self) -> None:
        cool, hot = (_mean(self._written[heat]) for heat in (COOL, HOT))
        if cool is not None and hot is not None:
            told = _("The model finds the words of the cool text {cool} likely on average, those of the hot one {hot}.")
            self.saw.emit(told.format(cool=percent(cool), hot=percent(hot)))


class TopKPart(SliderPart):
    """The k likeliest."""

    def __init__(self, theme: Theme, asking: Asking) -> None:
        super().__init__(theme, asking, "top_k", 5, [_("The best thing about rain is")])

    def told(self) -> str:
        """Say what is left, and what it had before."""
        (column,) = self.columns
        model, after = column.steps[0], column.steps[-1]
        share = percent(min(1.0, sum(model.probabilities(model.likeliest(after.count)))))
        told = ngettext(
            "{count} of {all} tokens may be drawn. The model gave it {share}; now it has all of the chance.",
            "{count} of {all} tokens may be drawn. The model gave them {share} together; now they have all of the chance.",
            after.count,
        )
        if after.count == model.count:
            told = _("At 0 nothing is cut: each of the {all} tokens may be drawn.")
        return told.format(count=number(after.count), all=number(model.count), share=share)


class TopPPart(SliderPart):
    """The same p behind a beginning of which the model is sure, and one of which it is not."""

    def __init__(self, theme: Theme, asking: Asking) -> None:
        beginnings = [_("The capital of France is"), _("My favourite")]
        super().__init__(theme, asking, "top_p", 0.8, beginnings)

    def told(self) -> str:
        """Say how many are left of each."""
        sure, unsure = (column.steps[-1].count for column in self.columns)
        left = ngettext("{count} token", "{count} tokens", sure).format(count=number(sure))
        right = ngettext("{count} token", "{count} tokens", unsure).format(count=number(unsure))
        told = _("The same p of {value} leaves {left} behind “{sure}”, and {right} behind “{unsure}”.")
        return told.format(
            value=decimal(self.value, 2),
            left=left,
            right=right,
            sure=quoted(self.columns[0].text),
            unsure=quoted(self.columns[1].text),
        )


def _mean(written: Written) -> float | None:
    """Return how likely the words of a text were on average, None where that was not recorded."""
    count = len(written.traces)
    return sum(written.traces.probability(number) for number in range(count)) / count if count else None
