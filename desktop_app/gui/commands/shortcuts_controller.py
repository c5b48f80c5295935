"""Connects the list of shortcuts in the settings, and the overview of them, with what keeps them."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.errors import AppError
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.commands.shortcuts import changes_for

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class ShortcutsController(QObject):
    """Keeps what a person chose: in the settings, and for templates where their marks are."""

    def __init__(self, app: App, bridge: Bridge, window: "MainWindow") -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        window.settings_page.shortcut_chosen.connect(self._choose)
        window.commands.shortcuts.triggered.connect(self._show)

    def _choose(self, name: str, keys: str | None) -> None:
        kept, templates = changes_for(
            self._window.commands.entries, self._app.settings.value.shortcuts.keys, name, keys
        )
        for key, its in templates.items():
            self._bridge.when_done(self._app.prompts.set_shortcut(key, its), lambda _done: None)
        try:
            self._app.settings.change("shortcuts", "keys", kept)
        except AppError as error:
            self._bridge.failed.emit(error.info)

    def _show(self) -> None:
        from desktop_app.gui.commands.shortcuts_dialog import ShortcutsDialog  # few want to read them

        dialog = ShortcutsDialog(self._window.theme, self._window.commands.entries, self._window)
        dialog.change_requested.connect(self._change)
        dialog.open()

    def _change(self) -> None:
        self._window.show_page("settings")
        self._window.settings_page.go_to_shortcuts()
