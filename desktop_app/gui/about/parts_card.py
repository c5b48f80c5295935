"""The list of the parts of others in the app, with a search, and beside it the licence of the chosen one."""

import re
from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import SEMIBOLD, Theme, Themed
from desktop_app.gui.widgets.controls import Button, ButtonSize, ElidedLabel, Label
from desktop_app.gui.widgets.entry_rows import EntryPainter, EntryRows, entry_list
from desktop_app.gui.widgets.search_field import SearchField
from desktop_app.support.i18n import _, ngettext
from desktop_app.support.notices import Part

STACKED = 640
"""Below this width, in pixels at 100 %, the licence stands below the list."""
HEIGHT, LIST_HEIGHT, TEXT_HEIGHT = 460, 220, 360
"""How high both are side by side, and each where they are below each other."""
RULE = "\n\n" + "─" * 24 + "\n\n"
"""What stands between two texts of one part."""

FULL_LINE = 50
"""Characters from which on a line is taken for one that was broken, where another follows."""
_ITEM = re.compile(r"\s*([-*•·=_#]|\(?[0-9a-zA-Z]{1,3}[.)]\s)")


class PartRows(EntryRows[Part]):
    """The parts that match what was typed."""

    def name(self, entry: Part) -> str:
        """Return a part with its licence, as it is read aloud."""
        return f"{part_words(entry)}, {entry.licence}"

    def about(self, entry: Part) -> str:
        """Return the same, for a line that is too short for it."""
        return self.name(entry)


class PartPainter(EntryPainter[Part]):
    """Paints a part, and its licence at the other end, as much as there is room for."""

    def paint_entry(self, painter: QPainter, rect: QRect, entry: Part, *, chosen: bool) -> None:
        """Draw one part."""
        px, colors = self.theme.px, self.theme.colors
        area = QRectF(rect).adjusted(px(12), 0, -px(12), 0)
        painter.setFont(self.theme.font("body"))
        words = part_words(entry)
        width = min(painter.fontMetrics().horizontalAdvance(words) + 1, round(area.width() * 0.62))
        painter.setPen(colors.text)
        paint_words(painter, placed(painter, QRectF(area.left(), area.top(), width, area.height()), area), words)
        rest = placed(painter, area.adjusted(width + px(12), 0, 0, 0), area)
        painter.setFont(self.theme.font("small"))
        painter.setPen(colors.muted)
        paint_words(painter, rest, entry.licence, trailing=True)


