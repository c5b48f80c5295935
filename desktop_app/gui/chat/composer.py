"""Where questions are typed: a growing field with Send, which becomes Stop while an answer streams."""

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.gui.controls import KEYBOARD_REASONS, Button, ButtonKind, ButtonSize, ElidedLabel, Label
from desktop_app.gui.theme import Theme, Themed
from desktop_app.settings.schema import SendKey
from desktop_app.support.i18n import _, ngettext

MOST_TEMPLATE = 240
HINT_FROM = 520
"""A composer with a template that is narrower than this, in pixels at 100 %, has no room for the hint."""
LEAST_ADVICE = 120
"""Advice that has less room than this, in pixels at 100 %, says nothing."""
HINT_STRETCH = 1000
MOST_LINES = 8
"""The field grows up to this many lines, and scrolls from there on."""


class QuestionField(Themed, QPlainTextEdit):
    """The text field; it is as high as its text."""

    submitted = Signal()
    escaped = Signal()
    focus_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QPlainTextEdit.__init__(self, parent)
        self.theme = theme
        self._send_key = SendKey.ENTER
        self._composing = False
        self.by_keyboard = False
        self.setPlaceholderText(_("Ask anything, or type / for a template"))
        self.setAccessibleName(_("Your question"))
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.document().contentsChanged.connect(self._fit)
        self.apply_theme()

    def set_send_key(self, key: SendKey) -> None:
        """Choose what sends."""
        self._send_key = key

    def apply_theme(self) -> None:
        """Take over the font."""
        self.setFont(self.theme.font("body"))
        self.document().setDocumentMargin(0)
        self._fit()
        super().apply_theme()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send with the chosen key; during an input method's composition Enter belongs to it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._composing:
                event.ignore()
            elif self._sends(event.modifiers()):
                self.submitted.emit()
            else:
                self.textCursor().insertBlock()
                self.ensureCursorVisible()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Remember whether an input method is composing."""
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)
        self._fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell the composer, which draws the ring where the keyboard brought the focus."""
        self.by_keyboard = event.reason() in KEYBOARD_REASONS
        super().focusInEvent(event)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell the composer; a composition ends with the focus."""
        self._composing = False
        super().focusOutEvent(event)
        self.focus_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap anew."""
        super().resizeEvent(event)
        self._fit()

    def _sends(self, modifiers: Qt.KeyboardModifier) -> bool:
        held = modifiers & ~Qt.KeyboardModifier.KeypadModifier
        wanted = (
            Qt.KeyboardModifier.NoModifier if self._send_key is SendKey.ENTER else Qt.KeyboardModifier.ControlModifier
        )
        return held == wanted

    def _fit(self) -> None:
        lines = min(max(1, round(self.document().size().height())), MOST_LINES)
        height = lines * self.fontMetrics().lineSpacing() + self.theme.px(4)
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)
        overflows = self.document().size().height() > MOST_LINES
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if overflows else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if policy is not self.verticalScrollBarPolicy():
            self.setVerticalScrollBarPolicy(policy)


