"""A window with the pages beside the conversation, each made when it is first asked for: the first paint does without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QChildEvent, QEvent, Signal
from PySide6.QtWidgets import QMainWindow, QStackedWidget
from shiboken6 import isValid

from desktop_app.gui.look.theme import Theme
from desktop_app.settings.schema import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from desktop_app.gui.about.page import AboutPage
    from desktop_app.gui.branches.alternatives_page import AlternativesPage
    from desktop_app.gui.chat_map.page import MapPage
    from desktop_app.gui.data.page import DataPage
    from desktop_app.gui.first_run.page import FirstRunPage
    from desktop_app.gui.models.page import ModelsPage
    from desktop_app.gui.moving_in.page import MovingInPage
    from desktop_app.gui.notebook.page import NotebookPage
    from desktop_app.gui.personas.page import PersonasPage
    from desktop_app.gui.personas.picture import Pictures
    from desktop_app.gui.receipts.compare_page import ComparePage
    from desktop_app.gui.settings.page import SettingsPage
    from desktop_app.gui.templates.page import TemplatesPage
    from desktop_app.gui.tour.page import TourPage

PAGES = {
    "first_run": "first_run",
    "models": "models_page",
    "templates": "templates_page",
    "personas": "personas_page",
    "settings": "settings_page",
    "compare": "compare_page",
    "alternatives": "alternatives_page",
    "tour": "tour_page",
    "map": "map_page",
    "about": "about_page",
    "data": "data_page",
    "moving_in": "moving_in_page",
    "notebook": "notebook_page",
}
"""The attribute of each page beside the conversation."""


class PagedWindow(QMainWindow):
    """Has a stack of `pages`; `page_made` names one of PAGES that was just made."""

    page_made = Signal(str)

    def __init__(self, theme: Theme, settings: Settings) -> None:
        super().__init__()
        self.theme = theme
        self.pages = QStackedWidget()
        self._settings = settings
        self._first_run: FirstRunPage | None = None
        self._models_page: ModelsPage | None = None
        self._templates_page: TemplatesPage | None = None
        self._personas_page: PersonasPage | None = None
        self._pictures: Pictures | None = None
        self._settings_page: SettingsPage | None = None
        self._compare_page: ComparePage | None = None
        self._alternatives_page: AlternativesPage | None = None
        self._tour_page: TourPage | None = None
        self._map_page: MapPage | None = None
        self._about_page: AboutPage | None = None
        self._data_page: DataPage | None = None
        self._moving_in_page: MovingInPage | None = None
        self._notebook_page: NotebookPage | None = None

    def childEvent(self, event: QChildEvent) -> None:
        """Give Qt's own dialogs for files our icons before they are seen."""
        if event.type() == QEvent.Type.ChildPolished and event.child().inherits("QFileDialog"):
            from desktop_app.gui.widgets.file_dialog import give_icons  # the first paint does without such dialogs

            give_icons(event.child(), self.theme)
        super().childEvent(event)

    def let_pages_go_in_parts(self, theme: Theme | None = None) -> Iterator[None]:
        """Let the pages of many widgets have none while they are out of sight, a part of them with each step.

        They make them again when they are shown. One in sight has none, either, where `theme` has it make them anew.
        """
        for page in (self._models_page, self._templates_page, self._personas_page, self._settings_page):
            if page is not None and isValid(page):  # the window may have been closed meanwhile
                yield from page.let_go_in_parts(theme)

    @property
    def first_run(self) -> FirstRunPage:
        """What a new user sees first, made when it is first asked for."""
        if self._first_run is None:
            from desktop_app.gui.first_run.page import FirstRunPage
            from desktop_app.services.models.library import find_starter

            self._first_run = FirstRunPage(self.theme, has_starter=find_starter() is not None)
            self.pages.addWidget(self._first_run)
            self.page_made.emit("first_run")
        return self._first_run

    @property
    def settings_page(self) -> SettingsPage:
        """The settings, made when they are first asked for."""
        if self._settings_page is None:
            from desktop_app.gui.settings.page import SettingsPage

            self._settings_page = SettingsPage(self.theme)
            self._settings_page.set_settings(self._settings)
            self.pages.addWidget(self._settings_page)
            self.page_made.emit("settings")
        return self._settings_page

    @property
    def models_page(self) -> ModelsPage:
        """The page of models, made when it is first asked for: the first paint does without it."""
        if self._models_page is None:
            from desktop_app.gui.models.page import ModelsPage  # it brings the planner and the hub's values with it

            self._models_page = ModelsPage(self.theme)
            self.pages.addWidget(self._models_page)
            self.page_made.emit("models")
        return self._models_page

    def set_pictures(self, pictures: Pictures) -> None:
        """Take what draws the pictures of personas; their page needs it."""
        self._pictures = pictures

    @property
    def has_personas_page(self) -> bool:
        """Whether the page of personas was made."""
        return self._personas_page is not None

    @property
    def personas_page(self) -> PersonasPage:
        """The page of personas, made when it is first asked for."""
        if self._personas_page is None:
            from desktop_app.gui.personas.page import PersonasPage

            assert self._pictures is not None
            self._personas_page = PersonasPage(self.theme, self._pictures)
            self.pages.addWidget(self._personas_page)
            self.page_made.emit("personas")
        return self._personas_page

    @property
    def templates_page(self) -> TemplatesPage:
        """The page of prompt templates, made when it is first asked for."""
        if self._templates_page is None:
            from desktop_app.gui.templates.page import TemplatesPage

            self._templates_page = TemplatesPage(self.theme)
            self.pages.addWidget(self._templates_page)
            self.page_made.emit("templates")
        return self._templates_page

    @property
    def compare_page(self) -> ComparePage:
        """Two answers side by side, made when it is first asked for."""
        if self._compare_page is None:
            from desktop_app.gui.receipts.compare_page import ComparePage

            self._compare_page = ComparePage(self.theme)
            self.pages.addWidget(self._compare_page)
        return self._compare_page

    @property
    def alternatives_page(self) -> AlternativesPage:
        """Answers to one question side by side, made when it is first asked for."""
        if self._alternatives_page is None:
            from desktop_app.gui.branches.alternatives_page import AlternativesPage

            self._alternatives_page = AlternativesPage(self.theme)
            self.pages.addWidget(self._alternatives_page)
            self.page_made.emit("alternatives")
        return self._alternatives_page

    @property
    def has_tour_page(self) -> bool:
        """Whether the page of the guided tour was made."""
        return self._tour_page is not None

    @property
    def tour_page(self) -> TourPage:
        """The guided tour, made when it is first asked for."""
        if self._tour_page is None:
            from desktop_app.gui.tour.page import TourPage

            self._tour_page = TourPage(self.theme)
            self.pages.addWidget(self._tour_page)
            self.page_made.emit("tour")
        return self._tour_page

    @property
    def map_page(self) -> MapPage:
        """The map of the chats, made when it is first asked for."""
        if self._map_page is None:
            from desktop_app.gui.chat_map.page import MapPage

            self._map_page = MapPage(self.theme)
            self.pages.addWidget(self._map_page)
            self.page_made.emit("map")
        return self._map_page

    @property
    def has_about_page(self) -> bool:
        """Whether the About page was made."""
        return self._about_page is not None

    @property
    def about_page(self) -> AboutPage:
        """Which release this is and what it is made of, made when it is first asked for."""
        if self._about_page is None:
            from desktop_app.gui.about.page import AboutPage

            self._about_page = AboutPage(self.theme)
            self.pages.addWidget(self._about_page)
            self.page_made.emit("about")
        return self._about_page

    @property
    def data_page(self) -> DataPage:
        """Where a person's data is and what it tells, made when it is first asked for."""
        if self._data_page is None:
            from desktop_app.gui.data.page import DataPage

            self._data_page = DataPage(self.theme)
            self.pages.addWidget(self._data_page)
            self.page_made.emit("data")
        return self._data_page

    @property
    def moving_in_page(self) -> MovingInPage:
        """The page that brings chats in, made when it is first asked for."""
        if self._moving_in_page is None:
            from desktop_app.gui.moving_in.page import MovingInPage

            self._moving_in_page = MovingInPage(self.theme)
            self.pages.addWidget(self._moving_in_page)
            self.page_made.emit("moving_in")
        return self._moving_in_page

    @property
    def notebook_page(self) -> NotebookPage:
        """The texts that a model goes on with, made when they are first asked for."""
        if self._notebook_page is None:
            from desktop_app.gui.notebook.page import NotebookPage

            self._notebook_page = NotebookPage(self.theme)
            self.pages.addWidget(self._notebook_page)
            self.page_made.emit("notebook")
        return self._notebook_page
