"""The sidebar: its list, search, renaming and menus."""

from collections.abc import Callable
from datetime import datetime
from time import thread_time
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import Role
from desktop_app.domain.search import Hit, SearchFilter, Snippet
from desktop_app.domain.shelf import LONGEST_TAG_NAME, Tag
from desktop_app.gui.look.lines import line_pitch
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.sidebar.hit_painter import hit_height
from desktop_app.gui.sidebar.list_bar import View
from desktop_app.gui.sidebar.sidebar import Sidebar
from desktop_app.gui.sidebar.titles import PER_TURN
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Appearance
from tests.counting import calls
from tests.gui.conftest import TODAY, chat, some_chats
from tests.screens.geometry import flaws


@pytest.fixture
def sidebar(host: QWidget, theme: Theme) -> Sidebar:
    made = Sidebar(theme, host)
    made.resize(264, 700)
    made.set_chats(some_chats(), TODAY)
    made.show()
    return made


def test_nothing_is_said_of_chats_that_are_still_being_read(host: QWidget, theme: Theme) -> None:
    sidebar = Sidebar(theme, host)
    sidebar.show()
    assert not sidebar.empty.isVisible()
    sidebar.set_chats((), TODAY)
    assert sidebar.empty.isVisible()


def place_of(sidebar: Sidebar, chat_id: str) -> QPoint:
    return sidebar.list.visualRect(sidebar.list.rows.index_of(chat_id)).center()


def editor_of(sidebar: Sidebar) -> QLineEdit:
    editors = [edit for edit in sidebar.list.viewport().findChildren(QLineEdit) if edit.isVisible()]
    assert len(editors) == 1
    return editors[0]


def test_an_empty_list_says_what_will_be_there(sidebar: Sidebar) -> None:
    sidebar.set_chats([], TODAY)
    assert sidebar.empty.isVisible()
    assert sidebar.empty.text() == "Your chats will be listed here."
    assert sidebar.empty.isVisible()
    assert not sidebar.list.isVisible()


