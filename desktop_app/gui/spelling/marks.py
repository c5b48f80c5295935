"""Underlines the words of a question that no dictionary knows; the words are looked up elsewhere.

A key costs a look at the paragraph that it changed. A long text that is pasted is looked at in pieces between the
events of the window, what can be seen first. The word that is being typed is left alone.

Qt's QSyntaxHighlighter would do part of it, and tells with each underline that the text changed: drafts would be saved
and tokens counted for it, and screen readers would read the paragraph once more.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QTextBlock, QTextCharFormat, QTextCursor, QTextLayout
from shiboken6 import isValid

from desktop_app.domain.code_text import fence_after
from desktop_app.domain.spelling import words_of
from desktop_app.gui.chat.markdown.source_map import Stretch, utf16_stretches
from desktop_app.gui.composer.question_field import QuestionField

PIECE = 4_000
"""As many characters are looked at before the window's other events have their turn: some milliseconds."""
PAUSE_MS = 200
"""How long unknown words are gathered before somebody is asked about them."""

_BEFORE = 1 << 15
"""A paragraph's state is the number of the fence that is open behind the one before it, times this, and that behind it."""
_NO_CODE = 0

Verdict = Callable[[str], bool | None]
"""Says whether a word is right, None for not known yet."""
Blocks = dict[int, QTextBlock]
"""Paragraphs of a document, by what tells them apart in it."""


class Place(NamedTuple):
    """A word in a document, from `begin` to `end` as Qt counts; `text` is as dictionaries have it."""

    begin: int
    end: int
    text: str


