"""The command palette: every action by name, and chats and models, found by typing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from desktop_app.gui.commands.actions import Actions, Entry
from desktop_app.gui.commands.name_match import fit
from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.accessible import Role, Spoken
from desktop_app.gui.widgets.controls import Card, Label
from desktop_app.gui.widgets.entry_rows import ROW_HEIGHT, EntryPainter, EntryRows, entry_list
from desktop_app.gui.widgets.key_names import written
from desktop_app.gui.widgets.painting import key_hint_width, paint_key_hint, paint_scrim
from desktop_app.gui.widgets.search_field import SearchField
from desktop_app.support.i18n import _

MOST_ROWS = 14
MOST_RECENT = 5
"""Commands that were used last, which come first while nothing is typed."""
MOST_KEPT = 20


@dataclass(frozen=True)
class Choice:
    """Something to choose: its name, its icon, what stands at its right, and what choosing it does.

    `key` is what it is remembered by; `hint` is a shortcut, and `about` says in a word what kind of thing it is. `why_not`
    says why it cannot be chosen where it is not enabled.
    """

    name: str
    icon: str
    run: Callable[[], object]
    key: str = ""
    hint: str = ""
    about: str = ""
    is_enabled: bool = True
    why_not: str = ""


Finder = Callable[[str], Sequence[Choice]]
"""Returns what else has what was typed in its name."""


def choice_of(entry: Entry, actions: Actions) -> Choice:
    """Return an action as something to choose."""
    action = entry.action
    is_enabled = action.isEnabled()
    return Choice(
        action.text(),
        entry.icon,
        action.trigger,
        entry.name,
        written(action.shortcut()),
        is_enabled=is_enabled,
        why_not="" if is_enabled else actions.why_not(entry.name),
    )


class CommandRows(EntryRows[Choice]):
    """What matches what was typed."""

    def name(self, entry: Choice) -> str:
        """Return its name."""
        return entry.name

    def about(self, entry: Choice) -> str:
        """Return why it cannot be chosen."""
        return entry.why_not


class CommandPainter(EntryPainter[Choice]):
    """Paints something to choose: icon, name, shortcut."""

    def paint_entry(self, painter: QPainter, rect: QRect, entry: Choice, *, chosen: bool) -> None:
        """Draw it; a name that is too long ends in dots."""
        px, area = self.theme.px, QRectF(rect)
        color = "text" if entry.is_enabled else "disabled"
        icon = placed(painter, QRectF(area.left() + px(8), area.top(), px(20), area.height()), area)
        self.theme.paint_icon(painter, icon, entry.icon, color)
        painter.setFont(self.theme.font("body"))
        hint = entry.hint or entry.about
        width = key_hint_width(self.theme, hint) if hint else 0
        if entry.hint and painter.fontMetrics().horizontalAdvance(entry.name) > area.width() - px(60) - width:
            hint, width = "", 0  # the name is worth more
        end = placed(painter, QRectF(area.right() - width - px(8), area.top(), width, area.height()), area)
        painter.setPen(self.theme.colors.named(color))
        words = area.adjusted(px(40), 0, -(width + px(20)), 0)
        paint_words(painter, placed(painter, words, area), entry.name)
        if hint and entry.hint:
            paint_key_hint(painter, end, self.theme, entry.hint, "text" if chosen else "muted")
        elif hint:
            painter.setFont(self.theme.font("tiny"))
            painter.setPen(self.theme.colors.named("muted"))
            painter.drawText(end, Qt.AlignmentFlag.AlignCenter, entry.about)


class CommandPalette(Spoken, Themed, QWidget):
    """Covers the window; Enter runs the chosen action, Escape or a click beside closes.

    `refused` says why what was chosen cannot be done now.

    `recent` are the names of commands that were used last, the newest first. `finder` finds other things than commands.
    """

    closed = Signal()
    refused = Signal(str)
    spoken_role = Role.Dialog

    def __init__(self, theme: Theme, actions: Actions, recent: Sequence[str], finder: Finder, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.setAccessibleName(_("All commands"))
        self._window = parent
        self._before: QWidget | None = None
        self._actions = actions
        self._finder = finder
        self.recent = tuple(recent)
        self.card = Card(theme, parent=self)
        self.field = SearchField(theme, _("What would you like to do?"), parent=self.card, clears=False)
        self.rows = CommandRows(self)
        self._painter = CommandPainter(theme, self.rows)
        self.list = entry_list(self.rows, self._painter, _("Commands"), self.card)
        self.nothing = Label(theme, _("Nothing was found."), "body", "muted", parent=self.card)
        self._column = QVBoxLayout(self.card)
        self._column.addWidget(self.field)
        self._column.addWidget(self.nothing)
        self._column.addWidget(self.list, 1)
        self.field.textChanged.connect(self._filter)
        self.field.left_downwards.connect(lambda: self._move(1))
        self.field.returnPressed.connect(lambda: self._run(self.list.currentIndex().row()))
        self.list.clicked.connect(lambda index: self._run(index.row()))
        self.apply_theme()
        self.hide()

    def open(self) -> None:
        """Show all commands and take the focus."""
        self._before = self._window.focusWidget()
        self.field.clear()
        self._filter("")
        self.fit()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def fit(self) -> None:
        """Cover the window and lay the card near its top."""
        px = self.theme.px
        self.setGeometry(self._window.rect())
        rows = min(max(self.rows.rowCount(), 1), MOST_ROWS)
        height = min(px(36 + 36) + rows * px(ROW_HEIGHT), self.height() - 2 * px(24))
        width = min(px(520), self.width() - 2 * px(16))
        self.card.setGeometry((self.width() - width) // 2, min(px(72), (self.height() - height) // 2), width, height)

    def dismiss(self) -> None:
        """Close without running anything; the focus goes back to where it was."""
        before, self._before = self._before, None
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()
        self.closed.emit()

    def apply_theme(self) -> None:
        """Take over margins, and hand the theme to the painter."""
        px = self.theme.px
        self._painter.theme = self.theme
        self._column.setContentsMargins(px(12), px(12), px(12), px(12))
        self._column.setSpacing(px(8))
        super().apply_theme()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move and choose while the field keeps the focus."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.dismiss()
        elif key == Qt.Key.Key_Up:
            self._move(-1)
        elif key not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's own name
        """Keep the focus in the field; once this is out of sight, it goes on to what can be seen."""
        return self.isVisible() or super().focusNextPrevChild(next)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Close for a press beside the card."""
        self.dismiss()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim the window."""
        painter = QPainter(self)
        paint_scrim(painter, self.rect(), self.theme)
        painter.end()

    def _filter(self, query: str) -> None:
        shown = self._found(query.strip()) if query.strip() else self._by_use()
        self.rows.show_entries(shown)
        self.nothing.setVisible(not shown)
        self.list.setVisible(bool(shown))
        if shown:
            self.list.setCurrentIndex(self.rows.index(0))
            self.list.scrollToTop()
        self.fit()

    def _by_use(self) -> list[Choice]:
        """Return all commands, those used last before the others."""
        named = {
            entry.name: entry for entry in self._actions.entries if entry.action.text() and entry.action.isVisible()
        }
        first = [named.pop(name) for name in self.recent[:MOST_RECENT] if name in named]
        return [self._choice(entry) for entry in (*first, *named.values())]

    def _found(self, query: str) -> list[Choice]:
        """Return what fits, the best first; of commands that fit equally well, the one used last."""
        fitting = [
            (fits, self._age(entry), number)
            for number, entry in enumerate(self._actions.entries)
            if entry.action.text()
            and entry.action.isVisible()
            and (fits := fit(query, entry.action.text())) is not None
        ]
        commands = [self._choice(self._actions.entries[number]) for _fits, _age, number in sorted(fitting)]
        return [*commands, *self._finder(query)]

    def _choice(self, entry: Entry) -> Choice:
        return choice_of(entry, self._actions)

    def _age(self, entry: Entry) -> int:
        return self.recent.index(entry.name) if entry.name in self.recent else len(self.recent)

    def _move(self, step: int) -> None:
        count = self.rows.rowCount()
        if count:
            self.list.setCurrentIndex(self.rows.index((self.list.currentIndex().row() + step) % count))

    def _run(self, row: int) -> None:
        if not 0 <= row < self.rows.rowCount():
            return
        choice = self.rows.entries[row]
        if choice.is_enabled:
            if choice.key:
                others = (name for name in self.recent if name != choice.key)
                self.recent = (choice.key, *others)[:MOST_KEPT]
            self.dismiss()
            choice.run()
        elif choice.why_not:
            self.dismiss()
            self.refused.emit(choice.why_not)
