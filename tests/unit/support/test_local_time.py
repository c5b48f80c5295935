"""Moments that Windows has no local time for are shown all the same: imported chats may be of any time since 1970."""

import datetime as dt
import time
from collections.abc import Iterator

import pytest

from desktop_app.domain.statistics import Tally
from desktop_app.support import formats
from desktop_app.support.i18n import translator

DAY = 24 * 60 * 60


class WindowsDatetime(dt.datetime):
    """Refuses what Windows' C library does: times before 1970, and to look for the zone of a day around it."""

    def astimezone(self, tz: dt.tzinfo | None = None) -> "WindowsDatetime":
        moment = self.replace(tzinfo=self.tzinfo or dt.UTC).timestamp()
        if moment < (2 * DAY if self.tzinfo is None else 0):
            raise OSError(22, "Invalid argument")
        return super().astimezone(tz)


@pytest.fixture
def _windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    translator.language, translator.region = "en", "GB"
    monkeypatch.setattr(formats, "datetime", WindowsDatetime)
    yield
    translator.language, translator.region = "en", ""


@pytest.mark.usefixtures("_windows")
@pytest.mark.parametrize("moment", [-3_000_000.0, 0.0, 0.5 * DAY, 1_750_000_000.0])
def test_every_moment_has_a_day_and_a_time(moment: float) -> None:
    assert formats.date(moment)
    assert formats.date_and_time(moment, seconds=True)
    assert formats.local_time(moment).timestamp() == moment


@pytest.mark.usefixtures("_windows")
def test_every_day_begins() -> None:
    assert formats.begin_of(dt.date(1970, 1, 1)) <= 0.5 * DAY
    assert formats.begin_of(dt.date(2026, 3, 7)) == time.mktime((2026, 3, 7, 0, 0, 0, 0, 0, -1))


def test_they_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    localtime = time.localtime

    def as_windows(moment: float) -> time.struct_time:
        if moment < 0:
            raise OSError(22, "Invalid argument")
        return localtime(moment)

    monkeypatch.setattr(time, "localtime", as_windows)
    tally = Tally()
    tally.add_question(-1.0)
    tally.add_answer(-1.0, None)
    assert tally.statistics(1).questions == 1
