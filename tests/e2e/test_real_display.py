"""The real program on a real X server: a click, keystrokes, a second start, and sudden ends."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from sqlcipher3 import dbapi2

from desktop_app.settings.window_state import WindowState, save_window_state
from desktop_app.support.paths import Paths

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("Xvfb") is None, reason="needs an X server of its own"
)
KILLS = 20 if os.environ.get("INGLENOOK_SOAK") else 1
STORY = "Write a very long story about a lighthouse."


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """Run an X server for this module; it chooses a free number itself.

    It would begin anew whenever its last window goes, and refuse whoever comes meanwhile. It would also repeat a key that
    is not let go in time, which a busy computer may be late for.
    """
    read_end, write_end = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(write_end),
        "-screen",
        "0",
        "1400x900x24",
        "-nolisten",
        "tcp",
        "-noreset",
        "-r",
    ]
    with subprocess.Popen(command, pass_fds=[write_end], stderr=subprocess.DEVNULL) as server:
        os.close(write_end)
        with os.fdopen(read_end) as answer:
            number = answer.readline().strip()
        yield f":{number}"
        server.terminate()


@pytest.fixture
def environment(display: str, tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "Zuhause 家"
    return {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "INGLENOOK_HOME": str(home)}


@pytest.fixture
def paths(environment: dict[str, str]) -> Paths:
    return Paths.below(Path(environment["INGLENOOK_HOME"]))


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "desktop_app", *arguments], env=environment, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def set_up(paths: Paths, **sampling: object) -> None:
    """Be somebody who has been here, with a context that takes less time to make than the usual one."""
    save_window_state(paths.window_file, WindowState(welcomed=True))
    paths.settings_file.write_text(json.dumps({"engine": {"context_size": 2048}, "sampling": sampling}))


def until(happens: Callable[[], object], seconds: float = 120.0) -> None:
    """Ask again and again, since the program under test is another process and cannot signal this one."""
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def xdotool(environment: dict[str, str], *arguments: str) -> str:
    """Have keys pressed, or windows found; one that waits for the focus would wait for ever for a window that has gone."""
    command = ["xdotool", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout.strip()


def messages(paths: Paths) -> list[tuple[str, str, bytes]]:
    if not paths.database.exists():
        return []
    connection = dbapi2.connect(f"{paths.database.as_uri()}?mode=ro", uri=True, timeout=60)
    try:
        return connection.execute("SELECT role, status, parts FROM messages ORDER BY sequence").fetchall()
    except dbapi2.OperationalError:
        return []  # not migrated yet
    finally:
        connection.close()


def window_of(environment: dict[str, str]) -> str:
    until(lambda: xdotool(environment, "search", "--onlyvisible", "--name", "^Inglenook$"))
    return xdotool(environment, "search", "--onlyvisible", "--name", "^Inglenook$").splitlines()[0]


def type_question(environment: dict[str, str], window: str, text: str) -> None:
    """Click into the composer and type, as a person would."""
    geometry = dict(
        line.split("=")
        for line in xdotool(environment, "getwindowgeometry", "--shell", window).splitlines()
        if "=" in line
    )
    x, y = int(geometry["WIDTH"]) // 2, int(geometry["HEIGHT"]) - 90
    xdotool(environment, "mousemove", "--window", window, str(x), str(y), "click", "1")
    xdotool(environment, "type", "--delay", "5", text)
    xdotool(environment, "key", "Return")


def test_a_person_types_a_question_and_gets_an_answer(start, environment: dict[str, str], paths: Paths) -> None:
    set_up(paths, max_tokens=64)
    process = start()
    window = window_of(environment)
    type_question(environment, window, "Say hello")
    until(lambda: len(messages(paths)) == 2)
    assert messages(paths)[0][0] == "user"
    assert b"Say hello" in messages(paths)[0][2]
    until(lambda: len(messages(paths)[1][2]) > 20)

    second = start()
    assert second.wait(120) == 0
    assert process.poll() is None
    asked = subprocess.run(
        [sys.executable, "-m", "desktop_app", "ask", "Hi", "--max-tokens", "4"],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (asked.returncode, asked.stderr) == (0, "")
    assert len(messages(paths)) == 2

    xdotool(environment, "windowfocus", window, "key", "ctrl+q")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0
    assert errors == ""


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_session_or_ctrl_c_ends_it_in_good_order(
    start, environment: dict[str, str], paths: Paths, ending: signal.Signals
) -> None:
    set_up(paths)
    process = start()
    window = window_of(environment)
    type_question(environment, window, STORY)
    until(lambda: len(messages(paths)) == 2 and len(messages(paths)[-1][2]) > 12)
    process.send_signal(ending)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")
    assert messages(paths)[-1][1] != "streaming"


def test_killed_while_streaming(start, environment: dict[str, str], paths: Paths) -> None:
    set_up(paths)
    chance = random.Random(3)
    for round_number in range(1, KILLS + 1):
        process = start()
        window = window_of(environment)
        xdotool(environment, "windowfocus", window, "key", "ctrl+n")
        type_question(environment, window, STORY)
        until(lambda count=2 * round_number: len(messages(paths)) >= count)
        until(lambda: len(messages(paths)[-1][2]) > 12)
        time.sleep(chance.uniform(0.0, 0.8))
        workers = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
        seen = len(messages(paths)[-1][2])
        os.kill(process.pid, signal.SIGKILL)
        process.wait(60)
        until(lambda pids=workers: not any(psutil.pid_exists(pid) for pid in pids))
        role, _status, parts = messages(paths)[-1]
        assert role == "assistant"
        assert len(parts) >= seen
        connection = dbapi2.connect(str(paths.database))
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
    process = start()
    window_of(environment)
    until(lambda: all(status != "streaming" for _, status, _ in messages(paths)))
    assert {status for role, status, _ in messages(paths) if role == "assistant"} <= {"interrupted", "complete"}


def test_a_folder_that_cannot_be_written_is_said_in_a_dialog(start, environment: dict[str, str], paths: Paths) -> None:
    paths.data.parent.parent.mkdir(parents=True, exist_ok=True)
    paths.data.parent.write_text("a file in the way")
    process = start()
    until(lambda: xdotool(environment, "search", "--onlyvisible", "--name", "cannot start"))
    xdotool(environment, "search", "--onlyvisible", "--name", "cannot start", "windowfocus", "--sync", "key", "Return")
    assert process.wait(120) == 1
    assert "inglenook: " in process.stderr.read()
