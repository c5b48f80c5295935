"""Every action of the window: its name, its icon and its shortcut, once."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from PySide6.QtCore import QKeyCombination, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from desktop_app.gui.widgets.key_names import usual_here
from desktop_app.support.i18n import _

NOTEBOOK = "notebook"
"""The page that has commands of its own, with keys that do the same for answers elsewhere."""
ELSEWHERE = "elsewhere"


class Entry(msgspec.Struct, frozen=True):
    """An action, the name of its icon, and the shortcut that it has where nobody chose another.

    `place` is NOTEBOOK or ELSEWHERE for what there is on that page alone, or on all others: the keys of one may be those of
    one there.
    """

    action: QAction
    icon: str
    usual: str = ""
    place: str = ""

    @property
    def name(self) -> str:
        """What it is called in the settings: as the attribute of Actions, or what a command of one's own was named."""
        return self.action.objectName()

    def is_kept_apart_from(self, other: "Entry") -> bool:
        """Whether there is never both this command and the other one."""
        return bool(self.place and other.place and self.place != other.place)


class OwnCommand(NamedTuple):
    """A command that a person has made: what it says, its icon and usual shortcut, and what it is called in the settings."""

    name: str
    icon: str
    keys: str
    key: str


def also(name: str) -> tuple[str, ...]:
    """Return further keys of an action while it has its usual ones.

    They are a plus without Shift, where a keyboard has no number pad, and what stands for Escape on Macs.
    """
    further = {"zoom_in": ("Ctrl+=",), "stop": (usual_here("", on_mac="Ctrl+."),)}
    return further.get(name, ())


