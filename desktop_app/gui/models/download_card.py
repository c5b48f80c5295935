"""The card of a download, with the words for how far it is."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.sizes import readable_size
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.models.card import ModelCard
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.progress_bar import ProgressBar
from desktop_app.services.words.error_text import explain
from desktop_app.support.formats import duration, side_by_side
from desktop_app.support.i18n import _, ngettext


class DownloadCard(ModelCard):
    """A model on its way."""

    next_requested = Signal()
    pause_requested = Signal()
    resume_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, theme: Theme, download: Download) -> None:
        name = download.variant.name
        super().__init__(theme, name)
        self._resumes = False
        self._download = download
        self._place = 0
        self.details.setText(side_by_side([download.variant.quantization, download.repository]))
        self.next = self.add_button(_("Download next"), _("Download {model} next").format(model=name))
        self.next.clicked.connect(self.next_requested)
        self.next.hide()
        self.toggle = self.add_button(_("Pause"), "")
        self.toggle.clicked.connect(self._toggled)
        self.cancel = self.add_button(_("Cancel"), _("Cancel the download of {model}").format(model=name))
        self.cancel.clicked.connect(self.cancel_requested)
        self.bar = ProgressBar(theme, _("Download of {model}").format(model=name), self)
        self.progress = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.note = Label(theme, "", "small", "muted", parent=self)
        foot = QHBoxLayout()
        foot.setSpacing(theme.px(8))
        foot.addWidget(self.progress, 1)
        foot.addWidget(self.note)
        self.column.addWidget(self.bar)
        self.column.addLayout(foot)
        self.problem = Label(theme, "", "small", "bad", wraps=True, parent=self)
        self.column.addWidget(self.problem)
        self.show_download(download)

    def show_download(self, download: Download) -> None:
        """Show how far it is."""
        self._download = download
        self._resumes = download.state in (DownloadState.PAUSED, DownloadState.FAILED)
        words = (
            _("Try again") if download.state is DownloadState.FAILED else _("Resume") if self._resumes else _("Pause")
        )
        if self.toggle.text() != words:
            self.toggle.set_content(words)
        self.toggle.setAccessibleName(f"{words}, {download.variant.name}")
        self.bar.set_fraction(download.done / download.size if download.size else 0.0)
        self.progress.setText(progress_words(download, self._place))
        self.note.setText(_("Hash checked as it arrives") if download.state is DownloadState.RUNNING else "")
        explanation = explain(download.error) if download.error is not None else None
        self.problem.setText(explanation.text if explanation else "")
        self.problem.setVisible(explanation is not None)

    def set_place(self, place: int) -> None:
        """Say which one of those that wait it is, 0 for none of them; only a later one can be moved up."""
        self._place = place
        self.next.setVisible(place > 1)
        self.progress.setText(progress_words(self._download, place))

    def set_narrow(self, narrow: bool) -> None:
        """Leave the note out, too, where it is narrow."""
        super().set_narrow(narrow)
        self.note.setVisible(not narrow)

    def _toggled(self) -> None:
        (self.resume_requested if self._resumes else self.pause_requested).emit()


def progress_words(download: Download, place: int = 0) -> str:
    """Return how far a download is, as a line of words; `place` is its turn among those that wait, from 1 on."""
    parts = [_("{done} of {size}").format(done=readable_size(download.done), size=readable_size(download.size))]
    if download.state is DownloadState.RUNNING and download.waits > 0.0:
        seconds = max(1, round(download.waits))
        words = ngettext("retrying in {count} second", "retrying in {count} seconds", seconds)
        parts.append(words.format(count=seconds))
    elif download.is_stalled:
        parts.append(_("next to nothing is coming"))
    elif download.state is DownloadState.RUNNING and download.speed > 0.0:
        parts.append(_("{speed}/s").format(speed=readable_size(round(download.speed))))
        left = download.seconds_left
        if left is not None:
            parts.append(_("{time} left").format(time=duration(left)))
    elif download.state is DownloadState.QUEUED:
        words = ngettext("waiting for {count} other first", "waiting for {count} others first", place - 1)
        parts.append(words.format(count=place - 1) if place > 1 else _("waiting"))
    elif download.state is DownloadState.PAUSED:
        parts.append(_("paused"))
    return side_by_side(parts, "   ")


def download_words(downloads: Sequence[Download]) -> str:
    """Return how fast several downloads are together and how long they take; empty while that is not known."""
    speed = sum(download.speed for download in downloads if not download.is_stalled)
    if speed <= 0.0:
        return ""
    left = sum(download.size - download.done for download in downloads) / speed
    words = _("{speed} a second, {time} left")
    return words.format(speed=readable_size(round(speed)), time=duration(left))
