"""The Sampling tab: generated rows, sliders tied to numbers, presets."""

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.sampling import BASIC, PRESETS, Sampling, Thinking, with_changes
from desktop_app.gui.controls import Choice
from desktop_app.gui.form import Kind, fields_of
from desktop_app.gui.numbers import NumberField, ValueSlider
from desktop_app.gui.panel.sampling_tab import SamplingTab
from desktop_app.gui.theme import Theme


@pytest.fixture
def panel(host: QWidget, theme: Theme) -> SamplingTab:
    made = SamplingTab(theme, host)
    made.resize(328, 700)
    made.show()
    return made


def number(panel: SamplingTab, name: str) -> NumberField:
    return next(widget for widget in panel.editors[name].widgets if isinstance(widget, NumberField))


def slider(panel: SamplingTab, name: str) -> ValueSlider:
    return next(widget for widget in panel.editors[name].widgets if isinstance(widget, ValueSlider))


def type_into(field: NumberField, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_every_field_of_sampling_has_a_row(panel: SamplingTab) -> None:
    assert list(panel.editors) == list(BASIC)
    assert next(spec for spec in fields_of(Sampling, BASIC) if spec.name == "seed").kind is Kind.OPTIONAL_NUMBER


def test_setting_values_shows_them_and_tells_nobody(panel: SamplingTab, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(panel.sampling_changed):
        panel.set_sampling(Sampling(temperature=1.3, top_k=7, seed=42))
    assert number(panel, "temperature").text() == "1.30"
    assert slider(panel, "temperature").current == 1.3
    assert number(panel, "seed").text() == "42"


def test_a_typed_number_moves_the_slider(panel: SamplingTab, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.sampling_changed) as changed:
        type_into(number(panel, "temperature"), "1,25")
    assert changed.args == [Sampling(temperature=1.25)]
    assert slider(panel, "temperature").current == 1.25


def test_a_number_out_of_bounds_is_brought_in_and_nonsense_is_taken_back(panel: SamplingTab) -> None:
    type_into(number(panel, "top_p"), "9")
    assert panel.sampling.top_p == 1.0
    type_into(number(panel, "top_p"), "much")
    assert number(panel, "top_p").text() == "1.00"


def test_the_slider_moves_the_number_and_keeps_the_type(panel: SamplingTab, qtbot: QtBot) -> None:
    handle = slider(panel, "top_k")
    with qtbot.waitSignal(panel.sampling_changed):
        QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=QPoint(handle.width() - 1, 12))
    QTest.mouseMove(handle, QPoint(0, 12))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=QPoint(0, 12))
    assert panel.sampling.top_k == 0
    assert isinstance(panel.sampling.top_k, int)
    assert number(panel, "top_k").text() == "0"
    assert msgspec.convert(msgspec.structs.asdict(panel.sampling), Sampling) == panel.sampling


def test_a_double_click_goes_back_to_the_default(panel: SamplingTab) -> None:
    panel.set_sampling(Sampling(temperature=1.9))
    handle = slider(panel, "temperature")
    QTest.mouseDClick(handle, Qt.MouseButton.LeftButton, pos=QPoint(5, 12))
    assert panel.sampling == Sampling()
    assert number(panel, "temperature").text() == "0.80"


def test_keys_step_jump_and_reset(panel: SamplingTab) -> None:
    handle = slider(panel, "temperature")
    QTest.keyClick(handle, Qt.Key.Key_Right)
    assert panel.sampling.temperature == 0.85
    QTest.keyClick(handle, Qt.Key.Key_End)
    assert panel.sampling.temperature == 2.0
    QTest.keyClick(handle, Qt.Key.Key_Delete)
    assert panel.sampling.temperature == 0.8
    QTest.keyClick(number(panel, "temperature"), Qt.Key.Key_Down)
    assert panel.sampling.temperature == 0.75
    QTest.keyClick(slider(panel, "max_tokens"), Qt.Key.Key_Home)
    assert panel.sampling.max_tokens == 1


def test_assistive_tools_that_move_the_slider_are_followed(panel: SamplingTab) -> None:
    slider(panel, "temperature").setValue(slider(panel, "temperature").maximum())
    assert panel.sampling.temperature == 2.0


def test_the_seed_may_be_empty(panel: SamplingTab) -> None:
    field = number(panel, "seed")
    assert field.placeholderText() == "random"
    type_into(field, "71220")
    assert panel.sampling.seed == 71220
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert panel.sampling.seed is None


@pytest.mark.parametrize("name", list(PRESETS))
def test_presets_change_the_chain_and_leave_length_and_seed(panel: SamplingTab, qtbot: QtBot, name: str) -> None:
    mine = {"max_tokens": 99, "seed": 7}
    panel.set_sampling(with_changes(Sampling(), {"temperature": 0.35, **mine}))
    assert not any(button.isChecked() for button in panel.presets.values())
    with qtbot.waitSignal(panel.sampling_changed):
        panel.presets[name].click()
    assert panel.sampling == with_changes(Sampling(), {**PRESETS[name], **mine})
    assert [other for other, button in panel.presets.items() if button.isChecked()] == [name]


def test_a_preset_that_is_in_force_stays_marked(panel: SamplingTab, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(panel.sampling_changed):
        panel.presets["Balanced"].click()
    assert panel.presets["Balanced"].isChecked()


def test_controls_explain_themselves(panel: SamplingTab) -> None:
    for spec in fields_of(Sampling, BASIC):
        for widget in panel.editors[spec.name].widgets:
            assert widget.accessibleName() == spec.title
            assert widget.accessibleDescription() == spec.description
            assert spec.description in widget.toolTip()


def test_thinking_is_chosen_where_the_model_has_a_switch(panel: SamplingTab, qtbot: QtBot) -> None:
    row = panel.rows["thinking"]
    assert not row.isVisible()
    panel.offer_thinking(True)
    assert row.isVisible()
    (choice,) = (widget for widget in panel.editors["thinking"].widgets if isinstance(widget, Choice))
    assert [choice.itemText(index) for index in range(choice.count())] == ["As the model does", "On", "Off"]
    choice.setFocus()
    with qtbot.waitSignal(panel.sampling_changed) as changed:
        QTest.keyClick(choice, Qt.Key.Key_End)
        choice.activated.emit(choice.currentIndex())
    assert changed.args == [Sampling(thinking=Thinking.OFF)]
    panel.presets["Creative"].click()
    assert panel.sampling.thinking is Thinking.OFF, "a preset leaves it alone"
