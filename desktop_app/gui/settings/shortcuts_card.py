"""What the settings page shows of the keyboard shortcuts: every command with its own, to be changed by pressing keys."""

from bisect import bisect
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.gui.commands.actions import Entry
from desktop_app.gui.commands.shortcuts import TEMPLATE, holder, why_not
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize, Card, IconButton, Label, Rule
from desktop_app.gui.widgets.gradual import Gradual
from desktop_app.gui.widgets.key_button import KeyButton
from desktop_app.gui.widgets.key_names import written
from desktop_app.support.i18n import _, ngettext

STACKED = 380
"""Below this width, in pixels at 100 %, keys go under their command."""
AT_ONCE = 6
"""How many rows are made in one go; somebody who has many personas has hundreds of commands."""


class ShortcutRow(QWidget):
    """A command, its shortcut, and what is to be said of keys that were pressed for it."""

    chosen = Signal(str)
    reset_requested = Signal()

    def __init__(self, theme: Theme, entry: Entry, *, first: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self.entry = entry
        self._wanted = ""
        self._stacked_below = px(STACKED)
        name = entry.action.text()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        rule = Rule(theme, self, room=0)
        rule.setVisible(not first)
        outer.addWidget(rule)
        self.keys = KeyButton(theme, name, self)
        self.reset = IconButton(theme, "undo", _("Reset {name}").format(name=name), side=28, parent=self)
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self.note = Label(theme, "", "small", "warn", wraps=True, parent=self)
        self.take = Button(theme, _("Use it anyway"), size=ButtonSize.SMALL, parent=self)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(12))
        buttons.addWidget(self.keys)
        buttons.addWidget(self.reset)
        row, below = QBoxLayout(QBoxLayout.Direction.LeftToRight), QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._lines = (row, below)
        row.setSpacing(px(12))
        row.addWidget(Label(theme, name, "body", wraps=True), 1)
        row.addLayout(buttons)
        row.setAlignment(buttons, Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        below.setSpacing(px(12))
        below.addWidget(self.note, 1)
        below.addWidget(self.take, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        column = QVBoxLayout()
        column.setContentsMargins(0, px(6), 0, px(6))
        column.setSpacing(px(4))
        column.addLayout(row)
        column.addLayout(below)
        outer.addLayout(column)
        self.take.clicked.connect(lambda: self.chosen.emit(self._wanted))
        self.reset.clicked.connect(self.reset_requested)
        self.say("")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the keys below the name where there is little room."""
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        for line in self._lines:
            line.setDirection(down if event.size().width() < self._stacked_below else across)
        super().resizeEvent(event)

    def show_entry(self, entry: Entry) -> None:
        """Show the shortcut that the command has now."""
        keys = entry.action.shortcut()
        self.keys.show_keys(keys.toString(QKeySequence.SequenceFormat.PortableText))
        self.reset.setVisible(not entry.name.startswith(TEMPLATE) and keys != QKeySequence(entry.usual))
        self.say("")

    def say(self, words: str, wanted: str = "", other: str = "") -> None:
        """Say why keys were not taken; those of the command called `other` can be taken from it."""
        self._wanted = wanted
        self.note.setText(words)
        self.note.setVisible(bool(words))
        self.take.setAccessibleName(_("Use it anyway and remove it from “{name}”").format(name=other))
        self.take.setVisible(bool(other))


class ShortcutsCard(QWidget):
    """A heading, and a card whose rows are made when somebody wants to see them, or searches for them.

    `chosen` carries the name of a command and its new keys, None for the usual ones.
    """

    chosen = Signal(str, object)
    all_reset = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: Sequence[Entry] = ()
        self._is_open = False
        self._gradual = Gradual(self._show_list, self)
        self._missing: list[Entry] = []
        """The commands whose rows are to be shown and are not made yet."""
        self._is_wanted = False
        self._made: set[str] = set()
        """The names of the commands that have a row, which are in `rows` in the order of all of them."""
        self.rows: list[ShortcutRow] = []
        px = theme.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(16), 0, 0)
        column.setSpacing(px(8))
        self.reset_all = Button(theme, _("Reset all shortcuts"), kind=ButtonKind.QUIET, size=ButtonSize.SMALL)
        self.reset_all.clicked.connect(self.all_reset)
        policy = self.reset_all.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset_all.setSizePolicy(policy)
        top = QHBoxLayout()
        top.addWidget(Label(theme, _("Shortcuts"), "body", weight=SEMIBOLD), 1)
        top.addWidget(self.reset_all)
        column.addLayout(top)
        card = Card(theme)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(px(16), px(8), px(16), px(8))
        inside.setSpacing(0)
        self.state = Label(theme, "", "small", "muted", wraps=True)
        self.show_all = Button(theme, _("Show all"), size=ButtonSize.SMALL)
        self.show_all.clicked.connect(self._toggle)
        line = QHBoxLayout()
        line.setContentsMargins(0, px(6), 0, px(6))
        line.setSpacing(px(12))
        texts = QVBoxLayout()
        texts.setSpacing(px(2))
        words = _("Click a shortcut, then press the keys that you want. Backspace removes it.")
        texts.addWidget(Label(theme, _("Keys for every command"), "body", wraps=True))
        texts.addWidget(Label(theme, words, "small", "muted", wraps=True))
        texts.addWidget(self.state)
        line.addLayout(texts, 1)
        line.addWidget(self.show_all, 0, Qt.AlignmentFlag.AlignVCenter)
        inside.addLayout(line)
        self._list = QWidget(card)
        self._list.hide()
        self._lines = QVBoxLayout(self._list)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        inside.addWidget(self._list)
        column.addWidget(card)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show what every command has for a shortcut now."""
        self._entries = [entry for entry in entries if entry.action.text()]
        differing = [
            entry
            for entry in self._entries
            if not entry.name.startswith(TEMPLATE) and entry.action.shortcut() != QKeySequence(entry.usual)
        ]
        words = ngettext("{count} shortcut is changed.", "{count} shortcuts are changed.", len(differing))
        self.state.setText(words.format(count=len(differing)))
        self.state.setVisible(bool(differing))
        self.reset_all.setVisible(bool(differing))
        named = {entry.name: entry for entry in self._entries}
        if [row.entry.name for row in self.rows] != [name for name in named if name in self._made]:
            self._forget_rows()
        for row in self.rows:
            row.entry = named[row.entry.name]
            row.show_entry(row.entry)
        self._show_rows(())

    def matches(self, words: Sequence[str]) -> bool:
        """Whether a search finds the card or one of its commands, which are all that is shown then."""
        about = _("Shortcuts").casefold()
        if not words or all(word in about for word in words):
            self._show_rows(())
            return True
        found = any(_found(entry, words) for entry in self._entries)
        self._show_rows(words if found else ())
        return found

    def _toggle(self) -> None:
        self._is_open = not self._is_open
        self.show_all.set_content(_("Show fewer") if self._is_open else _("Show all"))
        self._show_rows(())

    def _show_rows(self, words: Sequence[str]) -> None:
        """Show the rows of the commands that are wanted, once those are made that there are none of yet."""
        wanted = {entry.name for entry in self._entries if (_found(entry, words) if words else self._is_open)}
        shown = [row.entry.name in wanted for row in self.rows]
        self._missing = [entry for entry in self._entries if entry.name in wanted and entry.name not in self._made]
        self._is_wanted = bool(wanted)
        if self._missing or shown != [
            row.isVisibleTo(self._list) and self._list.isVisibleTo(self) for row in self.rows
        ]:
            self._list.hide()  # were they seen, the whole page would be laid out anew for each that comes or goes
        for row, is_shown in zip(self.rows, shown, strict=True):
            row.setVisible(is_shown)
        self._gradual.put("rows", [self._make_rows] * -(-len(self._missing) // AT_ONCE), at_once=1)

    def _show_list(self) -> None:
        self._list.setVisible(self._is_wanted and not self._missing)

    def _make_rows(self) -> None:
        """Make some of the rows that are wanted, each before the first of those that come after it."""
        places = {entry.name: place for place, entry in enumerate(self._entries)}
        for entry in self._missing[:AT_ONCE]:
            row = ShortcutRow(self._theme, entry, first=False)
            row.show_entry(entry)
            row.keys.pressed_keys.connect(lambda keys, row=row: self._pressed(row, keys))
            row.chosen.connect(lambda keys, row=row: self.chosen.emit(row.entry.name, keys))
            row.reset_requested.connect(lambda row=row: self.chosen.emit(row.entry.name, None))
            place = bisect(self.rows, places[entry.name], key=lambda made: places[made.entry.name])
            self.rows.insert(place, row)
            self._made.add(entry.name)
            self._lines.insertWidget(place, row)
        del self._missing[:AT_ONCE]

    def _forget_rows(self) -> None:
        for row in self.rows:
            self._lines.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows, self._made = [], set()

    def _pressed(self, row: ShortcutRow, keys: str) -> None:
        """Take keys that are free, and say why others are not taken."""
        problem = why_not(keys)
        other = holder(self._entries, keys, row.entry.name)
        if problem:
            row.say(problem)
        elif other is not None:
            name = other.action.text()
            row.say(_("{keys} is already used by “{name}”.").format(name=name, keys=written(keys)), keys, name)
        else:
            self.chosen.emit(row.entry.name, keys)


def _found(entry: Entry, words: Sequence[str]) -> bool:
    text = f"{entry.action.text()} {written(entry.action.shortcut())}".casefold()
    return all(word in text for word in words)
