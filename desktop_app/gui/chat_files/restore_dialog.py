"""The dialog that brings one chat back from a backup: which backup, which chat, how it begins, and as what."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QBoxLayout, QFrame, QLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.domain.backups import Backup, KeptChat, Line, Reason
from desktop_app.domain.markdown_text import unmarked
from desktop_app.domain.sizes import readable_size
from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fit
from desktop_app.gui.look.mirroring import align_with_text
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Button, ButtonKind, Label
from desktop_app.gui.widgets.entry_rows import EntryPainter, EntryRows, entry_list
from desktop_app.gui.widgets.passphrase_field import PassphraseField
from desktop_app.gui.widgets.search_field import SearchField
from desktop_app.services.chat_files.outline import chat_title, moment
from desktop_app.support.formats import date, side_by_side
from desktop_app.support.i18n import _, ngettext

WIDTH, HEIGHT = 660, 600
"""How large the dialog is where there is room, in pixels at 100 %."""
PREVIEW_LINES = 7
NARROW = 440
"""Below this width buttons stand below each other, and a chat's line has only its day."""


class KeptRows(EntryRows[KeptChat]):
    """The chats of a backup that match what was typed."""

    def name(self, entry: KeptChat) -> str:
        """Return a chat's title with what the line beside it says."""
        return f"{chat_title(entry.chat)}, {about(entry)}"

    def about(self, entry: KeptChat) -> str:
        """Return the whole title."""
        return chat_title(entry.chat)


