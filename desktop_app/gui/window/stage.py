"""Lays out sidebar, centre and panel; where there is little room the outer two become drawers."""

from collections.abc import Iterator

from PySide6.QtCore import QEasingCurve, QEvent, QPoint, QPropertyAnimation, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from desktop_app.gui.look.mirroring import is_mirrored, placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.keyboard_focus import KeyboardFocus
from desktop_app.gui.widgets.painting import paint_scrim


class Scrim(Themed, QWidget):
    """Dims what lies behind a drawer; a press on it closes the drawer."""

    pressed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the drawer to be closed."""
        self.pressed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim."""
        painter = QPainter(self)
        paint_scrim(painter, self.rect(), self.theme)
        painter.end()


class Stage(Themed, QWidget):
    """The window's inside. `sidebar_open` and `panel_open` are what the person wants where there is room."""

    changed = Signal()

    def __init__(self, theme: Theme, sidebar: QWidget, centre: QWidget, panel: QWidget, *, moves: bool) -> None:
        QWidget.__init__(self)
        self.theme = theme
        self.sidebar = sidebar
        self.centre = centre
        self.panel = panel
        self.moves = moves
        self.sidebar_open = True
        self.panel_open = True
        self.panel_allowed = True
        self.focuses = False
        self.drawer: QWidget | None = None
        self._focus_before: QWidget | None = None
        for part in (sidebar, centre, panel):
            part.setParent(self)
        self.scrim = Scrim(theme, self)
        self.scrim.pressed.connect(self.close_drawer)
        self._slide = QPropertyAnimation(self)
        self._slide.setPropertyName(b"pos")
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)

    @property
    def has_sidebar_room(self) -> bool:
        """Whether the sidebar stands beside the centre rather than over it; never while the centre is focused on."""
        return not self.focuses and self.width() >= self.theme.px(self.theme.tokens.layout.sidebar_becomes_drawer_below)

    @property
    def has_panel_room(self) -> bool:
        """Whether the panel stands beside the centre rather than over it; never while the centre is focused on."""
        return not self.focuses and self.width() >= self.theme.px(self.theme.tokens.layout.panel_becomes_drawer_below)

    @property
    def shows_sidebar(self) -> bool:
        """Whether the sidebar stands beside the centre now."""
        return self.sidebar_open and self.has_sidebar_room

    @property
    def shows_panel(self) -> bool:
        """Whether the panel stands beside the centre now."""
        return self.panel_open and self.panel_allowed and self.has_panel_room

    def toggle_sidebar(self) -> None:
        """Show or hide the sidebar, as a drawer where there is no room."""
        if self.has_sidebar_room:
            self.sidebar_open = not self.sidebar_open
            self.arrange()
        elif self.drawer is self.sidebar:
            self.close_drawer()
        else:
            self._open_drawer(self.sidebar)

    def toggle_panel(self) -> None:
        """Show or hide the panel, as a drawer where there is no room; only where the page has one."""
        if not self.panel_allowed:
            return
        if self.has_panel_room:
            self.panel_open = not self.panel_open
            self.arrange()
        elif self.drawer is self.panel:
            self.close_drawer()
        else:
            self._open_drawer(self.panel)

    def show_sidebar(self) -> None:
        """Bring the sidebar up, wherever it is."""
        if not self.shows_sidebar and self.drawer is not self.sidebar:
            self.toggle_sidebar()

    def show_panel(self) -> None:
        """Bring the panel up, wherever it is."""
        if not self.shows_panel and self.drawer is not self.panel:
            self.toggle_panel()

    def allow_panel(self, allowed: bool) -> None:
        """Say whether the page has a panel."""
        self.panel_allowed = allowed
        self.arrange()

    def focus_on_centre(self, focuses: bool) -> None:
        """Show nothing beside the centre, or again what was there; both can be had as drawers meanwhile."""
        self.close_drawer()
        self.focuses = focuses
        self.arrange()

    def close_drawer(self) -> None:
        """Close the drawer that is open, and give the focus back."""
        if self.drawer is None:
            return
        held_focus = self.drawer.isAncestorOf(QApplication.focusWidget() or self)
        self.drawer = None
        self.arrange()
        before, self._focus_before = self._focus_before, None
        if held_focus and before is not None and isValid(before) and before.isVisible():
            before.setFocus()

    def arrange(self) -> None:
        """Put every part in its place."""
        self._slide.stop()
        px, layout = self.theme.px, self.theme.tokens.layout
        side_width, panel_width = px(layout.sidebar), px(layout.panel)
        if (self.drawer is self.sidebar and self.has_sidebar_room) or (
            self.drawer is self.panel and (self.has_panel_room or not self.panel_allowed)
        ):
            self.drawer = self._focus_before = None
        left = side_width if self.shows_sidebar else 0
        right = panel_width if self.shows_panel else 0
        panel_width = min(panel_width, self.width())
        for part, begin, width in (
            (self.centre, left, self.width() - left - right),
            (self.sidebar, 0, min(side_width, self.width())),
            (self.panel, self.width() - panel_width, panel_width),
        ):
            part.setGeometry(placed(self, QRect(begin, 0, width, self.height()), self.rect()))
        self.sidebar.setVisible(self.shows_sidebar or self.drawer is self.sidebar)
        self.panel.setVisible(self.shows_panel or self.drawer is self.panel)
        self.scrim.setGeometry(self.rect())
        self.scrim.setVisible(self.drawer is not None)
        if self.drawer is not None:
            self.scrim.raise_()
            self.drawer.raise_()
        self.changed.emit()

    def set_theme_in_parts(self, theme: Theme) -> Iterator[None]:
        """Do so in a turn of its own: with another width of what is beside it, the conversation is laid out anew."""
        self.set_theme(theme)
        yield

    def apply_theme(self) -> None:
        """Lay out at the new text size."""
        self.arrange()
        super().apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out at the new size."""
        self.arrange()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Change sides with the direction in which the window reads."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self.arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close the drawer with Escape."""
        if event.key() == Qt.Key.Key_Escape and self.drawer is not None:
            self.close_drawer()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's own name
        """Keep the focus within an open drawer."""
        moved = super().focusNextPrevChild(next)
        if self.drawer is None:
            return moved
        seen: set[QWidget] = set()
        while (focused := QApplication.focusWidget()) is not None and focused not in seen:
            if self.drawer.isAncestorOf(focused):
                return True
            seen.add(focused)
            super().focusNextPrevChild(next)
        return moved

    def _open_drawer(self, drawer: QWidget) -> None:
        focused = QApplication.focusWidget()
        clicked = isinstance(focused, KeyboardFocus) and focused.hasFocus() and not focused.by_keyboard
        self._focus_before = self._focus_before or focused
        self.drawer = drawer
        self.arrange()
        drawer.setFocus(Qt.FocusReason.OtherFocusReason)
        first = next((child for child in drawer.findChildren(QWidget) if _takes_focus(child)), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason if clicked else Qt.FocusReason.TabFocusReason)
        from PySide6.QtWidgets import QStyle  # hundreds of names, which the first paint does without

        duration = self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration)
        if self.moves and duration and self.isVisible():
            off = -drawer.width() if (drawer is self.sidebar) is not is_mirrored(self) else drawer.width()
            self._slide.setTargetObject(drawer)
            self._slide.setDuration(self.theme.tokens.motion.fast_ms)
            self._slide.setStartValue(drawer.pos() + QPoint(off, 0))
            self._slide.setEndValue(drawer.pos())
            self._slide.start()


def _takes_focus(widget: QWidget) -> bool:
    return widget.isVisible() and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
