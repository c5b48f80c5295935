"""The screens of chats that begin in a folder, and of the dialog that says with what."""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from desktop_app.domain.shelf import FolderStart
from desktop_app.gui.personas.start import StartPage
from desktop_app.gui.sidebar.folder_start_dialog import FolderStartDialog
from desktop_app.gui.window.main_window import MainWindow
from tests.screens import order_screens, persona_screens
from tests.screens.order_screens import Popup, order
from tests.screens.persona_screens import QWEN, persona_greeting, persona_row

START = FolderStart(
    system_prompt="You help with quarterly reports. Amounts are in euros; round to whole thousands, and say from which "
    "sheet each one comes.",
    model_path=QWEN.path,
    persona="own/a.md",
)


def hovered_folder(window: MainWindow) -> None:
    order(window)
    view = window.sidebar.list
    line = view.line_area(view.visualRect(view.rows.index_of("folder w")))
    QTest.mouseMove(view.viewport(), line.center() + QPoint(1, 1))


def in_folder(window: MainWindow) -> None:
    told(window, persona_row(window))


def greeted_in_folder(window: MainWindow) -> None:
    persona_greeting(window)
    (start,) = window.chat_view().viewport().findChildren(StartPage)
    told(window, start)


def told(window: MainWindow, start: StartPage) -> None:
    window.top_bar.set_title("New chat in “Work”", editable=False)
    start.show_folder("Work", "The folder brings a system prompt. The folder’s model answers: Qwen3 8B.")


def dialog(window: MainWindow, *, inner: bool) -> QWidget:
    folders = {folder.id: folder for folder in order_screens.shelf().folders}
    work = msgspec.structs.replace(folders["w"], start=START)
    shown = folders["n"] if inner else work
    return FolderStartDialog(
        window.theme, shown, outer=work if inner else None, personas=persona_screens.personas(), models=[QWEN],
        parent=window,
    )  # fmt: skip


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "folder-hovered": hovered_folder,
    "folder-chat": in_folder,
    "folder-greeting": greeted_in_folder,
}

POPUPS = (
    Popup("start", lambda window: dialog(window, inner=False)),
    Popup("start-within", lambda window: dialog(window, inner=True)),
)
