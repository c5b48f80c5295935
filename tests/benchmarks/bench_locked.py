"""Locked chats against the same ones in a plain file: opening a long chat, searching, writing, unlocking, converting.

Times are processor time of the whole process, since what encryption costs is computing. The peer is the same code over
the plain file, in turns in the same run.
"""

import itertools
import random
import shutil
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.locking import HistoryKey
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.domain.search import SearchFilter
from desktop_app.services.chats.search import Search
from desktop_app.storage import chats as rows
from desktop_app.storage.cipher import key_fits, new_salt, unlock
from desktop_app.storage.conversion import convert
from desktop_app.storage.database import Database
from desktop_app.storage.search import index_messages
from tests.benchmarks.bench_search import TYPED, texts

LONG = 10_000
SHORT, OF_SHORT = 1_500, 40
"""How many other chats there are, and how many messages each has."""
ROUNDS = 7
PASSPHRASE = "five green boats sail home"
MOST = 1.5
"""How many times what a plain file takes."""


def conversation(number: int, count: int, source: "itertools.count[int] | object") -> Conversation:
    chat_id = f"c{number}"
    messages = [
        Message(
            id=f"{chat_id}m{at}",
            chat_id=chat_id,
            parent_id=f"{chat_id}m{at - 1}" if at else None,
            role=Role.ASSISTANT if at % 2 else Role.USER,
            parts=(TextPart(next(source)),),
            status=MessageStatus.COMPLETE,
            created_at=1_790_000_000.0 + at,
        )
        for at in range(count)
    ]
    chat = Chat(id=chat_id, title=f"Chat {number}", created_at=1_790_000_000.0, updated_at=1_790_000_000.0 + number,
                leaf_id=messages[-1].id)  # fmt: skip
    return Conversation(chat=chat, messages=tuple(messages))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, HistoryKey]:
    """A plain file and the same one locked, with its key."""
    folder = tmp_path_factory.mktemp("locked")
    plain, locked = folder / "plain.db", folder / "locked.db"
    database = Database(plain)
    database.open().result(60)
    source = texts()

    def put(connection: object, each: Conversation) -> None:
        rows.insert_chat(connection, each.chat)
        rows.insert_messages(connection, each.messages)
        index_messages(connection, each.messages)

    for number in range(SHORT + 1):
        made = conversation(number, LONG if number == 0 else OF_SHORT, source)
        database.write(lambda connection, made=made: put(connection, made)).result(120)
    database.close()
    shutil.copy(plain, locked)
    key = HistoryKey.derived(PASSPHRASE, new_salt())
    convert(locked, None, key)
    print(f"\n{plain.stat().st_size / 1e6:.0f} MB, locked {locked.stat().st_size / 1e6:.0f} MB")
    return plain, locked, key


def compare(name: str, plain: Callable[[], float], locked: Callable[[], float], most: float = MOST) -> None:
    """Take both in turns, print the medians and the ratio, and hold it to `most`."""
    pairs = [(plain(), locked()) for _ in range(ROUNDS)]
    one, two = (1000 * statistics.median(each) for each in zip(*pairs, strict=True))
    print(f"{name}: plain {one:.1f} ms, locked {two:.1f} ms, {two / one:.2f} times")
    assert two / one <= most, name


def opened(path: Path, key: HistoryKey | None) -> Database:
    database = Database(path)
    database.open(key).result(60)
    return database


def open_long(database: Database) -> float:
    began = time.process_time()
    found = database.read(lambda connection: rows.load_conversation(connection, "c0")).result(60)
    took = time.process_time() - began
    assert len(found.messages) == LONG
    return took


def test_opening_a_long_chat(files: tuple[Path, Path, HistoryKey]) -> None:
    plain, locked, key = files

    def first(path: Path, its: HistoryKey | None) -> float:
        database = opened(path, its)
        try:
            return open_long(database)
        finally:
            database.close()

    compare("a chat of 10,000 messages, first", lambda: first(plain, None), lambda: first(locked, key))
    one, two = opened(plain, None), opened(locked, key)
    compare("a chat of 10,000 messages, again", lambda: open_long(one), lambda: open_long(two))
    one.close()
    two.close()


def test_searching(files: tuple[Path, Path, HistoryKey]) -> None:
    plain, locked, key = files
    typed = [words[:end] for words in TYPED for end in range(1, len(words) + 1)]

    def search_all(search: Search) -> float:
        began = time.process_time()
        for words in typed:
            there = threading.Event()
            search.search(words, SearchFilter(), lambda _page, there=there: there.set())
            assert there.wait(60)
        return time.process_time() - began

    def first(path: Path, its: HistoryKey | None) -> float:
        database = opened(path, its)
        with ThreadPoolExecutor(1) as pool:
            search = Search(database, None, pool)  # no model is asked for anything here
            took = search_all(search)
            search.close()
        database.close()
        return took

    compare(f"{len(typed)} searches as one types", lambda: first(plain, None), lambda: first(locked, key))


def test_writing(files: tuple[Path, Path, HistoryKey]) -> None:
    plain, locked, key = files
    one, two = opened(plain, None), opened(locked, key)
    chance = random.Random(3)

    def save(database: Database) -> float:
        """Save a growing answer a hundred times, as while it streams."""
        began = time.process_time()
        for _ in range(100):
            chat_id = f"c{chance.randrange(1, SHORT)}"
            title = "An answer that grows " * 50
            database.write(lambda connection, c=chat_id, t=title: rows.update_chat(connection, c, title=t)).result(60)
        return time.process_time() - began

    compare("a hundred saves", lambda: save(one), lambda: save(two), most=3.0)
    one.close()
    two.close()


def test_unlocking_and_converting(files: tuple[Path, Path, HistoryKey], tmp_path: Path) -> None:
    plain, locked, key = files
    times = []
    for _ in range(5):
        began = time.process_time()
        assert unlock(locked, PASSPHRASE) == key
        times.append(time.process_time() - began)
    began = time.process_time()
    for _ in range(100):
        assert key_fits(locked, key)
    each = (time.process_time() - began) / 100
    print(f"unlocking: {1000 * statistics.median(times):.0f} ms; each connection after it: {1000 * each:.2f} ms")
    copy = tmp_path / "copy.db"
    shutil.copy(plain, copy)
    size = copy.stat().st_size / 1e6
    other = HistoryKey.derived("another", new_salt())
    for name, old, new in (("encrypting", None, key), ("another key", key, other), ("decrypting", other, None)):
        began, wall = time.process_time(), time.perf_counter()
        convert(copy, old, new)
        used, took = time.process_time() - began, time.perf_counter() - wall
        print(f"{name}: {size / used:.0f} MB/s of processor time, {size / took:.0f} MB/s by the clock")
