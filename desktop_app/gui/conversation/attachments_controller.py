"""Attaches files and long texts to the question that is being typed: has them read, and keeps them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from desktop_app.app import App
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.parts import FilePart
from desktop_app.domain.unsent import Unsent
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.composer.attachment_chips import Attached
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.conversation.count_controller import CountController
from desktop_app.gui.widgets.notice import Notice
from desktop_app.services.words.error_text import explain
from desktop_app.support.formats import number, paragraph
from desktop_app.support.i18n import _, ngettext

if TYPE_CHECKING:
    from desktop_app.gui.composer.attachment_dialog import AttachmentDialog
    from desktop_app.gui.window.main_window import MainWindow

MOST_AT_ONCE = 20
"""As many files are read of those that are dropped together."""


class AttachmentsController(QObject):
    """What is attached belongs to the draft of the open chat, or to the question that is being edited."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        chat: ChatController,
        counting: CountController,
    ) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._chat = chat
        self._drafts = chat.drafts
        self._counting = counting
        self._composer = composer = window.composer
        self._chips = composer.attachments
        self._reads = 0
        self._is_bringing_back = False
        self._later: list[str] = []
        self._paste_told: Notice | None = None
        composer.field.files_given.connect(self.attach)
        composer.field.long_text_pasted.connect(self._paste)
        composer.field.paste_undone.connect(self._insert_last)
        composer.attach_requested.connect(self.choose)
        window.commands.attach.triggered.connect(self.choose)
        window.files_dropped.connect(self.attach)
        window.chat_view().file_requested.connect(self._open_sent)
        self._chips.changed.connect(self.keep)
        self._chips.opened.connect(self._open)
        self._drafts.left_wanted.connect(self.begin)

    def begin(self, shown: str = "") -> None:
        """Bring back what was typed and attached for a chat that had not begun; `shown` stood in the composer."""
        self._reads += 1
        self._is_bringing_back = True
        self._drafts.expect(shown)
        kept = self._app.unsent.of_new_chat(self._drafts.draft_id)
        self._bridge.when_done(kept, partial(self._bring_back, self._reads), self._not_brought_back)

    def choose(self) -> None:
        """Ask which files to attach."""
        self._window.show_page("chat")
        dialog = QFileDialog(self._window, _("Attach files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self.attach)
        dialog.finished.connect(lambda _result: self._composer.focus())
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def attach(self, paths: list[str]) -> None:
        """Have files read, each as a chip; what cannot be attached is said, once for all of them."""
        if self._is_bringing_back:  # what comes from the last run stands before them
            self._later += paths
            return
        self._composer.focus()
        is_kept = self._composer.editing_id is None and not self._is_for_temporary
        owner = self._owner if is_kept else None
        troubles: list[ErrorInfo] = []
        for path in paths[:MOST_AT_ONCE]:
            attached = Attached(Path(path).name or path)
            self._chips.add(attached)
            self._bridge.when_done(
                self._app.attachments.read(path),
                partial(self._read, attached, owner),
                partial(self._refused, attached, troubles),
            )
        if len(paths) > MOST_AT_ONCE:
            words = ngettext(
                "Only the first file is attached.", "Only the first {count} files are attached.", MOST_AT_ONCE
            )
            words = words.format(count=number(MOST_AT_ONCE))
            self._window.notice.show_notice(words)

    def _read(self, attached: Attached, owner: str | None, part: FilePart) -> None:
        attached.part, attached.name = part, part.name
        if owner is not None and attached not in self._chips.attached and not attached.is_removed:
            self._keep_for_draft(attached, owner, part)
        self._chips.refresh()
        self._counting.count_files()

    def _keep_for_draft(self, attached: Attached, owner: str, part: FilePart) -> None:
        """Keep a file with the draft that it was attached to: another chat, or an edit, was opened while it was read."""
        if owner != self._owner or self._composer.editing_id is not None:
            self._app.unsent.attach(owner, part)
        if owner == self._owner:
            self._composer.add_to_draft(attached)

    def _refused(self, attached: Attached, troubles: list[ErrorInfo], error: ErrorInfo) -> None:
        self._chips.remove(attached)
        troubles.append(error)
        explanation = explain(error)
        words = explanation.text
        if len(troubles) > 1:
            more = ngettext(
                "{count} more file could not be attached.",
                "{count} more files could not be attached.",
                len(troubles) - 1,
            )
            first = explain(troubles[0])
            words = paragraph([first.text, more.format(count=len(troubles) - 1)])
        self._window.notice.show_notice(words, None, "error")

    # Pasted texts

    def _paste(self, text: str) -> None:
        part = FilePart(name=_("Pasted text"), text=text, size=len(text.encode("utf-8", "replace")), is_pasted=True)
        attached = Attached(part.name, part)
        self._chips.add(attached)
        self._counting.count_files()
        insert = (_("Insert as text instead"), partial(self._insert_pasted, text))
        self._paste_told = self._window.notice.show_notice(_("The long text you pasted is an attachment now."), insert)

    def _insert(self, attached: Attached) -> None:
        """Put a pasted text into the field after all, where it is still attached."""
        if attached.part is None or attached not in self._chips.attached:
            return
        if self._paste_told is not None:
            self._window.notice.dismiss(self._paste_told)
        self._chips.remove(attached)
        self._composer.field.textCursor().insertText(attached.part.text)
        self._composer.focus()

    def _insert_pasted(self, text: str) -> None:
        """Do that with the last one that has this text: in a window that was made anew, too."""
        parts = ((each, each.part) for each in reversed(self._chips.attached))
        same = (each for each, part in parts if part is not None and part.is_pasted and part.text == text)
        if (attached := next(same, None)) is not None:
            self._insert(attached)

    def _insert_last(self) -> None:
        pasted = [each for each in self._chips.attached if each.part is not None and each.part.is_pasted]
        if pasted:
            self._insert(pasted[-1])

    # Keeping

    def keep(self) -> None:
        """Keep the draft's files; those of a question that is being edited are kept with it.

        While a chat is being read, those of the one that never began are still shown: they are not its own. Of a
        temporary chat that has not begun nothing is kept.
        """
        if self._chat.chat is None and (self._chat.chat_id is not None or self._is_for_temporary):
            return
        if self._composer.editing_id is None and not self._chips.is_reading:
            self._app.unsent.keep_files(self._owner, self._composer.files, tuple(self._chips.removed))

    @property
    def _is_for_temporary(self) -> bool:
        """Whether what is attached is for a temporary chat that has not begun."""
        return self._chat.chat is None and self._chat.which.begins_temporary

    @property
    def _owner(self) -> str:
        """What the files of the draft are kept under."""
        return self._chat.chat_id or self._drafts.draft_id

    def _bring_back(self, number: int, unsent: Unsent) -> None:
        if number != self._reads:
            return  # it was wanted again meanwhile
        if self._chat.which.begins_temporary and self._drafts.has_left:
            self._drafts.settle()  # it waits for the next ordinary chat
            self._attach_later()
            return
        if self._chat.chat_id is None and self._drafts.has_joined:
            self.begin(self._drafts.shown)
            return
        if self._chat.chat_id is None:
            self._drafts.bring_back(unsent)
            self.keep()
            self._counting.count_files()
        else:
            self._drafts.miss(unsent)
        self._attach_later()

    def _not_brought_back(self, error: ErrorInfo) -> None:
        self._bridge.failed.emit(error)
        self._drafts.settle()
        self._attach_later()

    def _attach_later(self) -> None:
        """Attach what was given while the last run's files were being read."""
        self._is_bringing_back = False
        later, self._later = self._later, []
        if later:
            self.attach(later)

    # Looking inside

    def _open(self, attached: Attached) -> None:
        part = next(
            (file for file, each in zip(self._composer.files, self._read_ones(), strict=True) if each is attached)
        )
        dialog = self._show(part, can_insert=part.is_pasted)
        dialog.insert_requested.connect(lambda: self._insert(attached))

    def _read_ones(self) -> list[Attached]:
        return [each for each in self._chips.attached if each.part is not None]

    def _open_sent(self, file: FilePart) -> None:
        self._show(file, can_insert=False)

    def _show(self, file: FilePart, *, can_insert: bool) -> AttachmentDialog:
        from desktop_app.gui.composer.attachment_dialog import AttachmentDialog  # not before somebody looks

        dialog = AttachmentDialog(self._window.theme, file, can_insert=can_insert, parent=self._window)
        dialog.open()
        return dialog
