"""What the app is and what it is made of, for whoever asks or writes a report about a mistake."""

import platform
import time
from collections.abc import Sequence
from concurrent.futures import Executor, Future

from desktop_app.domain.hardware import Report
from desktop_app.services.words import hardware_words
from desktop_app.support.build import Build, this_build
from desktop_app.support.crash import shorten_home
from desktop_app.support.i18n import _
from desktop_app.support.notices import Part, parts_here
from desktop_app.support.version import PACKAGES, VERSION, package_version

SHORT = 12
"""Digits of a commit that are shown."""

Row = tuple[str, str]


class About:
    """Reads files and metadata in the I/O pool."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool

    def parts(self) -> "Future[tuple[Part, ...]]":
        """Return the parts of others that this copy is made of, with their licences."""
        return self._pool.submit(parts_here)

    def details(self, report: Report | None) -> "Future[list[Row]]":
        """Return names and values; `report` is what was found of the hardware, where somebody looked."""
        return self._pool.submit(_details, report)


def details_text(rows: Sequence[Row]) -> str:
    """Return details as lines to paste into a report; the home folder's name is left out."""
    return shorten_home("".join(f"{name}: {value}\n" for name, value in rows))


def build_words(build: Build) -> str:
    """Return of which commit a copy was built, empty where that is not known."""
    day = time.strftime("%Y-%m-%d", time.gmtime(build.date)) if build.date else ""
    return ", ".join(part for part in (build.commit[:SHORT], day) if part)


def _details(report: Report | None) -> list[Row]:
    build = this_build()
    rows = [
        (_("Version"), VERSION),
        (_("Built from"), build_words(build)),
        (_("Runs"), _("from an installed copy") if build.frozen else _("from its sources")),
        (_("System"), platform.platform()),
        ("Python", platform.python_version()),
        *((name, package_version(name) or _("missing")) for name in PACKAGES),
    ]
    if report is not None:
        rows += [(name, value) for name, value in hardware_words.build(report) if value]
        rows.append((_("Hardware"), hardware_words.summary(report)))
    return [(name, value) for name, value in rows if value]
