"""The search index: what gets into it and when, what leaves it, and how it catches up with older messages."""

import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import event, select
from sqlcipher3 import dbapi2

from desktop_app.domain.backups import Reason
from desktop_app.domain.messages import MessageStatus, Receipt, Role
from desktop_app.domain.parts import TextPart, ThoughtPart, ToolCallPart
from desktop_app.domain.search import SearchFilter
from desktop_app.domain.search_query import parse
from desktop_app.storage import chats, search
from desktop_app.storage.backups import list_backups
from desktop_app.storage.tables import SEARCH_STATE
from desktop_app.storage.values import encode
from tests.storage.conftest import empty_trash, make_older

NOW = 1_790_000_000.0
DAY = 86_400.0


@pytest.fixture
def found(database):
    """What a query finds, as (sequence, chat id), newest first."""

    def ask(typed: str, *, before: int = 1 << 62, most: int = 100, of=None, **wanted):
        asked = (of or database).read(
            lambda connection: search.find(
                connection, parse(typed), SearchFilter(**wanted), before=before, most=most, now=NOW
            )
        )
        return [sequence for sequence, _chat in asked.result(60)]

    return ask


@pytest.fixture
def chat(database, make_chat):
    made = make_chat(title="A chat", created_at=NOW, updated_at=NOW)
    database.write(lambda connection: chats.insert_chat(connection, made)).result(60)
    return made


def store(database, *messages) -> None:
    for message in messages:
        database.write(lambda connection, message=message: chats.insert_message(connection, message)).result(60)


def test_an_answer_is_found_when_it_is_complete_and_not_before(database, chat, make_message, found) -> None:
    answer = make_message(chat.id, text="", role=Role.ASSISTANT, status=MessageStatus.STREAMING)
    store(database, answer)
    growing = msgspec.structs.replace(answer, parts=(TextPart("Lighthouses shine"),))
    database.write(lambda connection: chats.save_answer(connection, growing)).result(60)
    assert found("lighthouses ") == []
    ended = msgspec.structs.replace(growing, status=MessageStatus.COMPLETE)
    database.write(lambda connection: chats.save_answer(connection, ended)).result(60)
    assert found("lighthouses ") == [1]


def test_a_continued_answer_is_found_once_by_its_new_words(database, chat, make_message, found) -> None:
    answer = make_message(chat.id, text="Old words", role=Role.ASSISTANT)
    store(database, answer)
    more = msgspec.structs.replace(answer, parts=(TextPart("Old words and new ones"),))
    database.write(lambda connection: chats.save_answer(connection, more)).result(60)
    assert found("words ") == found("new ") == [1]


def test_what_streamed_when_the_app_ended_is_found(database, open_database, chat, make_message, found) -> None:
    store(database, make_message(chat.id, text="Half a sen", role=Role.ASSISTANT, status=MessageStatus.STREAMING))
    database.close()
    assert found("half ", of=open_database()) == [1]


def test_a_thought_is_found(database, chat, make_message, found) -> None:
    store(database, make_message(chat.id, parts=(ThoughtPart("Let me ponder"), TextPart("Yes")), role=Role.ASSISTANT))
    assert found("ponder yes ") == [1]


def test_deleted_messages_leave_the_index_and_those_in_the_trash_are_not_found(
    database, chat, make_message, found
) -> None:
    first, second = make_message(chat.id, text="water one"), make_message(chat.id, text="water two")
    store(database, first, second)
    database.write(lambda connection: chats.delete_message_ids(connection, chat.id, [first.id])).result(60)
    assert found("water ") == [2]
    database.write(lambda connection: chats.update_chat(connection, chat.id, deleted_at=NOW)).result(60)
    assert found("water ") == []
    database.write(lambda connection: chats.update_chat(connection, chat.id, deleted_at=None)).result(60)
    assert found("water ") == [2]
    database.write(lambda connection: chats.update_chat(connection, chat.id, deleted_at=NOW)).result(60)
    empty_trash(database, before=NOW + 1)
    assert indexed(database) == []


def indexed(database) -> list[int]:
    rows = database.read(lambda connection: connection.exec_driver_sql("SELECT id FROM search_index_docsize").all())
    return [row[0] for row in rows.result(60)]


