"""A text with its tokens: control tokens stand on chips, and where it is wished every token on a ground of its own."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen, QTextBlock, QTextLine
from PySide6.QtWidgets import QPlainTextEdit, QToolTip, QWidget

from desktop_app.domain.received import Token
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.qt_places import qt_places
from desktop_app.gui.widgets.spaced_lines import pitch_in, set_pitch, spaced_document
from desktop_app.support.i18n import _

_SIGNS = str.maketrans(
    {"\0": "\u2400", "\r": "\u240d", "\u2028": "\u2424", "\u2029": "\u2424", "\x0b": "\u240b", "\x0c": "\u240c"}
)
"""What is shown for characters that Qt would take out or break the line at, so that all places stay what they are."""


class TokenText(Themed, QPlainTextEdit):
    """Can be read, selected and copied, not changed. Only what can be seen is marked, however long the text is."""

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        """`name` is what screen readers say."""
        QPlainTextEdit.__init__(self, parent)
        self.theme = theme
        self._tokens: Sequence[Token] = ()
        self._ends: list[int] = []
        self._shows_all = False
        self.setFont(theme.font("mono"))
        self.setDocument(spaced_document(self, pitch_in(self, theme)))
        self.setReadOnly(True)
        self.setProperty("look", "report")
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.viewport().setMouseTracking(True)
        self.apply_theme()

    def show_tokens(self, text: str, tokens: Sequence[Token]) -> None:
        """Show `text`, in which `tokens` have their places."""
        places = qt_places(text)
        self._tokens = [Token(token.id, places[token.start], places[token.end], token.is_control) for token in tokens]
        self._ends = [token.end for token in self._tokens]
        self.setPlainText(text.translate(_SIGNS))

    def show_all(self, shows_all: bool) -> None:
        """Mark every token, or control tokens alone."""
        self._shows_all = shows_all
        self.viewport().update()

    def token_at(self, place: int) -> Token | None:
        """Return the token that has the character at `place`, counted as Qt does."""
        index = bisect_right(self._ends, place)
        token = self._tokens[index] if index < len(self._tokens) else None
        return token if token is not None and token.start <= place else None

    def marks(self) -> list[tuple[Token, QRectF]]:
        """Return what is marked where, of what can be seen; a token on two lines has two marks."""
        return [(token, area) for _index, token, area in self._marks()]

    def apply_theme(self) -> None:
        """Take over the font."""
        self.setFont(self.theme.font("mono"))
        set_pitch(self, pitch_in(self, self.theme))
        super().apply_theme()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the grounds, then the text."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, token, area in self._marks():
            if token.is_control:
                painter.setPen(QPen(colors.accent, 1))
                painter.setBrush(colors.accent_soft)
                area = area.adjusted(0.5, 0.5, -0.5, -0.5)
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colors.selected if index % 2 else colors.hover)
            painter.drawRoundedRect(area, px(4), px(4))
        painter.end()
        super().paintEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell the number of the token that is pointed at."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            token = self.token_at(self.cursorForPosition(event.pos()).position())
            words = "" if token is None else _("Control token {id}") if token.is_control else _("Token {id}")
            QToolTip.showText(event.globalPos(), words.format(id=token.id if token is not None else 0), self)
            return True
        return super().viewportEvent(event)

    def _marks(self) -> Iterator[tuple[int, Token, QRectF]]:
        block = self.firstVisibleBlock()
        bottom = self.viewport().height()
        while block.isValid():
            area = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if area.top() > bottom:
                return
            yield from self._marks_of(block, area)
            block = block.next()

    def _marks_of(self, block: QTextBlock, area: QRectF) -> Iterator[tuple[int, Token, QRectF]]:
        """Yield the marks in one block, line by line."""
        begin, end = block.position(), block.position() + block.length() - 1
        layout = block.layout()
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            top = area.top() + line.y()
            if top > self.viewport().height():
                return
            first = begin + line.textStart()
            last = min(first + line.textLength(), end)
            index = bisect_right(self._ends, first)
            while index < len(self._tokens) and self._tokens[index].start < last:
                token = self._tokens[index]
                if token.is_control or self._shows_all:
                    left = _x(line, max(token.start, first) - begin)
                    right = _x(line, min(token.end, last) - begin)
                    width = abs(right - left)
                    yield index, token, QRectF(area.left() + min(left, right), top, width, line.height())
                index += 1


def _x(line: QTextLine, place: int) -> float:
    """Return where the character at `place` begins; Qt hands back the place that it took as well."""
    found = line.cursorToX(place)
    return float(found[0] if isinstance(found, tuple) else found)  # type: ignore[arg-type]
