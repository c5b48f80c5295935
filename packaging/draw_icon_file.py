"""Draws an SVG picture as the one file of all sizes that Windows (.ico) or macOS (.icns) wants: PICTURE TARGET."""

import struct
import sys
from collections.abc import Mapping
from pathlib import Path

from draw_icons import draw
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer

ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 128, 256)
"""Those of Windows' lists, tabs and tiles, also where it enlarges them."""
ICO_BITMAPS_BELOW = 256
"""Smaller ones are bitmaps: not every program reads compressed ones there."""
ICNS_MARGIN = 0.1
"""What macOS leaves free around the rounded square of every app."""
ICNS_KINDS = {
    "ic11": 32,
    "ic12": 64,
    "ic07": 128,
    "ic13": 256,
    "ic08": 256,
    "ic14": 512,
    "ic09": 512,
    "ic10": 1024,
}
"""Apple's names for 16 to 512 points, on plain displays and on those of twice the density."""


def main(picture: Path, target: Path) -> int:
    """Write the file."""
    application = QGuiApplication([*sys.argv[:1], "-platform", "offscreen"])
    renderer = QSvgRenderer(str(picture))
    if target.suffix == ".ico":
        target.write_bytes(ico({size: draw(renderer, size) for size in ICO_SIZES}))
    else:
        sizes = sorted(set(ICNS_KINDS.values()))
        target.write_bytes(icns({size: draw(renderer, size, ICNS_MARGIN) for size in sizes}))
    application.quit()
    return 0


def ico(images: Mapping[int, QImage]) -> bytes:
    """Return a file for Windows with square pictures by their size in pixels."""
    parts = {size: png(image) if size >= ICO_BITMAPS_BELOW else bitmap(image) for size, image in images.items()}
    head = struct.pack("<HHH", 0, 1, len(parts))
    offset = len(head) + 16 * len(parts)
    entries = b""
    for size, part in parts.items():
        side = size % 256  # 0 stands for 256
        entries += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(part), offset)
        offset += len(part)
    return head + entries + b"".join(parts.values())


def bitmap(image: QImage) -> bytes:
    """Return a picture as Windows' icons have it: the last line first, then a mask that alpha has replaced."""
    size = image.width()
    lines = image.convertToFormat(QImage.Format.Format_ARGB32)
    head = struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, 32, 0, 0, 0, 0, 0, 0)
    data = bytes(lines.constBits())
    step = lines.bytesPerLine()
    pixels = b"".join(data[row * step : row * step + 4 * size] for row in reversed(range(size)))
    return head + pixels + bytes((size + 31) // 32 * 4 * size)


def icns(images: Mapping[int, QImage]) -> bytes:
    """Return a file for macOS with square pictures by their size in pixels."""
    parts = b""
    for kind, size in ICNS_KINDS.items():
        data = png(images[size])
        parts += kind.encode() + struct.pack(">I", 8 + len(data)) + data
    return b"icns" + struct.pack(">I", 8 + len(parts)) + parts


def png(image: QImage) -> bytes:
    """Return a picture compressed."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
