"""The Sampling tab of the right panel: how the next token is chosen."""

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.domain.sampling import BASIC, PRESETS, Sampling, with_changes
from desktop_app.gui.controls import Button, ButtonSize
from desktop_app.gui.form import Editor, Kind, fields_of, panel_row
from desktop_app.gui.panel.page import TabPage
from desktop_app.gui.theme import Theme
from desktop_app.support.i18n import _


class SamplingTab(TabPage):
    """Presets and a row for each field of `Sampling`."""

    sampling_changed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._sampling = Sampling()
        self.presets: dict[str, Button] = {}
        self.editors: dict[str, Editor] = {}
        self.rows: dict[str, QWidget] = {}
        self._preset_row = QHBoxLayout()
        self._build()
        self.apply_theme()
        self.set_sampling(self._sampling)
        self.offer_thinking(False)

    @property
    def sampling(self) -> Sampling:
        """The values shown."""
        return self._sampling

    def set_sampling(self, sampling: Sampling) -> None:
        """Show `sampling` without telling anybody."""
        self._sampling = sampling
        for name, editor in self.editors.items():
            editor.set_value(getattr(sampling, name))
        self._mark_preset()

    def offer_thinking(self, offered: bool) -> None:
        """Show the choice whether the model thinks, where its chat template has a switch for that."""
        self.rows["thinking"].setVisible(offered)

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        self._preset_row.setSpacing(px(8))
        self._preset_row.setContentsMargins(0, 0, 0, px(4))
        super().apply_theme()

    def _build(self) -> None:
        for name in PRESETS:
            button = Button(self.theme, _(name), size=ButtonSize.SMALL, parent=self.body)
            button.setCheckable(True)
            button.clicked.connect(lambda _on=False, chosen=name: self._use_preset(chosen))
            self.presets[name] = button
            self._preset_row.addWidget(button)
        self._preset_row.addStretch(1)
        self.column.addLayout(self._preset_row)
        for spec in fields_of(Sampling, BASIC):
            row, editor = panel_row(self.theme, spec, self.body)
            editor.edited.connect(lambda value, name=spec.name: self._change(name, value))
            self.editors[spec.name] = editor
            self.rows[spec.name] = row
            self.column.addWidget(row)
        self.column.addStretch(1)

    def _change(self, name: str, value: object) -> None:
        sampling = msgspec.structs.replace(self._sampling, **{name: value})
        if sampling != self._sampling:
            self._sampling = sampling
            self._mark_preset()
            self.sampling_changed.emit(sampling)

    def _use_preset(self, name: str) -> None:
        """Take a preset's values; length, seed and thinking are the person's own and stay."""
        kept = {name: getattr(self._sampling, name) for name in ("max_tokens", "seed", "thinking")}
        chosen = with_changes(Sampling(), {**PRESETS[name], **kept})
        changed = chosen != self._sampling
        self.set_sampling(chosen)
        if changed:
            self.sampling_changed.emit(chosen)

    def _mark_preset(self) -> None:
        for name, button in self.presets.items():
            whole = with_changes(Sampling(), dict(PRESETS[name]))
            same = all(
                getattr(whole, editor.spec.name) == getattr(self._sampling, editor.spec.name)
                for editor in self.editors.values()
                if editor.spec.kind is Kind.NUMBER and editor.spec.name != "max_tokens"
            )
            button.setChecked(same)
