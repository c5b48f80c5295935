"""Tints the words of answers in the chat by how sure the model was; the layout of the text stays as it is."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from PySide6.QtCore import QRectF
from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextEdit

from desktop_app.gui.chat.entries import Row
from desktop_app.gui.chat.markdown.source_map import Stretch, places, rendered_stretches
from desktop_app.gui.chat.marks.reading_order import reading
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.look.tints import tints

if TYPE_CHECKING:
    from desktop_app.gui.chat.documents.document import RowDocument
    from desktop_app.gui.chat.rows.text_row import TextRow

Tints = Mapping[str, Sequence[Stretch]]
"""The stretches of an answer's 'thought' and 'text', in order."""


class Tinting:
    """Knows the tints of answers while they are `on`, and asks once for those of an answer that comes into sight."""

    def __init__(self, ask: Callable[[str], None]) -> None:
        self.on = False
        self._ask = ask
        self._known: dict[str, Tints] = {}
        self._asked: set[str] = set()
        self._drawn: WeakKeyDictionary[RowDocument, list[Stretch]] = WeakKeyDictionary()

    def switch(self, on: bool) -> None:
        """Tint, or no longer; what was known is asked for again, since it may have changed."""
        self.on = on
        self._known.clear()
        self._asked.clear()
        self._drawn.clear()

    def learn(self, message_id: str, known: Tints) -> None:
        """Take the tints of an answer."""
        self._known[message_id] = known
        self._drawn.clear()

    def forget(self, message_id: str) -> None:
        """Ask again for an answer that has changed."""
        self._known.pop(message_id, None)
        self._asked.discard(message_id)

    def dress(self, widget: "TextRow", row: Row, theme: Theme) -> None:
        """Tint the row that `widget` shows, or ask for what is needed for that."""
        widget.set_tints(self._stretches(widget, row) if self.on else [], theme)

    def _stretches(self, widget: "TextRow", row: Row) -> list[Stretch]:
        entry, shown = row.entry, widget.shown
        if entry is None or shown is None or entry.is_user or entry.is_streaming:
            return []
        if row.section is not entry and not row.is_thought:
            return []  # the arguments of a call are not written as they are shown
        known = self._known.get(entry.id)
        if known is None:
            if entry.id not in self._asked:
                self._asked.add(entry.id)
                self._ask(entry.id)
            return []
        if shown not in self._drawn:
            own = [
                Stretch(max(begin, row.begin) - row.begin, min(end, row.end) - row.begin, step)
                for begin, end, step in known.get("thought" if row.is_thought else "text", ())
                if end > row.begin and begin < row.end
            ]
            read = reading(shown.document, shown.tables)
            found = rendered_stretches(own, places(row.text, read.text))
            self._drawn[shown] = read.placed([each for each in found if each.step])
        return self._drawn[shown]


def selections(document: QTextDocument, stretches: Sequence[Stretch], theme: Theme) -> list[QTextEdit.ExtraSelection]:
    """Return the grounds and text colours of `stretches`, which Qt draws without laying anything out."""
    formats = []
    for look in tints(theme, "window"):
        made = QTextCharFormat()
        if look.ground is not None:
            made.setBackground(look.ground)
            made.setForeground(look.text)
        formats.append(made)
    return drawn(document, stretches, formats)


def drawn(
    document: QTextDocument, stretches: Sequence[Stretch], formats: Sequence[QTextCharFormat]
) -> list[QTextEdit.ExtraSelection]:
    """Return stretches of a document in the looks of their steps."""
    made = []
    last = document.characterCount() - 1
    for begin, end, step in stretches:
        selection = QTextEdit.ExtraSelection()
        cursor = QTextCursor(document)
        cursor.setPosition(min(begin, last))
        cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
        selection.cursor, selection.format = cursor, formats[step]
        made.append(selection)
    return made


def underlines(document: QTextDocument, stretches: Sequence[Stretch], theme: Theme) -> list[QRectF]:
    """Return the lines under `stretches`, in the document's coordinates; thicker where the model was less sure."""
    looks = tints(theme, "window")
    drawn: list[QRectF] = []
    for begin, end, step in stretches:
        block = document.findBlock(begin)
        layout = block.layout()
        if layout is None or not layout.lineCount():
            continue
        origin = document.documentLayout().blockBoundingRect(block).topLeft()
        at, stop = begin - block.position(), min(end - block.position(), block.length() - 1)
        while at < stop:
            line = layout.lineForTextPosition(at)
            if not line.isValid():
                break
            until = min(stop, line.textStart() + line.textLength())
            left, right = _x(line, at), _x(line, until)
            top = origin.y() + line.y() + line.ascent() + theme.px(3)
            drawn.append(QRectF(origin.x() + min(left, right), top, abs(right - left), looks[step].underline))
            at = max(until, at + 1)
    return drawn


def _x(line: object, position: int) -> float:
    place = line.cursorToX(position)  # type: ignore[attr-defined]
    return float(place[0] if isinstance(place, tuple) else place)
