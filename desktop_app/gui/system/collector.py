"""Keeps Python's collection of cyclic garbage to the window's thread.

The interpreter collects in whichever thread makes one object too many: in the database's, say. Most widgets are in
cycles, since their signals hold what holds them. One that is garbage would be destroyed in that thread, while Qt uses
it in its own, and the process ends.
"""

import gc

from PySide6.QtCore import QObject, Qt, QTimer

INTERVAL_MS = 500
"""How often it is looked whether there is something to do."""


class Collector(QObject):
    """Collects in the thread that it was made in, by the interpreter's own counts, until it is stopped."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Take over from the interpreter."""
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._has_settled = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.CoarseTimer)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect the oldest generation that is due, with those that are younger."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        due = [place for place in range(len(counts)) if thresholds[place] and counts[place] > thresholds[place]]
        if due:
            gc.collect(due[-1])

    def settle(self) -> None:
        """Leave out from now on what is alive now: most of it stays as long as the app runs.

        When the app has started hardly anything is garbage, and to look for it would take several frames. Later there may
        be whole windows, which are collected first.
        """
        if self._has_settled:
            gc.collect()
        self._has_settled = True
        gc.freeze()

    def stop(self) -> None:
        """Leave it to the interpreter again; no other thread may run by then."""
        self._timer.stop()
        if self._was_enabled:
            gc.enable()
