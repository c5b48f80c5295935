"""A window for bench_stream.py, which obeys the lines on its input and prints figures.

    python stream_window.py ours HOME TOKENS     Inglenook: "ask" asks the starter model a question,
                                                 "watch" does the same and looks at the event loop
    python stream_window.py bare - 0             a window with one label: "watch" looks until "end"

Figures: tokens per second as the window's thread sees them; where it was looked at, CPU milliseconds
of that thread per turn of its event loop, and milliseconds between the beats of a timer. To look
costs time itself, so speed is measured without.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QAbstractEventDispatcher, QObject, QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel

BEAT_MS = 5
SETTLE_MS = 3000
"""How long after the start the window has nothing to prepare any more."""
STORY = "Write a very long story about a lighthouse keeper."


class Pulse(QObject):
    """Notes how regularly the event loop turns, and what each turn costs."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self.costs: list[float] = []
        self._beat = 0.0
        self._turned = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._on_beat)

    def start(self) -> None:
        self.gaps, self.costs = [], []
        self._beat = time.perf_counter()
        self._turned = time.thread_time()
        self._timer.start()
        # once per turn, wherever this platform handles its events
        QAbstractEventDispatcher.instance().aboutToBlock.connect(self._on_turn)

    def stop(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            QAbstractEventDispatcher.instance().aboutToBlock.disconnect(self._on_turn)

    def figures(self) -> dict[str, list[float]]:
        return {"gaps": self.gaps, "costs": self.costs}

    def _on_beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self._beat) * 1000)
        self._beat = now

    def _on_turn(self) -> None:
        now = time.thread_time()
        self.costs.append((now - self._turned) * 1000)
        self._turned = now


def tell(figures: dict[str, object]) -> None:
    print(json.dumps(figures), flush=True)


def on_line(application: QApplication, action) -> QSocketNotifier:
    """Call `action` at each line of the input; its end ends the program."""

    def read() -> None:
        if line := sys.stdin.readline():
            action(line.strip())
        else:
            application.quit()

    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, application)
    notifier.activated.connect(read)
    return notifier


def run_bare() -> None:
    """Show a label and look at its event loop when told to."""
    application = QApplication([])
    label = QLabel("Hello")
    label.show()
    pulse = Pulse()

    def obey(line: str) -> None:
        if line == "watch":
            pulse.start()
        else:
            pulse.stop()
            tell(pulse.figures())

    notifier = on_line(application, obey)
    tell({})
    application.exec()
    notifier.setEnabled(False)


class Ours(QObject):
    """Inglenook's window, which asks at each line of its input."""

    def __init__(self, application: QApplication, home: str, tokens: int) -> None:
        super().__init__()
        from desktop_app.domain.sampling import Sampling
        from desktop_app.gui.start import Session
        from desktop_app.services.data_folder.place import Place
        from desktop_app.settings.window_state import WindowState, save_window_state
        from desktop_app.support.paths import Paths

        paths = Paths.below(Path(home))
        save_window_state(paths.window_file, WindowState(welcomed=True))
        place = Place.take(paths)
        assert place is not None
        self.sampling = Sampling(max_tokens=tokens, seed=1)
        self.session = Session(paths, place)
        self.pulse = Pulse()
        self.first = self.last = 0.0
        self.notifier: QSocketNotifier | None = None
        self.application = application
        self.session.services_started.connect(lambda: QTimer.singleShot(SETTLE_MS, self._begin))
        self.session.show()
        self.session.window.resize(1360, 860)

    def _begin(self) -> None:
        self.session._bridge.happened.connect(self._on_event)
        self.session._bridge.grew.connect(self._on_event)
        self.notifier = on_line(self.application, self._ask)
        tell({})

    def _ask(self, line: str) -> None:
        window = self.session.window
        window.sidebar.new_chat_requested.emit()
        window.panel.sampling_tab.set_sampling(self.sampling)
        window.panel.sampling_tab.sampling_changed.emit(self.sampling)
        self.first = self.last = 0.0
        if line == "watch":
            self.pulse.start()
        window.composer.send_requested.emit(STORY)

    def _on_event(self, event: object) -> None:
        from desktop_app.services.events import AnswerDelta, AnswerEnded

        if isinstance(event, AnswerDelta):
            self.last = time.perf_counter()
            self.first = self.first or self.last
        elif isinstance(event, AnswerEnded):
            receipt = event.message.receipt
            assert receipt is not None
            rate = (receipt.completion_tokens - 1) / (self.last - self.first)
            self.pulse.stop()
            tell({"rate": rate, **self.pulse.figures()})


def run_ours(home: str, tokens: int) -> None:
    application = QApplication([])
    ours = Ours(application, home, tokens)
    application.exec()
    ours.session.end()


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        run_bare()
    else:
        run_ours(sys.argv[2], int(sys.argv[3]))
