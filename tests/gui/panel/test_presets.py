"""The row of presets: three to click, all in a menu, one's own, and which one is in force."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.presets import Preset
from desktop_app.domain.sampling import PRESETS, Sampling, with_changes
from desktop_app.gui.dialogs.name import NameDialog
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.sampling.tab import SamplingTab

PROSE = Preset("My prose & more", {"temperature": 1.1, "stop": ["END"]})


@pytest.fixture
def tab(host: QWidget, theme: Theme) -> SamplingTab:
    made = SamplingTab(theme, host)
    made.resize(312, 700)
    made.show()
    return made


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def trigger(tab: SamplingTab, text: str) -> None:
    menu = tab.presets.menu()
    next(action for action in menu.actions() if action.text() == text).trigger()
    menu.deleteLater()


@pytest.mark.parametrize("name", list(PRESETS))
def test_presets_change_the_chain_and_leave_the_persons_own(tab: SamplingTab, qtbot: QtBot, name: str) -> None:
    mine = {"max_tokens": 99, "seed": 7, "json_schema": "{}"}
    tab.set_sampling(with_changes(Sampling(), {"temperature": 0.35, **mine}))
    assert tab.presets.state.text() == "Values of your own"
    with qtbot.waitSignal(tab.sampling_changed):
        trigger(tab, name)
    assert tab.sampling == with_changes(Sampling(), {**PRESETS[name], **mine})
    assert tab.presets.state.text() == f"Preset: {name}"
    assert [other for other, button in tab.presets.quick.items() if button.isChecked()] == [
        quick for quick in tab.presets.quick if quick == name
    ]


def test_a_preset_that_is_in_force_stays_marked(tab: SamplingTab, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(tab.sampling_changed):
        tab.presets.quick["Balanced"].click()
    assert tab.presets.quick["Balanced"].isChecked()


def test_a_change_after_a_preset_is_said_and_taken_back(tab: SamplingTab) -> None:
    tab.presets.quick["Creative"].click()
    tab.change("top_k", 7)
    assert tab.presets.state.text() == "Preset: Creative, changed"
    assert not any(button.isChecked() for button in tab.presets.quick.values())
    tab.presets.quick["Creative"].click()
    assert tab.presets.state.text() == "Preset: Creative"
    assert tab.sampling.top_k == 40


def test_ones_own_stand_in_the_menu_and_can_be_managed(tab: SamplingTab, qtbot: QtBot) -> None:
    tab.presets.set_own((PROSE,))
    assert texts(tab.presets.menu()) == [
        *PRESETS, "My prose && more", "Save as preset…", "Import a preset…", "Export these values…",
    ]  # fmt: skip
    trigger(tab, "My prose && more")
    assert (tab.sampling.temperature, tab.sampling.stop) == (1.1, ("END",))
    assert tab.presets.state.text() == "Preset: My prose & more"
    menu = tab.presets.menu()
    update = next(action for action in menu.actions() if action.text().startswith("Update"))
    assert not update.isEnabled()
    tab.change("temperature", 1.3)
    with qtbot.waitSignal(tab.presets.update_requested) as updated:
        trigger(tab, "Update “My prose && more”")
    assert updated.args == [PROSE]
    with qtbot.waitSignal(tab.presets.rename_requested):
        trigger(tab, "Rename “My prose && more”…")
    with qtbot.waitSignal(tab.presets.delete_requested):
        trigger(tab, "Delete “My prose && more”")
    tab.presets.set_own(())
    assert tab.presets.base is None


def test_the_row_fits_the_panel(tab: SamplingTab) -> None:
    assert tab.presets.more.mapTo(tab, tab.presets.more.rect().bottomRight()).x() < 312
    assert tab.presets.sizeHint().width() <= 296


def test_a_name_is_asked_for_and_a_taken_one_refused(host: QWidget, theme: Theme, qtbot: QtBot) -> None:
    taken = "There is one."

    def problem(name: str) -> str:
        return taken if name == "Precise" else ""

    dialog = NameDialog(theme, "Save as preset", "Save", problem, longest=60, parent=host)
    dialog.open()
    assert not dialog.accept_button.isEnabled()
    QTest.keyClicks(dialog.field, "Precise")
    assert dialog.words.text() == taken
    assert not dialog.accept_button.isEnabled()
    QTest.keyClicks(dialog.field, " prose  ")
    with qtbot.waitSignal(dialog.named) as named:
        QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    assert named.args == ["Precise prose"]
