"""What is typed without showing, in a real terminal, and what a pipe has in its place."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from desktop_app.domain.locking import HistoryKey
from desktop_app.storage.cipher import new_salt
from desktop_app.storage.conversion import convert
from desktop_app.storage.database import Database
from desktop_app.support.paths import Paths

pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")
ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "desktop_app"]
PASSPHRASE = "fünf grüne Boote"
WAIT_SECONDS = 60.0


ITS_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
"""Ctrl-C is for those whose terminal it is."""


class Terminal:
    """A command at a terminal."""

    def __init__(self, *words: str) -> None:
        self._ours, self._theirs = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", ITS_TERMINAL, *COMMAND, *words],
            cwd=ROOT,
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            start_new_session=True,
        )
        self.shown = b""

    @property
    def shows_typing(self) -> bool:
        return bool(termios.tcgetattr(self._ours)[3] & termios.ECHO)

    def type(self, keys: bytes) -> None:
        """Type, once the command has asked and nothing that is typed shows any more."""
        while self.shows_typing:
            self._read()
        os.write(self._ours, keys)

    def reply(self, words: bytes, keys: bytes) -> None:
        """Type, once the command has shown `words`."""
        while words not in self.shown:
            self._read()
        os.write(self._ours, keys)

    def wait(self) -> int:
        """Return the exit code, with all that was shown."""
        code = self._process.wait(WAIT_SECONDS)
        while select.select([self._ours], [], [], 0)[0]:
            self._read()
        return code

    def close(self) -> None:
        """End it if it has not ended."""
        self._process.kill()
        self._process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def _read(self) -> None:
        assert select.select([self._ours], [], [], WAIT_SECONDS)[0]
        self.shown += os.read(self._ours, 1000)


@pytest.fixture
def home(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setenv("INGLENOOK_HOME", str(paths.data.parent))
    return paths


@pytest.fixture
def locked(home: Paths) -> Iterator[Paths]:
    database = Database(home.database)
    database.open().result(60)
    database.close()
    convert(home.database, None, HistoryKey.derived(PASSPHRASE, new_salt()))
    return home


@pytest.mark.usefixtures("home", "interruptible")
@pytest.mark.parametrize(("keys", "code", "words"), [(b"\x03", 130, b""), (b"\x04", 2, b"the token is empty")])
def test_giving_up_leaves_the_terminal_as_it_was(keys: bytes, code: int, words: bytes) -> None:
    with closing(Terminal("models", "token")) as terminal:
        terminal.type(keys)
        assert terminal.wait() == code
        assert terminal.shows_typing
        assert words in terminal.shown
        assert b"Traceback" not in terminal.shown


@pytest.mark.usefixtures("locked")
@pytest.mark.usefixtures("home", "interruptible")
def test_a_question_that_is_waited_for_is_asked_for() -> None:
    with closing(Terminal("ask", "--max-tokens", "2")) as terminal:
        terminal.reply(b"Type your question, then press Enter, Ctrl+D:", b"hi\n\x04")
        assert terminal.wait() == 0
        assert len(terminal.shown.splitlines()) > 2


@pytest.mark.parametrize("typed", [PASSPHRASE.encode(), f"{PASSPHRASE}\r\n".encode(), f"\ufeff{PASSPHRASE}\n".encode()])
def test_a_pipe_has_the_same_passphrase_in_every_language(typed: bytes) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for environment in ({**os.environ, **plain}, {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}):
        done = subprocess.run(
            [*COMMAND, "chats", "list"], cwd=ROOT, env=environment, input=typed, capture_output=True, timeout=120
        )
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.usefixtures("locked")
def test_a_pipe_of_no_text_is_not_the_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8:strict")
    done = subprocess.run([*COMMAND, "chats", "list"], cwd=ROOT, input=b"\xff\xfe\n", capture_output=True, timeout=120)
    assert done.returncode == 1
    assert b"not the passphrase" in done.stderr
