"""The real program on a real X server with a bus and a tray: the icon, keys from anywhere, and life without a window."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from desktop_app.domain.locking import HistoryKey
from desktop_app.settings.schema import AppearanceSettings, DesktopSettings, EngineSettings, Settings
from desktop_app.settings.window_state import WindowState, save_window_state
from desktop_app.storage.cipher import new_salt
from desktop_app.storage.conversion import convert
from desktop_app.storage.database import Database
from desktop_app.support.paths import Paths
from tests.e2e.test_real_display import display, environment, messages, paths, start, until, window_of, xdotool

__all__ = ["display", "environment", "paths", "start"]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not all(map(shutil.which, ("Xvfb", "xdotool", "dbus-daemon"))),
    reason="needs an X server and a bus of its own",
)
pytest.importorskip("jeepney")

OTHER = """
from PySide6.QtWidgets import QApplication, QLineEdit
app = QApplication([])
field = QLineEdit()
field.setWindowTitle("Another program")
field.show()
app.exec()
"""


class TrayHost:
    """The tray of the desktop; `kill` is the end of its panel."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("tray_host.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        self._watchdog = threading.Timer(600, self._process.kill)
        self._watchdog.start()
        assert self.says() == "ready"

    def says(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def ask(self, command: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self.says()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._watchdog.cancel()
        self._watchdog.join()


@pytest.fixture
def desktop(environment: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    """Give the programs of a test a session bus."""
    folder = tmp_path / "bus"
    folder.mkdir()
    command = ["dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:dir={folder}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as daemon:
        assert daemon.stdout is not None
        environment["WAYLAND_DISPLAY"] = ""
        environment["DBUS_SESSION_BUS_ADDRESS"] = daemon.stdout.readline().strip()
        yield environment
        daemon.kill()


@pytest.fixture
def tray(desktop: dict[str, str]) -> Iterator[TrayHost]:
    made = TrayHost(desktop)
    yield made
    made.kill()


def set_up(paths: Paths, **chosen: object) -> None:
    save_window_state(paths.window_file, WindowState(welcomed=True))
    settings = Settings(
        desktop=DesktopSettings(**chosen),
        engine=EngineSettings(context_size=2048),  # the usual one takes as long as to read the weights
        appearance=AppearanceSettings(reduced_motion=True),
        sampling=msgspec.structs.replace(Settings().sampling, max_tokens=8, temperature=0.0),
    )
    paths.config.mkdir(parents=True, exist_ok=True)
    paths.settings_file.write_bytes(msgspec.json.encode(settings))


def lock_chats(paths: Paths) -> None:
    """Have no chats yet, locked with a passphrase."""
    database = Database(paths.database)
    database.open().result(60)
    database.close()
    convert(paths.database, None, HistoryKey.derived("five green boats", new_salt()), lambda _done, _total: None)


def quick_windows(environment: dict[str, str]) -> list[str]:
    return xdotool(environment, "search", "--onlyvisible", "--name", "^Quick question$").split()


def main_windows(environment: dict[str, str]) -> list[str]:
    return xdotool(environment, "search", "--onlyvisible", "--name", "^Inglenook$").split()


def close_windows(environment: dict[str, str]) -> None:
    """Close all windows, with the keys again and again: one that is still being filled takes none."""

    def closed() -> bool:
        for window in main_windows(environment):
            xdotool(environment, "windowfocus", "--sync", window, "key", "ctrl+w")
        return not main_windows(environment)

    until(closed)


def test_without_a_window_it_lives_in_the_tray(
    start: Callable[[], subprocess.Popen[str]], desktop: dict[str, str], paths: Paths, tray: TrayHost
) -> None:
    set_up(paths, tray=True, keep_running=True)
    process = start()
    window_of(desktop)
    assert tray.says() == "icon"
    assert tray.ask("status") == "Inglenook"
    assert tray.ask("menu").split("|")[:3] == ["Open Inglenook", "Quick question", "New chat"]
    close_windows(desktop)
    until(lambda: not main_windows(desktop))
    assert process.poll() is None
    assert tray.ask("click Quick question") == "clicked"
    until(lambda: quick_windows(desktop))
    xdotool(desktop, "windowfocus", "--sync", quick_windows(desktop)[0], "type", "--delay", "5", "Say hello")
    xdotool(desktop, "key", "Return")
    until(lambda: len(messages(paths)) == 2 and messages(paths)[1][1] == "complete")
    xdotool(desktop, "key", "Escape")
    until(lambda: not quick_windows(desktop))
    until(lambda: len(tray.ask("menu").split("|")) == 7)  # the chat is among them now
    title = tray.ask("menu").split("|")[3]
    assert tray.ask(f"click {title}") == "clicked"
    until(lambda: main_windows(desktop))
    assert tray.ask("click Quit") == "clicked"
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")


def unlock(environment: dict[str, str], is_open: Callable[[], object]) -> None:
    """Type the passphrase as soon as there is a window."""
    until(lambda: main_windows(environment))
    window = main_windows(environment)[0]
    xdotool(environment, "windowfocus", "--sync", window, "type", "--delay", "5", "five green boats")
    xdotool(environment, "key", "Return")
    until(is_open)


def lock_screen(environment: dict[str, str]) -> None:
    """Tell everybody on the bus what a desktop tells when its screen is locked."""
    signal = ["org.freedesktop.ScreenSaver.ActiveChanged", "boolean:true"]
    command = ["dbus-send", "--session", "--type=signal", "/org/freedesktop/ScreenSaver", *signal]
    subprocess.run(command, env=environment, check=True)


def test_chats_that_are_locked_in_the_tray_stay_there(
    start: Callable[[], subprocess.Popen[str]], desktop: dict[str, str], paths: Paths, tray: TrayHost
) -> None:
    set_up(paths, tray=True, keep_running=True)
    lock_chats(paths)

    def is_open() -> bool:
        return "New chat" in tray.ask("menu")

    def is_locked() -> bool:
        lock_screen(desktop)  # again and again: nobody tells when the app listens to the bus
        return tray.ask("menu") == "Open Inglenook|Quick question|Quit"

    process = start()
    assert tray.says() == "icon"
    unlock(desktop, is_open)
    close_windows(desktop)
    until(is_locked)
    assert tray.ask("status") == "Your chats are locked"
    assert main_windows(desktop) == []
    assert tray.ask("click Open Inglenook") == "clicked"
    unlock(desktop, is_open)
    close_windows(desktop)
    until(is_locked)
    assert main_windows(desktop) == []
    tray.kill()
    until(lambda: main_windows(desktop))  # there is no other way to it now
    xdotool(desktop, "windowfocus", "--sync", main_windows(desktop)[0], "key", "ctrl+q")
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")


def test_keys_for_a_quick_question_ask_for_the_passphrase_of_locked_chats_first(
    start: Callable[[], subprocess.Popen[str]], desktop: dict[str, str], paths: Paths, tray: TrayHost
) -> None:
    set_up(paths, tray=True, keep_running=True, quick_keys="Ctrl+Alt+Space")
    lock_chats(paths)
    process = start()
    window_of(desktop)
    assert tray.says() == "icon"  # on a busy machine it comes after the window
    until(lambda: tray.ask("menu") == "Open Inglenook|Quick question|Quit")
    close_windows(desktop)
    until(lambda: not main_windows(desktop))
    assert process.poll() is None

    def pressed() -> bool:
        xdotool(desktop, "key", "ctrl+alt+space")
        return bool(main_windows(desktop))

    until(pressed)
    unlock(desktop, lambda: quick_windows(desktop))
    until(lambda: not main_windows(desktop))  # the lock's goes once the chats are open
    until(lambda: tray.ask("click Quit") == "clicked")
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")


def test_a_tray_without_an_icon_says_so(tray: TrayHost) -> None:
    assert [tray.ask(asked) for asked in ("status", "menu", "click Quit")] == ["gone"] * 3


def test_when_the_tray_goes_the_window_comes_back(
    start: Callable[[], subprocess.Popen[str]], desktop: dict[str, str], paths: Paths, tray: TrayHost
) -> None:
    set_up(paths, tray=True, keep_running=True)
    process = start()
    window_of(desktop)
    assert tray.says() == "icon"
    close_windows(desktop)
    until(lambda: not main_windows(desktop))
    tray.kill()
    until(lambda: main_windows(desktop))
    close_windows(desktop)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")


def test_where_there_is_no_tray_the_last_window_is_the_end(
    start: Callable[[], subprocess.Popen[str]], desktop: dict[str, str], paths: Paths
) -> None:
    set_up(paths, tray=True, keep_running=True)
    process = start()
    window_of(desktop)
    until(lambda: paths.database.exists())
    close_windows(desktop)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")


def test_a_start_for_a_quick_question_shows_nothing_else_and_ends_with_it(
    start: Callable[..., subprocess.Popen[str]], desktop: dict[str, str], paths: Paths
) -> None:
    set_up(paths)
    process = start("--quick")
    until(lambda: quick_windows(desktop))
    xdotool(desktop, "windowfocus", "--sync", quick_windows(desktop)[0], "type", "--delay", "5", "Say hello")
    xdotool(desktop, "key", "Return")
    until(lambda: len(messages(paths)) == 2 and messages(paths)[1][1] == "complete")
    assert main_windows(desktop) == []
    xdotool(desktop, "key", "Escape")
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")


def test_a_start_for_a_quick_question_stays_in_the_tray(
    start: Callable[..., subprocess.Popen[str]], desktop: dict[str, str], paths: Paths, tray: TrayHost
) -> None:
    set_up(paths, tray=True, keep_running=True)
    process = start("--quick")
    until(lambda: quick_windows(desktop))
    assert tray.says() == "icon"
    xdotool(desktop, "windowfocus", "--sync", quick_windows(desktop)[0], "key", "Escape")
    until(lambda: not quick_windows(desktop))
    assert main_windows(desktop) == []
    assert tray.ask("click Open Inglenook") == "clicked"
    until(lambda: main_windows(desktop))
    assert tray.ask("click Quit") == "clicked"
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")


def test_keys_open_it_over_another_window(
    start: Callable[[], subprocess.Popen[str]], desktop: dict[str, str], paths: Paths
) -> None:
    set_up(paths, quick_keys="Ctrl+Alt+Space")
    process = start()
    window = window_of(desktop)
    until(lambda: paths.database.exists())
    other = subprocess.Popen([sys.executable, "-c", OTHER], env=desktop)
    try:
        until(lambda: xdotool(desktop, "search", "--onlyvisible", "--name", "^Another program$"))
        there = xdotool(desktop, "search", "--onlyvisible", "--name", "^Another program$").split()[0]
        xdotool(desktop, "windowfocus", "--sync", there)

        def pressed() -> bool:
            xdotool(desktop, "key", "ctrl+alt+space")
            return bool(quick_windows(desktop))

        until(pressed)  # the keys are taken once the services are up
        xdotool(desktop, "windowfocus", "--sync", quick_windows(desktop)[0], "type", "--delay", "5", "Say hello")
        xdotool(desktop, "key", "Return")
        until(lambda: len(messages(paths)) == 2)
    finally:
        other.kill()
        other.wait()
    xdotool(desktop, "windowfocus", "--sync", window, "key", "ctrl+q")
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")
