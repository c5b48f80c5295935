"""With thousands of chats, hundreds of folders and hundreds of tags the list and its menus do no more than they must."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Chat
from desktop_app.domain.shelf import TAG_COLORS, Folder, Shelf, Tag
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.sidebar.groups import grouped, matching
from desktop_app.gui.sidebar.list_bar import View
from desktop_app.gui.sidebar.sidebar import Sidebar
from desktop_app.gui.sidebar.tags_dialog import AT_ONCE, TagsDialog
from tests.counting import called, calls
from tests.gui.conftest import TODAY

CHATS, FOLDERS, TAGS = 1_000, 300, 60


def shelf(folders: int = FOLDERS) -> Shelf:
    """A third of the folders are at the top, the others in those."""
    tops = folders // 3
    made = [Folder(id=str(n), name=f"f{n}", parent_id=str(n % tops) if n >= tops else None) for n in range(folders)]
    tags = [Tag(id=f"t{n}", name=f"tag {n}", color=TAG_COLORS[n % len(TAG_COLORS)]) for n in range(TAGS)]
    return Shelf(folders=tuple(made), tags=tuple(tags))


def chats(count: int = CHATS) -> list[Chat]:
    return [
        Chat(id=f"c{n}", title=f"chat {n}", created_at=float(n), updated_at=float(n), folder_id=str(n % FOLDERS))
        for n in range(count)
    ]


@pytest.fixture
def sidebar(host: QWidget, theme: Theme) -> Sidebar:
    made = Sidebar(theme, host)
    made.resize(264, 700)
    made.set_shelf(shelf())
    made.set_chats(chats(), TODAY)
    made.show()
    return made


class Passes(tuple[Folder, ...]):
    """Folders that count how often they are gone through."""

    count = 0

    def __iter__(self) -> Iterator[Folder]:
        Passes.count += 1
        return super().__iter__()


def test_folders_are_not_gone_through_once_for_each_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Passes, "count", 0)
    rows = grouped([], TODAY, shelf=Shelf(folders=Passes(shelf().folders)))
    assert len([row for row in rows if row.folder is not None]) == FOLDERS
    assert Passes.count < 5


def test_a_search_in_titles_calls_nothing_for_each_of_them() -> None:
    listed = chats(4 * CHATS)
    titles = [chat.title for chat in listed]
    assert len(matching(listed, titles, "chat 12 -5")) == len([t for t in titles if "12" in t and "5" not in t])
    assert calls(lambda: matching(listed, titles, "chat 12 -5")) < 60


def test_a_menu_of_many_chats_asks_for_each_folder_and_draws_each_colour_once(sidebar: Sidebar) -> None:
    sidebar.list.selectAll()
    count = called(lambda: sidebar.list.menu_for(sidebar.chats.chat("c5")))
    assert count["dot_icon"] == len(TAG_COLORS)
    assert count["folder"] <= FOLDERS + 1
    assert count["next"] < CHATS + FOLDERS


def test_the_places_of_a_search_share_their_icons(sidebar: Sidebar) -> None:
    assert called(sidebar.filters.place.menu_now)["addPixmap"] < TAGS


def test_going_to_the_starred_messages_and_back_lists_everything_once(sidebar: Sidebar) -> None:
    looked = called(sidebar.show_starred)
    assert looked["grouped"] == 0
    assert looked["set_rows"] == 1
    left = called(lambda: sidebar.show_view(View.CHATS))
    assert left["grouped"] == left["set_rows"] == 1


def test_many_tags_come_into_their_dialog_a_few_at_a_time(host: QWidget, theme: Theme, qtbot: QtBot) -> None:
    dialog = TagsDialog(theme, shelf().tags, host)
    dialog.open()
    assert len(dialog.fields) == AT_ONCE
    assert dialog.focusWidget() is dialog.fields["t0"]
    qtbot.waitUntil(lambda: len(dialog.fields) == TAGS)
    qtbot.waitUntil(lambda: dialog.fields[f"t{TAGS - 1}"].isVisible())
    assert list(dialog.fields) == [tag.id for tag in shelf().tags]


class Going(QObject):
    """Notes how many fields a dialog has when it goes."""

    def __init__(self, dialog: TagsDialog) -> None:
        super().__init__()
        self.left: list[int] = []
        self._dialog = dialog
        dialog.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Note it."""
        if event.type() == QEvent.Type.DeferredDelete:
            self.left.append(len(self._dialog.findChildren(QLineEdit)))
        return False


def test_many_tags_are_gone_before_their_dialog(host: QWidget, theme: Theme, qtbot: QtBot) -> None:
    dialog = TagsDialog(theme, shelf().tags, host)
    dialog.open()
    qtbot.waitUntil(lambda: len(dialog.fields) == TAGS)
    going = Going(dialog)
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()
        assert not dialog.isVisible()
    assert going.left == [0]


def test_a_dialog_that_is_closed_at_once_goes_without_the_tags_to_come(
    host: QWidget, theme: Theme, qtbot: QtBot
) -> None:
    dialog = TagsDialog(theme, shelf().tags, host)
    dialog.open()
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()
    assert len(dialog.fields) == AT_ONCE
