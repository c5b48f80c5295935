"""The Sampling tab of the right panel: how the next token is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QEvent, QRect, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.domain.presets import PRESET_FILES, Preset, applied
from desktop_app.domain.sampling import BASIC, Sampling
from desktop_app.domain.sampling_rules import NEXT_ANSWER, hindrances
from desktop_app.gui.forms.form import Editor, fields_of
from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.page import TabPage
from desktop_app.gui.panel.sampling.parameter_row import ParameterRow
from desktop_app.gui.panel.sampling.preset_bar import PresetBar
from desktop_app.gui.panel.section import SectionHead
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.focus_place import visit_next
from desktop_app.gui.widgets.keyboard_focus import settle_typing
from desktop_app.support.i18n import _, ngettext

if TYPE_CHECKING:
    from desktop_app.gui.panel.sampling.groups import SamplingGroups
    from desktop_app.gui.panel.sampling.next_word import NextWord

ALL_GROUPS = "groups"
"""The name that the line above the groups has among the open sections."""


class SamplingTab(TabPage):
    """Presets, a row for each basic field of `Sampling`, and groups with all others.

    While an answer streams, a line says when a change is felt. What shows the effect of the values belongs into
    `block`, below the rows and the groups. `form_requested` asks for the editor of a form
    of answers by its field's name, `preset_dropped` carries the path of a file.
    """

    trailing = 0  # the rows have it in themselves: the fields of their values reach into it
    sampling_changed = Signal(object)
    form_requested = Signal(str)
    preset_dropped = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._sampling = Sampling()
        self._is_streaming = self._is_fixed = False
        self.editors: dict[str, Editor] = {}
        self.rows: dict[str, ParameterRow] = {}
        self._groups: SamplingGroups | None = None
        self._next_word: NextWord | None = None
        self.presets = PresetBar(theme, self.body)
        self.block = QVBoxLayout()
        self._below = QVBoxLayout()
        self.when = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.when.hide()
        self.setAcceptDrops(True)
        self._build()
        self.apply_theme()
        self.set_sampling(self._sampling)
        self.offer_thinking(False)

    @property
    def sampling(self) -> Sampling:
        """The values shown."""
        return self._sampling

    @property
    def groups(self) -> SamplingGroups:
        """The groups of parameters, made when they are first asked for."""
        if self._groups is None:
            from desktop_app.gui.panel.sampling.groups import SamplingGroups  # the first paint does without them

            self._groups = SamplingGroups(self.theme, self.body)
            self._groups.show_sampling(self._sampling)
            self._groups.changed.connect(self.change)
            self._groups.form_requested.connect(self.form_requested)
            self._below.addWidget(self._groups)
            visit_next(self.more, self._groups)
        return self._groups

    @property
    def open_sections(self) -> tuple[str, ...]:
        """The names of the sections that are open, `ALL_GROUPS` among them."""
        if self._groups is None:
            return ()
        return (*((ALL_GROUPS,) if self.more.isChecked() else ()), *self._groups.open_names)

    def open(self, names: Sequence[str]) -> None:
        """Open the sections that were open before; unknown names are passed over."""
        for name in names:
            if name == ALL_GROUPS:
                self.more.setChecked(True)
            elif name in self.groups.sections:
                self.groups.sections[name].head.setChecked(True)

    @property
    def next_word(self) -> NextWord:
        """What the settings do to the next word, below the rows; made when it is first asked for."""
        if self._next_word is None:
            from desktop_app.gui.panel.sampling.next_word import NextWord  # the first paint does without it

            self._next_word = NextWord(self.theme, self.body)
            self.block.addWidget(self._next_word)
        return self._next_word

    def set_sampling(self, sampling: Sampling) -> None:
        """Show `sampling` without telling anybody."""
        self._sampling = sampling
        for name, editor in self.editors.items():
            editor.set_value(getattr(sampling, name))
        if self._groups is not None:
            self._groups.show_sampling(sampling)
        self.presets.show_sampling(sampling)
        self._show_effects()

    def use(self, sampling: Sampling) -> None:
        """Show `sampling` as if a person had chosen each value."""
        preset = self.presets.base
        names = [
            name for name in Sampling.__struct_fields__ if getattr(sampling, name) != getattr(self._sampling, name)
        ]
        if names:
            self.set_sampling(sampling)
            self.presets.base = preset
            self.presets.follow(sampling)
            self._tell_when(names)
            self.sampling_changed.emit(sampling)

    def settle(self) -> None:
        """Take what is typed in a field that nobody has left yet."""
        settle_typing(self)

    def set_streaming(self, is_streaming: bool, *, is_fixed: bool = False) -> None:
        """Take note whether an answer is being written; one that `is_fixed` keeps the values it began with."""
        self._is_streaming, self._is_fixed = is_streaming, is_fixed
        if not is_streaming:
            self._say_when("")

    def offer_thinking(self, offered: bool) -> None:
        """Show the choice whether the model thinks, where its chat template has a switch for that."""
        self.rows["thinking"].setVisible(offered)

    def apply_theme(self) -> None:
        """Take over the margins."""
        super().apply_theme()
        self.block.setContentsMargins(0, 0, 0, 0)
        self._place_when()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the line below at the lower edge."""
        super().resizeEvent(event)
        self._place_when()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a preset's file."""
        if _dropped(event):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Take a preset's file anywhere."""
        if _dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask for each file to be read."""
        for path in _dropped(event):
            self.preset_dropped.emit(path)
        event.acceptProposedAction()

    # Building

    def _build(self) -> None:
        self.column.addWidget(self.presets)
        for spec in fields_of(Sampling, BASIC):
            row = ParameterRow(self.theme, spec, self.body)
            row.editor.edited.connect(lambda value, name=spec.name: self.change(name, value))
            self.editors[spec.name] = row.editor
            self.rows[spec.name] = row
            self.column.addWidget(row)
        self.more = SectionHead(self.theme, _("Penalties, DRY, XTC, grammar"), quiet=True, parent=self.body)
        self.column.addWidget(self.more)
        self.column.addLayout(self._below)
        self.column.addLayout(self.block)
        self.column.addStretch(1)
        self.presets.chosen.connect(self._use_preset)
        self.more.toggled.connect(self._show_groups)

    def _show_groups(self, shown: bool) -> None:
        self.groups.setVisible(shown)
        if shown and self.isVisible():
            QTimer.singleShot(0, self._reveal)

    def _reveal(self) -> None:
        """Bring the first groups into view, once they have their places."""
        if self.more.isChecked() and self.more.hasFocus():
            first = next(iter(self.groups.sections.values())).head
            first_y = first.mapTo(self.body, first.rect().topLeft()).y()
            self.verticalScrollBar().setValue(min(first_y, self.verticalScrollBar().maximum()))

    # Changing

    def change(self, name: str, value: object) -> None:
        """Take a new value for one field, as a person chose it."""
        sampling = msgspec.structs.replace(self._sampling, **{name: value})
        if sampling == self._sampling:
            return
        self._sampling = sampling
        self.presets.follow(sampling)
        self._show_effects()
        self._tell_when([name])
        self.sampling_changed.emit(sampling)

    def _use_preset(self, preset: Preset) -> None:
        self.use(applied(preset, self._sampling))

    def _show_effects(self) -> None:
        """Show what depends on other values."""
        found = hindrances(self._sampling)
        for name, row in self.rows.items():
            row.show_hindrance(_(found[name]) if name in found else "")
        count = sum(
            getattr(self._sampling, name) != getattr(Sampling(), name)
            for name in Sampling.__struct_fields__
            if name not in BASIC
        )
        self.more.set_note(ngettext("{count} changed", "{count} changed", count).format(count=count) if count else "")
        if self._groups is not None:
            self._groups.show_effects(self._sampling)

    # When a change is felt

    def _tell_when(self, names: Sequence[str]) -> None:
        """Say when a change of these fields is felt by the answer that streams."""
        if not self._is_streaming:
            return
        late = [name for name in names if self._is_fixed or name in NEXT_ANSWER]
        if not late:
            self._say_when(_("Applies from the next word on."))
        elif len(late) == len(names):
            self._say_when(_("Applies from the next answer on."))
        else:
            self._say_when(_("Most of it applies from the next word on, the rest from the next answer on."))

    def _say_when(self, words: str) -> None:
        if words != self.when.text():
            announce(self.when, words)
        self.when.setText(words)
        self.when.setVisible(bool(words))
        self._place_when()

    def _place_when(self) -> None:
        """Lay the line at the lower edge, and keep what scrolls above it."""
        px = self.theme.px
        height = self.when.heightForWidth(self.width() - px(14)) + px(12) if self.when.text() else 0
        self.setViewportMargins(0, 0, 0, height)
        area = QRect(0, self.height() - height, self.width() - px(14), height)
        self.when.setGeometry(placed(self, area, self.rect()))


def _dropped(event: QEvent) -> list[str]:
    """Return the paths of the presets' files that are dragged, by their ending."""
    assert isinstance(event, QDropEvent)
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    return [url.toLocalFile() for url in urls if url.isLocalFile() and url.fileName().lower().endswith(PRESET_FILES)]
