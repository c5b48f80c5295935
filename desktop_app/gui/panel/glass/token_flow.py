"""The tokens of an answer as a flow of tinted words, of which only what can be seen is drawn."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QWidget

from desktop_app.gui.look.mirroring import direction_of, is_mirrored, placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.look.tints import percent, step_of, tints
from desktop_app.gui.widgets.accessible import SpokenParts
from desktop_app.gui.widgets.keyboard_focus import KeyboardFocus
from desktop_app.support.i18n import _

LINE = 26
MOST_LINES = 9
"""A longer answer scrolls, so that what is told of a word stays in sight."""
LINE_END = "↵"
PART_OF_A_CHARACTER = "·"
_TOLD_DIRECTION = 32
"""Of so many tokens the first letter is looked for that tells which way the text reads."""
_FROM_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""Where Unicode has the letters that are written from right to left."""
_JOINER = "\u200d"
_ENDING = frozenset("ءآأؤإاةدذرزژوٱ")
"""Arabic letters that do not join the one behind them."""
_STEPS_OF_KEYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_LINES_OF_KEYS = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: 1 - MOST_LINES,
    Qt.Key.Key_PageDown: MOST_LINES - 1,
}


class _Flow:
    """Where each token lies in a column: its line, its left edge, its width, and the blanks before its words.

    Lines begin at the left; where the text reads from the right, whoever draws them turns them around.
    """

    def __init__(self, texts: Sequence[str], metrics: QFontMetricsF, width: float, *, from_right: bool) -> None:
        self.words: list[str] = []
        self.lines: list[int] = []
        self.lefts: list[float] = []
        self.widths: list[float] = []
        self.firsts: list[int] = [0]
        self._advances: dict[str, float] = {}
        self._metrics = metrics
        self._width = width
        self._right = 0.0
        self._word = 0  # the first token of the word that may have to go to the next line as a whole
        turns = from_right or _FROM_RIGHT.search("".join(texts)) is not None
        for number, text in enumerate(_joined(texts) if turns else texts):
            self._put(number, text)
        for first, end in pairwise([*self.firsts, len(self.words)]) if turns else ():
            self._turn(first, end, _depths(self.words[first:end], from_right=from_right))

    def token_at(self, line: int, x: float) -> int:
        """Return the token of a line that is nearest to `x`."""
        first = self.firsts[line]
        end = self.firsts[line + 1] if line + 1 < len(self.firsts) else len(self.words)
        lefts, widths = self.lefts, self.widths
        near = {n: max(lefts[n] - x, x - lefts[n] - widths[n], 0.0) for n in range(first, end)}
        return min(near, key=lambda number: (near[number], -lefts[number]), default=first)

    def _advance(self, text: str) -> float:
        known = self._advances.get(text)
        if known is None:
            known = self._advances[text] = self._metrics.horizontalAdvance(text)
        return known

    def _put(self, number: int, text: str) -> None:
        before, newline, behind = text.partition("\n")
        word = before.lstrip(" ")
        blanks = len(before) - len(word)
        word = word.rstrip("\n") + (LINE_END if newline else "")
        if not text:
            word = PART_OF_A_CHARACTER
        elif not word:
            word, blanks = " " * blanks, 0
        if text[:1].isspace() or not self.words or self.lines[-1] != len(self.firsts) - 1:
            self._word = number
        gap, width = self._advance(" ") * blanks, self._advance(word.replace("\t", "    "))
        while self._right + gap + width > self._width and self._right > 0:
            self._break_line(number)
            gap = 0.0 if self._word == number else gap
        self.words.append(word)
        self.lines.append(len(self.firsts) - 1)
        self.lefts.append(self._right + gap)
        self.widths.append(width)
        self._right += gap + width
        if newline:
            self.firsts.append(number + 1)
            last = behind.rpartition("\n")[2]
            self._right = self._advance(" ") * len(last.replace("\t", "    "))
            self._word = number + 1

    def _turn(self, first: int, end: int, depths: Sequence[int]) -> None:
        """Turn the runs of a line that read the other way, and what is in them that does not."""
        for depth in range(max(depths, default=0), 0, -1):
            begin = first
            while begin < end:
                behind = begin
                while behind < end and depths[behind - first] >= depth:
                    behind += 1
                edges = [edge for n in range(begin, behind) for edge in (self.lefts[n], self.lefts[n] + self.widths[n])]
                for number in range(begin, behind):
                    self.lefts[number] = min(edges) + max(edges) - self.lefts[number] - self.widths[number]
                begin = behind + 1

    def _break_line(self, number: int) -> None:
        """Begin a line at `number`, or where its word begins, if that fits a line and does not begin this one."""
        begin = self._word
        if begin < number and (self.lefts[begin] == 0 or self.lines[begin] != len(self.firsts) - 1):
            begin = self._word = number
        self.firsts.append(begin)
        self._right = 0.0
        for moved in range(begin, number):
            self.lines[moved], self.lefts[moved] = len(self.firsts) - 1, self._right
            self._right += self.widths[moved]


