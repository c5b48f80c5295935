"""The settings page: generated from the schema, searchable, resettable."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.forms.field_row import FieldRow
from desktop_app.gui.look.theme import Theme, load_theme, retheme
from desktop_app.gui.settings.page import SECTIONS, SettingsPage
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Label, Rule
from desktop_app.gui.widgets.key_button import KeyButton
from desktop_app.gui.widgets.numbers import NumberField, ValueSlider
from desktop_app.gui.widgets.switch import Switch
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Appearance, AppearanceSettings, EngineSettings, Settings


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> SettingsPage:
    made = SettingsPage(theme)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_nothing_is_built_before_it_is_shown(qtbot: QtBot, theme: Theme) -> None:
    page = SettingsPage(theme)
    qtbot.addWidget(page)
    page.set_settings(Settings())
    assert page.body is None


@pytest.mark.parametrize("text_size", [100, 150])
def test_it_fits_a_narrow_window_with_controls_below_their_words(qtbot: QtBot, text_size: int) -> None:
    page = SettingsPage(load_theme(Appearance.LIGHT, text_size, system_dark=False))
    qtbot.addWidget(page)
    page.resize(page.theme.px(400), 640)
    page.show()
    row = page.row("folders", "models")
    field = row.editor.widgets[0]
    words = row.findChildren(Label)[-1]
    qtbot.waitUntil(lambda: field.mapTo(row, QPoint()).y() > words.geometry().bottom())
    assert page.body is not None
    assert page.body.width() == page.viewport().width()
    assert field.mapTo(row, QPoint()).x() == 0, "not behind the room for its reset"
    page.resize(page.theme.px(900), 640)
    qtbot.waitUntil(lambda: field.mapTo(row, QPoint()).x() > words.geometry().right())


def test_all_controls_end_at_the_edge_of_their_card_and_stay_there(page: SettingsPage) -> None:
    rows = [row for section in page.sections.values() for row in section.rows.values()]

    def ends() -> dict[str, int]:
        QApplication.processEvents()
        return {
            row.spec.name: row.width() - max(each.mapTo(row, QPoint(each.width(), 0)).x() for each in shown(row))
            for row in rows
        }

    def shown(row: FieldRow) -> list[QWidget]:
        """Return what stands beside the words: the control, and its reset where there is one to be seen."""
        return [each for each in row.findChildren(QWidget) if each.isVisible() and not isinstance(each, Rule | Label)]

    assert set(ends().values()) == {0}
    row = page.row("engine", "threads")
    before = [each.geometry() for each in row.findChildren(QWidget) if each.isVisible()]
    page.set_settings(msgspec.structs.replace(Settings(), engine=EngineSettings(threads=3)))
    assert row.reset.isVisible()
    assert set(ends().values()) == {0}
    assert before == [
        each.geometry() for each in row.findChildren(QWidget) if each.isVisible() and each is not row.reset
    ]


def test_every_setting_of_every_section_has_a_row(page: SettingsPage) -> None:
    elsewhere = ("sampling", "servers", "shortcuts", "updates", "own_words")
    expected = {name for name in Settings.__struct_fields__ if name not in elsewhere}
    assert set(SECTIONS) == expected
    for section in SECTIONS:
        struct = type(getattr(Settings(), section))
        assert list(page.sections[section].rows) == list(struct.__struct_fields__)


def test_each_kind_of_control_tells_its_change(page: SettingsPage, qtbot: QtBot) -> None:
    choice = page.row("appearance", "theme").editor.widgets[0]
    assert isinstance(choice, Choice)
    with qtbot.waitSignal(page.setting_changed) as changed:
        QTest.keyClick(choice, Qt.Key.Key_Down)
    assert changed.args == ["appearance", "theme", Appearance.LIGHT]
    switch = page.row("engine", "safe_mode").editor.widgets[0]
    assert isinstance(switch, Switch)
    with qtbot.waitSignal(page.setting_changed) as changed:
        QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert changed.args == ["engine", "safe_mode", True]
    field = page.row("engine", "threads").editor.widgets[0]
    assert isinstance(field, NumberField)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "6")
    with qtbot.waitSignal(page.setting_changed) as changed:
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert changed.args == ["engine", "threads", 6]
    assert isinstance(changed.args[2], int)
    folder = page.row("folders", "models").editor.widgets[0]
    assert isinstance(folder, QLineEdit)
    folder.setText(" /models ")
    with qtbot.waitSignal(page.setting_changed) as changed:
        QTest.keyClick(folder, Qt.Key.Key_Return)
    assert changed.args == ["folders", "models", "/models"]


def test_a_dragged_slider_tells_only_when_it_is_let_go(page: SettingsPage, qtbot: QtBot) -> None:
    slider = page.row("appearance", "text_size").editor.widgets[1]
    assert isinstance(slider, ValueSlider)
    with qtbot.assertNotEmitted(page.setting_changed):
        QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    with qtbot.waitSignal(page.setting_changed) as changed:
        QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    assert changed.args == ["appearance", "text_size", 140]


def test_leaving_a_field_unchanged_tells_nothing(page: SettingsPage, qtbot: QtBot) -> None:
    folder = page.row("folders", "models").editor.widgets[0]
    with qtbot.assertNotEmitted(page.setting_changed):
        QTest.keyClick(folder, Qt.Key.Key_Return)


def test_values_are_shown_without_a_signal(page: SettingsPage, qtbot: QtBot) -> None:
    settings = Settings(engine=EngineSettings(threads=3), appearance=AppearanceSettings(theme=Appearance.DARK))
    with qtbot.assertNotEmitted(page.setting_changed):
        page.set_settings(settings)
    field = page.row("engine", "threads").editor.widgets[0]
    choice = page.row("appearance", "theme").editor.widgets[0]
    assert isinstance(field, NumberField)
    assert isinstance(choice, Choice)
    assert field.text() == "3"
    assert choice.currentText() == "Dark"


def test_resets_show_only_where_something_differs(page: SettingsPage, qtbot: QtBot) -> None:
    assert not page.row("engine", "threads").reset.isVisible()
    assert not page.sections["engine"].reset.isVisible()
    page.set_settings(msgspec.structs.replace(Settings(), engine=EngineSettings(threads=3)))
    assert page.row("engine", "threads").reset.isVisible()
    assert not page.row("engine", "safe_mode").reset.isVisible()
    with qtbot.waitSignal(page.reset_requested) as asked:
        page.row("engine", "threads").reset.click()
    assert asked.args == ["engine", "threads"]
    with qtbot.waitSignal(page.reset_requested) as asked:
        page.sections["engine"].reset.click()
    assert asked.args == ["engine", ""]


def test_a_menu_leads_to_each_section(page: SettingsPage, qtbot: QtBot) -> None:
    page.window().activateWindow()
    qtbot.waitActive(page.window())
    button = page.to_sections
    assert button is not None
    menu = button.menu_now()
    titles = [action.text() for action in menu.actions()]
    assert (titles[0], titles[-1]) == ("Appearance", "About")
    assert {"Engine", "Hardware", "Shortcuts", "Your data"} < set(titles)
    assert page.search is not None
    page.search.setText("theme")  # shows nothing but that
    page.search.setFocus()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    menu.actions()[titles.index("Hardware")].trigger()
    shown = page.hardware_card
    assert shown is not None
    assert page.search.text() == ""
    qtbot.waitUntil(lambda: 0 <= shown.mapTo(page.viewport(), QPoint(0, 0)).y() < 100)
    assert (page.window().focusWidget(), shown.measure.has_ring) == (shown.measure, True)


def test_in_a_narrow_window_the_search_has_the_room(new_window: Callable[..., MainWindow]) -> None:
    window = new_window(420, 640)
    window.show_page("settings")
    page = window.settings_page
    assert page.search is not None
    assert page.to_sections is not None
    assert page.search.isVisible()
    assert not page.to_sections.isVisible()


def test_a_number_that_stands_for_something_else_is_shown_as_that(page: SettingsPage, qtbot: QtBot) -> None:
    row = page.row("engine", "unload_minutes")
    field = row.editor.widgets[0]
    assert isinstance(field, NumberField)
    unit = next(label for label in row.findChildren(Label) if label.text() == "minutes")
    assert (field.text(), unit.isVisible()) == ("30", True)
    with qtbot.waitSignal(page.setting_changed) as changed:
        field.clear()
        field.editingFinished.emit()
    assert changed.args == ["engine", "unload_minutes", 0]
    assert (field.text(), field.placeholderText(), unit.isVisible()) == ("", "never", False)
    with qtbot.waitSignal(page.setting_changed) as changed:
        QTest.keyClick(field, Qt.Key.Key_Up)  # it is a number all the same
    assert changed.args == ["engine", "unload_minutes", 5]
    assert (field.text(), unit.isVisible()) == ("5", True)
    with qtbot.waitSignal(page.setting_changed):
        QTest.keyClick(field, Qt.Key.Key_Down)
    assert field.text() == ""
    layers = page.row("engine", "gpu_layers").editor.widgets[0]
    assert isinstance(layers, NumberField)
    assert (layers.value, layers.text(), layers.placeholderText()) == (-1, "", "all that fit")


def test_the_search_finds_titles_descriptions_and_sections(page: SettingsPage) -> None:
    assert page.search is not None

    def shown() -> list[str]:
        rows = [row for section in page.sections.values() for row in section.rows.values()]
        return [row.spec.name for row in rows if row.isVisible()]

    page.search.setText("gpu LAYERS")
    assert shown() == ["gpu_layers"]
    assert not page.sections["history"].isVisible()
    page.search.setText("keyboard")
    assert shown() == ["send_key"]
    page.search.setText("no such thing")
    assert shown() == []
    page.search.setText("gpu")
    (row,) = (row for row in page.sections["engine"].rows.values() if row.isVisible())
    assert not row.rule.isVisible(), "the first that is left has no line above it"
    page.search.clear()
    assert len(shown()) == sum(len(section.rows) for section in page.sections.values())


def test_another_text_size_rebuilds_the_page_and_keeps_the_search(page: SettingsPage, qtbot: QtBot) -> None:
    assert page.search is not None
    page.search.setText("threads")
    before = page.body
    page.set_theme(load_theme(Appearance.DARK, 150, system_dark=False))
    qtbot.waitUntil(lambda: page.body is not before)
    assert page.search.text() == "threads"
    assert page.row("engine", "threads").isVisible()
    assert not page.row("engine", "safe_mode").isVisible()


@pytest.mark.parametrize(("section", "name", "typed"), [("history", "trash_days", "17"), ("network", "mirror", "x.y")])
def test_what_is_typed_stays_while_something_else_changes(
    page: SettingsPage, section: str, name: str, typed: str
) -> None:
    settings = Settings()
    page.set_settings(settings)
    line = page.row(section, name).findChild(QLineEdit)
    assert line is not None
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, typed)
    page.set_settings(msgspec.structs.replace(settings, engine=EngineSettings(safe_mode=True)))
    assert line.text() == typed
    assert page.row("engine", "safe_mode").differs
    other: object = 7 if section == "history" else "z"
    changed = msgspec.structs.replace(getattr(settings, section), **{name: other})
    page.set_settings(msgspec.structs.replace(settings, **{section: changed}))
    assert line.text() == str(other), "another window has set the same"
    page.set_settings(settings)
    assert line.text() == str(getattr(getattr(settings, section), name))


def test_what_is_typed_is_taken_before_another_text_size(page: SettingsPage, qtbot: QtBot) -> None:
    line = page.row("history", "trash_days").findChild(QLineEdit)
    assert line is not None
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "17")
    with qtbot.waitSignal(page.setting_changed) as heard:
        page.set_theme(load_theme(Appearance.DARK, 150, system_dark=False))
    assert heard.args == ["history", "trash_days", 17]


def test_another_look_moves_no_row(page: SettingsPage, qtbot: QtBot) -> None:
    rows = [row for section in page.sections.values() for row in section.rows.values()]
    before, heights = page.body, [row.sizeHint().height() for row in rows]
    page.set_theme(load_theme(Appearance.DARK, 100, system_dark=False))
    retheme(page, page.theme)
    assert page.body is before
    assert [row.sizeHint().height() for row in rows] == heights


def test_keys_are_taken_by_pressing_them_and_refused_in_words(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("settings")
    page = window.settings_page
    row = page.row("desktop", "quick_keys")
    (button,) = row.editor.widgets
    assert isinstance(button, KeyButton)

    def press(key: Qt.Key, *held: Qt.KeyboardModifier) -> None:
        button.click()
        assert button.listens
        modifiers = Qt.KeyboardModifier.NoModifier
        for each in held:
            modifiers |= each
        QTest.keyClick(button, key, modifiers)

    with qtbot.waitSignal(page.setting_changed) as changed:
        press(Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier)
    assert changed.args == ["desktop", "quick_keys", "Ctrl+Alt+Space"]
    assert row.note.isHidden()
    with qtbot.assertNotEmitted(page.setting_changed):
        press(Qt.Key.Key_A)
        assert "could no longer be typed" in row.note.text()
        press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        assert row.note.text() == "Ctrl+N is already used by “New chat”."
    page.say("desktop", "quick_keys", "Another program uses these keys.")
    assert row.note.text() == "Another program uses these keys."
    press(Qt.Key.Key_A)
    assert "could no longer be typed" in row.note.text()
    page.say("desktop", "quick_keys", "")
    assert row.note.isHidden()


def test_the_way_to_the_hardware_goes_on_in_another_text_size(page: SettingsPage, qtbot: QtBot) -> None:
    before = page.hardware_card
    page.go_to_hardware()
    retheme(page, load_theme(Appearance.LIGHT, 125, system_dark=False))
    QCoreApplication.processEvents()  # lays out, then makes all cards anew
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    card, bar = page.hardware_card, page.verticalScrollBar()
    assert card is not None
    assert card is not before
    body = page.body
    assert body is not None
    qtbot.waitUntil(lambda: 0 < bar.value() == min(card.mapTo(body, QPoint()).y(), bar.maximum()))


def test_a_section_that_is_chosen_stands_at_the_top_with_nothing_of_the_one_above(
    page: SettingsPage, qtbot: QtBot
) -> None:
    folders = page.sections["folders"]
    menu = QMenu(page)
    page._list_sections(menu)
    next(action for action in menu.actions() if action.text() == folders.heading).trigger()
    qtbot.waitUntil(lambda: folders.mapTo(page.viewport(), QPoint()).y() == 0)  # the focus alone scrolls, too


@pytest.mark.parametrize("turns", [0, 1])
def test_the_way_to_the_hardware_ends_where_the_page_is_left(page: SettingsPage, qtbot: QtBot, turns: int) -> None:
    for go in (page.go_to_hardware, page.go_to_lock):
        page.show()
        go()
        for _ in range(turns):
            QCoreApplication.processEvents()
        page.hide()
        for _part in page.let_go_in_parts():
            pass
        for _ in range(3):  # what was begun comes before
            turned: list[bool] = []
            QTimer.singleShot(0, page, partial(turned.append, True))
            qtbot.waitUntil(partial(bool, turned))
        assert page.body is None


@pytest.fixture
def new_page(qtbot: QtBot, theme: Theme) -> SettingsPage:
    """A page that was not shown yet."""
    made = SettingsPage(theme)
    qtbot.addWidget(made)
    made.resize(900, 700)
    return made


def made_so_far(page: SettingsPage) -> int:
    """How many sections there are, without asking for more."""
    return len(page._sections)


def test_the_page_comes_one_section_in_a_turn_and_tells_when_all_are_there(
    qtbot: QtBot, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[int] = []
    say = SettingsPage._say_shown
    monkeypatch.setattr(SettingsPage, "_say_shown", lambda page: (turns.append(made_so_far(page)), say(page)))
    page = SettingsPage(theme)
    qtbot.addWidget(page)
    page.resize(900, 700)
    told: list[int] = []
    page.shown.connect(lambda: told.append(made_so_far(page)))
    page.show()
    assert made_so_far(page) == 0
    qtbot.waitUntil(lambda: bool(told))
    assert told == [len(SECTIONS)]
    assert [after - before for before, after in pairwise(turns) if after > before] == [1] * len(SECTIONS)
    assert all(row.isVisible() for section in page.sections.values() for row in section.rows.values())


def test_whoever_asks_for_a_part_has_all_of_the_page(new_page: SettingsPage) -> None:
    assert new_page.about_card is None
    told: list[int] = []
    new_page.shown.connect(lambda: told.append(made_so_far(new_page)))
    new_page.show()
    assert new_page.about_card is not None
    assert told == [len(SECTIONS)]


def test_a_page_that_is_left_meanwhile_goes_on_when_it_is_shown_again(new_page: SettingsPage, qtbot: QtBot) -> None:
    told: list[int] = []
    new_page.shown.connect(lambda: told.append(made_so_far(new_page)))
    new_page.show()
    new_page.hide()
    new_page.set_settings(Settings(engine=EngineSettings(threads=3)))
    QCoreApplication.processEvents()
    assert made_so_far(new_page) == 0
    new_page.show()
    qtbot.waitUntil(lambda: bool(told))
    assert len(told) == 1
    assert [row.spec.name for row in new_page.findChildren(FieldRow) if row.differs] == ["threads"]


def test_words_that_are_searched_for_meanwhile_are_found(new_page: SettingsPage) -> None:
    new_page.show()
    assert new_page.search is not None
    new_page.search.setText("threads")
    assert new_page.row("engine", "threads").isVisible()
    assert not new_page.row("appearance", "theme").isVisible()


def test_a_page_that_goes_on_where_it_was_left_is_there_at_once(page: SettingsPage, qtbot: QtBot) -> None:
    page.ensure_built()
    bar = page.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 900)
    bar.setValue(900)
    page.hide()
    for _part in page.let_go_in_parts():
        pass
    page.show()
    assert made_so_far(page) == len(SECTIONS)
    assert bar.value() == 900


def test_lists_and_lines_of_text_are_as_high_as_each_other(page: SettingsPage) -> None:
    rows = (("appearance", "theme"), ("reading", "font"), ("network", "mirror"), ("spelling", "languages"))
    controls = [page.row(section, name).editor.widgets[0] for section, name in rows]
    QApplication.processEvents()
    assert {control.height() for control in controls} == {page.theme.px(36)}
    assert {control.font().pixelSize() for control in controls} == {page.theme.px(page.theme.tokens.type.body)}
    assert controls[2].width() >= page.theme.px(240)
