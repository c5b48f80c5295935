"""A model card as text: read in the pool, written into a document a little at a time, never loading anything."""

import math
import time
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QTimer, QUrl, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QScrollArea, QWidget

from desktop_app.gui.chat.documents.document import RowDocument
from desktop_app.gui.chat.documents.geometry import key_target
from desktop_app.gui.chat.documents.styles import Styles
from desktop_app.gui.chat.entries import PIECE, Row, RowKind, cut_blocks
from desktop_app.gui.chat.markdown.markdown import find_references, make_parser, parse_whole
from desktop_app.gui.chat.markdown.operations import Operation, is_safe, operations, plain_operations
from desktop_app.gui.chat.rows.text_row import TextRow
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.support.i18n import _

MOST = 40_000
"""How many characters of a card are shown; few cards are longer, and those that are end in tables of scores."""
TURN_SECONDS = 0.006
"""How long writing may take in one turn of the event loop."""


def cut_card(text: str) -> tuple[str, bool]:
    """Return as much of a card as is shown, cut between paragraphs where it can be, and whether that is all."""
    if len(text) <= MOST:
        return text, True
    end = text.rfind("\n\n", MOST // 2, MOST)
    return text[: end if end > 0 else MOST], False


def read_card(text: str) -> list[Operation]:
    """Return what draws a card, in any thread.

    What is not in paragraphs like a text made by people is shown as it stands: reading it could take very long.
    """
    parser = make_parser()
    pieces = [(text[piece.begin : piece.end], piece.table) for piece in cut_blocks(text)]
    readable = "".join(piece for piece, _table in pieces if len(piece) <= 2 * PIECE)
    references = find_references(parser, readable) if len(pieces) > 1 and "]:" in readable else None
    made: list[Operation] = []
    for piece, table in pieces:
        if len(piece) > 2 * PIECE:
            made += plain_operations(piece)
        else:
            blocks = parse_whole(parser, piece, references, table)
            made += [operation for block in blocks for operation in operations(block)]
    return made


class CardText(Themed, QWidget):
    """Text that can be selected and copied, as high as it needs to be, on a page that scrolls."""

    link_activated = Signal(str)
    save_requested = Signal(str, str)

    def __init__(self, theme: Theme, page: QScrollArea, made: Sequence[Operation]) -> None:
        QWidget.__init__(self)
        self.theme = theme
        self._page = page
        self._made = made
        self._written = 0
        self._row = Row(RowKind.TEXT)
        self.text = TextRow(theme, self, self)
        self.text.anchorClicked.connect(self._open)
        self.text.highlighted.connect(lambda url: self.text.setToolTip(url.toString()))
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._write)
        self._theme_shown = theme
        self._begin()

    def apply_theme(self) -> None:
        """Write the text again in the new colours."""
        if self.theme is not self._theme_shown:
            self._theme_shown = self.theme
            self.text.set_theme(self.theme)
            self._begin()
        super().apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the text out at the new width."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Hand the focus on to the text."""
        if event.type() == QEvent.Type.FocusIn:
            self.text.setFocus()
        return super().event(event)

    def _begin(self) -> None:
        self._written = 0
        self._document = RowDocument(Styles(self.theme))
        self._document.document.setTextWidth(self.width())
        self.text.lend(self._row, self._document, self.rect(), _("Model card"))
        self._timer.start()

    def _write(self) -> None:
        """Write for a while, and go on in the next turn."""
        deadline = time.perf_counter() + TURN_SECONDS
        while self._written < len(self._made) and time.perf_counter() < deadline:
            piece = list(self._made[self._written : self._written + 20])
            self._document.write(piece)
            self._written += len(piece)
        if self._written >= len(self._made):
            self._timer.stop()
        self._fit()

    def _fit(self) -> None:
        document = self._document.document
        self._document.fit(self.width())
        if document.textWidth() != self.width():
            document.setTextWidth(self.width())
        height = math.ceil(document.size().height())
        self.text.setGeometry(0, 0, self.width(), height)
        self.setFixedHeight(height)
        self.text.place_controls()

    def _open(self, url: QUrl) -> None:
        if is_safe(url.toString()):
            self.link_activated.emit(url.toString())

    # What the text asks for

    def row_pressed(self, row: Row, extends: bool) -> None:
        """A selection begins; there is no other to end."""

    def row_dragged(self, row: Row, place: QPointF) -> None:
        """Scroll where a selection leaves what can be seen."""
        area = self._page.viewport()
        y = area.mapFromGlobal(place.toPoint()).y()
        bar, step = self._page.verticalScrollBar(), self.theme.px(24)
        if y < 0 or y > area.height():
            bar.setValue(bar.value() + (-step if y < 0 else step))

    def row_left(self, row: Row, anchor: int, position: int) -> None:
        """Nothing is remembered: the text is all there is."""

    def row_hovered(self, row: Row, *, inside: bool) -> None:
        """Nothing is shown for the pointer."""

    def copy_selection(self) -> None:
        """Copy what is selected."""
        text = self.text.selected_text()
        if text:
            QGuiApplication.clipboard().setText(text)

    def select_all(self, row: Row) -> None:
        """Select the text, which is all there is."""
        self.text.selectAll()

    def show_menu(self, row: Row, place: QPointF) -> None:
        """Offer to copy and to select."""
        menu = QMenu(self)
        menu.addAction(_("Copy"), self.copy_selection).setEnabled(self.text.textCursor().hasSelection())
        menu.addAction(_("Select all"), self.text.selectAll)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place.toPoint())

    def save_code(self, language: str, source: str) -> None:
        """Ask for a file to save code in."""
        self.save_requested.emit(language, source)

    def row_changed(self, row: Row) -> None:
        """Take the height that the text has now."""
        self._fit()

    def scroll_key(self, event: QKeyEvent) -> None:
        """Scroll the page as a key says."""
        bar = self._page.verticalScrollBar()
        target = key_target(bar, event.key())
        if target is not None:
            bar.setValue(target)

    def question_folded(self, row: Row) -> None:
        """Do nothing: it is no question."""

    def cursor_moved(self, row: Row, area: QRect) -> None:
        """Keep the keyboard's cursor in sight."""
        body = self._page.widget()
        if body is not None:
            place = self.text.viewport().mapTo(body, QPoint(area.left(), area.center().y()))
            self._page.ensureVisible(place.x(), place.y(), 0, self.theme.px(48))
