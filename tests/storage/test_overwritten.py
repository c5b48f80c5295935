"""What is deleted or written anew: no byte of it stands in the file afterwards."""

import threading
from pathlib import Path

from desktop_app.domain.chats import Chat
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.shelf import GONE, LEFT, TEMPORARY
from desktop_app.domain.unsent import NOTHING_UNSENT, Unsent
from desktop_app.storage import chats, unsent
from desktop_app.storage.engine import empty_log
from tests.storage.conftest import empty_trash

SECRET = "xyzzyplugh"


def test_what_was_typed_and_what_an_answer_was_before_is_overwritten(
    file: Path, open_database, make_chat, make_message
) -> None:
    database = open_database()
    chat = make_chat()
    answer = make_message(chat.id, text=f"{SECRET} " * 2000, status=MessageStatus.STREAMING)
    shorter = make_message(chat.id, id=answer.id, text="other words", status=MessageStatus.STREAMING)

    def write(connection) -> None:
        chats.insert_chat(connection, chat)
        chats.insert_message(connection, answer)
        chats.update_chat(connection, chat.id, draft=f"a draft {SECRET}")
        unsent.save_unsent(connection, "", Unsent(text=f"for a chat to come {SECRET}"))

    def write_anew(connection) -> None:
        chats.save_answer(connection, shorter)
        chats.update_chat(connection, chat.id, draft="")
        unsent.save_unsent(connection, "", NOTHING_UNSENT)

    database.write(write).result(60)
    database.write(write_anew).result(60)
    database.close()
    stored = file.read_bytes()
    assert SECRET.encode() not in stored
    assert b"other words" in stored


def test_the_words_of_a_chat_leave_the_search_index_with_it(file: Path, open_database, make_chat, make_message) -> None:
    database = open_database()
    kept, gone = make_chat(), make_chat(deleted_at=GONE)
    database.write(lambda connection: chats.insert_chats(connection, [kept, gone])).result(60)
    for number in range(60):
        message = make_message(kept.id, text=" ".join(f"word{number * place}" for place in range(200)))
        database.write(lambda connection, message=message: chats.insert_message(connection, message)).result(60)
    database.write(lambda connection: chats.insert_message(connection, make_message(gone.id, text=SECRET))).result(60)
    empty_trash(database, 1.0)
    left = database.read(lambda connection: connection.exec_driver_sql("SELECT count(*) FROM search_index").scalar())
    assert left.result(60) == 60
    check = "INSERT INTO search_index (search_index) VALUES ('integrity-check')"
    database.write(lambda connection: connection.exec_driver_sql(check)).result(60)
    database.close()
    assert SECRET[1:].encode() not in file.read_bytes()


def test_nothing_of_a_temporary_chat_is_in_the_search_index(file: Path, open_database, make_chat, make_message) -> None:
    database = open_database()
    chat = make_chat(deleted_at=TEMPORARY)
    message = make_message(chat.id, text=f"This is {SECRET}")

    def write(connection) -> int:
        chats.insert_chat(connection, chat)
        chats.insert_message(connection, message)
        return connection.exec_driver_sql("SELECT count(*) FROM search_index").scalar()

    assert database.write(write).result(60) == 0
    database.close()
    stored = file.read_bytes()
    assert f"This is {SECRET}".encode() in stored
    assert stored.count(SECRET[1:].encode()) == 1


def test_nor_does_it_stand_in_the_log_while_the_database_is_open(
    file: Path, open_database, make_chat, make_message
) -> None:
    database = open_database()
    kept, gone = make_chat(), make_chat(deleted_at=LEFT)

    def write(connection) -> None:
        chats.insert_chats(connection, [kept, gone])
        chats.insert_message(connection, make_message(gone.id, text=SECRET))

    def stored() -> bytes:
        return b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))

    database.write(write).result(60)
    assert SECRET.encode() in stored()
    empty_trash(database, 1.0)
    assert SECRET.encode() not in stored()
    assert [chat.id for chat in database.read(chats.list_chats).result(60)] == [kept.id]

    reading, may_end = threading.Event(), threading.Event()
    database.write(lambda connection: chats.update_chat(connection, kept.id, title="Another one")).result(60)

    def read(connection) -> list[Chat]:
        found = chats.list_chats(connection)
        reading.set()
        may_end.wait(60)
        return found

    found = database.read(read)
    assert reading.wait(60)
    database.write(empty_log).result(60)  # it waits for no reader
    may_end.set()
    assert found.result(60)[0].title == "Another one"
    database.write(lambda connection: chats.update_chat(connection, kept.id, title="A third")).result(60)
    assert database.read(chats.list_chats).result(60)[0].title == "A third"


def test_after_a_sudden_end_nothing_of_a_temporary_chat_stands_anywhere(
    file: Path, open_database, make_chat, make_message
) -> None:
    database = open_database()
    chat = make_chat(deleted_at=TEMPORARY)

    def write(connection) -> None:
        chats.insert_chat(connection, chat)
        chats.insert_message(connection, make_message(chat.id, text=SECRET, status=MessageStatus.STREAMING))

    database.write(write).result(60)
    again = open_database()  # as if the app had ended, and started again
    assert again.read(chats.list_chats).result(60) == []
    stored = b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
    assert SECRET.encode() not in stored
