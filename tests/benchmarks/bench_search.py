"""Searching 1,000,000 messages as one types: how soon the first hits are there, after each character.

The database is made once and kept in the folder for temporary files. The peer reads every hundredth message with
SQL's LIKE in the same run: what an app without an index does, spared 99 of 100 messages.
"""

import itertools
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlcipher3 import dbapi2

from desktop_app.domain.messages import MessageStatus, Receipt, Role
from desktop_app.domain.parts import TextPart
from desktop_app.domain.search import SearchFilter
from desktop_app.domain.search_text import model_token, month_token, prepared, role_token, year_token
from desktop_app.services.chats.search import Search, SearchPage
from desktop_app.storage.database import Database
from desktop_app.storage.revisions import NEWEST
from desktop_app.storage.values import encode

CHATS, PER_CHAT = 20_000, 50
WORDS = 60_000
YEARS = 3
MODELS = ("Qwen3 8B", "Gemma 3 4B", "SmolLM2 135M", "A model that wrote little")
COMMON = (
    "the of and to a in is it you that he was for on are with as his they be at one have this from or had by hot but some "
    "what there we can out other were all your when up use word how said an each she which do their time if will way about "
    "many then them would write like so these her long make thing see him two has look more day could go come did my sound "
    "no most number who over know water than call first people may down side been now find any new work part take get place"
)
TYPED = (
    "the", "water", "how many people", "what is the time", "lighthouse keeper", '"in the water"', "-the water", "zu",
    "write a long word about water", "中文", "strasse", "no such words anywhere",
)  # fmt: skip


def vocabulary() -> list[str]:
    """Return made up words that begin and go on as words do, after the most common ones of English."""
    chance = random.Random(1)
    words: dict[str, None] = dict.fromkeys(COMMON.split())
    while len(words) < WORDS:
        syllables = (
            chance.choice("bcdfghjklmnprstvwz") + chance.choice("aeiou") + chance.choice(("", "", "n", "r", "st"))
            for _ in range(chance.choice((1, 2, 2, 3, 3, 4)))
        )
        words["".join(syllables)] = None
    return list(words)


def texts() -> Iterator[str]:
    """Yield short questions and longer answers in turns, whose words are as common as Zipf says."""
    chance = np.random.default_rng(1)
    words = np.array(vocabulary(), dtype=object)
    words[[7000, 9000, 20_000, 21_000, 3000]] = ["lighthouse", "keeper", "中文字符的搜索", "Straße", "naïve"]
    share = np.cumsum(1 / np.arange(1, WORDS + 1))
    while True:
        lengths = np.where(
            np.arange(10_000) % 2, chance.lognormal(4.2, 0.7, 10_000), chance.lognormal(2.6, 0.6, 10_000)
        )
        ends = np.cumsum(lengths.astype(int) + 1)
        chosen = words[np.searchsorted(share, chance.random(int(ends[-1])) * share[-1])].tolist()
        for begin, end in itertools.pairwise((0, *ends.tolist())):
            yield " ".join(chosen[begin:end])


