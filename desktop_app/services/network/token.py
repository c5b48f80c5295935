"""The hub's access token: kept in the system's keyring, never in a file of ours, a log or an error."""

import os
import threading
from concurrent.futures import Executor, Future

from desktop_app.services.background.jobs import InOrder

SERVICE = "inglenook"
ACCOUNT = "hub"
VARIABLE = "HF_TOKEN"
"""What the hub's own tools read; it serves where no token was entered here."""


class Token:
    """Reads and keeps the token. The keyring may ask the person to unlock it, so only the I/O pool waits for it."""

    def __init__(self, pool: Executor) -> None:
        self._changes = InOrder(pool)
        self._lock = threading.Lock()
        self._value: str | None = None

    def value(self) -> str:
        """Return the token, '' where there is none; waits for the keyring the first time."""
        with self._lock:
            if self._value is None:
                self._value = _read() or os.environ.get(VARIABLE, "")
            return self._value

    def keep(self, token: str) -> "Future[bool]":
        """Use `token` from now on ('' for none); False where no keyring keeps it beyond this session."""
        return self._changes.submit(self._keep, token.strip())

    def forget(self) -> bool:
        """Let the keyring keep none; False where it keeps one and does not let go of it. Waits for the keyring."""
        with self._lock:
            self._value = None
            return forget()

    def _keep(self, token: str) -> bool:
        with self._lock:
            self._value = token
            return _write(token)


def forget() -> bool:
    """Let the keyring keep no token; False where it keeps one and does not let go of it. Waits for the keyring."""
    return not _read() or _write("")


def _read() -> str:
    import keyring  # it looks for the desktop's services, so only when a token is wanted
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(SERVICE, ACCOUNT) or ""
    except (KeyringError, RuntimeError):
        return ""


def _write(token: str) -> bool:
    import keyring
    from keyring.errors import KeyringError, PasswordDeleteError

    try:
        if token:
            keyring.set_password(SERVICE, ACCOUNT, token)
        else:
            keyring.delete_password(SERVICE, ACCOUNT)
    except PasswordDeleteError:
        return True  # there was none
    except (KeyringError, RuntimeError):
        return False
    return True
