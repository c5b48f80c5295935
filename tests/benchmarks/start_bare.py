"""A bare PySide6 window with one label: prints when it was painted, in seconds since its parent started it and of CPU."""

import json
import os
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QLabel


class Watch(QObject):
    """Ends the program after the first paint."""

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self.report)
        return False

    def report(self) -> None:
        cpu = time.process_time()
        process = psutil.Process()
        painted = time.time() - float(os.environ["STARTED"])
        print(json.dumps({"painted": painted, "painted_cpu": cpu, "rss": process.memory_info().rss / 1e6}))
        sys.stdout.flush()
        os._exit(0)


application = QApplication([])
label = QLabel("Hello")
watch = Watch()
label.installEventFilter(watch)
label.show()
application.exec()
