"""The hardware in the settings: devices, the engine build, loaded models, and when it is looked."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.domain.hardware import Report
from desktop_app.domain.models import ModelInfo
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.settings.hardware_card import HardwareCard
from desktop_app.gui.settings.hardware_controller import HardwareController
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.titled_card import BREAK
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.events import EngineChanged, EngineState
from tests.screens.hardware_screens import CRASHED, FAILING, MODEL, ONLY_PROCESSOR, REPORT


@pytest.fixture
def card(window: MainWindow) -> HardwareCard:
    window.show_page("settings")
    made = window.settings_page.hardware_card
    assert made is not None
    return made


def words(card: HardwareCard) -> str:
    QApplication.processEvents()  # what is new has its place then
    labels = (label.text() for label in card.findChildren(Label) if label.isVisible())
    return "\n".join(labels).replace(BREAK, "")


def test_devices_are_shown_with_their_memory_and_the_reasons(window: MainWindow, card: HardwareCard) -> None:
    window.settings_page.show_report(REPORT)
    names = [(shown.device.description, shown.badge.accessibleName()) for shown in card.device_cards]
    assert [used for _name, used in names] == ["used", "not used", "used", "not used", "not used"]
    told = words(card)
    assert "6.4 GB of 25 GB free" in told
    assert "Driver: nvidia 550.54.14" in told
    assert "The environment variable CUDA_VISIBLE_DEVICES is set" in told
    assert "Start Inglenook without that variable" in told
    assert "Instructions: SSE3" in told
    assert "Processor code: zen4" in told
    bar = card.device_cards[0].bar
    assert bar is not None
    assert (bar.accessibleName(), bar.value()) == ("Memory of NVIDIA GeForce RTX 3090 in use", 747)
    assert card.device_cards[3].bar is None  # nobody tells its memory


def test_another_report_takes_the_place_of_the_first(window: MainWindow, card: HardwareCard, qtbot: QtBot) -> None:
    window.settings_page.show_report(REPORT)
    window.settings_page.show_report(ONLY_PROCESSOR)
    assert len(card.device_cards) == 1
    assert "CUDA" not in words(card)
    assert "this engine build computes on nothing else" in words(card)
    assert card._build is not None
    with qtbot.waitSignal(card._build.destroyed):
        window.settings_page.show_report(CRASHED)
    assert "The engine crashed" in card.state.text()
    assert "Engine build" not in words(card)
    window.settings_page.show_report(REPORT)
    assert "Engine build" in words(card)


def test_a_part_that_failed_is_told_and_can_be_tried_again(window: MainWindow, card: HardwareCard) -> None:
    probing, _bridge = connect(window, None)
    window.settings_page.show_report(FAILING)
    assert "The engine does not use Vulkan: its driver crashed or hung when it was tried." in card.state.text()
    assert card.look.text() == "Try again"
    told = words(card)
    assert "Computes with: CPU\n" in told
    assert "Left out: Vulkan (libggml-vulkan.so), which did not answer for 30 s" in told
    assert "Left out: CPU (libggml-cpu-alderlake.so), which crashed: SIGABRT" in told
    assert "Update the driver, then choose “Try again”." in told
    card.look.click()
    assert probing.again[-1]
    window.settings_page.show_report(ONLY_PROCESSOR)
    assert card.look.text() == "Look again"
    assert "does not use" not in card.state.text()


def test_loaded_models_are_told_with_what_they_took(window: MainWindow, card: HardwareCard) -> None:
    window.settings_page.show_loaded_models((MODEL,))
    window.settings_page.show_report(REPORT)
    told = words(card)
    assert "28 of 49 layers are on the graphics card. 21 did not fit." in told
    assert "CUDA0: 18 GB planned, 18 GB used." in told
    assert "about 38.4 tokens a second" in told
    window.settings_page.show_loaded_models(())
    assert "49 layers" not in words(card)
    assert len(card.device_cards) == len(REPORT.devices)


def test_the_button_asks_once_and_keeps_the_focus(window: MainWindow, card: HardwareCard, qtbot: QtBot) -> None:
    window.activateWindow()
    card.look.setFocus()
    qtbot.waitUntil(card.look.hasFocus)
    with qtbot.waitSignal(window.settings_page.look_requested):
        QTest.keyClick(card.look, Qt.Key.Key_Space)
    window.settings_page.show_looking()
    assert card.look.waits
    assert card.look.text() == "Looking…"
    assert card.look.accessibleName() == "Look again at the hardware"
    window.settings_page.show_report(REPORT)
    assert not card.look.waits
    assert card.look.text() == "Look again"


def test_the_shortcut_goes_to_it_and_the_search_finds_it(window: MainWindow, qtbot: QtBot) -> None:
    window.settings_page.show_report(REPORT)
    window.commands.hardware.trigger()
    page = window.settings_page
    shown = page.hardware_card
    assert shown is not None
    assert window.page == "settings"
    qtbot.waitUntil(lambda: 0 <= shown.mapTo(page.viewport(), shown.rect().topLeft()).y() < 100)
    assert page.search is not None
    page.search.setText("measure this")  # on its button
    assert shown.isVisible()
    page.search.setText("geforce zen4")
    assert shown.isVisible()
    assert not page.sections["engine"].isVisible()
    page.search.setText("keyring")
    assert not shown.isVisible()


@pytest.mark.parametrize(("width", "text_size"), [(420, 100), (700, 150), (1360, 150)])
def test_it_is_no_wider_than_its_page(new_window: Callable[..., MainWindow], width: int, text_size: int) -> None:
    window = new_window(width, 700, text_size)
    window.show_page("settings")
    made = window.settings_page.hardware_card
    assert made is not None
    before = made.minimumSizeHint().width()
    window.settings_page.show_loaded_models((MODEL,))
    window.settings_page.show_report(REPORT)
    assert made.minimumSizeHint().width() <= max(before, window.settings_page.viewport().width())


def test_another_text_size_shows_the_same(window: MainWindow, card: HardwareCard) -> None:
    window.settings_page.show_report(REPORT)
    window.settings_page._built_scale = 0.5
    window.settings_page.ensure_built()
    again = window.settings_page.hardware_card
    assert again is not None
    assert again is not card
    assert len(again.device_cards) == len(REPORT.devices)


# With a probe behind it


class Probing:
    """A probe that counts, and answers when it is told to."""

    def __init__(self, remembered: Report | None) -> None:
        self.known: Future[Report | None] = Future()
        self.known.set_result(remembered)
        self.looks: list[Future[Report]] = []
        self.again: list[bool] = []

    def remembered(self) -> "Future[Report | None]":
        return self.known

    def look(self, *, again: bool = False) -> "Future[Report]":
        self.again.append(again)
        self.looks.append(Future())
        return self.looks[-1]


def connect(window: MainWindow, remembered: Report | None) -> tuple[Probing, Bridge]:
    probing, bridge = Probing(remembered), Bridge(window)
    pool = SimpleNamespace(submit=lambda _call, *_given: Future())  # nobody tells how fast a model is
    app = SimpleNamespace(probing=probing, pool=pool, fitting=SimpleNamespace(paced=tuple))
    HardwareController(app, bridge, window.settings_page)
    return probing, bridge


def test_a_loaded_model_is_told_with_the_speed_that_was_measured_and_no_other(window: MainWindow, qtbot: QtBot) -> None:
    assert MODEL.plan is not None
    measured = msgspec.structs.replace(MODEL, plan=msgspec.structs.replace(MODEL.plan, tokens_per_second=17.0))
    asked: list[tuple[ModelInfo, ...]] = []

    def paced(models: tuple[ModelInfo, ...]) -> tuple[ModelInfo, ...]:
        asked.append(models)
        return (measured,)

    with ThreadPoolExecutor(1) as pool:
        app = SimpleNamespace(probing=Probing(REPORT), pool=pool, fitting=SimpleNamespace(paced=paced))
        bridge = Bridge(window)
        HardwareController(app, bridge, window.settings_page)
        window.show_page("settings")
        card = window.settings_page.hardware_card
        assert card is not None
        bridge.happened.emit(EngineChanged(model_path=MODEL.path, state=EngineState.READY, model=MODEL))
        assert "tokens a second" not in words(card)
        qtbot.waitUntil(lambda: "It is estimated to write about 17 tokens a second." in words(card))
        window.show_page("chat")
        window.show_page("settings")  # by now more may be known
        qtbot.waitUntil(lambda: len(asked) == 2)


def test_nothing_is_looked_for_before_the_page_is_shown(window: MainWindow, qtbot: QtBot) -> None:
    probing, _bridge = connect(window, None)
    assert probing.looks == []
    window.show_page("settings")
    made = window.settings_page.hardware_card
    assert made is not None
    qtbot.waitUntil(lambda: len(probing.looks) == 1)
    assert made.state.text() == "Looking at the hardware…"
    probing.looks[0].set_result(REPORT)
    qtbot.waitUntil(lambda: len(made.device_cards) == 5)
    window.show_page("chat")
    window.show_page("settings")
    assert len(probing.looks) == 1


def test_what_was_remembered_is_shown_until_it_was_looked_anew(window: MainWindow, qtbot: QtBot) -> None:
    probing, _bridge = connect(window, REPORT)
    window.show_page("settings")
    made = window.settings_page.hardware_card
    assert made is not None
    qtbot.waitUntil(lambda: len(probing.looks) == 1)
    assert len(made.device_cards) == 5
    later = msgspec.structs.replace(ONLY_PROCESSOR, looked_at=1.0)
    probing.looks[0].set_result(later)
    qtbot.waitUntil(lambda: len(made.device_cards) == 1)


def test_what_crashed_is_not_tried_again_before_somebody_asks(window: MainWindow, qtbot: QtBot) -> None:
    probing, _bridge = connect(window, CRASHED)
    window.show_page("settings")
    made = window.settings_page.hardware_card
    assert made is not None
    qtbot.waitUntil(lambda: "crashed" in made.state.text())
    assert probing.looks == []
    assert not made.look.waits
    made.look.click()
    assert len(probing.looks) == 1


def test_models_come_and_go(window: MainWindow, card: HardwareCard) -> None:
    _probing, bridge = connect(window, REPORT)
    bridge.happened.emit(EngineChanged(model_path="/m", state=EngineState.LOADING, fraction=0.5))
    assert "Qwen3 30B" not in words(card)
    bridge.happened.emit(EngineChanged(model_path="/m", state=EngineState.READY, model=MODEL))
    assert "Qwen3 30B" in words(card)
    bridge.happened.emit(EngineChanged(model_path="/m", state=EngineState.IDLE))
    assert "Qwen3 30B" not in words(card)
