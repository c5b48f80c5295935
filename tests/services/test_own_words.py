"""A person's own words are kept with the chats, and nowhere else."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop_app.domain.errors import AppError
from desktop_app.domain.locking import HistoryKey
from desktop_app.services.background.jobs import Jobs
from desktop_app.services.data_folder import locked_history
from desktop_app.services.data_folder.key_memory import KeyMemory
from desktop_app.services.data_folder.locked_history import Change
from desktop_app.services.writing.own_words import OwnWords
from desktop_app.settings.store import SettingsStore
from desktop_app.storage.database import Database
from desktop_app.support.paths import Paths

WAIT_SECONDS = 30.0
PASSPHRASE = "five green boats"
FORMER = '{"own_words": {"words": ["Wichtelzwerg", "teh"]}, "appearance": {"theme": "dark"}}'


class Words:
    """What is kept in a folder, opened and closed as often as a test likes."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self.key: HistoryKey | None = None
        self._open()

    def _open(self) -> None:
        self.database = Database(self.paths.database)
        self.database.open(self.key).result(WAIT_SECONDS)
        self.settings = SettingsStore(self.paths.settings_file)
        self.own = OwnWords(self.database, self.settings)

    def load(self) -> frozenset[str]:
        """Return the words as they are known once they are loaded."""
        self.own.load()
        self.database.write(lambda _connection: None).result(WAIT_SECONDS)
        return self.own.words

    def restart_after_older_release(self) -> None:
        self.paths.settings_file.parent.mkdir(exist_ok=True)
        self.paths.settings_file.write_text(FORMER, encoding="utf-8")
        self.restart()

    def restart(self) -> None:
        self.database.close()
        self._open()


@pytest.fixture
def words(paths: Paths) -> Iterator[Words]:
    made = Words(paths)
    yield made
    made.database.close()


def change(paths: Paths, wanted: Change) -> HistoryKey | None:
    with ThreadPoolExecutor(1) as pool:
        job = Jobs(pool).begin(lambda job: locked_history.change(paths, wanted, KeyMemory(paths.database), job))
        return job.future.result(60).key


def readable(paths: Paths, text: str) -> list[Path]:
    """Return the files below the app's folders in which a text can be read."""
    files = {file for folder in paths.folders() for file in folder.rglob("*") if file.is_file()}
    return [file for file in files if text.encode() in file.read_bytes()]


def test_words_are_kept_and_told(words: Words) -> None:
    heard: list[frozenset[str]] = []
    words.own.changed.subscribe(heard.append)
    assert words.load() == frozenset()
    words.own.add("Wichtelzwerg").result(WAIT_SECONDS)
    words.own.add("teh").result(WAIT_SECONDS)
    words.own.add("teh").result(WAIT_SECONDS)
    assert words.own.remove("nothing").result(WAIT_SECONDS) == {"Wichtelzwerg", "teh"}
    words.restart()
    assert words.own.words == frozenset()
    assert words.load() == {"Wichtelzwerg", "teh"}
    assert words.own.remove("teh").result(WAIT_SECONDS) == {"Wichtelzwerg"}
    assert heard[-1] == {"Wichtelzwerg", "teh"}


def test_words_that_were_kept_in_the_settings_are_taken_from_there(words: Words) -> None:
    words.own.add("Ada").result(WAIT_SECONDS)
    words.restart_after_older_release()
    assert words.load() == {"Ada", "Wichtelzwerg", "teh"}
    assert words.settings.value.own_words.words == ()
    assert "Wichtelzwerg" not in words.paths.settings_file.read_text(encoding="utf-8")
    assert "dark" in words.paths.settings_file.read_text(encoding="utf-8")
    words.restart()
    assert words.load() == {"Ada", "Wichtelzwerg", "teh"}


def test_words_stay_in_the_settings_where_they_cannot_be_kept_elsewhere(words: Words) -> None:
    words.restart_after_older_release()
    words.database.close()
    words.own.load()
    assert words.own.words == frozenset()
    assert words.settings.value.own_words.words == ("Wichtelzwerg", "teh")
    with pytest.raises(AppError):
        words.own.add("Ada").result(WAIT_SECONDS)


def test_where_the_chats_are_locked_nobody_reads_them(words: Words) -> None:
    words.restart_after_older_release()
    words.load()
    words.database.close()
    assert readable(words.paths, "Wichtelzwerg")
    words.key = change(words.paths, Change(wanted=PASSPHRASE))
    assert readable(words.paths, "Wichtelzwerg") == []
    words.restart()
    assert words.load() == {"Wichtelzwerg", "teh"}
    words.database.close()
    words.key = change(words.paths, Change(present=PASSPHRASE))
    words.restart()
    assert words.load() == {"Wichtelzwerg", "teh"}
