"""Qt's own dialog for files, where the desktop has none: all that it has can be seen, light and dark."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QToolButton, QWidget

from desktop_app.gui.look.theme import load_theme
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Appearance, Settings
from tests.gui.conftest import destroy

BUTTONS = ("backButton", "forwardButton", "toParentButton", "newFolderButton")
MakeDialog = Callable[[Appearance], QFileDialog]


@pytest.fixture
def shown(qapp: QApplication) -> Iterator[MakeDialog]:
    del qapp
    made: list[QWidget] = []

    def make(look: Appearance) -> QFileDialog:
        window = MainWindow(load_theme(look, 100, system_dark=False), Settings())
        window.show()
        dialog = QFileDialog(window, "Export", "", "Chats (*.json);;All files (*)")
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.open()
        made.extend((dialog, window))
        return dialog

    yield make
    for each in made:
        each.close()
        destroy(each)


def tones(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def contrast(one: QColor, other: QColor) -> float:
    """Return how far apart two colours are, as the web's guidelines for contrast count it."""

    def light(color: QColor) -> float:
        parts = [(part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4) for part in color.getRgbF()[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    lights = sorted((light(one), light(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("look", [Appearance.LIGHT, Appearance.DARK])
def test_drop_down_lists_have_an_arrow(shown: MakeDialog, look: Appearance) -> None:
    dialog = shown(look)
    lists = [each for each in dialog.findChildren(QComboBox) if each.isVisible()]
    assert len(lists) == 2
    for each in lists:
        end = QRect(each.width() - 28, 8, 20, each.height() - 16)
        assert len(tones(each.grab(end).toImage())) > 1


@pytest.mark.parametrize("look", [Appearance.LIGHT, Appearance.DARK])
def test_the_ways_can_be_seen(shown: MakeDialog, look: Appearance) -> None:
    dialog = shown(look)
    for name in BUTTONS:
        button = dialog.findChild(QToolButton, name)
        assert button is not None
        image = button.icon().pixmap(button.iconSize()).toImage()
        colors = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        drawn = [color for color in colors if color.alpha() > 128]
        assert drawn
        ground = dialog.palette().window().color()
        assert all(contrast(color, ground) >= 3 for color in drawn), name
