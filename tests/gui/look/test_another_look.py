"""What another look costs: each widget is styled a fixed number of times, however deep it lies."""

from collections import Counter

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from desktop_app.gui.look.theme import PART, Themed, load_theme, retheme_in_parts
from desktop_app.settings.schema import Appearance

DEPTH = 8


class Styled(QObject):
    """Counts how often widgets are given their style."""

    def __init__(self) -> None:
        super().__init__()
        self.count: Counter[QObject] = Counter()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Count it."""
        if event.type() == QEvent.Type.StyleChange:
            self.count[watched] += 1
        return False


def test_a_widget_is_styled_as_often_deep_down_as_at_the_top(
    qapp: QApplication, qtbot: QtBot, themed_app: None
) -> None:
    top = inner = QWidget()
    qtbot.addWidget(top)
    for _level in range(DEPTH):
        outer, inner = inner, QWidget()
        QVBoxLayout(outer).addWidget(inner)
    field = QLineEdit(inner)
    top.show()
    qtbot.waitExposed(top)
    styled = Styled()
    for widget in (top, inner, field):
        widget.installEventFilter(styled)
    dark = load_theme(Appearance.DARK, 100, system_dark=False)
    dark.apply(qapp)
    assert styled.count[field] == styled.count[inner] == styled.count[top] <= 2
    assert field.palette().color(field.foregroundRole()) == dark.colors.text
    assert field.grab().toImage().pixelColor(field.width() // 2, field.height() // 2) == dark.colors.surface


def test_what_was_never_shown_is_unknown_to_the_sheet_that_comes(
    qapp: QApplication, qtbot: QtBot, themed_app: None
) -> None:
    """Qt would keep the next rules for it beyond its end, and style what is gone."""
    choice = QComboBox()
    qtbot.addWidget(choice)
    assert choice.testAttribute(Qt.WidgetAttribute.WA_StyleSheet)
    assert not choice.testAttribute(Qt.WidgetAttribute.WA_WState_Polished)
    parts = load_theme(Appearance.DARK, 100, system_dark=False).apply_in_parts(qapp)
    next(parts)
    assert not choice.testAttribute(Qt.WidgetAttribute.WA_StyleSheet)
    assert next(parts, True)


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
