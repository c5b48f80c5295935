"""Qt's own dialog for files, which stands in where the desktop has none.

Its arrows are black on every ground, and its drop-down lists have none in our style, whose lists draw their own.
"""

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton

from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme

_ICONS = {
    "backButton": "chevron-left",
    "forwardButton": "chevron-right",
    "toParentButton": "chevron-up",
    "newFolderButton": "folder-new",
}
"""By Qt's own names of the buttons."""


def give_icons(dialog: QObject, theme: Theme) -> None:
    """Have our icons on what leads elsewhere or opens; the desktop's own dialog has none of it."""
    for name, icon in _ICONS.items():
        button = dialog.findChild(QToolButton, name)
        if button is not None:
            button.setIcon(theme.icon(icon))
    for choice in dialog.findChildren(QComboBox):
        chevron = QLabel(choice)
        chevron.setPixmap(theme.pixmap("chevron-down", "muted", choice.devicePixelRatioF(), 16))
        chevron.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row = QHBoxLayout(choice)
        set_margins(row, 0, 0, theme.px(12), 0)
        row.addWidget(chevron, 0, Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
