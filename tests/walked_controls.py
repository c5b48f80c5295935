"""Walks what can be seen of a window as somebody does who does not see it: names, roles, and the way that Tab takes."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QRadioButton,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QWidget,
)

from desktop_app.gui.chat.rows.text_row import TextRow
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.window.main_window import MainWindow

OPERATED = (QAbstractButton, QAbstractItemView, QAbstractSlider, QComboBox, QLineEdit, QPlainTextEdit, QTabBar,
            QTextEdit)  # fmt: skip
Role = QAccessible.Role
ROLES = {
    Role.Button, Role.CheckBox, Role.RadioButton, Role.ButtonMenu, Role.ComboBox, Role.EditableText, Role.Slider,
    Role.ScrollBar, Role.SpinBox, Role.List, Role.Table, Role.PageTabList, Role.PageTab, Role.StaticText, Role.Chart,
    Role.Grouping, Role.HotkeyField,
}  # fmt: skip
"""What a control may be; Client, Pane and Window say nothing of how one is used."""
KINDS = {
    "name": "has no name",
    "role": "does not say what it is",
    "unique": "cannot be told from another one",
    "painted": "is painted, and says nothing",
    "trap": "does not let the keyboard go",
    "back": "goes another way back",
    "reached": "cannot be reached by Tab",
    "order": "comes before what stands above it or where a line begins",
    "strange": "is nothing that can be used",
    "unseen": "has the keyboard out of sight",
    "ring": "does not show that the keyboard is at it",
}
"""What can be wrong with something on a screen."""
DECORATION = {"AppIcon", "PersonaPicture", "Rule"}
"""Painted widgets that say nothing which is not said in words beside them."""
MOST_PRESSES = 900
MOST_STAYS = 40
"""Presses of Tab within one widget, after which it is a trap."""
ROW_PIXELS = 12
"""Controls whose middles are so near stand in one row."""
RING_REACH = 4
CARET_PIXELS = 8
MOST_LOOKS, LOOK_MS = 20, 50
"""How often, and how far apart, something is looked at that may need some events to come true."""


@dataclass(frozen=True)
class Control:
    """One control that can be used now, and what assistive technology is told of it."""

    widget: QWidget
    name: str
    role: QAccessible.Role

    def __str__(self) -> str:
        parent = type(self.widget.parentWidget()).__name__
        return f"{type(self.widget).__name__} “{self.name}” ({self.role.name}) in {parent}"


def controls(root: QWidget) -> list[Control]:
    """Return every visible control in `root` that a person can use."""
    return [_control(widget) for widget in [root, *root.findChildren(QWidget)] if _is_operated(widget, root)]


def _control(widget: QWidget) -> Control:
    interface = QAccessible.queryAccessibleInterface(widget)
    name = interface.text(QAccessible.Text.Name)
    if isinstance(widget, QComboBox):  # on Linux, Qt says what is chosen here, and names it otherwise
        is_named = interface.relations(QAccessible.RelationFlag.Label) or interface.text(QAccessible.Text.Description)
        name = widget.accessibleName() if is_named else ""
    return Control(widget, name, interface.role())


def _is_operated(widget: QWidget, root: QWidget) -> bool:
    if not widget.isVisibleTo(root) or not widget.isEnabled() or widget.size().isEmpty():
        return False
    if widget.window() is not root.window() or widget.focusProxy() is not None or isinstance(widget, QHeaderView):
        return False
    if isinstance(widget, QScrollBar) or isinstance(widget.parentWidget(), QComboBox):
        return isinstance(widget, QScrollBar) and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
    return isinstance(widget, OPERATED) or widget.focusPolicy() != Qt.FocusPolicy.NoFocus


def says_something(name: str) -> bool:
    """Whether a name is words rather than nothing, a glyph or an icon's code."""
    return any(unicodedata.category(letter)[0] in "LN" for letter in name)


def container(control: Control) -> QWidget:
    """Return the nearest part around a control that has a name of its own, or the window."""
    around = control.widget.parentWidget()
    while around is not None and around.parentWidget() is not None and not around.accessibleName():
        around = around.parentWidget()
    return around or control.widget


def on_top(window: QWidget) -> QWidget:
    """Return what lies over a window and keeps the keyboard to itself, or the window."""
    dialog = QApplication.activeModalWidget()
    if dialog is not None and dialog.parentWidget() is not None and dialog.parentWidget().window() is window:
        return dialog
    if isinstance(window, MainWindow):
        palette = window._command_palette
        if palette is not None and palette.isVisible():
            return palette
        if window.stage.drawer is not None:
            return window.stage.drawer
    return window


