"""Encrypting the database, decrypting it and changing its key: all is kept, and a sudden end leaves one whole file."""

import errno
import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import CancelledError
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.ids import new_id
from desktop_app.domain.locking import HistoryKey
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.storage import chats as rows
from desktop_app.storage import conversion
from desktop_app.storage.archive import Archive
from desktop_app.storage.cipher import is_encrypted, key_fits, new_salt, unlock
from desktop_app.storage.conversion import convert, settle
from desktop_app.storage.database import Database
from desktop_app.storage.search import index_messages
from desktop_app.support import files
from tests import as_windows
from tests.services.chat_home import Home, some_chats
from tests.storage.conftest import make_older

SOAK = bool(os.environ.get("INGLENOOK_SOAK"))
KILLS = 20 if SOAK else 3
STRIDE = 4 if SOAK else 20
"""How many lines apart a process is killed while files are exchanged."""
WRONG_TRIES = 1000 if SOAK else 3
SECRET = b"zephyrine"
"""A word that stands in every chat, and nowhere else."""


def a_key() -> HistoryKey:
    return HistoryKey(os.urandom(32), new_salt())


def refuse(*_paths: object) -> None:
    raise OSError(errno.EPERM, "no links here")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the file of a closed database with chats, the word in each."""
    home = Home(tmp_path / "data")
    conversations = some_chats(4, 5, 60)
    home.put(*conversations)
    chat_id = conversations[0].chat.id
    told = [
        Message(id=new_id(), chat_id=chat_id, parent_id=None, role=Role.USER, parts=(TextPart(f"{SECRET.decode()} {at}"),),
                status=MessageStatus.COMPLETE, created_at=float(at))
        for at in range(200)
    ]  # fmt: skip
    home.database.write(lambda connection: rows.insert_messages(connection, told)).result(60)
    home.database.write(lambda connection: index_messages(connection, told)).result(60)
    home.close()
    assert SECRET in home.file.read_bytes()
    return home.file


def content(file: Path, key: HistoryKey | None) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, and the shape."""
    connection = dbapi2.connect(str(file))
    try:
        if key is not None:
            connection.execute(f"PRAGMA key = \"x'{key.secret_text()}'\"")
        named = connection.execute("SELECT name, sql FROM sqlite_master WHERE rootpage > 0 AND type = 'table'")
        found = {"": sorted(connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall())}
        for name, _sql in named.fetchall():
            found[name] = sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
        found["pragmas"] = [connection.execute("PRAGMA user_version").fetchone()]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        connection.close()
    return found


def names(file: Path) -> list[str]:
    return sorted(path.name for path in file.parent.iterdir() if path.is_file())


