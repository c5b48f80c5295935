"""A field for searching can be emptied with the pointer, too."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.search_field import SearchField


def test_what_clears_it_is_there_with_a_text(host: QWidget, theme: Theme, themed_app: None) -> None:
    field = SearchField(theme, "Search", host)
    field.set_hint("Ctrl K")
    field.resize(200, field.height())
    field.show()
    field.setFocus()
    QApplication.processEvents()
    assert field.findChildren(QAbstractButton) == []
    QTest.keyClicks(field, "water " * 10)
    (button,) = field.findChildren(QAbstractButton)
    assert button.isVisible()
    field.grab()  # which scrolls to the end
    assert field.cursorRect().right() <= button.x(), "the text ends before it"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert field.text() == ""
    assert not button.isVisible()
    QTest.keyClicks(field, "lake")
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert button.hasFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert field.text() == ""
    assert field.hasFocus()
