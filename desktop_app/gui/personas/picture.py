"""Pictures of personas in a circle: the app's own in the theme's colours, a person's own images as they are."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.gui.look.icons import IconShelf, paint_pixmap
from desktop_app.gui.look.theme import Theme, Themed

MOST_SIDE = 256
"""An image is kept as a square of so many pixels, whatever it is in its file."""
MOST_IMAGE_BYTES = 20_000_000


class Pictures(QObject):
    """Draws pictures by their paths; an image is read elsewhere first, and `arrived` says when it can be drawn."""

    arrived = Signal()

    def __init__(self, read: Callable[[Callable[[], QImage], Callable[[QImage], None]], None], parent: QObject) -> None:
        """`read` runs its first argument in a service thread and hands the result to the second in this one."""
        super().__init__(parent)
        self._read = read
        self._shelves: dict[Path, IconShelf] = {}
        self._images: dict[str, QImage | None] = {}

    def paint(self, painter: QPainter, area: QRectF, theme: Theme, path: str) -> None:
        """Draw the picture at `path` as a circle that fills `area`, a square."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colors.accent_soft)
        painter.drawEllipse(area)
        file = Path(path)
        if file.suffix == ".svg":
            shelf = self._shelves.setdefault(file.parent, IconShelf(file.parent))
            ratio = painter.device().devicePixelRatioF()
            side = round(area.width() * 0.62)
            paint_pixmap(painter, area, shelf.pixmap(file.stem, theme.colors.accent, side, ratio))
        elif (image := self._image(path)) is not None:
            circle = QPainterPath()
            circle.addEllipse(area)
            painter.setClipPath(circle)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, image)
        painter.restore()

    def _image(self, path: str) -> QImage | None:
        if path not in self._images:
            self._images[path] = None

            def keep(image: QImage) -> None:
                self._images[path] = None if image.isNull() else image
                self.arrived.emit()

            self._read(lambda: read_image(path), keep)
        return self._images[path]


def read_image(path: str) -> QImage:
    """Return the middle of an image as a square, a null image where it cannot be read; from any thread.

    Of a tall one it is further up, where a portrait has its face.
    """
    file = Path(path)
    try:
        if file.stat().st_size > MOST_IMAGE_BYTES:
            return QImage()
    except OSError:
        return QImage()
    reader = QImageReader(path)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid():
        reader.setScaledSize(size.scaled(MOST_SIDE, MOST_SIDE, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    image = reader.read()
    side = min(image.width(), image.height())
    return image.copy((image.width() - side) // 2, (image.height() - side) // 5, side, side)


class PersonaPicture(Themed, QWidget):
    """One picture, `side` pixels wide at 100 %."""

    def __init__(self, theme: Theme, pictures: Pictures, path: str, side: int, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._pictures = pictures
        self._path = path
        self._side = side
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        pictures.arrived.connect(self.update)

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(self.theme.px(self._side), self.theme.px(self._side))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        self._pictures.paint(painter, QRectF(self.rect()), self.theme, self._path)
        painter.end()
