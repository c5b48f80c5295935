"""The field that questions are typed into: as high as its text, and it tells of what is no typing."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
)
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from desktop_app.gui.look.mirroring import align_with_text
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.keyboard_focus import KEYBOARD_REASONS
from desktop_app.gui.widgets.spaced_lines import pitch_in, set_pitch, spaced_document
from desktop_app.settings.schema import SendKey
from desktop_app.support.i18n import _

MOST_LINES = 8
"""The field grows up to this many lines, and scrolls from there on."""
LONG_CHARACTERS = 2_000
LONG_LINES = 30
"""A pasted text with more characters or lines is a long one."""
_HELD = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_SENDS_WITH = {
    SendKey.ENTER: Qt.KeyboardModifier.NoModifier,
    SendKey.SHIFT_ENTER: Qt.KeyboardModifier.ShiftModifier,
    SendKey.CTRL_ENTER: Qt.KeyboardModifier.ControlModifier,
}


def is_long(text: str) -> bool:
    """Whether a pasted text is better an attachment."""
    return len(text) > LONG_CHARACTERS or text.count("\n") >= LONG_LINES


def local_files(source: QMimeData) -> list[str]:
    """Return the paths of the files of this computer that are dropped or pasted."""
    return [url.toLocalFile() for url in source.urls() if url.isLocalFile()]


class QuestionField(Themed, QPlainTextEdit):
    """The text field; it is as high as its text.

    `document_changed` tells that it has another document now, `restyled` that it looks otherwise.
    """

    submitted = Signal()
    escaped = Signal()
    focus_changed = Signal()
    previous_requested = Signal()
    files_given = Signal(list)
    long_text_pasted = Signal(str)
    paste_undone = Signal()
    document_changed = Signal()
    restyled = Signal()
    composition_ended = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QPlainTextEdit.__init__(self, parent)
        self.theme = theme
        self.setFont(theme.font("body"))
        self.setDocument(spaced_document(self, self.pitch))
        self._send_key = SendKey.ENTER
        self._composing = False
        self._attaches_long = True
        self._can_undo_paste = False
        self._covers_ground = False
        self._most_lines = MOST_LINES
        self.by_keyboard = False
        self.word_menu: Callable[[int, QPoint], bool] | None = None
        """Is told where a menu is wanted, in the document and on the screen, and says whether it shows one."""
        self._placeholder = _("Ask anything, or type / for a template")
        self.setAccessibleName(_("Your question"))
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().contentsChanged.connect(self._fit)
        self.textChanged.connect(self._forget_paste)
        self.textChanged.connect(self._align)
        self._align()
        self.apply_theme()

    def cover_ground(self) -> None:
        """Draw what lies below the text itself, so that nothing else is drawn each time the cursor blinks.

        For later than the first paint: to know the viewport's class Python learns all of Qt's widgets.
        """
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._covers_ground = True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the composer's surface, where this covers it, and the text."""
        if self._covers_ground:
            painter = QPainter(self.viewport())
            painter.fillRect(event.rect(), self.theme.colors.surface)
            painter.end()
        super().paintEvent(event)

    @property
    def pitch(self) -> int:
        """How far lines are from each other, in pixels."""
        return pitch_in(self, self.theme)

    def show_placeholder(self, words: str) -> None:
        """Say in the empty field what it is for, or something else."""
        self._placeholder = words or _("Ask anything, or type / for a template")
        self._cut_placeholder()

    def _cut_placeholder(self) -> None:
        """Let it be one line: of a second one nothing but the upper edge would be seen."""
        room = self.contentsRect().width()  # not the viewport's: to know its class Python learns all of Qt's widgets
        room -= 2 * self.cursorWidth()
        self.setPlaceholderText(self.fontMetrics().elidedText(self._placeholder, Qt.TextElideMode.ElideRight, room))

    def set_send_key(self, key: SendKey) -> None:
        """Choose what sends."""
        self._send_key = key

    def set_attaches_long(self, attaches: bool) -> None:
        """Choose whether a long text that is pasted is told of rather than inserted."""
        self._attaches_long = attaches

    def set_most_height(self, height: int) -> None:
        """Grow no higher than that, but to two lines in any case."""
        most = min(max(2, height // self.pitch), MOST_LINES)
        if most != self._most_lines:
            self._most_lines = most
            self._fit()

    def take_over(self, other: "QuestionField") -> None:
        """Have the text of another field, which is empty then, with its cursor and all that can be undone."""
        document, cursor = other.document(), other.textCursor()
        document.setParent(self)  # first: a field deletes the document that is its own
        other.setDocument(spaced_document(other, other.pitch))
        other.document_changed.emit()  # first: what draws into a document can be there once only
        self.setDocument(document)
        self.document_changed.emit()
        self.document().contentsChanged.connect(self._fit)
        self.setTextCursor(cursor)
        self.apply_theme()
        align_with_text(other)

    def _align(self) -> None:
        align_with_text(self)

    def set_theme(self, theme: Theme) -> None:
        """Take over another theme; style sheets keep what draws the placeholder from following to another size."""
        super().set_theme(theme)
        self.viewport().setFont(self.font())

    def apply_theme(self) -> None:
        """Take over the font."""
        self.setFont(self.theme.font("body"))
        set_pitch(self, self.pitch)
        self.document().setDocumentMargin(self.cursorWidth())  # else it is not seen at the right edge
        self._fit()
        self._cut_placeholder()
        super().apply_theme()
        self.restyled.emit()

    def blocks_in_sight(self) -> Sequence[QTextBlock]:
        """Return the paragraphs that can be seen, from above."""
        found: list[QTextBlock] = []
        block, room = self.firstVisibleBlock(), self.contentsRect().height() // self.pitch + 1
        while block.isValid() and len(found) < room:
            found.append(block)
            block = block.next()
        return found

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of the word under the pointer, or at the caret where a key asks for it."""
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        cursor = self.textCursor() if by_key else self.cursorForPosition(event.pos())
        if self.word_menu is None or not self.word_menu(cursor.position(), event.globalPos()):
            super().contextMenuEvent(event)

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
        elif event.key() == Qt.Key.Key_Up and self.document().isEmpty() and not event.modifiers() & _HELD:
            self.previous_requested.emit()
        elif self._can_undo_paste and event.matches(QKeySequence.StandardKey.Undo):
            self._can_undo_paste = False
            self.paste_undone.emit()
        else:
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Take files too."""
        return bool(local_files(source)) or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Tell of files and of long texts, which become attachments; insert the rest."""
        files = local_files(source)
        if files:
            self.files_given.emit(files)
        elif self._attaches_long and is_long(source.text()):
            self._can_undo_paste = True
            self.long_text_pasted.emit(source.text())
        else:
            super().insertFromMimeData(source)

    def _forget_paste(self) -> None:
        self._can_undo_paste = False

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Remember whether an input method is composing."""
        was_composing, self._composing = self._composing, bool(event.preeditString())
        super().inputMethodEvent(event)
        self._fit()
        if was_composing and not self._composing:
            self.composition_ended.emit()

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
        """Wrap anew; what is typed stays in sight in a lower field that not all of it fits into."""
        super().resizeEvent(event)
        self._fit()
        self._cut_placeholder()
        if event.size().height() < event.oldSize().height() and self._overflows:
            self.ensureCursorVisible()

    def _sends(self, modifiers: Qt.KeyboardModifier) -> bool:
        held = modifiers & ~Qt.KeyboardModifier.KeypadModifier
        return held == _SENDS_WITH[self._send_key]

    @property
    def _overflows(self) -> bool:
        return self.document().size().height() > self._most_lines

    def _fit(self) -> None:
        lines = min(max(1, round(self.document().size().height())), self._most_lines)
        height = lines * self.pitch
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)
            self.setViewportMargins(
                0, 0, 0, 0
            )  # lays the viewport out, which Qt does not where one resize leads to another
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if self._overflows else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if policy is not self.verticalScrollBarPolicy():
            self.setVerticalScrollBarPolicy(policy)