def fill(path: Path) -> None:
    """Make the database: the tables by the app, the rows in large transactions."""
    database = Database(path)
    database.open().result(60)
    database.close()
    now = time.time()
    step = YEARS * 365 * 86_400 / (CHATS * PER_CHAT)
    source = texts()
    sampling, receipts = encode({}), [encode(Receipt(model_name=name)) for name in MODELS]
    connection = dbapi2.connect(str(path), isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.executemany("INSERT INTO search_models (number, name) VALUES (?, ?)", enumerate(MODELS))
    chance = random.Random(2)
    for begun in range(0, CHATS, 200):
        chats: list[tuple[Any, ...]] = []
        messages: list[tuple[Any, ...]] = []
        index: list[tuple[int, str]] = []
        for chat in range(begun, begun + 200):
            model = 3 if chance.random() < 0.001 else chance.randrange(3)
            first = chat * PER_CHAT
            started = now - (CHATS * PER_CHAT - first) * step
            chats.append((f"c{chat}", next(source)[:40], False, started, started + PER_CHAT * step, False,
                          f"m{first + PER_CHAT}", "/m.gguf", "", "", sampling))  # fmt: skip
            for number in range(first + 1, first + PER_CHAT + 1):
                is_answer = number % 2 == 0
                role, text, written = (
                    (Role.ASSISTANT if is_answer else Role.USER),
                    next(source),
                    started + number - first,
                )
                day = time.gmtime(written)
                parent = f"m{number - 1}" if number > first + 1 else None
                messages.append((number, f"m{number}", f"c{chat}", parent, role.value, MessageStatus.COMPLETE.value,
                                 written, encode((TextPart(text),)), receipts[model] if is_answer else None))  # fmt: skip
                tokens = (role_token(role.value), year_token(day.tm_year), month_token(day.tm_year, day.tm_mon),
                          model_token(model))  # fmt: skip
                index.append((number, prepared(f"\n\n{text}", tokens)))
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO chats (id, title, title_is_own, created_at, updated_at, pinned, leaf_id, model_path, draft,"
            " system_prompt, sampling) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", chats)  # fmt: skip
        connection.executemany(
            "INSERT INTO messages (sequence, id, chat_id, parent_id, role, status, created_at, parts, receipt)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", messages)  # fmt: skip
        connection.executemany("INSERT INTO search_index (rowid, words) VALUES (?, ?)", index)
        connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@pytest.fixture(scope="module")
def file() -> Path:
    """A database of 1,000,000 messages, made where there is none yet."""
    path = Path(tempfile.gettempdir()) / f"inglenook-bench-search-{NEWEST}-{CHATS * PER_CHAT}.db"
    if not path.exists():
        began = time.process_time()
        making = path.with_suffix(".making")
        making.unlink(missing_ok=True)
        fill(making)
        making.rename(path)
        print(f"\nmade in {time.process_time() - began:.0f} s of processor time: {path.stat().st_size / 1e6:.0f} MB")
    return path


@pytest.fixture(scope="module")
def search(file: Path) -> Iterator[Search]:
    database = Database(file)
    database.open().result(60)
    with ThreadPoolExecutor(1) as pool:
        made = Search(database, None, pool)  # no model is asked for anything here
        yield made
        made.close()
    database.close()


def first_hits(search: Search, typed: str, wanted: SearchFilter) -> tuple[float, int]:
    """Return the milliseconds until the first page was there, and how many hits it had."""
    shown: list[SearchPage] = []
    there = threading.Event()
    began = time.perf_counter()
    search.search(typed, wanted, lambda page: (shown.append(page), there.set()))
    assert there.wait(60)
    return 1000 * (time.perf_counter() - began), len(shown[0].hits)


def report(name: str, times: list[float]) -> float:
    times = sorted(times)
    late = times[int(0.95 * (len(times) - 1))]
    print(
        f"{name}: median {statistics.median(times):.1f} ms, 95 % {late:.1f} ms, worst {times[-1]:.1f} ms ({len(times)})"
    )
    return late


def like(file: Path, word: str) -> float:
    connection = dbapi2.connect(str(file))
    began = time.perf_counter()
    found = connection.execute(
        "SELECT m.sequence, m.chat_id FROM messages m JOIN chats c ON c.id = m.chat_id"
        " WHERE m.sequence > ? AND CAST(m.parts AS TEXT) LIKE ? ORDER BY m.sequence DESC LIMIT 40",
        (CHATS * PER_CHAT * 99 // 100, f"%{word}%"),
    ).fetchall()
    took = 1000 * (time.perf_counter() - began)
    connection.close()
    assert len(found) <= 40
    return took


def test_first_hits_as_one_types(search: Search, file: Path) -> None:
    now = time.time()
    filters = {
        "no filter": SearchFilter(),
        "role": SearchFilter(role=Role.USER),
        "a model that wrote little": SearchFilter(model=MODELS[3]),
        "a month two years ago": SearchFilter(since=now - 2 * 365 * 86_400, until=now - 700 * 86_400),
    }
    for name, wanted in filters.items():
        times = []
        slowest = (0.0, "")
        for typed in TYPED:
            for end in range(1, len(typed) + 1):
                took, _hits = first_hits(search, typed[:end], wanted)
                times.append(took)
                slowest = max(slowest, (took, typed[:end]))
        report(f"{name} (slowest: {slowest[1]!r})", times)
    report("peer, LIKE over a hundredth", [like(file, word) for word in ("zuzuzu", "lighthouse", "qqq")])