class SpellingMarks(QObject):
    """The underlines in one field, in whichever document it has.

    `words_unknown` says that there are words to be had of `wanted`; whoever has looked them up says so with `answered`.
    """

    words_unknown = Signal()

    def __init__(self, field: QuestionField, verdict: Verdict) -> None:
        super().__init__(field)
        self._field = field
        self._document = field.document()
        self._verdict = verdict
        self._wrong = QTextCharFormat()
        self._wrong.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        self._wrong.setUnderlineColor(field.theme.colors.bad)
        self._is_on = False
        self._count = self._document.blockCount()
        self._later: Blocks = {}
        """Paragraphs that are to be looked at in the next pieces."""
        self._waiting: dict[str, Blocks] = {}
        """Words that nobody knows yet, and the paragraphs that have them; the oldest first."""
        self._asked: set[str] = set()
        self._typed: tuple[QTextBlock, Stretch] | None = None
        """The word that is being typed, in its paragraph."""
        self._turn = QTimer(self, singleShot=True)
        self._turn.timeout.connect(self._go_on)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.words_unknown)
        self._document.contentsChange.connect(self._text_changed)
        field.document_changed.connect(self._take_document)
        field.focus_changed.connect(self._caret_moved)
        field.cursorPositionChanged.connect(self._caret_moved)
        field.composition_ended.connect(self._composed)
        field.restyled.connect(self._take_color)

    # What others call

    def set_on(self, is_on: bool) -> None:
        """Underline, or not."""
        self._is_on = is_on
        self.look_again()

    def look_again(self) -> None:
        """Look at everything anew: other words are right now."""
        self._forget()
        block = self._document.begin()
        while block.isValid():
            _note_fences(block)
            self._look_later(block)
            block = block.next()

    def wanted(self, most: int) -> Sequence[str]:
        """Return words to look up, the oldest first; they are not wanted again before `answered` or `give_up`."""
        words = [word for word in self._waiting if word not in self._asked][:most]
        self._asked.update(words)
        return words

    def answered(self, asked: Collection[str]) -> None:
        """Underline those of the words that were asked for that are wrong by now."""
        for word in asked:
            blocks = self._waiting.pop(word, {})
            if self._verdict(word):
                continue
            for block in blocks.values():
                self._look_later(
                    block
                )  # of a word that is unknown again, too: other dictionaries were chosen meanwhile
        self._asked.difference_update(asked)

    def give_up(self, asked: Collection[str]) -> None:
        """Want words again that could not be looked up."""
        self._asked.difference_update(asked)

    def word_at(self, position: int) -> Place | None:
        """Return the word at a position of the document that would be looked up, if there is one."""
        block = self._document.findBlock(position)
        inside = position - block.position()
        for stretch, word in self._words(block):
            if stretch.begin <= inside <= stretch.end:
                return Place(block.position() + stretch.begin, block.position() + stretch.end, word)
        return None

    def replace(self, place: Place, word: str) -> None:
        """Write `word` in the place of another one, in one step that can be undone, unless something else stands there now."""
        if self.word_at(place.begin) == place:
            cursor = QTextCursor(self._document)
            cursor.setPosition(place.begin)
            cursor.setPosition(place.end, QTextCursor.MoveMode.KeepAnchor)
            curly = "’" in cursor.selectedText()
            cursor.insertText(word.replace("'", "’") if curly else word)

    # What happens in the field

    def _text_changed(self, position: int, removed: int, added: int) -> None:
        """Look at the paragraphs that an edit changed, and at those below it that it made code, or no code any more."""
        count, self._count = self._count, self._document.blockCount()
        if removed > 1 or self._count < count:  # no paragraph goes with a single letter
            self._let_go()
        if not self._is_on:
            return
        last = self._document.findBlock(position + added)
        end = last.blockNumber() if last.isValid() else self._document.blockCount() - 1
        block, room = self._document.findBlock(position), PIECE
        while block.isValid() and (_note_fences(block) or block.blockNumber() <= end):
            if room > 0:
                self._look(block, is_edit=True)
            else:
                self._look_later(block)
            room -= block.length()
            block = block.next()

    def _caret_moved(self) -> None:
        """Look at the word that was being typed once the caret has left it."""
        if self._typed is not None:
            block, stretch = self._typed
            if not stretch.begin <= self._caret_in(block) <= stretch.end:
                self._typed = None
                self._look_later(block)

    def _composed(self) -> None:
        """Bring back what an input method took away while it had a word in this paragraph that it did not keep."""
        self._look_later(self._field.textCursor().block())

    def _take_color(self) -> None:
        self._wrong.setUnderlineColor(self._field.theme.colors.bad)
        self.look_again()

    def _take_document(self) -> None:
        """Look at the document that the field has now, no longer at the one that another field may have."""
        if isValid(self._document):
            self._document.contentsChange.disconnect(self._text_changed)
        self._document = self._field.document()
        self._document.contentsChange.connect(self._text_changed)
        self._count = self._document.blockCount()
        self.look_again()

    def _let_go(self) -> None:
        """Hold no paragraph that was deleted: of most of those Qt says that they are valid, and it crashes with them."""
        if not (self._later or self._waiting or self._typed):
            return
        there = set()
        block = self._document.begin()
        while block.isValid():
            there.add(block.fragmentIndex())
            block = block.next()
        for held in (self._later, *self._waiting.values()):
            for index in held.keys() - there:
                del held[index]
        if self._typed is not None and self._typed[0].fragmentIndex() not in there:
            self._typed = None

    def _forget(self) -> None:
        self._later.clear()
        self._waiting.clear()
        self._asked.clear()
        self._typed = None

    # Looking

    def _look_later(self, block: QTextBlock) -> None:
        self._later[block.fragmentIndex()] = block
        if not self._turn.isActive():
            self._turn.start()

    def _go_on(self) -> None:
        """Look at the next piece of what was left, what can be seen first."""
        room = PIECE
        in_sight = [block for block in self._field.blocks_in_sight() if block.fragmentIndex() in self._later]
        while self._later and room > 0:
            index = in_sight.pop(0).fragmentIndex() if in_sight else next(iter(self._later))
            block = self._later.pop(index)
            self._look(block, is_edit=False)
            room -= block.length()
        if self._later:
            self._turn.start()

    def _look(self, block: QTextBlock, *, is_edit: bool) -> None:
        """Underline what is wrong in a paragraph, except for the word that is being typed."""
        layout = block.layout()
        if layout.preeditAreaText():
            return  # an input method draws there
        marks = [_mark(stretch, self._wrong) for stretch in self._wrong_in(block, is_edit=is_edit)]
        if marks or layout.formats():
            layout.setFormats(marks)
            self._document.markContentsDirty(block.position(), block.length())

    def _wrong_in(self, block: QTextBlock, *, is_edit: bool) -> Iterator[Stretch]:
        caret = self._caret_in(block)
        was_typed = self._typed is not None and self._typed[0] == block
        if was_typed:
            self._typed = None
        for stretch, word in self._words(block):
            if stretch.begin <= caret <= stretch.end and (is_edit or was_typed):
                self._typed = (block, stretch)
                continue
            verdict = self._verdict(word)
            if verdict is None:
                self._waiting.setdefault(word, {})[block.fragmentIndex()] = block
                if not self._pause.isActive():
                    self._pause.start()
            elif not verdict:
                yield stretch

    def _caret_in(self, block: QTextBlock) -> int:
        """Return where the caret of a field with the focus stands in a paragraph that has it, else where no word can be."""
        inside = self._field.textCursor().position() - block.position()
        return inside if self._field.hasFocus() and 0 <= inside < block.length() else -1

    def _words(self, block: QTextBlock) -> "Sequence[tuple[Stretch, str]]":
        """Return the words of a paragraph that are looked up with where they stand, as Qt counts; code has none."""
        if not self._is_on or block.userState() > _NO_CODE:
            return ()
        text = block.text()
        if len(text.encode("utf-16-le", "surrogatepass")) != 2 * (block.length() - 1):
            return ()  # there is half a sign in it, which Qt leaves out of the text that it tells
        words = words_of(text)
        places = utf16_stretches([Stretch(word.begin, word.end, 0) for word in words], text)
        return [(place, word.text) for place, word in zip(places, words, strict=True)]


def _note_fences(block: QTextBlock) -> bool:
    """Note in a paragraph's state which fences of code are open before and behind it; returns whether they were others."""
    before = max(block.previous().userState(), _NO_CODE) % _BEFORE
    state = before * _BEFORE + _numbered(fence_after(block.text(), "`~"[before % 2] * (before // 2)))
    is_other = block.userState() != state
    if is_other:
        block.setUserState(state)
    return is_other


def _numbered(signs: str) -> int:
    """Return a fence as a number below `_BEFORE`: twice as many as its signs, and one more for the other kind."""
    return 2 * min(len(signs), _BEFORE // 2 - 1) + signs.startswith("~")


def _mark(stretch: Stretch, look: QTextCharFormat) -> QTextLayout.FormatRange:
    mark = QTextLayout.FormatRange()
    mark.start, mark.length = stretch.begin, stretch.end - stretch.begin
    mark.format = look
    return mark
