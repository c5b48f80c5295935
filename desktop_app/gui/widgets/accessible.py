"""What assistive technology is told of widgets that paint themselves: what they are, and what is to be seen in them."""

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QAccessibleInterface,
    QAccessibleStateChangeEvent,
    QColor,
    QWindow,
)
from PySide6.QtWidgets import QAbstractButton, QAccessibleWidget, QKeySequenceEdit, QPushButton, QScrollArea, QWidget

Role = QAccessible.Role
_PRESS = "Press"
"""Qt's own name of the action; it is never translated."""
_WAITING = ("disabled", "busy")
"""The states of a button that waits, though Qt has it enabled."""


if TYPE_CHECKING:
    _Mixin = QWidget
else:
    _Mixin = object  # what it is mixed into is a widget already


class Spoken(_Mixin):
    """Mixed into widgets whose class alone says nothing of what they are; they set an accessible name."""

    spoken_role = Role.Grouping


class SpokenParts(Spoken):
    """Mixed into widgets that paint several things, each of which can be asked for by its number."""

    spoken_role = Role.List
    part_role = Role.ListItem

    def part_count(self) -> int:
        """Return how many there are."""
        raise NotImplementedError

    def part_words(self, number: int) -> str:
        """Return what is said of one of them."""
        raise NotImplementedError

    def part_area(self, number: int) -> QRect:
        """Return where it is, in the widget's own pixels."""
        raise NotImplementedError

    def current_part(self) -> int:
        """Return which one the keyboard is at; -1 for none."""
        return -1

    def press_part(self, number: int) -> None:
        """Do what a click on it does."""

    def tell_current(self) -> None:
        """Say that the keyboard came to another one."""
        if QAccessible.isActive() and self.hasFocus() and self.current_part() >= 0:
            whole = QAccessible.queryAccessibleInterface(self)
            part = whole.child(self.current_part()) if whole is not None else None
            if part is not None:
                QAccessible.updateAccessibility(QAccessibleEvent(part, QAccessible.Event.Focus))


if TYPE_CHECKING:
    _ButtonMixin = QAbstractButton
else:
    _ButtonMixin = object


class SpokenButton(Spoken, _ButtonMixin):
    """Mixed into checkable buttons that are no check boxes."""

    spoken_role = Role.Button
    opens = False
    """Whether being checked means that what is below it is shown."""


class SpokenWaiting(_ButtonMixin):
    """Mixed into buttons that may wait: they keep the focus meanwhile, and a press does nothing."""

    waits = False
    """Whether it takes no click for now."""

    def tell_waiting(self) -> None:
        """Say that the button begins or ends to wait."""
        if QAccessible.isActive():
            changed = QAccessible.State()
            for name in _WAITING:
                _set(changed, name, True)
            QAccessible.updateAccessibility(QAccessibleStateChangeEvent(self, changed))


def speak(app: QObject) -> None:
    """Let Qt ask here first; what is no widget of ours it goes on answering itself. It may be called again."""
    if not app.property("speaks"):
        app.setProperty("speaks", True)
        QAccessible.installFactory(_interface)


def _interface(_class_name: str, asked: QObject) -> QAccessibleInterface | None:
    if isinstance(asked, SpokenParts):
        return _Whole(asked)
    if isinstance(asked, SpokenButton):
        return _Opening(asked)
    if isinstance(asked, SpokenWaiting):
        return _Waiting(asked)
    if isinstance(asked, Spoken):
        return QAccessibleWidget(asked, asked.spoken_role)
    return _of_qt(asked)


def _of_qt(asked: QObject) -> QAccessibleInterface | None:
    """Say what two widgets of Qt's are for which it has no word."""
    if type(asked) is QKeySequenceEdit:
        return QAccessibleWidget(asked, Role.HotkeyField)
    if isinstance(asked, QScrollArea) and asked.accessibleName():
        return QAccessibleWidget(asked, Role.Grouping)
    return None


class _Pressed(QAccessibleWidget):
    """A button of ours, with the name and the action that Qt gives its own."""

    def __init__(self, button: QAbstractButton, role: QAccessible.Role) -> None:
        super().__init__(button, role)
        self._button = weakref.ref(button)

    def text(self, kind: QAccessible.Text) -> str:
        button = self._button()
        told: str = super().text(kind)
        return button.text() if not told and kind == QAccessible.Text.Name and button is not None else told

    def actionNames(self) -> list[str]:
        return [_PRESS, *super().actionNames()]

    def doAction(self, name: str) -> None:
        button = self._button()
        if name == _PRESS and button is not None and button.isEnabled():
            button.click()
        else:
            super().doAction(name)


class _Opening(_Pressed):
    """Says of a checkable button that it opens something, or that it is one of several of which one is chosen."""

    def __init__(self, button: SpokenButton) -> None:
        super().__init__(button, button.spoken_role)

    def state(self) -> QAccessible.State:
        state, button = super().state(), self._button()
        if isinstance(button, SpokenButton):
            _set(state, "expandable", button.opens)
            _set(state, "expanded", button.opens and button.isChecked())
            _set(state, "collapsed", button.opens and not button.isChecked())
            _set(state, "selectable", not button.opens)
            _set(state, "selected", not button.opens and button.isChecked())
        return state