def _joined(texts: Sequence[str]) -> Iterator[str]:
    """Yield pieces of words, those in Arabic with the signs that let their letters join where they are drawn apart."""
    joins = [_joins(before, behind) for before, behind in pairwise(["", *texts, ""])]
    for number, text in enumerate(texts):
        yield _JOINER * joins[number] + text + _JOINER * joins[number + 1]


def _joins(before: str, behind: str) -> bool:
    """Return whether the last letter of a piece joins the first one of the next."""
    letters = before.rstrip("\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652")[-1:], behind[:1]
    return all(unicodedata.bidirectional(letter or " ") == "AL" for letter in letters) and letters[0] not in _ENDING


def _depths(words: Sequence[str], *, from_right: bool) -> list[int]:
    """Return how often each word of a line is turned: 1 for one that reads the other way, 2 for numbers among those.

    What has no way of its own is as what it stands between.
    """
    depths: list[int | None] = []
    other_way = 0
    for word in words:
        kinds = [unicodedata.bidirectional(sign) for sign in word]
        letter = next((kind for kind in kinds if kind in ("L", "R", "AL")), "")
        if letter:
            other_way = int((letter != "L") is not from_right)
            depths.append(other_way)
        else:
            is_number = "EN" in kinds or "AN" in kinds
            depths.append((1 if from_right else 2 * other_way) if is_number else None)
    for place, depth in enumerate(depths):
        if depth is None:
            behind = next((each for each in depths[place:] if each is not None), 0)
            depths[place] = min(depths[place - 1] or 0 if place else 0, behind)
    return [depth or 0 for depth in depths]