def readable(folder: Path) -> list[str]:
    """Return the files in which the word can be read."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and SECRET in path.read_bytes()]


def test_everything_is_kept_there_and_back_and_nothing_readable_is_left(file: Path) -> None:
    connection = dbapi2.connect(str(file))
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    before, first, second = content(file, None), a_key(), a_key()

    told: list[tuple[int, int]] = []
    convert(file, None, first, lambda done, total: told.append((done, total)))

    assert is_encrypted(file)
    assert key_fits(file, first)
    assert not key_fits(file, second)
    assert content(file, first) == before
    assert readable(file.parent) == []
    assert names(file) == ["inglenook.db"]
    assert told
    assert all(done <= total for done, total in told)

    convert(file, first, second)
    assert key_fits(file, second)
    assert not key_fits(file, first)
    assert content(file, second) == before
    assert names(file) == ["inglenook.db"]

    convert(file, second, None)
    assert not is_encrypted(file)
    assert content(file, None) == before
    assert names(file) == ["inglenook.db"]


def test_the_database_works_on_under_its_key(file: Path) -> None:
    key = a_key()
    convert(file, None, key)
    database = Database(file, locked=True)
    refused = database.read(rows.list_chats)
    error = refused.exception(0)
    assert isinstance(error, StorageError)
    assert error.code is ErrorCode.HISTORY_LOCKED

    database.open(key).result(60)
    try:
        found = database.read(rows.list_chats).result(60)
        database.write(lambda connection: rows.update_chat(connection, found[0].id, title="Another title")).result(60)
        with Archive(file, is_backup=False, key=key) as archive:
            assert "Another title" in [kept.chat.title for kept in archive.chats()]
        assert readable(file.parent) == []  # the WAL and what is beside it, too
    finally:
        database.close()
    assert database.key is None


def test_a_passphrase_gives_the_key_that_sqlcipher_itself_derives(file: Path) -> None:
    key = HistoryKey.derived('fünf Wörter; it\'s "quoted"', new_salt())
    convert(file, None, key)
    assert unlock(file, 'fu\u0308nf Wo\u0308rter; it\'s "quoted"') == key
    connection = dbapi2.connect(str(file))
    connection.execute("PRAGMA key = 'fünf Wörter; it''s \"quoted\"'")
    assert connection.execute("SELECT count(*) FROM chats").fetchone() == (4,)
    connection.close()


def test_a_wrong_passphrase_is_told_each_time_and_changes_nothing(file: Path) -> None:
    key = HistoryKey.derived("the right one", new_salt())
    convert(file, None, key)
    before = file.read_bytes()
    for attempt in range(WRONG_TRIES):
        with pytest.raises(StorageError) as raised:
            unlock(file, f"wrong {attempt}")
        assert raised.value.code is ErrorCode.PASSPHRASE_WRONG
        assert str(attempt) not in f"{raised.value!s}{raised.value.info}".replace(str(file), "")
    assert file.read_bytes() == before
    assert names(file) == ["inglenook.db"]
    assert unlock(file, "the right one") == key


@pytest.mark.parametrize("direction", ["encrypt", "decrypt", "rekey"])
def test_a_change_that_is_given_up_changes_nothing(file: Path, direction: str) -> None:
    old, new = _keys(direction)
    if old is not None:
        convert(file, None, old)
    before = content(file, old)

    def give_up(done: int, _total: int) -> None:
        if done > 50_000:
            raise CancelledError

    with pytest.raises(CancelledError):
        convert(file, old, new, give_up)
    assert content(file, old) == before
    assert names(file) == ["inglenook.db"]


def test_a_full_disk_changes_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(file, None)
    monkeypatch.setattr(conversion, "_compare", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    with pytest.raises(StorageError) as raised:
        convert(file, None, a_key())
    assert raised.value.code is ErrorCode.HISTORY_NO_ROOM
    assert content(file, None) == before
    assert names(file) == ["inglenook.db"]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="limits of a process are POSIX's")
def test_a_file_that_may_not_grow_changes_nothing(file: Path) -> None:
    before = content(file, None)
    limit = file.stat().st_size // 2
    script = (
        "import resource, signal, sys\nfrom pathlib import Path\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "from desktop_app.domain.errors import StorageError\n"
        "from desktop_app.domain.locking import HistoryKey\n"
        "from desktop_app.storage.conversion import convert\n"
        "try:\n    convert(Path(sys.argv[1]), None, HistoryKey(bytes(32), bytes(range(16))))\n"
        "except StorageError as error:\n    print(error.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=False)
    assert done.stdout.strip() in ("history_no_room", "storage_failed"), done.stdout + done.stderr
    assert content(file, None) == before
    assert names(file) == ["inglenook.db"]


def test_a_copy_that_is_not_the_same_is_thrown_away(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compare = conversion._compare

    def spoil(source: dbapi2.Connection, path: Path) -> None:
        source.execute("DELETE FROM copy.messages WHERE sequence = 3")
        compare(source, path)

    monkeypatch.setattr(conversion, "_compare", spoil)
    before = content(file, None)
    with pytest.raises(StorageError) as raised:
        convert(file, None, a_key())
    assert raised.value.code is ErrorCode.HISTORY_NOT_COPIED
    assert content(file, None) == before
    assert names(file) == ["inglenook.db"]


def test_another_program_that_has_the_file_open_is_told(file: Path) -> None:
    other = dbapi2.connect(str(file), isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM chats").fetchone()
    with pytest.raises(StorageError) as raised:
        convert(file, None, a_key())
    assert raised.value.code is ErrorCode.STORAGE_BUSY
    other.close()
    assert not is_encrypted(file)
    assert conversion._copy_of(file).exists() is False


def _keys(direction: str) -> tuple[HistoryKey | None, HistoryKey | None]:
    """Return the old and the new key; always the same, for a process that is killed."""
    one, two = HistoryKey(bytes(32), bytes(range(16))), HistoryKey(b"k" * 32, bytes(range(16, 32)))
    return {"encrypt": (None, one), "decrypt": (one, None), "rekey": (one, two)}[direction]


KILLED = """
import os, sys
from pathlib import Path
from desktop_app.domain.locking import HistoryKey
from desktop_app.storage import conversion

