"""Keys on Wayland: what the portal is asked, that they work, and what is said where it refuses or is not there."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from desktop_app.gui.desktop.global_keys import COMMAND, GlobalKeys, combination_of
from desktop_app.gui.desktop.portal_keys import ID, PATH, REQUEST, SERVICE, SHORTCUTS, trigger_of
from desktop_app.gui.desktop.session_bus import SessionBus
from tests.gui.desktop.conftest import Handler, Service

SESSION = f"{PATH}/session/x/y"


class Portal:
    """Answers as xdg-desktop-portal does: the request's path at once, what came of it as a signal."""

    def __init__(self, offer: Callable[[str, Handler], Service], *, codes: tuple[int, int] = (0, 0)) -> None:
        self._codes = dict(zip(("CreateSession", "BindShortcuts"), codes, strict=True))
        self.service = offer(SERVICE, self._handle)

    def _handle(self, method: str, body: tuple) -> tuple[str, tuple] | None:
        if method == "Close":
            return "", ()
        token = body[-1]["handle_token"][1]
        sender = self.service.senders[-1].removeprefix(":").replace(".", "_")
        path = f"{PATH}/request/{sender}/{token}"
        results = {"session_handle": ("s", SESSION)} if method == "CreateSession" else {}
        self.service.signal(path, REQUEST, "Response", "ua{sv}", (self._codes[method], results))
        return "o", (path,)

    @property
    def methods(self) -> list[str]:
        return [method for method, _body in self.service.calls]


@pytest.fixture
def keys(qapp: object, monkeypatch: pytest.MonkeyPatch) -> GlobalKeys:
    monkeypatch.setattr(GlobalKeys, "needs_bus", True)
    parent = QObject()
    made = GlobalKeys(parent)
    made._test_parent = parent  # type: ignore[attr-defined] # else it would be gone
    return made


def troubles(keys: GlobalKeys) -> list[str]:
    told: list[str] = []
    keys.trouble.connect(told.append)
    return told


def test_the_portal_gives_the_keys(keys: GlobalKeys, offer, bus: SessionBus, qtbot: QtBot) -> None:
    portal, told = Portal(offer), troubles(keys)
    pressed: list[bool] = []
    keys.pressed.connect(lambda: pressed.append(True))
    keys.set_keys("Ctrl+Alt+Space")
    keys.use(bus)
    qtbot.waitUntil(lambda: portal.methods == ["CreateSession", "BindShortcuts"])
    session, shortcuts, window, _options = portal.service.calls[1][1]
    ((name, about),) = shortcuts
    assert (session, name, window) == (SESSION, ID, "")
    assert about["preferred_trigger"] == ("s", "CTRL+ALT+space")
    portal.service.signal(PATH, SHORTCUTS, "Activated", "osta{sv}", ("/another", ID, 1, {}))
    portal.service.signal(PATH, SHORTCUTS, "Activated", "osta{sv}", (SESSION, ID, 2, {}))
    qtbot.waitUntil(lambda: pressed == [True])
    assert set(told) <= {""}


def test_other_keys_are_another_session(keys: GlobalKeys, offer, bus: SessionBus, qtbot: QtBot) -> None:
    portal = Portal(offer)
    keys.use(bus)
    keys.set_keys("Ctrl+Alt+Space")
    qtbot.waitUntil(lambda: len(portal.methods) == 2)
    keys.set_keys("Meta+F2")
    qtbot.waitUntil(lambda: portal.methods[2:] == ["Close", "CreateSession", "BindShortcuts"])
    assert portal.service.calls[-1][1][1][0][1]["preferred_trigger"] == ("s", "LOGO+F2")
    keys.set_keys("")
    qtbot.waitUntil(lambda: portal.methods[5:] == ["Close"])


@pytest.mark.parametrize("codes", [(1, 0), (0, 1)])
def test_a_refusal_is_told(keys: GlobalKeys, offer, bus: SessionBus, qtbot: QtBot, codes: tuple[int, int]) -> None:
    Portal(offer, codes=codes)
    told = troubles(keys)
    keys.use(bus)
    keys.set_keys("Ctrl+Alt+Space")
    qtbot.waitUntil(lambda: any("did not let" in words for words in told))


def test_a_desktop_without_the_portal_is_told_what_to_do(keys: GlobalKeys, bus: SessionBus, qtbot: QtBot) -> None:
    told = troubles(keys)
    keys.use(bus)
    keys.set_keys("Ctrl+Alt+Space")
    qtbot.waitUntil(lambda: any(COMMAND in words for words in told))


@pytest.mark.parametrize(
    ("keys", "trigger"),
    [
        ("Ctrl+Shift+A", "CTRL+SHIFT+a"),
        ("Meta+Space", "LOGO+space"),
        ("F12", "F12"),
        ("Alt+PgUp", "ALT+Page_Up"),
        ("Ctrl+,", "CTRL+comma"),
        ("Ctrl+1", "CTRL+1"),
    ],
)
def test_keys_as_the_portal_writes_them(qapp: object, keys: str, trigger: str) -> None:
    combination = combination_of(keys)
    assert combination is not None
    assert trigger_of(combination) == trigger
