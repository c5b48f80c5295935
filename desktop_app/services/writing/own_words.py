"""A person's own words, which are right although no dictionary has them; kept with the chats, encrypted where these are."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from desktop_app.services.background.futures import once_told
from desktop_app.services.background.rows import own_word_rows
from desktop_app.settings.store import SettingsStore
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.storage.database import Database


class OwnWords:
    """Knows none before they are loaded; `changed` has all of them, and is published in the database's threads."""

    def __init__(self, database: "Database", settings: SettingsStore) -> None:
        self.changed: Publisher[frozenset[str]] = Publisher()
        self.words: frozenset[str] = frozenset()
        self._database = database
        self._settings = settings
        self._lock = threading.Lock()
        self._is_loaded = False

    def load(self) -> None:
        """Read them, once; those that an older release kept in the settings, readable by everybody, are taken from there."""
        with self._lock:
            if self._is_loaded:
                return
            self._is_loaded = True
        former = self._settings.value.own_words.words
        loaded = self._change(lambda connection: own_word_rows.add_own_words(connection, former))
        if former:
            loaded.add_done_callback(self._forget_former)

    def add(self, word: str) -> "Future[frozenset[str]]":
        """Keep one more; returns all of them."""
        return self._change(lambda connection: own_word_rows.add_own_words(connection, (word,)))

    def remove(self, word: str) -> "Future[frozenset[str]]":
        """Keep one no longer; returns those that are left."""
        return self._change(lambda connection: own_word_rows.remove_own_word(connection, word))

    def _change(self, change: "Callable[[Connection], None]") -> "Future[frozenset[str]]":
        def write(connection: "Connection") -> frozenset[str]:
            change(connection)
            return own_word_rows.list_own_words(connection)

        return self._database.write(write, lambda done: once_told(done, self._take))

    def _take(self, done: "Future[frozenset[str]]") -> None:
        if not done.cancelled() and done.exception() is None:  # else whoever asked is told
            self.words = done.result()
            self.changed.publish(self.words)

    def _forget_former(self, done: "Future[frozenset[str]]") -> None:
        if not done.cancelled() and done.exception() is None:
            self._settings.reset("own_words")
