"""The sheet with a model's defaults: what it shows, what it keeps, and what it tries before it keeps it."""

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.fit import KvType
from desktop_app.domain.hardware import DeviceKind, Hardware, Report
from desktop_app.domain.model_defaults import (
    MOST_ADAPTERS,
    Adapter,
    FlashChoice,
    KvChoice,
    LoadOptions,
    ModelDefaults,
)
from desktop_app.domain.offload import Limit, Plan, Share
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.look.theme import load_theme
from desktop_app.gui.models.defaults_sheet import DefaultsSheet
from desktop_app.gui.models.fit_words import forecast_words
from desktop_app.gui.widgets.long_text import LongText
from desktop_app.gui.widgets.numbers import NumberField
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.engines.foresight import Forecast
from desktop_app.settings.schema import Appearance
from tests.gui.conftest import QWEN

TWO_CARDS = Report(
    looked_at=0.0,
    devices=tuple(
        Hardware(name=f"CUDA{number}", description=f"Card {number}", kind=DeviceKind.CARD) for number in range(2)
    ),
)
OWN = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
USUAL = Sampling(temperature=0.7)
NOTHING = ModelDefaults()


def open_sheet(window: MainWindow, defaults: ModelDefaults = NOTHING) -> tuple[DefaultsSheet, list]:
    sheet = DefaultsSheet(window.theme, QWEN, defaults, USUAL)
    heard: list[ModelDefaults] = []
    sheet.changed.connect(heard.append)
    window.show_page("models")
    window.models_page.open_sheet(sheet)
    sheet.show_own_template(OWN)
    return sheet, heard


def test_in_a_narrow_window_controls_stand_below_their_words(window: MainWindow, qtbot: QtBot) -> None:
    sheet, _heard = open_sheet(window)
    row = sheet.loading_rows["kv_type"]
    assert sheet.body is not None
    wide = row.minimumSizeHint().width()
    window.resize(420, 640)
    qtbot.waitUntil(lambda: row.minimumSizeHint().width() < wide)
    assert sheet.body.minimumSizeHint().width() <= 420


def test_what_is_set_is_shown_and_can_be_reset(window: MainWindow) -> None:
    defaults = ModelDefaults(
        loading=LoadOptions(kv_type=KvChoice.Q8_0), system_prompt="Be brief.", sampling={"temperature": 0.2}
    )
    sheet, heard = open_sheet(window, defaults)
    assert sheet.prompt.toPlainText() == "Be brief."
    assert sheet.sampling_rows["temperature"].differs
    assert not sheet.sampling_rows["top_k"].differs
    sheet.loading_rows["kv_type"].reset.click()
    sheet.sampling_rows["temperature"].reset.click()
    sheet.prompt_reset.click()
    assert heard[-1] == ModelDefaults()
    assert len(heard) == 3
    assert sheet.prompt.toPlainText() == "You are a helpful assistant."
    assert not sheet.prompt_reset.isVisible()


def test_changes_are_told_once_each(window: MainWindow) -> None:
    sheet, heard = open_sheet(window)
    sheet.loading_rows["context_size"].editor.settle(4096)
    sheet.loading_rows["context_size"].editor.settle(4096)
    sheet.sampling_rows["top_p"].editor.settle(0.5)
    assert heard == [
        ModelDefaults(loading=LoadOptions(context_size=4096)),
        ModelDefaults(loading=LoadOptions(context_size=4096), sampling={"top_p": 0.5}),
    ]


@pytest.mark.parametrize("way", ["pause", "leave", "close"])
def test_a_system_prompt_is_kept_when_the_person_pauses_or_leaves(window: MainWindow, qtbot: QtBot, way: str) -> None:
    window.activateWindow()
    sheet, heard = open_sheet(window)
    sheet.prompt.setFocus()
    sheet.prompt.selectAll()
    QTest.keyClicks(sheet.prompt, "Speak like a sailor.")
    assert heard == []
    if way == "leave":
        QTest.keyClick(sheet.prompt, Qt.Key.Key_Tab)
    elif way == "close":
        window.models_page.close_sheet()
    qtbot.waitUntil(lambda: heard == [ModelDefaults(system_prompt="Speak like a sailor.")])


