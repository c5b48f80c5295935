"""The list of the notebook's texts."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.domain.notebook import NotebookEntry
from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import MEDIUM, Theme
from desktop_app.gui.widgets.controls import Button, ButtonKind, IconButton, Label, RingedButton
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.gradual import Gradual
from desktop_app.gui.widgets.pages import FileDropPage, page_title
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.gui.widgets.search_field import SearchField
from desktop_app.support.formats import date_and_time, number, side_by_side
from desktop_app.support.i18n import _, ngettext

TEXT_FILES = (".txt", ".md")
"""How the names of files end that are dropped here to become texts."""
MANY = 5
"""More texts than these can be searched."""


class TextRow(RingedButton):
    """One text: how it begins, and when it was changed last; a click or Enter opens it.

    The arrows are for another one (`step_wanted`: 1 for the next, -1 for the one before), Delete deletes it.
    """

    step_wanted = Signal(int)
    delete_wanted = Signal()

    def __init__(self, theme: Theme, entry: NotebookEntry, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_entry(entry)

    def show_entry(self, entry: NotebookEntry) -> None:
        """Show what became of the text."""
        self.entry = entry
        length = ngettext("{count} character", "{count} characters", entry.length).format(count=number(entry.length))
        self._about = side_by_side([date_and_time(entry.updated_at), length])
        self.setAccessibleName(title_words(entry.title))
        self.setAccessibleDescription(self._about)
        self.update()

    def sizeHint(self) -> QSize:
        """Two lines, in whatever width there is."""
        px = self.theme.px
        heights = [QFontMetrics(self.theme.font(role)).height() for role in ("body", "small")]
        return QSize(px(160), sum(heights) + px(22))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on to another one, or delete."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step_wanted.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() == Qt.Key.Key_Delete:
            self.delete_wanted.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both lines."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = "selected" if self.isDown() else "hover" if self.underMouse() else "surface"
        paint_box(painter, self.rect(), self.theme, fill=fill, line="line", ring=self.has_ring)
        lines = (
            ("body", MEDIUM, colors.text, title_words(self.entry.title)),
            ("small", None, colors.muted, self._about),
        )
        top = px(10)
        for role, weight, color, words in lines:
            font = self.theme.font(role, weight)
            painter.setFont(font)
            painter.setPen(color)
            height = QFontMetrics(font).height()
            area = QRectF(px(14), top, self.width() - px(28), height)
            paint_words(painter, placed(self, area, self.rect()), words)
            top += height + px(2)
        painter.end()


class TextLine(QWidget):
    """The `row` of a text, with a button that deletes it."""

    def __init__(self, theme: Theme, entry: NotebookEntry) -> None:
        super().__init__()
        self.row = TextRow(theme, entry, self)
        self.delete = IconButton(theme, "trash", "", parent=self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(8))
        layout.addWidget(self.row, 1)
        layout.addWidget(self.delete)
        self.row.delete_wanted.connect(self.delete.click)
        self.show_entry(entry)

    def show_entry(self, entry: NotebookEntry) -> None:
        """Show what became of the text."""
        self.row.show_entry(entry)
        name = _("Delete “{title}”").format(title=title_words(entry.title))
        self.delete.setAccessibleName(name)
        self.delete.setToolTip(name)


class TextList(FileDropPage):
    """Shows all texts, or those found; what is done with one is asked for by signals, with its id.

    `searched` has the words to search for, which `show_found` answers.
    """

    suffixes = TEXT_FILES
    file_requested = Signal()
    opened = Signal(str)
    delete_requested = Signal(str)
    new_requested = Signal()
    searched = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._entries: Sequence[NotebookEntry] = ()
        self._words = ""
        self._found: frozenset[str] | None = None
        """The ids of the texts that were found, None where all are shown."""
        self._gradual = Gradual(lambda: None, self)
        self._column: QVBoxLayout | None = None
        self.lines: dict[str, TextLine] = {}

    def build(self, column: QVBoxLayout) -> None:
        """Make the head and a row for each text."""
        theme, px = self.theme, self.theme.px
        column.addWidget(page_title(Label(theme, _("Notebook"), "title", wraps=True)))
        column.addSpacing(px(4))
        words = _(
            "Plain text that a model goes on with, without questions and answers: all that a language model does is to "
            "go on with a text. Models that were never taught to chat can be used so, too."
        )
        column.addWidget(Label(theme, words, "body", "muted", wraps=True))
        column.addSpacing(px(12))
        self.new_button = Button(theme, _("New text"), kind=ButtonKind.PRIMARY, icon="plus")
        self.new_button.clicked.connect(self.new_requested)
        self.file_button = Button(theme, _("Open a file…"), icon="folder")
        self.file_button.setToolTip(_("A copy of it becomes a text here; or drop it on this page"))
        self.file_button.clicked.connect(self.file_requested)
        buttons = Flow(theme)
        buttons.add(self.new_button)
        buttons.add(self.file_button)
        column.addWidget(buttons)
        column.addSpacing(px(16))
        self.search = SearchField(theme, _("Search the texts"))
        self.search.setText(self._words)
        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self._open_first)
        self.search.left_downwards.connect(lambda: self._step("", 1))
        self._search_row = QWidget()
        row = QVBoxLayout(self._search_row)
        row.setContentsMargins(0, 0, 0, px(12))
        row.addWidget(self.search)
        column.addWidget(self._search_row)
        self._nothing = Label(theme, "", "body", "muted", wraps=True)
        column.addWidget(self._nothing)
        self._column = QVBoxLayout()
        self._column.setSpacing(px(8))
        column.addLayout(self._column)
        column.addStretch(1)
        self.lines = {}
        self._fill()

    def show_entries(self, entries: Sequence[NotebookEntry]) -> None:
        """Show these texts, the first on top."""
        if entries != self._entries:
            self._entries = entries
            self._fill()
            if self._words:
                self.searched.emit(self._words)

    def show_found(self, found: Sequence[str]) -> None:
        """Show the texts with these ids alone, as long as something is searched for."""
        if self._words:
            self._found = frozenset(found)
            self._fill()

    def look_for(self, words: str) -> None:
        """Show the texts that have these words, as if they had been typed."""
        self.ensure_built()
        self.search.setText(words)
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def begin_search(self) -> bool:
        """Have words typed to search for; False where the texts are too few."""
        if self._column is None or self._search_row.isHidden():
            return False
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()
        return True

    def _search(self, typed: str) -> None:
        self._words = typed.strip()
        if self._words:
            self.searched.emit(self._words)
        else:
            self._found = None
            self._fill()

    def _shown(self) -> list[NotebookEntry]:
        return [entry for entry in self._entries if self._found is None or entry.id in self._found]

    def _open_first(self) -> None:
        shown = self._shown()
        if shown:
            self.opened.emit(shown[0].id)

    def _step(self, text_id: str, by: int) -> None:
        """Have the keyboard at another row; what lies before the first one is the search."""
        order = ["", *(entry.id for entry in self._shown())]
        place = order.index(text_id) + by
        line = self.lines.get(order[place]) if 0 < place < len(order) else None
        if line is not None:
            line.row.setFocus(Qt.FocusReason.TabFocusReason)
        elif place == 0:
            self.begin_search()

    def _fill(self) -> None:
        """Bring the rows in line with the texts; new ones come a few in each turn."""
        column = self._column
        if column is None:
            return
        shown = self._shown()
        wanted = [entry.id for entry in shown]
        left = self._left_by(wanted, column)
        for text_id in [text_id for text_id in self.lines if text_id not in wanted]:
            line = self.lines.pop(text_id)
            self.hold_focus(line)
            column.removeWidget(line)
            line.hide()
            line.deleteLater()
        for place, entry in enumerate(entry for entry in shown if entry.id in self.lines):
            line = self.lines[entry.id]
            line.show_entry(entry)
            if column.indexOf(line) != place:
                column.insertWidget(place, line)
        missing = [(place, entry) for place, entry in enumerate(shown) if entry.id not in self.lines]
        self._gradual.put("rows", [partial(self._add, place, entry) for place, entry in missing])
        self._nothing.setText(_("No text has these words.") if self._entries else _("There are no texts yet."))
        self._nothing.setVisible(not shown)
        self._search_row.setVisible(bool(self._words) or len(self._entries) > MANY)
        if left is not None and wanted:
            place, by_keyboard = left
            near = self.lines.get(wanted[min(place, len(wanted) - 1)])
            reason = Qt.FocusReason.TabFocusReason if by_keyboard else Qt.FocusReason.OtherFocusReason
            (near.row if near is not None else self.new_button).setFocus(reason)

    def _left_by(self, wanted: Sequence[str], column: QVBoxLayout) -> tuple[int, bool] | None:
        """Return the place of the line with the focus, and whether keys brought it, where it is none of those `wanted`."""
        focused = self.window().focusWidget()
        for text_id, line in self.lines.items():
            for button in (line.row, line.delete):
                if button is focused and text_id not in wanted:
                    return column.indexOf(line), button.by_keyboard
        return None

    def _add(self, place: int, entry: NotebookEntry) -> None:
        line = self.lines[entry.id] = TextLine(self.theme, entry)
        line.row.clicked.connect(partial(self.opened.emit, entry.id))
        line.delete.clicked.connect(partial(self.delete_requested.emit, entry.id))
        line.row.step_wanted.connect(partial(self._step, entry.id))
        assert self._column is not None
        self._column.insertWidget(place, line)


def title_words(title: str) -> str:
    """Return what a text is called."""
    return title or _("Empty text")
