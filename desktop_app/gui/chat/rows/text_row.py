"""One realised row of text: a bubble, or a piece of an answer with its code cards."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QEvent, QMimeData, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
    QShowEvent,
    QTextDocument,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from desktop_app.gui.chat.documents.geometry import THOUGHT_GAP
from desktop_app.gui.chat.documents.styles import CODE_PADDING, HEADER_HEIGHT, QUOTES, RULE, STRIP_HEIGHT
from desktop_app.gui.chat.entries import Row
from desktop_app.gui.chat.markdown.source_map import Stretch
from desktop_app.gui.chat.marks.marking import grounds
from desktop_app.gui.chat.marks.tinting import selections, underlines
from desktop_app.gui.chat.rows.row_controls import RowControls, card_area, header_words
from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.keyboard_focus import KEYBOARD_REASONS

if TYPE_CHECKING:  # it brings Pygments with it
    from desktop_app.gui.chat.documents.document import CodeBlock, RowDocument

_SCROLL_KEYS = (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End)


class RowOwner(Protocol):
    """What a row asks of the view."""

    def row_pressed(self, row: Row, extends: bool) -> None:
        """A selection begins in `row`."""

    def row_dragged(self, row: Row, place: QPointF) -> None:
        """The selection that began in `row` reaches the global `place`."""

    def row_left(self, row: Row, anchor: int, position: int) -> None:
        """What is selected of `row`, from `anchor` to `position`, is out of sight now."""

    def row_hovered(self, row: Row, *, inside: bool) -> None:
        """The pointer came over `row`, or left it."""

    def copy_selection(self) -> None:
        """Copy what is selected in all rows."""

    def select_all(self, row: Row) -> None:
        """Select all of the text that `row` is a piece of."""

    def show_menu(self, row: Row, place: QPointF) -> None:
        """Show the menu of `row` at the global `place`."""

    def scroll_key(self, event: QKeyEvent) -> None:
        """Scroll as a key says."""

    def cursor_moved(self, row: Row, area: QRect) -> None:
        """The keyboard moved the cursor of `row`."""

    def question_folded(self, row: Row) -> None:
        """The long question that `row` belongs to is to be opened, or folded."""

    def save_code(self, language: str, source: str) -> None:
        """Save code as a file."""

    def row_changed(self, row: Row) -> None:
        """`row` is higher or lower now."""


class TextRow(QTextBrowser):
    """A pooled browser; it shows the document of the row that it is lent to.

    Where it `has_ground`, the window's, nothing below it is drawn with each word that comes.
    """

    def __init__(self, theme: Theme, owner: RowOwner, parent: QWidget, *, has_ground: bool = False) -> None:
        super().__init__(parent)
        self._owner = owner
        self._has_ground = has_ground
        self._empty = QTextDocument(self)
        self._controls = RowControls(theme, self, self.viewport())
        self._theme = theme
        self._is_muted = False
        self.row: Row | None = None
        self.shown: RowDocument | None = None
        self.progress = ""
        self.has_caret = False
        self._tints: Sequence[Stretch] = ()
        self._marks: Sequence[Stretch] = ()
        self._underlines: tuple[float, list[QRectF]] = (0.0, [])
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setOpenLinks(False)
        self.setTabChangesFocus(True)
        self.setCursorWidth(0)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.viewport().setAutoFillBackground(has_ground)
        self.setDocument(self._empty)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take over colours and fonts."""
        self._theme = theme
        self._set_palette()
        self._controls.set_theme(theme)

    def _set_palette(self) -> None:
        palette = QPalette(self._theme.palette())
        ground = self._theme.colors.window if self._has_ground else Qt.GlobalColor.transparent
        palette.setColor(QPalette.ColorRole.Base, ground)
        if self._is_muted:
            palette.setColor(QPalette.ColorRole.Text, self._theme.colors.muted)
        self.setPalette(palette)
        self.viewport().setPalette(palette)  # another style sheet leaves it the ground that it had

    def lend(self, row: Row, shown: "RowDocument", area: QRect, name: str) -> None:
        """Show `row` in `area`."""
        self.row, self.shown = row, shown
        if self._is_muted is not row.is_thought:
            self._is_muted = row.is_thought
            self._set_palette()
        self._keep_what_is_drawn(row)
        self.setGeometry(area)
        self.setDocument(shown.document)
        self.setAccessibleName(name)
        self.has_caret = False

    def _keep_what_is_drawn(self, row: Row) -> None:
        """Draw only what is new where the row gets higher, unless something is drawn at its lower end."""
        for part in (self, self.viewport()):
            part.setAttribute(Qt.WidgetAttribute.WA_StaticContents, not row.is_of_person and not row.is_thought)

    def take_back(self) -> None:
        """Show nothing, so that the document can be dropped and no size change lays it out."""
        cursor = self.textCursor()
        if self.row is not None and cursor.hasSelection():
            self._owner.row_left(self.row, cursor.anchor(), cursor.position())
        self.row = None
        self.progress = ""
        self.set_tints((), self._theme)
        self.set_marks((), self._theme)
        self.setDocument(self._empty)
        if self.shown is not None:
            self.shown.document.setParent(None)  # else PySide, which made it the browser's, would never let it go
        self.shown = None  # only now: nobody else may keep its document
        self._controls.hide()

    def set_tints(self, tints: Sequence[Stretch], theme: Theme) -> None:
        """Tint stretches of the document by how sure the model was; nothing is laid out anew."""
        if tints is self._tints or (not tints and not self._tints):
            return
        self._tints = tints
        self._underlines = (0.0, [])
        self._show_selections(theme)

    def set_marks(self, marks: Sequence[Stretch], theme: Theme) -> None:
        """Mark stretches of the document that were looked for, over its tints; nothing is laid out anew."""
        if marks is self._marks or (not marks and not self._marks):
            return
        self._marks = marks
        self._show_selections(theme)

    def _show_selections(self, theme: Theme) -> None:
        document = self.document()
        self.setExtraSelections([*selections(document, self._tints, theme), *grounds(document, self._marks, theme)])

    def chain(self) -> list[QWidget]:
        """Return what the keyboard visits, in order."""
        return [self, *self._controls.chain()]

    def place_controls(self) -> None:
        """Put the buttons onto code cards, and the scroll bars below tables."""
        if self.shown is not None:
            self._controls.place(self.shown)
        row = self.row
        if row is not None and row.can_fold and row.entry is not None:
            self._controls.place_fold(is_folded=row.entry.is_folded, bubble=self.viewport().rect())

    def fold_question(self) -> None:
        """Show more of a long question, or less."""
        if self.row is not None:
            self._owner.question_folded(self.row)

    def save_code(self, code: "CodeBlock") -> None:
        """Save a code block as a file."""
        self._owner.save_code(code.language, code.source)

    def fold_code(self, code: "CodeBlock") -> None:
        """Show more of a long code block, or less."""
        if self.shown is not None and self.row is not None and (not code.is_opened or not code.hidden):
            self.shown.fold(code)
            self._owner.row_changed(self.row)

    def showEvent(self, event: QShowEvent) -> None:
        """Take the colours on again: where it has slots since, Qt styled it anew, and brought back those from before that."""
        super().showEvent(event)
        self._set_palette()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what lies beneath the text, the text, and the caret of an answer that is being written."""
        row, shown = self.row, self.shown
        is_on_more = row is not None and (row.is_of_person or row.is_thought)
        if shown is not None and (is_on_more or shown.codes or shown.decorated):
            self._paint_below(row, shown, event.rect())
        super().paintEvent(event)
        if self._tints or self.has_caret or self.progress:
            painter = QPainter(self.viewport())
            self._paint_underlines(painter, QRectF(event.rect()))
            if self.has_caret or self.progress:
                self._paint_end(painter)
            painter.end()
        if self.hasFocus() and self.cursorWidth():
            self._paint_cursor_at_edge()

    def _paint_cursor_at_edge(self) -> None:
        """Draw the text cursor behind the right edge, where lines from the right begin: Qt's is cut off there."""
        area, right = self.cursorRect(), self.viewport().width() - 1
        if area.right() > right:
            area.moveRight(right)
            painter = QPainter(self.viewport())
            painter.fillRect(area, self.palette().text())
            painter.end()

    def _update_edge(self) -> None:
        width = self.cursorWidth()
        self.viewport().update(self.viewport().width() - width, 0, width, self.viewport().height())

    def _paint_below(self, row: Row | None, shown: "RowDocument", seen: QRect) -> None:
        """Draw what lies beneath the text."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row is not None and row.is_of_person:
            self._paint_bubble(painter, row)
        if row is not None and row.is_thought:
            self._paint_bar(painter, row)
        for code in shown.codes:
            self._paint_card(painter, code, seen)
        if shown.decorated:
            self._paint_decorations(painter)
        painter.end()

    def _paint_bubble(self, painter: QPainter, row: Row) -> None:
        radius = self._theme.px(self._theme.tokens.radius.bubble)
        area = QRectF(self.viewport().rect())
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.WindingFill)
        path.addRoundedRect(area, radius, radius)
        if not row.is_first:
            path.addRect(QRectF(0, 0, area.width(), radius))
        if not row.is_last:
            path.addRect(QRectF(0, area.height() - radius, area.width(), radius))
        painter.fillPath(path, self._theme.colors.user_bubble)

    def _paint_bar(self, painter: QPainter, row: Row) -> None:
        px = self._theme.px
        bottom = self.viewport().height() - (px(THOUGHT_GAP) if row.is_last else 0)
        bar = placed(self, QRect(0, 0, px(2), bottom), self.viewport().rect())
        painter.fillRect(bar, self._theme.colors.line)

    def _paint_card(self, painter: QPainter, code: "CodeBlock", seen: QRect) -> None:
        theme, px = self._theme, self._theme.px
        area = self.document().documentLayout().frameBoundingRect(code.frame)
        if not area.intersects(seen):
            return
        whole = card_area(code, area, theme)
        card = whole.adjusted(0.5, 0.5, -0.5, -0.5)
        radius = px(theme.tokens.radius.card)
        painter.setPen(QPen(theme.colors.line, 1))
        painter.setBrush(theme.colors.code)
        painter.drawRoundedRect(card, radius, radius)
        bottom = card.top() + px(HEADER_HEIGHT)
        painter.drawLine(QPointF(card.left(), bottom), QPointF(card.right(), bottom))
        if code.can_fold:
            top = card.bottom() - px(STRIP_HEIGHT)
            painter.drawLine(QPointF(card.left(), top), QPointF(card.right(), top))
        painter.setPen(theme.colors.muted)
        painter.setFont(theme.font("small"))
        header = header_words(whole, theme).adjusted(px(CODE_PADDING) + px(2), 0, -card.width() / 2, 0)
        paint_words(painter, placed(self, header, card), code.language)

    def _paint_decorations(self, painter: QPainter) -> None:
        """Draw the bars of quotes and horizontal rules."""
        colors, px = self._theme.colors, self._theme.px
        layout = self.document().documentLayout()
        block = self.document().begin()
        bottom: dict[int, float] = {}
        while block.isValid():
            block_format = block.blockFormat()
            area = layout.blockBoundingRect(block)
            quotes = int(block_format.property(QUOTES) or 0)
            from_right = block.textDirection() is Qt.LayoutDirection.RightToLeft
            for bar in range(quotes):
                top = bottom.get(bar, area.top())
                left = self.viewport().width() - bar * px(16) - px(3) if from_right else bar * px(16)
                painter.fillRect(QRectF(left, top + px(3), px(3), area.bottom() - top), colors.line)
            bottom = {bar: area.bottom() for bar in range(quotes)}
            if block_format.property(RULE):
                painter.fillRect(QRectF(0, round(area.center().y()), self.viewport().width(), 1), colors.line)
            block = block.next()

    def _paint_underlines(self, painter: QPainter, area: QRectF) -> None:
        """Draw under the words what their tint says, for those who do not see it."""
        width = self.document().textWidth()
        if self._tints and self._underlines[0] != width:
            self._underlines = (width, underlines(self.document(), self._tints, self._theme))
        for line in self._underlines[1]:
            if line.intersects(area):
                painter.fillRect(line, self._theme.colors.accent)

    def _paint_end(self, painter: QPainter) -> None:
        theme, px = self._theme, self._theme.px
        if self.progress:
            painter.setPen(theme.colors.muted)
            painter.setFont(theme.font("body"))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignTop, self.progress)
            return
        if self.shown is None:
            return
        last = self.shown.caret()
        area = self.cursorRect(last)
        from_right = last.block().textDirection() is Qt.LayoutDirection.RightToLeft
        left = area.left() - px(6) if from_right else area.left() + px(1)
        painter.fillRect(left, area.top(), px(5), max(area.height(), px(17)), theme.colors.accent)

    # What the person does

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the text cursor to those who came by keyboard."""
        self.setCursorWidth(2 if event.reason() in KEYBOARD_REASONS else 0)
        super().focusInEvent(event)
        self._update_edge()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show it no longer."""
        super().focusOutEvent(event)
        self._update_edge()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show what can be done with this message."""
        super().enterEvent(event)
        if self.row is not None:
            self._owner.row_hovered(self.row, inside=True)

    def leaveEvent(self, event: QEvent) -> None:
        """Hide it again."""
        super().leaveEvent(event)
        if self.row is not None:
            self._owner.row_hovered(self.row, inside=False)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a selection, and end that of other rows."""
        if self.row is not None and event.button() is Qt.MouseButton.LeftButton:
            self._owner.row_pressed(self.row, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Select, across rows where the pointer leaves this one."""
        super().mouseMoveEvent(event)
        if self.row is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._owner.row_dragged(self.row, event.globalPosition())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave scrolling to the view, but for that of a table sideways."""
        turned = event.angleDelta()
        sideways = turned.x() if abs(turned.x()) > abs(turned.y()) else 0
        bar = self._controls.table_at(event.position().y()) if sideways else None
        if bar is None:
            event.ignore()
            return
        bar.setValue(bar.value() - (event.pixelDelta().x() or sideways // 2))
        event.accept()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Never scroll by itself: a table that is too wide has a bar of its own."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll the view, copy and select over all rows, and otherwise move the cursor."""
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.key() in _SCROLL_KEYS and not shifted:
            self._owner.scroll_key(event)
            return
        if event.matches(QKeySequence.StandardKey.Copy):
            self._owner.copy_selection()
            return
        if event.matches(QKeySequence.StandardKey.SelectAll) and self.row is not None:
            self._owner.select_all(self.row)
            return
        before = self.textCursor().position()
        super().keyPressEvent(event)
        if self.row is not None and self.textCursor().position() != before:
            self._update_edge()
            self._owner.cursor_moved(self.row, self.cursorRect())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Show the view's menu."""
        if self.row is not None:
            self._owner.show_menu(self.row, QPointF(event.globalPos()))

    def selected_text(self) -> str:
        """Return what is selected in this row alone."""
        cursor = self.textCursor()
        if self.shown is None or not cursor.hasSelection():
            return ""
        from desktop_app.gui.chat.marks.copying import plain_text

        return plain_text(self.shown, cursor.selectionStart(), cursor.selectionEnd())

    def createMimeDataFromSelection(self) -> QMimeData:
        """Give plain text: what is pasted elsewhere should not bring this window's colours."""
        data = QMimeData()
        data.setText(self.selected_text())
        return data
