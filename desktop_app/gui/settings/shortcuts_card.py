"""What the settings page shows of the keyboard shortcuts: every command with its own, to be changed by pressing keys."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial

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
from desktop_app.gui.widgets.stack import Stack
from desktop_app.support.i18n import _, ngettext

STACKED = 380
"""Below this width, in pixels at 100 %, keys go under their command."""
AT_ONCE = 4
"""How many rows are made and shown in one go; somebody who has many personas has hundreds of commands."""


class ShortcutRow(QWidget):
    """A command, its shortcut, and what is to be said of keys that were pressed for it."""

    chosen = Signal(str)
    reset_requested = Signal()

    def __init__(self, theme: Theme, entry: Entry, *, first: bool) -> None:
        super().__init__()
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
        self.reset = IconButton(theme, "undo", _("Reset {name}").format(name=name), side=28, parent=self)
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self.keys = KeyButton(theme, name, self)
        self.note = Label(theme, "", "small", "warn", wraps=True, parent=self)
        self.take = Button(theme, _("Use it anyway"), size=ButtonSize.SMALL, parent=self)
        head = QHBoxLayout()
        head.setSpacing(px(12))
        head.addWidget(Label(theme, name, "body", wraps=True), 1)
        head.addWidget(self.reset)
        row, below = QBoxLayout(QBoxLayout.Direction.LeftToRight), QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._lines = (row, below)
        row.setSpacing(px(12))
        row.addLayout(head, 1)
        row.addWidget(self.keys, 0, Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
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
        directions = QBoxLayout.Direction
        is_stacked = event.size().width() < self._stacked_below
        for line in self._lines:
            line.setDirection(directions.TopToBottom if is_stacked else directions.LeftToRight)
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


class _Block(QWidget):
    """A few rows below each other that come into sight together, so that the page is laid out once for all of them."""

    def __init__(self, entries: Sequence[Entry], parent: QWidget) -> None:
        super().__init__(parent)
        self.entries = entries
        self.rows: dict[str, ShortcutRow] = {}
        """By the names of their commands; they are made when somebody wants to see them."""
        self.lines = QVBoxLayout(self)
        self.lines.setContentsMargins(0, 0, 0, 0)
        self.lines.setSpacing(0)
        self.hide()

    def take(self, entries: Sequence[Entry]) -> None:
        """Have these commands, and no row of another."""
        self.entries = entries
        for name in self.rows.keys() - {entry.name for entry in entries}:
            row = self.rows.pop(name)
            row.hide()
            row.deleteLater()

    def lacks(self, wanted: Collection[str]) -> bool:
        """Whether one of the commands that are `wanted` has no row that is seen."""
        names = [entry.name for entry in self.entries if entry.name in wanted]
        return bool(names) and (self.isHidden() or any(self._is_unseen(name) for name in names))

    def hide_others(self, wanted: Collection[str]) -> None:
        """Show no row any more of a command that is not among those `wanted`."""
        if not any(entry.name in wanted for entry in self.entries):
            self.hide()
            return
        for name, row in self.rows.items():
            if name not in wanted:
                row.hide()

    def _is_unseen(self, name: str) -> bool:
        return name not in self.rows or self.rows[name].isHidden()


class ShortcutsCard(QWidget):
    """A heading, and a card whose rows are made when somebody wants to see them, or searches for them.

    `chosen` carries the name of a command and its new keys, None for the usual ones.
    """

    chosen = Signal(str, object)
    all_reset = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.heading = _("Shortcuts")
        self._theme = theme
        self._entries: Sequence[Entry] = ()
        self._is_open = False
        self._gradual = Gradual(lambda: None, self)
        self._blocks: list[_Block] = []
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
        top.addWidget(Label(theme, self.heading, "body", weight=SEMIBOLD), 1)
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
        self._list = Stack(card)
        self._list.hide()
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
        if self._blocks and not self._sort_in(list(named)):
            self._forget_blocks()
        for row in self.rows:
            row.entry = named[row.entry.name]
            row.show_entry(row.entry)
        self._show_rows(())

    @property
    def rows(self) -> list[ShortcutRow]:
        """The rows that were made, in the order of their commands."""
        return list(self._made())

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
        """Show the rows of the commands that are wanted, from the top on, and no others any more."""
        wanted = {entry.name for entry in self._entries if (_found(entry, words) if words else self._is_open)}
        if wanted and not self._blocks:
            self._make_blocks()
        for block in self._blocks if wanted else ():
            block.hide_others(wanted)
        self._list.setVisible(bool(wanted))
        lacking = [block for block in self._blocks if block.lacks(wanted)]
        self._gradual.put("rows", [partial(self._show_block, block, wanted) for block in lacking], at_once=1)

    def _show_block(self, block: _Block, wanted: Collection[str]) -> None:
        block.hide()  # were it seen, the whole page would be laid out anew for each row that comes
        for place, entry in enumerate(
            entry for entry in block.entries if entry.name in wanted or entry.name in block.rows
        ):
            if entry.name not in block.rows:
                block.rows[entry.name] = row = self._new_row(entry)
                block.lines.insertWidget(place, row)
            block.rows[entry.name].setVisible(entry.name in wanted)
        block.show()

    def _new_row(self, entry: Entry) -> ShortcutRow:
        row = ShortcutRow(self._theme, entry, first=False)
        row.show_entry(entry)
        row.keys.pressed_keys.connect(lambda keys: self._pressed(row, keys))
        row.chosen.connect(lambda keys: self.chosen.emit(row.entry.name, keys))
        row.reset_requested.connect(lambda: self.chosen.emit(row.entry.name, None))
        return row

    def _make_blocks(self) -> None:
        for first in range(0, len(self._entries), AT_ONCE):
            block = _Block(self._entries[first : first + AT_ONCE], self._list)
            self._blocks.append(block)
            self._list.add(block)

    def _sort_in(self, names: Sequence[str]) -> bool:
        """Put each new command behind the one that it comes after, and leave out those that are gone.

        Returns whether that can be: not where others changed their order, or where many came.
        """
        homes = {entry.name: block for block in self._blocks for entry in block.entries}
        known = set(names)
        if [name for name in homes if name in known] != [name for name in names if name in homes]:
            return False
        parts: dict[_Block, list[Entry]] = {block: [] for block in self._blocks}
        home = self._blocks[0]
        for entry in self._entries:
            home = homes.get(entry.name, home)
            parts[home].append(entry)
        if any(len(entries) > 2 * AT_ONCE for entries in parts.values()):
            return False
        for block, entries in parts.items():
            block.take(entries)
        return True

    def _forget_blocks(self) -> None:
        for block in self._blocks:
            self._list.drop(block)
        self._blocks = []

    def _made(self) -> Iterator[ShortcutRow]:
        for block in self._blocks:
            yield from (block.rows[entry.name] for entry in block.entries if entry.name in block.rows)

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