class KeptPainter(EntryPainter[KeptChat]):
    """Paints a chat: its title, and when and how long it was."""

    def paint_entry(self, painter: QPainter, rect: QRect, entry: KeptChat, *, chosen: bool) -> None:
        """Draw one chat."""
        px, area = self.theme.px, QRectF(rect).adjusted(self.theme.px(12), 0, -self.theme.px(12), 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(self.theme.font("small"))
        painter.setPen(self.theme.colors.muted)
        words = about(entry) if area.width() > px(NARROW) else day(entry)
        painter.drawText(area, int(middle | Qt.AlignmentFlag.AlignRight), words)
        room = area.width() - painter.fontMetrics().horizontalAdvance(words) - px(16)
        painter.setFont(self.theme.font("body"))
        painter.setPen(self.theme.colors.text)
        title = painter.fontMetrics().elidedText(chat_title(entry.chat), Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(area, int(middle | Qt.AlignmentFlag.AlignLeft), title)


class RestoreDialog(AppDialog):
    """Shows what the services find; `backup_chosen` and `chat_chosen` ask for more.

    `passphrase_entered` carries a backup that is locked with another passphrase than the chats, and what was typed.
    `restore_requested` carries the backup, the chat's id, and whether it is to be one beside the present chat.
    """

    backup_chosen = Signal(object)
    chat_chosen = Signal(object, str)
    passphrase_entered = Signal(object, str)
    restore_requested = Signal(object, str, bool)
    backup_requested = Signal()

    def __init__(self, theme: Theme, present: Sequence[str], parent: QWidget) -> None:
        """`present` are the ids of the chats that are there now."""
        super().__init__(theme, _("Restore a chat"), parent)
        self._present = frozenset(present)
        self._chats: Sequence[KeptChat] = ()
        self.choice = Choice(theme, self)
        self.choice.setAccessibleName(_("Backup"))
        self.choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.search = SearchField(theme, _("Search the chats of this backup"), parent=self)
        self.rows = KeptRows(self)
        self.list = entry_list(self.rows, KeptPainter(theme, self.rows), _("Chats in the backup"), self)
        self.list.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.words = Label(theme, _("Looking for backups…"), "body", "muted", wraps=True, parent=self)
        self.passphrase = PassphraseField(theme, _("Passphrase of this backup"), self)
        self.unlock = Button(theme, _("Unlock the backup"), parent=self)
        self.preview = QPlainTextEdit(self)
        self.note = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.make = Button(theme, _("Back up now"), parent=self)
        self.close_button = Button(theme, _("Close"), parent=self)
        self.complete = Button(theme, _("Add what is missing"), parent=self)
        self.restore = Button(theme, _("Restore"), kind=ButtonKind.PRIMARY, parent=self)
        self._lay_out()
        self._connect()
        self._show_state()

    def show_backups(self, backups: Sequence[Backup]) -> None:
        """Offer these, the first chosen."""
        self.choice.blockSignals(True)
        self.choice.clear()
        for backup in backups:
            self.choice.addItem(backup_words(backup), backup)
        self.choice.blockSignals(False)
        self._show_chats(())
        if backups:
            self._choose_backup()
        else:
            self.words.setText(
                _(
                    "There is no backup yet. One is made before each update of the chats' file, and whenever you ask for it."
                )
            )
        self._show_state()

    def show_chats(self, backup: Backup, chats: Sequence[KeptChat]) -> None:
        """List the chats of a backup, if it is still the chosen one."""
        if backup != self.choice.currentData():
            return
        self.words.setText(_("There is no chat in this backup.") if not chats else "")
        self._chats = chats
        self._filter()

    def show_preview(self, chat_id: str, lines: Sequence[Line]) -> None:
        """Show how a chat begins, if it is still the chosen one."""
        kept = self.kept
        if kept is None or kept.chat.id != chat_id:
            return
        texts = [
            _("{name}: {value}").format(name=_("You"), value=line.text)
            if line.is_user
            else _("{name}: {value}").format(name=_("Model"), value=unmarked(line.text))
            for line in lines
        ]
        self.preview.setPlainText("\n\n".join(texts) or _("There is no text in this chat."))
        align_with_text(self.preview)

    def show_trouble(self, words: str) -> None:
        """Say what cannot be read."""
        self._show_chats(())
        self.words.setText(words)
        self._show_state()

    def ask_for_passphrase(self, backup: Backup, words: str) -> None:
        """Say that a backup is locked, if it is still the chosen one, and let its passphrase be typed."""
        if backup != self.choice.currentData():
            return
        self.show_trouble(words)
        self.passphrase.clear()
        self._show_state(asks=True)
        self.passphrase.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _unlock(self) -> None:
        if self.passphrase.text:
            self.words.setText(_("Reading the backup…"))
            self._show_state()
            self.passphrase_entered.emit(self.choice.currentData(), self.passphrase.text)

    @property
    def kept(self) -> KeptChat | None:
        """The chat that is chosen."""
        index = self.list.currentIndex()
        return self.rows.entries[index.row()] if index.isValid() else None

    def _choose_backup(self) -> None:
        self._show_chats(())
        self.words.setText(_("Reading the backup…"))
        self._show_state()
        self.backup_chosen.emit(self.choice.currentData())

    def _show_chats(self, chats: Sequence[KeptChat]) -> None:
        self._chats = chats
        self._filter()

    def _filter(self) -> None:
        needles = self.search.text().casefold().split()
        shown = [kept for kept in self._chats if all(word in kept.chat.title.casefold() for word in needles)]
        self.rows.show_entries(shown)
        if self._chats:
            self.words.setText("" if shown else _("No chat in this backup has that title."))
        if shown:
            self.list.setCurrentIndex(self.rows.index(0))
        self._show_state()

    def _choose_chat(self) -> None:
        self.preview.clear()
        kept = self.kept
        if kept is not None:
            self.chat_chosen.emit(self.choice.currentData(), kept.chat.id)
        self._show_state()

    def _show_state(self, *, asks: bool = False) -> None:
        """Show what is of use now; `asks` for the passphrase of the chosen backup."""
        kept = self.kept
        is_there = kept is not None and kept.chat.id in self._present
        self.list.setVisible(bool(self.words.text()) is False)
        self.words.setVisible(bool(self.words.text()))
        self.restore.setVisible(bool(self.choice.count()))
        self.restore.setEnabled(kept is not None)
        self.restore.set_content(_("Restore as a new chat") if is_there else _("Restore"))
        self.complete.setVisible(is_there)
        has_backups = bool(self.choice.count())
        self.passphrase.setVisible(asks)
        self.unlock.setVisible(asks)
        for widget in (self.choice, self.search, self.preview):
            widget.setVisible(has_backups and (widget is self.choice or not asks))
        self.make.setVisible(not has_backups)
        if is_there:
            self.note.setText(_("This chat is there now, too. Nothing of it is changed, whatever you choose."))
        else:
            self.note.setText("")

    def _ask_to_restore(self, *, beside: bool) -> None:
        kept = self.kept
        if kept is not None:
            backup = self.choice.currentData()
            self.accept()
            self.restore_requested.emit(backup, kept.chat.id, beside)

    def _restore(self) -> None:
        kept = self.kept
        self._ask_to_restore(beside=kept is not None and kept.chat.id in self._present)

    def _connect(self) -> None:
        self.choice.currentIndexChanged.connect(lambda _index: self._choose_backup())
        self.search.textChanged.connect(lambda _text: self._filter())
        self.search.left_downwards.connect(lambda: self.list.setFocus(Qt.FocusReason.TabFocusReason))
        self.list.selectionModel().currentChanged.connect(lambda _now, _before: self._choose_chat())
        self.list.doubleClicked.connect(lambda _index: self._restore())
        self.restore.clicked.connect(self._restore)
        self.complete.clicked.connect(lambda: self._ask_to_restore(beside=False))
        self.make.clicked.connect(self.backup_requested)
        self.close_button.clicked.connect(self.reject)
        self.passphrase.entered.connect(self._unlock)
        self.unlock.clicked.connect(self._unlock)

    def _lay_out(self) -> None:
        theme, px = self.theme, self.theme.px
        self.preview.setReadOnly(True)
        self.preview.setProperty("look", "report")
        self.preview.setAccessibleName(_("How the chat begins"))
        self.preview.setPlaceholderText(_("How the chat begins"))
        self.preview.setFont(theme.font("small"))
        self.preview.setFrameShape(QFrame.Shape.NoFrame)
        line = self.preview.fontMetrics().lineSpacing()
        self.preview.setMinimumHeight(line + px(24))
        self.preview.setMaximumHeight(PREVIEW_LINES * line + px(24))
        self.note.setMinimumHeight(self.note.fontMetrics().lineSpacing())
        self.restore.setDefault(True)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(10))
        column.addWidget(Label(theme, _("Restore a chat from a backup"), "title", wraps=True, parent=self))
        column.addWidget(self.choice)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addWidget(self.words, 0, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.passphrase)
        column.addWidget(self.unlock, 0, Qt.AlignmentFlag.AlignLeading)
        column.addStretch(1)
        column.addWidget(self.preview)
        column.addWidget(self.note)
        parent = self.parentWidget()
        room = parent.window().size() if parent is not None else self.screen().availableSize()
        fit(self, QSize(min(px(WIDTH), room.width() - px(32)), min(px(HEIGHT), room.height() - px(32))))
        column.addLayout(self._buttons(is_narrow=self.width() < px(NARROW)))
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def _buttons(self, *, is_narrow: bool) -> QBoxLayout:
        row = QBoxLayout(QBoxLayout.Direction.BottomToTop if is_narrow else QBoxLayout.Direction.LeftToRight)
        row.setSpacing(self.theme.px(8))
        if not is_narrow:
            row.addStretch(1)
        row.addWidget(self.close_button)
        buttons = (self.close_button, self.make, self.complete, self.restore)
        for button in buttons[1:]:
            row.addWidget(button)
        for before, after in pairwise(reversed(buttons) if is_narrow else buttons):
            self.setTabOrder(before, after)
        for button in buttons if is_narrow else ():
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return row


def day(kept: KeptChat) -> str:
    """Return when a chat was last used, without the time."""
    return date(kept.chat.updated_at)


def about(kept: KeptChat) -> str:
    """Return when a chat was last used, and how long it was."""
    count = ngettext("{count} message", "{count} messages", kept.messages).format(count=kept.messages)
    return side_by_side([moment(kept.chat.updated_at), count])


def backup_words(backup: Backup) -> str:
    """Return a backup in one line: when, why, and how large."""
    size = readable_size(backup.size)
    if backup.is_locked:
        is_asked = backup.reason is Reason.ASKED
        words = _("{moment}, {size}, locked") if is_asked else _("{moment}, before an update, {size}, locked")
    else:
        words = _("{moment}, {size}") if backup.reason is Reason.ASKED else _("{moment}, before an update, {size}")
    return words.format(moment=moment(backup.made_at), size=size)
