"""What another look costs: each widget is styled once, however deep it lies, and only another size has all laid out anew."""

from collections import Counter
from itertools import pairwise

import pytest
from PySide6.QtCore import SIGNAL, QCoreApplication, QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from desktop_app.gui.look.theme import PART, Themed, load_theme, retheme_in_parts
from desktop_app.settings.schema import Appearance

DEPTH = 8


class Seen(QObject):
    """Counts the events of some kind that widgets are sent."""

    def __init__(self, kind: QEvent.Type, *widgets: QWidget) -> None:
        super().__init__()
        self.count: Counter[QObject] = Counter()
        self._kind = kind
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Count it."""
        if event.type() == self._kind:
            self.count[watched] += 1
        return False


@pytest.fixture
def nested(qtbot: QtBot, themed_app: None) -> list[QWidget]:
    """Widgets in sight, each in the one before it; the last is a field."""
    top = QWidget()
    qtbot.addWidget(top)
    made = [top]
    for kind in (*[QWidget] * DEPTH, QLineEdit):
        made.append(kind())
        QVBoxLayout(made[-2]).addWidget(made[-1])
    top.show()
    qtbot.waitExposed(top)
    _lay_out(made)
    return made


def _lay_out(widgets: list[QWidget]) -> None:
    """Have all laid out that is to be; of widgets that lie in one another each asks the next for it."""
    for _level in widgets:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)


def test_a_widget_is_styled_as_often_deep_down_as_at_the_top(qapp: QApplication, nested: list[QWidget]) -> None:
    styled = Seen(QEvent.Type.StyleChange, *nested)
    load_theme(Appearance.DARK, 125, system_dark=False).apply(qapp)
    assert [styled.count[widget] for widget in nested] == [1] * len(nested)


def test_other_colours_alone_have_nothing_laid_out_anew(qapp: QApplication, nested: list[QWidget]) -> None:
    laid_out = Seen(QEvent.Type.LayoutRequest, *nested)
    dark = load_theme(Appearance.DARK, 100, system_dark=False)
    dark.apply(qapp)
    _lay_out(nested)
    assert not laid_out.count
    field = nested[-1]
    assert field.palette().color(field.foregroundRole()) == dark.colors.text
    assert field.grab().toImage().pixelColor(field.width() // 2, field.height() // 2) == dark.colors.surface


def test_widgets_are_styled_a_part_at_a_time(qapp: QApplication, nested: list[QWidget]) -> None:
    many = [QWidget(nested[0]) for _number in range(2 * PART)]
    for widget in many:
        widget.show()
    styled = Seen(QEvent.Type.StyleChange, *many)
    parts = load_theme(Appearance.DARK, 125, system_dark=False).apply_in_parts(qapp)
    counts = [0, *(styled.count.total() for _part in parts), styled.count.total()]
    assert counts[-1] == len(many)
    assert max(after - before for before, after in pairwise(counts)) <= PART // 2


def test_what_is_gone_between_two_parts_is_not_styled(qapp: QApplication, nested: list[QWidget]) -> None:
    styled = Seen(QEvent.Type.StyleChange, nested[0])
    parts = load_theme(Appearance.DARK, 125, system_dark=False).apply_in_parts(qapp)
    next(parts)
    delete(nested[1])
    for _part in parts:
        pass
    assert styled.count.total() == 1


def test_what_was_never_shown_is_told_to_the_style_sheet_when_it_goes(
    qapp: QApplication, qtbot: QtBot, themed_app: None
) -> None:
    """Qt would keep the rules for it beyond its end, and style what is gone."""
    choice = QComboBox()
    qtbot.addWidget(choice)
    assert choice.testAttribute(Qt.WidgetAttribute.WA_StyleSheet)
    assert not choice.testAttribute(Qt.WidgetAttribute.WA_WState_Polished)
    known = choice.receivers(SIGNAL("destroyed(QObject*)"))
    assert known
    load_theme(Appearance.DARK, 100, system_dark=False).apply(qapp)
    assert choice.receivers(SIGNAL("destroyed(QObject*)")) == known


class Told(Themed, QWidget):
    """Something that a look is told to."""


def test_what_is_gone_between_two_parts_is_told_nothing(qtbot: QtBot) -> None:
    root = QWidget()
    qtbot.addWidget(root)
    light, dark = (load_theme(look, 100, system_dark=False) for look in (Appearance.LIGHT, Appearance.DARK))
    told = [Told(root) for _ in range(PART + 2)]
    for widget in told:
        widget.theme = light
    parts = retheme_in_parts(root, dark)
    next(parts)
    assert [widget.theme for widget in told] == [dark] * PART + [light] * 2
    delete(told[PART])
    assert next(parts, True)
    assert told[-1].theme is dark
