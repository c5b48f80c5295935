"""The end of a chat, read before the database is open."""

import subprocess
import sys
from pathlib import Path

from sqlcipher3 import dbapi2

from desktop_app.domain.messages import Role
from desktop_app.domain.tree import branch
from desktop_app.storage import chats
from desktop_app.storage.first_look import LAST_MESSAGES, first_look


def store(database, chat, messages) -> None:
    def work(connection) -> None:
        chats.insert_chat(connection, chat)
        for message in messages:
            chats.insert_message(connection, message)

    database.write(work).result(60)


def beside(messages, message) -> list[str]:
    return [other.id for other in messages if (other.parent_id, other.role) == (message.parent_id, message.role)]


def test_the_end_of_the_branch_with_its_siblings(database, file: Path, make_chat, make_message) -> None:
    chat_id = make_chat().id
    messages, parent = [], None
    for turn in range(60):
        role = Role.ASSISTANT if turn % 2 else Role.USER
        if turn == 57:
            messages.append(make_message(chat_id, parent, text="another answer", role=role))
        messages.append(make_message(chat_id, parent, text=f"turn {turn}", role=role))
        parent = messages[-1].id
    store(database, make_chat(id=chat_id, leaf_id=parent, title="long"), messages)
    look = first_look(file, chat_id)
    whole = database.read(lambda connection: chats.load_conversation(connection, chat_id)).result(60)
    assert look is not None
    assert look.chat == whole.chat
    shown = branch(look.messages, parent)
    assert shown == branch(whole.messages, parent)[-LAST_MESSAGES:]
    for message in shown:
        assert beside(look.messages, message) == beside(whole.messages, message)


def test_a_short_chat_is_whole(database, file: Path, make_chat, make_message) -> None:
    chat_id = make_chat().id
    first, other = make_message(chat_id, text="one"), make_message(chat_id, text="edited")
    store(database, make_chat(id=chat_id, leaf_id=other.id), [first, other])
    look = first_look(file, chat_id)
    assert look is not None
    assert look.messages == (first, other)


def test_what_is_unusual_is_left_to_the_database(open_database, file: Path, make_chat, tmp_path: Path) -> None:
    assert first_look(tmp_path / "none.db", "x") is None
    database = open_database()
    gone = make_chat(deleted_at=1.0)
    store(database, gone, [])
    assert first_look(file, "unknown") is None
    assert first_look(file, gone.id) is None
    database.close()
    with dbapi2.connect(str(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert first_look(file, gone.id) is None
    file.write_bytes(b"nonsense" * 100)
    assert first_look(file, gone.id) is None


def test_a_damaged_message_is_left_to_the_database(database, file: Path, make_chat, make_message) -> None:
    message = make_message(make_chat().id)
    chat = make_chat(id=message.chat_id, leaf_id=message.id)
    store(database, chat, [message])
    assert first_look(file, chat.id) is not None
    damage = "UPDATE messages SET parts = x'c1c1'"
    database.write(lambda connection: connection.exec_driver_sql(damage)).result(60)
    assert first_look(file, chat.id) is None


def test_it_does_without_sqlalchemy() -> None:
    script = "import sys, desktop_app.storage.first_look; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "False"
