"""The dialog that measures a model on this computer: how far it is, each trial as it comes, and what is best."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from desktop_app.domain.fit import KvType
from desktop_app.domain.tuning import Trial, Tried, leaves_cards_open
from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fit
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.controls import Button, ButtonKind, Label
from desktop_app.gui.widgets.progress_bar import ProgressBar
from desktop_app.gui.widgets.scrolled_body import UprightArea
from desktop_app.support.formats import decimal, side_by_side
from desktop_app.support.i18n import _, ngettext

WIDTH, HEIGHT = 620, 560
"""How large the dialog is where there is room, in pixels at 100 %."""
LEAST_BESIDE = 520
"""How wide it has to be for the figures to stand beside the settings; else they stand below them."""


class TuningDialog(AppDialog):
    """Comes up with what is known; `wanted` comes when it is to be measured, and `given_up` when it is left meanwhile."""

    wanted = Signal()
    given_up = Signal()

    def __init__(self, theme: Theme, model: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, _("Measure this computer"), parent)
        self._model = model
        self._trials: list[Trial] = []
        self._is_measuring = False
        self.words = Label(theme, "", "body", wraps=True, parent=self)
        self.bar = ProgressBar(theme, _("How much is measured"), self)
        self.outcome = Label(theme, "", "body", weight=SEMIBOLD, wraps=True, parent=self)
        self._area = UprightArea(self)
        self.measure = Button(theme, _("Measure"), kind=ButtonKind.PRIMARY, parent=self)
        self.close_button = Button(theme, _("Close"), parent=self)
        self._body = QWidget()
        self._body.setProperty("look", "page")
        self._grid = QGridLayout(self._body)
        self._area.hide()
        self._lay_out()
        self.measure.setFocus()
        self.measure.clicked.connect(self.wanted)
        self.close_button.clicked.connect(self._leave)
        self.rejected.connect(self._tell_left)
        self.show_offer()

    def show_offer(self) -> None:
        """Say what it does, before anything is known."""
        self._set_measuring(measuring=False)
        self.words.setText(
            _("This tries {model} with different settings, for less than a minute, and keeps the fastest. Meanwhile "
              "the model writes no answer; other programs at work make the figures worse.").format(model=self._model)
        )  # fmt: skip

    def show_known(self, trials: Sequence[Trial], best: Trial) -> None:
        """Show what was measured, the best marked."""
        self._set_measuring(measuring=False)
        self.words.setText(_("This is how fast {model} is on this computer.").format(model=self._model))
        self.measure.set_content(_("Measure again"))
        self.measure.set_kind(ButtonKind.OUTLINE)
        self.close_button.set_kind(ButtonKind.PRIMARY)  # there is nothing left to do
        self._show_rows(trials, best)
        first = trials[0]
        if len(trials) == 1:
            self.outcome.setText(
                _("There was time for these settings alone: others may be faster. They are used from now on.")
            )
        elif leaves_cards_open(best.tried, first):
            self.outcome.setText(
                _("On the graphics card it did not work this time. Measure again when more of its memory is free: "
                  "until then nothing is changed.")
            )  # fmt: skip
        elif not first.was_done:
            self.outcome.setText(
                _("llama.cpp's own settings did not work here. The fastest of the others are used from now on.")
            )
        elif best == first:
            self.outcome.setText(_("llama.cpp's own settings are the fastest here. They are used from now on."))
        else:
            gain = round(100 * (first.seconds / best.seconds - 1.0))
            words = _("A typical turn is {gain} % faster than with llama.cpp's own settings. This is used from now on.")
            self.outcome.setText(words.format(gain=gain))

    def show_measuring(self) -> None:
        """Say that it has begun."""
        self._trials.clear()
        self.close_button.set_kind(ButtonKind.OUTLINE)
        self._show_rows((), None)
        self._set_measuring(measuring=True)
        self.bar.set_fraction(0.0)
        self.outcome.setText("")
        self.words.setText(
            _("Measuring {model}… Closing gives it up, and nothing is changed.").format(model=self._model)
        )

    def add_trial(self, trial: Trial, done: float) -> None:
        """Show what came of a trial, and which part of all is done."""
        self._trials.append(trial)
        self.bar.set_fraction(done)
        self._show_rows(self._trials, min(self._trials, key=lambda each: each.seconds))

    def show_trouble(self, words: str) -> None:
        """Say why it cannot be measured."""
        self._set_measuring(measuring=False)
        self.words.setText(words)

    def _set_measuring(self, *, measuring: bool) -> None:
        self._is_measuring = measuring
        self.bar.setVisible(measuring)
        self.measure.setVisible(not measuring)
        self.close_button.set_content(_("Give up") if measuring else _("Close"))

    def _leave(self) -> None:
        self.reject()

    def _tell_left(self) -> None:
        if self._is_measuring:
            self._is_measuring = False
            self.given_up.emit()

    def _show_rows(self, trials: Sequence[Trial], best: Trial | None) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 0)  # that below fewer rows had the room that was left
        self._area.setVisible(bool(trials))
        if not trials:
            return
        is_beside = self.width() >= self.theme.px(LEAST_BESIDE)
        heads = (_("Settings") if is_beside else "", _("Prompt processing"), _("Generation"), _("A typical turn"))
        for column, head in enumerate(heads):
            label = Label(self.theme, head, "small", "muted", wraps=True, parent=self._body)
            side = Qt.AlignmentFlag.AlignTrailing if column else Qt.AlignmentFlag.AlignLeading
            label.setAlignment(side | Qt.AlignmentFlag.AlignBottom)
            self._grid.addWidget(label, 0, column)
        row = 1
        for trial in trials:
            weight = SEMIBOLD if trial == best else None
            settings = settings_words(trial.tried, trials[0].tried)
            label = Label(self.theme, settings, "small", weight=weight, wraps=True, parent=self._body)
            if not is_beside:
                label.setContentsMargins(0, self.theme.px(6), 0, 0)  # nearer to its figures than to those above
            self._grid.addWidget(label, row, 0, 1, 1 if is_beside else len(heads))
            row += not is_beside
            for column, words in enumerate(_figures(trial), 1):
                label = Label(self.theme, words, "small", weight=weight, parent=self._body)
                self._grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignRight)
            row += 1
        self._grid.setColumnStretch(0, 1)
        self._grid.setRowStretch(row, 1)

    def _lay_out(self) -> None:
        px = self.theme.px
        set_margins(self._grid, 0, 0, px(8), 0)
        self._grid.setHorizontalSpacing(px(8))
        self._grid.setVerticalSpacing(px(6))
        area = self._area
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        area.show_body(self._body)
        area.setAccessibleName(_("What was measured"))
        area.setProperty("look", "boxed")
        column = QVBoxLayout(self)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        column.addWidget(Label(self.theme, _("Measure this computer"), "title", wraps=True, parent=self))
        for part in (self.words, self.bar, self.outcome):
            column.addWidget(part)
        column.addWidget(area, 1000)
        column.addStretch(1)  # has the room of the table before there is one
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addStretch(1)
        row.addWidget(self.measure)
        row.addWidget(self.close_button)
        column.addLayout(row)
        parent = self.parentWidget()
        room = parent.window().size() if parent is not None else self.screen().availableSize()
        fit(self, QSize(min(px(WIDTH), room.width() - px(32)), min(px(HEIGHT), room.height() - px(32))))


def _figures(trial: Trial) -> tuple[str, str, str]:
    if not trial.was_done:
        return "–", "–", _("did not work")
    return (
        _("{speed} tok/s").format(speed=decimal(trial.reading, 0)),
        _("{speed} tok/s").format(speed=decimal(trial.writing, 1)),
        _("{seconds} s").format(seconds=decimal(trial.seconds, 1)),
    )


def settings_words(tried: Tried, first: Tried) -> str:
    """Return what was tried: the first in full, of the others what is not as it was then."""
    words = _words(tried)
    if tried == first:
        if not tried.gpu_layers:
            del words["gpu_layers"]  # there may be none
        return _("llama.cpp's own: {settings}").format(settings=side_by_side(words.values()))
    before = _words(first)
    return side_by_side(text for name, text in words.items() if before.get(name) != text)


def _words(tried: Tried) -> dict[str, str]:
    """Return each setting in few words."""
    flash = {True: _("flash attention"), False: _("no flash attention"), None: _("attention as it chooses")}
    layers = ngettext("{count} layer on the GPU", "{count} layers on the GPU", tried.gpu_layers)
    return {
        "threads": ngettext("{count} thread", "{count} threads", tried.threads).format(count=tried.threads),
        "batch_size": _("batches of {count}").format(count=tried.batch_size),
        "flash_attention": flash[tried.flash_attention],
        "gpu_layers": layers.format(count=tried.gpu_layers) if tried.gpu_layers else _("nothing on the GPU"),
        "kv_type": _("context with 8 bits") if tried.kv_type is not KvType.F16 else _("exact context"),
    }
