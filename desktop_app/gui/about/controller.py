"""Connects the About page with what knows of this copy, of newer ones, and of the backups."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from desktop_app.app import App
from desktop_app.domain.backups import Backup
from desktop_app.domain.errors import AppError, ErrorInfo
from desktop_app.domain.hardware import Report
from desktop_app.domain.updates import News, UpdateFile, UpdateSource
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.services.about import Row
from desktop_app.services.events import ServiceEvent, UpdateFound, UpdateProgress
from desktop_app.services.words.error_text import explain
from desktop_app.settings.schema import Settings
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class AboutController(QObject):
    """Reads what the page shows before it is opened, and looks for newer releases when asked to."""

    def __init__(self, app: App, bridge: Bridge, window: MainWindow) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._changes = Newest(bridge)
        self._window = window
        self._asked_on = ""
        window.commands.about.triggered.connect(self._show)
        window.settings_page.about_requested.connect(self._show)
        window.page_made.connect(self._page_made)
        bridge.happened.connect(self._hear)
        bridge.follow(app.settings.changed, self._settings_changed)

    def _show(self) -> None:
        """Show the page once what it shows first is known, so that nothing moves before somebody's eyes."""
        self._asked_on = self._window.page
        self._bridge.when_done(self._app.probing.remembered(), self._read_details)

    def _read_details(self, report: Report | None) -> None:
        self._bridge.when_done(self._app.about.details(report), self._read_backups)

    def _read_backups(self, rows: list[Row]) -> None:
        self._bridge.when_done(self._app.backups.backups(), lambda backups: self._read_source(rows, backups))

    def _read_source(self, rows: list[Row], backups: list[Backup]) -> None:
        def show(source: UpdateSource) -> None:
            page = self._window.about_page
            page.show_details(rows)
            page.show_backups(backups, str(self._app.paths.database))
            page.show_source(is_there=source.is_there)
            if self._window.page == self._asked_on:  # else somebody went on to another page meanwhile
                self._window.show_page("about")

        self._bridge.when_done(self._app.updates.source(), show)

    def _page_made(self, name: str) -> None:
        if name != "about":
            return
        page = self._window.about_page
        page.link_activated.connect(lambda url: QDesktopServices.openUrl(QUrl(url)))
        page.agreed.connect(self._agree)
        page.look_requested.connect(self._look)
        page.fetch_requested.connect(self._fetch)
        page.stop_requested.connect(self._app.updates.stop)
        page.folder_requested.connect(self._show_folder)
        page.show_agreed(self._app.settings.value.updates.look)
        page.ensure_built()
        self._bridge.when_done(self._app.about.parts(), page.show_parts)

    # Updates

    def _settings_changed(self, settings: Settings) -> None:
        if self._window.has_about_page:
            self._window.about_page.show_agreed(settings.updates.look)

    def _agree(self, agreed: bool) -> None:
        try:
            self._app.settings.change("updates", "look", agreed)
        except AppError as error:
            self._bridge.failed.emit(error.info)
        if agreed:
            self._look()

    def _look(self) -> None:
        self._window.about_page.updates.show_looking()
        self._bridge.when_done(self._app.updates.look(), self._read_changes, self._not_found)

    def _not_found(self, error: ErrorInfo) -> None:
        self._window.about_page.updates.show_error(_words(error))

    def _read_changes(self, news: News) -> None:
        """Have what changed read in the pool: it may be long."""
        from desktop_app.gui.models.card_text import read_card

        page = self._window.about_page
        first = self._app.updates.suited(news.files)
        self._changes.when_done(
            self._app.pool.submit(read_card, news.manifest.changes), lambda made: page.show_news(news, made, first)
        )

    def _fetch(self, file: UpdateFile) -> None:
        self._window.about_page.updates.show_progress(file, 0)
        self._app.updates.fetch(file)

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._app.updates.folder)))

    def _hear(self, event: ServiceEvent) -> None:
        match event:
            case UpdateFound(news=news):
                self._tell(news)
            case UpdateProgress() if self._window.has_about_page:
                self._show_progress(event)

    def _tell(self, news: News) -> None:
        """Say quietly that there is a newer release, once in each run."""
        if self._window.has_about_page:
            self._read_changes(news)
        if self._window.is_foremost and self._window.page != "about":
            words = _("There is a newer release of Inglenook: {version}.").format(version=news.manifest.version)
            self._window.notice.show_notice(words, (_("Show"), partial(self._show_news, news)))

    def _show_news(self, news: News) -> None:
        self._show()
        self._read_changes(news)

    def _show_progress(self, progress: UpdateProgress) -> None:
        card = self._window.about_page.updates
        if progress.error is not None:
            card.show_stopped(_words(progress.error))
        elif progress.stopped:
            card.show_stopped()
        elif progress.path:
            card.show_arrived(progress.path)
        else:
            card.show_progress(progress.file, progress.done)


def _words(error: ErrorInfo) -> str:
    explanation = explain(error)
    return explanation.text