def test_filters(database, chat, make_message, found) -> None:
    question = make_message(chat.id, text="water", created_at=NOW - 400 * DAY)
    answer = make_message(chat.id, question.id, text="water", role=Role.ASSISTANT, created_at=NOW - 399 * DAY,
                          receipt=Receipt(model_name="Qwen3 8B"))  # fmt: skip
    other = make_message(chat.id, question.id, text="water", role=Role.ASSISTANT, created_at=NOW - DAY,
                         receipt=Receipt(model_name="Gemma"))  # fmt: skip
    store(database, question, answer, other)
    assert found("water ") == [3, 2, 1]
    assert found("water ", role=Role.USER) == [1]
    assert found("water ", model="Gemma") == [3, 1], "a question belongs to every model that answered it"
    assert found("water ", model="Qwen3 8B", role=Role.ASSISTANT) == [2]
    assert found("water ", model="No such model") == []
    assert found("water ", since=NOW - 2 * DAY) == [3]
    assert found("water ", until=NOW - 399.5 * DAY) == [1]
    assert found("water ", since=NOW - 400 * DAY, until=NOW - 399 * DAY) == [1], "the end is not included"
    assert found("water ", since=NOW - 5000 * DAY) == [3, 2, 1]
    assert database.read(search.list_models).result(60) == ["Gemma", "Qwen3 8B"]


def test_pages_go_on_where_the_last_one_ended(database, chat, make_message, found) -> None:
    store(database, *(make_message(chat.id, text=f"water {number}") for number in range(7)))
    assert [found("water ", most=3), found("water ", most=3, before=5), found("water ", most=3, before=2)] == [
        [7, 6, 5],
        [4, 3, 2],
        [1],
    ]


