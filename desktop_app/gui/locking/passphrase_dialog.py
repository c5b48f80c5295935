"""The dialogs that lock the chats with a passphrase, change it, and take it away."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from desktop_app.domain.locking import Strength, strength
from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fit
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button, ButtonKind, Label
from desktop_app.gui.widgets.passphrase_field import PassphraseField
from desktop_app.gui.widgets.scrolled_body import UprightArea
from desktop_app.gui.widgets.switch import Switch
from desktop_app.services.data_folder.locked_history import Change
from desktop_app.services.words.locking_words import no_way_back, remember_words, strength_words, what_stays_readable
from desktop_app.support.i18n import _

WIDTH = 520
SCROLL_BAR = 12
"""Pixels that a scroll bar would take."""


class PassphraseDialog(AppDialog):
    """Asks for what a change needs; `wanted` carries it, and closing the dialog changes nothing.

    The dialog stays until whoever made it calls `accept`: the present passphrase may turn out to be another one.
    """

    wanted = Signal(object)

    def __init__(self, theme: Theme, title: str, accept: str, parent: QWidget, *, is_locked: bool, locks: bool) -> None:
        """`is_locked` asks for the present passphrase, `locks` for a new one."""
        super().__init__(theme, title, parent)
        self._is_locked = is_locked
        self._locks = locks
        self.present = PassphraseField(theme, _("Current passphrase"), self)
        self.trouble = Label(theme, "", "small", "bad", wraps=True, parent=self)
        self.first = PassphraseField(theme, _("New passphrase") if is_locked else _("Passphrase"), self)
        self.second = PassphraseField(theme, _("Repeat the passphrase"), self)
        self.hint = Label(theme, strength_words(Strength.TOO_SHORT), "small", "muted", wraps=True, parent=self)
        self.remember = Switch(theme, self)
        self.agree = Switch(theme, self)
        self.cancel_button = Button(theme, _("Cancel"), parent=self)
        self.accept_button = Button(theme, accept, kind=ButtonKind.PRIMARY, parent=self)
        self.accept_button.setDefault(True)
        self._lay_out(title)
        self._connect()
        self._check()
        (self.present if is_locked else self.first).line.setFocus(Qt.FocusReason.OtherFocusReason)

    def refuse(self, words: str) -> None:
        """Say why the present passphrase does not do."""
        self.present.clear()
        self.trouble.setText(words)
        self.trouble.setVisible(True)
        self._fit()
        self._set_busy(False)
        self.present.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _accept(self) -> None:
        if not self.accept_button.isEnabled():
            return
        change = Change(
            present=self.present.text if self._is_locked else "",
            wanted=self.first.text if self._locks else "",
            remember=self._locks and self.remember.isChecked(),
        )
        self._set_busy(True)
        self.wanted.emit(change)

    def _set_busy(self, busy: bool) -> None:
        for widget in (self.present, self.first, self.second):
            widget.setEnabled(not busy)
        self._check()
        self.accept_button.setEnabled(self.accept_button.isEnabled() and not busy)

    def _check(self) -> None:
        """Say how strong the passphrase is and whether both are the same; allow the change where all is there."""
        found = strength(self.first.text)
        differs = bool(self.second.text) and self.second.text != self.first.text
        self.hint.setText(_("The two passphrases are not the same yet.") if differs else strength_words(found))
        self.hint.set_color("bad" if differs else "muted")
        is_new_fine = found > Strength.TOO_SHORT and self.first.text == self.second.text and self.agree.isChecked()
        is_present_fine = not self._is_locked or bool(self.present.text)
        self.accept_button.setEnabled(is_present_fine and (not self._locks or is_new_fine))

    def _connect(self) -> None:
        for field in (self.present, self.first, self.second):
            field.changed.connect(self._check)
        self.agree.toggled.connect(lambda _on: self._check())
        self.cancel_button.clicked.connect(self.reject)
        self.accept_button.clicked.connect(self._accept)

    def _lay_out(self, title: str) -> None:
        theme, px = self.theme, self.theme.px
        body = QWidget(self)
        body.setProperty("look", "page")
        column = QVBoxLayout(body)
        column.setContentsMargins(px(24), px(24), px(24), px(8))
        column.setSpacing(px(10))
        column.addWidget(Label(theme, title, "title", wraps=True, parent=body))
        if self._is_locked:
            column.addWidget(self.present)
            column.addWidget(self.trouble)
        self.trouble.setVisible(False)
        if self._locks:
            column.addWidget(self.first)
            column.addWidget(self.second)
            column.addWidget(self.hint)
            keep = remember_words()
            column.addLayout(self._row(self.remember, keep))
            column.addLayout(self._row(self.agree, no_way_back(), "text"))
            column.addWidget(Label(theme, what_stays_readable(), "small", "muted", wraps=True, parent=body))
        else:
            words = _(
                "The chats are written to a file that anybody who has it can read. Backups that are locked stay locked."
            )
            column.addWidget(Label(theme, words, "body", "muted", wraps=True, parent=body))
        for widget in () if self._locks else (self.first, self.second, self.hint, self.remember, self.agree):
            widget.setVisible(False)
        self.present.setVisible(self._is_locked)
        column.addStretch(1)
        area = UprightArea(self)
        area.show_body(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, px(20))
        outer.setSpacing(px(8))
        outer.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        outer.addWidget(area, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(px(24), 0, px(24), 0)
        foot.setSpacing(px(8))
        foot.addStretch(1)
        foot.addWidget(self.cancel_button)
        foot.addWidget(self.accept_button)
        outer.addLayout(foot)
        self._column = column
        self._fit()

    def _fit(self) -> None:
        """Take the height that the words need, as far as the window has it; the rest scrolls."""
        px, parent = self.theme.px, self.parentWidget()
        room = parent.window().size() if parent is not None else self.screen().availableSize()
        width = min(px(WIDTH), room.width() - px(32))
        foot = px(20) + px(8) + self.accept_button.sizeHint().height()
        self._column.invalidate()
        words = self._column.totalHeightForWidth(width - px(SCROLL_BAR))  # else the bar comes where nothing scrolls
        fit(self, QSize(width, min(words + foot, room.height() - px(32))))

    def _row(self, switch: Switch, words: str, color: str = "muted") -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(self.theme.px(12))
        switch.setAccessibleName(words)
        row.addWidget(Label(self.theme, words, "body", color, wraps=True, parent=self), 1)
        row.addWidget(switch)
        return row


def lock_dialog(theme: Theme, parent: QWidget) -> PassphraseDialog:
    """Return what locks the chats."""
    title, accept = _("Lock the chats with a passphrase"), _("Lock the chats")
    return PassphraseDialog(theme, title, accept, parent, is_locked=False, locks=True)


def change_dialog(theme: Theme, parent: QWidget) -> PassphraseDialog:
    """Return what gives locked chats another passphrase."""
    title, accept = _("Change the passphrase"), _("Change it")
    return PassphraseDialog(theme, title, accept, parent, is_locked=True, locks=True)


def unlock_dialog(theme: Theme, parent: QWidget) -> PassphraseDialog:
    """Return what takes the passphrase away."""
    title, accept = _("Remove the passphrase"), _("Decrypt the chats")
    return PassphraseDialog(theme, title, accept, parent, is_locked=True, locks=False)
