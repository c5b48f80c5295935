"""The page of prompt templates: cards by folder, found by words, folder and favourites."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.templates.cards import CardGrid, TemplateCard, matches
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Button, Label
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.gradual import Gradual
from desktop_app.gui.widgets.pages import FileDropPage, page_title, stacked_below
from desktop_app.gui.widgets.search_field import SearchField
from desktop_app.gui.widgets.sheet import Sheeted
from desktop_app.services.writing.prompt_library import LibraryTemplate
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _, ngettext

NARROW = 520
"""Below this width, in pixels at 100 %, the words about the folder stand below its button."""


class TemplatesPage(Sheeted, FileDropPage):
    """Shows the library; what is done with a template is asked for by signals, with its key."""

    suffixes = (".md", ".txt", ".json")
    shown = Signal()
    opened = Signal(str)
    favourite_requested = Signal(str, bool)
    new_requested = Signal()
    import_requested = Signal()
    folder_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._entries: Sequence[LibraryTemplate] | None = None
        self._is_built = False
        self._gradual = Gradual(self._show_nothing, self)
        self.cards: dict[str, TemplateCard] = {}
        self._groups: dict[str, _Group] = {}
        self._folder = ""
        self._words = ""
        self._only_favourites = False

    # The sheet of one template

    def control_of(self, key: str) -> QWidget | None:
        """Return what leads to the sheet of a template."""
        return self.cards[key].use if key in self.cards else None

    def leave_sheet(self) -> bool:
        """Go back one step as the sheet's own button does; False where nothing is open."""
        content = self.sheet_content
        if content is None:
            return False
        content.closed.emit()
        return True

    # What is shown

    def set_templates(self, entries: Sequence[LibraryTemplate]) -> None:
        """Show the library; cards that stay keep their place and the focus."""
        if entries != self._entries:
            self._entries = entries
            if self._is_built:
                self._fill()

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that it can be seen now: files may have come meanwhile."""
        super().showEvent(event)
        self.shown.emit()

    # Building

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the words about the folder below its button where there is little room."""
        if self._is_built:
            self._foot.setDirection(stacked_below(event.size().width(), self.theme.px(NARROW)))
        super().resizeEvent(event)

    def column_width(self) -> int:
        """As wide as the cards of the Models page."""
        return 1016

    def build(self, column: QVBoxLayout) -> None:
        """Make the heading, the filters and the places for the cards."""
        theme, px = self.theme, self.theme.px
        top = QHBoxLayout()
        top.setSpacing(px(8))
        top.addWidget(page_title(Label(theme, _("Prompt templates"), "title", wraps=True)), 1)
        self.search = SearchField(theme, _("Search templates"))
        self.search.setMaximumWidth(px(320))
        self.search.setText(self._words)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._open_first)
        top.addWidget(self.search, 2)
        column.addLayout(top)
        column.addSpacing(px(4))
        words = _("Good questions to begin with. Fill one in, use it in a chat, or write your own.")
        column.addWidget(Label(theme, words, "body", "muted", wraps=True))
        column.addSpacing(px(12))
        column.addWidget(self._tools())
        column.addSpacing(px(16))
        self._nothing = Label(theme, "", "body", "muted", wraps=True)
        column.addWidget(self._nothing)
        self._column = QVBoxLayout()
        self._column.setSpacing(px(20))
        column.addLayout(self._column)
        column.addSpacing(px(20))
        self._foot = foot = QBoxLayout(stacked_below(self.width(), px(NARROW)))
        foot.setSpacing(px(12))
        folder = Button(theme, _("Show my folder"), icon="folder")
        folder.clicked.connect(self.folder_requested)
        foot.addWidget(folder, 0, Qt.AlignmentFlag.AlignLeft)
        hint = _(
            "Your own templates are readable files. Those that you put into that folder, or drop here, appear in "
            "the list."
        )
        foot.addWidget(Label(theme, hint, "small", "muted", wraps=True), 1)
        column.addLayout(foot)
        column.addStretch(1)
        self._is_built = True
        self.cards, self._groups = {}, {}
        self._fill()

    def forget(self) -> None:
        """Hold no card any more, and make none."""
        self._gradual.put("cards", ())
        self._is_built = False
        self.cards, self._groups = {}, {}

    def _tools(self) -> QWidget:
        from desktop_app.gui.widgets.switch import Switch  # no window begins with one

        theme, px = self.theme, self.theme.px
        flow = Flow(theme)
        self.new_button = Button(theme, _("New template"), icon="plus")
        self.new_button.clicked.connect(self.new_requested)
        flow.add(self.new_button)
        self.import_button = Button(theme, _("Import…"))
        self.import_button.clicked.connect(self.import_requested)
        flow.add(self.import_button)
        self.folders = Choice(theme)
        self.folders.setFixedHeight(px(36))
        self.folders.setAccessibleName(_("Folder"))
        self.folders.activated.connect(self._filter)
        flow.add(self.folders)
        self.favourites = Switch(theme)
        self.favourites.setChecked(self._only_favourites)
        self.favourites.setAccessibleName(_("Favourites only"))
        self.favourites.clicked.connect(self._filter)
        pair = QWidget()
        pair.setFixedHeight(px(36))
        label = Label(theme, _("Favourites"), "small", "muted", parent=pair)
        label.setBuddy(self.favourites)
        row = QHBoxLayout(pair)
        set_margins(row, px(4), 0, 0, 0)
        row.setSpacing(px(8))
        row.addWidget(self.favourites)
        row.addWidget(label)
        flow.add(pair)
        return flow

    def _fill(self) -> None:
        """Bring the cards in line with the library: drop what has gone, make what is new, a few in each turn."""
        entries = self._entries or ()
        wanted = {entry.key: entry for entry in entries}
        for key, card in list(self.cards.items()):
            entry = wanted.get(key)
            if entry is None or _face(entry) != _face(card.entry):
                del self.cards[key]
                self._groups[card.entry.folder].grid.remove(card)
                card.hide()
                card.deleteLater()
            else:
                card.show_entry(entry)
        folders = list(dict.fromkeys(entry.folder for entry in entries))
        self._show_folders(folders)
        for folder in [folder for folder in self._groups if folder not in folders]:
            group = self._groups.pop(folder)
            group.hide()
            group.deleteLater()
        for place, folder in enumerate(folders):
            group = self._groups.get(folder) or _Group(self.theme, folder or _("Without a folder"))
            self._groups[folder] = group
            self._column.insertWidget(place, group)
        self._filter()
        places: Counter[str] = Counter()
        missing = []
        for entry in entries:
            if entry.key not in self.cards:
                missing.append(partial(self._add, entry, places[entry.folder]))
            places[entry.folder] += 1
        self._gradual.put("cards", missing)

    def _add(self, entry: LibraryTemplate, place: int) -> None:
        """Make the card of a template, the one at `place` in its folder."""
        card = TemplateCard(self.theme, entry, self._groups[entry.folder].grid)
        card.opened.connect(partial(self.opened.emit, entry.key))
        card.favourite_requested.connect(partial(self.favourite_requested.emit, entry.key))
        self.cards[entry.key] = card
        self._groups[entry.folder].grid.insert(place, card)
        card.setVisible(self._matches(entry))

    def _matches(self, entry: LibraryTemplate) -> bool:
        return matches(entry, self._words.casefold().split(), self._folder, favourites=self._only_favourites)

    def _show_folders(self, folders: Sequence[str]) -> None:
        self.folders.clear()
        self.folders.addItem(_("All folders"), "")
        for folder in folders:
            self.folders.addItem(folder or _("Without a folder"), folder)
        self.folders.setCurrentIndex(max(0, self.folders.findData(self._folder)))

    # Finding

    def _filter(self) -> None:
        """Show what matches; a heading goes with its cards."""
        if not self._is_built:
            return
        self._words = self.search.text()
        self._folder = str(self.folders.currentData() or "")
        self._only_favourites = self.favourites.isChecked()
        shown: Counter[str] = Counter()
        for entry in self._entries or ():
            fits = self._matches(entry)
            shown[entry.folder] += fits
            if entry.key in self.cards:
                self.cards[entry.key].setVisible(fits)
        for folder, group in self._groups.items():
            group.grid.expect(shown[folder])
            group.setVisible(bool(shown[folder]))
        self._show_nothing()

    def _show_nothing(self) -> None:
        """Say that nothing was found, once all cards are there."""
        is_there = len(self.cards) == len(self._entries or ())
        found = any(not card.isHidden() for card in self.cards.values())
        self._nothing.setText(self._nothing_words())
        self._nothing.setVisible(is_there and not found)

    def _nothing_words(self) -> str:
        if self._entries is None:
            return _("Reading the templates…")
        if self._only_favourites and not any(entry.favourite for entry in self._entries):
            return _("There are no favourites yet. Click the star of a template to add it.")
        return _("No templates match.")

    def _open_first(self) -> None:
        for entry in self._entries or ():
            card = self.cards.get(entry.key)
            if card is not None and not card.isHidden():
                self.opened.emit(entry.key)
                return


class _Group(QWidget):
    """A folder's name with its cards below it."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self.grid = CardGrid(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(10))
        column.addWidget(Label(theme, title, "small", "muted", SEMIBOLD))
        column.addWidget(self.grid)


def _face(entry: LibraryTemplate) -> tuple[object, ...]:
    """What a card cannot change once it is made."""
    return entry.title, entry.folder, entry.is_own, entry.template is None


def imported_words(taken: int, refused: int) -> str:
    """Return what came of an import."""
    words = ngettext("{count} template was imported.", "{count} templates were imported.", taken).format(count=taken)
    if refused:
        more = ngettext("{count} file is not a template.", "{count} files are not templates.", refused)
        words = paragraph([words, more.format(count=refused)])
    return words