def tab_path(
    root: QWidget, key: Qt.Key = Qt.Key.Key_Tab, come: Callable[[QWidget], None] = lambda _widget: None
) -> list[QWidget]:
    """Press a key until the focus comes back to where it was first; return the widgets that had it, each once in a row.

    `come` is called with each that has it for the first time.

    A widget may keep it for some presses: a text goes from link to link, a date from its day to its month.
    """
    path: list[QWidget] = []
    stays = 0
    for _ in range(MOST_PRESSES):
        QTest.keyClick(root.window().focusWidget() or root.window(), key)
        focused = root.window().focusWidget()
        if focused is None or (path and focused is not path[-1] and focused in path):
            return path if focused is None else [*path, focused]
        stays = stays + 1 if path and focused is path[-1] else 0
        if stays > MOST_STAYS:
            return [*path, focused]
        if not stays:
            path.append(focused)
            come(focused)
    return path


def in_order_of_chain(path: list[QWidget], root: QWidget) -> list[QWidget]:
    """Turn a closed way so that it begins with what comes first in the window."""
    places: dict[QWidget, int] = {}
    widget: QWidget | None = root.window()
    while widget is not None and widget not in places:
        places[widget] = len(places)
        widget = widget.nextInFocusChain()
    first = min(range(len(path)), key=lambda number: places.get(path[number], len(places)))
    return path[first:] + path[:first]


def goes_back(before: QWidget, after: QWidget, root: QWidget) -> bool:
    """Whether Tab goes from one control to another of the same part that stands above it, or where a line begins."""
    if before.parentWidget() is not after.parentWidget():
        return False
    first, second = _place(before, root), _place(after, root)
    is_in_next_column = second.left() > first.right()
    if abs(second.center().y() - first.center().y()) < ROW_PIXELS:
        return second.right() <= first.left()
    return second.bottom() <= first.top() and not is_in_next_column


def _place(widget: QWidget, root: QWidget) -> QRect:
    """Return where a widget is in the window; mirrored where that reads from the right."""
    place = QRect(widget.mapTo(root.window(), QPoint(0, 0)), widget.size())
    if root.layoutDirection() is Qt.LayoutDirection.RightToLeft:
        place.moveLeft(-place.left() - place.width())
    return place


class Way:
    """The way that the keyboard takes through a window, and where it goes back."""

    def __init__(self, root: QWidget) -> None:
        self._root = root
        self._widgets: list[QWidget] = []
        self._backwards: list[tuple[QWidget, QWidget]] = []

    def go_to(self, widget: QWidget) -> None:
        """Note how the way goes on: now, since what it comes from may be scrolled out of sight later.

        Rows of a conversation that come into sight meanwhile get their place in the order only then.
        """
        if self._widgets and goes_back(self._widgets[-1], widget, self._root) and not is_cut_row(widget):
            self._backwards.append((self._widgets[-1], widget))
        self._widgets.append(widget)

    def backwards(self) -> list[tuple[QWidget, QWidget]]:
        """Return the pairs of which the second stands before the first, from the last one to the first among them."""
        ends = (self._widgets[-1], self._widgets[0])
        return [*self._backwards, ends] if goes_back(*ends, self._root) else self._backwards


def changed_pixels(before: QImage, after: QImage) -> int:
    """Return how many pixels differ."""
    return int((_pixels(before) != _pixels(after)).sum())


def _pixels(image: QImage) -> np.ndarray:
    """Return the colours of `image`, one number for each pixel."""
    same = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(bytes(same.constBits()), np.uint32)


