"""The menu bar, which macOS shows at the top of the screen: all commands by what they concern, as in the list of shortcuts."""

from collections.abc import Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenuBar

from desktop_app.gui.commands.actions import Entry
from desktop_app.gui.commands.shortcuts_dialog import by_concern

_ROLES = {
    "about": QAction.MenuRole.AboutRole,
    "settings": QAction.MenuRole.PreferencesRole,
    "quit": QAction.MenuRole.QuitRole,
}
"""What macOS moves into the app's own menu; Qt would guess at others by their words."""
_LEFT_OUT = ("stop",)
"""A menu would take Escape from every text field and dialog."""


def fill_menu_bar(bar: QMenuBar, entries: Sequence[Entry]) -> None:
    """Offer the commands; their words, keys and states are those that they have anywhere else."""
    for heading, group in by_concern(entries):
        menu = bar.addMenu(heading)
        for entry in group:
            if entry.name not in _LEFT_OUT:
                entry.action.setMenuRole(_ROLES.get(entry.name, QAction.MenuRole.NoRole))
                menu.addAction(entry.action)
