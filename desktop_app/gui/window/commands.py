"""What the commands that concern the window alone do."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class WindowCommands(QObject):
    """Connects the window's actions with its parts; what they mean for chats and models is the controllers' business."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        actions, sidebar, stage = window.commands, window.sidebar, window.stage
        actions.new_chat.triggered.connect(sidebar.new_chat_requested)
        actions.search.triggered.connect(self._search)
        actions.rename.triggered.connect(self._rename)
        actions.delete.triggered.connect(sidebar.delete_current)
        actions.stop.triggered.connect(self._stop)
        actions.focus_composer.triggered.connect(lambda: window.show_page("chat"))
        actions.models.triggered.connect(lambda: sidebar.page_requested.emit("models"))
        window.top_bar.models_requested.connect(actions.models.trigger)
        actions.choose_file.triggered.connect(window.top_bar.file_requested)
        actions.templates.triggered.connect(lambda: sidebar.page_requested.emit("templates"))
        actions.notebook.triggered.connect(lambda: sidebar.page_requested.emit("notebook"))
        actions.settings.triggered.connect(lambda: sidebar.page_requested.emit("settings"))
        actions.hardware.triggered.connect(self._show_hardware)
        sidebar.tour_requested.connect(actions.tour.trigger)
        actions.toggle_sidebar.triggered.connect(stage.toggle_sidebar)
        actions.toggle_panel.triggered.connect(stage.toggle_panel)
        actions.focus_mode.triggered.connect(window.focus_on_chat)
        actions.palette.triggered.connect(lambda: window.command_palette.open())
        actions.close_window.triggered.connect(window.close)
        actions.quit.triggered.connect(window.quit_requested)

    def _search(self) -> None:
        self._window.stage.show_sidebar()
        self._window.sidebar.focus_search()

    def _rename(self) -> None:
        window = self._window
        shows_list = window.stage.shows_sidebar or window.stage.drawer is window.sidebar
        if not (shows_list and window.sidebar.rename_current()):
            window.show_page("chat")  # where its title is
            if not window.top_bar.title.begin():
                window.notice.show_notice(_("Open a chat first. A temporary one gets its title when it is kept."))

    def _show_hardware(self) -> None:
        self._window.show_page("settings")
        self._window.settings_page.go_to_hardware()

    def _stop(self) -> None:
        """Escape closes what lies on top first, then leaves an edit, and stops the answer when there is neither."""
        if not self._window.close_top():
            self._window.composer.escape()
