"""The database as a file: its threads, migrations, and every fault that a disk or another program can bring."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlcipher3 import dbapi2

from desktop_app.domain.backups import Reason
from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.messages import MessageStatus, Role
from desktop_app.services.words.error_text import explain
from desktop_app.storage import chats, revisions
from desktop_app.storage.backups import list_backups
from desktop_app.storage.database import Database
from desktop_app.storage.engine import make_engine
from desktop_app.storage.faults import storage_error
from desktop_app.storage.health import database_health
from tests.storage.conftest import make_older

KILLS = 20 if os.environ.get("INGLENOOK_SOAK") else 3


def failure_of(path: Path) -> StorageError:
    database = Database(path)
    try:
        error = database.open().exception(60)
        for attempt in (database.read(chats.list_chats), database.write(chats.list_chats)):
            assert isinstance(attempt.exception(60), StorageError)
    finally:
        database.close()
    assert isinstance(error, StorageError)
    return error


def test_closing_waits_as_long_as_something_gets_done(open_database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a slow disk: each write takes as long as is waited for one."""
    database, join = open_database(), threading.Thread.join
    gates = [threading.Event() for _ in range(5)]
    written = [database.write(lambda _connection, gate=gate: gate.wait(60)) for gate in gates]
    left = list(zip(gates, written, strict=True))

    def wait(thread: threading.Thread, timeout: float | None = None) -> None:
        if thread.name == "database-writer" and left:
            gate, write = left.pop(0)
            gate.set()
            assert write.result(60)
        else:
            join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", wait)
    database.close()
    assert not left


def test_closing_does_not_wait_for_what_hangs(open_database) -> None:
    database, gate = open_database(), threading.Event()
    hangs, behind = (database.write(lambda _connection: gate.wait(60)) for _ in range(2))
    database.close(timeout=0.01)
    assert not behind.done()
    gate.set()
    assert hangs.result(60)
    assert behind.result(60)
    for thread in threading.enumerate():
        if thread.name.startswith("database-"):
            thread.join(60)


