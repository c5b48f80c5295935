"""Where questions are typed: a growing field with Send, which becomes Stop while an answer streams."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from desktop_app.domain.parts import FilePart
from desktop_app.domain.unsent import Edit
from desktop_app.gui.composer.attachment_chips import Attached, AttachmentChips
from desktop_app.gui.composer.question_field import MOST_LINES, QuestionField
from desktop_app.gui.composer.queue_list import QueueList
from desktop_app.gui.composer.row import ComposerRow
from desktop_app.gui.composer.words import (
    NO_EDITING,
    Editing,
    count_color,
    count_words,
    editing_words,
    key_words,
    short_key_words,
    streaming_words,
)
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.accessible import Spoken
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.key_names import written
from desktop_app.settings.schema import SendKey
from desktop_app.support.i18n import _

BESIDE_PARTS = 58
"""The height of what is no field, file or question that comes next, in pixels at 100 %."""

__all__ = ["MOST_LINES", "Composer", "QuestionField"]


class Composer(Spoken, Themed, QWidget):
    """The field with what belongs to it: hints, the token count, Send or Stop.

    Its states are 'idle', 'streaming' and 'disabled'; typing is possible in all of them.
    """

    send_requested = Signal(str)
    stop_requested = Signal()
    state_changed = Signal(str)
    text_changed = Signal(str)
    edit_submitted = Signal(str, str)
    escaped = Signal()
    writing_ended = Signal()
    queued_submitted = Signal(str, str)
    queue_requested = Signal(str)
    edit_cancelled = Signal(object)
    editing_changed = Signal(str)
    previous_requested = Signal()
    attach_requested = Signal()
    template_removed = Signal()
    advice_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, is_quick: bool = False) -> None:
        """One that `is_quick` takes a single question without files, and Escape leaves it while an answer streams."""
        QWidget.__init__(self, parent)
        self.theme = theme
        self._is_quick = is_quick
        self.setAccessibleName(_("Composer"))
        self._state = "idle"
        self._is_waiting = False
        self._is_written = False
        self._reason = ""
        self._editing = NO_EDITING
        self._count: int | None = None
        self._context: tuple[int, int] | None = None
        self._is_target = False
        self._most_height: int | None = None
        self._send_key = SendKey.ENTER
        self.queued = QueueList(theme, self)
        self.field = QuestionField(theme, self)
        self.attachments = AttachmentChips(theme, self.field, self)
        self._row = row = ComposerRow(theme, self)
        self.attach, self.template, self.hint, self.why = row.attach, row.template, row.hint, row.why
        self.tokens, self.cancel, self.later, self.send = row.tokens, row.cancel, row.later, row.send
        self.attach.setVisible(not is_quick)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._lay_out()
        self._connect()
        self.apply_theme()
        self._show_state()

    @property
    def editing_id(self) -> str | None:
        """The message that is being edited, if any."""
        return self._editing.message_id

    @property
    def state(self) -> str:
        """'idle', 'streaming' or 'disabled'."""
        return self._state

    def text(self) -> str:
        """Return what is typed."""
        return self.field.toPlainText()

    def set_text(self, text: str) -> None:
        """Put `text` into the field, the cursor at its end."""
        self.field.setPlainText(text)
        cursor = self.field.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.field.setTextCursor(cursor)

    def write(self, text: str, *, goes_on: bool) -> None:
        """Have `text` in the field in a way that can be undone, together with what was written before if it `goes_on`."""
        typed, cursor = self.text(), self.field.textCursor()
        if goes_on:
            cursor.joinPreviousEditBlock()
        else:
            cursor.beginEditBlock()
        if text.startswith(typed):
            cursor.movePosition(cursor.MoveOperation.End)
        else:
            cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text.removeprefix(typed))
        cursor.endEditBlock()
        self.field.setTextCursor(cursor)

    def set_written(self, words: str) -> None:
        """Say in the empty field that a question is written for the person, which Escape ends; empty for no longer."""
        self._is_written = bool(words)
        self.field.show_placeholder(words)
        announce(self.field, words)

    def add_quote(self, markdown: str) -> None:
        """Put a text as a quote behind what is typed, the cursor below it; it can be undone."""
        from desktop_app.services.chat_files.markdown import quoted  # few questions need it

        typed = self.text()
        lacking = max(0, 2 - (len(typed) - len(typed.rstrip("\n")))) if typed.strip() else 0
        cursor = self.field.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        cursor.insertText("\n" * lacking + quoted(markdown.strip()) + "\n\n")
        self.field.setTextCursor(cursor)
        self.focus()

    @property
    def draft(self) -> str:
        """What is typed as a question of its own; while a message is edited, what was typed before."""
        return self._editing.draft if self.editing_id is not None else self.text()

    def set_draft(self, text: str) -> None:
        """Have `text` in place of what is typed as a question of its own; an edit stays as it is."""
        if self.editing_id is not None:
            self._editing = self._editing._replace(draft=text)
        else:
            self.set_text(text)

    @property
    def draft_files(self) -> tuple[FilePart, ...]:
        """The files of what is typed as a question of its own."""
        return self._editing.files if self.editing_id is not None else self.files

    @property
    def files(self) -> tuple[FilePart, ...]:
        """The attached files, as far as they are read, with their tokens."""
        return self.attachments.files

    def set_files(self, files: Sequence[FilePart]) -> None:
        """Attach these files in place of those that are attached, without telling anybody."""
        self.attachments.show_files(files)
        self._show_count()
        self._show_send()

    def give_back(self, text: str, files: Sequence[FilePart]) -> None:
        """Put a question that could not be asked before what is typed as one, unless it stands there; an edit stays."""
        typed = self.draft
        words = typed if typed.strip().startswith(text.strip()) else "\n\n".join(filter(str.strip, (text, typed)))
        names = {file.name for file in files}
        kept = (*files, *(file for file in self.draft_files if file.name not in names))
        if self.editing_id is not None:
            self._editing = self._editing._replace(draft=words, files=kept)
        else:
            if words != typed:
                self.set_text(words)
            self.set_files(kept)

    def add_to_draft(self, attached: Attached) -> None:
        """Attach one more file to what is typed as a question of its own; an edit stays as it is."""
        if self.editing_id is None:
            self.attachments.add(attached)
        elif attached.part is not None:
            self._editing = self._editing._replace(files=(*self._editing.files, attached.part))

    def clear(self) -> None:
        """Take the text and the files away, which are on their way now."""
        self.set_files(())
        self.set_text("")

    def focus(self) -> None:
        """Put the cursor into the field; where another page is shown, nobody types unseen."""
        if self.isVisibleTo(self.window()):
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_send_key(self, key: SendKey) -> None:
        """Choose what sends."""
        self._send_key = key
        self.field.set_send_key(key)
        self._show_state()

    def set_state(self, state: str, reason: str = "") -> None:
        """Switch to 'idle', 'streaming' or 'disabled'; `reason` says why nothing can be sent.

        What was to be sent while it could not be is sent as soon as it can, unless it was edited since.
        """
        self._state = state
        self._reason = reason
        self._show_state()
        self.state_changed.emit(state)
        if state == "idle" and self._is_waiting:
            QTimer.singleShot(0, self, self._submit_waiting)  # whoever set the state finishes first

    def withdraw(self) -> bool:
        """Send no longer what waits to be sent; False where nothing does."""
        was_waiting, self._is_waiting = self._is_waiting, False
        return was_waiting

    def set_template(self, title: str, details: str = "") -> None:
        """Show which template the question comes from, and in `details` what it brings along; empty for none."""
        self._row.set_template(title, details)
        self._fit_row()

    def set_advice(self, words: str) -> None:
        """Say in place of the keys how the question could be clearer; empty for nothing. Nothing moves for it."""
        if words != self._row.advice:
            self._row.advice = words
            self._show_state()
            announce(self.field, words)

    def set_token_count(self, count: int | None) -> None:
        """Show how many tokens the text has, with those of the files; None for a text that has none."""
        self._count = count
        self._show_count()

    def set_context(self, used: int | None, size: int | None) -> None:
        """Show how full the context of `size` tokens will be, `used` of which are taken; None hides it."""
        self._context = (used or 0, size) if size else None
        self.attachments.set_room(size)
        self._show_count()

    def set_editing(
        self,
        message_id: str,
        text: str,
        files: Sequence[FilePart] = (),
        *,
        queued: bool = False,
        is_answer: bool = False,
    ) -> None:
        """Edit an earlier question or answer, or a `queued` question; what was typed before comes back afterwards.

        An edit that was open is told to be cancelled.
        """
        draft, kept = self._editing.draft, self._editing.files
        if self.editing_id is None:
            draft, kept = self.text(), self.files
        elif message_id != self.editing_id:
            self.edit_cancelled.emit(self.edit)
        self._editing = Editing(message_id, queued, is_answer, draft, kept)
        self.set_text(text)
        self.set_files(files)
        self._show_state()
        self.editing_changed.emit(message_id)

    def cancel_editing(self) -> None:
        """Leave the editing, without a signal, and bring back what was typed before it."""
        if self.editing_id is None:
            return
        before, self._editing = self._editing, NO_EDITING
        self.set_text(before.draft)
        self.set_files(before.files)
        self._show_state()
        self.editing_changed.emit("")

    def escape(self) -> None:
        """Leave the editing of a message, or have what is being written stopped; else tell that there is neither."""
        if self.editing_id is not None:
            self._give_up_editing()
        elif self._is_written:
            self.writing_ended.emit()
        elif self._state == "streaming" and not self._is_quick:
            self.stop_requested.emit()
        else:
            self.escaped.emit()

    @property
    def editing(self) -> Editing:
        """What is being edited."""
        return self._editing

    @property
    def edit(self) -> Edit | None:
        """What the message that is edited is to become, as far as it is typed and its files are read; None for no edit."""
        if self.editing_id is None:
            return None
        return Edit(message_id=self.editing_id, text=self.text(), files=self.files)

    def take_over(self, other: "Composer") -> None:
        """Have what is typed and attached in another composer, with the cursor and all that can be undone."""
        self._editing = other.editing
        self.field.take_over(other.field)
        self.set_files(other.files)
        self._show_state()
        self.editing_changed.emit(self.editing_id or "")

    def set_drop_target(self, is_target: bool) -> None:
        """Show that files which are dropped now are attached."""
        self._is_target = is_target
        self._show_state()
        self.update()

    def set_most_height(self, height: int) -> None:
        """Be no higher than that where it can be helped: each part scrolls what is too high."""
        self._most_height = height
        self._share_height()

    def _share_height(self) -> None:
        if self._most_height is None:
            return
        parts = ((self.queued, 30), (self.attachments, 25), (self.field, 40))
        shown = [(part, share) for part, share in parts if not part.isHidden()]
        left = max(0, self._most_height - self.theme.px(BESIDE_PARTS) - len(shown) * self.theme.px(8))
        for part, share in shown:
            part.set_most_height(left * share // sum(each for _part, each in shown))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Share the height among other parts."""
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._share_height()
        return super().eventFilter(watched, event)

    def apply_theme(self) -> None:
        """Take over margins."""
        px = self.theme.px
        set_margins(self._column, px(16), px(14), px(12), px(8))
        self._column.setSpacing(px(8))
        self._row.set_theme(self.theme)
        super().apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the count and the template's button what room there is."""
        super().resizeEvent(event)
        self._show_count()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the surface, and the focus ring while the field has the focus."""
        colors = self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.field.hasFocus()
        ringed = focused and self.field.by_keyboard
        line = colors.accent if self._is_target else colors.muted if focused else colors.control_line
        painter.setPen(QPen(colors.focus, 2) if ringed else QPen(line, 1))
        painter.setBrush(colors.surface)
        inset = 1.0 if ringed else 0.5
        radius = self.theme.px(self.theme.tokens.radius.bubble)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), radius, radius)
        painter.end()

    def minimumSizeHint(self) -> QSize:
        """Narrow windows cut the hint, not the buttons."""
        return QSize(self.theme.px(240), super().minimumSizeHint().height())

    def _fit_row(self) -> None:
        self._row.fit(can_wait=self._can_wait)

    def _lay_out(self) -> None:
        self._column = QVBoxLayout(self)
        self._column.addWidget(self.queued)
        self._column.addWidget(self.attachments)
        self._column.addWidget(self.field)
        self._column.addLayout(self._row)

    def _connect(self) -> None:
        self.queued.installEventFilter(self)
        self.attachments.installEventFilter(self)
        self.field.submitted.connect(self._submit)
        self.field.escaped.connect(self.escape)
        self.field.focus_changed.connect(self.update)
        self.field.textChanged.connect(self._text_changed)
        self.field.previous_requested.connect(self._go_back)
        self.attachments.changed.connect(self._files_changed)
        self.attachments.left.connect(self.focus)
        self.attach.clicked.connect(self.attach_requested)
        self.later.clicked.connect(self._submit)
        self.send.clicked.connect(self._press)
        for button in (self.later, self.send, self.queued.send):
            button.clicked.connect(self.focus)  # one types on, and the button may be gone
        self.cancel.clicked.connect(self._give_up_editing)
        self.template.clicked.connect(self.template_removed)
        self.why.clicked.connect(self.advice_requested)

    def _text_changed(self) -> None:
        self._is_waiting = False
        self._show_send()
        self.text_changed.emit(self.text())

    def _press(self) -> None:
        if self._state == "streaming":
            self.stop_requested.emit()
        else:
            self._submit()

    def _submit_waiting(self) -> None:
        if self._is_waiting:
            self._submit()

    def _submit(self) -> None:
        text = self.text()
        is_blank = not text.strip() and not self.files
        self._is_waiting = self._state == "disabled" and not is_blank
        if is_blank or self.attachments.is_reading:
            return
        if self._editing.is_queued and self.editing_id is not None:
            self.queued_submitted.emit(self.editing_id, text)
        elif self._state == "streaming" and self.editing_id is None and not self._is_quick:
            self.queue_requested.emit(text)
        elif self._state == "streaming" and self.editing_id is not None:
            self._is_waiting = True  # for the end of an answer that nobody waits for any more
            self.stop_requested.emit()
        elif self._state == "idle" and self.editing_id is not None:
            self.edit_submitted.emit(self.editing_id, text)
        elif self._state == "idle":
            self.send_requested.emit(text)

    def _go_back(self) -> None:
        if self.editing_id is None and not self.files:
            self.previous_requested.emit()

    def _files_changed(self) -> None:
        self._show_count()
        self._show_send()

    def _give_up_editing(self) -> None:
        edit = self.edit
        self.cancel_editing()
        self.focus()
        self.edit_cancelled.emit(edit)

    def _show_state(self) -> None:
        self.cancel.setVisible(self.editing_id is not None)
        self._row.words = self._hint_words()
        self._show_send()
        self._fit_row()

    def _hint_words(self) -> tuple[str, ...]:
        """Return what is to be said, the longest first: at last which keys send, or nothing where even that is cut."""
        if self._is_target:
            return (_("Drop files to attach them"),)
        if self._state == "disabled" and self._reason and not self._editing.is_queued:
            return (self._reason,)
        if self.editing_id is not None:
            return editing_words(self._editing)
        if self._state == "streaming":
            return (streaming_words(is_quick=self._is_quick),)
        if self._row.advice:
            return (self._row.advice,)
        return key_words(self._send_key, written), short_key_words(self._send_key, written), ""

    def _show_count(self) -> None:
        """Show the tokens of the text and the files together, and how full the context will be with them."""
        files = self.attachments.tokens
        count = None if self._count is None and not files else (self._count or 0) + files
        words, tip = count_words(count, self._context, is_wide=self._row.is_wide)
        self.tokens.setText(words)
        self.tokens.setToolTip(tip)
        self.tokens.set_color(count_color(count, self._context))
        self._fit_row()

    @property
    def _can_wait(self) -> bool:
        """Whether there is something to be asked next, or to be kept of a question that comes next."""
        is_next = self._state == "streaming" and self.editing_id is None and not self._is_blank()
        return (is_next and not self._is_quick) or self._editing.is_queued

    def _show_send(self) -> None:
        streaming = self._state == "streaming"
        is_reading = self.attachments.is_reading
        can_send = self._state == "idle" and not self._is_blank() and not is_reading and not self._editing.is_queued
        self.send.set_content(_("Stop") if streaming else _("Send"))
        self.send.setEnabled(streaming or can_send)
        self.later.set_content(_("Save") if self._editing.is_queued else _("Ask next"))
        self.later.setToolTip("" if self._editing.is_queued else _("Ask this when the answer is complete"))
        if self.later.isVisibleTo(self) != self._can_wait:
            self.later.setVisible(self._can_wait)
            self._fit_row()
        self.later.setEnabled(not is_reading)
        tip = _("Stop the answer") if streaming else self._reason or _("Send the question")
        if is_reading and not streaming:
            tip = _("A file is still being read")
        self.send.setToolTip(tip)
        self.send.setAccessibleDescription(tip)

    def _is_blank(self) -> bool:
        document = self.field.document()
        if self.files:
            return False
        return document.isEmpty() or (document.characterCount() < 1000 and not self.text().strip())
