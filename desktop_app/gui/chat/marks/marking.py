"""Marks what was looked for in the rows that can be seen; the layout of the text stays as it is."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from PySide6.QtGui import QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QTextEdit

from desktop_app.gui.chat.entries import Row
from desktop_app.gui.chat.markdown.source_map import Stretch, places, rendered_stretches, utf16_stretches
from desktop_app.gui.chat.marks.reading_order import reading
from desktop_app.gui.chat.marks.tinting import drawn
from desktop_app.gui.look.theme import Theme

if TYPE_CHECKING:
    from desktop_app.gui.chat.documents.document import CodeBlock, RowDocument
    from desktop_app.gui.chat.rows.text_row import TextRow

FOUND, CURRENT = 0, 1
"""The steps of a stretch: found, and the one that is looked at."""

Marks = Callable[[str, bool], Sequence[Stretch]]
"""Returns what is marked of the source of a message (by its id), or of its thought (True), in order."""


def no_marks(_message_id: str, _in_thought: bool) -> Sequence[Stretch]:
    """Mark nothing."""
    return ()


class Marking:
    """Knows what is marked, and draws its part in each row that comes into sight."""

    def __init__(self) -> None:
        self._marks: Marks = no_marks
        self._spoken: tuple[str, Sequence[Stretch]] = ("", ())
        self._drawn: WeakKeyDictionary[RowDocument, tuple[int, str, list[Stretch]]] = WeakKeyDictionary()

    def set(self, marks: Marks) -> None:
        """Mark this, and nothing else."""
        self._marks = marks
        self._drawn.clear()

    def set_spoken(self, message_id: str, stretches: Sequence[Stretch]) -> None:
        """Mark what is read aloud of a message, in place of all else in it; '' for none."""
        changed = {self._spoken[0], message_id}
        self._spoken = (message_id, stretches)
        for document in [document for document, known in self._drawn.items() if known[1] in changed]:
            del self._drawn[document]

    def dress(self, widget: "TextRow", row: Row, theme: Theme) -> None:
        """Mark the row that `widget` shows."""
        is_marked = self._marks is not no_marks or self._spoken[0]
        widget.set_marks(self._stretches(widget, row) if is_marked else (), theme)

    def _stretches(self, widget: "TextRow", row: Row) -> list[Stretch]:
        entry, shown = row.entry, widget.shown
        if entry is None or shown is None or (row.section is not entry and not row.is_thought):
            return []
        revision = shown.document.revision()
        known = self._drawn.get(shown)
        if known is None or known[0] != revision:
            is_spoken = entry.id == self._spoken[0] and not row.is_thought
            own = within(row, self._spoken[1] if is_spoken else self._marks(entry.id, row.is_thought))
            known = self._drawn[shown] = revision, entry.id, rendered(shown, row, own)
        return known[2]


def within(row: Row, stretches: Sequence[Stretch]) -> list[Stretch]:
    """Return the parts of `stretches` that are in a row, counted from its beginning."""
    return [
        Stretch(max(begin, row.begin) - row.begin, min(end, row.end) - row.begin, step)
        for begin, end, step in stretches
        if end > row.begin and begin < row.end
    ]


def rendered(shown: "RowDocument", row: Row, stretches: Sequence[Stretch]) -> list[Stretch]:
    """Return where stretches of a row's source stand in its document, as Qt counts; blanks between words with them."""
    if not stretches:
        return []
    read = reading(shown.document, shown.tables)
    text = read.text
    found = rendered_stretches(stretches, places(row.text, text))
    joined: list[Stretch] = []
    for each in found:
        if not joined or not text[joined[-1].end : each.begin].isspace():
            joined.append(each)
        elif joined[-1].step == each.step:
            joined[-1] = joined[-1]._replace(end=each.end)
        elif each.step == FOUND:
            joined.append(each._replace(begin=joined[-1].end))
        else:
            joined[-1] = joined[-1]._replace(end=each.begin)
            joined.append(each)
    return read.placed(joined)


def grounds(document: QTextDocument, marks: Sequence[Stretch], theme: Theme) -> list[QTextEdit.ExtraSelection]:
    """Return how marks look."""
    looks = []
    for ground, text in (("text_selection", "text"), ("accent", "on_accent")):
        made = QTextCharFormat()
        made.setBackground(theme.colors.named(ground))
        made.setForeground(theme.colors.named(text))
        looks.append(made)
    return drawn(document, marks, looks)


def folded_code(shown: "RowDocument", row: Row, place: int) -> "CodeBlock | None":
    """Return the folded code whose hidden lines have a character of the row's source, if any.

    Code stands in its source line by line, the first of them where it is first found behind the code before it.
    """
    end = 0
    for code in shown.codes:
        first, _, _ = code.source.partition("\n")
        begin = row.text.find(first, end)
        if begin < 0:
            continue
        lines = row.text.count("\n", begin, max(begin, place - row.begin))
        height = code.source.count("\n")
        if code.hidden and not code.is_opened and height - code.hidden <= lines <= height:
            return code
        end = begin + len(code.source)
    return None


def line_of(shown: "RowDocument", row: Row, place: int) -> tuple[int, int]:
    """Return the top and the bottom of the line that shows a character of the row's source, in the document's pixels."""
    document, read = shown.document, reading(shown.document, shown.tables)
    found = places(row.text, read.text)
    last = len(read.text) - 1
    number = next((number for number, source in enumerate(found) if source >= place - row.begin), last)
    if read.order is not None and 0 < number < last:
        number = read.order[number]
    (at,) = utf16_stretches([Stretch(number, number, 0)], read.raw) if number > 0 else [Stretch(0, 0, 0)]
    block = document.findBlock(at.begin)
    area = document.documentLayout().blockBoundingRect(block)
    layout = block.layout()
    line = layout.lineForTextPosition(at.begin - block.position()) if layout is not None else None
    if line is None or not line.isValid():
        return int(area.top()), int(area.bottom())
    return int(area.top() + line.y()), int(area.top() + line.y() + line.height())
