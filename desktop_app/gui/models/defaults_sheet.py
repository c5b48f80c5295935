"""The sheet with what is set for one model: how it is loaded, and how its chats begin."""

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from desktop_app.domain.chats import DEFAULT_SYSTEM_PROMPT
from desktop_app.domain.hardware import Hardware
from desktop_app.domain.model_defaults import (
    MOST_ADAPTERS,
    Adapter,
    LoadOptions,
    ModelDefaults,
    sampling_changes,
)
from desktop_app.domain.models import ModelFile
from desktop_app.domain.sampling import BASIC, Sampling
from desktop_app.gui.forms.field_row import FieldRow, stack_rows
from desktop_app.gui.forms.form import fields_of
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.models.file_rows import AdapterRow, FileRow
from desktop_app.gui.models.fit_words import forecast_words
from desktop_app.gui.models.split_rows import SplitRows
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize, Card, IconButton, Label, Rule
from desktop_app.gui.widgets.sheet import SheetPage
from desktop_app.gui.widgets.text_box import TextBox
from desktop_app.services.engines.foresight import Forecast
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _

PROMPT_LINES = 4
TEMPLATE_LINES = 12


_AT_LOADING = ("loading", "adapters", "draft_model")
"""What applies when a model is loaded."""
_LOADING_ROWS = tuple(name for name in LoadOptions.__struct_fields__ if name != "split")
"""What has a row of its own kind; the split has its own lines."""


