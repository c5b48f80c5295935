"""A chat as a PDF: the conversation's own documents, flowed over pages of paper with a footer.

Text is laid out at the printer's resolution, a few kilobytes at a time: each document begins where the one before
it ended on the page, and Qt breaks it into pages between lines and rows.
"""

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QFile, QIODevice, QLocale, QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFont,
    QFontMetricsF,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)

from desktop_app.domain.chats import Conversation
from desktop_app.domain.exports import ExportOptions
from desktop_app.domain.messages import Role
from desktop_app.domain.parts import as_markdown
from desktop_app.gui.chat.documents.document import RowDocument
from desktop_app.gui.chat.documents.styles import QUOTES, RULE
from desktop_app.gui.chat.markdown.markdown import make_parser, parse_whole
from desktop_app.gui.chat.markdown.operations import (
    Code,
    Operation,
    Paragraph,
    Style,
    Table,
    Text,
    operations,
    plain_operations,
)
from desktop_app.gui.export.emoji import Emoji
from desktop_app.gui.export.paper import RESOLUTION, PaperStyles, paper_theme
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.services.chat_files.outline import Turn, outline, thought_words
from desktop_app.services.chat_files.pages import Tell
from desktop_app.support.i18n import _

_BOLD = Style(bold=True)
MARGIN_MM = 20.0
PIECE = 6000
"""Characters after which a new document is begun."""
ROOM_BELOW_HEAD = 90
"""Pixels at 100 % that are left below the head of a message, or it goes to the next page."""
_ENDING = b"%%EOF"


def write_pdf(conversation: Conversation, options: ExportOptions, path: Path, tell: Tell) -> None:
    """Write a chat to the file at `path`; a QGuiApplication must exist. Raises OSError."""
    file = QFile(str(path))
    if not file.open(QIODevice.OpenModeFlag.WriteOnly | QIODevice.OpenModeFlag.Truncate):
        raise OSError(errno.EACCES, file.errorString(), str(path))
    shown = outline(conversation, options)
    pages = _Pages(file, shown.title)
    pages.place(_title(pages.styles, shown.title, shown.lines))
    for document in _folded(pages.styles, _("System prompt"), shown.system_prompt):
        pages.place(document)
    for number, turn in enumerate(shown.turns):
        tell(number, len(shown.turns))
        _place_turn(pages, turn, options)
    pages.end()
    file.flush()
    failed = file.error() is not QFile.FileError.NoError
    file.close()
    _check(path, failed=failed)


def _check(path: Path, *, failed: bool) -> None:
    """Raise OSError where not all of the file came to the disk, which Qt tells to nobody."""
    with path.open("rb") as written:
        size = written.seek(0, os.SEEK_END)
        written.seek(max(0, size - 64))
        is_whole = _ENDING in written.read()
    if failed or not is_whole:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


