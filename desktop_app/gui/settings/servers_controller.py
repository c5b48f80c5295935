"""Asks the servers on the settings page what they offer, when a person wants to know."""

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.settings.page import SettingsPage


class ServersController(QObject):
    """Nothing is asked of its own accord; what was said before is shown until somebody asks."""

    def __init__(self, app: App, bridge: Bridge, page: SettingsPage) -> None:
        super().__init__(page)
        self._app = app
        self._bridge = bridge
        self._page = page
        self._has_shown = False
        page.shown.connect(self._show_remembered)
        page.server_check_requested.connect(self._check)

    def _show_remembered(self) -> None:
        if not self._has_shown:
            self._has_shown = True
            answers = self._app.pool.submit(self._app.known_servers.answers)
            self._bridge.when_done(answers, self._page.show_remembered_servers)

    def _check(self, addresses: tuple[str, ...]) -> None:
        self._page.show_asking_servers(addresses)
        self._bridge.when_done(self._app.server_checks.ask(addresses), self._page.show_server_answers)
