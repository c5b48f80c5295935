"""How a menu shows which of its entries is in force: by one sign in all menus, at the place of the icons."""

from PySide6.QtGui import QAction

from desktop_app.gui.look.theme import Theme


def mark(theme: Theme, action: QAction, is_chosen: bool, color: str = "accent") -> None:
    """Make `action` one that can be chosen, and give it the sign where it is; for screen readers it is checked then.

    The sign takes the place of an icon that the entry has.
    """
    action.setCheckable(True)
    action.setChecked(is_chosen)
    if is_chosen:
        action.setIcon(theme.icon("check", color))
