"""A global shortcut on Wayland, which the desktop's portal gives, and which the person may change there."""

import secrets
from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, QObject, Qt

from desktop_app.gui.desktop.global_keys import GlobalKeys, holds
from desktop_app.gui.system import activation
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.desktop.session_bus import SessionBus

SERVICE = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
REQUEST = "org.freedesktop.portal.Request"
SESSION = "org.freedesktop.portal.Session"
ID = "quick-question"
_GRANTED = 0
_NAMES = {
    Qt.Key.Key_Space: "space", Qt.Key.Key_Escape: "Escape", Qt.Key.Key_Insert: "Insert", Qt.Key.Key_Delete: "Delete",
    Qt.Key.Key_Home: "Home", Qt.Key.Key_End: "End", Qt.Key.Key_PageUp: "Page_Up", Qt.Key.Key_PageDown: "Page_Down",
    Qt.Key.Key_Left: "Left", Qt.Key.Key_Right: "Right", Qt.Key.Key_Up: "Up", Qt.Key.Key_Down: "Down",
    Qt.Key.Key_Comma: "comma", Qt.Key.Key_Period: "period", Qt.Key.Key_Slash: "slash", Qt.Key.Key_Plus: "plus",
    Qt.Key.Key_Minus: "minus", Qt.Key.Key_Semicolon: "semicolon", Qt.Key.Key_Print: "Print", Qt.Key.Key_Pause: "Pause",
}  # fmt: skip
"""What keys are called in the portal's triggers, where that is not what they type."""


class PortalKeys(QObject):
    """Asks for a session with one shortcut; another one is another session."""

    def __init__(self, bus: "SessionBus", owner: GlobalKeys) -> None:
        super().__init__(owner)
        self._bus = bus
        self._owner = owner
        self._trigger = ""
        self._session = ""
        self._creating = ""
        self._binding = ""
        bus.heard.connect(self._heard)
        bus.lost.connect(self._lost)
        for interface in (REQUEST, SHORTCUTS):
            bus.listen(f"type='signal',interface='{interface}'")

    def take(self, combination: QKeyCombination | None) -> None:
        """Ask for these keys in place of those that were given."""
        self._let_go()
        self._trigger = trigger_of(combination) if combination is not None else ""
        if self._trigger:
            token = self._token()
            self._creating = self._request_path(token)
            options = {"handle_token": ("s", token), "session_handle_token": ("s", self._token())}
            self._bus.call((PATH, SERVICE, SHORTCUTS), "CreateSession", "a{sv}", (options,), self._asked)

    def bring_forward(self, window_id: int) -> None:
        """Do nothing: what came with the keys is what Qt shows the compositor."""

    def close(self) -> None:
        """Give the shortcut back."""
        self._let_go()

    def _let_go(self) -> None:
        if self._session:
            self._bus.call((self._session, SERVICE, SESSION), "Close")
        self._session = self._creating = self._binding = ""

    def _asked(self, body: tuple[object, ...] | None) -> None:
        if body is None:  # there is no such portal
            self._creating = self._binding = ""
            self._owner.impossible()

    def _heard(self, path: str, interface: str, name: str, body: tuple[object, ...]) -> None:
        if interface == REQUEST and name == "Response" and path in (self._creating, self._binding) and path:
            self._answered(path, body)
        elif interface == SHORTCUTS and name == "Activated" and body[:2] == (self._session, ID):
            options = body[3] if len(body) > 3 and isinstance(body[3], dict) else {}
            if "activation_token" in options:
                activation.use(str(options["activation_token"][1]))
            self._owner.pressed.emit()

    def _answered(self, path: str, body: tuple[object, ...]) -> None:
        """Take the answer to a request: (whether it was granted, what came of it)."""
        code, results = body[0], body[1]
        was_creating = path == self._creating
        self._creating = self._binding = ""
        handle = results.get("session_handle") if isinstance(results, dict) else None
        if code != _GRANTED or (was_creating and not handle):
            self._owner.trouble.emit(_("The desktop did not let Inglenook use these keys."))
        elif was_creating and handle:
            self._session = str(handle[1])
            self._bind()

    def _bind(self) -> None:
        token = self._token()
        self._binding = self._request_path(token)
        about = {"description": ("s", _("Ask a quick question")), "preferred_trigger": ("s", self._trigger)}
        body = (self._session, [(ID, about)], "", {"handle_token": ("s", token)})
        self._bus.call((PATH, SERVICE, SHORTCUTS), "BindShortcuts", "oa(sa{sv})sa{sv}", body, self._asked)

    def _lost(self) -> None:
        self._session = self._creating = self._binding = ""

    def _request_path(self, token: str) -> str:
        """Return where the answer to a request with `token` will come from."""
        sender = self._bus.name.removeprefix(":").replace(".", "_")
        return f"{PATH}/request/{sender}/{token}"

    @staticmethod
    def _token() -> str:
        return f"inglenook_{secrets.token_hex(8)}"


def trigger_of(combination: QKeyCombination) -> str:
    """Return keys as the portals' specification of shortcuts writes them, such as `CTRL+ALT+space`."""
    modifiers = Qt.KeyboardModifier
    names = {
        modifiers.ControlModifier: "CTRL",
        modifiers.AltModifier: "ALT",
        modifiers.ShiftModifier: "SHIFT",
        modifiers.MetaModifier: "LOGO",
    }
    key, value = combination.key(), int(combination.key())
    if Qt.Key.Key_F1 <= value <= Qt.Key.Key_F35:
        name = f"F{value - int(Qt.Key.Key_F1) + 1}"
    else:
        name = _NAMES.get(key) or (chr(value).lower() if value < 0x110000 else "")
    return "+".join([*(word for modifier, word in names.items() if holds(combination, modifier)), name])