class _Pages:
    """The paper: what was placed so far, and where the next document begins."""

    def __init__(self, file: QIODevice, title: str) -> None:
        self.theme: Theme = paper_theme()
        self.styles = PaperStyles(self.theme)
        self._title = title
        self._emoji = Emoji()
        self._writer = QPdfWriter(file)
        self._writer.setResolution(RESOLUTION)
        self._writer.setTitle(title)
        self._writer.setCreator("Inglenook")
        is_american = QLocale().measurementSystem() is QLocale.MeasurementSystem.ImperialUSSystem
        size = QPageSize(QPageSize.PageSizeId.Letter if is_american else QPageSize.PageSizeId.A4)
        self._writer.setPageSize(size)
        self._writer.setPageMargins(QMarginsF(*[MARGIN_MM] * 4), QPageLayout.Unit.Millimeter)
        self._painter = QPainter(self._writer)
        area = self._writer.pageLayout().paintRectPixels(RESOLUTION)
        self._footer = self.theme.px(28)
        self._size = QSizeF(area.width(), area.height() - self._footer)
        self._top = 0.0
        self._number = 1

    def place(self, made: RowDocument, *, room_below: float = 0.0) -> None:
        """Write a document below what is there; on a new page where `room_below` it would not be left."""
        document = made.document
        self._emoji.replace_in(document)
        document.setPageSize(QSizeF(self._size.width(), 1e7))
        height = _end_of(document)
        if self._top and self._top + min(height, self.theme.px(40)) + room_below > self._size.height():
            self._turn_over()
        if self._top:
            _push_down(document, self._top)
        document.setPageSize(self._size)
        end = _end_of(document)
        last = max(0, int((end - 1) // self._size.height()))
        for page in range(last + 1):
            if page:
                self._turn_over()
            self._paint(made, page)
        self._top = end - last * self._size.height()

    def end(self) -> None:
        """Finish the last page."""
        self._paint_footer()
        self._painter.end()

    def _turn_over(self) -> None:
        self._paint_footer()
        self._writer.newPage()
        self._number += 1
        self._top = 0.0

    def _paint(self, made: RowDocument, page: int) -> None:
        shift = page * self._size.height()
        area = QRectF(QPointF(0, shift), self._size)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.clip = area
        context.palette.setColor(QPalette.ColorRole.Text, self.theme.colors.text)
        self._painter.save()
        self._painter.translate(0, -shift)
        self._painter.setClipRect(area)
        made.document.documentLayout().draw(self._painter, context)
        if made.decorated:
            self._decorate(made.document, area)
        self._painter.restore()

    def _decorate(self, document: QTextDocument, area: QRectF) -> None:
        """Paint the bars of quotes and the rules that fall on a page."""
        px = self.theme.px
        block = document.begin()
        while block.isValid():
            quotes = block.blockFormat().intProperty(QUOTES)
            is_rule = block.blockFormat().boolProperty(RULE)
            for top, bottom in _lines(document, block) if quotes or is_rule else ():
                if bottom <= area.top() or top >= area.bottom():
                    continue
                if is_rule:
                    middle = (top + bottom) / 2
                    self._painter.fillRect(QRectF(0, middle, area.width(), px(1)), self.theme.colors.line)
                for bar in range(quotes):
                    self._painter.fillRect(QRectF(px(16) * bar, top, px(2), bottom - top), self.theme.colors.line)
            block = block.next()

    def _paint_footer(self) -> None:
        font = QFont(self.theme.font("tiny"))
        self._painter.setFont(font)
        self._painter.setPen(self.theme.colors.muted)
        area = QRectF(0, self._size.height(), self._size.width(), self._footer)
        number = str(self._number)
        metrics = QFontMetricsF(font, self._writer)
        room = area.width() - metrics.horizontalAdvance(number) - self.theme.px(24)
        title = metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, room)
        bottom = Qt.AlignmentFlag.AlignBottom
        self._painter.drawText(area, int(bottom | Qt.AlignmentFlag.AlignLeft), title)
        self._painter.drawText(area, int(bottom | Qt.AlignmentFlag.AlignRight), number)


def _lines(document: QTextDocument, block: QTextBlock) -> Iterator[tuple[float, float]]:
    """Yield where the lines of a block begin, and where the next ones do; a quote's last line reaches to its next block."""
    tops, heights = _tops(document, block)
    below = block.next()
    end = tops[-1] + heights[-1]
    if below.blockFormat().intProperty(QUOTES):
        end = _tops(document, below)[0][0]
    for top, height, after in zip(tops, heights, [*tops[1:], end], strict=True):
        yield top, after if after <= top + 3 * height else top + height  # what follows is on another page


def _tops(document: QTextDocument, block: QTextBlock) -> tuple[list[float], list[float]]:
    """Return where the lines of a block begin, and how high they are."""
    layout = block.layout()
    area = document.documentLayout().blockBoundingRect(block)
    lines = [layout.lineAt(number) for number in range(layout.lineCount())]
    return [area.y() + line.y() for line in lines] or [area.y()], [line.height() for line in lines] or [area.height()]


def _end_of(document: QTextDocument) -> float:
    """Return where the last thing in a document ends."""
    layout = document.documentLayout()
    root = document.rootFrame()
    ends = [layout.blockBoundingRect(document.lastBlock()).bottom()]
    ends += [layout.frameBoundingRect(frame).bottom() for frame in root.childFrames()[-1:]]
    return max(ends) + document.lastBlock().blockFormat().bottomMargin()


def _push_down(document: QTextDocument, top: float) -> None:
    """Leave `top` pixels free above what is in a document."""
    cursor = QTextCursor(document)
    first = QTextBlockFormat(document.firstBlock().blockFormat())
    character = QTextCharFormat(document.firstBlock().charFormat())
    cursor.insertBlock(first, character)
    cursor.movePosition(QTextCursor.MoveOperation.Start)
    spacer = QTextBlockFormat()
    spacer.setLineHeight(top, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
    cursor.setBlockFormat(spacer)


def _title(styles: PaperStyles, title: str, lines: Sequence[str]) -> RowDocument:
    made = RowDocument(styles)
    made.write([Paragraph("heading", level=1)])
    _write(made, title, styles.theme.font("title"), "text")
    for line in lines:
        _new_line(made, styles)
        _write(made, line, styles.theme.font("small"), "muted")
    _new_line(made, styles)
    return made


def _head(styles: PaperStyles, turn: Turn) -> RowDocument:
    """Return who wrote a message and how, above a little room."""
    made = RowDocument(styles)
    made.write([Paragraph("plain")])
    _new_line(made, styles)
    _write(made, turn.who, styles.theme.font("body", SEMIBOLD), "text")
    for line in (turn.made_by, *turn.notes):
        _new_line(made, styles)
        _write(made, line, styles.theme.font("tiny"), "muted")
    made.last_cursor().mergeBlockFormat(_above(styles.theme.px(6)))
    return made


def _write(made: RowDocument, text: str, font: QFont, color: str) -> None:
    look = QTextCharFormat()
    look.setFont(font)
    look.setForeground(made.styles.theme.colors.named(color))
    cursor = made.last_cursor()
    cursor.insertText(text, look)


def _new_line(made: RowDocument, styles: PaperStyles) -> None:
    block = QTextBlockFormat()
    block.setTopMargin(styles.theme.px(2))
    made.last_cursor().insertBlock(block, QTextCharFormat())


def _above(room: float) -> QTextBlockFormat:
    """Return what leaves `room` below a block."""
    made = QTextBlockFormat()
    made.setBottomMargin(room)
    return made


def _place_turn(pages: _Pages, turn: Turn, options: ExportOptions) -> None:
    message = turn.message
    pages.place(_head(pages.styles, turn), room_below=pages.theme.px(ROOM_BELOW_HEAD))
    if options.thoughts:
        for document in _folded(pages.styles, thought_words(message), message.thought):
            pages.place(document)
    if message.role is Role.USER:
        made = [*plain_operations(message.text), *_read(as_markdown(message.files))]
    else:
        made = _read(as_markdown(message.parts))
    for document in _documents(pages.styles, made):
        pages.place(document)


def _folded(styles: PaperStyles, title: str, text: str) -> Iterator[RowDocument]:
    """Yield a text that stands back, with a bar beside it, below its title."""
    if text.strip():
        made = [_deeper(operation) for operation in _read(text.strip())]
        documents = list(_documents(styles, [Paragraph("text", quotes=1), Text(_BOLD, title), *made]))
        documents[-1].last_cursor().mergeBlockFormat(_above(styles.theme.px(14)))
        for document in documents:
            _stand_back(document)
            yield document


def _stand_back(made: RowDocument) -> None:
    look = QTextCharFormat()
    look.setForeground(made.styles.theme.colors.muted)
    cursor = QTextCursor(made.document)
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.mergeCharFormat(look)


def _read(text: str) -> list[Operation]:
    return [operation for block in parse_whole(make_parser(), text) for operation in operations(block)]


def _deeper(operation: Operation) -> Operation:
    """Return what draws the same in a quote."""
    if isinstance(operation, Paragraph):
        return operation._replace(quotes=operation.quotes + 1)
    return operation._replace(depth=operation.depth + 1) if isinstance(operation, Code) else operation


def _documents(styles: PaperStyles, made: Sequence[Operation]) -> Iterator[RowDocument]:
    """Cut operations into documents of moderate size, where a paragraph, code or a table begins."""
    piece: list[Operation] = []
    size = 0
    for operation in made:
        if size >= PIECE and not isinstance(operation, Text):
            yield _document(styles, piece)
            piece, size = [], 0
        piece.append(operation)
        size += _size(operation)
    if piece:
        yield _document(styles, piece)


def _document(styles: PaperStyles, made: list[Operation]) -> RowDocument:
    document = RowDocument(styles)
    document.write(made)
    return document


def _size(operation: Operation) -> int:
    if isinstance(operation, Text):
        return len(operation.text)
    if isinstance(operation, Code):
        return len(operation.source)
    if isinstance(operation, Table):
        return sum(len(run.text) for row in operation.rows for cell in row for run in cell)
    return 0