def test_importing_and_building_loads_nothing_heavy() -> None:
    script = (
        "import sys; from pathlib import Path; from desktop_app.storage.database import Database;"
        "Database(Path('x')); print([name for name in ('sqlalchemy', 'alembic', 'sqlcipher3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("existing", [False, True], ids=["new", "current"])
def test_a_new_or_current_database_opens_without_alembic(file: Path, open_database, existing: bool) -> None:
    if existing:
        open_database().close()
    script = (
        "import sys; from pathlib import Path; from desktop_app.storage.database import Database;"
        f"d = Database(Path({str(file)!r})); d.open().result(60); d.close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "False"


def test_the_file_is_wal_with_foreign_keys(database, file: Path) -> None:
    def pragmas(connection):
        return [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        ]

    assert database.write(pragmas).result(60) == ["wal", 1, 1]


def test_the_reader_cannot_write(database, make_chat) -> None:
    error = database.read(lambda connection: chats.insert_chat(connection, make_chat())).exception(60)
    assert isinstance(error, StorageError)
    assert error.code is ErrorCode.STORAGE_READ_ONLY


def test_a_read_sees_every_write_that_was_asked_for_before_it(database, make_chat) -> None:
    chat, go = make_chat(), threading.Event()
    database.write(lambda connection: go.wait(60) and chats.insert_chat(connection, chat))
    written = database.write(lambda connection: chats.update_chat(connection, chat.id, draft="Hello"))
    read = database.read(lambda connection: chats.get_chat(connection, chat.id).draft)
    go.set()
    assert read.result(60) == "Hello"
    assert written.done()


def test_a_read_goes_on_after_a_write_that_fails(database, make_chat) -> None:
    chat = make_chat()
    database.write(lambda connection: chats.insert_chat(connection, chat))
    failed = database.write(lambda connection: chats.get_chat(connection, "no such chat"))
    assert database.read(lambda connection: chats.get_chat(connection, chat.id)).result(60).id == chat.id
    assert failed.exception(60) is not None


def test_migrations_make_what_a_new_database_has(database, tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from desktop_app.storage.engine import make_engine
    from desktop_app.storage.tables import METADATA

    def is_declared(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or not (name or "").startswith(("search_index", "text_index"))  # no virtual tables there

    migrated = make_engine(tmp_path / "migrated.db")
    with migrated.begin() as connection:
        revisions.migrate(connection)
        context = MigrationContext.configure(connection, opts={"include_name": is_declared})
        assert compare_metadata(context, METADATA) == []
        assert revisions.stored_revision(connection) == revisions.NEWEST
        shape = "SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
        made_by_migration = connection.exec_driver_sql(shape).all()
    migrated.dispose()
    made_at_once = database.read(lambda connection: connection.exec_driver_sql(shape).all()).result(60)
    assert made_at_once == made_by_migration


def test_the_list_of_revisions_matches_the_scripts() -> None:
    from alembic.script import ScriptDirectory

    folder = Path(revisions.__file__).parent / "migrations"
    scripts = ScriptDirectory(str(folder))
    assert tuple(script.revision for script in reversed(list(scripts.walk_revisions()))) == revisions.REVISIONS


def test_what_streamed_when_the_app_ended_is_interrupted(open_database, make_chat, make_message) -> None:
    first = open_database()
    chat = make_chat()
    answer = make_message(chat.id, role=Role.ASSISTANT, text="Half an ans", status=MessageStatus.STREAMING)
    first.write(
        lambda connection: (chats.insert_chat(connection, chat), chats.insert_message(connection, answer))
    ).result(60)
    first.close()
    again = open_database()
    (message,) = again.read(lambda connection: chats.load_conversation(connection, chat.id)).result(60).messages
    assert message.status is MessageStatus.INTERRUPTED
    assert message.text == "Half an ans"


def test_what_macos_calls_flushed_is_on_its_disk_before_the_log_is_begun_anew(file: Path) -> None:
    file.parent.mkdir(parents=True)
    with contextlib.closing(make_engine(file).raw_connection()) as connection:
        assert connection.execute("PRAGMA checkpoint_fullfsync").fetchone() == (1,)


def test_a_newer_release_is_refused_and_nothing_written(open_database, file: Path) -> None:
    open_database().close()
    with dbapi2.connect(str(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = file.read_bytes()
    assert failure_of(file).code is ErrorCode.STORAGE_NEWER_RELEASE
    assert file.read_bytes() == before


def test_a_backup_is_made_before_a_migration(open_database, file: Path, make_chat, monkeypatch) -> None:
    database = open_database()
    chat = make_chat(title="kept")
    database.write(lambda connection: chats.insert_chat(connection, chat)).result(60)
    database.close()
    monkeypatch.setattr(revisions, "REVISIONS", (*revisions.REVISIONS, "9000"))
    monkeypatch.setattr(revisions, "NEWEST", "9000")
    monkeypatch.setattr(revisions, "migrate", lambda connection: connection.exec_driver_sql("DELETE FROM chats"))
    open_database().close()
    (backup,) = list_backups(file)
    assert backup.reason is Reason.MIGRATION
    assert "before-9000" in backup.path
    with dbapi2.connect(backup.path) as connection:
        assert connection.execute("SELECT title FROM chats").fetchall() == [("kept",)]
    connection.close()


def test_going_back_to_the_release_before_works_as_the_words_say(
    open_database, file: Path, make_chat, monkeypatch
) -> None:
    database = open_database()
    chat = make_chat(title="kept")
    database.write(lambda connection: chats.insert_chat(connection, chat)).result(60)
    database.close()
    with monkeypatch.context() as newer:
        newer.setattr(revisions, "REVISIONS", (*revisions.REVISIONS, "9000"))
        newer.setattr(revisions, "NEWEST", "9000")
        newer.setattr(
            revisions,
            "migrate",
            lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9000'"),
        )
        open_database().close()
    words = explain(failure_of(file).info).next_step
    assert f"move {file} aside" in words
    assert str(file.parent / "backups") in words
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
    (backup,) = (file.parent / "backups").glob("*before*")
    shutil.copyfile(backup, file)
    again = open_database()
    assert [found.title for found in again.read(chats.list_chats).result(60)] == ["kept"]
    again.close()


def test_chats_from_before_personas_were_kept_come_through(open_database, file: Path, make_chat) -> None:
    database = open_database()
    chat = make_chat(title="old")
    database.write(lambda connection: chats.insert_chat(connection, chat)).result(60)
    database.close()
    make_older(file, "0003")
    assert open_database().read(chats.list_chats).result(60) == [chat]


def test_a_file_that_is_no_database_is_kept(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(b"This is a letter, not a database. " * 100)
    assert failure_of(file).code is ErrorCode.STORAGE_DAMAGED
    assert file.read_bytes().startswith(b"This is a letter")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert failure_of(tmp_path / "file" / "inglenook.db").code is ErrorCode.DATA_FOLDER_UNWRITABLE


def test_a_fault_of_the_app_itself_is_told_to_all_who_wait(file: Path, monkeypatch, caplog) -> None:
    def fail(*_given: object) -> None:
        raise TypeError("a mistake in a migration")

    monkeypatch.setattr(revisions, "bring_up_to_date", fail)
    error = failure_of(file)
    assert error.code is ErrorCode.STORAGE_FAILED
    assert "a mistake in a migration" in str(error)
    assert "a mistake in a migration" in caplog.text


def test_a_database_that_another_program_holds(database, file: Path, make_chat) -> None:
    database.write(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout=50")).result(60)
    other = dbapi2.connect(str(file), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    error = database.write(lambda connection: chats.insert_chat(connection, make_chat())).exception(60)
    assert isinstance(error, StorageError)
    assert error.code is ErrorCode.STORAGE_BUSY
    other.execute("ROLLBACK")
    other.close()
    database.write(lambda connection: chats.insert_chat(connection, make_chat())).result(60)


@pytest.mark.parametrize(("free", "code"), [(4_096, ErrorCode.STORAGE_DISK_FULL), (1 << 30, ErrorCode.STORAGE_FAILED)])
def test_shared_memory_that_does_not_fit_is_a_full_disk(
    free: int, code: ErrorCode, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: SimpleNamespace(free=free))
    error = storage_error(dbapi2.OperationalError("disk I/O error"), str(file))
    assert error is not None
    assert error.code is code


def test_a_full_disk_is_told_and_later_writes_work(database, make_chat, make_message) -> None:
    chat = make_chat()
    database.write(lambda connection: chats.insert_chat(connection, chat)).result(60)

    def limit(pages):
        return database.write(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}").scalar())

    pages = database.read(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar()).result(60)
    limit(pages + 1).result(60)
    big = make_message(chat.id, text="x" * 200_000)
    error = database.write(lambda connection: chats.insert_message(connection, big)).exception(60)
    assert isinstance(error, StorageError)
    assert error.code is ErrorCode.STORAGE_DISK_FULL
    limit(1_000_000).result(60)
    database.write(lambda connection: chats.insert_message(connection, big)).result(60)
    assert database.read(lambda connection: chats.load_conversation(connection, chat.id)).result(60).messages == (big,)


def test_after_closing_nothing_is_taken(open_database) -> None:
    database = open_database()
    database.close()
    database.close()
    assert isinstance(database.write(chats.list_chats).exception(1), StorageError)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("database")]


WRITER = """
import sys, time
from pathlib import Path
from desktop_app.domain.chats import Chat
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.storage import chats
from desktop_app.storage.database import Database
from desktop_app.storage.engine import make_engine

database = Database(Path(sys.argv[1]))
database.open().result(60)
chat = Chat(id=new_id(), created_at=0.0, updated_at=0.0)
database.write(lambda connection: chats.insert_chat(connection, chat)).result()
for number in range(100_000):
    message = Message(id=new_id(), chat_id=chat.id, parent_id=None, role=Role.USER, parts=(TextPart(str(number) * 50),),
                      status=MessageStatus.COMPLETE, created_at=0.0)
    database.write(lambda connection: chats.insert_message(connection, message)).result()
    print(message.id, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_it_committed(file: Path, open_database) -> None:
    chance = random.Random(11)
    committed: set[str] = set()
    for _ in range(KILLS):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(chance.randrange(5, 200)):
                committed.add(process.stdout.readline().strip())
            process.send_signal(signal.SIGKILL)
            committed.update(line.strip() for line in process.stdout if line.endswith("\n"))
        database = open_database()
        rows = database.read(lambda connection: connection.exec_driver_sql("SELECT id FROM messages").scalars().all())
        verdict = database.read(lambda connection: connection.exec_driver_sql("PRAGMA integrity_check").scalar())
        assert verdict.result(60) == "ok"
        assert committed <= set(rows.result(60))
        database.close()


def test_a_full_file_system(tmp_path: Path) -> None:
    """RLIMIT_FSIZE stands in for a disk with no room left: write() fails in mid-transaction."""
    script = WRITER.replace("range(100_000)", "range(3000)").replace(
        "database = Database",
        "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\ndatabase = Database",
    )
    file = tmp_path / "inglenook.db"
    done = subprocess.run(
        [sys.executable, "-c", script, str(file)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode != 0
    assert "StorageError" in done.stderr
    committed = set(done.stdout.split())
    assert committed
    with dbapi2.connect(str(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert committed <= {row[0] for row in connection.execute("SELECT id FROM messages")}
    connection.close()


def test_health_only_reads(open_database, file: Path, tmp_path: Path) -> None:
    assert not database_health(tmp_path / "none.db").exists
    open_database().close()
    copy = tmp_path / "copy.db"
    shutil.copy(file, copy)
    before = sorted(tmp_path.iterdir()), copy.read_bytes()
    health = database_health(copy)
    assert (health.integrity_ok, health.revision) == (True, revisions.NEWEST)
    assert (sorted(tmp_path.iterdir()), copy.read_bytes()) == before
    copy.write_bytes(b"nonsense" * 1000)
    broken = database_health(copy)
    assert broken.exists
    assert not broken.integrity_ok
    assert broken.message


def test_health_beside_an_open_database(database, file: Path) -> None:
    assert database_health(file).integrity_ok
