"""The window: sidebar, pages and panel, and the actions that concern the window alone."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from desktop_app.gui.commands.actions import Actions
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.composer.drop_ground import DropGround
from desktop_app.gui.look.appearance import allow_effects
from desktop_app.gui.look.theme import Theme, retheme, retheme_in_parts
from desktop_app.gui.panel.panel import Panel
from desktop_app.gui.sidebar.sidebar import Sidebar
from desktop_app.gui.system.language import application
from desktop_app.gui.system.window_place import (
    LEAST_SIZE,
    START_SIZE,
    bring_forward,
    bring_to_place,
    most_size,
    place_of,
)
from desktop_app.gui.widgets.accessible import speak
from desktop_app.gui.widgets.controls import Ground
from desktop_app.gui.widgets.focus_sight import keep_focus_in_sight
from desktop_app.gui.widgets.keyboard_focus import settle_typing
from desktop_app.gui.widgets.notice import NoticeBar
from desktop_app.gui.window.commands import WindowCommands
from desktop_app.gui.window.paged_window import PAGES, PagedWindow
from desktop_app.gui.window.regions import Regions
from desktop_app.gui.window.stage import Stage
from desktop_app.gui.window.top_bar import TopBar
from desktop_app.settings.schema import Settings
from desktop_app.support.paths import resources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from desktop_app.gui.chat.view import ChatView
    from desktop_app.gui.commands.key_tips import KeyTips
    from desktop_app.gui.commands.palette import CommandPalette, Finder
    from desktop_app.settings.window_state import WindowState

COMPOSER_MARGIN = 16
LEAST_CHAT = 96
"""As much of a chat stays in sight above the composer, in pixels at 100 %."""


READ_FIRST = ("personas", "data", "about")
"""The pages that the keyboard scrolls when it comes to them: what they offer first is not what one mostly comes for."""


class MainWindow(PagedWindow):
    """Holds the parts and lays them out; what they mean is the controllers' business.

    `pages` shows one of PAGES, or 'chat'. Closing is left to whoever installs an event filter or connects to the
    application's signals. `quit_requested` asks for the end of all windows,
    `lock_requested` for the lock in their place, `change_requested` for another one (a Change).
    `is_foremost` says that it is the one used last, which tells what concerns no window by itself.
    """

    quit_requested = Signal()
    lock_requested = Signal()
    change_requested = Signal(object)
    files_dropped = Signal(list)
    export_dropped = Signal(str)

    def __init__(self, theme: Theme, settings: Settings) -> None:
        super().__init__(theme, settings)
        self.is_foremost = True
        self._page = self._home = "chat"
        self._chat_view: ChatView | None = None
        self.setWindowTitle("Inglenook")
        self.setWindowIcon(QIcon(str(resources() / "icons" / "app.svg")))
        speak(application())
        keep_focus_in_sight(application())
        theme.apply(application())
        self.sidebar = Sidebar(theme)
        self.top_bar = TopBar(theme)
        self.composer = Composer(theme)
        self.chat_slot = QWidget()
        self.panel = Panel(theme)
        self.centre = self._centre()
        self.stage = Stage(theme, self.sidebar, self.centre, self.panel, moves=not settings.appearance.reduced_motion)
        self.setCentralWidget(self.stage)
        self.notice = NoticeBar(theme, self.centre, self._notice_bottom)
        self.commands = Actions(self)
        self._key_tips: KeyTips | None = None
        self._command_palette: CommandPalette | None = None
        self._recent_commands: tuple[str, ...] = ()
        self.finder: Finder = lambda _typed: ()
        self._connect()
        self._window_commands = WindowCommands(self)
        if sys.platform == "darwin":
            from desktop_app.gui.window.menu_bar import fill_menu_bar  # elsewhere the palette has all of it

            fill_menu_bar(self.menuBar(), self.commands.entries)
        self._regions = Regions(self)
        self.set_settings(settings)
        self._set_least_size()
        self.resize(START_SIZE)
        self.show_page("chat")

    # What others call

    def chat_view(self) -> ChatView:
        """Return the conversation, made when it is first asked for."""
        if self._chat_view is None:
            from desktop_app.gui.chat.view import ChatView  # it brings the reading of Markdown with it

            self._chat_view = ChatView(self.theme)
            layout = self.chat_slot.layout()
            assert layout is not None
            layout.addWidget(self._chat_view)
            self._chat_view.set_reading(self._settings.reading)
            self._chat_view.take_wishes()
        return self._chat_view

    @property
    def key_tips(self) -> KeyTips:
        """What has tooltips name shortcuts, made when it is first asked for."""
        if self._key_tips is None:
            from desktop_app.gui.commands.key_tips import KeyTips  # nobody points at anything before the first paint

            self._key_tips = KeyTips(self)
        return self._key_tips

    @property
    def command_palette(self) -> CommandPalette:
        """The list of all commands, made when it is first asked for."""
        if self._command_palette is None:
            from desktop_app.gui.commands.palette import CommandPalette  # few starts need it

            self._command_palette = CommandPalette(
                self.theme, self.commands, self._recent_commands, lambda typed: self.finder(typed), self
            )
            self._command_palette.refused.connect(self._refuse)
            self._command_palette.closed.connect(self._focus_chat)
        return self._command_palette

    @property
    def page(self) -> str:
        """The page shown: 'chat', or one of PAGES."""
        return self._page

    @property
    def home(self) -> str:
        """The page that one comes back to from the others: 'chat', or 'first_run' until one has gone on from there."""
        return self._home

    def show_page(self, name: str) -> None:
        """Show a page, made when it is first shown; raises KeyError for an unknown one."""
        if self._command_palette is not None and self._command_palette.isVisible():
            self._command_palette.dismiss()  # by a shortcut, which it leaves to the window
        if name == self._page:  # asked for once more: back to all of them
            self._close_sheet(stops_first=False)
        widget: QWidget = self._chat_page if name == "chat" else getattr(self, PAGES[name])
        self._page = name
        self._home = name if name in ("chat", "first_run") else self._home
        focused = self.focusWidget()
        is_read = name in READ_FIRST and focused is not None and self.pages.isAncestorOf(focused)
        if is_read:
            self.pages.setFocus(Qt.FocusReason.OtherFocusReason)  # else the first control gets it, and is scrolled to
        layout = self.pages.layout()
        assert layout is not None
        layout.setEnabled(False)  # neither page is laid out for the room that the other one has
        self.stage.allow_panel(name == "chat")
        layout.setEnabled(True)
        had_it = widget.focusWidget()
        if had_it not in (None, widget) and not had_it.isVisibleTo(widget):
            had_it.clearFocus()  # the stack would give it back to what the page shows no more
        self.pages.setCurrentWidget(widget)
        if is_read:
            widget.setFocus(Qt.FocusReason.OtherFocusReason)
        self.sidebar.set_page(name)
        self.commands.show_page(name)
        self.stage.close_drawer()  # the keyboard goes to what it lies over
        self.commands.toggle_panel.setEnabled(name == "chat")
        if name == "chat":
            self.composer.focus()

    def find_on_page(self, step: int) -> bool:
        """Find words on the page that is shown: begin (0), or go on (1) or back (-1); False where it has nothing to look through."""
        if self._page == "notebook" and self.notebook_page.find_words(step):
            return True
        from desktop_app.gui.widgets.pages import Page  # the first paint does without

        page = self.pages.currentWidget()
        return step == 0 and isinstance(page, Page) and page.begin_search()

    def settle(self) -> None:
        """Take what is typed in fields that nobody has left yet, in dialogs too."""
        from PySide6.QtWidgets import QDialog  # the first paint does without

        for typed_in in (self, *self.findChildren(QDialog)):
            settle_typing(typed_in)

    def leave_first_run(self) -> None:
        """Have the chat in the place of what a newcomer sees first."""
        if self._page == "first_run":
            self.show_page("chat")
        self._home = "chat"

    def set_theme(self, theme: Theme) -> None:
        """Show everything in `theme`."""
        for _part in self.set_theme_in_parts(theme):
            pass

    def set_theme_in_parts(self, theme: Theme) -> Iterator[None]:
        """Do so, a part with each step; what is drawn between two of them is neither here nor there."""
        yield from self.let_pages_go_in_parts(theme)
        self.theme = theme
        yield from theme.apply_in_parts(application())
        yield
        yield from retheme_in_parts(self.stage, theme)
        if not isValid(self):  # it was closed meanwhile
            return
        if self._command_palette is not None:
            retheme(self._command_palette, theme)
        self._set_margins()
        self._set_least_size()
        self._fit_composer()
        self.update()

    def set_settings(self, settings: Settings) -> None:
        """Take over what concerns the window, and show the rest on the settings page."""
        self.stage.moves = not settings.appearance.reduced_motion
        allow_effects(application(), allowed=not settings.appearance.reduced_motion)
        self.composer.set_send_key(settings.keyboard.send_key)
        self.commands.set_shortcuts(settings.shortcuts.keys)
        self.composer.field.set_attaches_long(settings.questions.long_paste)
        self._settings = settings
        if self._chat_view is not None:
            self._chat_view.set_reading(settings.reading)
        if self._settings_page is not None:
            self._settings_page.set_settings(settings)

    def focus_on_chat(self, focuses: bool) -> None:
        """Show the chat alone, or again what was beside it."""
        self.commands.focus_mode.setChecked(focuses)
        if focuses == self.stage.focuses:
            return
        if focuses:
            self.show_page("chat")
        self.stage.focus_on_centre(focuses)
        self.composer.focus()

    def leave_focus(self) -> bool:
        """Show again what was beside the chat; whether it was alone."""
        was_alone = self.stage.focuses
        self.focus_on_chat(False)
        return was_alone

    def close_top(self) -> bool:
        """Close what lies on top, or leave a page; whether there was something."""
        if self._command_palette is not None and self._command_palette.isVisible():
            self._command_palette.dismiss()
        elif self.stage.drawer is not None:
            self.stage.close_drawer()
        elif self._close_sheet():
            return True
        elif self._page != self._home:
            self.show_page(self._home)
        else:
            return False
        return True

    def come_forward(self) -> None:
        """Bring the window to the front."""
        bring_forward(self)

    def restore(self, state: WindowState) -> None:
        """Bring back what `remembered` kept; without a geometry, or with a damaged one, the window fits its screen."""
        bring_to_place(self, state.geometry)
        if not state.geometry and state.maximized:
            self.setWindowState(self.windowState() | Qt.WindowState.WindowMaximized)
        self._recent_commands = state.recent_commands
        self.stage.sidebar_open = state.sidebar_open
        self.stage.panel_open = state.panel_open
        self.stage.arrange()

    def remembered(self, state: WindowState) -> WindowState:
        """Return `state` with what the next start is to bring back of the window."""
        return msgspec.structs.replace(
            state,
            geometry=place_of(self),
            maximized=self.isMaximized(),
            sidebar_open=self.stage.sidebar_open,
            panel_open=self.stage.panel_open,
            recent_commands=self._command_palette.recent if self._command_palette else self._recent_commands,
        )

    # Qt's own

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the command palette cover the window."""
        super().resizeEvent(event)
        if self._command_palette is not None and self._command_palette.isVisible():
            self._command_palette.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes what lies on top, where nobody else wanted the key; of a disabled command it is said why."""
        if event.key() == Qt.Key.Key_Escape:
            if self.close_top() or self.leave_focus():
                return
        elif (entry := self.commands.disabled_by(event.keyCombination())) is not None:
            self._refuse(self.commands.why_not(entry.name))
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close; the session saves what is to be kept."""
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the notice above a growing composer, and some of the chat."""
        if watched is self.composer and event.type() == QEvent.Type.Resize and self.notice.isVisible():
            self.notice.place()
        elif watched is self._chat_page and event.type() == QEvent.Type.Resize:
            self._fit_composer()
        return super().eventFilter(watched, event)

    def _refuse(self, words: str) -> None:
        """Say why a command cannot be used, where there are words for it."""
        if words:
            self.notice.show_notice(words)

    def _type(self, letters: str) -> None:
        """Let what is typed at a conversation be the beginning of a question, or its next letters."""
        self.composer.focus()
        self.composer.field.insertPlainText(letters)

    # Building

    def _centre(self) -> QWidget:
        self._chat_page = DropGround()
        column = QVBoxLayout(self._chat_page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        slot = QVBoxLayout(self.chat_slot)
        slot.setContentsMargins(0, 0, 0, 0)
        self._composer_row = QHBoxLayout()
        self._composer_row.addStretch(1)
        self._composer_row.addWidget(self.composer, 1000)
        self._composer_row.addStretch(1)
        column.addWidget(self.chat_slot, 1)
        column.addLayout(self._composer_row)
        self.pages.addWidget(self._chat_page)
        centre = Ground(self.theme, "window")
        outer = QVBoxLayout(centre)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.top_bar)
        outer.addWidget(self.pages, 1)
        self._set_margins()
        return centre

    def _set_margins(self) -> None:
        px = self.theme.px
        margin = px(COMPOSER_MARGIN)
        self.composer.setMaximumWidth(px(self.theme.chat_width))
        self._composer_row.setContentsMargins(margin, 0, margin, margin)

    def _fit_composer(self) -> None:
        px = self.theme.px
        self.composer.set_most_height(self._chat_page.height() - px(COMPOSER_MARGIN) - px(LEAST_CHAT))

    def _set_least_size(self) -> None:
        """Keep so much room that nothing is cut off at this text size, as far as the screen has it."""
        least = QSize(self.theme.px(LEAST_SIZE.width()), self.theme.px(LEAST_SIZE.height()))
        self.setMinimumSize(least.boundedTo(most_size(self.screen().availableSize())).expandedTo(LEAST_SIZE))

    def _connect(self) -> None:
        actions, stage = self.commands, self.stage
        stage.changed.connect(self._show_ways_in)
        self.top_bar.sidebar_requested.connect(stage.toggle_sidebar)
        self.top_bar.panel_requested.connect(stage.toggle_panel)
        self.panel.close_requested.connect(stage.toggle_panel)
        self.sidebar.chat_chosen.connect(lambda _chat_id: self._leave_sidebar_drawer())
        self.sidebar.new_chat_requested.connect(self._leave_sidebar_drawer)
        self.page_made.connect(self._page_made)
        self.composer.state_changed.connect(lambda state: actions.stop.setEnabled(state == "streaming"))
        self.composer.installEventFilter(self)
        self._chat_page.installEventFilter(self)
        self._chat_page.files_dropped.connect(self.files_dropped)
        self._chat_page.export_dropped.connect(self.export_dropped)
        self._chat_page.hovered.connect(self.composer.set_drop_target)
        self._chat_page.typed.connect(self._type)
        self.composer.escaped.connect(self.leave_focus)
        self.notice.left.connect(self._focus_chat)
        self.top_bar.title.left.connect(self.composer.focus)
        self.top_bar.focus_left.connect(lambda: self.focus_on_chat(False))
        actions.changed.connect(self._show_keys)
        self._show_keys()

    # What the parts do

    def _show_ways_in(self) -> None:
        """Show the buttons for what is hidden; pages without a conversation need the bar for them only."""
        in_chat = self._page == "chat"
        alone = in_chat and self.stage.focuses
        hidden_sidebar = not self.stage.shows_sidebar
        self.top_bar.sidebar_button.setVisible(hidden_sidebar and not alone)
        self.top_bar.panel_button.setVisible(in_chat and not self.stage.shows_panel and not alone)
        self.top_bar.set_chat_parts_shown(in_chat, alone=alone)
        self.top_bar.setVisible(in_chat or hidden_sidebar)

    def _page_made(self, name: str) -> None:
        if name == "first_run":
            self.first_run.models_requested.connect(lambda: self.show_page("models"))
            self.first_run.import_requested.connect(self.commands.import_chats.trigger)
        elif name == "settings":
            self.settings_page.show_commands(self.commands.entries)

    def _show_keys(self) -> None:
        """Say in the sidebar, and in the settings, which keys do what now."""
        self.sidebar.show_keys(self.commands.new_chat.shortcut(), self.commands.search.shortcut())
        if self._settings_page is not None:
            self._settings_page.show_commands(self.commands.entries)

    def _leave_sidebar_drawer(self) -> None:
        if self.stage.drawer is self.sidebar:
            self.stage.close_drawer()

    def _close_sheet(self, *, stops_first: bool = True) -> bool:
        """Leave what is open over the page; an editor asks for nothing, but says what was not saved.

        Where it `stops_first`, a text that a model writes in is only left once more is asked for.
        """
        if self._page == "models":
            return self.models_page.close_sheet()
        if self._page == "personas":
            return self.personas_page.close_sheet()
        if self._page == "notebook":
            return self.notebook_page.close_sheet(stops_first=stops_first)
        return self._page == "templates" and self.templates_page.leave_sheet()

    def _focus_chat(self) -> None:
        if self._page == "chat":
            self.composer.focus()

    def _notice_bottom(self) -> int:
        px = self.theme.px
        if self._page == "notebook":
            return self.notebook_page.room_below
        if self._page != "chat":
            return px(24)
        return self.composer.height() + px(COMPOSER_MARGIN) + px(12)
