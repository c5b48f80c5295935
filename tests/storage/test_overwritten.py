"""What is deleted or written anew: no byte of it stands in the file afterwards."""

from pathlib import Path

from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.unsent import NOTHING_UNSENT, Unsent
from desktop_app.storage import chats, unsent

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
