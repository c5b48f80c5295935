"""The field of the notebook: plain text, in which what a model wrote is tinted until a person changes it."""

import math
from collections.abc import Iterator

import msgspec
from PySide6.QtCore import QMimeData, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QInputMethodEvent,
    QKeyEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from desktop_app.domain.notebook import Continuation, Marks, Span, changed, joined
from desktop_app.gui.composer.question_field import local_files
from desktop_app.gui.look.mirroring import align_with_text
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.spaced_lines import pitch_in, set_pitch, spaced_document
from desktop_app.support.i18n import _

WROTE = int(QTextFormat.Property.UserProperty) + 1
"""The property of characters that a model wrote: Undo brings it back with them."""
EDGE = 24
"""The least room beside the text, in pixels at 100 %."""
IN_DOCUMENT = 4
"""How much of that is the document's own, so that its cursor is seen at the edge, in pixels."""
SLICE = 100_000
"""So many characters of a text are put here in one turn of the event loop: 7 ms."""
_CONTROL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
_COMMANDS = (_CONTROL, _CONTROL | _SHIFT)
"""With these, keys type nothing, as in Qt; with Alt and AltGr they may."""


def _plain(raw: str) -> str:
    """Return a text as others know it, of how Qt's documents keep it."""
    return raw.replace("\u2029", "\n").replace("\u2028", "\n")


def _format(*, wrote: bool) -> QTextCharFormat:
    made = QTextCharFormat()
    if wrote:
        made.setProperty(WROTE, True)
    return made