def test_an_empty_system_prompt_is_a_choice_and_the_apps_own_is_none(window: MainWindow) -> None:
    sheet, heard = open_sheet(window)
    sheet.prompt.setPlainText("")
    sheet.prompt.settle()
    assert heard[-1].system_prompt == ""
    sheet.prompt.setPlainText("You are a helpful assistant.")
    sheet.prompt.settle()
    assert heard[-1] == ModelDefaults()


def test_where_parts_of_a_model_go_can_be_set(window: MainWindow) -> None:
    sheet, heard = open_sheet(window)
    sheet.show_forecast(Forecast(1, 2, has_experts=True))
    sheet.loading_rows["cpu_experts"].editor.settle(12)
    sheet.loading_rows["context_on_gpu"].editor.settle(False)
    sheet.loading_rows["flash_attention"].editor.settle(FlashChoice.OFF)
    set_now = LoadOptions(cpu_experts=12, context_on_gpu=False, flash_attention=FlashChoice.OFF)
    assert heard[-1].loading == set_now
    for name in ("cpu_experts", "context_on_gpu", "flash_attention"):
        assert sheet.loading_rows[name].editor.widgets[0].accessibleName()
        sheet.loading_rows[name].reset.click()
    assert heard[-1].loading == LoadOptions()


def test_experts_are_placed_only_where_a_model_has_some(window: MainWindow) -> None:
    sheet, _heard = open_sheet(window)
    row = sheet.loading_rows["cpu_experts"]
    assert not row.isVisible()
    sheet.show_forecast(Forecast(1, 2))
    assert not row.isVisible()
    sheet.show_forecast(Forecast(1, 2, has_experts=True))
    assert row.isVisible()
    sheet.show_forecast(Forecast(0, 2))  # its file cannot be read at the moment
    assert row.isVisible()


def test_a_model_is_split_only_where_there_are_several_cards(window: MainWindow) -> None:
    sheet, heard = open_sheet(window)
    sheet.show_devices(TWO_CARDS.cards[:1], ())
    assert not sheet.split.isVisible()
    sheet.show_devices(TWO_CARDS.cards, ())
    assert sheet.split.isVisible()
    first, second = (sheet.split.fields[name] for name in ("CUDA0", "CUDA1"))
    assert first.accessibleName() == "Share of Card 0 (CUDA0)"
    assert first.value is None
    first.value_edited.emit(3.0)
    assert heard[-1].loading.split == {"CUDA0": 3.0, "CUDA1": 1.0}
    assert second.value == 1.0
    second.value_edited.emit(0.0)
    assert heard[-1].loading.shares == {"CUDA0": 3.0}
    second.value_edited.emit(None)
    assert heard[-1].loading == LoadOptions()
    assert not sheet.split.reset.isVisible()


def test_a_split_over_cards_that_have_gone_can_be_taken_back(window: MainWindow) -> None:
    sheet, heard = open_sheet(window, ModelDefaults(loading=LoadOptions(split={"Vulkan0": 1.0, "CUDA0": 2.0})))
    assert not sheet.split.isVisible()  # until it is known what is there
    sheet.show_devices(TWO_CARDS.cards, ())
    assert list(sheet.split.fields) == ["CUDA0", "CUDA1", "Vulkan0"]
    assert sheet.split.fields["Vulkan0"].accessibleName() == "Share of Vulkan0 (not available now)"
    sheet.split.reset.click()
    assert heard[-1] == ModelDefaults()


