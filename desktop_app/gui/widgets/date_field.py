"""A field for a day, and the calendar that opens at it."""

from PySide6.QtCore import QDate, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QTextCharFormat, QWheelEvent
from PySide6.QtWidgets import QCalendarWidget, QDateEdit, QHeaderView, QToolButton, QWidget

from desktop_app.gui.look.mirroring import FROM_RIGHT, is_mirrored, placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.support.i18n import _

_WAYS = {"qt_calendar_prevmonth": "chevron-left", "qt_calendar_nextmonth": "chevron-right"}
"""Qt's names of the buttons that go from month to month, and the icons that they have here."""


class DayCalendar(Themed, QCalendarWidget):
    """Qt's calendar without its red weekends and black arrows, which cannot be seen in the dark."""

    def __init__(self, theme: Theme) -> None:
        QCalendarWidget.__init__(self)
        self.theme = theme
        self.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        for header in self.findChildren(QHeaderView):
            header.setAccessibleName(_("Days of the week"))
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over sizes and tones; what a style sheet reaches has them from there."""
        theme, px = self.theme, self.theme.px
        self.setMinimumSize(px(300), px(260))
        head = QTextCharFormat()
        head.setForeground(theme.colors.muted)
        self.setHeaderTextFormat(head)
        for weekday in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            self.setWeekdayTextFormat(weekday, QTextCharFormat())
        for name, icon in _WAYS.items():
            button = self.findChild(QToolButton, name)
            if isinstance(button, QToolButton):
                button.setIcon(theme.icon(icon))
        super().apply_theme()


class DateField(Themed, QDateEdit):
    """A day, typed or chosen from a calendar, with our own chevron; `written` is how, as Qt's formats are."""

    def __init__(self, theme: Theme, day: QDate, parent: QWidget | None = None, *, written: str = "yyyy-MM-dd") -> None:
        QDateEdit.__init__(self, day, parent)
        self.theme = theme
        self.setCalendarPopup(True)
        self.setCalendarWidget(DayCalendar(theme))
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # Qt would turn the order of the format
        self.setDisplayFormat(written)
        self.unsetLayoutDirection()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if is_mirrored(self):
            self.lineEdit().setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            self.setAlignment(FROM_RIGHT)

    def sizeHint(self) -> QSize:
        """As high as the fields beside it, or as its font needs."""
        return QSize(
            super().sizeHint().width(), max(self.theme.px(36), self.fontMetrics().height() + self.theme.px(16))
        )

    def minimumSizeHint(self) -> QSize:
        """As high, too."""
        return self.sizeHint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the calendar at the chevron; Qt takes a click beside the digits for one on an arrow, and steps the day."""
        end = placed(self, QRect(self.width() - self.theme.px(32), 0, self.theme.px(32), self.height()), self.rect())
        if end.contains(event.position().toPoint()):
            super().mousePressEvent(event)
        else:
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page, which scrolls."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the styled field, then the chevron."""
        super().paintEvent(event)
        painter = QPainter(self)
        px = self.theme.px
        chevron = placed(self, QRectF(self.width() - px(30), 0, px(20), self.height()), self.rect())
        self.theme.paint_icon(painter, chevron, "chevron-down", "muted", 16)
        painter.end()
