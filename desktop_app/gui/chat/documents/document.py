"""Writes operations into a QTextDocument, and changes only what became different."""

from dataclasses import dataclass, field

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
    QTextFrame,
    QTextOption,
    QTextTable,
    QTextTableCell,
)

from desktop_app.gui.chat.documents.folding import shown_part
from desktop_app.gui.chat.documents.highlight import LineHighlighter
from desktop_app.gui.chat.documents.redrawing import RedrawnFrom
from desktop_app.gui.chat.documents.styles import RULE, TURNED, Styles
from desktop_app.gui.chat.documents.tables import TableBlock
from desktop_app.gui.chat.documents.tones import Tone
from desktop_app.gui.chat.markdown.markdown import Block
from desktop_app.gui.chat.markdown.operations import Cell, Code, Operation, Paragraph, Style, Table, Text, operations
from desktop_app.gui.chat.markdown.visible import visible
from desktop_app.gui.chat.math.formula import FORMULA, SIGN
from desktop_app.gui.look.mirroring import is_right_to_left


@dataclass(eq=False)
class CodeBlock:
    """A code block in a document: its frame, its source, and how much of it stands coloured in the frame.

    `hidden` lines are not shown; a long one `can_fold`, and has a strip for that below.
    """

    language: str
    depth: int
    frame: QTextFrame
    highlighter: LineHighlighter
    is_opened: bool
    source: str = ""
    read: int = 0
    unfinished: int = 0
    hidden: int = 0
    can_fold: bool = False


@dataclass(frozen=True)
class _Mark:
    """The state before an operation, to which the document can go back."""

    position: int
    block: QTextBlockFormat
    fresh: bool
    is_math: bool
    codes: int
    tables: tuple[int, int]
    decorated: bool
    opening: Operation | None
    ending: Operation | None


@dataclass
class _Open:
    """The operations that may still change, each with the mark before it."""

    operations: list[Operation] = field(default_factory=list)
    marks: list[_Mark] = field(default_factory=list)


