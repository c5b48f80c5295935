"""The hardware page over the real engine: devices, the build, and the model that is loaded."""

from pytestqt.qtbot import QtBot

from desktop_app.domain.hardware import DeviceKind
from desktop_app.gui.start import Session
from desktop_app.gui.widgets.controls import Label
from tests.e2e.steps import WAIT_MS, ready


def seen(session: Session) -> str:
    card = session.window.settings_page.hardware_card
    return "\n".join(label.text() for label in card.findChildren(Label)) if card is not None else ""


def test_the_page_shows_the_processor_the_build_and_the_model(running, qtbot: QtBot, paths) -> None:
    with running() as session:
        ready(qtbot, session)
        assert not paths.hardware_file.exists()  # nobody has looked
        session.window.commands.hardware.trigger()
        card = session.window.settings_page.hardware_card
        assert card is not None
        qtbot.waitUntil(lambda: bool(card.device_cards) and not card.look.waits, timeout=WAIT_MS)
        kinds = [shown.device.kind for shown in card.device_cards]
        assert DeviceKind.PROCESSOR in kinds
        qtbot.waitUntil(lambda: "tokens a second" in seen(session), timeout=WAIT_MS)
        assert "Instructions: " in seen(session)
        assert "SmolLM2" in seen(session)
        before = card.state.text()
        assert "processor" in before or "graphics card" in before
        card.look.click()
        assert card.look.waits
        qtbot.waitUntil(lambda: not card.look.waits, timeout=WAIT_MS)
        assert paths.hardware_file.exists()
    with running() as session:  # and remembered at the next start
        session.window.show_page("settings")
        card = session.window.settings_page.hardware_card
        assert card is not None
        qtbot.waitUntil(lambda: bool(card.device_cards), timeout=WAIT_MS)