old, new = (HistoryKey(bytes.fromhex(key[:64]), bytes.fromhex(key[64:])) if key else None for key in sys.argv[1:3])
moment = count = 0

def tick(frame, event, argument):
    global count
    if event == "line":
        count += 1
        if count >= moment:
            os.kill(os.getpid(), 9)
    return tick

def trace(frame, event, argument):
    return tick if frame.f_code.co_filename == conversion.__file__ else None

for number in range(3, len(sys.argv), 2):
    if number < len(sys.argv) - 2 and (child := os.fork()):
        os.waitpid(child, 0)
        continue
    moment = int(sys.argv[number + 1])
    sys.settrace(trace)
    conversion.convert(Path(sys.argv[number]), old, new)
    sys.settrace(None)
    print(count, flush=True)
    os._exit(0)
"""
"""Runs conversions of files, each of which ends suddenly at some line of it; all but the last in forks, which import nothing.

Of the tests it imports nothing, which takes longer than it.
"""


@pytest.mark.parametrize("direction", ["encrypt", "decrypt", "rekey"])
def test_a_sudden_end_leaves_the_whole_former_or_the_whole_new_database(
    file: Path, tmp_path: Path, direction: str
) -> None:
    old, new = _keys(direction)
    before = content(file, None)
    if old is not None:
        convert(file, None, old)

    def told(key: HistoryKey | None) -> str:
        return key.secret_text() if key is not None else ""

    def run(*endings: tuple[Path, int]) -> str:
        command = [
            sys.executable,
            "-c",
            KILLED,
            told(old),
            told(new),
            *(str(each) for pair in endings for each in pair),
        ]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def fresh(name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        return Path(shutil.copy(file, folder / file.name))

    lines = int(run((fresh("whole"), 1_000_000)))
    chance = random.Random(int(os.environ.get("INGLENOOK_SEED", "7")))
    # most lines belong to the copy; the last 80 wipe and remove, and those before them exchange the files
    moments = [chance.randrange(1, lines) for _ in range(KILLS)] + [lines - back for back in range(1, 161, STRIDE)]
    endings = [(fresh(f"{number}-at-{moment}"), moment) for number, moment in enumerate(moments)]
    for some in [endings] if hasattr(os, "fork") else [[each] for each in endings]:
        assert run(*some) == ""  # none of them came to its end
    outcomes = set()
    for copy, moment in endings:
        settle(copy)
        assert names(copy) == [copy.name] or set(names(copy)) <= {copy.name, f"{copy.name}-journal"}, moment
        is_new = is_encrypted(copy) if new is not None and old is None else _opens(copy, new)
        assert content(copy, new if is_new else old) == before, moment
        if is_encrypted(copy):
            assert readable(copy.parent) == [], moment
        outcomes.add(is_new)
        shutil.rmtree(copy.parent)
    assert outcomes == {False, True}


def _opens(file: Path, key: HistoryKey | None) -> bool:
    return not is_encrypted(file) if key is None else is_encrypted(file) and key_fits(file, key)


WRITER = """
import sys
from pathlib import Path
from desktop_app.storage import chats
from desktop_app.storage.database import Database
from tests.storage.test_conversion import _keys

database = Database(Path(sys.argv[1]), locked=True)
database.open(_keys("encrypt")[1]).result(60)
(first, *_others) = database.read(chats.list_chats).result(60)
for number in range(100_000):
    title = f"zephyrine {number} " * 200
    database.write(lambda connection: chats.update_chat(connection, first.id, title=title)).result(60)
    print(number, flush=True)