def room_beside(theme: Theme, width: int) -> int:
    """Return how much room is at either side of what is written in a width, in pixels."""
    return max(theme.px(EDGE), (width - theme.px(theme.chat_width)) // 2)


def _parted(text: str) -> tuple[str, str]:
    """Return a part of a text of about SLICE, and the rest; of no line a part: each would have all of it laid out again."""
    if len(text) <= SLICE:
        return text, ""
    end = text.rfind("\n", 0, SLICE) + 1 or text.find("\n", SLICE) + 1 or len(text)
    return text[:end], text[end:]


class NotebookEditor(Themed, QPlainTextEdit):
    """Holds one text; `files_given` are dropped or pasted there. `filled` tells that another one is all there. `edited` tells of any change, `continued` that there is another last continuation, or none.

    While a model writes, nobody else can; all that it writes is one step of Undo.
    """

    filled = Signal()
    edited = Signal()
    continued = Signal()
    files_given = Signal(list)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QPlainTextEdit.__init__(self, parent)
        self.theme = theme
        self.setFont(theme.font("body"))
        self.setDocument(spaced_document(self, pitch_in(self, theme)))
        self._wrote: list[Span] = []
        self._last: Continuation | None = None
        self._past: list[Continuation] = []
        """What the model wrote since the text was opened, in order; Undo and Redo bring it back."""
        self._seen_from = 0
        self._room_above = 0
        self.is_filling = False
        """Whether a long text is about to be here, and is not all there yet."""
        self._rest, self._marks = "", Marks()
        self._filling = QTimer(self, singleShot=True, interval=0)
        self._filling.timeout.connect(self._fill)
        self._writing: QTextCursor | None = None
        """Where the model writes on, from the moment at which it is asked."""
        self._begin = 0
        self._earlier: tuple[str, ...] = ()
        self._written = ""
        self._tinting = QTimer(self, singleShot=True, interval=0)
        self._tinting.timeout.connect(self._tint)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setAccessibleName(_("Text of the notebook"))
        self.setPlaceholderText(_("Begin a text. The model goes on where it ends."))
        self.setTabChangesFocus(True)
        self.document().contentsChange.connect(self._changed)
        self.cursorPositionChanged.connect(self._type_plainly)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._tinting.start())
        self.textChanged.connect(lambda: align_with_text(self))
        self.apply_theme()

    # What it holds

    def show_text(self, text: str, marks: Marks) -> None:
        """Show another text; there is nothing to undo in it yet."""
        self.end_writing()
        self._filling.stop()
        self._rest, self._marks = text, marks
        self._wrote, self._last, self._past, self._seen_from = [], None, [], 0
        self.setUndoRedoEnabled(False)
        self._hold(True)
        self.is_filling = True
        self.clear()
        self._fill()

    def _fill(self) -> None:
        """Put the next part of a text here, and what is known of it once all is there."""
        part, self._rest = _parted(self._rest)
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(part)
        if self._rest:
            self._filling.start()
            return
        length, marks = self.document().characterCount() - 1, self._marks
        self._wrote = [(begin, end) for begin, end in marks.wrote if 0 <= begin < end <= length]
        cursor.beginEditBlock()
        for begin, end in self._wrote:
            cursor.setPosition(begin)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(_format(wrote=True))
        cursor.endEditBlock()
        self.is_filling = False
        self.setUndoRedoEnabled(True)
        self._hold(False)
        self._last = marks.last if marks.last is not None and self._holds(marks.last) else None
        self._past = [self._last] if self._last is not None else []
        self.moveCursor(QTextCursor.MoveOperation.End)
        self._type_plainly()
        self._tinting.start()
        self.filled.emit()

    def text(self) -> str:
        """Return the text as it stands; unlike Qt's own it keeps blanks at which no line may break."""
        return _plain(self.document().toRawText()).encode("utf-8", "replace").decode()

    @property
    def marks(self) -> Marks:
        """What is known of the text beside its words."""
        return Marks(tuple(self._wrote), self._last)

    @property
    def last(self) -> Continuation | None:
        """What the model wrote last, as long as nobody changed it."""
        return self._last

    @property
    def is_writing(self) -> bool:
        """Whether a model is to write, or writes."""
        return self._writing is not None

    @property
    def has_written(self) -> bool:
        """Whether the model that writes has written something already."""
        return self.is_writing and bool(self._written)

    # What a model writes

    def begin_writing(self, *, again: bool = False, at_cursor: bool = False) -> int:
        """Let a model write at the end of the text, at the cursor, or `again` where it wrote last; returns where.

        What stands behind that place stays there.
        """
        last = self._last if again else None
        self._earlier = last.takes if last is not None else ()
        end = self.textCursor().position() if at_cursor else self.document().characterCount() - 1
        self._begin = last.begin if last is not None else end
        self._written = ""
        self._writing = QTextCursor(self.document())
        self._writing.setPosition(self._begin)
        if last is not None:
            self._writing.setPosition(last.end, QTextCursor.MoveMode.KeepAnchor)
        self._hold(True)
        if not self._is_in_sight(self._writing):  # whoever asks for it wants to see it
            place = QTextCursor(self.document())
            place.setPosition(self._begin)
            self.setTextCursor(place)
            self._go_along(self._writing)
        return self._begin

    def write(self, piece: str) -> None:
        """Put the next piece where the model writes; whoever looks there goes along, and nothing moves for others."""
        cursor, piece = self._writing, _plain(piece.replace("\r", ""))
        if cursor is None or not piece:
            return
        follows = self._is_in_sight(cursor)
        top = self.firstVisibleBlock()
        line = top.firstLineNumber()
        if self._written:
            cursor.joinPreviousEditBlock()
        else:
            cursor.beginEditBlock()
        self._written += piece
        self._last = Continuation(self._begin, (*self._earlier, self._written), len(self._earlier))
        cursor.insertText(piece, _format(wrote=True))
        cursor.endEditBlock()
        if follows:
            self._go_along(cursor)
        elif top.firstLineNumber() != line:  # it is written above of what is read
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + top.firstLineNumber() - line)

    def end_writing(self) -> bool:
        """Let the person write again, behind what the model wrote; return whether that is another take than all before."""
        cursor, self._writing = self._writing, None
        if cursor is None:
            return False
        self._hold(False)
        is_new = self._written not in ("", *self._earlier)
        if self._written and not is_new:
            self._last = Continuation(self._begin, self._earlier, self._earlier.index(self._written))
        if self._written and self._last is not None:
            self._past = [*(past for past in self._past if past.begin < self._begin), self._last]
            cursor.clearSelection()
            if self._is_in_sight(cursor):  # else somebody reads elsewhere
                self.setTextCursor(cursor)
            self._type_plainly()
            self.continued.emit()
        return is_new

    def _is_in_sight(self, cursor: QTextCursor) -> bool:
        """Whether the place of a cursor is in sight; where that is the end, nothing is laid out for it."""
        bar = self.verticalScrollBar()
        if cursor.atEnd():
            return bar.value() >= bar.maximum() - 1
        lowest = self.cursorForPosition(QPoint(0, self.viewport().height()))
        if not self.firstVisibleBlock().blockNumber() <= cursor.blockNumber() <= lowest.blockNumber():
            return False
        place = self.cursorRect(cursor)
        return place.bottom() >= 0 and place.top() <= self.viewport().height()

    def _go_along(self, cursor: QTextCursor) -> None:
        """Scroll down to where the model writes."""
        bar = self.verticalScrollBar()
        if cursor.atEnd():
            bar.setValue(bar.maximum())
            return
        below = self.cursorRect(cursor).bottom() - self.viewport().height()
        if below > 0:
            bar.setValue(bar.value() + math.ceil(below / pitch_in(self, self.theme)))

    def show_take(self, number: int) -> None:
        """Put another one of the last continuation's takes in the place of the one that stands there."""
        last = self._last
        if last is None or self.is_writing or not 0 <= number < len(last.takes) or number == last.shown:
            return
        cursor = QTextCursor(self.document())
        cursor.setPosition(last.begin)
        cursor.setPosition(last.end, QTextCursor.MoveMode.KeepAnchor)
        shown = Continuation(last.begin, last.takes, number)
        cursor.beginEditBlock()
        self._writing, self._last = cursor, shown  # so that it is no change of a person's
        cursor.insertText(shown.text, _format(wrote=True))
        cursor.endEditBlock()
        self._writing = None
        self.setTextCursor(cursor)
        self._type_plainly()
        self.continued.emit()

    def set_seen_from(self, place: int) -> None:
        """Show what stands before `place` as what the model is not shown."""
        if place != self._seen_from:
            self._seen_from = place
            self._tinting.start()

    # What a person writes

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Put what is typed over a selection as a person's own; Qt would take over how the selection looks."""
        cursor = self.textCursor()
        typed = event.text()
        is_typing = typed.isprintable() and typed and event.modifiers() not in _COMMANDS
        if is_typing and cursor.hasSelection() and not self.isReadOnly():
            cursor.insertText(typed, _format(wrote=False))
            self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Compose in the place of a selection, not in its looks."""
        cursor = self.textCursor()
        if event.commitString() and cursor.hasSelection() and not self.isReadOnly():
            cursor.removeSelectedText()
            self._type_plainly()
        super().inputMethodEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste words as a person's own; files are for others to read."""
        files = local_files(source)
        if files:
            self.files_given.emit(files)
        elif source.hasText() and not self.isReadOnly():
            self.textCursor().insertText(source.text(), _format(wrote=False))
            self.ensureCursorVisible()

    def _type_plainly(self) -> None:
        """Have what is typed next be a person's own, wherever it is put."""
        if not self.textCursor().hasSelection() and not self.isReadOnly():
            self.setCurrentCharFormat(_format(wrote=False))

    def _changed(self, place: int, removed: int, added: int) -> None:
        """Keep account of who wrote what; of what Undo brings back its own looks tell it."""
        if self.is_filling:
            return
        added = max(0, min(added, self.document().characterCount() - 1 - place))
        spans = changed(self._wrote, place, removed, added)
        new = [(place, place + added)] if self._writing is not None else self._wrote_in(place, place + added)
        self._wrote = joined([*spans, *new])
        if self._writing is None:
            self._follow(place, removed, added)
        self._tinting.start()
        self.edited.emit()

    def _wrote_in(self, begin: int, end: int) -> list[Span]:
        """Return the parts between two places whose looks say that a model wrote them."""
        found: list[Span] = []
        line_end = -1  # of the last line before that has a character
        block = self.document().findBlock(begin)
        while block.isValid() and block.position() < end:
            for part in block.textFormats():
                at = block.position() + part.start
                span = (max(begin, at), min(end, at + part.length))
                if span[0] < span[1] and part.format.hasProperty(WROTE):
                    follows = found and found[-1][1] == line_end and span[0] == block.position()
                    found.append((line_end, span[1]) if follows else span)  # with the ends of lines between them
            if block.length() > 1:
                line_end = block.position() + block.length() - 1
            block = block.next()
        return found

    def _hold(self, held: bool) -> None:
        """Let a person change nothing for a while; the keyboard still walks through the text."""
        self.setReadOnly(held)
        if held:
            flags = self.textInteractionFlags() | Qt.TextInteractionFlag.TextSelectableByKeyboard
            self.setTextInteractionFlags(flags)

    def _follow(self, place: int, removed: int, added: int) -> None:
        """Move what the model wrote with what changes before it, and find the last of it that stands there now."""
        is_before = place + removed
        self._past = [
            msgspec.structs.replace(past, begin=past.begin + added - removed)
            if is_before < past.begin or (is_before == past.begin and removed)  # else Redo brings it back
            else past
            for past in self._past
        ]
        last = self._last
        if last is not None and is_before <= last.begin and place < last.end:
            self._last = msgspec.structs.replace(last, begin=last.begin + added - removed)
            return
        stays = last if last is not None and place >= last.end else None
        if stays is not None and self._past[-1].begin <= stays.begin:
            return  # nothing that was written behind it could come back
        self._last = self._last_standing() or stays
        if self._last != last:
            self.continued.emit()

    def _last_standing(self) -> Continuation | None:
        """Return the last continuation, or where it is gone one before it that ends the text, as it stands now."""
        end = self.document().characterCount() - 1
        for past in reversed(self._past):
            takes = [msgspec.structs.replace(past, shown=number) for number in range(len(past.takes))]
            standing = max(filter(self._holds, takes), key=lambda take: take.end, default=None)
            if standing is not None and (past is self._past[-1] or standing.end == end):
                return standing
        return None

    def _holds(self, last: Continuation) -> bool:
        """Whether a continuation stands in the text as it says."""
        cursor = QTextCursor(self.document())
        if not 0 <= last.begin <= last.end < self.document().characterCount():
            return False
        cursor.setPosition(last.begin)
        cursor.setPosition(last.end, QTextCursor.MoveMode.KeepAnchor)
        return _plain(cursor.selectedText()) == last.text

    # Showing

    def apply_theme(self) -> None:
        """Take over the font and the width of what is read."""
        self.setFont(self.theme.font("body"))
        set_pitch(self, pitch_in(self, self.theme))
        self.document().setDocumentMargin(IN_DOCUMENT)
        self._fit()
        self._tinting.start()
        super().apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep lines as long as can be read well, and what is written in sight."""
        follows = self._is_in_sight(self.textCursor())
        self._fit()
        super().resizeEvent(event)
        if follows:
            self.ensureCursorVisible()
        self._tinting.start()

    def keep_room_above(self, room: int) -> None:
        """Leave room above the text for a bar that lies over it, in pixels."""
        self._room_above = room
        self._fit()

    def _fit(self) -> None:
        room = room_beside(self.theme, self.width()) - IN_DOCUMENT
        self.setViewportMargins(room, self._room_above, room, 0)

    def _tint(self) -> None:
        """Tint what is in sight of what a model wrote, and grey what it is not shown."""
        area = self.viewport().rect()
        first = self.cursorForPosition(QPoint(area.center().x(), 0)).block().position()
        block = self.cursorForPosition(QPoint(area.center().x(), area.bottom())).block()
        last = block.position() + block.length()
        colors = self.theme.colors
        shown = []
        if self._seen_from > first:
            muted = QTextCharFormat()
            muted.setForeground(colors.muted)
            shown.append(self._selection((first, min(last, self._seen_from)), muted))
        tinted = QTextCharFormat()
        tinted.setBackground(colors.accent_soft)
        for span in self._wrote:
            shown += [self._selection(part, tinted) for part in self._lines_of(max(first, span[0]), min(last, span[1]))]
        self.setExtraSelections(shown)

    def _lines_of(self, begin: int, end: int) -> Iterator[Span]:
        """Yield what stands in each line between two places: the ends of lines would be seen as blanks."""
        block = self.document().findBlock(begin)
        while block.isValid() and block.position() < end:
            part = (max(begin, block.position()), min(end, block.position() + block.length() - 1))
            if part[0] < part[1]:
                yield part
            block = block.next()

    def _selection(self, span: Span, looks: QTextCharFormat) -> QTextEdit.ExtraSelection:
        made = QTextEdit.ExtraSelection()
        cursor = QTextCursor(self.document())
        cursor.setPosition(span[0])
        cursor.setPosition(min(span[1], self.document().characterCount() - 1), QTextCursor.MoveMode.KeepAnchor)
        made.cursor, made.format = cursor, looks
        return made
