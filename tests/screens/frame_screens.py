"""The screens of the window's frame: the settings, the command palette, notices."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop_app.gui.window.main_window import MainWindow
from tests.screens import pictures
from tests.screens.chat_screens import chat_empty, fill_chat


def settings_page(window: MainWindow) -> None:
    window.show_page("settings")


def settings_engine(window: MainWindow) -> None:
    window.show_page("settings")
    pictures.settle(window, 1)
    window.settings_page.ensureWidgetVisible(window.settings_page.sections["engine"], 0, 200)


def settings_search(window: MainWindow) -> None:
    window.show_page("settings")
    pictures.settle(window, 1)
    assert window.settings_page.search is not None
    window.settings_page.search.setText("model")


def command_palette(window: MainWindow) -> None:
    fill_chat(window)
    window.command_palette.open()


def notice_error(window: MainWindow) -> None:
    chat_empty(window)
    window.notice.show_notice(
        "The settings could not be read, and the defaults apply. What could not be read is kept beside "
        "~/.config/inglenook/settings.json.",
        None, "error",
    )  # fmt: skip


def notice_undo(window: MainWindow) -> None:
    fill_chat(window)
    window.notice.show_notice("“Recipe without oven” was moved to the trash.", ("Undo", lambda: None))


def sidebar_states(window: MainWindow) -> None:
    fill_chat(window)
    pictures.hover(window.sidebar.settings)
    row = window.sidebar.list.rows.index_of("chat3")
    QTest.mouseMove(window.sidebar.list.viewport(), window.sidebar.list.visualRect(row).center())
    window.panel.sampling_tab.editors["temperature"].widgets[1].setFocus(Qt.FocusReason.TabFocusReason)


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "settings-engine": settings_engine,
    "settings": settings_page,
    "settings-search": settings_search,
    "command-palette": command_palette,
    "notice-undo": notice_undo,
    "notice-error": notice_error,
    "states": sidebar_states,
}
