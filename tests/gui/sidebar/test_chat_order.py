"""The order of the sidebar: folders, sorting, choosing several, dragging, the archive and the trash."""

import time
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Chat
from desktop_app.domain.shelf import Folder, Shelf, Tag, days_left, next_color
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.sidebar.drag import mime_of
from desktop_app.gui.sidebar.groups import Sort, by_title, folded_titles, grouped, in_trash
from desktop_app.gui.sidebar.list_bar import View
from desktop_app.gui.sidebar.pin_place import PinPlace
from desktop_app.gui.sidebar.sidebar import Sidebar
from desktop_app.gui.sidebar.tags_dialog import TagsDialog
from tests.gui.conftest import TODAY, chat, destroy
from tests.gui.sidebar.test_chat_groups import outline as headings

WORK, NOTES, TRAVEL = Folder(id="w", name="Work"), Folder(id="n", name="Notes", parent_id="w"), Folder(id="t", name="T")
RED = Tag(id="r", name="Red", color="bad")
SHELF = Shelf(folders=(NOTES, TRAVEL, WORK), tags=(RED,), tagged={"a": ("r",)})
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def some() -> list[Chat]:
    def within(made: Chat, folder: str) -> Chat:
        return msgspec.structs.replace(made, folder_id=folder)

    return [chat("a"), chat("b", 1), within(chat("c", 2), "w"), within(chat("d", 3), "n"), within(chat("e", 0.1), "gone"),
            chat("f", 200, pinned=True)]  # fmt: skip


def outline(rows: list[Any]) -> list[str]:
    return [
        "  " * row.depth + (f"[{row.folder.name} {row.count}]" if row.folder else row.heading or row.chat.id)
        for row in rows
    ]


def listed(sidebar: Sidebar) -> list[str]:
    rows = sidebar.list.rows
    return outline([rows.row(rows.index(place)) for place in range(rows.rowCount())])


ALL = [
    "Pinned",
    "f",
    "Folders",
    "[T 0]",
    "[Work 2]",
    "  [Notes 1]",
    "    d",
    "  c",
    "Today",
    "a",
    "e",
    "Yesterday",
    "b",
]


@pytest.fixture
def sidebar(host: QWidget, theme: Theme) -> Sidebar:
    made = Sidebar(theme, host)
    made.resize(264, 840)
    made.set_shelf(SHELF)
    made.set_chats(some(), TODAY)
    made.show()
    return made


@pytest.fixture
def wished(sidebar: Sidebar) -> list[tuple]:
    """What was wished, by the names of the signals."""
    told: list[tuple] = []
    wishes = sidebar.list.wishes
    for name in ("moved", "pinned", "archived", "deleted", "restored", "removed", "tagged", "folder_wanted",
                 "folder_renamed", "folder_removed", "begun_in_folder", "start_wanted", "folder_toggled"):  # fmt: skip
        getattr(wishes, name).connect(lambda *given, name=name: told.append((name, *given)))
    return told


def within(action: QAction) -> dict[str, QAction]:
    """Return what the menu of an entry has, by its words."""
    menu = action.menu()
    assert isinstance(menu, QMenu)
    return {each.text(): each for each in menu.actions()}


