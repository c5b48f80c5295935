"""The Settings page, generated from the schema, with a search field and resets."""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from desktop_app.domain.backups import Backup
from desktop_app.domain.hardware import Report
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.servers import ServerAnswer
from desktop_app.gui.commands.actions import Entry
from desktop_app.gui.commands.shortcuts import holder
from desktop_app.gui.forms.dictionary_button import DictionaryButton
from desktop_app.gui.forms.field_row import FieldRow, stack_rows
from desktop_app.gui.forms.form import Field, Kind
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.settings import cards
from desktop_app.gui.settings.parts import SettingSection, WhenAsked
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.gradual import Gradual
from desktop_app.gui.widgets.key_names import written
from desktop_app.gui.widgets.keyboard_focus import first_stop, focus_reason
from desktop_app.gui.widgets.menu_button import MenuButton
from desktop_app.gui.widgets.pages import Page, page_title
from desktop_app.gui.widgets.search_field import SearchField
from desktop_app.gui.widgets.stack import Stack
from desktop_app.settings.schema import Settings
from desktop_app.support.i18n import _
from desktop_app.support.network import NetworkUse

if TYPE_CHECKING:
    from desktop_app.gui.settings.chats_card import ChatsCard
    from desktop_app.gui.settings.hardware_card import HardwareCard
    from desktop_app.gui.settings.link_card import LinkCard
    from desktop_app.gui.settings.lock_card import LockCard
    from desktop_app.gui.settings.network_card import NetworkCard
    from desktop_app.gui.settings.servers_card import ServersCard
    from desktop_app.gui.settings.shortcuts_card import ShortcutsCard
    from desktop_app.gui.widgets.titled_card import TitledCard

    Part = SettingSection | TitledCard | HardwareCard | ShortcutsCard

SECTIONS = (
    "appearance",
    "language",
    "reading",
    "folders",
    "network",
    "history",
    "engine",
    "questions",
    "spelling",
    "speech",
    "keyboard",
    "desktop",
)
"""The sections in their order; sampling has the panel, other computers have a card of their own, and own words a menu."""


