"""The dialog that shows what is inside an attached file, as the model reads it."""

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop_app.domain.parts import FilePart
from desktop_app.gui.chat.file_words import file_notes, file_words
from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fit
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button, ButtonKind, Label
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _

PIECE = 20_000
"""As many characters are put in at once; a long text comes in over some turns of the event loop."""


class AttachmentDialog(AppDialog):
    """Shows a text that cannot be changed; one that was pasted can be inserted as text instead."""

    insert_requested = Signal()

    def __init__(self, theme: Theme, file: FilePart, *, can_insert: bool, parent: QWidget | None = None) -> None:
        super().__init__(theme, file.name, parent)
        self._file = file
        self._shown = 0
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setProperty("look", "box")
        self.text.setFont(theme.font("mono"))
        self.text.setAccessibleName(_("What the model reads of {name}").format(name=file.name))
        self.insert = Button(theme, _("Insert as text instead"), parent=self)
        self.copy_button = Button(theme, _("Copy"), icon="copy", parent=self)
        self.insert.setVisible(can_insert)
        self.close_button = Button(theme, _("Close"), kind=ButtonKind.PRIMARY, parent=self)
        self.close_button.setDefault(True)
        self._lay_out()
        self.copy_button.clicked.connect(self._copy)
        self.insert.clicked.connect(self._insert)
        self.close_button.clicked.connect(self.accept)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._show_more)
        self._show_more()
        if self._shown < len(file.text):
            self._timer.start(0)

    def _lay_out(self) -> None:
        theme, px = self.theme, self.theme.px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(12))
        about = paragraph([file_words(self._file), *file_notes(self._file)])
        column.addWidget(Label(theme, self._file.name, "title", wraps=True, parent=self))
        column.addWidget(Label(theme, about, "small", "muted", wraps=True, parent=self))
        column.addWidget(self.text, 1)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self.insert)
        row.addStretch(1)
        row.addWidget(self.copy_button)
        row.addWidget(self.close_button)
        column.addLayout(row)
        fit(self, QSize(px(680), px(520)), QSize(px(360), px(300)))
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_more(self) -> None:
        """Put the next piece in behind what is shown; a line that is very long is cut there."""
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(self._file.text[self._shown : self._shown + PIECE])
        self._shown += PIECE
        if self._shown >= len(self._file.text):
            self._timer.stop()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._file.text)
        self.copy_button.set_content(_("Copied"), "check")

    def _insert(self) -> None:
        self.insert_requested.emit()
        self.accept()
