"""What the command palette finds beside commands: settings, by their names and by what they offer."""

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.gui.commands.palette_finder import PaletteFinder
from desktop_app.gui.forms.field_row import FieldRow
from desktop_app.gui.window.main_window import MainWindow


@pytest.fixture
def finder(window: MainWindow) -> PaletteFinder:
    return PaletteFinder(
        window,
        models=tuple,
        texts=tuple,
        open_chat=lambda _id: None,
        open_text=lambda _id: None,
        choose_model=lambda _path: None,
        begin_in=lambda _id: None,
    )


@pytest.mark.parametrize(
    ("typed", "first"),
    [("dark", "Theme"), ("text si", "Text size"), ("as wide window", "Width of the text"), ("français", "Language")],
)
def test_settings_are_found_by_their_names_and_by_what_they_offer(
    finder: PaletteFinder, typed: str, first: str
) -> None:
    found = finder.find(typed)
    assert (found[0].name, found[0].about) == (first, "Setting")


def test_a_setting_that_is_called_so_comes_before_those_that_speak_of_it(finder: PaletteFinder) -> None:
    names = [choice.name for choice in finder.find("font")]
    assert names[0] == "Font"


def test_a_setting_that_is_chosen_is_shown_once_all_are_made(
    finder: PaletteFinder, window: MainWindow, qtbot: QtBot
) -> None:
    window.show()
    page = window.settings_page
    for _again in range(2):  # the second time all of them are there
        finder.find("dark")[0].run()
        qtbot.waitUntil(lambda: page.search is not None and page.search.text() == "Theme")
        rows = [row.spec.title for row in page.findChildren(FieldRow) if row.isVisible()]
        assert "Theme" in rows
        assert len(rows) < 10
        assert page.search.hasFocus() or not window.isActiveWindow()
        window.show_page("chat")


def test_nothing_is_made_of_what_no_setting_says(finder: PaletteFinder) -> None:
    assert finder.find("zyzzyva") == []
