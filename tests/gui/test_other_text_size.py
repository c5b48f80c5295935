"""A window whose text gets another size looks like one that was made with it."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLayout, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.sampling import Sampling
from desktop_app.gui.look.theme import load_theme
from desktop_app.gui.panel.sampling.chain_list import ChainList
from desktop_app.gui.panel.sampling.form_row import FormRow
from desktop_app.gui.panel.sampling.line_row import LineRow
from desktop_app.gui.panel.sampling.parameter_row import ParameterRow
from desktop_app.gui.panel.sampling.tab import ALL_GROUPS
from desktop_app.gui.panel.sampling.word_list import WeightRow, WordEntry, WordList, WordWeights
from desktop_app.gui.widgets.controls import Button
from desktop_app.gui.widgets.text_box import TextBox
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Appearance

NewWindow = Callable[..., MainWindow]
ROWS = (ChainList, FormRow, LineRow, ParameterRow, WeightRow, WordEntry, WordList, WordWeights)


@pytest.fixture
def both(new_window: NewWindow) -> Iterator[tuple[MainWindow, MainWindow]]:
    """A window at 200 %, and one that came there from 100 %."""
    changed = new_window(900, 900, 100)
    box = TextBox(changed.theme, "A box", 3, parent=changed.panel)
    box.show()
    changed.set_theme(load_theme(Appearance.LIGHT, 200, system_dark=False))
    made = new_window(900, 900, 200)
    other = TextBox(made.theme, "A box", 3, parent=made.panel)
    other.show()
    yield changed, made
    changed.set_theme(load_theme(Appearance.LIGHT, 100, system_dark=False))


def test_send_has_room_for_its_word(both: tuple[MainWindow, MainWindow]) -> None:
    changed, made = both
    assert changed.composer.send.minimumWidth() == made.composer.send.minimumWidth()


def test_what_stands_in_empty_fields_is_as_large_as_what_is_typed(both: tuple[MainWindow, MainWindow]) -> None:
    for window in both:
        fields = [window.composer.field, *window.panel.findChildren(TextBox)]
        assert len(fields) > 1
        for field in fields:
            assert _placeholder_size(field) == field.font().pixelSize() >= 24


def _placeholder_size(field: QPlainTextEdit) -> int:
    return field.viewport().font().pixelSize()


def test_the_context_is_told_beside_the_chat_alone(new_window: NewWindow) -> None:
    window = new_window(420, 700)
    window.show_page("models")
    window.top_bar.set_context(3200, 8192)  # a model was loaded meanwhile
    assert not window.top_bar.context.isVisible()
    window.show_page("chat")
    assert window.top_bar.context.isVisible()


def test_what_has_the_keyboard_on_a_page_keeps_it(new_window: NewWindow, qtbot: QtBot) -> None:
    window = new_window(900, 900)
    window.activateWindow()
    qtbot.waitActive(window)
    for name in ("first_run", "settings"):
        window.show_page(name)
        page = window.pages.currentWidget()
        page.ensure_built()
        controls = [each for each in page.body.findChildren(Button) if each.isVisible() and each.isEnabled()]
        controls[1].setFocus()
        said, before = controls[1].accessibleName() or controls[1].text(), page.body
        window.set_theme(load_theme(Appearance.LIGHT, 150, system_dark=False))
        qtbot.waitUntil(lambda page=page, before=before: page.body is not before)
        focused = window.focusWidget()
        assert isinstance(focused, Button)
        assert page.body.isAncestorOf(focused)
        assert (focused.accessibleName() or focused.text()) == said
        window.set_theme(load_theme(Appearance.LIGHT, 100, system_dark=False))


def test_the_tabs_of_the_panel_are_as_high_as_before_when_their_size_is(new_window: NewWindow, qtbot: QtBot) -> None:
    """In between the panel has no room beside the chat, and hears of the size before its tabs do."""
    tabs = new_window(1360, 860).panel.tabs
    window, before = tabs.window(), tabs.sizeHint()
    assert isinstance(window, MainWindow)
    qtbot.waitUntil(lambda: tabs.height() == before.height())
    for text_size in (150, 100):
        window.set_theme(load_theme(Appearance.LIGHT, text_size, system_dark=False))
    assert tabs.sizeHint() == before
    qtbot.waitUntil(lambda: tabs.height() == before.height())


def test_the_rows_of_the_sampling_tab_have_the_margins_of_their_size(new_window: NewWindow) -> None:
    """The sliders ended beside the values above them."""
    spaces = []
    for text_sizes in ((100, 200), (200,)):
        window = new_window(2400, 900, text_sizes[0])
        tab = window.panel.sampling_tab
        tab.set_sampling(Sampling(logit_bias={"sea": 5.0}))
        tab.open((ALL_GROUPS,))
        tab.open((ALL_GROUPS, *tab.groups.sections))
        for text_size in text_sizes[1:]:
            window.set_theme(load_theme(Appearance.LIGHT, text_size, system_dark=False))
        layouts = [layout for row in tab.findChildren(QWidget) if isinstance(row, ROWS) for layout in _layouts(row)]
        spaces.append([(layout.contentsMargins(), layout.spacing()) for layout in layouts])
    assert spaces[0] == spaces[1]
    assert {type(row) for row in tab.findChildren(QWidget) if isinstance(row, ROWS)} == set(ROWS)
    window.set_theme(load_theme(Appearance.LIGHT, 100, system_dark=False))


def test_the_steps_of_the_chain_stand_as_close_as_before_when_their_size_is(
    new_window: NewWindow, qtbot: QtBot
) -> None:
    """They fill their list, of which the last would be out of sight else."""
    window = new_window(2400, 900)
    tab = window.panel.sampling_tab
    tab.open((ALL_GROUPS,))
    tab.open((ALL_GROUPS, *tab.groups.sections))
    view = tab.groups.chain.view
    for text_size in (100, 150, 100):
        window.set_theme(load_theme(Appearance.LIGHT, text_size, system_dark=False))
        qtbot.waitUntil(lambda: view.visualItemRect(view.item(view.count() - 1)).bottom() in _end_of(view))


def _end_of(view: QWidget) -> range:
    return range(view.height() - 4, view.height())


def test_a_question_is_in_sight_from_its_begin_when_its_size_is_the_one_before(
    new_window: NewWindow, qtbot: QtBot
) -> None:
    window = new_window(1360, 860)
    field = window.composer.field
    field.setPlainText("One line.\nAnd another one.")
    field.moveCursor(QTextCursor.MoveOperation.End)
    for text_size in (150, 100):
        window.set_theme(load_theme(Appearance.LIGHT, text_size, system_dark=False))
        qtbot.waitUntil(lambda: field.height() == 2 * field.pitch)
        qtbot.waitUntil(lambda: field.verticalScrollBar().value() == 0)


def _layouts(row: QWidget) -> list[QLayout]:
    outer = row.layout()
    assert outer is not None
    return [outer, *outer.findChildren(QLayout)]


def test_a_page_stays_where_it_was_scrolled_to(new_window: NewWindow, qtbot: QtBot) -> None:
    """Whatever of it has the keyboard, be that out of sight."""
    window = new_window(900, 900)
    window.activateWindow()
    qtbot.waitActive(window)
    window.show_page("settings")
    page = window.settings_page
    page.ensure_built()
    bar = page.verticalScrollBar()
    page.begin_search()
    assert window.focusWidget() is page.search
    qtbot.waitUntil(lambda: bar.maximum() > 400)
    bar.setValue(400)
    for text_size, place in ((150, 600), (100, 400)):
        window.set_theme(load_theme(Appearance.LIGHT, text_size, system_dark=False))
        assert bar.value() == place
    assert window.focusWidget() is page.search