class DefaultsSheet(SheetPage):
    """Edits a model's `ModelDefaults`; `changed` carries them as they are after each change."""

    changed = Signal(object)
    adapter_requested = Signal()
    draft_requested = Signal()
    load_requested = Signal()
    template_requested = Signal(str)

    def __init__(self, theme: Theme, model: ModelFile, defaults: ModelDefaults, usual: Sampling) -> None:
        """`usual` are the person's own sampling values, from which the model's may differ."""
        super().__init__(theme, model.path, _("Defaults of {model}").format(model=model.name))
        self.model = model
        self._defaults = defaults
        self._usual = usual
        self._own_template: str | None = None
        self._forecast: Forecast | None = None
        self._is_loaded = False
        self._is_stale = False
        self._template_words = ("", "muted")
        self._cards: Sequence[Hardware] | None = None
        self._servers: Sequence[str] = ()
        self._has_experts = False

    @property
    def defaults(self) -> ModelDefaults:
        """What is set now."""
        return self._defaults

    def ensure_built(self) -> None:
        """Make the content, as wide as there is room."""
        super().ensure_built()
        stack_rows(self, self.theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Have controls below their words where the sheet is narrow."""
        stack_rows(self, self.theme)
        super().resizeEvent(event)

    def back_words(self) -> str:
        """Return where the way back leads."""
        return _("Back to {model}").format(model=self.model.name)

    # What is shown

    def follow(self, defaults: ModelDefaults) -> None:
        """Show what was set for the model elsewhere; what is typed here, and not settled, stays."""
        before, self._defaults = self._defaults, defaults
        self._is_stale = (self._is_stale or _loads_otherwise(before, defaults)) and self._is_loaded
        if not self._built_scale:
            return
        self._show_rows(before)
        if before.loading.split != defaults.loading.split:
            self._show_split()
        self.prompt.follow(defaults.first_system_prompt)
        self.prompt_reset.setVisible(defaults.system_prompt is not None)
        if before.adapters != defaults.adapters:
            self._show_adapters()
        self._show_draft()
        if self.template.toPlainText() == (before.chat_template or self._own_template or ""):
            self._show_template()
        self._show_notes()

    def show_forecast(self, forecast: Forecast) -> None:
        """Say what the model takes of the memory as it is set now, and offer what only mixtures have where it is one."""
        self._forecast = forecast
        self._has_experts = self._has_experts or forecast.has_experts  # its file cannot be read at every moment
        if self._built_scale:
            self._show_experts()
        self._show_notes()

    def show_loaded(self, is_loaded: bool) -> None:
        """Take note whether the model is in memory: then a change of how it is loaded has to wait."""
        self._is_loaded = is_loaded
        self._is_stale = self._is_stale and is_loaded
        self._show_notes()

    def show_devices(self, cards: Sequence[Hardware], servers: Sequence[str]) -> None:
        """Let the model be split over the computer's `cards` and the devices of `servers`, where there are several."""
        self._cards, self._servers = cards, servers
        if self._built_scale:
            self._show_split()

    def show_own_template(self, template: str) -> None:
        """Show the chat template that the file brings along, to begin from."""
        self._own_template = template
        if self._built_scale:
            self._show_template()

    def show_template_state(self, words: str, color: str) -> None:
        """Say what came of trying a template."""
        self._template_words = (words, color)
        if self._built_scale:
            self._template_state.setText(words)
            self._template_state.set_color(color)

    @property
    def template_state(self) -> str:
        """What is said about the template."""
        return self._template_words[0]

    def go_to_template(self) -> None:
        """Show the chat template, as soon as everything has its place."""
        self.template.setFocus(Qt.FocusReason.OtherFocusReason)
        QTimer.singleShot(0, self, lambda: self.ensureWidgetVisible(self.use, 0, self.theme.px(24)))

    def use_template(self, template: str) -> None:
        """Keep a template that was tried; empty for the model's own."""
        self._change(chat_template=template)
        self._show_template()

    def add_adapters(self, paths: Sequence[str]) -> None:
        """Apply more LoRA adapters, each once, and no more than can be kept."""
        known = {adapter.path for adapter in self._defaults.adapters}
        added = tuple(Adapter(path) for path in dict.fromkeys(paths) if path not in known)
        self._set_adapters((*self._defaults.adapters, *added)[:MOST_ADAPTERS])

    def use_draft(self, path: str) -> None:
        """Let the model in `path` guess ahead; none where it is empty."""
        self._change(draft_model=path)
        self._show_draft()

    # Building

    def fill(self, column: QVBoxLayout) -> None:
        """Make the three groups."""
        px = self.theme.px
        words = _("What is set here is for this model alone. All else follows the settings.")
        column.addWidget(Label(self.theme, words, "body", "muted", wraps=True))
        inside = self._group(column, _("When it is loaded"))
        self.loading_rows = self._rows(inside, LoadOptions, lambda name, value: self._change_loading(name, value))
        self.split = SplitRows(self.theme)
        self.split.changed.connect(self._change_split)
        inside.addWidget(self.split)
        self._fill_adapters(inside)
        self._fill_draft(inside)
        column.addSpacing(px(8))
        self._fill_notes(column)
        inside = self._group(column, _("When a chat begins"))
        self._fill_prompt(inside)
        self.sampling_rows = self._rows(inside, Sampling, self._change_sampling, first=False)
        inside = self._group(column, _("Chat template"))
        self._fill_template(inside)
        column.addSpacing(px(24))
        self._show_all()

    def _group(self, column: QVBoxLayout, heading: str) -> QVBoxLayout:
        px = self.theme.px
        column.addSpacing(px(20))
        column.addWidget(Label(self.theme, heading, "body", weight=SEMIBOLD))
        column.addSpacing(px(8))
        card = Card(self.theme)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(px(16), px(4), px(16), px(4))
        inside.setSpacing(0)
        column.addWidget(card)
        return inside

    def _rows(
        self,
        inside: QVBoxLayout,
        struct: type[msgspec.Struct],
        change: Callable[[str, object], None],
        *,
        first: bool = True,
    ) -> dict[str, FieldRow]:
        rows: dict[str, FieldRow] = {}
        for spec in fields_of(struct, BASIC if struct is Sampling else _LOADING_ROWS):
            row = FieldRow(self.theme, spec, first=first and not rows)
            row.committed.connect(lambda value, name=spec.name: change(name, value))
            row.reset_requested.connect(lambda name=spec.name: change(name, self._usual_value(struct, name)))
            rows[spec.name] = row
            inside.addWidget(row)
        return rows

    def _usual_value(self, struct: type[msgspec.Struct], name: str) -> object:
        return getattr(self._usual if struct is Sampling else LoadOptions(), name)

    def _head(self, inside: QVBoxLayout, title: str, help_words: str, *, first: bool = False) -> QHBoxLayout:
        """Add a line with a title and its help, and return it for what stands at its right."""
        theme, px = self.theme, self.theme.px
        if not first:
            inside.addWidget(Rule(theme, room=0))
        texts = QVBoxLayout()
        texts.setSpacing(px(2))
        texts.addWidget(Label(theme, title, "body", wraps=True))
        texts.addWidget(Label(theme, help_words, "small", "muted", wraps=True))
        line = QHBoxLayout()
        line.setContentsMargins(0, px(10), 0, px(10))
        line.setSpacing(px(12))
        line.addLayout(texts, 1)
        inside.addLayout(line)
        return line

    def _fill_adapters(self, inside: QVBoxLayout) -> None:
        line = self._head(
            inside,
            _("LoRA adapters"),
            _("Small files that change how a model writes; each has to be made for this very model."),
        )
        self.add_adapter = Button(self.theme, _("Add…"), size=ButtonSize.SMALL)
        self.add_adapter.setAccessibleName(_("Add a LoRA adapter"))
        self.add_adapter.clicked.connect(self.adapter_requested)
        line.addWidget(self.add_adapter, 0, Qt.AlignmentFlag.AlignVCenter)
        self.adapter_rows: list[AdapterRow] = []
        self._adapters = QVBoxLayout()
        self._adapters.setContentsMargins(0, 0, 0, 0)
        inside.addLayout(self._adapters)

    def _fill_draft(self, inside: QVBoxLayout) -> None:
        line = self._head(
            inside,
            _("Draft model"),
            _("A smaller model of the same family that guesses ahead, so that several tokens are checked at once."),
        )
        self.choose_draft = Button(self.theme, _("Choose…"), size=ButtonSize.SMALL)
        self.choose_draft.setAccessibleName(_("Choose a draft model"))
        self.choose_draft.clicked.connect(self.draft_requested)
        line.addWidget(self.choose_draft, 0, Qt.AlignmentFlag.AlignVCenter)
        self.draft = FileRow(self.theme)
        self.draft.remove.clicked.connect(self._remove_draft)
        inside.addWidget(self.draft)

    def _fill_notes(self, column: QVBoxLayout) -> None:
        row = QHBoxLayout()
        row.setSpacing(self.theme.px(12))
        self.memory_note = Label(self.theme, "", "small", "muted", wraps=True)
        self.load_again = Button(self.theme, _("Load it again now"), size=ButtonSize.SMALL)
        self.load_again.clicked.connect(self._load_again)
        policy = self.load_again.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.load_again.setSizePolicy(policy)
        row.addWidget(self.memory_note, 1)
        row.addWidget(self.load_again)
        column.addLayout(row)

    def _fill_prompt(self, inside: QVBoxLayout) -> None:
        line = self._head(
            inside,
            _("System prompt"),
            _("What the model is told before the first question of each new chat."),
            first=True,
        )
        self.prompt_reset = IconButton(self.theme, "undo", _("Reset {name}").format(name=_("System prompt")), side=28)
        self.prompt_reset.clicked.connect(lambda: self._set_prompt(None))
        line.addWidget(self.prompt_reset)
        self.prompt = TextBox(self.theme, _("System prompt"), PROMPT_LINES)
        self.prompt.setPlaceholderText(_("None: the model is told nothing."))
        self.prompt.committed.connect(lambda text: self._set_prompt(None if text == DEFAULT_SYSTEM_PROMPT else text))
        inside.addWidget(self.prompt)
        inside.addSpacing(self.theme.px(12))

    def _fill_template(self, inside: QVBoxLayout) -> None:
        self._head(
            inside,
            _("How a conversation is written down for the model"),
            _("A Jinja template. The file brings one along; another one is only needed where that one is wrong."),
            first=True,
        )
        self.template = TextBox(self.theme, _("Chat template"), TEMPLATE_LINES, "mono")
        self.template.setLineWrapMode(TextBox.LineWrapMode.NoWrap)
        self.template.textChanged.connect(self._template_edited)
        inside.addWidget(self.template)
        self._template_state = Label(self.theme, self._template_words[0], "small", self._template_words[1], wraps=True)
        self.use = Button(self.theme, _("Check and use"), kind=ButtonKind.PRIMARY, size=ButtonSize.SMALL)
        self.use.clicked.connect(lambda: self.template_requested.emit(self.template.toPlainText()))
        self.own = Button(self.theme, _("Back to the model’s own"), size=ButtonSize.SMALL)
        self.own.clicked.connect(self._back_to_own)
        row = QHBoxLayout()
        row.setContentsMargins(0, self.theme.px(10), 0, self.theme.px(12))
        row.setSpacing(self.theme.px(8))
        row.addWidget(self._template_state, 1)
        row.addWidget(self.own)
        row.addWidget(self.use)
        inside.addLayout(row)

    # Showing

    def _show_all(self) -> None:
        self._show_rows(None)
        self._show_experts()
        self._show_split()
        self._show_prompt()
        self._show_adapters()
        self._show_draft()
        self._show_template()
        self._show_notes()

    def _show_rows(self, before: ModelDefaults | None) -> None:
        """Show all values, or those that are others than `before`."""
        self._show_values(
            self.loading_rows, self._defaults.loading, LoadOptions(), before.loading if before is not None else None
        )
        shown = before.sampling_over(self._usual) if before is not None else None
        self._show_values(self.sampling_rows, self._defaults.sampling_over(self._usual), self._usual, shown)

    def _show_values(self, rows: dict[str, FieldRow], values: object, usual: object, before: object | None) -> None:
        for name, row in rows.items():
            value = getattr(values, name)
            if before is None or value != getattr(before, name):
                row.show_value(value, getattr(usual, name))

    def _show_experts(self) -> None:
        self.loading_rows["cpu_experts"].setVisible(self._has_experts)

    def _show_split(self) -> None:
        if self._cards is not None:
            self.split.show_devices(self._cards, self._servers, self._defaults.loading.split)

    def _show_prompt(self) -> None:
        self.prompt.show_text(self._defaults.first_system_prompt)
        self.prompt_reset.setVisible(self._defaults.system_prompt is not None)

    def _show_adapters(self) -> None:
        for row in self.adapter_rows:
            self._adapters.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.adapter_rows = []
        for place, adapter in enumerate(self._defaults.adapters):
            row = AdapterRow(self.theme, adapter)
            row.scale.value_edited.connect(lambda value, place=place: self._scale_adapter(place, value))
            row.remove.clicked.connect(lambda _on=False, place=place: self._remove_adapter(place))
            self.adapter_rows.append(row)
            self._adapters.addWidget(row)
        self.add_adapter.setEnabled(len(self._defaults.adapters) < MOST_ADAPTERS)

    def _show_draft(self) -> None:
        self.draft.setVisible(bool(self._defaults.draft_model))
        self.draft.show_file(self._defaults.draft_model)

    def _show_template(self) -> None:
        self.template.show_text(self._defaults.chat_template or self._own_template or "")
        self.template.setPlaceholderText(
            _("The file has none; a common one (ChatML) is used.") if self._own_template == "" else ""
        )
        self.own.setVisible(bool(self._defaults.chat_template))
        self._template_edited()

    def _template_edited(self) -> None:
        kept = self._defaults.chat_template or self._own_template or ""
        text = self.template.toPlainText()
        self.use.setEnabled(bool(text.strip()) and text != kept)

    def _show_notes(self) -> None:
        if not self._built_scale:
            return
        self.load_again.setVisible(self._is_stale)
        words, color = forecast_words(self._forecast)
        if self._is_stale:
            words = paragraph([words, _("It applies when the model is next loaded.")])
        self.memory_note.setText(words)
        self.memory_note.set_color(color)

    # Changing

    def _change(self, **changes: object) -> None:
        changed = msgspec.structs.replace(self._defaults, **changes)
        if changed == self._defaults:
            return
        if _loads_otherwise(changed, self._defaults):
            self._is_stale = self._is_loaded
        self._defaults = changed
        self.changed.emit(changed)
        self._show_notes()

    def _change_loading(self, name: str, value: object) -> None:
        self._change(loading=msgspec.structs.replace(self._defaults.loading, **{name: value}))
        self.loading_rows[name].show_value(value, getattr(LoadOptions(), name))

    def _change_split(self, shares: dict[str, float]) -> None:
        self._change(loading=msgspec.structs.replace(self._defaults.loading, split=shares))
        self._show_split()

    def _change_sampling(self, name: str, value: object) -> None:
        shown = msgspec.structs.replace(self._defaults.sampling_over(self._usual), **{name: value})
        self._change(sampling=sampling_changes(self._usual, shown))
        self.sampling_rows[name].show_value(value, getattr(self._usual, name))

    def _set_prompt(self, text: str | None) -> None:
        self._change(system_prompt=text)
        self._show_prompt()

    def _set_adapters(self, adapters: tuple[Adapter, ...]) -> None:
        self._change(adapters=adapters)
        self._show_adapters()

    def _scale_adapter(self, place: int, value: object) -> None:
        if isinstance(value, int | float):
            adapters = list(self._defaults.adapters)
            adapters[place] = Adapter(adapters[place].path, float(value))
            self._change(adapters=tuple(adapters))

    def _remove_adapter(self, place: int) -> None:
        self._set_adapters(self._defaults.adapters[:place] + self._defaults.adapters[place + 1 :])
        self.add_adapter.setFocus(Qt.FocusReason.OtherFocusReason)

    def _remove_draft(self) -> None:
        self.use_draft("")
        self.choose_draft.setFocus(Qt.FocusReason.OtherFocusReason)

    def _back_to_own(self) -> None:
        self.show_template_state("", "muted")
        self.use_template("")
        self.template.setFocus(Qt.FocusReason.OtherFocusReason)

    def _load_again(self) -> None:
        self._is_stale = False
        self._show_notes()
        self.load_requested.emit()


def _loads_otherwise(left: ModelDefaults, right: ModelDefaults) -> bool:
    return any(getattr(left, name) != getattr(right, name) for name in _AT_LOADING)
