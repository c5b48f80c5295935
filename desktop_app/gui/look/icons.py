"""Icons drawn from outline SVG files in any colour, sharp at any pixel ratio."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap, QTransform
from PySide6.QtSvg import QSvgRenderer

STROKE = b'stroke="#000"'
"""What each file says its lines are drawn with; replaced by the colour asked for."""
POINTING = frozenset(
    ("branch", "chevron-left", "chevron-right", "continue", "document", "panel", "regenerate", "sidebar", "undo")
)
"""Icons that show a way along the line, or a side: they look the other way where one reads from right to left."""


class IconShelf:
    """Reads the icon files of one folder and keeps what it drew."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources: dict[str, bytes] = {}
        self._pixmaps: dict[tuple[str, int, int, float, bool], QPixmap] = {}

    def pixmap(self, name: str, color: QColor, size: int, ratio: float) -> QPixmap:
        """Return icon `name` as a square of `size` device-independent pixels at pixel ratio `ratio`.

        Raises FileNotFoundError for an icon that does not exist.
        """
        mirrored = name in POINTING and QGuiApplication.isRightToLeft()
        key = (name, color.rgba(), size, ratio, mirrored)
        drawn = self._pixmaps.get(key)
        if drawn is None:
            drawn = self._draw(name, color, size, ratio)
            if mirrored:
                drawn = drawn.transformed(QTransform.fromScale(-1, 1))
                drawn.setDevicePixelRatio(ratio)
            self._pixmaps[key] = drawn
        return drawn

    def icon(self, name: str, color: QColor, disabled: QColor, size: int) -> QIcon:
        """Return a QIcon with pixmaps for the pixel ratios of the screens in use and the usual ones."""
        ratios = {1.0, 2.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())}
        icon = QIcon()
        for ratio in sorted(ratios):
            icon.addPixmap(self.pixmap(name, color, size, ratio), QIcon.Mode.Normal)
            icon.addPixmap(self.pixmap(name, disabled, size, ratio), QIcon.Mode.Disabled)
        return icon

    def _draw(self, name: str, color: QColor, size: int, ratio: float) -> QPixmap:
        source = self._sources.get(name)
        if source is None:
            source = (self._folder / f"{name}.svg").read_bytes()
            self._sources[name] = source
        renderer = QSvgRenderer(QByteArray(source.replace(STROKE, f'stroke="{color.name()}"'.encode())))
        side = round(size * ratio)
        pixmap = QPixmap(QSize(side, side))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, side, side))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap


def paint_pixmap(painter: QPainter, area: QRectF, pixmap: QPixmap) -> None:
    """Draw `pixmap` centred in `area`, on whole pixels so that thin lines stay sharp."""
    size = pixmap.deviceIndependentSize()
    left = round(area.center().x() - size.width() / 2)
    top = round(area.center().y() - size.height() / 2)
    painter.drawPixmap(left, top, pixmap)
