"""Snapshots on disk: found by their longest beginning, trusted only whole, kept within a budget."""

import array
import mmap
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop_app.engine import snapshots
from desktop_app.engine.fingerprint import fingerprint
from desktop_app.engine.snapshots import (
    SUFFIX,
    Identity,
    SnapshotDamagedError,
    Snapshots,
    common_length,
    file_name,
    forget_snapshots,
)

SOAK = bool(os.environ.get("INGLENOOK_SOAK"))
ONE = Identity(model="m", engine="e", device="CPU", kv_type="f16", adapters=("a 1.0",))
BUDGET = 1 << 20


def state(data: bytes) -> mmap.mmap:
    memory = mmap.mmap(-1, len(data))
    memory.write(data)
    return memory


def save(folder: Path, name: str, tokens: list[int], data: bytes = b"state", identity: Identity = ONE,
         budget: int = BUDGET) -> None:  # fmt: skip
    store = Snapshots(folder, identity, budget)
    store.save(name, tokens, state(data))
    store.close()


def read(store: Snapshots, prompt: list[int]) -> bytes:
    found = store.best(prompt, 0)
    assert found is not None
    memory = store.read(found[0])
    try:
        return bytes(memory)
    finally:
        memory.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Snapshots]:
    opened = Snapshots(tmp_path, ONE, BUDGET)
    yield opened
    opened.close()


def test_what_was_saved_comes_back_whole(tmp_path: Path, store: Snapshots) -> None:
    data = random.Random(1).randbytes(20_000_000)
    save(tmp_path, "chat-1", [1, 2, 3, -1, 2**31 - 1], data, budget=1 << 30)
    assert read(store, [1, 2, 3, -1, 2**31 - 1, 9]) == data
    assert [path.name for path in tmp_path.iterdir()] == [file_name("chat-1", ONE)]


def test_the_longest_common_beginning_wins(tmp_path: Path, store: Snapshots) -> None:
    save(tmp_path, "a", [1, 2, 3], b"a")
    save(tmp_path, "b", [1, 2, 3, 4, 5], b"b")
    save(tmp_path, "c", [2, 2, 3, 4, 5, 6, 7], b"c")
    assert read(store, [1, 2, 3, 4, 9]) == b"b"
    assert store.best([1, 2, 3, 4, 9], 3) is not None
    assert store.best([1, 2, 3, 4, 9], 4) is None  # no more than is known already
    assert store.best([7], 0) is None


def test_a_name_is_written_over_and_known_at_once(tmp_path: Path, store: Snapshots) -> None:
    assert store.best([1], 0) is None
    store.save("a", [1, 2], state(b"old"))
    store.save("a", [1, 2, 3], state(b"new"))
    store.close()
    assert read(store, [1, 2, 3]) == b"new"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("field", ["model", "engine", "device", "kv_type", "adapters"])
def test_another_identity_sees_nothing_of_it(tmp_path: Path, field: str) -> None:
    save(tmp_path, "a", [1, 2, 3])
    import msgspec

    other = msgspec.structs.replace(ONE, **{field: ("b",) if field == "adapters" else "another"})
    assert Snapshots(tmp_path, other, BUDGET).best([1, 2, 3], 0) is None
    renamed = tmp_path / file_name("a", other)
    (tmp_path / file_name("a", ONE)).rename(renamed)  # even under the other's name
    assert Snapshots(tmp_path, other, BUDGET).best([1, 2, 3], 0) is None
    assert not renamed.exists()


def damage(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def is_refused(path: Path) -> bool:
    """Whether a file is either not found at all, or refused when it is read."""
    store = Snapshots(path.parent, ONE, BUDGET)
    found = store.best([1, 2, 3, 4], 0)
    if found is None:
        return True
    try:
        store.read(found[0]).close()
    except SnapshotDamagedError:
        return not path.exists()
    return False


def test_every_bit_of_the_header_counts(tmp_path: Path) -> None:
    save(tmp_path, "a", [1, 2, 3, 4], b"\0" * 64)
    path = tmp_path / file_name("a", ONE)
    whole = path.read_bytes()
    for bit in range((len(whole) - 64) * 8):
        path.write_bytes(damage(whole, bit))
        assert is_refused(path), f"bit {bit}"
    path.write_bytes(whole)
    assert not is_refused(path)


def test_bits_of_the_state_count(tmp_path: Path) -> None:
    data = random.Random(2).randbytes(100_000)
    save(tmp_path, "a", [1, 2, 3, 4], data)
    path = tmp_path / file_name("a", ONE)
    whole = path.read_bytes()
    chance = random.Random(3)
    for _ in range(1000 if SOAK else 100):
        path.write_bytes(damage(whole, chance.randrange((len(whole) - len(data)) * 8, len(whole) * 8)))
        assert is_refused(path)


def test_a_file_that_was_cut_or_grew_is_refused(tmp_path: Path) -> None:
    save(tmp_path, "a", [1, 2, 3, 4], b"x" * 300)
    path = tmp_path / file_name("a", ONE)
    whole = path.read_bytes()
    for length in range(0, len(whole), 1 if SOAK else 7):
        path.write_bytes(whole[:length])
        assert is_refused(path), length
    path.write_bytes(whole + b"x")
    assert is_refused(path)
    path.write_bytes(b"INGSNAP1" + b"\xff" * 100)
    assert is_refused(path)


def test_a_file_that_is_replaced_after_it_was_listed_is_not_taken_for_the_old_one(tmp_path: Path, store) -> None:
    save(tmp_path, "a", [1, 2, 3])
    found = store.best([1, 2, 3], 0)
    save(tmp_path, "a", [1, 9, 9])
    with pytest.raises(SnapshotDamagedError):
        store.read(found[0])


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path, f"c{number}", [number, 1, 2], b"x" * 1000, budget=4500)
        os.utime(tmp_path / file_name(f"c{number}", ONE), (number, number))
    store = Snapshots(tmp_path, ONE, 4500)
    assert read(store, [0, 1, 2]) == b"x" * 1000  # used now
    save(tmp_path, "new", [9, 9, 9], b"x" * 1000, budget=4500)
    left = {path.name.partition("-")[0] for path in tmp_path.iterdir()}
    assert "c0" in left
    assert "new" in left
    assert "c1" not in left
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 5000