class PartsCard(Themed, QWidget):
    """Shows parts; `page_requested` carries the address of one."""

    page_requested = Signal(str)

    def __init__(self, theme: Theme) -> None:
        QWidget.__init__(self)
        self.theme = theme
        self._parts: Sequence[Part] = ()
        self.search = SearchField(theme, _("Search components and licences"), parent=self)
        self.search.textChanged.connect(self._filter)
        self.search.left_downwards.connect(self._enter_list)
        self.rows = PartRows(self)
        self._painter = PartPainter(theme, self.rows)
        self.list = entry_list(self.rows, self._painter, _("Third-party components"), self)
        self.list.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.list.selectionModel().currentChanged.connect(lambda _now, _before: self._show())
        self.count = Label(theme, _("Looking…"), "small", "muted", wraps=True)
        self.title = ElidedLabel(theme, "", "body", weight=SEMIBOLD)
        self.licence = Label(theme, "", "small", "muted", wraps=True)
        self.home = Button(theme, _("Its page"), size=ButtonSize.SMALL, parent=self)
        self.home.clicked.connect(lambda: self.page_requested.emit(self._chosen_url()))
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setProperty("look", "report")
        self.text.setFont(theme.font("small"))
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(_("Licence"))
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._halves = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._lay_out()
        self._show()

    def show_parts(self, parts: Sequence[Part]) -> None:
        """List `parts`, the first chosen."""
        self._parts = parts
        self._filter()

    def choose(self, name: str) -> None:
        """Choose the part of this name."""
        for place, part in enumerate(self.rows.entries):
            if part.name == name:
                self.list.setCurrentIndex(self.rows.index(place))

    def apply_theme(self) -> None:
        """Have the list painted in it, too; for another text size all is made anew."""
        self._painter.theme = self.theme
        super().apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the licence beside the list, or below it."""
        self._arrange(stacked=event.size().width() < self.theme.px(STACKED))
        super().resizeEvent(event)

    def _lay_out(self) -> None:
        px = self.theme.px
        left, right = QVBoxLayout(), QVBoxLayout()
        for column, widgets in ((left, (self.search, self.list, self.count)), (right, (self.licence, self.text))):
            column.setSpacing(px(8))
            for widget in widgets:
                column.addWidget(widget)
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self.title, 1)
        head.addWidget(self.home)
        right.insertLayout(0, head)
        left.setStretchFactor(self.list, 1)
        right.setStretchFactor(self.text, 1)
        self._halves.setContentsMargins(0, 0, 0, 0)
        self._halves.setSpacing(px(16))
        self._halves.addLayout(left, 2)
        self._halves.addLayout(right, 3)
        self._arrange(stacked=False)

    def _arrange(self, *, stacked: bool) -> None:
        px = self.theme.px
        direction = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        self._halves.setDirection(direction)
        self.list.setMinimumHeight(px(LIST_HEIGHT))
        self.text.setMinimumHeight(px(TEXT_HEIGHT if stacked else LIST_HEIGHT))
        self.setMinimumHeight(0 if stacked else px(HEIGHT))
        self.list.setMaximumHeight(px(LIST_HEIGHT) if stacked else px(2 * HEIGHT))

    def _filter(self) -> None:
        words = self.search.text().casefold().split()
        chosen = self._chosen()
        found = [part for part in self._parts if all(word in self.rows.name(part).casefold() for word in words)]
        self.rows.show_entries(found)
        if found:
            place = found.index(chosen) if chosen in found else 0
            self.list.setCurrentIndex(self.rows.index(place))
        count = ngettext("{count} component", "{count} components", len(found)).format(count=len(found))
        self.count.setText(count if found or not self._parts else _("No components match."))
        self._show()

    def _enter_list(self) -> None:
        self.list.setFocus(Qt.FocusReason.TabFocusReason)

    def _chosen(self) -> Part | None:
        place = self.list.currentIndex().row()
        return self.rows.entries[place] if 0 <= place < len(self.rows.entries) else None

    def _chosen_url(self) -> str:
        part = self._chosen()
        return part.url if part is not None else ""

    def _show(self) -> None:
        """Show the licence of the chosen part, the beginning of it first."""
        part = self._chosen()
        self.title.setText(part_words(part) if part is not None else "")
        self.licence.setText(part.licence if part is not None else "")
        self.home.setVisible(part is not None and part.url.startswith(("https://", "http://")))
        self.home.setAccessibleName(_("The page of {part}").format(part=part.name) if part is not None else "")
        self.text.setPlainText(licence_text(part) if part is not None else "")
        QTimer.singleShot(0, self.text, lambda: self.text.verticalScrollBar().setValue(0))


def part_words(part: Part) -> str:
    """Return a part's name and version."""
    return f"{part.name} {part.version}".strip()


def licence_text(part: Part) -> str:
    """Return what comes along with a part; Qt's packages for Python have no texts of their own."""
    if not part.texts:
        return _("Its terms are those of Qt, in this list.")
    return RULE.join(unwrapped(text) for text in part.texts)


def unwrapped(text: str) -> str:
    """Return a text whose lines were broken for a terminal as paragraphs, which fit any width; no word changes."""
    lines: list[str] = []
    goes_on = False
    for line in text.strip().splitlines():
        if goes_on and line.strip() and not _ITEM.match(line):
            lines[-1] = f"{lines[-1].rstrip()} {line.strip()}"
        else:
            lines.append(line.rstrip())
        goes_on = len(line.strip()) >= FULL_LINE
    return "\n".join(lines)
