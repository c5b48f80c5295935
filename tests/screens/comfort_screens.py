"""The screens of what makes reading, writing and choosing easy: temporary chats, times of messages, wide lines."""

from collections.abc import Callable

import msgspec

from desktop_app.gui.conversation.temporary_button import Temporary
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import ReadingSettings
from desktop_app.support.i18n import _
from tests.screens import pictures
from tests.screens.chat_screens import fill_chat


def temporary_begins(window: MainWindow) -> None:
    """A new chat that will be a temporary one."""
    window.sidebar.set_current(None)
    window.top_bar.set_title(_("Temporary chat"), editable=False)
    window.top_bar.set_context(None, 8192)
    window.top_bar.show_temporary(Temporary.CHOSEN)
    window.chat_view().empty_hint(
        _("This chat will be temporary: in no list and no search, and deleted when you leave it.")
    )


def temporary_offered(window: MainWindow) -> None:
    """A new chat, with the button that makes it a temporary one."""
    temporary_begins(window)
    window.top_bar.set_title(_("New chat"), editable=False)
    window.top_bar.show_temporary(Temporary.OFFERED)
    window.chat_view().empty_hint(_("Ask anything. The model runs on this computer, and nothing leaves it."))


def temporary_open(window: MainWindow) -> None:
    fill_chat(window)
    window.sidebar.set_current(None)
    window.top_bar.set_title(_("Temporary chat"), editable=False)
    window.top_bar.show_temporary(Temporary.OPEN)


def times(window: MainWindow) -> None:
    window.chat_view().set_reading(ReadingSettings(times=True))
    fill_chat(window)


def wide(window: MainWindow) -> None:
    fill_chat(window)
    window.set_theme(msgspec.structs.replace(window.theme, chat_width=7600))


def reading(window: MainWindow) -> None:
    window.show_page("settings")
    pictures.settle(window, 1)
    window.settings_page.ensureWidgetVisible(window.settings_page.sections["reading"], 0, 200)


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "comfort-reading": reading,
    "comfort-times": times,
    "comfort-wide": wide,
    "comfort-temporary-begins": temporary_begins,
    "comfort-temporary-offered": temporary_offered,
    "comfort-temporary-open": temporary_open,
}
