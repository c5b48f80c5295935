"""The list of templates that opens above the composer when a line begins with a slash."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import MEDIUM, Theme, Themed
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.controls import Card
from desktop_app.gui.widgets.entry_rows import ROW_HEIGHT, EntryPainter, EntryRows, entry_list
from desktop_app.services.writing.prompt_library import LibraryTemplate
from desktop_app.support.i18n import _

MOST_ROWS = 8


class SlashRows(EntryRows[LibraryTemplate]):
    """The templates that match what was typed."""

    def name(self, entry: LibraryTemplate) -> str:
        """Return a template's title."""
        return entry.title

    def about(self, entry: LibraryTemplate) -> str:
        """Return what a template is for."""
        return entry.template.description if entry.template is not None else ""


class SlashPainter(EntryPainter[LibraryTemplate]):
    """Paints a template: its title, what it is for, and its folder at the end."""

    def paint_entry(self, painter: QPainter, rect: QRect, entry: LibraryTemplate, *, chosen: bool) -> None:
        """Draw one template; what does not fit ends in an ellipsis."""
        theme, px = self.theme, self.theme.px
        area = QRectF(rect).adjusted(px(12), 0, -px(12), 0)
        painter.setFont(theme.font("small"))
        folder_width = min(painter.fontMetrics().horizontalAdvance(entry.folder) + px(4), round(area.width() / 3))
        folder = QRectF(area.right() - folder_width, area.top(), folder_width, area.height())
        self._words(painter, placed(painter, folder, area), entry.folder)
        painter.setFont(theme.font("body", MEDIUM))
        room = area.width() - folder_width - px(16)
        width = min(painter.fontMetrics().horizontalAdvance(entry.title) + 1, room)
        title = QRectF(area.left(), area.top(), width, area.height())
        self._words(painter, placed(painter, title, area), entry.title, "text")
        painter.setFont(theme.font("small"))
        left = area.left() + width + px(12)
        rest = QRectF(left, area.top(), room - width - px(12), area.height())
        self._words(painter, placed(painter, rest, area), self._rows.about(entry))

    def _words(self, painter: QPainter, area: QRectF, text: str, color: str = "muted") -> None:
        if area.width() < self.theme.px(24):
            return
        painter.setPen(self.theme.colors.named(color))
        paint_words(painter, area, text)


class SlashList(Themed, QWidget):
    """Floats above the composer and never takes the focus; the field's keys are looked at while it is open.

    So they are before there is anything to show, while it waits for the templates to be read.
    """

    chosen = Signal(object)
    dismissed = Signal()

    def __init__(self, theme: Theme, composer: Composer) -> None:
        ground = composer.parentWidget()
        assert ground is not None
        QWidget.__init__(self, ground)
        self.theme = theme
        self._composer = composer
        self._waits = self._wants_first = False
        self.card = Card(theme, parent=self)
        self.rows = SlashRows(self)
        self._painter = SlashPainter(theme, self.rows)
        self.list = entry_list(self.rows, self._painter, _("Templates"), self.card)
        self.list.clicked.connect(lambda index: self._choose(index.row()))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.card)
        self._column = QVBoxLayout(self.card)
        self._column.addWidget(self.list)
        composer.field.installEventFilter(self)
        composer.installEventFilter(self)
        self.apply_theme()
        self.hide()

    def wait(self) -> None:
        """Know that the templates are not read yet, so that Enter, until something else is typed, is for the first of them."""
        self._waits, self._wants_first = True, False

    def want_first(self) -> None:
        """Have the first of the templates that are waited for chosen as soon as there is one."""
        self._wants_first = self._waits

    def put_away(self) -> None:
        """Be open no longer, and wait for nothing."""
        self._waits = self._wants_first = False
        self.hide()

    def offer(self, entries: Sequence[LibraryTemplate]) -> None:
        """Show these templates, the first one chosen; nothing is open where there are none."""
        is_wanted, self._waits, self._wants_first = self._wants_first, False, False
        self._show_entries(entries)
        if is_wanted and self.isVisible():  # the page may have been left meanwhile
            self._choose(0)

    def _show_entries(self, entries: Sequence[LibraryTemplate]) -> None:
        if list(entries) == list(self.rows.entries) and self.isVisible():
            return
        self.rows.show_entries(entries)
        if not entries:
            self.hide()
            return
        self.list.setCurrentIndex(self.rows.index(0))
        self.fit()
        self.show()
        self.raise_()
        self._announce()

    def fit(self) -> None:
        """Lie above the composer, as high as the templates need."""
        px, composer = self.theme.px, self._composer.geometry()
        rows = min(self.rows.rowCount(), MOST_ROWS)
        height = min(rows * px(ROW_HEIGHT) + 2 * px(8), composer.top() - 2 * px(8))
        self.setGeometry(composer.left(), composer.top() - px(8) - height, composer.width(), height)

    def apply_theme(self) -> None:
        """Take over margins, and hand the theme to the painter."""
        px = self.theme.px
        self._painter.theme = self.theme
        self._column.setContentsMargins(px(8), px(8), px(8), px(8))
        super().apply_theme()
        if self.isVisible():
            self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that move in the list, choose, and close; follow the composer's size."""
        if not self.isVisible() and not self._waits:
            return False
        if watched is self._composer and event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self.fit()
        if watched is not self._composer.field or not isinstance(event, QKeyEvent):
            return False
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
            event.accept()  # or the window's Escape would come first
            return True
        return event.type() == QEvent.Type.KeyPress and not self._is_composing() and self._take(event)

    def _take(self, event: QKeyEvent) -> bool:
        key = event.key()
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if key in steps and not self._waits:
            row = (self.list.currentIndex().row() + steps[Qt.Key(key)]) % self.rows.rowCount()
            self.list.setCurrentIndex(self.rows.index(row))
            self._announce()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab) and not (
            event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        ):
            if self._waits:
                self.want_first()
            else:
                self._choose(self.list.currentIndex().row())
        elif key == Qt.Key.Key_Escape:
            self.put_away()
            self.dismissed.emit()
        else:
            return False
        return True

    def _is_composing(self) -> bool:
        """Whether the keys belong to an input method."""
        block = self._composer.field.textCursor().block()
        return bool(block.layout().preeditAreaText())

    def _choose(self, row: int) -> None:
        if 0 <= row < self.rows.rowCount():
            self.hide()
            self.chosen.emit(self.rows.entries[row])

    def _announce(self) -> None:
        row = self.list.currentIndex().row()
        if 0 <= row < self.rows.rowCount():
            words = _("{title}, {place} of {count}").format(
                title=self.rows.entries[row].title, place=row + 1, count=self.rows.rowCount()
            )
            announce(self._composer.field, words)