def test_what_is_larger_than_the_budget_is_not_written(tmp_path: Path) -> None:
    save(tmp_path, "a", [1, 2, 3], b"x" * 1000, budget=999)
    assert list(tmp_path.iterdir()) == []


def test_a_chat_is_forgotten_for_every_model(tmp_path: Path, store: Snapshots) -> None:
    import msgspec

    save(tmp_path, "chat1", [1, 2])
    save(tmp_path, "chat1", [1, 2], identity=msgspec.structs.replace(ONE, model="other"))
    save(tmp_path, "chat10", [1, 2, 3])
    assert store.best([1, 2, 3], 0) is not None
    store.forget("chat1")
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == [file_name("chat10", ONE)]
    forget_snapshots(tmp_path, "chat10")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "..", "", "*", "a*"])
def test_a_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    keep = tmp_path / "keep"
    keep.write_text("")
    try:
        path = file_name(name, ONE)
    except ValueError:
        return
    assert "/" not in path
    assert "*" not in path
    forget_snapshots(tmp_path, name)
    assert keep.exists()


def test_what_a_killed_worker_left_behind_goes(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    dead = tmp_path / f".chat-12345678{SUFFIX}.{process.pid}"
    alive = tmp_path / f".chat-12345678{SUFFIX}.{os.getppid()}"
    for file in (dead, alive):
        file.write_bytes(b"half")
    save(tmp_path, "a", [1, 2])
    assert not dead.exists()
    assert alive.exists()


def test_a_folder_that_cannot_be_used_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Snapshots(tmp_path / "file" / "folder", ONE, BUDGET)
    store.save("a", [1, 2], state(b"x"))
    store.close()
    assert store.best([1, 2], 0) is None


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    save(tmp_path, "a", [1, 2], b"x" * 1000)
    assert list(tmp_path.iterdir()) == []


def test_common_beginnings() -> None:
    assert common_length([], [1]) == 0
    assert common_length([1, 2, 3], [1, 2, 4]) == 2
    assert common_length(array.array("i", [1, 2]), (1, 2, 3)) == 2


def test_a_file_that_changes_has_another_fingerprint(tmp_path: Path) -> None:
    file = tmp_path / "model"
    file.write_bytes(b"a" * 500_000)
    os.utime(file, (1, 1))
    first = fingerprint([file])
    assert fingerprint([file]) == first
    os.utime(file, (1, 2))
    assert fingerprint([file]) != first
    file.write_bytes(b"a" * 499_999 + b"b")
    os.utime(file, (1, 1))
    assert fingerprint([file]) != first
    (tmp_path / "empty").write_bytes(b"")
    fingerprint([file, tmp_path / "empty"])
    with pytest.raises(OSError, match="none"):
        fingerprint([tmp_path / "none"])


def test_what_was_forgotten_before_it_could_be_written_is_not_written(tmp_path: Path, store: Snapshots) -> None:
    store.save("a", [1, 2], state(b"x"), lambda: False)
    store.save("b", [1, 2], state(b"x"), lambda: True)
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == [file_name("b", ONE)]


def test_two_threads_that_begin_at_once_have_one_that_writes(
    tmp_path: Path, store: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[threading.Thread] = []

    def make(**given: object) -> threading.Thread:
        if not made:  # as one is made for a command, the thread that computes wants one too
            made.append(other)
            other.start()
            other.join(0.2)
        made.append(thread(**given))
        return made[-1]

    thread, other = threading.Thread, threading.Thread(target=store.forget, args=("b",))
    monkeypatch.setattr(snapshots, "threading", SimpleNamespace(Thread=make, Lock=threading.Lock))
    store.save("a", [1, 2], state(b"x"))
    other.join()
    assert len(made) == 2
    store.close()
    assert (tmp_path / file_name("a", ONE)).exists()
