"""The right panel: tabs that show how the model works, and steer it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout

from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.page import TabPage
from desktop_app.gui.widgets.controls import Ground, IconButton
from desktop_app.gui.widgets.tabs import Tabs
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.panel.glass.tab import GlassTab
    from desktop_app.gui.panel.prompt.tab import PromptTab
    from desktop_app.gui.panel.sampling.tab import SamplingTab


SAMPLING = "sampling"
GLASS = "glass"
PROMPT = "prompt"


class Panel(Ground):
    """Shows one tab at a time; pages are made when they are first shown, the first one after the panel was painted.

    `tab_shown` carries the name of the tab that came to the front.
    """

    close_requested = Signal()
    tab_shown = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "surface", Qt.Edge.LeftEdge)
        self.setAccessibleName(_("Panel"))
        self.tabs = Tabs(theme, self)
        self.tabs.setAccessibleName(_("Panel"))
        self.close_button = IconButton(theme, "close", _("Close the panel"), side=28, parent=self)
        self.close_button.clicked.connect(self.close_requested)
        self._stack = QStackedWidget(self)
        self._makers: dict[str, Callable[[], TabPage]] = {}
        self._pages: dict[str, TabPage] = {}
        self._add(SAMPLING, _("Sampling"), self._make_sampling)
        self._add(PROMPT, _("Prompt"), self._make_prompt)
        self._add(GLASS, _("Glass box"), self._make_glass)
        self._lay_out()
        self.tabs.currentChanged.connect(self._show)

    @property
    def sampling_tab(self) -> "SamplingTab":
        """The Sampling tab, made when it is first asked for."""
        from desktop_app.gui.panel.sampling.tab import SamplingTab

        page = self.page(SAMPLING)
        assert isinstance(page, SamplingTab)
        return page

    @property
    def prompt_tab(self) -> "PromptTab":
        """The Prompt tab, made when it is first asked for."""
        from desktop_app.gui.panel.prompt.tab import PromptTab

        page = self.page(PROMPT)
        assert isinstance(page, PromptTab)
        return page

    @property
    def glass_tab(self) -> "GlassTab":
        """The Glass box tab, made when it is first asked for."""
        from desktop_app.gui.panel.glass.tab import GlassTab

        page = self.page(GLASS)
        assert isinstance(page, GlassTab)
        return page

    @property
    def tab(self) -> str:
        """The name of the tab shown."""
        return list(self._makers)[self.tabs.currentIndex()]

    def show_tab(self, name: str) -> None:
        """Bring a tab to the front; raises ValueError for an unknown one."""
        self.tabs.setCurrentIndex(list(self._makers).index(name))

    def page(self, name: str) -> TabPage:
        """Return a tab's page, made when it is first asked for."""
        if not self._pages and name != self.tab:
            self.page(self.tab)  # the first one made is the one shown
        if name not in self._pages:
            page = self._pages[name] = self._makers[name]()
            self._stack.addWidget(page)
        return self._pages[name]

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        set_margins(self._outer, px(16) + 1, px(12), 0, 0)
        self._outer.setSpacing(px(8))
        set_margins(self._top, 0, 0, px(10), 0)
        self._top.setSpacing(px(4))
        super().apply_theme()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground; the page of the first tab comes with the next turn of the event loop."""
        super().paintEvent(event)
        if not self._pages:
            QTimer.singleShot(0, self, lambda: self.page(self.tab))

    def _make_sampling(self) -> TabPage:
        from desktop_app.gui.panel.sampling.tab import SamplingTab  # the first paint does without it

        return SamplingTab(self.theme)

    def _make_prompt(self) -> TabPage:
        from desktop_app.gui.panel.prompt.tab import PromptTab  # the first paint does without it

        return PromptTab(self.theme)

    def _make_glass(self) -> TabPage:
        from desktop_app.gui.panel.glass.tab import GlassTab  # the first paint does without it

        return GlassTab(self.theme)

    def _add(self, name: str, title: str, make: Callable[[], TabPage]) -> None:
        self._makers[name] = make
        self.tabs.addTab(title)

    def _lay_out(self) -> None:
        self._top = QHBoxLayout()
        self._top.addWidget(self.tabs, 1)
        self._top.addWidget(self.close_button)
        self._outer = QVBoxLayout(self)
        self._outer.addLayout(self._top)
        self._outer.addWidget(self._stack, 1)
        self.apply_theme()

    def _show(self, index: int) -> None:
        name = list(self._makers)[index]
        self._stack.setCurrentWidget(self.page(name))
        self.tab_shown.emit(name)
