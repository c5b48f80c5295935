"""What the settings page shows of the hardware: devices with their memory, the engine build, and where models are."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.hardware import Hardware, Report
from desktop_app.domain.models import ModelInfo
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.controls import Badge, Button, ButtonSize, Card, Label, Rule
from desktop_app.gui.widgets.progress_bar import ProgressBar
from desktop_app.gui.widgets.titled_card import BREAK, says
from desktop_app.services.words import hardware_words
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _


class HardwareCard(QWidget):
    """A heading with a button, a sentence, and cards below each other."""

    look_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.heading = _("Hardware")
        self._theme = theme
        px = theme.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(16), 0, 0)
        column.setSpacing(px(8))
        self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.look = Button(theme, _("Look again"), size=ButtonSize.SMALL)
        self.look.setAccessibleName(_("Look again at the hardware"))
        self.look.clicked.connect(self.look_requested)
        self._top.addWidget(Label(theme, self.heading, "body", weight=SEMIBOLD), 1)
        self.measure = Button(theme, _("Measure this computer…"), size=ButtonSize.SMALL)
        self._top.setSpacing(px(8))
        buttons = QHBoxLayout()
        buttons.setSpacing(px(8))
        buttons.addWidget(self.measure)
        buttons.addWidget(self.look)
        buttons.addStretch(0)  # below the heading they stay at its left
        self._top.addLayout(buttons)
        column.addLayout(self._top)
        self.state = Label(theme, "", "small", "muted", wraps=True)
        column.addWidget(self.state)
        self._column = column
        self.device_cards: list[DeviceCard] = []
        self._build: Card | None = None
        self._models: list[Card] = []

    def stack(self, stacked: bool) -> None:
        """Have the buttons below the heading, where there is no room beside it."""
        directions = QBoxLayout.Direction
        self._top.setDirection(directions.TopToBottom if stacked else directions.LeftToRight)

    def matches(self, words: Sequence[str]) -> bool:
        """Whether every word of a search stands in what this card shows."""
        return says(self, words)

    def show_looking(self, *, has_report: bool) -> None:
        """Say that somebody is looking; what was found before stays in sight."""
        self.look.set_waiting(waits=True)
        self.look.setText(_("Looking…"))
        if not has_report:
            self._say(_("Looking at the hardware…"), "muted")

    def show_report(self, report: Report, models: Sequence[ModelInfo]) -> None:
        """Show what was found, and the models that are loaded."""
        self.look.set_waiting(waits=False)
        self.look.setText(_("Try again") if report.left_out else _("Look again"))
        words = (hardware_words.left_out(report), hardware_words.summary(report), hardware_words.looked_at(report))
        is_bad = report.error is not None or bool(words[0])
        self._say(paragraph(words), "bad" if is_bad else "muted")
        for card in (*self.device_cards, *([self._build] if self._build is not None else [])):
            self._remove(card)
        self.device_cards = [DeviceCard(self._theme, device) for device in report.devices]
        for place, shown in enumerate(self.device_cards):
            self._column.insertWidget(2 + place, shown)
        self._build = None
        rows = hardware_words.build(report)
        if rows:
            self._build = self._rows_card(_("Engine build"), rows)
            self._column.insertWidget(2 + len(self.device_cards), self._build)
        self.show_models(models)

    def show_models(self, models: Sequence[ModelInfo]) -> None:
        """Show where each loaded model is."""
        for card in self._models:
            self._remove(card)
        self._models = [self._model_card(model) for model in models]
        for card in self._models:
            self._column.addWidget(card)

    def _say(self, words: str, color: str) -> None:
        self.state.setText(words)
        self.state.set_color(color)

    def _remove(self, card: Card) -> None:
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()

    def _rows_card(self, heading: str, rows: Sequence[tuple[str, str]]) -> Card:
        card, inside = _card(self._theme)
        inside.addWidget(Label(self._theme, heading, "body", wraps=True))
        for name, value in rows:
            words = _("{name}: {value}").format(name=name, value=_breakable(value))
            inside.addWidget(Label(self._theme, words, "small", "muted", wraps=True))
        return card

    def _model_card(self, model: ModelInfo) -> Card:
        theme = self._theme
        card, inside = _card(theme)
        top = QHBoxLayout()
        top.setSpacing(theme.px(8))
        top.addWidget(Label(theme, _breakable(model.name), "body", wraps=True), 1)
        top.addWidget(Badge(theme, model.device, "accent"), 0, Qt.AlignmentFlag.AlignTop)
        inside.addLayout(top)
        for line in hardware_words.model_lines(model):
            inside.addWidget(Label(theme, line, "small", "muted", wraps=True))
        return card


class DeviceCard(Card):
    """One device: what it is, whether it is used, how much of its memory is free, and what to do where it is not used."""

    def __init__(self, theme: Theme, device: Hardware) -> None:
        super().__init__(theme)
        self.device = device
        px = theme.px
        inside = QVBoxLayout(self)
        inside.setContentsMargins(px(16), px(14), px(16), px(14))
        inside.setSpacing(px(6))
        top = QHBoxLayout()
        top.setSpacing(px(8))
        name = hardware_words.title(device)
        top.addWidget(Label(theme, _breakable(name), "body", wraps=True), 1)
        used = device.why_not is None
        self.badge = Badge(theme, _("used") if used else _("not used"), "good" if used else "warn")
        top.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(f"{name}, {self.badge.accessibleName()}")
        inside.addLayout(top)
        inside.addWidget(Label(theme, hardware_words.facts(device), "small", "muted", wraps=True))
        self.bar: ProgressBar | None = None
        free = hardware_words.memory(device)
        if free:
            self.bar = ProgressBar(theme, _("Memory of {device} in use").format(device=name))
            self.bar.set_fraction(1.0 - device.free_memory / device.total_memory)
            inside.addWidget(self.bar)
            inside.addWidget(Label(theme, free, "small", wraps=True))
        reason, step = hardware_words.why_not(device)
        if reason:
            inside.addWidget(Rule(theme, room=0))
            inside.addWidget(Label(theme, reason, "small", wraps=True))
        if step:
            inside.addWidget(Label(theme, step, "small", "muted", wraps=True))


def _card(theme: Theme) -> tuple[Card, QVBoxLayout]:
    px = theme.px
    card = Card(theme)
    inside = QVBoxLayout(card)
    inside.setContentsMargins(px(16), px(14), px(16), px(14))
    inside.setSpacing(px(4))
    return card, inside


def _breakable(text: str) -> str:
    """Let a line end inside a path or a long name too: Qt breaks lines at spaces only, and after these marks."""
    for mark in "/\\_-":
        text = text.replace(mark, f"{mark}{BREAK}")
    return text
