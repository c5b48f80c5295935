"""Notices that nobody has typed or moved the pointer for a while, at little cost: it looks at windows, not at widgets."""

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow
from shiboken6 import isValid

MINUTE_MS = 60_000
_INPUT = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.KeyRelease,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.TabletMove,
        QEvent.Type.TabletPress,
    }
)


class IdleWatch(QObject):
    """`idle` comes once when the windows of the app had no input for so many minutes; 0 stands for never."""

    idle = Signal()

    def __init__(self, parent: QObject | None = None, minute_ms: int = MINUTE_MS) -> None:
        super().__init__(parent)
        self._minute_ms = minute_ms
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.idle)
        self._watched: QWindow | None = None
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.focusWindowChanged.connect(self._watch)
        self._watch(QGuiApplication.focusWindow())

    def set_minutes(self, minutes: int) -> None:
        """Wait for so long from now on."""
        self._timer.setInterval(minutes * self._minute_ms)
        if minutes:
            self._timer.start()
        else:
            self._timer.stop()

    def stop(self) -> None:
        """Watch no more."""
        self._timer.stop()
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.disconnect(self._watch)
        self._watch(None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin to wait anew with each input."""
        if event.type() in _INPUT and self._timer.interval() and self._timer.isActive():
            self._timer.start()
        return super().eventFilter(watched, event)

    def _watch(self, window: QWindow | None) -> None:
        """Watch the window that has the keyboard now; one that came to the front was brought there by somebody."""
        if self._watched is not None and isValid(self._watched):
            self._watched.removeEventFilter(self)
        self._watched = window
        if window is not None:
            window.installEventFilter(self)
            if self._timer.isActive():
                self._timer.start()
