"""The key of the chats in the system's keyring, for who wants to be asked no more; a keyring that hangs is not waited for."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from typing import TypeVar

from desktop_app.domain.locking import HistoryKey

SERVICE = "inglenook"
ACCOUNT = "chats"
WAIT_SECONDS = 5.0
"""How long a keyring may take; some ask the person for a password of their own meanwhile."""

Result = TypeVar("Result")


class KeyMemory:
    """Keeps the key of one database file; every method may wait, so none is for the window's thread."""

    def __init__(self, database: Path, wait_seconds: float = WAIT_SECONDS) -> None:
        self._account = f"{ACCOUNT} {database.absolute()}"
        self._wait_seconds = wait_seconds
        self._hung = False

    def recall(self) -> HistoryKey | None:
        """Return the key that is kept; None where there is none, or no keyring that answers in time."""
        return HistoryKey.read(self._in_time(lambda: _read(self._account), ""))

    def keep(self, key: HistoryKey) -> bool:
        """Keep a key; False where no keyring does."""
        text = key.secret_text()
        return self._in_time(lambda: _write(self._account, text), False)

    def forget(self) -> bool:
        """Keep no key any more; False where one is kept still, or the keyring does not answer."""
        return self._in_time(lambda: _delete(self._account), False)

    def _in_time(self, action: Callable[[], Result], otherwise: Result) -> Result:
        """Ask the keyring in a thread of its own, which is left behind where it hangs; then it is asked no more."""
        if self._hung:
            return otherwise
        answer: Future[Result] = Future()

        def ask() -> None:
            try:
                answer.set_result(action())
            except Exception:  # noqa: BLE001  # keyrings bring exceptions of all kinds; none may end the app
                answer.set_result(otherwise)

        threading.Thread(target=ask, name="keyring", daemon=True).start()
        try:
            return answer.result(self._wait_seconds)
        except FutureTimeoutError:
            self._hung = True
            return otherwise


def _read(account: str) -> str:
    import keyring  # it looks for the desktop's services, so only where a key is kept

    return keyring.get_password(SERVICE, account) or ""


def _write(account: str, text: str) -> bool:
    import keyring

    keyring.set_password(SERVICE, account, text)
    return keyring.get_password(SERVICE, account) == text  # some take everything and keep nothing


def _delete(account: str) -> bool:
    import keyring
    from keyring.errors import KeyringError

    try:
        if keyring.get_password(SERVICE, account) is None:
            return True
    except (KeyringError, RuntimeError):  # none that could keep anything
        return True
    keyring.delete_password(SERVICE, account)
    return True
