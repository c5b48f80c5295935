"""The screens of the sidebar's order: folders, tags, several chosen chats, the archive and the trash."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
from PySide6.QtCore import QItemSelectionModel, QPersistentModelIndex
from PySide6.QtWidgets import QWidget

from desktop_app.domain.chats import Chat
from desktop_app.domain.shelf import TAG_COLORS, Folder, Shelf, Tag
from desktop_app.gui.dialogs.confirm import ConfirmDialog
from desktop_app.gui.sidebar.list_bar import View
from desktop_app.gui.sidebar.tags_dialog import TagsDialog
from desktop_app.gui.window.main_window import MainWindow

DAY = 86_400.0
TITLES = (
    ("Lighthouse timer in Python", None, 0, "work"),
    ("Letter to the landlord", None, 0.1, ""),
    ("Quarterly numbers", "w", 1, "work later"),
    ("A very long title of a chat that does not fit into its line", "w", 2, "work later idea"),
    ("Notes of the meeting", "n", 3, ""),
    ("Packing list for the mountains", "t", 9, "later"),
    ("Thesis outline", None, 30, "idea"),
    ("Bread without oven", None, 80, ""),
)


def shelf() -> Shelf:
    names = ("idea", "later", "work", "Straße & Weg")
    folders = (
        Folder(id="t", name="Travel"),
        Folder(id="w", name="Work"),
        Folder(id="n", name="Meetings", parent_id="w"),
        Folder(id="z", name="Zettelkasten with a name that goes on and on"),
    )
    tags = tuple(Tag(id=name, name=name, color=color) for name, color in zip(names, TAG_COLORS, strict=False))
    tagged = {f"o{number}": tuple(held.split()) for number, (_title, _in, _days, held) in enumerate(TITLES) if held}
    return Shelf(folders=folders, tags=tags, tagged=tagged)


def chats() -> list[Chat]:
    now = time.time()
    return [
        Chat(id=f"o{number}", title=title, folder_id=held, created_at=now - days * DAY, updated_at=now - days * DAY,
             pinned=number == 6)
        for number, (title, held, days, _tags) in enumerate(TITLES)
    ]  # fmt: skip


def order(window: MainWindow) -> None:
    window.stage.show_sidebar()
    window.sidebar.set_order("used", ["t"])
    window.sidebar.set_shelf(shelf())
    window.sidebar.set_chats(chats(), datetime.now().astimezone().date())
    window.sidebar.set_current("o0")


def several(window: MainWindow) -> None:
    order(window)
    rows, model = window.sidebar.list.rows, window.sidebar.list.selectionModel()
    window.sidebar.list.setCurrentIndex(rows.index_of("o2"))
    for name in ("o3", "o1"):
        model.select(rows.index_of(name), QItemSelectionModel.SelectionFlag.Select)


def dropping(window: MainWindow) -> None:
    several(window)
    window.sidebar.list.dragging.emit(True)
    window.sidebar.list._drop_target = QPersistentModelIndex(window.sidebar.list.rows.index_of("folder t"))


def archive(window: MainWindow) -> None:
    order(window)
    window.sidebar.set_chats([msgspec.structs.replace(chat, archived_at=1.0) for chat in chats()], date.today())  # noqa: DTZ011
    window.sidebar.bar.choose_view(View.ARCHIVE)


def trash(window: MainWindow) -> None:
    order(window)
    window.sidebar.bar.choose_view(View.TRASH)
    now = time.time()
    deleted = [msgspec.structs.replace(chat, deleted_at=now - 4 * number * DAY) for number, chat in enumerate(chats())]
    window.sidebar.set_trash(deleted, 30)


def empty_archive(window: MainWindow) -> None:
    order(window)
    window.sidebar.bar.choose_view(View.ARCHIVE)


def by_title(window: MainWindow) -> None:
    order(window)
    window.sidebar.set_order("title", ["t", "w"])


def searched_place(window: MainWindow) -> None:
    order(window)
    window.sidebar.search.setText("l")
    window.sidebar.filters.choose_place(("w", None, None), "Work")
    window.sidebar.set_found([], 1.0)


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "order-folders": order,
    "order-several": several,
    "order-dropping": dropping,
    "order-archive": archive,
    "order-archive-empty": empty_archive,
    "order-trash": trash,
    "order-titles": by_title,
    "order-search": searched_place,
}


@dataclass(frozen=True)
class Popup:
    """A menu or dialog of the order, and what the window shows behind it."""

    name: str
    make: Callable[[MainWindow], QWidget]


def menu_of_several(window: MainWindow) -> QWidget:
    several(window)
    return window.sidebar.list.menu_for(chats()[2])


def menu_within(window: MainWindow, place: int) -> QWidget:
    order(window)
    menu = window.sidebar.list.menu_for(chats()[3])
    inner = menu.actions()[place].menu()
    assert isinstance(inner, QWidget)
    inner.setProperty("owner", menu)
    return inner


def menu_of_folder(window: MainWindow) -> QWidget:
    order(window)
    return window.sidebar.list.menu_for_folder(shelf().folders[1])


def views(window: MainWindow) -> QWidget:
    order(window)
    return window.sidebar.bar.views.menu_now()


def places(window: MainWindow) -> QWidget:
    order(window)
    return window.sidebar.filters.place.menu_now()


def tags(window: MainWindow) -> QWidget:
    return TagsDialog(window.theme, shelf().tags, window)


def question(window: MainWindow) -> QWidget:
    words = "This cannot be undone."
    return ConfirmDialog(window.theme, "Delete 8 chats for good?", words, "Delete for good", window)


POPUPS = (
    Popup("several", menu_of_several),
    Popup("folders", lambda window: menu_within(window, 2)),
    Popup("tags", lambda window: menu_within(window, 3)),
    Popup("folder", menu_of_folder),
    Popup("views", views),
    Popup("places", places),
    Popup("tags-dialog", tags),
    Popup("question", question),
)
