"""What is said of a download of which nothing comes any more."""

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.hub import HubFile, Variant
from desktop_app.gui.models import silences as silences_module
from desktop_app.gui.models.download_card import download_words, progress_words
from desktop_app.gui.models.silences import Silences

VARIANT = Variant(name="M", quantization="Q8_0", files=(HubFile(name="m.gguf", size=1_000_000),))


def coming(**changes: object) -> Download:
    values = {"state": DownloadState.RUNNING, "done": 500_000, "speed": 10_000.0, **changes}
    return Download(id="d", repository="a/M", commit="c", variant=VARIANT, folder="/", **values)


@pytest.fixture
def silences(qapp: QObject, monkeypatch: pytest.MonkeyPatch) -> Silences:
    monkeypatch.setattr(silences_module, "SILENT_MS", 1)
    return Silences(qapp)


def test_a_download_that_falls_silent_has_no_speed_any_more(silences: Silences, qtbot: QtBot) -> None:
    with qtbot.waitSignal(silences.noticed) as noticed:
        silences.hear(coming())
    assert progress_words(noticed.args[0]) == "500 kB of 1 MB   next to nothing is coming"
    assert download_words([noticed.args[0]]) == ""  # and not how many days it would take
    assert download_words([noticed.args[0], coming()]).startswith("10 kB a second")


@pytest.mark.parametrize(
    "later",
    [
        coming(state=DownloadState.PAUSED),
        coming(waits=9.0),
        coming(speed=0.0),  # what is there is read again
        coming(done=1_000_000),
    ],
)
def test_what_waits_or_is_checked_is_not_silent(silences: Silences, qtbot: QtBot, later: Download) -> None:
    heard: list[Download] = []
    silences.noticed.connect(heard.append)
    silences.hear(coming())
    silences.hear(later)
    assert silences._timers == {}
    assert heard == []