class RowDocument:
    """A document that operations are written into; `decorated` tells that quotes or rules are to be painted.

    `opening` and `ending` are what it begins and ends with: a paragraph, code or a table.

    Where it `folds`, long code blocks are cut short but for those at the places in `opened`: for rows with a button that
    opens them.
    """

    def __init__(self, styles: Styles, opened: set[int] | None = None, *, folds: bool = False) -> None:
        self.styles = styles
        self._opened = opened if opened is not None else set()
        self._folds = folds
        self.codes: list[CodeBlock] = []
        self.tables: list[TableBlock] = []
        self.decorated = False
        self.opening: Operation | None = None
        self.ending: Operation | None = None
        self.document = QTextDocument()
        self.document.setUndoRedoEnabled(False)
        self.document.setDefaultFont(styles.font)
        self.document.setDocumentMargin(0)
        option = QTextOption()
        option.setWrapMode(
            QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
        )  # a QTextBrowser's own, or it lays out twice
        self.document.setDefaultTextOption(option)
        self.document.documentLayout().registerHandler(FORMULA, styles.formulas)
        self._cursor = QTextCursor(self.document)
        self._cursor.setBlockFormat(styles.paragraph(Paragraph("text")))
        self._is_math = False  # the current block is for one formula
        self._fresh = True  # the current block is empty and still to be used
        self._open = _Open()

    def write(self, made: list[Operation], room: int = 0) -> None:
        """Append operations that never change; tables are fitted into `room` pixels before anything is laid out."""
        self._cursor.beginEditBlock()
        for operation in made:
            self._write(operation)
        if room:
            self.fit(room)
        self._cursor.endEditBlock()

    def update(self, done: list[Block], opened: list[Block]) -> None:
        """Replace the open operations by those of `done`, which are then final, and of `opened`."""
        new = [operation for block in done for operation in operations(block)]
        final = len(new)
        for block in opened:
            new += operations(block)
        old = self._open
        same = 0
        while same < min(len(old.operations), len(new)) and old.operations[same] == new[same]:
            same += 1
        if same < max(len(old.operations), len(new)):
            with RedrawnFrom(self.document, self._place_of_change(same, new)):
                self._cursor.beginEditBlock()
                same = self._go_back(same, new)
                marks = old.marks[:same]
                for operation in new[same:]:
                    marks.append(self._mark())
                    self._write(operation)
                self._cursor.endEditBlock()
        else:
            marks = old.marks
        self._open = _Open(new[final:], marks[final:])

    def add_words(self, words: str) -> bool:
        """Show more of the last paragraph; False where it ends in something else than plain words."""
        made = self._open.operations
        last = made[-1] if made else None
        if not isinstance(last, Text) or last.style != Style():
            return False
        if words:
            made[-1] = Text(last.style, last.text + words)
            with RedrawnFrom(self.document, self._cursor.position()):
                self._cursor.insertText(words, self.styles.char(last.style))
                self._turn()
        return True

    def _mark(self) -> _Mark:
        tables = (len(self.tables), len(self.tables[-1].frames) if self.tables else 0)
        return _Mark(
            self._cursor.position(), self._cursor.blockFormat(), self._fresh, self._is_math, len(self.codes), tables,
            self.decorated, self.opening, self.ending,
        )  # fmt: skip

    def fit(self, width: int, *, goes_on: bool = False) -> None:
        """Make tables fit into `width` pixels, or let them be scrolled; the last one `goes_on` in another document."""
        for place, table in enumerate(self.tables, 1):
            table.fit(width, goes_on=goes_on and place == len(self.tables))

    def last_cursor(self) -> QTextCursor:
        """Return a cursor at the end of what is written, within a code block or table that comes last."""
        if self._fresh and (frames := self.document.rootFrame().childFrames()):
            return frames[-1].lastCursorPosition()
        if self._cursor.atEnd():  # as it is while an answer is being written
            return self._cursor
        cursor = QTextCursor(self.document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        return cursor

    def caret(self) -> QTextCursor:
        """Return a cursor where what comes is written: in a table behind the last of its words, not in an empty cell after it."""
        cursor = self.last_cursor()
        table = cursor.currentTable()
        if table is None or not self.tables:
            return cursor
        row, columns = table.rows() - 1, range(table.columns())
        order = columns if self.tables[-1].mirrored else reversed(columns)
        cells = [table.cellAt(row, column) for column in order]
        written = (cell for cell in cells if cell.firstPosition() != cell.lastPosition())
        return next(written, cells[-1]).lastCursorPosition()

    def _place_of_change(self, same: int, new: list[Operation]) -> int:
        """Return the position before which all stays as it is drawn when the first `same` open operations do."""
        old, caret = self._open.operations, self.caret().position()
        if same == len(old):
            return caret
        if same == len(old) - 1 and same < len(new) and self._can_grow(old[same], new[same]):
            if isinstance(old[same], Text):
                return caret
            if isinstance(old[same], Code):
                return self.codes[-1].frame.lastPosition() - self.codes[-1].unfinished
        return min(caret, self._open.marks[same].position)

    def _go_back(self, same: int, new: list[Operation]) -> int:
        """Make the document end after the first `same` open operations, or grow the next in place."""
        old = self._open
        if same == len(old.operations):
            return same
        if same == len(old.operations) - 1 and same < len(new) and self._can_grow(old.operations[same], new[same]):
            self._grow(old.operations[same], new[same])
            self._to_end()
            return same + 1
        mark = old.marks[same]
        self._cursor.setPosition(mark.position)
        self._cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        self._cursor.removeSelectedText()
        if self._cursor.blockFormat() != mark.block:  # Qt keeps that of the last block where the first one is empty
            self._cursor.setBlockFormat(mark.block)
        self._fresh, self._is_math, self.decorated = mark.fresh, mark.is_math, mark.decorated
        self.opening, self.ending = mark.opening, mark.ending
        del self.codes[mark.codes :]
        count, frames = mark.tables
        del self.tables[count:]
        if count:
            self.tables[-1].cut(frames)
        return same

    def _can_grow(self, old: Operation, new: Operation) -> bool:
        """Return whether `new` is `old`, the last operation of the document, with more behind it, and that is simple."""
        if isinstance(old, Text) and isinstance(new, Text):
            return old.style == new.style and not old.style.math and new.text.startswith(old.text)
        if isinstance(old, Code) and isinstance(new, Code):
            code = self.codes[-1]
            is_as_before = (old.language, old.depth) == (new.language, new.depth)
            return is_as_before and new.source.startswith(code.source[: code.read])
        if isinstance(old, Table) and isinstance(new, Table):
            is_as_before = (old.aligns, old.start) == (new.aligns, new.start) and len(new.rows) >= len(old.rows)
            return is_as_before and len(new.rows[0]) <= self.tables[-1].frames[-1].columns()
        return False

    def _grow(self, old: Operation, new: Operation) -> None:
        """Append what `new` has more than `old`, where it can grow."""
        if isinstance(old, Text) and isinstance(new, Text):
            self._to_end()
            self._cursor.insertText(new.text[len(old.text) :], self.styles.char(new.style))
            self._turn()
        elif isinstance(new, Code):
            self._show_code(self.codes[-1], new.source)
        elif isinstance(old, Table) and isinstance(new, Table):
            block = self.tables[-1]
            self._grow_table(block.frames[-1], old, new, mirrored=block.mirrored)
            if not new.start:
                block.measure(new.rows)

    def _to_end(self) -> None:
        self._cursor.movePosition(QTextCursor.MoveOperation.End)

    def _write(self, operation: Operation) -> None:
        if not isinstance(operation, Text):
            self.opening, self.ending = self.opening or operation, operation
        if isinstance(operation, Text):
            self._insert(self._cursor, operation, is_alone=self._is_math)
            self._fresh = False
            self._turn()
        elif isinstance(operation, Paragraph):
            self._begin(operation)
        elif isinstance(operation, Code):
            self._write_code(operation)
        else:
            self._write_table(operation)

    def _turn(self) -> None:
        """Bring the margins of a paragraph to the other side once its first letter says that it reads from the right."""
        block = self._cursor.block()
        made = block.blockFormat()
        is_even = made.leftMargin() == made.rightMargin() and not made.tabPositions()
        if is_even or made.hasProperty(TURNED) or block.textDirection() is not Qt.LayoutDirection.RightToLeft:
            return
        self._cursor.setBlockFormat(self.styles.turned(made))

    def _begin(self, paragraph: Paragraph) -> None:
        block_format = self.styles.paragraph(paragraph)
        # Qt gives an empty block beside a table no height, and a rule is one
        is_below_table = paragraph.kind == "rule" and bool(self.tables) and not self._stands_apart
        if is_below_table or (self._fresh and not self._cursor.position()):  # what is above keeps its own distance
            block_format = QTextBlockFormat(block_format)
            block_format.setTopMargin(0)
        if self._fresh and not is_below_table:
            self._cursor.setBlockFormat(block_format)
            self._cursor.setBlockCharFormat(self.styles.plain)
        else:
            self._cursor.insertBlock(block_format, self.styles.plain)
        self._fresh = False
        self._is_math = paragraph.kind == "math"
        self.decorated = self.decorated or bool(paragraph.quotes) or paragraph.kind == "rule"

    def _leave_frame(self, frame: QTextFrame) -> None:
        self._cursor.setPosition(frame.lastPosition() + 1)
        self._cursor.setBlockFormat(self.styles.sliver())
        self._fresh = True

    def _shrink_fresh(self) -> None:
        """Make the empty block before a frame as good as invisible."""
        if self._fresh:
            self._cursor.setBlockFormat(self.styles.sliver())

    def _leave_rule(self) -> None:
        """Begin a block of its own before a table where a rule comes last, which is empty as well."""
        block_format = self._cursor.blockFormat()
        if block_format.hasProperty(RULE):
            block_format.setBottomMargin(0)  # a table keeps its own distance
            self._cursor.setBlockFormat(block_format)
            self._cursor.insertBlock(self.styles.sliver(), self.styles.plain)

    def _write_code(self, operation: Code) -> None:
        self._shrink_fresh()
        frame = self._cursor.insertFrame(self.styles.code_frame(operation.depth))
        self._cursor.setBlockFormat(self.styles.code_line())
        self._cursor.setBlockCharFormat(self.styles.tone(Tone.TEXT))
        place = len(self.codes)
        if not self._folds:
            self._opened.add(place)
        highlighter = LineHighlighter(operation.language)
        code = CodeBlock(operation.language, operation.depth, frame, highlighter, place in self._opened)
        self.codes.append(code)
        self._show_code(code, operation.source)
        self._leave_frame(frame)

    def fold(self, code: CodeBlock) -> None:
        """Show all of a long code block, or only its beginning again."""
        code.is_opened = not code.is_opened
        if code.is_opened:
            self._opened.add(self.codes.index(code))
        else:
            self._opened.discard(self.codes.index(code))
            cursor = code.frame.firstCursorPosition()
            cursor.setPosition(code.frame.lastPosition(), QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            code.highlighter = LineHighlighter(code.language)
            code.read = code.unfinished = 0
        self._cursor.beginEditBlock()
        self._show_code(code, code.source)
        self._cursor.endEditBlock()
        self._to_end()

    def _show_code(self, code: CodeBlock, source: str) -> None:
        """Make the frame show `source`, or as much as is shown of it."""
        shown = shown_part(source, opened=code.is_opened)
        self._show_lines(code, source[: shown.end])
        code.source, code.hidden = source, shown.hidden
        if code.can_fold != shown.is_long:
            code.can_fold = shown.is_long
            code.frame.setFrameFormat(self.styles.code_frame(code.depth, has_strip=shown.is_long))

    def _show_lines(self, code: CodeBlock, source: str) -> None:
        """Make the frame show `source`; lines that stand there coloured are not touched."""
        cursor = code.frame.lastCursorPosition()
        if code.unfinished:
            cursor.setPosition(cursor.position() - code.unfinished, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            code.unfinished = 0
        complete = source.rfind("\n") + 1
        if complete > code.read:
            runs = code.highlighter.feed(source[code.read : complete])
            if code.read:
                cursor.insertText("\n", self.styles.tone(Tone.TEXT))
            tone, last = runs[-1]
            for run_tone, text in [*runs[:-1], (tone, last.removesuffix("\n"))]:
                cursor.insertText(visible(text), self.styles.tone(run_tone))
            code.read = complete
        rest = source[complete:]
        if rest:
            before = cursor.position()
            if complete:
                cursor.insertText("\n", self.styles.tone(Tone.TEXT))
            for run_tone, text in code.highlighter.peek(rest):
                cursor.insertText(visible(text), self.styles.tone(run_tone))
            code.unfinished = cursor.position() - before

    def _write_table(self, operation: Table) -> None:
        """Write a table; where it goes on, below the one before."""
        block = self.tables[-1] if operation.start and self.tables and not self._stands_apart else None
        if block is None:
            head = (operation.start or operation.rows or ((),))[0]
            mirrored = is_right_to_left("".join(run.text for cell in head for run in cell))
            block = TableBlock(self.styles, mirrored=mirrored, is_rest=bool(operation.start))
            block.measure(operation.start or operation.rows)
            self.tables.append(block)
        self._shrink_fresh()
        self._leave_rule()
        columns = max((len(row) for row in operation.rows), default=1) or 1
        table = self._cursor.insertTable(max(1, len(operation.rows)), columns, self.styles.table())
        self._grow_table(table, Table((), operation.aligns), operation, mirrored=block.mirrored)
        block.add(table)
        self._leave_frame(table)

    @property
    def _stands_apart(self) -> bool:
        """Whether something was written since the last table."""
        return not self._fresh or self._cursor.position() != self.tables[-1].frames[-1].lastPosition() + 1

    def _grow_table(self, table: QTextTable, old: Table, new: Table, *, mirrored: bool) -> None:
        if len(new.rows) > table.rows():
            table.appendRows(len(new.rows) - table.rows())
        for row, cells in enumerate(new.rows):
            known: tuple[Cell, ...] = old.rows[row] if row < len(old.rows) else ()
            for column in range(table.columns()):
                cell = cells[column] if column < len(cells) else ()
                if column >= len(known) or known[column] != cell:
                    align = new.aligns[column] if column < len(new.aligns) else ""
                    block = self.styles.cell_block(align, mirrored=mirrored)
                    place = table.cellAt(row, table.columns() - 1 - column if mirrored else column)
                    self._write_cell(place, cell, block)

    def _write_cell(self, place: QTextTableCell, cell: Cell, block: QTextBlockFormat) -> None:
        place.setFormat(self.styles.cell)
        cursor = place.firstCursorPosition()
        cursor.setPosition(place.lastCursorPosition().position(), QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        cursor.setBlockFormat(block)
        for run in cell:
            self._insert(cursor, run, is_alone=False)

    def _insert(self, cursor: QTextCursor, run: Text, *, is_alone: bool) -> None:
        formula = self.styles.formula(run, is_alone=is_alone) if run.style.math else None
        if formula is not None:
            cursor.insertText(SIGN, formula)
        else:
            cursor.insertText(run.text, self.styles.char(run.style))
