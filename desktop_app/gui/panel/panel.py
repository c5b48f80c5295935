"""The right panel: how the next token is chosen."""

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop_app.domain.sampling import BASIC, PRESETS, Sampling, with_changes
from desktop_app.gui.controls import Button, ButtonSize, Ground, IconButton, Label
from desktop_app.gui.form import Editor, Kind, fields_of, panel_row
from desktop_app.gui.theme import SEMIBOLD, Theme
from desktop_app.support.i18n import _


class Panel(Ground):
    """Presets and a row for each field of `Sampling`."""

    sampling_changed = Signal(object)
    close_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "surface", Qt.Edge.LeftEdge, parent)
        self._sampling = Sampling()
        self.presets: dict[str, Button] = {}
        self.editors: dict[str, Editor] = {}
        self.rows: dict[str, QWidget] = {}
        self.heading = Label(theme, _("Sampling"), "body", weight=SEMIBOLD, parent=self)
        self.close_button = IconButton(theme, "close", _("Close the panel"), side=28, parent=self)
        self.close_button.clicked.connect(self.close_requested)
        self._body = QWidget()
        self._body.setProperty("look", "page")
        self._rows = QVBoxLayout(self._body)
        self._preset_row = QHBoxLayout()
        self._build()
        self._lay_out()
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
        self._outer.setContentsMargins(px(16) + 1, px(12), px(2), 0)
        self._outer.setSpacing(px(8))
        self._top.setContentsMargins(0, 0, px(8), 0)
        self._rows.setContentsMargins(0, px(4), px(6), px(16))
        self._rows.setSpacing(px(8))
        self._preset_row.setSpacing(px(8))
        self._preset_row.setContentsMargins(0, 0, 0, px(4))
        super().apply_theme()

    def _build(self) -> None:
        for name in PRESETS:
            button = Button(self.theme, _(name), size=ButtonSize.SMALL, parent=self._body)
            button.setCheckable(True)
            button.clicked.connect(lambda _on=False, chosen=name: self._use_preset(chosen))
            self.presets[name] = button
            self._preset_row.addWidget(button)
        self._preset_row.addStretch(1)
        self._rows.addLayout(self._preset_row)
        for spec in fields_of(Sampling, BASIC):
            row, editor = panel_row(self.theme, spec, self._body)
            editor.edited.connect(lambda value, name=spec.name: self._change(name, value))
            self.editors[spec.name] = editor
            self.rows[spec.name] = row
            self._rows.addWidget(row)
        self._rows.addStretch(1)

    def _lay_out(self) -> None:
        self._top = QHBoxLayout()
        self._top.addWidget(self.heading)
        self._top.addStretch(1)
        self._top.addWidget(self.close_button)
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.viewport().setAutoFillBackground(False)
        scroll.setWidget(self._body)
        self._body.setAutoFillBackground(False)
        self._outer = QVBoxLayout(self)
        self._outer.addLayout(self._top)
        self._outer.addWidget(scroll, 1)
        self.apply_theme()

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
