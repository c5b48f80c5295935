"""Tells when nothing more comes of a download that runs: whoever sends nothing tells nothing either."""

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from desktop_app.domain.downloads import STALLED_SPEED, Download, DownloadState

SILENT_MS = 5_000
"""How long nothing must have been heard; what comes is told several times a second."""


class Silences(QObject):
    """`noticed` carries a download as it was last told, with next to no speed: what it had is none any more."""

    noticed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timers: dict[str, QTimer] = {}
        self._heard: dict[str, Download] = {}

    def hear(self, download: Download) -> None:
        """Take note of how far a download is."""
        comes = download.state is DownloadState.RUNNING and download.speed > 0.0 and not download.waits
        if not comes or download.done >= download.size:  # what is there is being checked
            self.forget(download.id)
            return
        self._heard[download.id] = download
        if download.id not in self._timers:
            timer = self._timers[download.id] = QTimer(self, singleShot=True, interval=SILENT_MS)
            timer.timeout.connect(lambda: self._notice(download.id))
        self._timers[download.id].start()

    def forget(self, download_id: str) -> None:
        """Expect nothing more of a download."""
        self._heard.pop(download_id, None)
        timer = self._timers.pop(download_id, None)
        if timer is not None:
            timer.stop()
            timer.deleteLater()

    def _notice(self, download_id: str) -> None:
        self.noticed.emit(msgspec.structs.replace(self._heard[download_id], speed=STALLED_SPEED / 2))
