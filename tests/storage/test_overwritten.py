"""What is deleted or written anew: no byte of it stands in the file afterwards."""

from pathlib import Path

from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.shelf import GONE, TEMPORARY
from desktop_app.domain.unsent import NOTHING_UNSENT, Unsent
from desktop_app.storage import chats, unsent
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

    database.write(write).result(10)
    database.write(write_anew).result(10)
    database.close()
    stored = file.read_bytes()
    assert SECRET.encode() not in stored
    assert b"other words" in stored


def test_the_words_of_a_chat_leave_the_search_index_with_it(file: Path, open_database, make_chat, make_message) -> None:
    database = open_database()
    kept, gone = make_chat(), make_chat(deleted_at=GONE)
    database.write(lambda connection: chats.insert_chats(connection, [kept, gone])).result(10)
    for number in range(60):
        message = make_message(kept.id, text=" ".join(f"word{number * place}" for place in range(200)))
        database.write(lambda connection, message=message: chats.insert_message(connection, message)).result(10)
    database.write(lambda connection: chats.insert_message(connection, make_message(gone.id, text=SECRET))).result(10)
    empty_trash(database, 1.0)
    left = database.read(lambda connection: connection.exec_driver_sql("SELECT count(*) FROM search_index").scalar())
    assert left.result(10) == 60
    check = "INSERT INTO search_index (search_index) VALUES ('integrity-check')"
    database.write(lambda connection: connection.exec_driver_sql(check)).result(10)
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

    assert database.write(write).result(10) == 0
    database.close()
    stored = file.read_bytes()
    assert f"This is {SECRET}".encode() in stored
    assert stored.count(SECRET[1:].encode()) == 1