class _Waiting(_Pressed):
    """Says of a button that it waits; the rest is what Qt says of its own."""

    def __init__(self, button: SpokenWaiting) -> None:
        super().__init__(button, Role.CheckBox if button.isCheckable() else Role.Button)

    def state(self) -> QAccessible.State:
        state, button = super().state(), self._button()
        if isinstance(button, SpokenWaiting):
            _set(state, "checkable", button.isCheckable())
            _set(state, "checked", button.isChecked())
            _set(state, "pressed", button.isDown())
            _set(state, "defaultButton", isinstance(button, QPushButton) and button.isDefault())
            for name in _WAITING if button.waits else ():
                _set(state, name, True)
        return state


class _Whole(QAccessibleWidget):
    """A widget with painted parts; each is made when it is first asked for, and stays until the widget goes."""

    def __init__(self, widget: SpokenParts) -> None:
        super().__init__(widget, widget.spoken_role)
        self._widget = weakref.ref(widget)
        self._parts: dict[int, _Part] = {}
        widget.destroyed.connect(_forgetting(self._parts))

    def childCount(self) -> int:
        widget = self._widget()
        return widget.part_count() if widget is not None else 0

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # none in Qt, too
        widget = self._widget()
        if widget is None or not 0 <= index < self.childCount():
            return None
        part = self._parts.get(index)
        if part is None:
            part = self._parts[index] = _Part(widget, index)
            QAccessible.registerAccessibleInterface(part)
        return part

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return child.number if isinstance(child, _Part) else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        widget = self._widget()
        if widget is None:
            return None
        place = widget.mapFromGlobal(QPoint(x, y))
        hit = (number for number in range(widget.part_count()) if widget.part_area(number).contains(place))
        return self.child(next(hit, -1))

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]
        widget = self._widget()
        return self.child(widget.current_part()) if widget is not None and widget.hasFocus() else None


class _Part(QAccessibleWidget):
    """One thing that a widget paints: a word with its figure, a bar, a dot.

    It is no QAccessibleWidget but for the actions, which Python cannot offer by itself. All that Qt would look up in
    the object, which a part has not, is answered here.
    """

    def __init__(self, widget: SpokenParts, number: int) -> None:
        super().__init__(widget, widget.part_role)
        self._widget = weakref.ref(widget)
        self.number = number

    def isValid(self) -> bool:
        widget = self._widget()
        return widget is not None and self.number < widget.part_count()

    def object(self) -> QObject | None:  # type: ignore[override]  # it has none of its own
        return None

    def parent(self) -> QAccessibleInterface | None:  # type: ignore[override]
        widget = self._widget()
        return QAccessible.queryAccessibleInterface(widget) if widget is not None else None

    def childCount(self) -> int:
        return 0

    def child(self, index: int) -> None:  # type: ignore[override]
        return None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def childAt(self, x: int, y: int) -> None:  # type: ignore[override]
        return None

    def focusChild(self) -> None:  # type: ignore[override]
        return None

    def text(self, kind: QAccessible.Text) -> str:
        widget = self._widget()
        if widget is None or kind != QAccessible.Text.Name or not self.isValid():
            return ""
        return widget.part_words(self.number)

    def rect(self) -> QRect:
        widget = self._widget()
        if widget is None or not self.isValid():
            return QRect()
        area = widget.part_area(self.number)
        return QRect(widget.mapToGlobal(area.topLeft()), area.size())

    def state(self) -> QAccessible.State:
        state, widget = QAccessible.State(), self._widget()
        if widget is None or not self.isValid():
            _set(state, "invalid", True)
            return state
        is_current = widget.current_part() == self.number
        _set(state, "selectable", True)
        _set(state, "selected", is_current)
        _set(state, "focusable", True)
        _set(state, "focused", is_current and widget.hasFocus())
        _set(state, "invisible", not widget.isVisible())
        _set(state, "offscreen", not widget.rect().intersects(widget.part_area(self.number)))
        return state

    def window(self) -> QWindow | None:  # type: ignore[override]
        widget = self._widget()
        return widget.window().windowHandle() if widget is not None else None

    def relations(
        self, match: QAccessible.RelationFlag = QAccessible.RelationFlag.AllRelations
    ) -> list[tuple[QAccessibleInterface, QAccessible.RelationFlag]]:
        return []

    def foregroundColor(self) -> QColor:
        return QColor()

    def backgroundColor(self) -> QColor:
        return QColor()

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        pass

    def keyBindingsForAction(self, name: str) -> list[str]:
        return []

    def actionNames(self) -> list[str]:
        return [_PRESS]

    def doAction(self, name: str) -> None:
        widget = self._widget()
        if name == _PRESS and widget is not None and self.isValid():
            widget.press_part(self.number)


def _set(state: QAccessible.State, name: str, value: bool) -> None:
    setattr(state, name, int(value))


def _forgetting(parts: dict[int, _Part]) -> Callable[[], None]:
    """Return what drops the parts of a widget that is gone: Qt knows only those of objects by itself."""

    def forget() -> None:
        for part in parts.values():
            QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(part))
        parts.clear()

    return forget