class TokenFlow(KeyboardFocus, SpokenParts, Themed, QAbstractScrollArea):
    """Shows tokens, tinted by how sure the model was; `picked` carries the number of the one that a person chose.

    The arrow keys move over the tokens, Enter picks.
    """

    picked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, name: str = "") -> None:
        QAbstractScrollArea.__init__(self, parent)
        self.theme = theme
        self._texts: Sequence[str] = ()
        self._probabilities: Sequence[float] = ()
        self._flow: _Flow | None = None
        self._laid_out = (0, 0.0)
        self.current = -1
        self.chosen = -1
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name or _("Words of the answer"))
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self.viewport().setAutoFillBackground(False)
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(palette)

    def set_tokens(self, texts: Sequence[str], probabilities: Sequence[float], begin: int = 0) -> None:
        """Show other tokens, none of them chosen; those from `begin` on say which way the whole reads."""
        self._texts, self._probabilities = texts, probabilities
        self.setLayoutDirection(direction_of("".join(texts[begin : begin + _TOLD_DIRECTION])))
        self.current = self.chosen = -1
        self._flow = None
        self._lay_out()
        self.verticalScrollBar().setValue(0)
        self.viewport().update()

    def choose(self, number: int) -> None:
        """Mark a token as chosen and bring it into sight, without telling anybody."""
        self.chosen = number
        self._move_to(number)

    def word(self, number: int) -> str:
        """Return a token as it is called in a sentence."""
        return self._texts[number].strip() or self._texts[number].replace("\n", LINE_END).replace(" ", "␣")

    def probability(self, number: int) -> float:
        """Return how likely the model found a token."""
        return self._probabilities[number]

    def step(self, number: int) -> int:
        """Return which of the tints a token has."""
        return step_of(self._probabilities[number])

    def told(self, number: int) -> str:
        """Return what screen readers say of a token."""
        return _("“{word}”, {percent}, word {place} of {count}").format(
            word=self.word(number),
            percent=percent(self._probabilities[number]),
            place=number + 1,
            count=len(self._texts),
        )

    def apply_theme(self) -> None:
        """Lay out in another font."""
        self._flow = None
        self._lay_out()
        super().apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out for the new width."""
        super().resizeEvent(event)
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        """Draw in other colours where this is switched on or off."""
        super().changeEvent(event)
        self.viewport().update()

    # Laying out

    def _lay_out(self) -> None:
        px = self.theme.px
        width = self.width() - px(14)  # there is room for a scroll bar before there is one
        if width <= 0 or (self._flow is not None and self._laid_out == (width, self.theme.scale)):
            return
        self._laid_out = (width, self.theme.scale)
        metrics = QFontMetricsF(self.theme.font("body"))
        self._flow = _Flow(self._texts, metrics, width, from_right=is_mirrored(self))
        height = len(self._flow.firsts) * px(LINE)
        self.setFixedHeight(min(height, MOST_LINES * px(LINE)) + px(4))
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, height - MOST_LINES * px(LINE)))
        bar.setPageStep(MOST_LINES * px(LINE))
        bar.setSingleStep(px(LINE))

    def _area(self, flow: _Flow, number: int) -> QRectF:
        line = self.theme.px(LINE)
        top = flow.lines[number] * line - self.verticalScrollBar().value()
        return placed(self, QRectF(flow.lefts[number], top, flow.widths[number], line), self.viewport().rect())

    def _token_at(self, place: QPointF) -> int:
        if self._flow is None or not self._flow.words:
            return -1
        line = int((place.y() + self.verticalScrollBar().value()) // self.theme.px(LINE))
        x = self.viewport().width() - place.x() if is_mirrored(self) else place.x()
        return self._flow.token_at(min(max(0, line), len(self._flow.firsts) - 1), x)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Draw what comes into sight."""
        self.viewport().update()

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines that can be seen."""
        flow = self._flow
        if flow is None or not flow.words:
            return
        painter = QPainter(self.viewport())
        painter.setLayoutDirection(self.layoutDirection())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.theme.font("body"))
        line, offset = self.theme.px(LINE), self.verticalScrollBar().value()
        first = min(offset // line, len(flow.firsts) - 1)
        last = min((offset + self.viewport().height()) // line + 1, len(flow.firsts))
        end = flow.firsts[last] if last < len(flow.firsts) else len(flow.words)
        looks = tints(self.theme, "surface")
        for number in range(flow.firsts[first], end):
            look = looks[self.step(number)]
            area = self._area(flow, number)
            box = self._box(area)
            if look.ground is not None and flow.words[number].strip():
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(look.ground)
                painter.drawRoundedRect(box, self.theme.px(4), self.theme.px(4))
                if look.underline:
                    left, bottom = area.left(), area.bottom() - self.theme.px(3)
                    painter.fillRect(QRectF(left, bottom, area.width(), look.underline), self.theme.colors.accent)
            painter.setPen(look.text)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, flow.words[number])
        self._paint_marks(painter, flow)
        painter.end()

    def _box(self, area: QRectF) -> QRectF:
        return area.adjusted(-1, self.theme.px(3), 1, -self.theme.px(4))

    def _paint_marks(self, painter: QPainter, flow: _Flow) -> None:
        """Draw the outline of the chosen token, and of the one that the keyboard is at."""
        marks = [(self.chosen, self.theme.colors.text)]
        if self.has_ring:
            marks.append((self.current, self.theme.colors.focus))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for number, color in marks:
            if 0 <= number < len(flow.words):
                box = self._box(self._area(flow, number)).adjusted(0, -1, 0, 1)
                painter.setPen(QPen(color, 2))
                painter.drawRoundedRect(box, self.theme.px(4), self.theme.px(4))

    # What the person does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the token under the pointer."""
        number = self._token_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and number >= 0:
            self.by_keyboard = False
            self._pick(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move over the tokens, or pick one."""
        flow, key = self._flow, event.key()
        if flow is None or not flow.words:
            event.ignore()
            return
        self.by_keyboard = True
        last, current = len(flow.words) - 1, max(0, self.current)
        if key in _STEPS_OF_KEYS:
            by = _STEPS_OF_KEYS[Qt.Key(key)] * (-1 if is_mirrored(self) else 1)
            self._move_to(min(max(0, self.current + by), last))
        elif key in _LINES_OF_KEYS:
            line = min(max(0, flow.lines[current] + _LINES_OF_KEYS[Qt.Key(key)]), flow.lines[last])
            self._move_to(flow.token_at(line, flow.lefts[current]))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._move_to(0 if key == Qt.Key.Key_Home else last)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._pick(current)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard is."""
        super().focusInEvent(event)
        if self.by_keyboard and self._flow is not None and self._flow.words:
            self._move_to(max(0, self.current))
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show it no longer."""
        super().focusOutEvent(event)
        self.viewport().update()

    def _pick(self, number: int) -> None:
        self.choose(number)
        self.picked.emit(number)

    def bring_into_sight(self, number: int) -> None:
        """Scroll as little as shows a token."""
        if self._flow is None:
            return
        line = self.theme.px(LINE)
        bar, top = self.verticalScrollBar(), self._flow.lines[number] * line
        if top < bar.value():
            bar.setValue(top)
        elif top + line > bar.value() + MOST_LINES * line:
            bar.setValue(top - (MOST_LINES - 1) * line)

    def _move_to(self, number: int) -> None:
        """Let the keyboard be at a token, bring it into sight, and say which one it is."""
        flow = self._flow
        self.current = number
        self.viewport().update()
        if flow is None or not 0 <= number < len(flow.words):
            return
        self.bring_into_sight(number)
        self.setAccessibleDescription(self.told(number))
        self.tell_current()

    # What screen readers are told

    def part_count(self) -> int:
        """Return how many tokens there are."""
        return len(self._texts) if self._flow is not None else 0

    def part_words(self, number: int) -> str:
        """Return what is said of a token."""
        return self.told(number)

    def part_area(self, number: int) -> QRect:
        """Return where a token is drawn."""
        return self._area(self._flow, number).toRect() if self._flow is not None else QRect()

    def current_part(self) -> int:
        """Return the token that the keyboard is at."""
        return self.current

    def press_part(self, number: int) -> None:
        """Pick a token."""
        self._pick(number)