def test_a_key_costs_the_same_statements_however_many_messages_there_are(database, chat, make_message) -> None:
    def count(connection) -> int:
        seen: list[str] = []
        event.listen(connection, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
        rows = search.find(connection, parse("water"), SearchFilter(), before=1 << 62, most=100, now=NOW)
        search.load_found(connection, [sequence for sequence, _chat in rows])
        search.share_read(connection)
        return len(seen)

    for _ in range(2):
        store(database, *(make_message(chat.id, text="water") for _ in range(20)))
        assert database.read(count).result(60) == 3


# Older messages


@pytest.fixture
def old_file(open_database, file: Path, make_chat, make_message) -> Path:
    """A database of the release before the index, with 300 messages and one that streams."""
    database = open_database()
    chat = make_chat()
    database.write(lambda connection: chats.insert_chat(connection, chat)).result(60)

    def insert(connection) -> None:
        for number in range(300):
            chats.insert_message(connection, make_message(chat.id, text=f"message number{number} " + "and more " * 200))
        chats.insert_message(connection, make_message(chat.id, text="it", status=MessageStatus.STREAMING))

    database.write(insert).result(60)
    database.close()
    make_older(file, "0005")
    return file


def test_older_messages_are_read_in_slices_newest_first(old_file: Path, open_database, found) -> None:
    database = open_database()
    (backup,) = list_backups(old_file)
    assert backup.reason is Reason.MIGRATION
    assert found("message ", of=database, most=1000) == []
    shares = []
    while not shares or shares[-1] < 1.0:
        shares.append(database.write(search.fill).result(60))
        if len(shares) == 2:
            part = found("message ", of=database, most=1000)
            assert part == list(range(300, 300 - len(part), -1))
            assert 0 < len(part) < 300
            assert database.read(search.share_read).result(60) == shares[-1]
    assert shares == sorted(shares)
    assert found("message ", of=database, most=1000) == list(range(300, 0, -1))
    assert database.write(search.fill).result(60) == 1.0


def test_a_slice_reads_a_bounded_amount(old_file: Path, open_database) -> None:
    database = open_database()
    database.write(lambda connection: search.fill(connection, clock=lambda: 0.0)).result(60)
    assert len(indexed(database)) - 1 == -(-search.SLICE_CHARACTERS // 1825)  # one was interrupted, and is in already


def test_what_comes_while_older_messages_are_read(old_file: Path, open_database, make_message, found) -> None:
    database = open_database()
    database.write(search.fill).result(60)
    chat = database.read(chats.list_chats).result(60)[0]
    store(database, make_message(chat.id, text="a new message"))
    gone = database.read(lambda connection: chats.load_conversation(connection, chat.id).messages[5].id).result(60)
    database.write(lambda connection: chats.delete_message_ids(connection, chat.id, [gone])).result(60)
    while database.write(search.fill).result(60) < 1.0:
        pass
    assert sorted(found("message ", of=database, most=1000)) == [*range(1, 6), *range(7, 301), 302]
    assert sorted(indexed(database)) == [*range(1, 6), *range(7, 303)]


@pytest.mark.parametrize("read", [True, False])
def test_calls_of_the_releases_before_are_read_again_and_nothing_newer(
    open_database, file: Path, make_chat, make_message, found, read: bool
) -> None:
    """Made as the release before did it: with an index that has no calls, and which had or had not all messages."""
    database = open_database()
    chat = make_chat()
    database.write(lambda connection: chats.insert_chat(connection, chat)).result(60)
    called = make_message(chat.id, text="a lamp")
    call = ToolCallPart("light", '{"where": "boathouse"}', "")
    store(database, called, make_message(chat.id, text="a boat"))
    database.close()
    with dbapi2.connect(str(file)) as connection:
        parts = encode((*called.parts, call))
        connection.execute("UPDATE messages SET parts = ? WHERE id = ?", (parts, called.id))
        if not read:
            connection.execute("INSERT INTO search_state (unread) VALUES (2)")
    connection.close()
    make_older(file, "0009")
    database = open_database()
    unread = database.read(lambda connection: connection.execute(select(SEARCH_STATE.c.unread)).scalar()).result(60)
    assert unread == (1 if read else 2)
    assert found("boathouse ", of=database) == []
    while database.write(search.fill).result(60) < 1.0:
        pass
    assert found("boathouse ", of=database) == [1]
    assert found("a ", of=database, most=10) == [2, 1]


def test_a_database_without_calls_is_not_read_again(open_database, file: Path, make_chat, make_message) -> None:
    database = open_database()
    chat = make_chat()
    database.write(lambda connection: chats.insert_chat(connection, chat)).result(60)
    store(database, make_message(chat.id, text="a lamp"))
    database.close()
    make_older(file, "0009")
    assert open_database().read(search.share_read).result(60) == 1.0


FILLER = """
import sys
from pathlib import Path
from desktop_app.storage import search
from desktop_app.storage.database import Database
database = Database(Path(sys.argv[1]))
database.open().result(60)
while (share := database.write(search.fill).result()) < 1.0:
    print(share, flush=True)
"""


def test_reading_goes_on_after_a_sudden_end_without_loss_or_double(old_file: Path, open_database, found) -> None:
    chance = random.Random(3)
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", FILLER, str(old_file)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(chance.randrange(1, 4)):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
    database = open_database()
    assert len(indexed(database)) > 1
    while database.write(search.fill).result(60) < 1.0:
        pass
    assert found("message ", of=database, most=1000) == list(range(300, 0, -1))
    assert sorted(indexed(database)) == list(range(1, 302))
    check = "INSERT INTO search_index (search_index) VALUES ('integrity-check')"
    database.write(lambda connection: connection.exec_driver_sql(check)).result(60)


def test_a_damaged_message_keeps_no_other_from_being_read(old_file: Path, open_database, found) -> None:
    with dbapi2.connect(str(old_file)) as connection:
        connection.execute("UPDATE messages SET parts = x'c1c1' WHERE sequence = 250")
        connection.execute("UPDATE messages SET created_at = 1e300 WHERE sequence = 249")
        connection.execute("UPDATE messages SET created_at = -1e300 WHERE sequence = 248")
    connection.close()
    database = open_database()
    while database.write(search.fill).result(60) < 1.0:
        pass
    assert found("message ", of=database, most=1000) == [number for number in range(300, 0, -1) if number != 250]


# Giving up

FOREVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def test_a_read_that_runs_is_broken_off_in_its_statement(database) -> None:
    begun = threading.Event()

    def count_forever(connection) -> None:
        begun.set()
        connection.exec_driver_sql(FOREVER).scalar()

    read = database.read(count_forever)
    assert begun.wait(60)
    while not read.done():  # it may be given up before its statement has begun
        database.give_up(read)
        time.sleep(0.001)
    assert isinstance(read.exception(60), CancelledError)
    assert database.read(lambda connection: connection.exec_driver_sql("SELECT 7").scalar()).result(60) == 7


def test_a_read_that_waits_is_cancelled_and_the_one_before_it_goes_on(database) -> None:
    go = threading.Event()
    first = database.read(lambda connection: go.wait(60))
    second = database.read(lambda connection: connection.exec_driver_sql(FOREVER).scalar())
    database.give_up(second)
    go.set()
    assert first.result(60)
    assert second.cancelled()


def test_giving_up_what_is_done_changes_nothing(database) -> None:
    read = database.read(lambda connection: connection.exec_driver_sql("SELECT 7").scalar())
    assert read.result(60) == 7
    database.give_up(read)
    assert read.result(60) == 7
