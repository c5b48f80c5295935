"""Which buttons do what an action does, so that their tooltips say its shortcut: the one place that ties them together."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from shiboken6 import isValid

from desktop_app.gui.widgets.controls import RingedButton

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class KeyTips(QObject):
    """Follows the shortcuts that actions get, and the pages, whose buttons are made when they are shown."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._tied: list[tuple[RingedButton, QAction]] = []

    def begin(self) -> None:
        """Have the buttons of the window name their keys, and those of pages that are made from now on."""
        window = self._window
        actions, sidebar, top_bar = window.commands, window.sidebar, window.top_bar
        for button, action in (
            (sidebar.bar.new_folder, actions.new_folder),
            (sidebar.filters.star, actions.show_starred),
            (sidebar.models, actions.models),
            (sidebar.templates, actions.templates),
            (sidebar.notebook, actions.notebook),
            (sidebar.tour, actions.tour),
            (sidebar.settings, actions.settings),
            (top_bar.sidebar_button, actions.toggle_sidebar),
            (top_bar.branches_button, actions.branch_map),
            (top_bar.panel_button, actions.toggle_panel),
            (top_bar.leave_focus, actions.focus_mode),
            (window.panel.close_button, actions.toggle_panel),
            (window.composer.attach, actions.attach),
        ):
            self.tie(button, action)
        actions.changed.connect(self._show)
        window.page_made.connect(self._page_made)

    def tie(self, button: RingedButton, action: QAction) -> None:
        """Have the tooltip of `button` say the shortcut of `action`, whichever that gets, for as long as there is the button."""
        self._forget_gone()  # a page that is made again has other buttons
        self._tied.append((button, action))
        button.set_keys(action.shortcut())

    def _forget_gone(self) -> None:
        self._tied = [(button, action) for button, action in self._tied if isValid(button)]

    def _show(self) -> None:
        self._forget_gone()
        for button, action in self._tied:
            button.set_keys(action.shortcut())

    def _page_made(self, name: str) -> None:
        window = self._window
        if name == "models":
            window.models_page.built.connect(self._tie_models)
        elif name == "templates":
            window.templates_page.built.connect(self._tie_templates)
        elif name == "notebook":
            self._tie_notebook()
        elif name == "settings":
            window.settings_page.whole.connect(self._tie_settings)  # to ask for a card before has all made

    def _tie_models(self) -> None:
        self.tie(self._window.models_page.choose_button, self._window.commands.choose_file)

    def _tie_notebook(self) -> None:
        view, actions = self._window.notebook_page.writing, self._window.commands
        self.tie(view.again, actions.text_again)
        self.tie(view.previous, actions.previous_take)
        self.tie(view.next, actions.next_take)

    def _tie_templates(self) -> None:
        page, actions = self._window.templates_page, self._window.commands
        self.tie(page.new_button, actions.new_template)
        self.tie(page.import_button, actions.import_templates)

    def _tie_settings(self) -> None:
        page, actions = self._window.settings_page, self._window.commands
        assert page.hardware_card is not None
        assert page.chats_card is not None
        self.tie(page.hardware_card.measure, actions.measure)
        self.tie(page.chats_card.back_up, actions.back_up)
        self.tie(page.chats_card.restore, actions.restore_chat)
        self.tie(page.chats_card.export, actions.export_all)
        self.tie(page.chats_card.bring, actions.import_chats)
