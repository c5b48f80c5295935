"""The Sampling tab: generated rows, sliders tied to numbers, what is without effect, and when a change is felt."""

from typing import ClassVar

import msgspec
import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.sampling import BASIC, Sampling, Thinking
from desktop_app.gui.forms.form import Kind, fields_of
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.sampling.tab import SamplingTab
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.numbers import NumberField, ValueSlider


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


def test_values_that_are_shown_already_are_not_drawn_again(panel: SamplingTab, qtbot: QtBot) -> None:
    class Drawn(QObject):
        names: ClassVar[list[str]] = []

        def eventFilter(self, target: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                self.names.append(type(target).__name__)
            return False

    qtbot.waitExposed(panel)
    QApplication.processEvents()
    drawn = Drawn()
    for widget in panel.findChildren(QWidget):
        widget.installEventFilter(drawn)
    panel.set_sampling(Sampling())
    QApplication.processEvents()
    assert drawn.names == []
    panel.set_sampling(Sampling(top_k=7))
    QApplication.processEvents()
    assert "NumberField" in drawn.names


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
    assert [choice.itemText(index) for index in range(choice.count())] == ["As the model decides", "On", "Off"]
    choice.setFocus()
    with qtbot.waitSignal(panel.sampling_changed) as changed:
        QTest.keyClick(choice, Qt.Key.Key_End)
        choice.activated.emit(choice.currentIndex())
    assert changed.args == [Sampling(thinking=Thinking.OFF)]
    panel.presets.quick["Creative"].click()
    assert panel.sampling.thinking is Thinking.OFF, "a preset leaves it alone"


def test_a_wheel_over_the_page_changes_nothing(panel: SamplingTab, qtbot: QtBot) -> None:
    panel.offer_thinking(True)
    (choice,) = panel.editors["thinking"].widgets
    assert not choice.hasFocus()
    with qtbot.assertNotEmitted(panel.sampling_changed):
        for widget in (slider(panel, "temperature"), number(panel, "top_k"), choice):
            centre = QPointF(widget.rect().center())
            turn = QWheelEvent(
                centre, widget.mapToGlobal(centre), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            QApplication.sendEvent(widget, turn)
    assert panel.sampling == Sampling()


def test_at_temperature_zero_the_cuts_say_that_they_have_no_effect(panel: SamplingTab) -> None:
    slider(panel, "temperature").setFocus()
    QTest.keyClick(slider(panel, "temperature"), Qt.Key.Key_Home)
    assert panel.sampling.temperature == 0.0
    words = "no effect at temperature 0"
    assert {name for name, row in panel.rows.items() if row.hindrance == words} == {"top_k", "top_p", "min_p"}
    assert words in slider(panel, "top_p").accessibleDescription()
    QTest.keyClick(slider(panel, "temperature"), Qt.Key.Key_Right)
    assert not any(row.hindrance for row in panel.rows.values())
    assert words not in slider(panel, "top_p").accessibleDescription()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("temperature", 0.3, "Applies from the next word on."),
        ("max_tokens", 7, "Applies from the next word on."),
        ("seed", 5, "Applies from the next answer on."),
        ("grammar", 'root ::= "a"', "Applies from the next answer on."),
    ],
)
def test_while_an_answer_streams_a_line_says_when_a_change_is_felt(
    panel: SamplingTab, name: str, value: object, words: str
) -> None:
    panel.change("top_k", 3)
    assert not panel.when.isVisible(), "nothing streams"
    places = [row.mapTo(panel, QPoint(0, 0)) for row in panel.rows.values()]
    panel.set_streaming(True)
    panel.change(name, value)
    assert panel.when.isVisible()
    assert panel.when.text() == words
    assert panel.when.geometry().bottom() == panel.height() - 1
    assert [row.mapTo(panel, QPoint(0, 0)) for row in panel.rows.values()] == places, "nothing jumps"
    panel.set_streaming(False)
    assert not panel.when.isVisible()


def test_a_reproducible_answer_keeps_its_values_and_the_line_says_so(panel: SamplingTab) -> None:
    panel.set_streaming(True, is_fixed=True)
    panel.change("temperature", 0.3)
    assert panel.when.text() == "Applies from the next answer on."


def test_several_changes_at_once_say_that_some_wait(panel: SamplingTab) -> None:
    panel.set_streaming(True)
    panel.use(Sampling(temperature=0.1, seed=3))
    assert panel.when.text() == "Most of it applies from the next word on, the rest from the next answer on."


def test_a_dropped_file_is_asked_for_and_other_things_are_not_taken(panel: SamplingTab, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/p/mine.json"), QUrl.fromLocalFile("/p/photo.png"), QUrl("https://a.b/c.json")])
    at = QPoint(5, 5)
    actions, button, key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at, actions, data, button, key)
    panel.dragEnterEvent(enter)
    assert enter.isAccepted()
    with qtbot.waitSignal(panel.preset_dropped) as dropped:
        panel.dropEvent(QDropEvent(QPointF(at), actions, data, button, key))
    assert dropped.args == ["/p/mine.json"]
    nothing = QMimeData()
    nothing.setText("words")
    other = QDragEnterEvent(at, actions, nothing, button, key)
    other.ignore()
    panel.dragEnterEvent(other)
    assert not other.isAccepted()


def test_the_first_paint_does_without_the_groups(panel: SamplingTab) -> None:
    assert panel._groups is None
    assert panel.open_sections == ()
    panel.set_sampling(Sampling(mirostat=2))
    assert panel._groups is None
    assert panel.more.note == "1 changed"


class Turning(QWidget):
    """Needs more or less room across each time it gets another size, as rows do that stack their parts."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes = 0

    def minimumSizeHint(self) -> QSize:
        return QSize(100 if self.sizes % 2 else 400, 20)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.sizes = min(self.sizes + 1, 100)  # else it would not end, in pages that follow it
        self.updateGeometry()


def test_a_part_that_turns_with_its_width_does_not_turn_its_page(panel: SamplingTab) -> None:
    part = Turning()
    panel.column.addWidget(part)
    QApplication.processEvents()
    panel.resize(300, 600)
    QApplication.processEvents()
    assert 0 < part.sizes < 10
    assert panel.body.width() == panel.viewport().width()