class Actions(QObject):
    """The actions, as attributes for those who connect them and as `entries` for the command palette.

    `changed` tells of other shortcuts, or other commands of one's own. `why_not` returns why the one of a name, which is
    disabled, cannot be used now; empty where there is nothing to say.
    """

    changed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._chosen: Mapping[str, str] = {}
        self.entries: list[Entry] = []
        self.why_not: Callable[[str], str] = lambda _name: ""
        self.new_chat = self._make(_("New chat"), "plus", "Ctrl+N")
        self.temporary_chat = self._make(_("New temporary chat"), "temporary", "F9")
        self.new_in_folder = self._make(_("New chat in this folder"), "folder", "Shift+F9")
        self.search = self._make(_("Search chats"), "search", "Ctrl+K")
        self.find = self._make(_("Find on this page"), "search", "Ctrl+F")
        self.find_next = self._make(_("Next place found"), "chevron-down", usual_here("F3", on_mac="Ctrl+G"))
        self.find_previous = self._make(
            _("Previous place found"), "chevron-up", usual_here("Shift+F3", on_mac="Ctrl+Shift+G")
        )
        self.rename = self._make(_("Rename chat"), "edit", "F2")
        self.delete = self._make(_("Delete chat"), "trash", "Ctrl+Shift+Backspace")
        self.export_chat = self._make(_("Export chat…"), "export", "Ctrl+E")
        self.export_all = self._make(_("Export all chats…"), "export", "")
        self.import_chats = self._make(_("Import chats…"), "import", "Ctrl+Shift+I")
        self.back_up = self._make(_("Back up the chats now"), "backup", "Ctrl+Shift+B")
        self.restore_chat = self._make(_("Restore a chat from a backup…"), "undo", "")
        self.archive = self._make(
            _("Archive or unarchive this chat"), "archive", usual_here("Ctrl+Shift+Y", on_mac="Meta+Ctrl+Shift+Y")
        )
        self.show_archive = self._make(_("Archive of the chats"), "archive", "Ctrl+Shift+X")
        self.show_trash = self._make(_("Trash: deleted chats"), "trash", "Ctrl+Shift+J")
        self.new_folder = self._make(_("New folder…"), "folder-new", "Ctrl+Shift+F")
        self.folder_start = self._make(_("What chats in this folder begin with…"), "folder", "")
        self.stop = self._make(_("Stop the answer"), "stop", "Esc")
        self.continue_answer = self._make(
            _("Continue the answer"), "continue", usual_here("Ctrl+G", on_mac="Meta+Ctrl+G"), ELSEWHERE
        )
        self.answer_now = self._make(_("Answer now, without thinking further"), "continue", "")
        self.alternatives = self._make(
            _("Three more answers"), "compare", usual_here("Ctrl+Shift+G", on_mac="Meta+Ctrl+Shift+G")
        )
        self.receipt = self._make(_("Receipt of the last answer"), "receipt", "Ctrl+I")
        self.run_again = self._make(_("Run the last answer again"), "regenerate", "Ctrl+Shift+R")
        self.compare = self._make(_("Compare the last answer with the other one"), "compare", "Ctrl+D")
        self.answer_otherwise = self._make(
            _("Answer again with the current values and compare"), "branch", "Ctrl+Shift+D"
        )
        self.ask_two = self._make(_("Ask two models side by side…"), "compare", "Ctrl+Shift+Return")
        self.side_by_side = self._make(_("Answers side by side"), "compare", "Ctrl+Shift+S")
        self.branch_map = self._make(_("Map of the branches"), "branch", "Ctrl+J")
        self.focus_composer = self._make(_("Go to the question field"), "send", "Ctrl+L")
        self.next_part = self._make(_("Go to the next part of the window"), "chevron-right", "F6")
        self.previous_part = self._make(_("Go to the previous part of the window"), "chevron-left", "Shift+F6")
        self.attach = self._make(_("Attach files…"), "attach", usual_here("Ctrl+Shift+A", on_mac="Meta+Ctrl+Shift+A"))
        self.models = self._make(_("Models"), "models", usual_here("Ctrl+M", on_mac="Meta+Ctrl+M"))
        self.personas = self._make(_("Personas"), "personas", "Ctrl+Shift+K")
        self.chat_map = self._make(_("Map of the chats"), "map", usual_here("Ctrl+Shift+M", on_mac="Meta+Ctrl+Shift+M"))
        self.choose_file = self._make(_("Choose a model file…"), "folder", "Ctrl+O")
        self.templates = self._make(_("Prompt templates"), "document", "Ctrl+T")
        self.notebook = self._make(_("Notebook: a text that a model goes on with"), "edit", "F5")
        self.insert_template = self._make(_("Insert a template…"), "document", "Ctrl+/")
        self.new_template = self._make(_("New template"), "plus", "Ctrl+Shift+T")
        self.import_templates = self._make(_("Import templates…"), "folder", "Ctrl+Shift+O")
        self.tour = self._make(_("How it works: a guided tour"), "info", "F1")
        self.measure = self._make(_("Measure this computer…"), "models", "Ctrl+Shift+E")
        self.settings = self._make(_("Settings"), "settings", "Ctrl+,")
        self.about = self._make(_("About Inglenook: release, updates, licences"), "info", "")
        self.own_data = self._make(_("Your data: where it is, statistics, deleting it"), "folder", "")
        self.hardware = self._make(_("Hardware: what models run on"), "info", "Ctrl+Shift+H")
        self.toggle_sidebar = self._make(_("Show or hide the sidebar"), "sidebar", "Ctrl+B")
        self.toggle_panel = self._make(_("Show or hide the panel"), "panel", usual_here("Ctrl+.", on_mac="Ctrl+Alt+I"))
        self.show_sureness = self._make(_("Show how sure the model was"), "glass", "F12")
        self.show_sureness.setCheckable(True)
        self.received = self._make(_("Show what the model receives"), "document", "Ctrl+P")
        self.zoom_in = self._make(_("Larger text"), "plus", "Ctrl++")
        self.zoom_out = self._make(_("Smaller text"), "minus", "Ctrl+-")
        self.zoom_reset = self._make(_("Usual text size"), "undo", "Ctrl+0")
        self.focus_mode = self._make(_("Focus on the chat"), "focus", usual_here("F11", on_mac="Meta+Ctrl+Shift+F"))
        self.focus_mode.setCheckable(True)
        self.shortcuts = self._make(_("Keyboard shortcuts"), "keyboard", usual_here("Ctrl+?", on_mac="Meta+Ctrl+?"))
        self.copy_answer = self._make(_("Copy the last answer"), "copy", "Ctrl+Shift+C")
        self.read_aloud = self._make(_("Read the last answer aloud, or stop reading"), "speaker", "F8")
        self.edit_question = self._make(_("Edit the last question"), "edit", "")
        self.quote = self._make(_("Quote the selection in your question"), "quote", "F7")
        self.star = self._make(_("Star or unstar a message"), "star", "Ctrl+8")
        self.show_starred = self._make(_("Show starred messages"), "star-on", "")
        self.suggest = self._make(_("Suggest my next question"), "edit", "F4")
        self.previous_question = self._make(
            _("Go to the previous question"), "chevron-up", usual_here("Alt+Up", on_mac="Ctrl+Alt+Up")
        )
        self.next_question = self._make(
            _("Go to the next question"), "chevron-down", usual_here("Alt+Down", on_mac="Ctrl+Alt+Down")
        )
        self.regenerate = self._make(_("Answer the last question again"), "regenerate", "Ctrl+R", ELSEWHERE)
        earlier = usual_here("Alt+PgUp", on_mac="Ctrl+Alt+PgUp")
        later = usual_here("Alt+PgDown", on_mac="Ctrl+Alt+PgDown")
        self.previous_version = self._make(
            _("Previous version of the last message"), "chevron-left", earlier, ELSEWHERE
        )
        self.next_version = self._make(_("Next version of the last message"), "chevron-right", later, ELSEWHERE)
        self.text_again = self._make(_("Notebook: try again"), "regenerate", "Ctrl+R", NOTEBOOK)
        self.text_at_cursor = self._make(
            _("Notebook: go on at the cursor"), "continue", usual_here("Ctrl+G", on_mac="Meta+Ctrl+G"), NOTEBOOK
        )
        self.previous_take = self._make(_("Notebook: previous continuation"), "chevron-left", earlier, NOTEBOOK)
        self.next_take = self._make(_("Notebook: next continuation"), "chevron-right", later, NOTEBOOK)
        self.pin = self._make(
            _("Pin or unpin this chat"), "pin", usual_here("Ctrl+Shift+L", on_mac="Meta+Ctrl+Shift+L")
        )
        self.map_of_chat = self._make(_("Show this chat on the map"), "map", "")
        self.new_window = self._make(_("New window"), "window", "Ctrl+Shift+N")
        self.open_in_window = self._make(_("Open this chat in a new window"), "window", "Ctrl+Shift+W")
        self.close_window = self._make(_("Close this window"), "close", "Ctrl+W")
        self.lock = self._make(_("Lock the chats"), "lock", "Ctrl+F12")
        self.palette = self._make(_("All commands"), "more", "Ctrl+Shift+P")
        self.quit = self._make(_("Quit"), "close", "Ctrl+Q")
        for action in (self.stop, self.continue_answer, self.alternatives, self.receipt, self.run_again, self.compare,
                       self.answer_otherwise, self.side_by_side, self.branch_map, self.export_chat, self.lock, self.suggest, self.answer_now):  # fmt: skip
            action.setEnabled(False)
        for name, value in vars(self).items():
            if isinstance(value, QAction):
                value.setObjectName(name)
        self._give_shortcuts()
        self.show_page("")

    def set_shortcuts(self, chosen: Mapping[str, str]) -> None:
        """Give the actions named in `chosen` these shortcuts, none where they are empty, and all others their usual ones."""
        if chosen != self._chosen:
            self._chosen = dict(chosen)
            self._give_shortcuts()

    def show_page(self, page: str) -> None:
        """Have the commands that there are on a page; those of others are out of sight, and have no keys."""
        for entry in self.entries:
            if entry.place:
                entry.action.setVisible((entry.place == NOTEBOOK) == (page == NOTEBOOK))

    def disabled_by(self, keys: QKeyCombination) -> Entry | None:
        """Return the action that would have been used with `keys`, were it not disabled."""
        sequence = QKeySequence(keys)
        waiting = (entry for entry in self.entries if entry.action.isVisible() and not entry.action.isEnabled())
        return next((entry for entry in waiting if sequence in entry.action.shortcuts()), None)

    def exchange(
        self, before: Sequence[Entry], commands: Sequence[OwnCommand], use: Callable[[str], None]
    ) -> list[Entry]:
        """Have other commands at the end of the list in place of those that a person had made; return them.

        `use` takes what the one is called that is wanted. Those that are as they were stay.
        """
        former = {_as_command(entry): entry for entry in before}
        if list(former) == list(commands):
            return list(before)
        names = {entry.name for entry in before}
        made = [former.pop(each) if each in former else self._new_own(each, use) for each in commands]
        for entry in former.values():
            self._window.removeAction(entry.action)
            entry.action.deleteLater()
        self.entries[:] = [*(entry for entry in self.entries if entry.name not in names), *made]
        self._give_shortcuts()
        return made

    def _new_own(self, command: OwnCommand, use: Callable[[str], None]) -> Entry:
        made = self._new(command.name, command.icon, command.keys)
        made.action.setObjectName(command.key)
        made.action.triggered.connect(lambda: use(command.key))
        return made

    def _give_shortcuts(self) -> None:
        from desktop_app.gui.commands.shortcuts import shortcuts_of  # it takes entries apart, so it comes second

        found = shortcuts_of(self.entries, self._chosen)
        taken = {QKeySequence(keys) for keys in found.values()}
        for entry, keys in found.items():
            more = also(entry.name) if keys == entry.usual else ()
            free = [each for each in map(QKeySequence, more) if each not in taken]
            entry.action.setShortcuts([each for each in (QKeySequence(keys), *free) if not each.isEmpty()])
        self.changed.emit()

    def _make(self, name: str, icon: str, keys: str, place: str = "") -> QAction:
        self.entries.append(self._new(name, icon, keys, place))
        return self.entries[-1].action

    def _new(self, name: str, icon: str, keys: str, place: str = "") -> Entry:
        action = QAction(name, self)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        self._window.addAction(action)
        return Entry(action, icon, keys, place)


def _as_command(entry: Entry) -> OwnCommand:
    return OwnCommand(entry.action.text(), entry.icon, entry.usual, entry.name)
