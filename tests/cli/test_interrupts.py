"""Ctrl-C wherever a command is just then: it ends with 130, says nothing, and loses nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from desktop_app.domain.parts import written
from desktop_app.storage.values import decode_parts
from desktop_app.support.paths import Paths

ROOT = Path(__file__).resolve().parents[2]
SERVER = "desktop_app.services.data_folder.owner_server"
"""What is imported while the services start."""
ASK = ["ask", "Write a very long story.", "--save", "--max-tokens", "4000"]
DRIVER = """
import signal, sys, weakref

class Watcher:  # hears of each import, as the machinery of imports itself does
    def find_spec(self, name, path=None, target=None):
        if name == WHERE:
            sys.meta_path.remove(self)
            if HOW == "callback":
                weakref.finalize(Watched(), signal.raise_signal, signal.SIGINT)  # Python swallows what is raised here
            else:
                for _time in range(int(HOW)):
                    signal.raise_signal(NUMBER)
        return None

class Watched:
    pass

if __name__ == "__main__":
    WHERE, HOW, NUMBER = sys.argv[1], sys.argv[2], int(sys.argv[3])
    sys.meta_path.insert(0, Watcher())
    from desktop_app.__main__ import main
    sys.exit(main(sys.argv[4:]))
"""

STUCK = """
    import threading
    from desktop_app.app import App

    def never_stop(_app):
        print("stopping", file=sys.stderr, flush=True)
        signal.raise_signal(signal.SIGINT)
        threading.Event().wait()

    App.stop = never_stop
    sys.exit("""


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    file = tmp_path / "driver.py"
    file.write_text(DRIVER)
    return file


def interrupted_at(
    driver: Path, where: str, command: list[str], how: str = "1", number: int = signal.SIGINT
) -> tuple[int, str]:
    """Run a command that gets a signal when it imports `where`; returns its exit code and what it said."""
    environment = {
        **os.environ,
        "INGLENOOK_HOME": str(driver.parent / "home"),
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
    }
    done = subprocess.run(
        [sys.executable, str(driver), where, how, str(int(number)), *command],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stderr


def kept(home: Path) -> list[tuple[str, str, str]]:
    """Return who wrote each message that is stored, how it ended, and its text."""
    from sqlcipher3 import dbapi2

    connection = dbapi2.connect(str(Paths.below(home).database))
    rows = connection.execute("SELECT role, status, parts FROM messages ORDER BY sequence").fetchall()
    connection.close()
    return [(role, status, written(decode_parts(parts)).strip()) for role, status, parts in rows]


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    "where",
    [
        "multiprocessing",
        "msgspec._core",
        "desktop_app.cli.window",
        "desktop_app.services.data_folder.owner_client",
        "desktop_app.app",
    ],
)
@pytest.mark.parametrize("how", ["1", "callback"])
def test_ctrl_c_while_a_command_begins(driver: Path, where: str, how: str) -> None:
    assert interrupted_at(driver, where, ASK, how) == (130, "")


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("where", [SERVER, "sqlalchemy.sql", "desktop_app.services.answering.turns"])
@pytest.mark.parametrize("how", ["1", "callback"])
def test_ctrl_c_while_the_services_start(driver: Path, where: str, how: str) -> None:
    """Some of it is imported by the database's thread, which then hears the signal."""
    assert interrupted_at(driver, where, ASK, how) == (130, "")
    left = psutil.Process().children(recursive=True)
    assert [child for child in left if "desktop_app" in " ".join(child.cmdline())] == []


@pytest.mark.usefixtures("interruptible")
def test_a_second_ctrl_c_ends_at_once(driver: Path) -> None:
    driver.write_text(DRIVER.replace("    sys.exit(", STUCK))
    assert interrupted_at(driver, SERVER, ASK) == (130, "stopping\n")


@pytest.mark.usefixtures("interruptible")
def test_what_was_asked_and_answered_until_then_is_kept(driver: Path) -> None:
    environment = {**os.environ, "INGLENOOK_HOME": str(driver.parent / "home")}
    command = [sys.executable, "-m", "desktop_app", *ASK]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "bufsize": 0}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        assert process.stdout is not None
        begun = process.stdout.read(10)
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (130, b"")
    assert kept(driver.parent / "home") == [
        ("user", "complete", "Write a very long story."),
        ("assistant", "stopped", (begun + rest).decode().strip()),
    ]


@pytest.mark.usefixtures("interruptible")
def test_the_systems_request_to_end_has_a_code_of_its_own(driver: Path) -> None:
    assert interrupted_at(driver, "msgspec._core", ASK, number=signal.SIGTERM) == (143, "")
    assert interrupted_at(driver, SERVER, ASK, number=signal.SIGTERM) == (143, "")
