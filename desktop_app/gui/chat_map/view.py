"""The map itself: dots with their titles, to look at, to move about in, and to open chats from."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from desktop_app.gui.chat_map.bubble import paint_bubble
from desktop_app.gui.chat_map.places import Finder, PlacedLabel, Point, fitted, moved_labels, neighbour, place_labels
from desktop_app.gui.chat_map.words import title_of, told
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.accessible import SpokenParts
from desktop_app.gui.widgets.keyboard_focus import KeyboardFocus
from desktop_app.services.chats.chat_map import PlacedChat
from desktop_app.support.i18n import _

LEAST_HEIGHT = 260
MARGIN = 36
LABEL_WIDTH = 220
REACH = 14
"""How near the pointer must be to a dot."""
RADII = ((100, 5.0), (500, 4.0), (2000, 3.0))
SMALLEST_RADIUS = 2.5
LARGEST_ZOOM = 40.0
ZOOM_STEP = 1.5
WHEEL_DEGREES = 240.0
"""So many eighths of a degree double the size."""
REST_MS = 150
"""So long after the last step of a zoom titles are placed anew."""
_DIRECTIONS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_NEXT = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}


class MapView(KeyboardFocus, SpokenParts, Themed, QWidget):
    """Shows chats at their places; `chosen` carries the id of the one to open, `zoomed` says that the size changed."""

    chosen = Signal(str)
    zoomed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.chats: Sequence[PlacedChat] = ()
        self.current = -1
        self.zoom = 1.0
        self.pan = QPointF()
        self._fitted: list[Point] = []
        self._dots = QPolygonF()
        self._finder: Finder | None = None
        self._picture: QPixmap | None = None
        self._labels: list[PlacedLabel] | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._place_labels)
        self._measured: dict[str, tuple[str, float]] = {}
        self._pressed: QPointF | None = None
        self._is_dragging = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("Map of the chats"))
        self.set_current(-1)

    def show_chats(self, chats: Sequence[PlacedChat]) -> None:
        """Show `chats`, the most important ones first; the current one stays so where it is still there."""
        current = self.chats[self.current].topic.chat_id if self.current >= 0 else ""
        self.chats = chats
        numbers = (number for number, chat in enumerate(chats) if chat.topic.chat_id == current)
        self.current = next(numbers, -1)
        self._lay_out()

    def set_current(self, number: int) -> None:
        """Show more of a chat, or of none (-1)."""
        self.current = number
        usage = _("Arrow keys go to the nearest chat in a direction, Page Down to an older one. Enter opens it.")
        self.setAccessibleDescription(told(self.chats[number].topic) if number >= 0 else usage)
        self.tell_current()
        self.update()

    def go_to(self, number: int) -> None:
        """Make a chat the current one, and bring it into view."""
        self.set_current(number)
        area = QRectF(self.rect()).adjusted(*self._inset())
        place = self.place(number)
        if not area.contains(place):
            self._move_to(self.pan + area.center() - place)

    def zoom_by(self, factor: float, about: QPointF | None = None) -> None:
        """Make all larger or smaller, where the point `about` (the centre without one) stays in its place."""
        fixed = about - self._centre if about is not None else QPointF()
        before, labels = self.zoom, self.labels
        self.zoom = min(max(1.0, self.zoom * factor), LARGEST_ZOOM)
        self._move_to(fixed - (fixed - self.pan) * (self.zoom / before))
        self._carry(labels, self.zoom - before)
        self.zoomed.emit()

    def show_all(self) -> None:
        """Undo every zoom and move."""
        self.zoom = 1.0
        self._move_to(QPointF())
        self.zoomed.emit()

    def place(self, number: int) -> QPointF:
        """Return where a dot is seen."""
        return self._centre + (QPointF(*self._fitted[number]) - self._centre) * self.zoom + self.pan

    @property
    def labels(self) -> Sequence[PlacedLabel]:
        """The titles that have room, where they would be without `pan`."""
        if self._labels is None:
            self._labels = self._found_labels()
        return self._labels

    def _found_labels(self) -> list[PlacedLabel]:
        middle_x, middle_y, zoom = self._centre.x(), self._centre.y(), self.zoom
        places = [(middle_x + (x - middle_x) * zoom, middle_y + (y - middle_y) * zoom) for x, y in self._fitted]
        return place_labels(places, self._label_view(), self.radius, self._label_height(), self._measure)

    def _carry(self, labels: Sequence[PlacedLabel], growth: float) -> None:
        """Let titles go along with their dots until the zoom rests: to find others takes longer than a frame has."""
        middle_x, middle_y = self._centre.x(), self._centre.y()
        dots = [self._fitted[label.number] for label in labels]
        ways = [((x - middle_x) * growth, (y - middle_y) * growth) for x, y in dots]
        self._labels = moved_labels(labels, ways, self._label_view(), self._label_height())
        self._rest.start()

    def _place_labels(self) -> None:
        """Give those titles room that have some now; the next turn draws them."""
        self._labels, self._picture = self._found_labels(), None
        self.update()

    def _label_view(self) -> QRectF:
        return QRectF(self.rect()).adjusted(*self._inset()).translated(-self.pan)

    def _label_height(self) -> int:
        return QFontMetrics(self.theme.font("small")).height()

    @property
    def radius(self) -> float:
        """That of a dot: many are smaller, and zooming shows more rather than only larger."""
        count = len(self.chats)
        base = next((radius for most, radius in RADII if count <= most), SMALLEST_RADIUS)
        return float(base * self.theme.scale * min(1.8, self.zoom**0.3))

    # Qt's own

    def apply_theme(self) -> None:
        """Measure anew for another text size."""
        self._measured.clear()
        self._lay_out()
        super().apply_theme()

    def sizeHint(self) -> QSize:
        """As much as there is, and never so much that the page has to be scrolled for it."""
        return QSize(self.theme.px(600), self.theme.px(LEAST_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Enough for some dots."""
        return QSize(self.theme.px(160), self.theme.px(LEAST_HEIGHT))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the new size."""
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, the dots, the titles, and more of the current chat."""
        colors = self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = self.has_ring
        painter.setPen(QPen(colors.focus, 2) if ring else QPen(colors.line, 1))
        painter.setBrush(colors.surface)
        corner = self.theme.px(self.theme.tokens.radius.card)
        edge = 1.0 if ring else 0.5
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), corner, corner)
        painter.setClipRect(self.rect().adjusted(2, 2, -2, -2))
        painter.drawPixmap(0, 0, self._drawn())
        if self.current >= 0:
            self._paint_current(painter)
        painter.end()

    def _drawn(self) -> QPixmap:
        """Return the dots with their titles; they stay while the pointer goes from one to another."""
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatioF() != ratio:
            self._picture = QPixmap(self.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_dots(painter)
            self._paint_labels(painter)
            painter.end()
        return self._picture

    def _paint_dots(self, painter: QPainter) -> None:
        color = QColor(self.theme.colors.accent)
        color.setAlphaF(0.85)
        pen = QPen(color, 2 * self.radius)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setCosmetic(True)  # as large as it is at any zoom
        painter.setPen(pen)
        painter.save()
        painter.translate(self._centre + self.pan)
        painter.scale(self.zoom, self.zoom)
        painter.translate(-self._centre)
        painter.drawPoints(self._dots)
        painter.restore()

    def _paint_labels(self, painter: QPainter) -> None:
        painter.setFont(self.theme.font("small"))
        painter.setPen(self.theme.colors.text)
        painter.save()
        painter.translate(self.pan)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine | Qt.TextFlag.TextDontClip
        for label in self.labels:
            painter.drawText(label.area, flags, label.text)
        painter.restore()

    def _paint_current(self, painter: QPainter) -> None:
        colors, place, radius = self.theme.colors, self.place(self.current), self.radius
        painter.setPen(QPen(colors.text, 2))
        painter.setBrush(colors.accent)
        painter.drawEllipse(place, radius + 3, radius + 3)
        view = QRectF(self.rect()).adjusted(*self._inset())
        paint_bubble(painter, self.theme, view, place, radius + self.theme.px(6), self.chats[self.current].topic)

    # What the person does

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the map while the button is held, else show more of the chat under the pointer."""
        if self._pressed is None:
            number = self._dot_at(event.position())
            self.setCursor(Qt.CursorShape.PointingHandCursor if number >= 0 else Qt.CursorShape.ArrowCursor)
            if number != self.current:
                self.set_current(number)
            return
        moved = event.position() - self._pressed
        if self._is_dragging or moved.manhattanLength() >= QApplication.startDragDistance():
            self._is_dragging = True
            self._pressed = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._move_to(self.pan + moved)

    def leaveEvent(self, event: QEvent) -> None:
        """Show no chat in particular, unless the keyboard is at one."""
        if not self.by_keyboard:
            self.set_current(-1)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        self.by_keyboard = False
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed, self._is_dragging = event.position(), False

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the chat that was clicked, or end a drag."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        was_dragged, self._pressed, self._is_dragging = self._is_dragging, None, False
        if was_dragged:
            self._move_to(self.pan)  # other titles may have room now
        number = self._dot_at(event.position())
        if not was_dragged and number >= 0:
            self.chosen.emit(self.chats[number].topic.chat_id)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        self.zoom_by(2.0 ** (event.angleDelta().y() / WHEEL_DEGREES), event.position())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to another chat, open the current one, or zoom."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.current >= 0:
            self.chosen.emit(self.chats[self.current].topic.chat_id)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            about = self.place(self.current) if self.current >= 0 else None
            self.zoom_by(1 / ZOOM_STEP if key == Qt.Key.Key_Minus else ZOOM_STEP, about)
        elif key == Qt.Key.Key_0:
            self.show_all()
        elif not self._go(key):
            super().keyPressEvent(event)

    def _go(self, key: int) -> bool:
        """Make another chat the current one; False where the key says nothing about that."""
        last = len(self.chats) - 1
        if last < 0:
            return False
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            number = 0 if key == Qt.Key.Key_Home else last
        elif key in _NEXT:
            number = min(max(0, self.current + _NEXT[Qt.Key(key)]), last)
        elif key in _DIRECTIONS and self.current >= 0:
            number = neighbour(self._fitted, self.current, *_DIRECTIONS[Qt.Key(key)])
        elif key in _DIRECTIONS:
            number = 0
        else:
            return False
        self.by_keyboard = True
        self.go_to(number)
        return True

    # What screen readers are told

    def part_count(self) -> int:
        """Return how many chats are on the map."""
        return len(self.chats)

    def part_words(self, number: int) -> str:
        """Return what is said of a chat."""
        return told(self.chats[number].topic)

    def part_area(self, number: int) -> QRect:
        """Return where the dot of a chat is."""
        place, radius = self.place(number), self.radius
        return QRectF(place.x() - radius, place.y() - radius, 2 * radius, 2 * radius).toAlignedRect()

    def current_part(self) -> int:
        """Return the chat of which more is shown."""
        return self.current

    def press_part(self, number: int) -> None:
        """Open a chat."""
        self.chosen.emit(self.chats[number].topic.chat_id)

    # Behind the scenes

    def _lay_out(self) -> None:
        """Find the place of every dot at this size."""
        px = self.theme.px
        margin = px(MARGIN)
        area = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
        if not area.isValid():  # too small for more than a heap
            area = QRectF(self._centre, QSizeF(1, 1))
        self._fitted = fitted([(chat.x, chat.y) for chat in self.chats], area)
        self._dots = QPolygonF([QPointF(x, y) for x, y in self._fitted])
        self._finder = None
        self._move_to(self.pan)

    @property
    def _centre(self) -> QPointF:
        """The point that stays where it is when all gets larger."""
        return QRectF(self.rect()).center()

    def _dot_at(self, point: QPointF) -> int:
        """Return the number of the dot under the pointer, -1 where none is."""
        reach = self.theme.px(REACH)
        if self._finder is None:
            self._finder = Finder(self._fitted, reach)
        place = self._centre + (point - self.pan - self._centre) / self.zoom
        return self._finder.nearest(place.x(), place.y(), reach / self.zoom)

    def _move_to(self, pan: QPointF) -> None:
        """Move all, as far as there is something to see."""
        right, down = (self.zoom - 1) * self.width() / 2, (self.zoom - 1) * self.height() / 2
        self.pan = QPointF(min(max(-right, pan.x()), right), min(max(-down, pan.y()), down))
        if not self._is_dragging:
            self._labels = None
        self._picture = None
        self.update()

    def _inset(self) -> tuple[int, int, int, int]:
        inset = self.theme.px(8)
        return inset, inset, -inset, -inset

    def _measure(self, number: int) -> tuple[str, float]:
        """Return a title as far as it is shown beside its dot, and its width."""
        title = title_of(self.chats[number].topic)
        known = self._measured.get(title)
        if known is None:
            metrics = QFontMetrics(self.theme.font("small"))
            shown = metrics.elidedText(
                title.replace("\n", " "), Qt.TextElideMode.ElideRight, self.theme.px(LABEL_WIDTH)
            )
            known = self._measured[title] = (shown, float(metrics.horizontalAdvance(shown)))
        return known
