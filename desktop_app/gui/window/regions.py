"""The parts of the window, for the key that goes from one to the next."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class Regions(QObject):
    """Goes from one part of the window to the next, and there to what had the keyboard last."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._left: dict[QWidget, QWidget] = {}
        window.commands.next_part.triggered.connect(lambda: self.go(1))
        window.commands.previous_part.triggered.connect(lambda: self.go(-1))

    def go(self, by: int) -> None:
        """Go on by one part, or back by one (-1); where the keyboard is in none, to the first or last one."""
        parts = [part for part in self._parts() if _stops(part)]
        focused = QApplication.focusWidget()
        here = next((part for part in parts if focused is not None and _holds(part, focused)), None)
        if here is not None and focused is not None:
            self._left[here] = focused
        if not parts:
            return
        place = (parts.index(here) + by) % len(parts) if here is not None else min(by, 0)
        target = parts[place]
        stops = _stops(target)
        before = self._left.get(target)
        (before if before in stops else stops[0]).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _parts(self) -> list[QWidget]:
        window = self._window
        if window.stage.drawer is not None:
            return [window.stage.drawer]
        page: list[QWidget] = [window.pages]
        if window.page == "chat":
            page = [window.chat_slot, window.composer]
        return [window.sidebar, window.top_bar, *page, window.notice, window.panel]


def _holds(part: QWidget, widget: QWidget) -> bool:
    return part is widget or part.isAncestorOf(widget)


def _stops(part: QWidget) -> list[QWidget]:
    """Return what Tab comes to in a part, as it is read: from the top, and each row from its beginning.

    Qt's own chain is not asked: its binding would let go of widgets that Qt made, with whoever stands before them.
    """
    found = [widget for widget in [part, *part.findChildren(QWidget)] if _is_stop(widget)]
    sign = -1 if part.layoutDirection() == Qt.LayoutDirection.RightToLeft else 1
    places = {widget: widget.mapTo(part, widget.rect().center()) for widget in found}
    return sorted(found, key=lambda widget: (places[widget].y(), sign * places[widget].x()))


def _is_stop(widget: QWidget) -> bool:
    takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
    return takes and widget.isEnabled() and widget.isVisible()