def test_a_click_opens_a_chat(sidebar: Sidebar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(sidebar.chat_chosen) as chosen:
        QTest.mouseClick(sidebar.list.viewport(), Qt.MouseButton.LeftButton, pos=place_of(sidebar, "lease"))
    assert chosen.args == ["lease"]


def test_enter_opens_the_chat_that_the_arrows_reached(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.set_current("lamp")
    QTest.keyClick(sidebar.list, Qt.Key.Key_Down)
    with qtbot.waitSignal(sidebar.chat_chosen) as chosen:
        QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
    assert chosen.args == ["lease"]  # the heading between them was skipped


def test_the_search_filters_and_enter_opens_the_first(sidebar: Sidebar, qtbot: QtBot) -> None:
    QTest.keyClicks(sidebar.search, "OVE")
    assert sidebar.list.rows.rowCount() == 2
    with qtbot.waitSignal(sidebar.chat_chosen) as chosen:
        QTest.keyClick(sidebar.search, Qt.Key.Key_Return)
    assert chosen.args == ["oven"]
    QTest.keyClicks(sidebar.search, "xyz")
    assert not sidebar.empty.isVisible()  # the messages were not looked through yet
    sidebar.set_found([], 1.0)
    assert sidebar.empty.isVisible()
    assert sidebar.empty.text() == "Nothing was found."
    QTest.keyClick(sidebar.search, Qt.Key.Key_Escape)
    assert sidebar.list.isVisible()


def test_renaming_in_place(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.set_current("lamp")
    sidebar.rename_current()
    editor = editor_of(sidebar)
    assert editor.text() == "Lamp"
    editor.setText("  A   better name ")
    with qtbot.waitSignal(sidebar.rename_requested) as renamed:
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert renamed.args == ["lamp", "A better name"]


def test_what_an_empty_list_says_lines_up_with_what_is_above_and_below_it(
    new_window: Callable[..., MainWindow], text_size: int
) -> None:
    window = new_window(1360, 860, text_size)  # at 150 % the margins are higher than a label that was just made
    window.sidebar.bar.choose_view(View.ARCHIVE)
    QApplication.processEvents()
    sidebar = window.sidebar
    px = sidebar.theme.px
    words = sidebar.empty.mapTo(sidebar, sidebar.empty.contentsRect().topLeft())
    assert words.x() == sidebar.unfilter.mapTo(sidebar, QPoint()).x() == px(12) + px(8)
    assert sidebar.empty.contentsMargins().bottom() == px(12)


def test_the_keyboard_goes_to_what_leads_out_of_an_empty_place_and_back_into_the_list(
    window: MainWindow, qtbot: QtBot
) -> None:
    sidebar = window.sidebar
    window.activateWindow()
    qtbot.waitActive(window)
    sidebar.list.setFocus()
    sidebar.show_view(View.ARCHIVE)
    qtbot.waitUntil(sidebar.unfilter.hasFocus)
    QTest.keyClick(sidebar.unfilter, Qt.Key.Key_Space)
    assert sidebar.bar.view is View.CHATS
    qtbot.waitUntil(sidebar.list.hasFocus)
    sidebar.show_view(View.TRASH)  # nothing is there yet
    sidebar.set_trash([chat("old")], 30)
    qtbot.waitUntil(sidebar.list.hasFocus)


def test_escape_and_an_empty_name_rename_nothing(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.set_current("lamp")
    with qtbot.assertNotEmitted(sidebar.rename_requested):
        QTest.keyClick(sidebar.list, Qt.Key.Key_F2)
        editor = editor_of(sidebar)
        editor.setText("Other")
        QTest.keyClick(editor, Qt.Key.Key_Escape)
        sidebar.rename_current()
        editor = editor_of(sidebar)
        editor.setText("   ")
        QTest.keyClick(editor, Qt.Key.Key_Return)


def test_the_menu_offers_what_fits_the_chat(sidebar: Sidebar, qtbot: QtBot) -> None:
    lamp, thesis = some_chats()[1], some_chats()[3]
    menu = sidebar.list.menu_for(lamp)
    qtbot.addWidget(menu)
    assert [action.text() for action in menu.actions() if action.text()] == [
        "Rename",
        "Pin",
        "Move to folder",
        "Tags",
        "Open in a new window",
        "Show on the map",
        "Duplicate",
        "Export…",
        "Archive",
        "Delete",
    ]
    with qtbot.waitSignal(sidebar.list.wishes.pinned) as pinned:
        menu.actions()[1].trigger()
    assert pinned.args == [["lamp"], True]
    menu = sidebar.list.menu_for(thesis)
    qtbot.addWidget(menu)
    assert menu.actions()[1].text() == "Unpin"
    with qtbot.waitSignal(sidebar.list.wishes.pinned) as pinned:
        menu.actions()[1].trigger()
    assert pinned.args == [["thesis"], False]


def test_the_delete_key_deletes(sidebar: Sidebar, qtbot: QtBot) -> None:
    sidebar.set_current("lamp")
    with qtbot.waitSignal(sidebar.list.wishes.deleted) as deleted:
        QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
    assert deleted.args == [["lamp"]]


def test_pages_are_asked_for_and_marked(sidebar: Sidebar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(sidebar.page_requested) as asked:
        sidebar.settings.click()
    assert asked.args == ["settings"]
    sidebar.set_page("models")
    assert sidebar.models.isChecked()
    assert not sidebar.settings.isChecked()


def test_a_page_alone_is_marked_while_it_hides_the_open_chat(sidebar: Sidebar) -> None:
    sidebar.set_current("lamp")
    area = sidebar.list.visualRect(sidebar.list.rows.index_of("lamp"))

    def ground() -> QColor:
        return sidebar.list.viewport().grab(area).toImage().pixelColor(area.width() // 2, 3)

    colors = sidebar.theme.colors
    assert ground() == colors.selected
    sidebar.set_page("models")
    assert ground() == colors.hover
    for page in ("compare", "chat"):  # parts of the open chat are the open chat
        sidebar.set_page(page)
        assert ground() == colors.selected


def test_the_open_chat_stays_marked_when_the_list_changes(sidebar: Sidebar) -> None:
    sidebar.set_current("oven")
    sidebar.set_chats([chat("new"), *some_chats()], TODAY)
    index = sidebar.list.currentIndex()
    shown = sidebar.list.rows.chat(index)
    assert shown is not None
    assert shown.id == "oven"
    assert sidebar.list.is_open(index)


def test_a_new_title_alone_does_not_reset_the_list(sidebar: Sidebar, qtbot: QtBot) -> None:
    changed = [chat(kept.id, title="Renamed") if kept.id == "lamp" else kept for kept in some_chats()]
    with qtbot.assertNotEmitted(sidebar.list.rows.modelReset), qtbot.waitSignal(sidebar.list.rows.dataChanged):
        sidebar.set_chats(changed, TODAY)
    assert sidebar.list.rows.index_of("lamp").data() == "Renamed"


def test_a_line_that_is_not_seen_costs_no_python_when_the_list_is_laid_out(sidebar: Sidebar) -> None:
    sidebar.set_chats([chat(f"c{number}", number / 20) for number in range(5000)], TODAY)
    assert calls(sidebar.list.doItemsLayout) < 500


def test_thousands_of_chats_paint_only_what_is_seen(sidebar: Sidebar, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [chat(f"c{number}", number / 20) for number in range(5000)]
    began = thread_time()
    sidebar.set_chats(many, TODAY)
    sidebar.set_current("c4900")
    print(f"5,000 chats listed in {1000 * (thread_time() - began):.0f} ms of thread time")
    painted: list[int] = []
    delegate = sidebar.list.itemDelegate()
    paint = delegate.paint

    def counted(*given: Any) -> None:
        painted.append(1)
        paint(*given)

    monkeypatch.setattr(delegate, "paint", counted, raising=False)
    sidebar.list.viewport().repaint()
    assert len(painted) < 60
    assert sidebar.list.visualRect(sidebar.list.rows.index_of("c4900")).intersects(sidebar.list.viewport().rect())


def test_the_shortcut_reaches_the_search_from_the_composer(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    window.composer.focus()
    qtbot.waitUntil(lambda: window.composer.field.hasFocus())
    QTest.keyClick(window.composer.field, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.sidebar.search.hasFocus()


def test_the_title_can_be_renamed_with_a_double_click(new_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    bar = new_window().top_bar
    QTest.mouseDClick(bar.title, Qt.MouseButton.LeftButton)
    assert bar.title.field.isVisible()
    bar.title.field.setText("Lamp in Morse")
    with qtbot.waitSignal(bar.title_edited) as edited:
        QTest.keyClick(bar.title.field, Qt.Key.Key_Return)
    assert edited.args == ["Lamp in Morse"]
    assert bar.title.label.isVisible()


def hit(number: int, text: str, title: str = "A chat") -> Hit:
    return Hit(sequence=number, message_id=f"m{number}", chat_id=f"c{number}", title=title, role=Role.ASSISTANT,
               created_at=0.0, model="Qwen3 8B", snippet=Snippet(text, ((0, 3),)))  # fmt: skip


def test_found_messages_come_below_titles_and_can_be_chosen(sidebar: Sidebar, qtbot: QtBot) -> None:
    QTest.keyClicks(sidebar.search, "ove")
    sidebar.set_found([hit(1, "over the sea"), hit(2, "overt")], 1.0)
    rows = sidebar.list.rows
    texts = [str(rows.index(place).data()) for place in range(rows.rowCount())]
    assert texts[:3] == ["Titles", "Oven", "Messages"]
    assert texts[3] == "over the sea, in “A chat”, by Qwen3 8B"
    with qtbot.waitSignal(sidebar.hit_chosen) as chosen:
        QTest.mouseClick(sidebar.list.viewport(), Qt.MouseButton.LeftButton, pos=place_of(sidebar, "hit m2"))
    assert chosen.args == [hit(2, "overt"), "ove"]


def test_many_titles_leave_room_for_messages_until_all_are_wanted(sidebar: Sidebar) -> None:
    sidebar.set_chats([chat(f"boat{number}", number) for number in range(20)], TODAY)
    QTest.keyClicks(sidebar.search, "boat")
    assert sidebar.list.rows.rowCount() == 1 + 6 + 1
    sidebar.list.setCurrentIndex(sidebar.list.rows.index(6))
    QTest.keyClick(sidebar.list, Qt.Key.Key_Down)
    assert sidebar.list.currentIndex().data() == "Show 14 more chats"
    QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
    assert sidebar.list.rows.rowCount() == 1 + 20


def test_titles_are_folded_before_somebody_searches_and_only_once(sidebar: Sidebar, qtbot: QtBot) -> None:
    many = [chat(f"c{number}", title=f"Straße {number}") for number in range(5 * PER_TURN)]
    before = sidebar.chats.titles.folded
    sidebar.set_chats(many, TODAY)
    assert not sidebar.chats.titles.is_ready
    qtbot.waitUntil(lambda: sidebar.chats.titles.is_ready)
    assert sidebar.chats.titles.folded == before + len(many)
    assert [found.id for found in sidebar.chats.titled("strasse 4321")] == ["c4321"]
    many[4321] = chat("c4321", title="A new name")
    sidebar.set_chats(many, TODAY)
    assert [found.id for found in sidebar.chats.titled("new name")] == ["c4321"]
    assert sidebar.chats.titled("strasse 4321") == []
    assert sidebar.chats.titles.folded == before + len(many) + 1
    sidebar.set_chats(many[:10], TODAY)
    assert len(sidebar.chats.titled("strasse")) == 10


def test_each_key_and_filter_asks_and_leaving_tells(sidebar: Sidebar) -> None:
    asked: list[tuple[str | None, SearchFilter]] = []
    sidebar.search_changed.connect(lambda typed, wanted: asked.append((typed, wanted)))
    QTest.keyClicks(sidebar.search, "ab ")
    sidebar.filters.choose_role(Role.USER)
    sidebar.search.clear()
    usual, user = SearchFilter(), SearchFilter(role=Role.USER)
    assert asked == [("a", usual), ("ab", usual), ("ab ", usual), ("ab ", user), (None, user)]


def test_what_was_found_stays_until_there_is_more_to_show(sidebar: Sidebar) -> None:
    QTest.keyClicks(sidebar.search, "x")
    sidebar.set_found([hit(1, "xyz")], 0.4)
    assert sidebar.status.isVisible()
    assert "40 %" in sidebar.status.text()
    QTest.keyClicks(sidebar.search, "y")
    assert sidebar.list.rows.rowCount() == 2
    sidebar.set_found([], 1.0)
    assert not sidebar.status.isVisible()
    assert sidebar.empty.isVisible()
    assert not sidebar.unfilter.isVisible()
    sidebar.filters.choose_model("Qwen3 8B")
    sidebar.set_found([], 1.0)
    QTest.mouseClick(sidebar.unfilter, Qt.MouseButton.LeftButton)
    assert not sidebar.filters.is_set


def test_the_days_of_a_filter_are_local_ones(sidebar: Sidebar) -> None:
    sidebar.filters.choose_days(TODAY, TODAY, "one day")
    chosen = sidebar.filters.chosen()
    assert chosen.since is not None
    assert chosen.until is not None
    assert datetime.fromtimestamp(chosen.since).astimezone().hour == 0
    assert 23 * 3600 <= chosen.until - chosen.since <= 25 * 3600


@pytest.mark.parametrize("text_size", [100, 150])
def test_a_hit_has_the_lines_of_all_other_texts(qapp: QApplication, text_size: int) -> None:
    del qapp
    theme = load_theme(Appearance.LIGHT, text_size, system_dark=False)
    pitches = [line_pitch(theme, theme.font(role)) for role in ("label", "small", "small", "tiny")]
    assert hit_height(theme, names_writer=True) == sum(pitches) + 2 * theme.px(8)


def test_painted_hits_fit_any_text(sidebar: Sidebar) -> None:
    QTest.keyClicks(sidebar.search, "x")
    texts = ["👍👍👍 xyz", "x" * 300, "", "中文" * 100, "x\u0301 y"]
    sidebar.set_found([hit(number, text, title=text) for number, text in enumerate(texts) if len(text) > 3], 1.0)
    assert not sidebar.list.grab().isNull()


@pytest.mark.parametrize("view", [View.ARCHIVE, View.TRASH])
def test_a_list_of_nothing_has_a_way_back(view: View, sidebar: Sidebar) -> None:
    assert not sidebar.unfilter.isVisible()
    sidebar.bar.choose_view(view)
    sidebar.set_trash([], 30)
    assert sidebar.unfilter.isVisible()
    assert sidebar.unfilter.text() == "Back to the chats"
    sidebar.unfilter.click()
    assert sidebar.bar.view is View.CHATS
    assert not sidebar.unfilter.isVisible()
    assert sidebar.list.isVisible()


def test_what_is_listed_and_how_has_room_beside_each_other_however_wide_the_words_are(sidebar: Sidebar) -> None:
    tag = Tag(id="t", name="W" * LONGEST_TAG_NAME)
    sidebar.bar.set_tags((tag,))
    sidebar.bar.choose_view(View.CHATS, tag)
    QApplication.processEvents()
    bar = sidebar.bar
    assert bar.views.width() < bar.views.sizeHint().width()
    assert flaws(bar) == []
    assert bar.sorts.width() > 2 * bar.sorts.height()
