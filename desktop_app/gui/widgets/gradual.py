"""Does many small things in the window's thread, one in each turn of the event loop, so that it stays awake."""

from collections import deque
from collections.abc import Callable, Iterable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

AT_ONCE = 4
"""How many are done before `put` returns: what is seen first should be there at once."""
PER_TURN = 1
"""A card takes five milliseconds or more with the layout of all that is there, and a frame has sixteen."""


class Gradual(QObject):
    """Keeps one queue of actions for each kind of thing; they wait while its parent is a widget that is out of sight.

    What is made out of sight would all be laid out in one turn when it comes into sight.
    """

    def __init__(self, after_turn: Callable[[], None], parent: QObject) -> None:
        """`after_turn` is called whenever some actions were done."""
        super().__init__(parent)
        self._after_turn = after_turn
        self._waiting: dict[str, deque[Callable[[], None]]] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(lambda: self._run(PER_TURN))
        parent.installEventFilter(self)

    def put(self, kind: str, actions: Iterable[Callable[[], None]], *, at_once: int = AT_ONCE) -> None:
        """Do `actions` in their order, in place of what still waits of this kind; the first `at_once` now."""
        self._waiting[kind] = deque(actions)
        self._run(at_once, kind)
        self._go_on()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Go on when the parent comes into sight, and wait when it goes."""
        if event.type() == QEvent.Type.Show:
            self._go_on()
        elif event.type() == QEvent.Type.Hide:
            self._timer.stop()
        return False

    def _go_on(self) -> None:
        parent = self.parent()
        if any(self._waiting.values()) and not (isinstance(parent, QWidget) and parent.isHidden()):
            self._timer.start()

    def _run(self, count: int, kind: str = "") -> None:
        for queue in [self._waiting[kind]] if kind else list(self._waiting.values()):
            while queue and count:
                count -= 1
                queue.popleft()()
        if not any(self._waiting.values()):
            self._timer.stop()
        self._after_turn()
        # else what is there already would be painted squeezed into the room that it had before
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