class Composer(Themed, QWidget):
    """The field with what belongs to it: hints, the token count, Send or Stop.

    Its states are 'idle', 'streaming' and 'disabled'; typing is possible in all of them.
    """

    send_requested = Signal(str)
    stop_requested = Signal()
    state_changed = Signal(str)
    text_changed = Signal(str)
    edit_submitted = Signal(str, str)
    escaped = Signal()
    edit_cancelled = Signal()
    template_removed = Signal()
    advice_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._state = "idle"
        self._is_waiting = False
        self._reason = ""
        self._editing_id: str | None = None
        self._edits_answer = False
        self._kept_draft = ""
        self._send_key = SendKey.ENTER
        self.field = QuestionField(theme, self)
        self._template_words = ""
        self.template = Button(theme, "", size=ButtonSize.SMALL, icon="close", parent=self)
        self.template.setAccessibleName(_("Remove the template"))
        self.template.hide()
        self._advice = ""
        self.hint = ElidedLabel(theme, "", "small", "muted", parent=self)
        self.why = Button(theme, _("Why?"), kind=ButtonKind.QUIET, size=ButtonSize.SMALL, parent=self)
        self.why.setAccessibleName(_("Why the question could be clearer"))
        self.tokens = Label(theme, "", "small", "muted", parent=self)
        self.cancel = Button(theme, _("Cancel"), size=ButtonSize.SMALL, parent=self)
        self.send = Button(theme, _("Send"), kind=ButtonKind.PRIMARY, parent=self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._lay_out()
        self._connect()
        self.apply_theme()
        self._show_state()

    @property
    def editing_id(self) -> str | None:
        """The message that is being edited, if any."""
        return self._editing_id

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

    def focus(self) -> None:
        """Put the cursor into the field."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_send_key(self, key: SendKey) -> None:
        """Choose what sends."""
        self._send_key = key
        self.field.set_send_key(key)
        self._show_state()

    def set_state(self, state: str, reason: str = "") -> None:
        """Switch to 'idle', 'streaming' or 'disabled'; `reason` says why nothing can be sent.

        What was to be sent while nothing could be is sent as soon as it can, unless it was edited since.
        """
        self._state = state
        self._reason = reason
        self._show_state()
        self.state_changed.emit(state)
        if state == "idle" and self._is_waiting:
            self._is_waiting = False
            QTimer.singleShot(0, self, self._submit)  # whoever set the state finishes first

    def set_template(self, title: str, details: str = "") -> None:
        """Show which template the question comes from, and in `details` what it brings along; empty for none."""
        self._template_words = _("Template: {title}").format(title=title) if title else ""
        if title:
            self.template.setAccessibleName(_("{template}, remove it").format(template=self._template_words))
        self.template.setToolTip("\n".join(part for part in (details, _("Click to remove the template.")) if part))
        self._fit_template()

    def set_advice(self, words: str) -> None:
        """Say in place of the keys how the question could be clearer; empty for nothing. Nothing moves for it."""
        if words != self._advice:
            self._advice = words
            self._show_state()
            if words and QAccessible.isActive():
                QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.field, words))

    def set_token_count(self, count: int | None) -> None:
        """Show how many tokens the text has; None shows nothing."""
        words = "" if count is None else ngettext("{count} token", "{count} tokens", count).format(count=f"{count:,}")
        self.tokens.setText(words)
        self._fit_template()

    def set_editing(self, message_id: str, text: str, *, is_answer: bool = False) -> None:
        """Edit an earlier question or answer; what was typed before comes back afterwards."""
        if self._editing_id is None:
            self._kept_draft = self.text()
        self._editing_id, self._edits_answer = message_id, is_answer
        self.set_text(text)
        self._show_state()
        self.focus()

    def cancel_editing(self) -> None:
        """Leave the editing, without a signal, and bring back what was typed before it."""
        if self._editing_id is None:
            return
        self._editing_id = None
        self.set_text(self._kept_draft)
        self._show_state()

    def apply_theme(self) -> None:
        """Take over margins."""
        px = self.theme.px
        self._column.setContentsMargins(px(16), px(14), px(12), px(8))
        self._column.setSpacing(px(8))
        self._row.setSpacing(px(8))
        wider = max(self._width_of(_("Send")), self._width_of(_("Stop")), self._width_of(_("Save")))
        self.send.setFixedWidth(wider)
        super().apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the template's button what room there is."""
        super().resizeEvent(event)
        self._fit_template()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the surface, and the focus ring while the field has the focus."""
        colors = self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.field.hasFocus()
        ringed = focused and self.field.by_keyboard
        line = colors.muted if focused else colors.control_line
        painter.setPen(QPen(colors.focus, 2) if ringed else QPen(line, 1))
        painter.setBrush(colors.surface)
        inset = 1.0 if ringed else 0.5
        radius = self.theme.px(self.theme.tokens.radius.bubble)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), radius, radius)
        painter.end()

    def minimumSizeHint(self) -> QSize:
        """Narrow windows cut the hint, not the buttons."""
        return QSize(self.theme.px(240), super().minimumSizeHint().height())

    def _fit_template(self) -> None:
        """Cut the template's name where it is narrow, and leave the hint out in its favour."""
        has_template = bool(self._template_words)
        px = self.theme.px
        others = (
            self.tokens.sizeHint().width()
            + self.send.width()
            + (self.cancel.sizeHint().width() + px(8)) * (self._editing_id is not None)
        )
        room = min(px(MOST_TEMPLATE), max(px(24), self.width() - others - px(28 + 52 + 4 * 8)))
        shown = self.template.fontMetrics().elidedText(self._template_words, Qt.TextElideMode.ElideRight, room)
        if shown != self.template.text():
            self.template.set_content(shown, "close")
        self.template.setVisible(has_template)
        self.hint.setVisible(not (has_template and self.width() < self.theme.px(HINT_FROM)))
        self._fit_advice()

    @property
    def _advises(self) -> bool:
        return bool(self._advice) and self.hint.text() == self._advice

    def _fit_advice(self) -> None:
        """Let the button stand where the words end; narrow composers leave the count out, then the words."""
        advises, px = self._advises, self.theme.px
        self.why.setVisible(advises)
        self._row.setStretchFactor(self.hint, 0 if advises else HINT_STRETCH)
        self.tokens.setVisible(not advises or self.width() >= px(HINT_FROM))
        others = self.why.sizeHint().width() + self.send.width() + px(28 + 4 * 8)
        has_room = self.width() - others >= px(LEAST_ADVICE)
        self.why.set_content(_("Why?") if has_room else _("A hint…"))
        self.why.setToolTip(self._advice)
        if advises:
            self.hint.setVisible(has_room)

    def _width_of(self, words: str) -> int:
        return self.send.fontMetrics().horizontalAdvance(words) + 2 * self.theme.px(16)

    def _lay_out(self) -> None:
        self._column = QVBoxLayout(self)
        self._row = QHBoxLayout()
        self._row.addWidget(self.template)
        self._row.addWidget(self.hint, HINT_STRETCH)
        self._row.addWidget(self.why)
        self._row.addStretch(1)
        self._row.addWidget(self.tokens)
        self._row.addWidget(self.cancel)
        self._row.addWidget(self.send)
        self._column.addWidget(self.field)
        self._column.addLayout(self._row)
        self.setFocusProxy(self.field)

    def _connect(self) -> None:
        self.field.submitted.connect(self._submit)
        self.field.escaped.connect(self._escape)
        self.field.focus_changed.connect(self.update)
        self.field.textChanged.connect(self._text_changed)
        self.send.clicked.connect(self._press)
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

    def _submit(self) -> None:
        text = self.text()
        self._is_waiting = self._state == "disabled" and bool(text.strip())
        if self._state != "idle" or not text.strip():
            return
        if self._editing_id is not None:
            self.edit_submitted.emit(self._editing_id, text)
        else:
            self.send_requested.emit(text)

    def _escape(self) -> None:
        if self._state == "streaming":
            self.stop_requested.emit()
        elif self._editing_id is not None:
            self._give_up_editing()
        else:
            self.escaped.emit()

    def _give_up_editing(self) -> None:
        self.cancel_editing()
        self.focus()
        self.edit_cancelled.emit()

    def _show_state(self) -> None:
        self.cancel.setVisible(self._editing_id is not None)
        if self._state == "disabled" and self._reason:
            words = self._reason
        elif self._state == "streaming":
            words = _("Esc stops the answer")
        elif self._editing_id is not None and self._edits_answer:
            words = _("Editing an answer. Sending it keeps your words beside the model's.")
        elif self._editing_id is not None:
            words = _("Editing a question. Sending it starts a new branch.")
        elif self._advice:
            words = self._advice
        elif self._send_key is SendKey.ENTER:
            words = _("Enter sends, Shift+Enter starts a new line")
        else:
            words = _("Ctrl+Enter sends, Enter starts a new line")
        self.hint.setText(words)
        self._fit_template()
        self._show_send()

    def _show_send(self) -> None:
        streaming = self._state == "streaming"
        self.send.set_content(_("Stop") if streaming else _("Send"))
        self.send.setEnabled(streaming or (self._state == "idle" and not self._is_blank()))
        tip = _("Stop the answer") if streaming else self._reason or _("Send the question")
        self.send.setToolTip(tip)
        self.send.setAccessibleDescription(tip)

    def _is_blank(self) -> bool:
        document = self.field.document()
        return document.isEmpty() or (document.characterCount() < 1000 and not self.text().strip())
