"""Connects the settings page, the zoom and the shortcuts with what keeps the settings."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.errors import AppError, ErrorInfo
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.commands.shortcuts_controller import ShortcutsController
from desktop_app.gui.models.controller import ModelsController
from desktop_app.gui.models.files_controller import FilesController
from desktop_app.gui.settings.zoom_controller import ZoomController
from desktop_app.settings.schema import Settings

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow

MODELS_FOLDER = ("folders", "models")
"""The setting that is not changed before it was asked what becomes of the models."""


class SettingsController(QObject):
    """Changes settings, and lets the window follow those that were changed, in whichever window."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: "MainWindow",
        models: ModelsController,
        files: FilesController,
        show_error: Callable[[ErrorInfo], None],
    ) -> None:
        super().__init__(window)
        self._store = app.settings
        self._window = window
        self._models = models
        self._files = files
        self._show_error = show_error
        self._folders = app.settings.value.folders
        self._shortcuts = ShortcutsController(app, bridge, window)
        self._zoom = ZoomController(
            window,
            lambda: self._store.value.appearance.text_size,
            lambda percent: self.change("appearance", "text_size", percent),
        )
        window.settings_page.setting_changed.connect(self.change)
        window.settings_page.reset_requested.connect(self._reset)
        bridge.follow(self._store.changed, self._apply)

    def change(self, section: str, name: str, value: object) -> None:
        """Set one value, or say why it cannot be."""
        if (section, name) == MODELS_FOLDER:
            self._files.change_folder(str(value), lambda: self._set(section, name, value))
        else:
            self._set(section, name, value)

    def _set(self, section: str, name: str, value: object) -> None:
        try:
            self._store.change(section, name, value)
        except AppError as error:
            self._show_error(error.info)

    def _reset(self, section: str, name: str) -> None:
        if section == MODELS_FOLDER[0] and name in ("", MODELS_FOLDER[1]) and self._store.value.folders.models:
            self._files.change_folder("", lambda: self._store.reset(section, name or None))
        else:
            self._store.reset(section or None, name or None)

    def _apply(self, settings: Settings) -> None:
        self._window.set_settings(settings)
        self._models.show_network(settings)
        if settings.folders != self._folders:
            self._folders = settings.folders
            self._files.refresh()
