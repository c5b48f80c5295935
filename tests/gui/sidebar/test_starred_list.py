"""The list of messages with a star in the sidebar: the ways to it, what it says, and the ways out of it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.search import SearchFilter
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.sidebar.list_bar import View
from desktop_app.gui.sidebar.sidebar import Sidebar
from tests.gui.conftest import TODAY, some_chats
from tests.gui.sidebar.test_sidebar import hit

STARRED = SearchFilter(starred=True)


@pytest.fixture
def sidebar(host: QWidget, theme: Theme) -> Sidebar:
    made = Sidebar(theme, host)
    made.resize(264, 700)
    made.set_chats(some_chats(), TODAY)
    made.show()
    return made


@pytest.fixture
def asked(sidebar: Sidebar) -> list[tuple]:
    told: list[tuple] = []
    sidebar.search_changed.connect(lambda *given: told.append(given))
    return told


def texts(sidebar: Sidebar) -> list[str]:
    rows = sidebar.list.rows
    return [str(rows.index(place).data()) for place in range(rows.rowCount())]


def test_the_menu_of_what_is_listed_leads_there(sidebar: Sidebar, asked: list[tuple], qtbot: QtBot) -> None:
    menu: QMenu = sidebar.bar.views.menu_now()
    qtbot.addWidget(menu)
    next(action for action in menu.actions() if action.text() == "Starred messages").trigger()
    assert asked[-1] == ("", STARRED)
    sidebar.set_found([hit(1, "over the sea")], 1.0)
    assert texts(sidebar) == ["Messages", "over the sea, in “A chat”, by Qwen3 8B"]
    assert sidebar.filters.isVisible()
    assert not sidebar.bar.isVisible()
    assert sidebar.bar.view is View.CHATS
    with qtbot.waitSignal(sidebar.hit_chosen) as chosen:
        sidebar.list.choose_first()
    assert chosen.args[1] == ""


def test_words_look_through_them_and_escape_leaves_step_by_step(sidebar: Sidebar, asked: list[tuple]) -> None:
    sidebar.show_starred()
    sidebar.search.setFocus()
    QTest.keyClicks(sidebar.search, "ove")
    assert asked[-1] == ("ove", STARRED)
    sidebar.set_found([], 1.0)
    assert texts(sidebar) == []  # a title has no star
    assert sidebar.empty.text() == "Nothing was found."
    assert sidebar.unfilter.text() == "Search without filters"
    QTest.keyClick(sidebar.search, Qt.Key.Key_Escape)
    assert asked[-1] == ("", STARRED)
    QTest.keyClick(sidebar.search, Qt.Key.Key_Escape)
    assert asked[-1] == (None, SearchFilter())
    assert len(texts(sidebar)) > 3
    assert not sidebar.search.takes_escape  # it stops an answer again


def test_escape_in_the_list_leads_out(sidebar: Sidebar, asked: list[tuple]) -> None:
    sidebar.show_starred()
    sidebar.set_found([hit(1, "over the sea")], 1.0)
    QTest.keyClick(sidebar.list, Qt.Key.Key_Escape)
    assert asked[-1] == (None, SearchFilter())


def test_without_any_it_says_how_to_get_one(sidebar: Sidebar, asked: list[tuple]) -> None:
    sidebar.show_starred()
    assert not sidebar.empty.isVisible()  # nobody knows yet
    sidebar.set_found([], 1.0)
    assert sidebar.empty.text() == "No message is starred. The star is below each message."
    assert sidebar.unfilter.text() == "Back to the chats"
    sidebar.unfilter.click()
    assert asked[-1] == (None, SearchFilter())
    assert len(texts(sidebar)) > 3


def test_the_star_among_the_filters_is_one_of_them(sidebar: Sidebar, asked: list[tuple]) -> None:
    QTest.keyClicks(sidebar.search, "o")
    assert "Oven" in texts(sidebar)
    assert sidebar.filters.star.accessibleName() == "Only starred messages"
    QTest.keyClick(sidebar.filters.star, Qt.Key.Key_Space)
    assert asked[-1] == ("o", STARRED)
    assert "Oven" not in texts(sidebar)
    assert sidebar.filters.star.accessibleName() == "All messages"
    sidebar.filters.star.click()
    assert asked[-1] == ("o", SearchFilter())
    assert "Oven" in texts(sidebar)


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_star_has_its_place_beside_the_filters(sidebar: Sidebar, mirrored: bool) -> None:
    sidebar.setLayoutDirection(Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight)
    sidebar.show_starred()
    filters = sidebar.filters
    filters.layout().activate()
    buttons = (filters.model, filters.time, filters.role, filters.place, filters.star)
    assert all(filters.rect().contains(button.geometry()) for button in buttons)
    assert not any(filters.star.geometry().intersects(button.geometry()) for button in buttons[:-1])
    assert (filters.star.x() < filters.time.x()) is mirrored


@pytest.mark.parametrize("view", [View.CHATS, View.ARCHIVE, View.TRASH])
def test_the_commands_of_other_lists_lead_there_from_the_starred_messages(
    sidebar: Sidebar, asked: list[tuple], view: View
) -> None:
    sidebar.show_starred()
    sidebar.set_found([hit(1, "over the sea")], 1.0)
    sidebar.show_view(view)
    assert asked[-1][0] is None
    assert not sidebar.is_search
    assert sidebar.bar.isVisible()
    assert sidebar.bar.view is view
    assert "Messages" not in texts(sidebar)
