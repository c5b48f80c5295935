"""Connects the Sampling tab with the answer that streams, the presets on disk and the check of forms."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_app.app import App
from desktop_app.domain.presets import (
    LONGEST_NAME,
    PRESET_FILES,
    Preset,
    PresetUnreadableError,
    Repairs,
    built_in,
    clean_name,
    preset_of,
    written_preset,
)
from desktop_app.domain.sampling import Sampling, parameters
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.settings.window_state import WindowState
from desktop_app.support.files import replace_file
from desktop_app.support.formats import listed, paragraph
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.panel.sampling.tab import SamplingTab
    from desktop_app.gui.window.main_window import MainWindow

RESAMPLE_MS = 60
"""How often an answer that streams is told of a slider that moves."""
LARGEST_PRESET = 1_000_000
"""Bytes of a preset's file; more is something else."""


class SamplingController(QObject):
    """Owns what the tab asks for, apart from the values of a chat."""

    def __init__(
        self, app: App, bridge: Bridge, window: "MainWindow", chat: ChatController, state: WindowState
    ) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._chat = chat
        self._tab = window.panel.sampling_tab
        self._timer = QTimer(self, singleShot=True, interval=RESAMPLE_MS)
        self._timer.timeout.connect(self.end)
        self._held: tuple[str, Sampling] | None = None
        """What an answer that streams is not told yet, and its chat, which may have been left meanwhile."""
        self._connect()
        self._tab.open(state.sampling_sections)
        self._show_streaming(window.composer.state)
        bridge.when_done(app.pool.submit(app.presets.load), self._tell_repairs)

    def _connect(self) -> None:
        tab, presets = self._tab, self._tab.presets
        tab.sampling_changed.connect(self._changed)
        tab.form_requested.connect(self._edit_form)
        tab.preset_dropped.connect(self._import)
        self._window.composer.state_changed.connect(self._show_streaming)
        presets.save_requested.connect(self._ask_for_name)
        presets.update_requested.connect(lambda preset: self._keep(preset.name))
        presets.rename_requested.connect(self._rename)
        presets.delete_requested.connect(self._delete)
        presets.import_requested.connect(self._choose_import)
        presets.export_requested.connect(self._choose_export)
        self._bridge.follow(self._app.presets.changed, lambda _none: self._show_presets())

    def _show_presets(self) -> None:
        self._tab.presets.set_own(self._app.presets.presets)

    # The answer that streams

    def _show_streaming(self, state: str) -> None:
        self._tab.set_streaming(state == "streaming", is_fixed=self._app.settings.value.engine.reproducible)

    def _changed(self, sampling: Sampling) -> None:
        chat_id = self._chat.current_id
        if chat_id is None or not self._app.chats.streaming_answers(chat_id):
            return
        if self._held is not None and self._held[0] != chat_id:
            self.end()
        self._held = (chat_id, sampling)
        if not self._timer.isActive():
            self._timer.start()

    def end(self) -> None:
        """Tell the answer what the timer still holds back."""
        held, self._held = self._held, None
        if held is not None:
            self._app.chats.resample(*held)

    # Presets

    def _ask_for_name(self) -> None:
        from desktop_app.gui.dialogs.name import NameDialog

        dialog = NameDialog(
            self._window.theme,
            _("Save as preset"),
            _("Save"),
            self._name_problem,
            longest=LONGEST_NAME,
            parent=self._window,
        )
        dialog.named.connect(lambda name: self._keep(clean_name(name)))
        dialog.open()

    def _rename(self, preset: Preset) -> None:
        from desktop_app.gui.dialogs.name import NameDialog

        def rename(name: str) -> None:
            self._app.presets.rename(preset.name, clean_name(name))
            self._tab.presets.base = Preset(clean_name(name), preset.changes)
            self._show_presets()

        dialog = NameDialog(
            self._window.theme,
            _("Rename “{name}”").format(name=preset.name),
            _("Rename"),
            lambda name: "" if clean_name(name) == preset.name else self._name_problem(name),
            preset.name,
            longest=LONGEST_NAME,
            parent=self._window,
        )
        dialog.named.connect(rename)
        dialog.open()

    def _name_problem(self, name: str) -> str:
        taken = {preset.name.casefold() for preset in (*built_in(), *self._app.presets.presets)}
        return _("There is a preset of this name already.") if clean_name(name).casefold() in taken else ""

    def _keep(self, name: str) -> None:
        """Keep the values shown as a preset, which is in force then."""
        preset = preset_of(name, self._tab.sampling)
        self._app.presets.keep(preset)
        self._tab.presets.base = preset
        self._show_presets()

    def _delete(self, preset: Preset) -> None:
        self._app.presets.delete(preset.name)
        self._show_presets()
        self._window.notice.show_notice(
            _("The preset “{name}” was deleted.").format(name=preset.name),
            (_("Undo"), partial(self._app.presets.keep, preset)),
        )

    def _tell_repairs(self, repairs: Repairs, name: str = "") -> None:
        words = repair_words(repairs, name)
        if words:
            self._window.notice.show_notice(words)

    # Files of presets

    def _choose_import(self) -> None:
        kinds = _("Presets ({endings})").format(endings=" ".join(f"*{ending}" for ending in PRESET_FILES))
        dialog = QFileDialog(self._window, _("Import a preset"), "", kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._import)
        dialog.open()

    def _import(self, path: str) -> None:
        self._bridge.when_done(self._app.pool.submit(_read, Path(path)), lambda found: self._imported(path, found))

    def _imported(self, path: str, found: tuple[Preset, Repairs] | str) -> None:
        if isinstance(found, str):
            words = _("{file} is not a preset that can be read: {problem}.")
            self._window.notice.show_notice(words.format(file=Path(path).name, problem=found), None, "error")
            return
        preset, repairs = found
        name = self._free_name(preset.name or clean_name(Path(path).stem) or _("Preset"))
        self._app.presets.keep(Preset(name, preset.changes))
        self._show_presets()
        words = _("The preset “{name}” is in the menu now.").format(name=name)
        self._window.notice.show_notice(
            paragraph([words, repair_words(repairs, name)]),
            (_("Use it"), partial(self._use, Preset(name, preset.changes))),
        )

    def _use(self, preset: Preset) -> None:
        self._tab.presets.chosen.emit(preset)

    def _free_name(self, name: str) -> str:
        """Return `name`, with a number where it is taken."""
        number, free = 2, name
        while self._name_problem(free):
            free, number = f"{name[: LONGEST_NAME - 4]} {number}", number + 1
        return free

    def _choose_export(self) -> None:
        base = self._tab.presets.base
        name = base.name if base is not None and not self._tab.presets.is_changed else _("My preset")
        dialog = QFileDialog(self._window, _("Export these values"), "", _("Presets (*.json)"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.selectFile(f"{name}.json")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._export)
        dialog.open()

    def _export(self, path: str) -> None:
        file = Path(path)
        preset = preset_of(clean_name(file.stem), self._tab.sampling)
        self._bridge.when_done(
            self._app.pool.submit(_write, file, written_preset(preset)), lambda problem: self._exported(file, problem)
        )

    def _exported(self, file: Path, problem: str) -> None:
        if problem:
            words = _("{file} could not be written: {problem}.").format(file=file.name, problem=problem)
            self._window.notice.show_notice(words, None, "error")
        else:
            self._window.notice.show_notice(_("The values were written to {file}.").format(file=file.name))

    # The form of answers

    def _edit_form(self, name: str) -> None:
        edit_form(name, self._tab, self._app, self._bridge, self._window, self._chat.model_path)


def edit_form(name: str, tab: "SamplingTab", app: App, bridge: Bridge, parent: QWidget, model_path: str | None) -> None:
    """Let the form of what a model writes be edited that a tab asks for; `name` is its field."""
    from desktop_app.gui.panel.sampling.form_dialog import FormDialog
    from desktop_app.services.engines.forms import check_form

    dialog = FormDialog(tab.theme, name, getattr(tab.sampling, name), parent)
    is_open = True

    def check(text: str) -> None:
        form = {name: text}
        checked = check_form(app.engines, app.pool, model_path, **form)
        bridge.when_done(checked, lambda found: dialog.show_check(text, found) if is_open else None)

    def ended() -> None:
        nonlocal is_open
        is_open = False

    dialog.finished.connect(ended)
    dialog.check_requested.connect(check)
    dialog.accepted_text.connect(lambda text: tab.change(name, text))
    dialog.open()
    dialog.check()


def repair_words(repairs: Repairs, name: str) -> str:
    """Say what was repaired in a preset, or in the file of all of them; empty where nothing was."""
    titles = {parameter.name: _(parameter.title) for parameter in parameters()}
    words = []
    if repairs.clamped:
        said = _("Adjusted to the allowed range: {names}.")
        words.append(said.format(names=listed(titles.get(each, each) for each in repairs.clamped)))
    if repairs.dropped:
        said = _("Left out, since this release cannot use it: {names}.")
        words.append(said.format(names=listed(titles.get(each, each) for each in repairs.dropped)))
    if words and not name:
        words.insert(0, _("Some presets were written by another release."))
    return paragraph(words)


def _read(file: Path) -> tuple[Preset, Repairs] | str:
    """Return the preset in a file, or why there is none."""
    from desktop_app.domain.foreign.presets import read_any_preset  # few ever bring one

    try:
        if file.stat().st_size > LARGEST_PRESET:
            return _("it is too large")
        return read_any_preset(file.name, file.read_bytes())
    except OSError as error:
        return error.strerror or str(error)
    except PresetUnreadableError as error:
        return str(error)


def _write(file: Path, content: bytes) -> str:
    """Write a file; returns why that failed, empty where it did not."""
    try:
        replace_file(file, content)
    except OSError as error:
        return error.strerror or str(error)
    return ""