def click(sidebar: Sidebar, identity: str, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    index = sidebar.list.rows.index_of(identity)
    place = sidebar.list.visualRect(index).center()
    QTest.mouseClick(sidebar.list.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def chosen(sidebar: Sidebar) -> list[str]:
    return [each.id for each in sidebar.list.chosen_chats()]


def key(sidebar: Sidebar, *keys: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    for each in keys:
        QTest.keyClick(sidebar.list, each, modifier)


def at(sidebar: Sidebar, identity: str) -> None:
    sidebar.list.go_to(sidebar.list.rows.index_of(identity))


def current(sidebar: Sidebar) -> str:
    return sidebar.list.rows.row(sidebar.list.currentIndex()).identity


# What is listed


def test_folders_stand_between_pinned_ones_and_days(sidebar: Sidebar) -> None:
    assert listed(sidebar) == ALL
    assert headings(grouped(some(), TODAY))[:2] == ["Pinned", "- f"]


@pytest.mark.parametrize(
    ("sort", "order"), [(Sort.USED, ["b", "c", "a"]), (Sort.CREATED, ["c", "a", "b"]), (Sort.TITLE, ["a", "b", "c"])]
)
def test_sorting(sort: Sort, order: list[str]) -> None:
    chats = [Chat(id=name, title=title, created_at=made, updated_at=used)
             for name, title, made, used in (("a", "Äpfel", 2e9, 1e9), ("b", "birnen", 1e9, 3e9), ("c", "Zimt", 3e9, 2e9))]  # fmt: skip
    rows = grouped(by_title(chats, folded_titles(chats)) if sort is Sort.TITLE else chats, TODAY, sort=sort)
    assert [row.chat.id for row in rows if row.chat is not None] == order


def test_the_bar_sorts_and_the_choice_comes_back(sidebar: Sidebar) -> None:
    sidebar.bar.set_sort(Sort.TITLE)
    assert listed(sidebar)[-4:] == ["By title", "a", "b", "e"]
    sidebar.set_order("no such order", ["w", "gone"])
    assert sidebar.bar.sort is Sort.USED
    assert listed(sidebar)[3:6] == ["[T 0]", "[Work 2]", "Today"]
    assert sidebar.closed_folders == ("w",)


def test_the_archive_and_a_tag_are_lists_of_their_own(sidebar: Sidebar) -> None:
    archived = [msgspec.structs.replace(each, archived_at=1.0) if each.id in "bd" else each for each in some()]
    sidebar.set_chats(archived, TODAY)
    assert "b" not in listed(sidebar)
    assert "  [Notes 0]" in listed(sidebar)
    sidebar.bar.choose_view(View.ARCHIVE)
    assert listed(sidebar) == ["Yesterday", "b", "This week", "d"]
    sidebar.bar.choose_view(View.CHATS, RED)
    assert listed(sidebar) == ["Today", "a"]
    sidebar.set_tags((), {"a": ()})
    assert "[T 0]" in listed(sidebar), "the tag has gone"
    QTest.keyClicks(sidebar.search, "b")
    assert "b" in listed(sidebar), "a search finds what is in the archive"
    sidebar.filters.choose_place((None, None, False), "Not in the archive")
    assert "b" not in listed(sidebar)


def test_a_tag_is_drawn_at_once_on_a_chat_that_is_the_same_otherwise(sidebar: Sidebar, qtbot: QtBot) -> None:
    rows = sidebar.list.rows
    before = listed(sidebar)
    with qtbot.waitSignal(rows.dataChanged) as changed:
        sidebar.set_tags((RED,), {"b": ("r",)})
    first, last = (index.row() for index in changed.args[:2])
    assert first <= rows.index_of("b").row() <= last
    assert listed(sidebar) == before
    with qtbot.assertNotEmitted(rows.dataChanged):
        sidebar.set_tags((RED,), {})


def test_a_search_by_folder_looks_into_those_within(sidebar: Sidebar) -> None:
    chats = [msgspec.structs.replace(each, title=f"{each.id} boat") for each in some()]
    sidebar.set_chats(chats, TODAY)
    sidebar.filters.choose_place(("w", None, None), "Work")
    QTest.keyClicks(sidebar.search, "boat")
    assert sorted(listed(sidebar)) == ["Titles", "c", "d"]
    assert sidebar.filters.chosen().folder == "w"
    sidebar.filters.choose_place((None, "r", None), "Red")
    assert listed(sidebar) == ["Titles", "a"]
    menu = sidebar.filters.place.menu_now()
    assert [action.text() for action in menu.actions() if action.text()] == [
        "Anywhere", "In the archive", "Not in the archive", "Notes", "T", "Work", "Red",
    ]  # fmt: skip
    menu.close()


def test_a_search_by_what_has_gone_looks_everywhere(sidebar: Sidebar) -> None:
    chats = [msgspec.structs.replace(each, title=f"{each.id} boat") for each in some()]
    sidebar.set_chats(chats, TODAY)
    sidebar.filters.choose_place(("w", None, None), "Work")
    QTest.keyClicks(sidebar.search, "boat")
    renamed = [
        msgspec.structs.replace(each, name="Office") if each.id == "w" else each for each in sidebar.shelf.folders
    ]
    sidebar.set_folders(tuple(renamed))
    assert sidebar.filters.place.text() == "Office"
    sidebar.set_folders(tuple(each for each in renamed if each.id != "w"))
    assert not sidebar.filters.is_set
    assert len(listed(sidebar)) == 1 + len(chats)
    sidebar.filters.choose_place((None, "r", None), "Red")
    sidebar.set_tags((), {"a": ()})
    assert not sidebar.filters.is_set


# The keyboard


def test_left_and_right_close_open_and_walk(sidebar: Sidebar) -> None:
    at(sidebar, "d")
    key(sidebar, Qt.Key.Key_Left)
    assert current(sidebar) == "folder n"
    key(sidebar, Qt.Key.Key_Left)
    assert "    d" not in listed(sidebar)
    assert current(sidebar) == "folder n"
    key(sidebar, Qt.Key.Key_Left)
    assert current(sidebar) == "folder w"
    key(sidebar, Qt.Key.Key_Left)
    assert listed(sidebar)[3:6] == ["[T 0]", "[Work 2]", "Today"]
    key(sidebar, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert current(sidebar) == "folder n"
    key(sidebar, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert current(sidebar) == "d"
    key(sidebar, Qt.Key.Key_Up, Qt.Key.Key_Return)
    assert "    d" not in listed(sidebar)


def test_folders_are_renamed_and_removed(sidebar: Sidebar, wished: list[tuple], qtbot: QtBot) -> None:
    at(sidebar, "folder n")
    key(sidebar, Qt.Key.Key_F2)
    (editor,) = [edit for edit in sidebar.list.viewport().findChildren(QLineEdit) if edit.isVisible()]
    assert editor.text() == "Notes"
    editor.setText(" Other  notes ")
    with qtbot.waitSignal(sidebar.list.wishes.folder_renamed):
        QTest.keyClick(editor, Qt.Key.Key_Return)
    key(sidebar, Qt.Key.Key_Delete)
    assert wished == [("folder_renamed", NOTES, "Other notes"), ("folder_removed", NOTES)]


def test_what_a_screen_reader_says(sidebar: Sidebar) -> None:
    role = Qt.ItemDataRole.AccessibleTextRole
    assert sidebar.list.rows.index_of("folder w").data(role) == "Folder Work, 2 chats, open"
    assert sidebar.list.rows.index_of("a").data(role) == "A, Red"


# Several


def test_several_are_chosen_and_deleted_at_once(sidebar: Sidebar, wished: list[tuple], qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(sidebar.chat_chosen):
        sidebar.list.go_to(sidebar.list.rows.index_of("c"))
        click(sidebar, "a", CTRL)
        click(sidebar, "b", SHIFT | CTRL)
    assert chosen(sidebar) == ["c", "a", "e", "b"]
    assert sidebar.list.is_one_of_several(sidebar.list.rows.index_of("a"))
    click(sidebar, "a", CTRL)
    key(sidebar, Qt.Key.Key_Delete)
    assert wished == [("deleted", ["c", "e", "b"])]
    with qtbot.waitSignal(sidebar.chat_chosen):
        click(sidebar, "b")
    assert chosen(sidebar) == ["b"]


def test_shift_and_arrows_and_all(sidebar: Sidebar) -> None:
    at(sidebar, "a")
    key(sidebar, Qt.Key.Key_Down, Qt.Key.Key_Down, modifier=SHIFT)
    assert chosen(sidebar) == ["a", "e", "b"]
    key(sidebar, Qt.Key.Key_A, modifier=CTRL)
    assert sorted(chosen(sidebar)) == list("abcdef")


def test_what_is_chosen_stays_when_the_list_changes(sidebar: Sidebar) -> None:
    at(sidebar, "a")
    click(sidebar, "b", CTRL)
    sidebar.set_chats([chat("new"), *some()], TODAY)
    assert chosen(sidebar) == ["a", "b"]


def test_a_change_of_the_open_chat_leaves_what_is_chosen_and_looked_at(sidebar: Sidebar) -> None:
    sidebar.set_chats([*some(), *(chat(f"x{number}", number) for number in range(90))], TODAY)
    sidebar.set_current("a")
    at(sidebar, "x80")
    click(sidebar, "x81", CTRL)
    place = sidebar.list.verticalScrollBar().value()
    assert place > 0
    sidebar.set_current("a")  # as for each change of any chat
    assert chosen(sidebar) == ["x80", "x81"]
    assert sidebar.list.verticalScrollBar().value() == place
    sidebar.set_current("b")
    assert chosen(sidebar) == ["b"]


def test_the_menu_of_several(sidebar: Sidebar, wished: list[tuple], qtbot: QtBot) -> None:
    at(sidebar, "a")
    click(sidebar, "b", CTRL)
    menu = sidebar.list.menu_for(some()[1])
    qtbot.addWidget(menu)
    actions = {action.text(): action for action in menu.actions()}
    assert list(filter(None, actions)) == ["Pin", "Move to folder", "Tags", "Archive", "Delete"]
    actions["Archive"].trigger()
    folders = within(actions["Move to folder"])
    assert list(filter(None, folders)) == ["No folder", "T", "Work", "Work / Notes", "New folder…"]
    assert folders["No folder"].isChecked()
    folders["Work / Notes"].trigger()
    tags = within(actions["Tags"])
    tags["Add “Red”"].trigger()
    assert wished == [("archived", ["a", "b"], True), ("moved", ["a", "b"], "n"), ("tagged", ["a", "b"], RED, True)]
    other = sidebar.list.menu_for(some()[2])
    qtbot.addWidget(other)
    assert "Rename" in [action.text() for action in other.actions()], "it is not one of those that are chosen"


def test_the_menu_of_a_folder(sidebar: Sidebar, wished: list[tuple], qtbot: QtBot) -> None:
    menu = sidebar.list.menu_for_folder(WORK)
    qtbot.addWidget(menu)
    actions = {action.text(): action for action in menu.actions()}
    actions["New folder in it…"].trigger()
    actions["New chat in it"].trigger()
    actions["What its chats begin with…"].trigger()
    assert wished == [("folder_wanted", [], "w"), ("begun_in_folder", WORK), ("start_wanted", WORK)]
    inner = sidebar.list.menu_for_folder(NOTES)
    qtbot.addWidget(inner)
    assert "New folder in it…" not in [action.text() for action in inner.actions()]


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_folder_offers_a_new_chat_and_its_menu_at_its_end(
    sidebar: Sidebar, wished: list[tuple], qtbot: QtBot, mirrored: bool
) -> None:
    view = sidebar.list
    sidebar.setLayoutDirection(Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight)
    line = view.line_area(view.visualRect(view.rows.index_of("folder w")))
    plus, more = view._painter.plus_area(line), view._painter.more_area(line)
    assert line.contains(plus)
    assert not plus.intersects(more)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=plus.center())
    assert wished == [("begun_in_folder", WORK)]
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=more.center())
    (menu,) = view.findChildren(QMenu)
    assert "What its chats begin with…" in [action.text() for action in menu.actions()]
    menu.close()
    assert len(wished) == 1  # neither opened or closed the folder


def test_the_folder_at_hand_is_that_of_the_line_or_of_the_open_chat(sidebar: Sidebar, qtbot: QtBot) -> None:
    assert sidebar.folder_at_hand is None
    sidebar.list.setFocus()
    qtbot.waitUntil(sidebar.list.hasFocus)
    at(sidebar, "folder t")
    assert sidebar.folder_at_hand == TRAVEL
    inside = next(row.chat for row in sidebar.list.rows.lines if row.chat is not None and row.depth)
    at(sidebar, inside.id)
    assert sidebar.folder_at_hand == SHELF.folder(inside.folder_id)
    sidebar.set_current(inside.id)
    sidebar.search.setFocus()
    qtbot.waitUntil(lambda: not sidebar.list.hasFocus())
    assert sidebar.folder_at_hand == SHELF.folder(inside.folder_id)


# Dragging


def drop(sidebar: Sidebar, mime: QMimeData, place: QPoint, onto: QWidget | None = None) -> bool:
    """Drag something over the list, or something else, and drop it; whether it was taken."""
    view = onto or sidebar.list
    move, left = Qt.DropAction.MoveAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, move, mime, left, none)
    view.dragEnterEvent(enter)
    over = QDragMoveEvent(place, move, mime, left, none)
    view.dragMoveEvent(over)
    dropped = QDropEvent(QPointF(place), move, mime, left, none, QEvent.Type.Drop)
    view.dropEvent(dropped)
    assert enter.isAccepted() is dropped.isAccepted()
    assert onto or enter.isAccepted() is over.isAccepted()
    return dropped.isAccepted()


@pytest.mark.parametrize(
    ("target", "wish"),
    [
        ("folder t", ("moved", ["a", "b"], "t")),
        ("d", ("moved", ["a", "b"], "n")),
        ("f", ("pinned", ["a", "b"], True)),
        ("0 heading Pinned", ("pinned", ["a", "b"], True)),
        ("e", ("moved", ["a", "b"], None)),
        ("0 heading Today", ("moved", ["a", "b"], None)),
        ("", ("moved", ["a", "b"], None)),
    ],
)
def test_chats_are_dropped_on_folders_pinned_ones_and_out(
    sidebar: Sidebar, wished: list[tuple], target: str, wish: tuple
) -> None:
    index = sidebar.list.rows.index_of(target)
    place = sidebar.list.visualRect(index).center() if target else QPoint(50, sidebar.list.viewport().height() - 2)
    assert index.isValid() is bool(target)
    assert drop(sidebar, mime_of(some()[:2]), place)
    assert wished == [wish]


def test_nothing_else_is_taken_and_nothing_while_searching(sidebar: Sidebar, wished: list[tuple]) -> None:
    text = QMimeData()
    text.setText("words")
    assert not drop(sidebar, text, QPoint(50, 100))
    QTest.keyClicks(sidebar.search, "a")
    assert not drop(sidebar, mime_of(some()[:1]), QPoint(50, 40))
    assert wished == []


def test_a_press_that_moves_drags_and_opens_nothing(
    sidebar: Sidebar, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried: list[list[str]] = []
    monkeypatch.setattr(sidebar.list, "_drag", lambda chats: carried.append([each.id for each in chats]))
    at(sidebar, "a")
    click(sidebar, "b", CTRL)
    start = sidebar.list.visualRect(sidebar.list.rows.index_of("a")).center()
    port = sidebar.list.viewport()
    with qtbot.assertNotEmitted(sidebar.chat_chosen):
        QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
        QTest.mouseMove(port, start + QPoint(0, 2))
        assert carried == []
        QTest.mouseMove(port, start - QPoint(0, 60))
        QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 60))
    assert carried == [["a", "b"]]


def test_while_dragging_there_is_a_place_to_pin_and_nothing_moves(sidebar: Sidebar, wished: list[tuple]) -> None:
    sidebar.set_chats([chat("a")], TODAY)
    before = listed(sidebar), sidebar.list.geometry(), sidebar.bar.geometry()
    assert not sidebar.findChildren(PinPlace)
    sidebar.list.dragging.emit(True)
    (place,) = sidebar.findChildren(PinPlace)
    assert place.isVisible()
    QApplication.processEvents()
    assert place.geometry() == sidebar.bar.rect()
    assert (listed(sidebar), sidebar.list.geometry(), sidebar.bar.geometry()) == before
    at_first = place.grab().toImage()
    text = QMimeData()
    text.setText("words")
    assert not drop(sidebar, text, QPoint(9, 9), place)
    assert drop(sidebar, mime_of(some()[:2]), QPoint(9, 9), place)
    assert wished == [("pinned", ["a", "b"], True)]
    assert place.grab().toImage() == at_first
    sidebar.list.dragging.emit(False)
    QApplication.processEvents()
    assert not place.isVisible()
    assert sidebar.bar.views.isVisible()
    assert (listed(sidebar), sidebar.list.geometry(), sidebar.bar.geometry()) == before


def test_pinned_chats_are_dragged_out_from_there_alone(sidebar: Sidebar, wished: list[tuple]) -> None:
    place = QPoint(50, sidebar.list.viewport().height() - 2)
    chats = {each.id: each for each in some()}
    assert drop(sidebar, mime_of([chats["f"]]), place)
    assert wished == [("pinned", ["f"], False)]
    wished.clear()
    assert drop(sidebar, mime_of([chats["c"], chats["f"]]), place)
    assert wished == [("pinned", ["f"], False), ("moved", ["c"], None)]


# The trash


def test_the_trash_says_how_many_days_are_left(sidebar: Sidebar, wished: list[tuple], qtbot: QtBot) -> None:
    with qtbot.waitSignal(sidebar.trash_requested):
        sidebar.bar.choose_view(View.TRASH)
    assert sidebar.empty.text() == "The trash is empty."
    assert not sidebar.empty_trash.isVisible()
    gone = [msgspec.structs.replace(each, deleted_at=time.time() - 86_400 * 20.5) for each in some()[:2]]
    sidebar.set_trash(gone, 30)
    assert sidebar.status.text() == "Deleted chats are kept for 30 days."
    assert sidebar.list.rows.row(sidebar.list.rows.index_of("a")).note == "10 days"
    at(sidebar, "a")
    click(sidebar, "b", CTRL)
    menu = sidebar.list.menu_for(gone[0])
    qtbot.addWidget(menu)
    menu.actions()[0].trigger()
    key(sidebar, Qt.Key.Key_Delete)
    assert wished == [("restored", ["a", "b"]), ("removed", ["a", "b"])]
    with qtbot.waitSignal(sidebar.empty_trash_requested):
        QTest.mouseClick(sidebar.empty_trash, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(("ago", "days"), [(0.0, 30), (0.5, 30), (1.0, 29), (29.5, 1), (30.0, 0), (99.0, 0)])
def test_days_left(ago: float, days: int) -> None:
    assert days_left(1e9, 30, 1e9 + ago * 86_400) == days
    assert len(in_trash([msgspec.structs.replace(chat("a"), deleted_at=1e9)], 30, 1e9)) == 1


# Tags


def test_a_new_tag_gets_the_rarest_colour() -> None:
    assert next_color(()) == "accent"
    assert next_color((Tag(id="1", name="1"), Tag(id="2", name="2", color="warn"))) == "good"


def test_tags_get_other_names_and_colours(host: QWidget, theme: Theme) -> None:
    other = Tag(id="o", name="Other")
    dialog = TagsDialog(theme, (RED, other), host)
    told: list[object] = []
    dialog.changed.connect(lambda tag_id, changes: told.append((tag_id, changes)))
    dialog.removed.connect(lambda tag: told.append(tag.name))
    field = dialog.fields["r"]
    for typed in ("  ", "other"):
        field.setText(typed)
        field.editingFinished.emit()
        assert field.text() == "Red"
    field.setText("Rot")
    field.editingFinished.emit()
    dialog._change("r", color="focus")
    dialog._remove("r", field)
    assert told == [("r", {"name": "Rot"}), ("r", {"color": "focus"}), "Rot"]
    destroy(dialog)


# Thousands


def test_twenty_thousand_in_folders_realise_only_what_is_seen(
    sidebar: Sidebar, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = tuple(Folder(id=f"f{number}", name=f"Folder {number}") for number in range(50))
    many = [
        msgspec.structs.replace(chat(f"c{number}", number / 50), folder_id=f"f{number % 100}")
        for number in range(20_000)
    ]
    sidebar.set_shelf(Shelf(folders=folders, tags=(RED,), tagged={each.id: ("r",) for each in many}))
    sidebar.set_chats(many, TODAY)
    assert sidebar.list.rows.rowCount() > 20_050
    painted: list[int] = []
    delegate = sidebar.list.itemDelegate()
    paint = delegate.paint

    def counted(*given: Any) -> None:
        painted.append(1)
        paint(*given)

    monkeypatch.setattr(delegate, "paint", counted, raising=False)
    widgets = len(sidebar.list.findChildren(QWidget))
    for place in (0, 1000, sidebar.list.verticalScrollBar().maximum()):
        painted.clear()
        sidebar.list.verticalScrollBar().setValue(place)
        sidebar.list.viewport().repaint()
        assert 0 < len(painted) < 60
    assert len(sidebar.list.findChildren(QWidget)) == widgets
    sidebar.list.selectAll()
    assert len(chosen(sidebar)) == 20_000
    assert sidebar.list.selectionModel().selection().count() < 200, "neighbours are one range"
