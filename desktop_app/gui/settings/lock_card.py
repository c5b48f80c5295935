"""What the settings page says of the passphrase of the chats, and of backups that can be read without it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.domain.backups import Backup
from desktop_app.domain.sizes import readable_size
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button, ButtonSize, Label, Rule
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.selectable_text import SelectableText
from desktop_app.gui.widgets.titled_card import TitledCard
from desktop_app.services.words.locking_words import what_stays_readable
from desktop_app.support.i18n import _, ngettext

MOST_LISTED = 5
"""How many backups are named; the rest is counted."""


class LockCard(TitledCard):
    """A heading and a card: whether the chats are locked, and what can be done about it."""

    lock_requested = Signal()
    change_requested = Signal()
    unlock_requested = Signal()
    lock_now_requested = Signal()
    delete_requested = Signal(list)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, _("Passphrase for the chats"), spacing=8)
        self._backups: list[Backup] = []
        px, inside = theme.px, self.inside
        self.state = Label(theme, "", "body", wraps=True)
        self.about = Label(theme, what_stays_readable(), "small", "muted", wraps=True)
        self.lock = self.make_button(_("Lock with a passphrase…"), self.lock_requested)
        self.lock_now = self.make_button(_("Lock now"), self.lock_now_requested)
        self.change = self.make_button(_("Change the passphrase…"), self.change_requested)
        self.unlock = self.make_button(_("Remove the passphrase…"), self.unlock_requested)
        inside.addWidget(self.state)
        inside.addWidget(self.about)
        inside.addSpacing(px(2))
        buttons = Flow(theme)
        for button in (self.lock, self.lock_now, self.change, self.unlock):
            buttons.add(button)
        inside.addWidget(buttons)
        self._readable = QWidget()
        below = QVBoxLayout(self._readable)
        below.setContentsMargins(0, px(4), 0, 0)
        below.setSpacing(px(8))
        below.addWidget(Rule(theme, room=0))
        self.readable = Label(theme, "", "body", wraps=True)
        self.files = SelectableText(theme, _("Backups that can be read"), "", role="small", color="muted")
        self.delete = Button(theme, _("Delete these backups…"), size=ButtonSize.SMALL)
        self.delete.clicked.connect(lambda: self.delete_requested.emit(list(self._backups)))
        below.addWidget(self.readable)
        below.addWidget(self.files)
        below.addWidget(self.delete, 0, Qt.AlignmentFlag.AlignLeading)
        inside.addWidget(self._readable)
        self.show_state(is_locked=False, backups=())

    def show_state(self, *, is_locked: bool, backups: Sequence[Backup]) -> None:
        """Say whether the chats are locked, and name the `backups` that can be read although they are."""
        self.state.setText(
            _("Your chats are locked with a passphrase: their file is encrypted.")
            if is_locked
            else _("Your chats are not locked: whoever can open their file can read them.")
        )
        self.about.setVisible(is_locked)
        self.lock.setVisible(not is_locked)
        for button in (self.lock_now, self.change, self.unlock):
            button.setVisible(is_locked)
        self._backups = list(backups) if is_locked else []
        self._readable.setVisible(bool(self._backups))
        words = ngettext(
            "{count} backup is not encrypted, and can be read without the passphrase:",
            "{count} backups are not encrypted, and can be read without the passphrase:",
            len(self._backups),
        )
        self.readable.setText(words.format(count=len(self._backups)))
        lines = [
            _("{path}, {size}").format(path=backup.path, size=readable_size(backup.size))
            for backup in self._backups[:MOST_LISTED]
        ]
        if more := len(self._backups) - len(lines):
            lines.append(ngettext("and {count} more", "and {count} more", more).format(count=more))
        self.files.show_text("\n".join(lines))
