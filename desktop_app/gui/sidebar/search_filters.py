"""The filters of the search in all chats: small menus for the model, the time, the side that wrote, and the place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QMenu, QSizePolicy, QWidget

from desktop_app.domain.messages import Role
from desktop_app.domain.search import SearchFilter
from desktop_app.domain.shelf import Folder, Shelf, Tag
from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.controls import IconButton, RingedButton
from desktop_app.gui.widgets.menu_marks import mark
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.support.formats import begin_of
from desktop_app.support.i18n import _, ngettext

DAYS = (0, 7, 30, 365)
"""The times that are offered: today, and so many days back."""
Where = tuple[str | None, str | None, bool | None]
"""The id of a folder, that of a tag, and whether in the archive; None for what does not matter."""
ANYWHERE: Where = (None, None, None)
Span = tuple[date | None, date | None]
"""The first and the last day that count; None for no bound."""


class FilterButton(RingedButton):
    """A button that shows what is chosen of its menu; it stands out where that is not all."""

    def __init__(self, theme: Theme, name: str, fill: Callable[[QMenu], None], parent: QWidget | None = None) -> None:
        """`fill` makes the menu's entries each time that it is opened."""
        super().__init__(theme, name, parent)
        self._name = name
        self._fill = fill
        self._is_chosen = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._open)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the font."""
        self.setFont(self.theme.font("small"))
        super().apply_theme()

    @property
    def is_chosen(self) -> bool:
        """Whether what is chosen is not all."""
        return self._is_chosen

    def show_choice(self, words: str, *, is_chosen: bool) -> None:
        """Show what is chosen."""
        self._is_chosen = is_chosen
        self.setText(words)
        choice = words if is_chosen else _("any")
        self.setAccessibleName(_("{filter}: {choice}").format(filter=self._name, choice=choice))
        self.setToolTip(self.accessibleName())
        self.update()

    def menu_now(self) -> QMenu:
        """Return the menu; the caller shows it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill(menu)
        return menu

    def sizeHint(self) -> QSize:
        """As high as its target needs; the width is shared with the others."""
        return QSize(self.theme.px(60), self.theme.px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw words and a chevron."""
        px = self.theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = "selected" if self.isDown() else "hover_raised" if self.underMouse() else "raised"
        line = "accent" if self._is_chosen else "control_line"
        paint_box(painter, self.rect(), self.theme, fill=fill, line=line, ring=self.has_ring)
        color = "accent" if self._is_chosen else "text"
        painter.setFont(self.font())
        painter.setPen(self.theme.colors.named(color))
        area = self.rect().adjusted(px(8), 0, -px(20), 0)
        paint_words(painter, placed(self, area, self.rect()), self.text())
        chevron = placed(self, QRectF(self.width() - px(21), 0, px(18), self.height()), self.rect())
        self.theme.paint_icon(painter, chevron, "chevron-down", "muted", 14)
        painter.end()

    def _open(self) -> None:
        self.menu_now().popup(self.mapToGlobal(self.rect().bottomLeft()))


class SearchFilters(Themed, QWidget):
    """The buttons, two in a line, and a star; `changed` tells that another choice was made, `days_requested` asks for two days."""

    changed = Signal()
    days_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._models: Sequence[str] = ()
        self._model = ""
        self._role: Role | None = None
        self._span: Span = (None, None)
        self._span_words = ""
        self._shelf = Shelf()
        self._where: Where = ANYWHERE
        self._where_words = ""
        self.is_starred = False
        self.model = FilterButton(theme, _("Model"), self._fill_models, self)
        self.time = FilterButton(theme, _("Time"), self._fill_times, self)
        self.role = FilterButton(theme, _("Writer"), self._fill_roles, self)
        self.place = FilterButton(theme, _("Place"), self._fill_places, self)
        self.star = IconButton(theme, "star", "", side=28, parent=self)
        self.star.clicked.connect(lambda: self.choose_starred(not self.is_starred))
        self._grid = QGridLayout(self)
        for number, button in enumerate((self.model, self.time, self.role, self.place)):
            self._grid.addWidget(button, number // 2, number % 2)
        self._grid.addWidget(self.star, 0, 2)
        for first, second in pairwise((self.model, self.time, self.role, self.place, self.star)):
            self.setTabOrder(first, second)
        self.apply_theme()
        self._show()

    def apply_theme(self) -> None:
        """Take over the gaps."""
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(self.theme.px(4))
        super().apply_theme()

    def set_models(self, names: Sequence[str]) -> None:
        """Offer these models."""
        self._models = names

    def set_shelf(self, shelf: Shelf) -> None:
        """Offer these folders and tags; one that is chosen goes by its name of now, and is left where it has gone."""
        self._shelf = shelf
        folder, tag, _archived = self._where
        if folder is None and tag is None:
            return
        held: Sequence[Folder | Tag] = shelf.folders if folder is not None else shelf.tags
        name = next((each.name for each in held if each.id == (folder or tag)), None)
        if name is None:
            self.choose_place(ANYWHERE)
        elif name != self._where_words:
            self._where_words = name
            self._show()

    @property
    def is_set(self) -> bool:
        """Whether anything is left out."""
        is_placed = self._span != (None, None) or self._where != ANYWHERE
        return bool(self._model) or self._role is not None or is_placed or self.is_starred

    @property
    def concerns_titles(self) -> bool:
        """Whether chats can be found by their titles: a title has a time, but no star and nobody who wrote it."""
        return not self._model and self._role is None and not self.is_starred

    def chosen(self) -> SearchFilter:
        """Return what is chosen; days are those of the local time zone."""
        first, last = self._span
        folder, tag, archived = self._where
        return SearchFilter(
            model=self._model,
            role=self._role,
            since=begin_of(first) if first is not None else None,
            until=begin_of(last + timedelta(days=1)) if last is not None else None,
            folder=folder,
            tag=tag,
            archived=archived,
            starred=self.is_starred,
        )

    def take_over(self, other: SearchFilters) -> None:
        """Leave out what another one leaves out, named in the language that is spoken now."""
        self._model, self._role, self._span, self._where = other._model, other._role, other._span, other._where
        self.is_starred = other.is_starred
        times = {span: words for words, span in _times()}
        places = {where: words for words, where in _archive_places()}
        self._span_words = times.get(self._span, other._span_words)
        self._where_words = places.get(self._where, other._where_words)
        self._tell()

    def clear(self) -> None:
        """Leave nothing out."""
        self._model, self._role, self._span, self._where = "", None, (None, None), ANYWHERE
        self.is_starred = False
        self._tell()

    def choose_model(self, name: str) -> None:
        """Find only what belongs to one model; empty for all."""
        self._model = name
        self._tell()

    def choose_role(self, role: Role | None) -> None:
        """Find only what one side wrote; None for both."""
        self._role = role
        self._tell()

    def choose_starred(self, starred: bool) -> None:
        """Find only messages that have a star, or all."""
        if starred is self.is_starred:
            return
        self.is_starred = starred
        self._tell()

    def choose_days(self, first: date | None, last: date | None, words: str = "") -> None:
        """Find only what was written from `first` to `last`, both included."""
        self._span, self._span_words = (first, last), words
        self._tell()

    def choose_place(self, where: Where, words: str = "") -> None:
        """Find only what is in a folder, has a tag, or is in the archive or not."""
        self._where, self._where_words = where, words
        self._tell()

    @property
    def span(self) -> Span:
        """The days that are chosen."""
        return self._span

    def _tell(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self.model.show_choice(self._model or _("Model"), is_chosen=bool(self._model))
        self.role.show_choice(_role_name(self._role) if self._role else _("Writer"), is_chosen=self._role is not None)
        words = _("Only starred messages") if not self.is_starred else _("All messages")
        self.star.set_icon("star-on" if self.is_starred else "star", words, "accent" if self.is_starred else "muted")
        has_span = self._span != (None, None)
        self.time.show_choice(self._span_words if has_span else _("Time"), is_chosen=has_span)
        is_placed = self._where != ANYWHERE
        self.place.show_choice(self._where_words if is_placed else _("Place"), is_chosen=is_placed)

    def _fill_models(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        for name in ("", *self._models):
            add_choice(
                self.theme, menu, group, name or _("Any model"), name == self._model, partial(self.choose_model, name)
            )

    def _fill_roles(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        for role in (None, Role.USER, Role.ASSISTANT):
            add_choice(self.theme, menu, group, _role_name(role), role is self._role, partial(self.choose_role, role))

    def _fill_places(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        shelf = self._shelf
        offered = _archive_places()
        offered += [(folder.name, (folder.id, None, None)) for folder in shelf.folders]
        offered += [(tag.name, (None, tag.id, None)) for tag in shelf.tags]
        icons = {True: self.theme.icon("folder"), False: self.theme.icon("tag")}
        for number, (words, where) in enumerate(offered):
            if number == 3 or number == 3 + len(shelf.folders):
                menu.addSeparator()
            shown = words.replace("&", "&&")
            action = add_choice(
                self.theme, menu, group, shown, where == self._where, partial(self.choose_place, where, words)
            )
            folder, tag, _archived = where
            if where != self._where and (folder is not None or tag is not None):
                action.setIcon(icons[folder is not None])

    def _fill_times(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        offered = _times()
        for words, span in offered:
            add_choice(self.theme, menu, group, words, span == self._span, partial(self.choose_days, *span, words))
        menu.addSeparator()
        is_own = self._span not in [span for _words, span in offered]
        add_choice(self.theme, menu, group, _("From … to …"), is_own, self.days_requested.emit)


def _archive_places() -> list[tuple[str, Where]]:
    """Return the places that are no folder and no tag, with their names."""
    return [
        (_("Anywhere"), ANYWHERE),
        (_("In the archive"), (None, None, True)),
        (_("Not in the archive"), (None, None, False)),
    ]


def _times() -> list[tuple[str, Span]]:
    """Return the times that are offered, with their names."""
    today = datetime.now().astimezone().date()
    offered: list[tuple[str, Span]] = [(_("Any time"), (None, None))]
    return offered + [(days_name(days), (today - timedelta(days=max(0, days - 1)), None)) for days in DAYS]


def add_choice(
    theme: Theme, menu: QMenu, group: QActionGroup, words: str, is_chosen: bool, choose: Callable[[], object]
) -> QAction:
    """Add an entry that can be chosen instead of the others of its group."""
    action = menu.addAction(words)
    mark(theme, action, is_chosen)
    group.addAction(action)
    action.triggered.connect(lambda: choose())
    return action


def _role_name(role: Role | None) -> str:
    return {None: _("Anyone"), Role.USER: _("You"), Role.ASSISTANT: _("The model"), Role.SYSTEM: _("The system")}[role]


def days_name(days: int) -> str:
    """Return the last so many days as people say it."""
    if days == 365:
        return _("Last year")
    return ngettext("Last {count} day", "Last {count} days", days).format(count=days) if days else _("Today")