@dataclass
class Walk:
    """What was found on all screens so far: what is wrong, by its kind, with the first screen that shows it."""

    findings: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    screens: int = 0
    controls: int = 0
    ringed: set[tuple[str, str]] = field(default_factory=set)

    def screen(self, window: QWidget, name: str) -> None:
        """Look at everything in `window`."""
        self.screens += 1
        if isinstance(window, QMenu):
            self._menu(window, name)
            return
        root = on_top(window)
        root.activateWindow()
        found = controls(root)
        self.controls += len(found)
        self._painted(root, name)
        self._names(found, name)
        self._keyboard(root, found, name)

    def told(self) -> list[str]:
        """Return what is wrong, as sentences."""
        return [
            f"{what} {KINDS[kind]}, first on {screen}"
            for kind, found in self.findings.items()
            for what, screen in found.items()
        ]

    def _note(self, kind: str, what: str, screen: str) -> None:
        self.findings[kind].setdefault(what, screen)

    def _menu(self, menu: QMenu, screen: str) -> None:
        self.controls += len(menu.actions())
        for action in menu.actions():
            if not action.isSeparator() and not says_something(action.text()):
                self._note("name", f"an entry of the menu {menu.title()}", screen)

    def _painted(self, root: QWidget, screen: str) -> None:
        for widget in root.findChildren(QWidget):
            kind = type(widget)
            paints = any(
                "paintEvent" in base.__dict__ for base in kind.__mro__ if base.__module__.startswith("desktop_app")
            )
            if isinstance(widget, QLabel | QScrollBar):  # the text of one is its name; the other says its value
                continue
            if not paints or kind.__name__ in DECORATION or not widget.isVisibleTo(root) or widget.size().isEmpty():
                continue
            if any(child.isVisibleTo(widget) for child in widget.findChildren(QWidget)):
                continue
            interface = QAccessible.queryAccessibleInterface(widget)
            if interface.role() == Role.Client or not says_something(interface.text(QAccessible.Text.Name)):
                self._note("painted", f"{kind.__name__} “{widget.accessibleName()}”", screen)

    def _names(self, found: list[Control], screen: str) -> None:
        alike: dict[tuple[int, QAccessible.Role, str], list[Control]] = defaultdict(list)
        for control in found:
            if not says_something(control.name):
                self._note("name", str(control), screen)
            if control.role not in ROLES:
                self._note("role", str(control), screen)
            alike[(id(container(control)), control.role, control.name)].append(control)
        for same in alike.values():
            if len(same) > 1:
                self._note("unique", f"{len(same)} times {same[0]}", screen)

    def _keyboard(self, root: QWidget, found: list[Control], screen: str) -> None:
        if not found:  # a picture alone, as of the icon in the tray
            return
        way = Way(root)

        def come(widget: QWidget) -> None:
            self._come(widget, screen)
            way.go_to(widget)

        path = tab_path(root, come=come)
        if len(path) < 2 or path[-1] is not path[0]:
            self._note("trap", f"{type(path[-1]).__name__ if path else 'nothing takes the focus'}", screen)
            return
        loop = in_order_of_chain(path[:-1], root)
        if outside_chats(tab_path(root, Qt.Key.Key_Backtab)) != outside_chats(loop):
            self._note("back", "Shift+Tab goes another way than Tab", screen)
        for control in found:
            if control.widget not in loop and not _is_reached_otherwise(control, loop):
                self._note("reached", str(control), screen)
        for before, after in pairwise(loop):
            if (before, after) in way.backwards():
                self._note("order", f"{_control(before)}, then {_control(after)}", screen)
        for widget in loop:
            if not _is_operated(widget, root) or (widget is not root and not root.isAncestorOf(widget)):
                self._note("strange", f"{type(widget).__name__} “{widget.accessibleName()}” takes the focus", screen)

    def _come(self, widget: QWidget, screen: str) -> None:
        """Look at one widget that the keyboard has come to, and at the ring of the first one of each kind."""
        # a page that is built bit by bit may just have grown above it
        if not soon(lambda: not seen_part(widget).isEmpty()):
            self._note("unseen", str(_control(widget)), screen)
            return
        key = (type(widget).__name__, str(widget.property("look")))
        if key not in self.ringed and not is_cut_row(widget):
            self.ringed.add(key)
            if not has_ring(widget):
                self._note("ring", str(_control(widget)), screen)


def _is_reached_otherwise(control: Control, loop: list[QWidget]) -> bool:
    """Whether arrow keys come to it, or the field beside it operates it, or it is text that the mouse may select."""
    widget, policy = control.widget, control.widget.focusPolicy()
    if isinstance(widget, QRadioButton) or (isinstance(widget, QAbstractItemView) and policy == Qt.FocusPolicy.NoFocus):
        return True
    if seen_part(widget).isEmpty():  # Tab passes by what is scrolled out of sight in a conversation
        return True
    if policy != Qt.FocusPolicy.ClickFocus:
        return False
    beside = any(type(each) is type(widget) and each.parentWidget() is widget.parentWidget() for each in loop)
    return beside or control.role in (Role.StaticText, Role.Grouping)


def outside_chats(path: list[QWidget]) -> set[QWidget]:
    """Leave out the rows of conversations: others have widgets when the focus has scrolled on."""
    views = path[0].window().findChildren(ChatView) if path else []
    return {widget for widget in path if not any(view.viewport().isAncestorOf(widget) for view in views)}


def is_cut_row(widget: QWidget) -> bool:
    """Whether it is a row of a conversation of which a part is scrolled out of sight."""
    return isinstance(widget, TextRow) and seen_part(widget).size() != widget.size()


def seen_part(widget: QWidget) -> QRect:
    """Return what of a widget lies within all that it is in, in the window's pixels."""
    window, around = widget.window(), widget
    seen = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    while around is not window:
        around = around.parentWidget()
        seen = seen.intersected(QRect(around.mapTo(window, QPoint(0, 0)), around.size()))
    return seen


def has_ring(widget: QWidget) -> bool:
    """Whether it can be seen that the keyboard is at `widget`."""
    window = widget.window()
    area = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    area = area.adjusted(-RING_REACH, -RING_REACH, RING_REACH, RING_REACH).intersected(window.rect())
    widget.clearFocus()
    before = window.grab(area).toImage()
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    # a caret that blinks may just be gone
    return soon(lambda: changed_pixels(before, window.grab(area).toImage()) >= CARET_PIXELS)


def soon(holds: Callable[[], bool]) -> bool:
    """Whether something holds, or comes to hold within the next events."""
    for _ in range(MOST_LOOKS):
        if holds():
            return True
        QTest.qWait(LOOK_MS)
    return holds()
