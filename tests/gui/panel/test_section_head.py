"""The lines of the panel that open and close what is below them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.section import SectionHead


@pytest.mark.parametrize("quiet", [False, True])
def test_a_quiet_one_has_no_box_under_the_pointer(host: QWidget, theme: Theme, *, quiet: bool) -> None:
    """Its words begin where those above and below it do: they would touch the box."""
    head = SectionHead(theme, "Penalties", quiet=quiet, parent=host)
    head.setGeometry(0, 200, 200, head.sizeHint().height())
    head.show()

    def look() -> tuple[bool, str]:
        """Return whether there is a box, and the darkest colour."""
        image = head.grab().toImage()
        pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        has_box = image.pixelColor(head.width() - 20, head.height() // 2) == theme.colors.hover
        return has_box, min(pixels, key=lambda pixel: pixel.lightness()).name()

    head.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)  # as Qt notes where the pointer is
    has_box, before = look()
    assert not has_box
    head.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    has_box, after = look()
    assert has_box is not quiet
    assert (after != before) is quiet
