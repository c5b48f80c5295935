"""The key in the system's keyring: kept, forgotten, and every way in which a keyring lets one down."""

import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringError, PasswordDeleteError

from desktop_app.domain.locking import HistoryKey
from desktop_app.services.data_folder.key_memory import KeyMemory
from tests.keyrings import KeptInMemory

KEY = HistoryKey(bytes(range(32)), bytes(range(16)))


class Forgetful(KeptInMemory):
    """Takes everything and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        del service, username, password


class Refusing(KeptInMemory):
    """Is locked, or breaks as backends do."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self._error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self._error

    def delete_password(self, service: str, username: str) -> None:
        raise self._error


class Clinging(KeptInMemory):
    """Lets go of nothing."""

    def delete_password(self, service: str, username: str) -> None:
        raise PasswordDeleteError("not now")


class Hanging(KeptInMemory):
    """Waits for something that does not come, until the test lets it go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        self.let_go.wait(60)
        return super().get_password(service, username)


@pytest.fixture(autouse=True)
def _no_keyring_after() -> Iterator[None]:
    yield
    keyring.set_keyring(NoKeyring())


def test_a_key_is_kept_and_forgotten_for_each_file(tmp_path: Path) -> None:
    keyring.set_keyring(KeptInMemory())
    memory, other = KeyMemory(tmp_path / "a.db"), KeyMemory(tmp_path / "b.db")
    assert memory.recall() is None
    assert memory.keep(KEY)
    assert memory.recall() == KEY
    assert other.recall() is None
    assert other.forget()
    assert memory.forget()
    assert memory.recall() is None


@pytest.mark.parametrize(
    "backend",
    [NoKeyring(), Refusing(KeyringError("locked")), Refusing(RuntimeError("no bus")), Refusing(OSError(5, "x"))],
)
def test_a_keyring_that_is_missing_or_refuses_keeps_nothing(backend: KeyringBackend, tmp_path: Path) -> None:
    keyring.set_keyring(backend)
    memory = KeyMemory(tmp_path / "a.db")
    assert not memory.keep(KEY)
    assert memory.recall() is None


def test_a_key_that_a_keyring_does_not_let_go_of_is_told(tmp_path: Path) -> None:
    memory = KeyMemory(tmp_path / "a.db")
    keyring.set_keyring(NoKeyring())
    assert memory.forget()  # nothing was kept
    keyring.set_keyring(Clinging())
    assert memory.forget()
    assert memory.keep(KEY)
    assert not memory.forget()


def test_one_that_keeps_nothing_or_gives_nonsense_is_found_out(tmp_path: Path) -> None:
    keyring.set_keyring(Forgetful())
    assert not KeyMemory(tmp_path / "a.db").keep(KEY)
    backend = KeptInMemory()
    keyring.set_keyring(backend)
    memory = KeyMemory(tmp_path / "a.db")
    assert memory.keep(KEY)
    for nonsense in ("", "x", "00", KEY.secret_text()[:-1]):
        backend.kept = dict.fromkeys(backend.kept, nonsense)
        assert memory.recall() is None


def test_one_that_hangs_is_given_up_and_not_asked_again(tmp_path: Path) -> None:
    backend = Hanging()
    keyring.set_keyring(backend)
    memory = KeyMemory(tmp_path / "a.db", wait_seconds=0.01)
    try:
        assert memory.recall() is None
        assert not memory.keep(KEY)
        assert memory.recall() is None
    finally:
        backend.let_go.set()
        for thread in threading.enumerate():
            if thread.name == "keyring":
                thread.join(60)
    assert backend.asked == 1
