"""Draws an SVG picture as PNG files in the sizes of an icon theme: PICTURE THEME NAME SIZE…"""

import sys
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer


def draw(renderer: QSvgRenderer, size: int, margin: float = 0.0) -> QImage:
    """Return a square picture of `size` pixels; `margin` is the part of it that stays empty at each edge."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    edge = size * margin
    renderer.render(painter, QRectF(edge, edge, size - 2 * edge, size - 2 * edge))
    painter.end()
    return image


def main(picture: Path, theme: Path, name: str, sizes: list[int]) -> int:
    """Draw every size; returns 1 where one cannot be written."""
    application = QGuiApplication([*sys.argv[:1], "-platform", "offscreen"])
    renderer = QSvgRenderer(str(picture))
    for size in sizes:
        image = draw(renderer, size)
        file = theme / f"{size}x{size}/apps/{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        if not image.save(str(file)):
            return 1
    application.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], [int(size) for size in sys.argv[4:]]))
