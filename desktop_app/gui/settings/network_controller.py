"""Connects the settings page's network card with the token and the ledger."""

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.gui.settings.network_card import SHOWN
from desktop_app.gui.settings.page import SettingsPage
from desktop_app.support.i18n import _


class NetworkController(QObject):
    """Hands the token to the keyring, and shows what the ledger has."""

    def __init__(self, app: App, bridge: Bridge, page: SettingsPage) -> None:
        super().__init__(page)
        self._app = app
        self._bridge = bridge
        self._uses = Newest(bridge)
        self._page = page
        page.token_entered.connect(self._keep)
        page.ledger_requested.connect(self._show)

    def _keep(self, token: str) -> None:
        def kept(in_keyring: bool) -> None:
            self._app.hub.reconnect()
            if not token:
                words = _("No token is used any more.")
            elif in_keyring:
                words = _("The keyring keeps the token.")
            else:
                words = _("The token is used until you close Inglenook: no keyring is open here to keep it.")
            self._page.show_token_state(words)

        self._bridge.when_done(self._app.token.keep(token), kept)

    def _show(self) -> None:
        self._uses.when_done(self._app.ledger.newest(SHOWN), self._page.show_ledger)
