"""Progress in the taskbar: what a dock on a private bus hears, and that nothing happens without one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop_app.gui.system import taskbar
from desktop_app.gui.system.taskbar import NoTaskbar, Progress, UnityTaskbar, taskbar_for

SENDER = """
from PySide6.QtCore import QCoreApplication
from desktop_app.gui.system.taskbar import Progress, UnityTaskbar
app = QCoreApplication([])
progress = Progress(UnityTaskbar(lambda job: job()))
for done, size in ((0, 200), (1, 200), (84, 200), (85, 200), (0, 0)):
    progress.show(done, size)
"""


class Seen:
    def __init__(self) -> None:
        self.fractions: list[float | None] = []

    def show(self, fraction: float | None) -> None:
        self.fractions.append(fraction)


def test_whole_percents_are_shown_once_each() -> None:
    seen = Seen()
    progress = Progress(seen)
    for done in range(0, 1001, 2):
        progress.show(done, 1000)
    progress.show(0, 0)
    progress.show(0, 0)
    assert seen.fractions == [*(percent / 100 for percent in range(101)), None]


def test_every_platform_has_one() -> None:
    jobs: list[Callable[[], None]] = []
    dock = taskbar_for(lambda: 0, jobs.append, "linux")
    assert isinstance(dock, UnityTaskbar)
    dock.show(0.5)
    assert len(jobs) == 1  # a bus that does not answer holds up no window
    assert isinstance(taskbar_for(lambda: 0, jobs.append, "darwin"), NoTaskbar)
    taskbar_for(lambda: 0, jobs.append, "darwin").show(0.5)


def run_sender(address: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": address}
    return subprocess.run(
        [sys.executable, "-c", SENDER], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_without_a_bus_nothing_is_said() -> None:
    done = run_sender("unix:path=/nowhere/at/all")
    assert (done.returncode, done.stdout) == (0, "")
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not (shutil.which("dbus-daemon") and shutil.which("dbus-monitor")), reason="no dbus-daemon here")
def test_a_dock_hears_it(tmp_path: Path) -> None:
    daemon = ["dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:dir={tmp_path}"]
    with subprocess.Popen(daemon, stdout=subprocess.PIPE, text=True) as bus:
        try:
            assert bus.stdout is not None
            address = bus.stdout.readline().strip()
            rule = "type='signal',interface='com.canonical.Unity.LauncherEntry'"
            with subprocess.Popen(
                ["dbus-monitor", "--address", address, rule], stdout=subprocess.PIPE, text=True
            ) as monitor:
                try:
                    assert monitor.stdout is not None
                    for line in monitor.stdout:
                        if "NameAcquired" in line or "NameLost" in line:
                            break
                    assert run_sender(address).returncode == 0
                    heard = []
                    for line in monitor.stdout:
                        heard.append(line.strip())
                        if "boolean false" in line:
                            break
                finally:
                    monitor.kill()
        finally:
            bus.kill()
    words = " ".join(heard)
    assert "application://inglenook.desktop" in words
    assert [float(line.split()[-1]) for line in heard if "double" in line] == [0.0, 0.42, 0.0]
    assert words.count("boolean true") == 2


def test_windows_is_told_which_program_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def answer(name: str) -> None:
        told.append(name)
        raise OSError("a shell that does not know it")

    shell = SimpleNamespace(SetCurrentProcessExplicitAppUserModelID=answer)
    monkeypatch.setattr(taskbar, "ctypes", SimpleNamespace(oledll=SimpleNamespace(shell32=shell)), raising=False)
    if sys.platform != "win32":
        taskbar.introduce()
        assert told == []
    monkeypatch.setattr(sys, "platform", "win32")
    taskbar.introduce()
    assert told == [taskbar.WINDOWS_APP_ID]


def test_a_flatpak_goes_by_its_own_name() -> None:
    assert taskbar.desktop_entry({}) == "inglenook"
    assert taskbar.desktop_entry({"FLATPAK_ID": "org.inglenook.Inglenook"}) == "org.inglenook.Inglenook"
