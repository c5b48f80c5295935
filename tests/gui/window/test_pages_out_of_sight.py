"""Pages of many cards have no widgets while another look is taken on out of their sight, and are as they were after it."""

from itertools import chain, pairwise

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.personas import Persona
from desktop_app.domain.prompt_templates import PromptTemplate
from desktop_app.gui.forms.field_row import FieldRow
from desktop_app.gui.look.theme import load_theme
from desktop_app.gui.personas.picture import Pictures
from desktop_app.gui.widgets.pages import Page
from desktop_app.gui.widgets.stack import PART
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.gui.window.paged_window import PAGES
from desktop_app.services.writing.personas import LibraryPersona
from desktop_app.services.writing.prompt_library import LibraryTemplate
from desktop_app.settings.schema import Appearance
from desktop_app.support.paths import resources
from tests.gui.conftest import QWEN, STARTER

PICTURE = str(resources() / "personas" / "pictures" / "teacher.svg")
COUNT = 30
LARGE = ("models", "templates", "personas", "settings")
FRAME = 12
"""Widgets that a page has without its content: the viewport, two scroll bars and what holds them."""


@pytest.fixture
def filled(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """The window with all large pages filled, and the chat in sight."""
    window.set_pictures(Pictures(lambda read, then: then(read()), window))
    window.models_page.set_models([STARTER, QWEN], QWEN.path)
    template = PromptTemplate(title="t", body="Do it.", description="About it.")
    window.templates_page.set_templates(
        [
            LibraryTemplate(key=str(number), is_own=True, title=f"t{number}", folder="f", template=template)
            for number in range(COUNT)
        ]
    )
    window.personas_page.show_entries(
        [
            LibraryPersona(key=str(number), is_own=True, name=f"p{number}", picture=PICTURE, persona=Persona(name="p"))
            for number in range(COUNT)
        ]
    )
    for name in LARGE:
        window.show_page(name)
        qtbot.waitUntil(lambda name=name: _is_whole(window, name))
    window.show_page("chat")
    return window


def _page(window: MainWindow, name: str) -> Page:
    page = getattr(window, PAGES[name])
    assert isinstance(page, Page)
    return page


def _is_whole(window: MainWindow, name: str) -> bool:
    counts = {
        "models": lambda: len(window.models_page.local_cards) == 2,
        "templates": lambda: len(window.templates_page.cards) == COUNT,
        "personas": lambda: len(window.personas_page.cards) == COUNT,
        "settings": lambda: bool(window.settings_page.sections),
    }
    return counts[name]()


@pytest.mark.parametrize(("look", "size"), [(Appearance.DARK, 100), (Appearance.LIGHT, 125)])
def test_another_look_touches_no_widget_of_a_large_page_out_of_sight(
    filled: MainWindow, qtbot: QtBot, look: Appearance, size: int
) -> None:
    filled.set_theme(load_theme(look, size, system_dark=False))
    QCoreApplication.processEvents()
    for name in LARGE:
        assert len(_page(filled, name).findChildren(QWidget)) <= FRAME, name
    for name in LARGE:
        filled.show_page(name)
        qtbot.waitUntil(lambda name=name: _is_whole(filled, name))
        assert _page(filled, name).theme is filled.theme


def test_pages_out_of_sight_go_a_part_at_a_time(filled: MainWindow) -> None:
    def count() -> int:
        return len(filled.findChildren(QWidget))

    counts = [count(), *(count() for _part in filled.let_pages_go_in_parts()), count()]
    assert max(before - after for before, after in pairwise(counts)) < 2 * PART
    assert counts[0] - counts[-1] > 8 * PART
    for name in LARGE:
        assert len(_page(filled, name).findChildren(QWidget)) <= FRAME, name


def test_a_page_that_is_shown_while_it_goes_has_all_of_its_content(filled: MainWindow, qtbot: QtBot) -> None:
    parts = filled.let_pages_go_in_parts()
    for page in LARGE:
        while _page(filled, page).body is not None:
            next(parts)
        filled.show_page(page)
        qtbot.waitUntil(lambda page=page: _is_whole(filled, page))
    for _part in parts:
        pass
    QCoreApplication.processEvents()
    assert all(_is_whole(filled, name) for name in LARGE)


def test_the_page_in_sight_keeps_its_widgets_in_other_colours(filled: MainWindow) -> None:
    filled.show_page("templates")
    body = filled.templates_page.body
    filled.set_theme(load_theme(Appearance.DARK, 100, system_dark=False))
    assert filled.templates_page.body is body
    assert filled.personas_page.body is None


def test_what_comes_while_a_page_has_no_widgets_is_shown_with_them(filled: MainWindow, qtbot: QtBot) -> None:
    filled.set_theme(load_theme(Appearance.DARK, 100, system_dark=False))
    filled.models_page.set_models([QWEN], QWEN.path)
    filled.models_page.set_presences({})
    filled.personas_page.show_entries(())
    filled.settings_page.set_settings(filled._settings)
    for name in LARGE:
        filled.show_page(name)
    assert list(filled.models_page.local_cards) == [QWEN.path]
    assert not filled.personas_page.cards
    assert filled.settings_page.row("appearance", "theme").isVisible()


def test_a_page_comes_back_where_it_was_scrolled_to_with_what_was_searched_for(
    filled: MainWindow, qtbot: QtBot
) -> None:
    settings = filled.settings_page
    filled.show_page("settings")
    assert settings.search is not None
    settings.search.setText("font")
    filled.show_page("personas")
    bar = filled.personas_page.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum() // 2)
    place = bar.value()
    filled.show_page("chat")
    filled.set_theme(load_theme(Appearance.DARK, 100, system_dark=False))
    filled.show_page("personas")
    qtbot.waitUntil(lambda: bar.value() == place)
    filled.show_page("settings")
    assert settings.search.text() == "font"
    assert not settings.row("appearance", "theme").isVisible()


def test_the_settings_in_sight_are_made_anew_a_part_at_a_time(filled: MainWindow, qtbot: QtBot) -> None:
    settings = filled.settings_page
    filled.show_page("settings")
    filled.activateWindow()
    qtbot.waitActive(filled)
    field = settings.row("engine", "context_size").findChild(QLineEdit)
    assert field is not None
    field.setFocus()
    bar = settings.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum())
    before = settings.body
    rows = [len(settings.findChildren(FieldRow))]
    look = load_theme(Appearance.LIGHT, 125, system_dark=False)
    for _part in chain(filled.let_pages_go_in_parts(look), filled.set_theme_in_parts(look)):
        rows.append(len(settings.findChildren(FieldRow)))
        QCoreApplication.processEvents()
    rows.append(len(settings.findChildren(FieldRow)))
    assert settings.body is not before
    assert rows[0] == rows[-1]
    assert 0 in rows
    assert max(abs(after - before) for before, after in pairwise(rows)) < rows[0] / 2
    assert filled.focusWidget() is settings.row("engine", "context_size").findChild(QLineEdit)
    assert bar.value() > bar.maximum() / 2