"""
"""Writes to locked chats until it is killed, telling what is stored."""


def test_a_sudden_end_while_writing_keeps_what_was_stored_and_leaves_nothing_readable(file: Path) -> None:
    _none, key = _keys("encrypt")
    convert(file, None, key)
    for steps in range(3, 3 + KILLS):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            last = -1
            while last < steps * 11:
                last = int(writer.stdout.readline())
            writer.kill()
        assert readable(file.parent) == []
        database = Database(file, locked=True)
        database.open(key).result(60)
        titles = [chat.title for chat in database.read(rows.list_chats).result(60)]
        database.close()
        stored = max(int(title.split()[1]) for title in titles if title.startswith("zephyrine"))
        assert stored >= last
        content(file, key)


def test_links_modes_and_other_names_stay_as_they_were(file: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    target = elsewhere / "chats.db"
    file.rename(target)
    target.chmod(0o600)
    file.symlink_to(target)
    os.link(target, elsewhere / "of my own.db")
    before, key = content(target, None), a_key()
    convert(file, None, key)
    assert file.is_symlink()
    assert content(file, key) == before
    assert target.stat().st_mode & 0o777 == 0o600
    assert content(elsewhere / "of my own.db", None) == before
    assert sorted(path.name for path in elsewhere.iterdir()) == ["chats.db", "of my own.db"]


def test_an_old_database_is_brought_up_to_date_under_its_key(file: Path) -> None:
    make_older(file, "0003")
    key = a_key()
    convert(file, None, key)
    database = Database(file, locked=True)
    database.open(key).result(60)
    assert len(database.read(rows.list_chats).result(60)) == 4
    database.close()
    (backup,) = (file.parent / "backups").iterdir()
    assert is_encrypted(backup)
    assert key_fits(backup, key)
    assert readable(file.parent) == []


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_that_another_program_keeps_open_on_windows_stays_and_loses_nothing_later(
    file: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    """Windows refuses the exchange; what is stored afterwards must not be lost to the copy at the next start."""
    key = a_key()
    if not has_links:
        monkeypatch.setattr(os, "link", refuse)
    with monkeypatch.context() as windows, file.open("rb"):
        windows.setattr(files, "PAUSES", (0.0,))
        as_windows.behave_as_windows(windows.setattr)
        with pytest.raises(StorageError):
            convert(file, None, key)
    stored = dbapi2.connect(str(file))
    stored.execute("CREATE TABLE later (word TEXT)")
    stored.close()
    settle(file)
    assert not is_encrypted(file)
    read = dbapi2.connect(str(file))
    assert read.execute("SELECT count(*) FROM sqlite_master WHERE name = 'later'").fetchone() == (1,)
    read.close()
    assert [path.name for path in file.parent.glob(f"{file.name}-*")] == []
    convert(file, None, key)
    assert is_encrypted(file)


def test_without_links_the_former_file_comes_back_or_goes(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", refuse)
    before, key = content(file, None), a_key()
    convert(file, None, key)
    assert content(file, key) == before
    assert names(file) == ["inglenook.db"]

    # between the two names there is no database for a moment
    conversion._write_copy(file, conversion._copy_of(file), key, None, lambda _done, _total: None)
    conversion._copy_of(file).replace(conversion._ready(file))
    file.replace(conversion._replaced(file))
    settle(file)
    assert content(file, None) == before
    assert names(file) == ["inglenook.db"]


@pytest.mark.parametrize("damage", ["cut off", "empty", "no header", "flipped first page", "flipped later page"])
def test_a_damaged_file_is_told_and_kept(file: Path, damage: str) -> None:
    key = HistoryKey.derived("the right one", new_salt())
    convert(file, None, key)
    whole = bytearray(file.read_bytes())
    if damage == "cut off":
        file.write_bytes(whole[: len(whole) // 2 + 100])
    elif damage == "empty":
        file.write_bytes(whole[:2000])
    elif damage == "no header":
        file.write_bytes(bytes(4096) + whole[4096:])
    else:
        at = 2000 if damage == "flipped first page" else len(whole) // 2
        whole[at] ^= 1
        file.write_bytes(whole)
    damaged = file.read_bytes()
    expected = {ErrorCode.PASSPHRASE_WRONG} if damage == "flipped first page" else {ErrorCode.STORAGE_DAMAGED}

    def open_and_convert() -> None:
        convert(file, unlock(file, "the right one") if is_encrypted(file) else None, a_key())

    with pytest.raises(StorageError) as raised:
        open_and_convert()
    assert raised.value.code in expected
    assert file.read_bytes() == damaged
    assert names(file) == ["inglenook.db"]


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="who may write everywhere is refused nothing")
def test_a_read_only_folder_changes_nothing(file: Path) -> None:
    before = file.read_bytes()
    file.parent.chmod(0o500)
    try:
        with pytest.raises(StorageError):
            convert(file, None, a_key())
    finally:
        file.parent.chmod(0o700)
    assert file.read_bytes() == before