def test_cards_of_one_kind_are_told_apart_in_a_narrow_window(
    new_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    sheet, _heard = open_sheet(new_window(420, 640))
    alike = [msgspec.structs.replace(card, description="NVIDIA GeForce RTX 3090") for card in TWO_CARDS.devices]
    sheet.show_devices(alike, ("a" * 63 + ".example:50052",))
    names = sheet.split.findChildren(LongText)
    assert len(names) == 3
    for name in names:
        qtbot.waitUntil(lambda name=name: name.height() >= name.heightForWidth(name.width()))  # nothing is cut off
    assert sheet.body is not None
    assert sheet.body.minimumSizeHint().width() <= sheet.viewport().width()


def test_the_only_card_that_is_left_of_a_split_is_not_called_gone(window: MainWindow) -> None:
    sheet, _heard = open_sheet(window, ModelDefaults(loading=LoadOptions(split={"CUDA0": 3.0, "CUDA1": 1.0})))
    sheet.show_devices(TWO_CARDS.devices[:1], ())
    names = [field.accessibleName() for field in sheet.split.fields.values()]
    assert names == ["Share of Card 0 (CUDA0)", "Share of CUDA1 (not available now)"]
    sheet.split.reset.click()
    assert not sheet.split.isVisible()  # there is nothing to share any more
    sheet.show_devices(TWO_CARDS.devices, ())
    assert [field.accessibleName() for field in sheet.split.fields.values()] == [
        "Share of Card 0 (CUDA0)", "Share of Card 1 (CUDA1)"
    ]  # fmt: skip


def test_a_model_can_be_split_over_other_computers_too(window: MainWindow) -> None:
    sheet, heard = open_sheet(window)
    sheet.show_devices((), ("10.0.0.2:50052",))
    assert not sheet.split.isVisible()  # there is nothing to share
    sheet.show_devices(TWO_CARDS.cards[:1], ("10.0.0.2:50052", "10.0.0.2:50052/2"))
    assert sheet.split.isVisible()
    server = sheet.split.fields["10.0.0.2:50052"]
    assert server.accessibleName() == "Share of 10.0.0.2:50052 (other computer)"
    server.value_edited.emit(2.0)
    assert heard[-1].loading.split == {"CUDA0": 1.0, "10.0.0.2:50052": 2.0, "10.0.0.2:50052/2": 1.0}


def test_adapters_come_go_and_change_their_strength(window: MainWindow) -> None:
    sheet, heard = open_sheet(window)
    sheet.add_adapters(["/a.gguf", "/b.gguf", "/a.gguf"])
    sheet.add_adapters(["/b.gguf"])
    assert heard[-1].adapters == (Adapter("/a.gguf"), Adapter("/b.gguf"))
    sheet.adapter_rows[1].scale.value_edited.emit(0.5)
    sheet.adapter_rows[0].remove.click()
    assert heard[-1].adapters == (Adapter("/b.gguf", 0.5),)
    assert [row.scale.value for row in sheet.adapter_rows] == [0.5]
    sheet.add_adapters([f"/{number}.gguf" for number in range(40)])
    assert len(heard[-1].adapters) == MOST_ADAPTERS
    assert not sheet.add_adapter.isEnabled()


def test_a_loaded_model_offers_to_be_loaded_again(window: MainWindow, qtbot: QtBot) -> None:
    sheet, _heard = open_sheet(window)
    sheet.loading_rows["mlock"].editor.settle(True)
    assert not sheet.load_again.isVisible()  # it is not in memory
    sheet.show_loaded(True)
    sheet.sampling_rows["top_p"].editor.settle(0.5)
    assert not sheet.load_again.isVisible()  # that applies at once
    sheet.loading_rows["mmap"].editor.settle(False)
    assert sheet.load_again.isVisible()
    assert "next loaded" in sheet.memory_note.text()
    with qtbot.waitSignal(sheet.load_requested):
        sheet.load_again.click()
    assert not sheet.load_again.isVisible()


def test_the_template_can_only_be_used_where_it_is_another_one(window: MainWindow, qtbot: QtBot) -> None:
    sheet, heard = open_sheet(window)
    assert sheet.template.toPlainText() == OWN
    assert not sheet.use.isEnabled()
    assert not sheet.own.isVisible()
    sheet.template.setPlainText(OWN + "x")
    with qtbot.waitSignal(sheet.template_requested) as asked:
        sheet.use.click()
    assert asked.args == [OWN + "x"]
    assert heard == []  # not before it was tried
    sheet.use_template(OWN + "x")
    assert heard[-1].chat_template == OWN + "x"
    assert not sheet.use.isEnabled()
    sheet.own.click()
    assert heard[-1] == ModelDefaults()
    assert sheet.template.toPlainText() == OWN
    sheet.template.setPlainText("  ")
    assert not sheet.use.isEnabled()


def test_words_for_the_memory() -> None:
    assert forecast_words(None) == ("", "muted")
    assert forecast_words(Forecast(0, 5)) == ("", "muted")
    assert forecast_words(Forecast(2_000_000_000, 5_000_000_000))[1] == "muted"
    words, color = forecast_words(Forecast(6_000_000_000, 5_000_000_000))
    assert color == "bad"
    assert "smaller context" in words
    assert "smaller model" in forecast_words(Forecast(6_000_000_000, 5_000_000_000, is_too_large=True))[0]


def test_words_for_where_it_would_be() -> None:
    share = Share(device="CUDA0", layers=28, weights=1, kv_cache=1, compute=1)
    part = Plan(
        context=4096, kv_type=KvType.F16, flash_attention=True, gpu_layers=28, all_layers=33, shares=(share,),
        cpu_experts=0, context_on_gpu=True, host=1, tokens_per_second=1.0, limit=Limit.MEMORY, fits=True,
    )  # fmt: skip
    room = Forecast(2_000_000_000, 5_000_000_000, part)
    assert forecast_words(room)[0].startswith(
        "28 of 33 layers are on the graphics card. 5 did not fit. It takes about 2.0"
    )
    too_many = msgspec.structs.replace(part, limit=Limit.WISHED, fits=False)
    words, color = forecast_words(msgspec.structs.replace(room, plan=too_many))
    assert (words.startswith("The graphics card has too little free memory for 28 layers"), color) == (True, "warn")
    too_large = msgspec.structs.replace(room, plan=too_many, free=1_000_000_000)
    assert forecast_words(too_large)[0].startswith("It takes about 2.0")  # which has to be mended first
    elsewhere = msgspec.structs.replace(
        part, shares=(msgspec.structs.replace(share, device="10.0.0.2:50052"),), limit=Limit.MEMORY
    )
    words, _color = forecast_words(Forecast(1, 2, elsewhere, ("10.0.0.2:50052",)))
    assert words.startswith("28 of 33 layers are on 10.0.0.2:50052. 5 are in this computer's memory.")


@pytest.mark.parametrize("width", [620, 1360])
def test_it_is_as_wide_as_its_page(new_window: Callable[..., MainWindow], width: int) -> None:
    window = new_window(width, 700)
    sheet, _heard = open_sheet(window, ModelDefaults(adapters=(Adapter(f"/{'long' * 60}.gguf"),)))
    assert sheet.body is not None
    assert sheet.body.minimumSizeHint().width() <= sheet.viewport().width()


@pytest.mark.parametrize("what", ["number", "prompt"])
def test_what_is_typed_is_taken_before_another_text_size(window: MainWindow, what: str) -> None:
    sheet, heard = open_sheet(window)
    before = sheet.body
    row = sheet.sampling_rows["max_tokens"]
    field = sheet.prompt if what == "prompt" else row.findChild(NumberField)
    assert field is not None
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "777")
    assert heard == []
    window.set_theme(load_theme(Appearance.LIGHT, 125, system_dark=False))
    assert sheet.body is not before
    assert [defaults.system_prompt == "777" or defaults.sampling.get("max_tokens") == 777 for defaults in heard] == [
        True
    ]
    shown = (
        sheet.prompt.toPlainText()
        if what == "prompt"
        else sheet.sampling_rows["max_tokens"].findChild(NumberField).text()
    )
    assert shown == "777"
