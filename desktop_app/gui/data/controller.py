"""Connects the page about a person's data with what looks it through, counts it and deletes it."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.own_data import DataKind, DataPlace, Erasure
from desktop_app.domain.sizes import readable_size
from desktop_app.domain.statistics import Statistics
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.gui.system.folders import show_in_folder
from desktop_app.services.background.jobs import Job
from desktop_app.services.words.error_text import explain
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class DataController(QObject):
    """Looks whenever the page is opened, and again after something was deleted."""

    def __init__(self, app: App, bridge: Bridge, window: "MainWindow") -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._looks = Newest(bridge)
        self._window = window
        self._places: list[DataPlace] = []
        self._counting: Job[Statistics] | None = None
        window.commands.own_data.triggered.connect(self._show)
        window.settings_page.data_requested.connect(self._show)
        window.page_made.connect(self._page_made)

    def _show(self) -> None:
        """Show the page once it is known what there is, so that nothing moves before somebody's eyes."""
        asked_on = self._window.page

        def open_page() -> None:
            if self._window.page == asked_on:  # else somebody went on to another page meanwhile
                self._window.show_page("data")
                self._count()

        self._looks.when_done(self._app.own_data.look().future, self._show_places, after=open_page)

    def _page_made(self, name: str) -> None:
        if name != "data":
            return
        page = self._window.data_page
        page.show_requested.connect(lambda path: show_in_folder(Path(path)))
        page.delete_requested.connect(self._ask_to_delete)
        page.erase_requested.connect(self._ask_to_erase)

    def _show_places(self, places: list[DataPlace]) -> None:
        self._places = places
        self._window.data_page.show_places(places)

    def _count(self) -> None:
        """Count once at a time; another look at the page gives up the count before."""
        if self._counting is not None:
            self._counting.cancel()
        self._counting = counting = self._app.own_data.statistics()
        self._bridge.when_done(counting.future, self._show_statistics, self._not_counted)

    def _show_statistics(self, statistics: Statistics) -> None:
        self._window.data_page.show_statistics(statistics, datetime.now().astimezone().date())

    def _not_counted(self, error: ErrorInfo) -> None:
        explanation = explain(error)
        self._window.data_page.show_trouble(explanation.text)

    # Deleting

    def _ask_to_delete(self, place: DataPlace) -> None:
        from desktop_app.gui.data.words import loss, title
        from desktop_app.gui.dialogs.confirm import ConfirmDialog  # few sessions need it

        heading = _("Delete this: {name}?").format(name=title(place.kind))
        freed = _("{size} will be free.").format(size=readable_size(place.size))
        words = paragraph([freed, loss(place.kind)])
        dialog = ConfirmDialog(self._window.theme, heading, words, _("Delete"), self._window)
        dialog.confirmed.connect(partial(self._delete, place.kind))
        dialog.open()

    def _delete(self, kind: DataKind) -> None:
        def deleted(erased: Erasure) -> None:
            self._window.notice.show_notice(_("{size} is free now.").format(size=readable_size(erased.size)))
            self._look_again()

        def failed(error: ErrorInfo) -> None:
            self._bridge.failed.emit(error)
            self._look_again()

        self._bridge.when_done(self._app.own_data.delete(kind).future, deleted, failed)

    def _look_again(self) -> None:
        self._looks.when_done(self._app.own_data.look().future, self._show_places)

    def _ask_to_erase(self) -> None:
        from desktop_app.gui.data.erase_dialog import EraseDialog

        models = next((place.size for place in self._places if place.kind is DataKind.MODELS), 0)
        dialog = EraseDialog(self._window.theme, readable_size(models) if models else "", self._window)
        dialog.confirmed.connect(self._erase)
        dialog.open()

    def _erase(self, models: bool) -> None:
        """Order it, and close all windows, after which it is carried out."""

        def ordered(_nothing: None) -> None:
            self._window.quit_requested.emit()

        self._bridge.when_done(self._app.own_data.order_erasure(models=models).future, ordered)
