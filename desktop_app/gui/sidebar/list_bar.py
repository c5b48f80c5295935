"""The line above the sidebar's list: what is listed, how it is sorted, and a new folder."""

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QActionGroup, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget

from desktop_app.domain.shelf import Tag
from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.sidebar.folder_painter import dot_icon
from desktop_app.gui.sidebar.groups import Sort
from desktop_app.gui.sidebar.search_filters import FilterButton, add_choice
from desktop_app.gui.widgets.controls import IconButton
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.support.i18n import _, pgettext

if TYPE_CHECKING:
    from desktop_app.gui.sidebar.pin_place import PinPlace


_GAP = 1
"""The place of what is free between the buttons."""


class View(StrEnum):
    """What is listed."""

    CHATS = "chats"
    ARCHIVE = "archive"
    TRASH = "trash"


class BarButton(FilterButton):
    """A button with a menu that is no more than words and a chevron until one points at it."""

    def sizeHint(self) -> QSize:
        """As wide as its words, with room for the chevron."""
        px = self.theme.px
        return QSize(QFontMetrics(self.font()).horizontalAdvance(self.text()) + px(32), px(28))

    def minimumSizeHint(self) -> QSize:
        """Long words, and a wide font, leave room for the other button: they end in an ellipsis."""
        return self.sizeHint().boundedTo(QSize(self.theme.px(60), self.theme.px(28)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw words and a chevron."""
        px = self.theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = "selected" if self.isDown() else "hover" if self.underMouse() else None
        paint_box(painter, self.rect(), self.theme, fill=fill, line=None, ring=self.has_ring)
        color = "accent" if self.is_chosen else "muted"
        painter.setFont(self.font())
        painter.setPen(self.theme.colors.named(color))
        area = self.rect().adjusted(px(8), 0, -px(18), 0)
        paint_words(painter, placed(self, area, self.rect()), self.text())
        right = min(area.left() + QFontMetrics(self.font()).horizontalAdvance(self.text()), self.width() - px(20))
        chevron = placed(self, QRectF(right + px(2), 0, px(16), self.height()), self.rect())
        self.theme.paint_icon(painter, chevron, "chevron-down", color, 14)
        painter.end()


class ListBar(Themed, QWidget):
    """Two quiet menus and a button; `changed` tells that something else is to be listed.

    While chats are dragged it is a place to pin them; `pins_dropped` has the ids of those that were dropped there.
    """

    changed = Signal()
    pins_dropped = Signal(list)
    folder_wanted = Signal()
    starred_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.view = View.CHATS
        self.tag: Tag | None = None
        self.sort = Sort.USED
        self._tags: tuple[Tag, ...] = ()
        self._pins: PinPlace | None = None
        self._offers_pins = False
        self.views = BarButton(theme, _("Shown"), self._fill_views, self)
        self.sorts = BarButton(theme, _("Sorted by"), self._fill_sorts, self)
        self.new_folder = IconButton(theme, "folder-new", _("New folder"), side=28, parent=self)
        for button in (self.views, self.sorts):
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.new_folder.clicked.connect(self.folder_wanted)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.views)
        self._row.insertStretch(_GAP, 1)
        self._row.addWidget(self.sorts)
        self._row.addWidget(self.new_folder)
        self.apply_theme()
        self._show()

    def apply_theme(self) -> None:
        """Take over the gaps."""
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(self.theme.px(2))
        super().apply_theme()

    def set_tags(self, tags: tuple[Tag, ...]) -> None:
        """Offer the chats of these tags; one that is shown and has gone is left."""
        self._tags = tags
        if self.tag is not None:
            self.tag = next((tag for tag in tags if tag.id == self.tag.id), None)
            self._show()

    def offer_pins(self, offers: bool) -> None:
        """Be a place to pin chats, or what it was before; as high as that in any case."""
        if self._pins is None:
            from desktop_app.gui.sidebar.pin_place import PinPlace  # few chats are ever dragged

            self._pins = PinPlace(self.theme, self)
            self._pins.dropped.connect(self.pins_dropped)
            self._row.addWidget(self._pins, 1)
        self._pins.setFixedHeight(self.height())
        self._row.setStretch(_GAP, 0 if offers else 1)
        self._offers_pins = offers
        self._show()

    def set_sort(self, sort: Sort) -> None:
        """Show by what chats are sorted, and sort them so."""
        self.sort = sort
        self._tell()

    def choose_view(self, view: View, tag: Tag | None = None) -> None:
        """List all chats, or those of a tag, those in the archive, or those in the trash."""
        self.view, self.tag = view, tag
        self._tell()

    def _tell(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        is_other = self.view is not View.CHATS or self.tag is not None
        words = self.tag.name if self.tag is not None else view_name(self.view)
        self.views.show_choice(words, is_chosen=is_other)
        self.views.setAccessibleName(_("Shown: {choice}").format(choice=words))
        self.sorts.show_choice(sort_name(self.sort), is_chosen=False)
        self.sorts.setAccessibleName(_("Sorted by: {choice}").format(choice=sort_name(self.sort)))
        self.views.setVisible(not self._offers_pins)
        self.sorts.setVisible(not self._offers_pins and self.view is not View.TRASH)
        self.new_folder.setVisible(not self._offers_pins and not is_other)
        if self._pins is not None:
            self._pins.setVisible(self._offers_pins)
        for button in (self.views, self.sorts):
            button.setToolTip(button.accessibleName())
            button.updateGeometry()

    def _fill_views(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        for view in View:
            is_chosen = view is self.view and self.tag is None
            add_choice(self.theme, menu, group, view_name(view), is_chosen, partial(self.choose_view, view))
        menu.addSeparator()
        menu.addAction(self.theme.icon("star"), _("Starred messages"), self.starred_wanted.emit)
        if self._tags:
            menu.addSeparator()
        for tag in self._tags:
            is_chosen = self.tag is not None and tag.id == self.tag.id
            words = tag.name.replace("&", "&&")
            action = add_choice(self.theme, menu, group, words, is_chosen, partial(self.choose_view, View.CHATS, tag))
            if not is_chosen:
                action.setIcon(dot_icon(self.theme, tag.color, self.devicePixelRatioF()))

    def _fill_sorts(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        for sort in Sort:
            add_choice(self.theme, menu, group, sort_name(sort), sort is self.sort, partial(self.set_sort, sort))


def view_name(view: View) -> str:
    """Return what is listed, in words."""
    return {View.CHATS: _("Chats"), View.ARCHIVE: pgettext("place of chats", "Archive"), View.TRASH: _("Trash")}[view]


def sort_name(sort: Sort) -> str:
    """Return what chats are sorted by, in words."""
    return {Sort.USED: pgettext("order of chats", "Last used"), Sort.CREATED: _("Created"), Sort.TITLE: _("Title")}[
        sort
    ]
