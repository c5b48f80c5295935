"""A window for bench_moving_in.py, which looks at an export, imports all of it, and prints figures.

    python moving_in_window.py HOME FILE

Figures: seconds for the look and for the import, CPU seconds of this process and of those that it started, CPU
milliseconds of the window's thread per turn of its event loop while the chats come and while they are removed again,
and CPU milliseconds of the database's writer per transaction.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from desktop_app.gui.moving_in.page import Step
from desktop_app.gui.start import Session
from desktop_app.services.data_folder.place import Place
from desktop_app.settings.window_state import WindowState, save_window_state
from desktop_app.support.paths import Paths
from tests.benchmarks.stream_window import SETTLE_MS, Pulse

POLL_MS = 20


class Import:
    """Takes one step after the other, when the one before is done."""

    def __init__(self, application: QApplication, home: Path, file: str) -> None:
        paths = Paths.below(home)
        save_window_state(paths.window_file, WindowState(welcomed=True))
        place = Place.take(paths)
        assert place is not None
        self.application = application
        self.file = file
        self.figures: dict[str, object] = {}
        self.pulse = Pulse()
        self.session = Session(paths, place)
        self.session.services_started.connect(lambda: QTimer.singleShot(SETTLE_MS, self._look))
        self.session.show()
        self.session.window.resize(1360, 860)
        self.timer = QTimer()
        self.timer.setInterval(POLL_MS)
        self.timer.timeout.connect(self._poll)
        self.began = 0.0
        self.slices: list[float] = []

    def _look(self) -> None:
        self.began = time.perf_counter()
        self.session.controller.moving_in.look(self.file)
        self.timer.start()

    def _poll(self) -> None:
        page = self.session.window.moving_in_page
        if page.step is Step.OFFER:
            self.figures["look"] = time.perf_counter() - self.began
            self.cpu = time.process_time()
            self._watch_writer()
            self.pulse.start()
            self.began = time.perf_counter()
            page.offer.accept_button.click()
        elif page.step is Step.DONE:
            self.figures["bring"] = time.perf_counter() - self.began
            self.figures["cpu"] = time.process_time() - self.cpu
            self.timer.stop()
            QTimer.singleShot(1000, self._remove)  # what the last chats cause is looked at, too

    def _watch_writer(self) -> None:
        database = self.session.app.database
        real = database.write

        def write(action, *follow):
            def timed(connection):
                began = time.thread_time()
                try:
                    return action(connection)
                finally:
                    self.slices.append((time.thread_time() - began) * 1000)

            return real(timed, *follow)

        database.write = write

    def _remove(self) -> None:
        self.pulse.stop()
        self.figures["costs"], self.figures["slices"] = self.pulse.costs, list(self.slices)
        self.figures["words"] = self.session.window.moving_in_page.outcome.words.text()
        self.pulse.start()
        self.session.window.moving_in_page.outcome.remove_button.click()
        QTimer.singleShot(3000, self._end)

    def _end(self) -> None:
        self.pulse.stop()
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.figures |= {
            "removal": self.pulse.costs,
            "children": children.ru_utime + children.ru_stime,
        }
        self.application.quit()


def main() -> None:
    application = QApplication([])
    run = Import(application, Path(sys.argv[1]), sys.argv[2])
    application.exec()
    run.session.end()
    print(json.dumps(run.figures), flush=True)


if __name__ == "__main__":
    main()