class SettingsPage(Page):
    """All sections below each other; the search hides what does not match.

    Where it is shown from its top, one section after another is made, each in turns of its own; whoever asks for one,
    or for a card, has them all made. `whole` comes when all are there, and `shown` when they are looked at then.
    """

    setting_changed = Signal(str, str, object)
    reset_requested = Signal(str, str)
    token_entered = Signal(str)
    ledger_requested = Signal()
    measure_requested = Signal()
    look_requested = Signal()
    server_check_requested = Signal(tuple)
    export_requested = Signal()
    import_requested = Signal()
    backup_requested = Signal()
    restore_requested = Signal()
    lock_asked = Signal(str)
    readable_backups_unwanted = Signal(list)
    shortcut_chosen = Signal(str, object)
    about_requested = Signal()
    data_requested = Signal()
    whole = Signal()
    shown = Signal()
    shortcuts_card = WhenAsked["ShortcutsCard"]()
    network_card = WhenAsked["NetworkCard"]()
    about_card = WhenAsked["LinkCard"]()
    data_card = WhenAsked["LinkCard"]()
    hardware_card = WhenAsked["HardwareCard"]()
    servers_card = WhenAsked["ServersCard"]()
    chats_card = WhenAsked["ChatsCard"]()
    lock_card = WhenAsked["LockCard"]()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._settings = Settings()
        self._commands: Sequence[Entry] = ()
        self._shortcuts_card: ShortcutsCard | None = None
        self._sections: dict[str, SettingSection] = {}
        self._gradual = Gradual(self._say_shown, self)
        self._to_make: deque[Callable[[], Part]] = deque()
        """What makes the sections and cards that are not there yet, in their order."""
        self._parts_there: list[Part] = []
        """Those that are, from above."""
        self._made: Part | None = None
        """The one that was made last and has no place yet: to be laid out takes a large one as long as to be made."""
        self._stack = Stack()
        self._is_gradual = False
        """Whether what follows the head is made step by step."""
        self._is_to_say = False
        """Whether nobody was told yet that the page is looked at."""
        self._notes: dict[tuple[str, str], str] = {}
        self.search: SearchField | None = None
        self.to_sections: MenuButton | None = None
        self._query = ""
        """What was searched for when the content was let go."""
        self._nothing: Label | None = None
        self._network_card: NetworkCard | None = None
        self._about_card: LinkCard | None = None
        self._data_card: LinkCard | None = None
        self._hardware_card: HardwareCard | None = None
        self._servers_card: ServersCard | None = None
        self._server_answers: dict[str, ServerAnswer] = {}
        self._old_server_answers: dict[str, ServerAnswer] = {}
        self._chats_card: ChatsCard | None = None
        self._lock_card: LockCard | None = None
        self._report: Report | None = None
        self._is_looking = False
        self._loaded_models: Sequence[ModelInfo] = ()
        self._dictionaries: Sequence[str] = ()

    def show_token_state(self, words: str) -> None:
        """Say what became of the token that was entered."""
        if self._network_card is not None:
            self._network_card.show_token_state(words)

    def show_ledger(self, uses: Sequence[NetworkUse]) -> None:
        """List what went over the network."""
        if self._network_card is not None:
            self._network_card.show_ledger(uses)

    def show_backups(self, backups: Sequence[Backup], file: str) -> None:
        """Say where the chats are, and which backups of them there are."""
        if self._chats_card is not None:
            self._chats_card.show_backups(backups, file)

    def show_lock(self, *, is_locked: bool, backups: Sequence[Backup]) -> None:
        """Say whether the chats are locked, and which backups can be read although they are."""
        if self._lock_card is not None:
            self._lock_card.show_state(is_locked=is_locked, backups=backups)

    def show_looking(self) -> None:
        """Say that somebody is looking at the hardware."""
        self._is_looking = True
        self._show_hardware()

    def show_report(self, report: Report) -> None:
        """Show what was found of the hardware."""
        self._report, self._is_looking = report, False
        self._show_hardware()

    def show_loaded_models(self, models: Sequence[ModelInfo]) -> None:
        """Show where these models are; the last report of the hardware stays."""
        self._loaded_models = models
        if self._hardware_card is not None:
            self._hardware_card.show_models(models)
        if self._servers_card is not None:
            self._servers_card.show_models(models)

    def show_asking_servers(self, addresses: Collection[str]) -> None:
        """Say that these servers are being asked."""
        if self._servers_card is not None:
            self._servers_card.show_asking(addresses)

    def show_server_answers(self, answers: Sequence[ServerAnswer]) -> None:
        """Show what came of asking servers."""
        self._server_answers |= {answer.address: answer for answer in answers}
        if self._servers_card is not None:
            self._servers_card.show_answers(answers)

    def show_remembered_servers(self, answers: Sequence[ServerAnswer]) -> None:
        """Show what servers said when they were last asked, before this start of the app."""
        self._old_server_answers = {answer.address: answer for answer in answers}
        if self._servers_card is not None:
            self._servers_card.show_remembered(answers)

    def titled(self, typed: str) -> list[str]:
        """Return the titles of the settings that fit what was typed, the best first; the page need not be made."""
        from desktop_app.gui.settings.search import settings_with  # few starts need it

        return settings_with(typed)

    def look_for(self, words: str) -> None:
        """Show the settings that have these words, once all are made; the page has come into sight."""

        def look() -> None:
            if self.search is not None:  # else somebody left meanwhile
                self.search.setText(words)
                self.search.setFocus(Qt.FocusReason.OtherFocusReason)

        if self._is_whole:
            look()
        else:
            self.whole.connect(look, Qt.ConnectionType.SingleShotConnection)

    def go_to_hardware(self) -> None:
        """Bring the hardware into sight, as soon as everything has its place."""
        self.ensure_built()
        assert self._hardware_card is not None
        self._hardware_card.look.setFocus(Qt.FocusReason.OtherFocusReason)
        self._go_to(lambda: self._hardware_card)

    def go_to_lock(self) -> None:
        """Bring the passphrase of the chats into sight, with the backups that can be read without it."""
        self.ensure_built()
        self._go_to(lambda: self._lock_card)

    def _list_sections(self, menu: QMenu) -> None:
        """Offer the headings of the page, which is many windows high."""
        self.make_rest()
        for place, part in enumerate(self._parts_there):
            menu.addAction(part.heading.replace("&", "&&")).triggered.connect(partial(self._go_to_section, place))

    def _go_to_section(self, place: int) -> None:
        """Bring a section into sight, and the keyboard to its first control."""
        assert self.search is not None
        reason = focus_reason()
        self.search.clear()  # it may have hidden that section
        (first_stop(self._parts_there[place]) or self).setFocus(reason)
        self._go_to(lambda: self._parts_there[place])

    def _go_to(self, found: Callable[[], QWidget | None]) -> None:
        """Scroll to the card that is `found` by then: another text size makes all anew, and who leaves meanwhile has none."""

        def go() -> None:
            card = found()
            if card is not None and self.body is not None:
                self.verticalScrollBar().setValue(card.mapTo(self.body, QPoint()).y())

        def lay_out() -> None:
            card = found()
            if card is None:
                return
            for widget in (card.parentWidget(), self.body):
                if widget is not None and (layout := widget.layout()) is not None:
                    layout.activate()
            QTimer.singleShot(0, self, go)  # the scroll bar knows the new height then

        QTimer.singleShot(0, self, lay_out)

    def say(self, section: str, name: str, words: str) -> None:
        """Say below a setting what stands in its way; empty for nothing."""
        self._notes[section, name] = words
        if section in self._sections:
            self._sections[section].rows[name].say(words)

    def offer_dictionaries(self, languages: Sequence[str]) -> None:
        """Offer the dictionaries of these languages to choose from."""
        self._dictionaries = languages
        for button in self.findChildren(DictionaryButton):
            button.offer(languages)

    def row(self, section: str, name: str) -> FieldRow:
        """Return the row of a setting; the page must have been shown."""
        return self.sections[section].rows[name]

    @property
    def sections(self) -> dict[str, SettingSection]:
        """All sections by their names; none before the page was shown."""
        self.make_rest()
        return self._sections

    def set_settings(self, settings: Settings) -> None:
        """Show `settings` without telling anybody."""
        self._settings = settings
        for name, section in self._sections.items():
            section.show_values(getattr(settings, name))
        if self._servers_card is not None:
            self._servers_card.set_settings(settings.servers)

    def build_in_parts(self) -> Iterator[None]:
        """Make the head, then one section or card after another."""
        self._make_head()
        while not self._is_whole:
            yield
            if not self._is_whole:
                self._make_next()
        self._say_shown()

    def build(self, column: QVBoxLayout) -> None:
        """Make the search field and all sections."""
        px = self.theme.px
        query = self.search.text() if self.search is not None else self._query
        self.search = SearchField(self.theme, _("Search settings"))
        self.search.setMaximumWidth(px(320))
        self.search.textChanged.connect(self._filter)
        top = QHBoxLayout()
        top.setSpacing(px(8))
        top.addWidget(page_title(Label(self.theme, _("Settings"), "title")), 1)
        self.to_sections = MenuButton(self.theme, _("Sections"), self._list_sections)
        if stack_rows(self, self.theme, self.to_sections):
            self.to_sections.hide()
        top.addWidget(self.search, 1)
        top.addWidget(self.to_sections)
        column.addLayout(top)
        column.addSpacing(px(8))
        self._nothing = Label(self.theme, _("No settings match."), "body", "muted", wraps=True)
        set_margins(self._nothing, 0, px(16), 0, 0)
        self._nothing.hide()
        column.addWidget(self._nothing)
        self._sections, self._stack = {}, Stack()
        column.addWidget(self._stack)
        column.addStretch(1)
        self._to_make, self._made, self._parts_there = deque(self._parts()), None, []
        if not self._is_gradual:
            self.make_rest()
        self.search.setText(query)

    def _parts(self) -> Iterator[Callable[[], "Part"]]:
        """Yield what makes each section and card, from the top on."""
        for name in SECTIONS:
            yield partial(self._section, name)
            yield from {
                "keyboard": (self._new_shortcuts_card,),
                "history": (self._new_chats_card, self._new_lock_card),
                "engine": (self._new_hardware_card, self._new_servers_card),
            }.get(name, ())
        yield from (self._new_network_card, self._new_data_card, self._new_about_card)

    @property
    def _is_whole(self) -> bool:
        return not self._to_make and self._made is None

    def _make_next(self) -> None:
        """Make the next section or card, or give the one that was made its place."""
        if self._made is None:
            self._made = self._to_make.popleft()()
            return
        part, self._made = self._made, None
        for button in part.findChildren(DictionaryButton):
            button.offer(self._dictionaries)
        self._stack_rows(part)
        self._stack.add(part)
        self._parts_there.append(part)
        part.show()
        if self._is_whole:
            self.whole.emit()

    def make_rest(self) -> None:
        """Make all sections and cards that are not there yet."""
        if self._is_whole:
            return
        while self._to_make or self._made is not None:
            self._make_next()
        self._gradual.put("parts", ())

    def forget(self) -> None:
        """Hold no row and no card any more."""
        self._query = self.search.text() if self.search is not None else ""
        self._to_make.clear()
        self._made, self._parts_there, self._sections = None, [], {}
        self._gradual.put("parts", ())
        self.search = self.to_sections = self._nothing = None
        self._shortcuts_card = self._chats_card = self._lock_card = self._hardware_card = self._servers_card = None
        self._network_card = self._data_card = self._about_card = None

    def ensure_built(self) -> None:
        """Make all of the content that is not there yet."""
        super().ensure_built()
        self.make_rest()
        self._say_shown()

    def build_in_sight(self) -> None:
        """Make the head, and what is below it in the next turns; all of it where the page goes on as it was left."""
        if self.body is None and not self._left_at and not self._query:
            self._make_head()
            self._gradual.put("parts", [self._make_next] * 2 * len(self._to_make), at_once=0)
        elif self._is_whole or self._built_scale != self.theme.scale:
            self.ensure_built()

    def _make_head(self) -> None:
        self._is_gradual = True
        super().ensure_built()
        self._is_gradual = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Have controls below their words where the page is narrow."""
        self._stack_rows()
        super().resizeEvent(event)

    def _stack_rows(self, part: QWidget | None = None) -> None:
        is_narrow = stack_rows(self, self.theme, part)
        if self.to_sections is not None:
            self.to_sections.setVisible(not is_narrow)  # the search has what room there is
        if self._hardware_card is not None:
            self._hardware_card.stack(is_narrow)

    def showEvent(self, event: QShowEvent) -> None:
        """Say that the page is looked at: what costs something is only found out then."""
        self._is_to_say = True
        super().showEvent(event)
        self._say_shown()

    def _say_shown(self) -> None:
        if self._is_to_say and self._is_whole and self.isVisible():
            self._is_to_say = False
            self.shown.emit()

    def show_commands(self, commands: Sequence[Entry]) -> None:
        """Show the shortcuts that all commands have now."""
        self._commands = commands
        if self._shortcuts_card is not None:
            self._shortcuts_card.show_entries(commands)

    def go_to_shortcuts(self) -> None:
        """Search for the shortcuts, which shows nothing else."""
        self.ensure_built()
        assert self.search is not None
        self.search.setText(_("Shortcuts"))
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def _new_shortcuts_card(self) -> "ShortcutsCard":
        self._shortcuts_card = cards.shortcuts_card(self)
        self._shortcuts_card.show_entries(self._commands)
        return self._shortcuts_card

    def _new_network_card(self) -> "NetworkCard":
        self._network_card = cards.network_card(self)
        return self._network_card

    def _new_data_card(self) -> "LinkCard":
        self._data_card = cards.data_card(self)
        return self._data_card

    def _new_about_card(self) -> "LinkCard":
        self._about_card = cards.about_card(self)
        return self._about_card

    def _new_chats_card(self) -> "ChatsCard":
        self._chats_card = cards.chats_card(self)
        return self._chats_card

    def _new_lock_card(self) -> "LockCard":
        self._lock_card = cards.lock_card(self)
        return self._lock_card

    def _new_hardware_card(self) -> "HardwareCard":
        self._hardware_card = cards.hardware_card(self)
        self._show_hardware()
        return self._hardware_card

    def _new_servers_card(self) -> "ServersCard":
        self._servers_card = card = cards.servers_card(self)
        card.set_settings(self._settings.servers)
        card.show_models(self._loaded_models)
        card.show_remembered(tuple(self._old_server_answers.values()))
        card.show_answers(tuple(self._server_answers.values()))
        if self._report is not None:
            card.show_report(self._report)
        return card

    def _show_hardware(self) -> None:
        if (card := self._hardware_card) is None:
            return
        if self._servers_card is not None and self._report is not None:
            self._servers_card.show_report(self._report)
        if self._report is not None:
            card.show_report(self._report, self._loaded_models)
        else:
            card.show_models(self._loaded_models)
        if self._is_looking:
            card.show_looking(has_report=self._report is not None)

    def _section(self, name: str) -> SettingSection:
        values = getattr(self._settings, name)
        section = self._sections[name] = SettingSection(self.theme, type(values))
        section.reset_requested.connect(lambda setting: self.reset_requested.emit(name, setting))
        section.committed.connect(lambda spec, value: self._committed(name, spec, value))
        for setting, row in section.rows.items():
            row.say(self._notes.get((name, setting), ""))
        section.show_values(values)
        return section

    def _committed(self, section: str, spec: Field, value: object) -> None:
        other = holder(self._commands, str(value), "") if spec.kind is Kind.KEYS else None
        if other is not None:
            words = _("{keys} is already used by “{name}”.")
            self.row(section, spec.name).refuse(words.format(name=other.action.text(), keys=written(str(value))))
        elif value != getattr(getattr(self._settings, section), spec.name):
            self.setting_changed.emit(section, spec.name, value)

    def _filter(self, query: str) -> None:
        words = query.casefold().split()
        self.make_rest()  # first: what is not made yet could not be named
        fitting = [part for part in self._parts_there if part.matches(words)]
        for part in self._parts_there:
            part.setVisible(part in fitting)
        if self._nothing is not None:
            self._nothing.setVisible(not fitting)
