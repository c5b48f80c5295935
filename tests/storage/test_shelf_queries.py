"""Folders, tags, archive and trash in the database: a few statements each, however many chats there are."""

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import event, insert, update

from desktop_app.domain.chats import Chat
from desktop_app.domain.messages import Message, MessageStatus
from desktop_app.domain.search import SearchFilter
from desktop_app.domain.search_query import parse
from desktop_app.domain.shelf import GONE, LEFT, NO_START, TEMPORARY, Folder, FolderStart, Place, Tag
from desktop_app.storage import chats, search, shelf
from desktop_app.storage.archive import Archive
from desktop_app.storage.tables import CHATS, FOLDERS
from desktop_app.storage.values import CHAT_COLUMNS, encode
from tests.storage.conftest import empty_trash, make_older

WORK, NOTES = Folder(id="w", name="Work"), Folder(id="n", name="notes", parent_id="w")
RED, BLUE = Tag(id="r", name="Red", color="bad"), Tag(id="b", name="blue", color="focus")


@pytest.fixture
def write(database):
    return lambda action: database.write(action).result(60)


@pytest.fixture
def stored(database, make_chat):
    """Return a function that stores so many chats, and returns their ids."""

    def store(count: int, **changes: object) -> list[str]:
        made = [make_chat(**changes) for _ in range(count)]
        database.write(lambda connection: connection.execute(insert(CHATS), [columns(chat) for chat in made])).result(
            30
        )
        return [chat.id for chat in made]

    return store


def columns(chat: Chat) -> dict[str, object]:
    return {**{name: getattr(chat, name) for name in CHAT_COLUMNS}, "sampling": encode(chat.sampling)}


def get(database, ids):
    found = {chat.id: chat for chat in database.read(lambda connection: shelf.get_chats(connection, ids)).result(60)}
    return [found[chat_id] for chat_id in ids if chat_id in found]


def count(database, action) -> int:
    def run(connection) -> int:
        seen: list[str] = []
        note = lambda *arguments: seen.append(arguments[2])  # noqa: E731
        event.listen(connection, "before_cursor_execute", note)
        action(connection)
        event.remove(connection, "before_cursor_execute", note)
        return len(seen)

    return database.write(run).result(60)


def test_places_come_back_as_they_were(database, write, stored) -> None:
    first, second = stored(1, pinned=True, folder_id="n") + stored(1, archived_at=5.0)
    before = write(lambda connection: shelf.put(connection, [first, second, "nobody"], folder_id="w", pinned=False))
    assert [(chat.folder_id, chat.pinned) for chat in get(database, [first, second])] == [("w", False)] * 2
    assert {place.chat_id for place in before} == {first, second}
    write(lambda connection: shelf.put_back(connection, before, ["folder_id", "pinned"]))
    assert [(chat.folder_id, chat.pinned, chat.archived_at) for chat in get(database, [first, second])] == [
        ("n", True, None),
        (None, False, 5.0),
    ]


def test_a_folder_that_goes_leaves_what_is_in_it(database, write, stored) -> None:
    write(lambda connection: [shelf.save_folder(connection, folder) for folder in (WORK, NOTES)])
    outer, inner = stored(1, folder_id="w") + stored(1, folder_id="n", pinned=True)
    assert [folder.name for folder in write(shelf.list_folders)] == ["notes", "Work"]
    before = write(lambda connection: shelf.remove_folder(connection, NOTES))
    assert before == (Place(chat_id=inner, pinned=True, folder_id="n", archived_at=None, deleted_at=None),)
    assert [chat.folder_id for chat in get(database, [outer, inner])] == ["w", "w"]
    write(lambda connection: shelf.remove_folder(connection, WORK))
    assert [chat.folder_id for chat in get(database, [outer, inner])] == [None, None]
    assert write(shelf.list_folders) == ()


def test_a_folder_keeps_what_its_chats_begin_with(database, write) -> None:
    start = FolderStart(system_prompt="Answer like a sailor.", model_path="/m.gguf", persona="own/sailor.md")
    write(lambda connection: [shelf.save_folder(connection, folder) for folder in (WORK, NOTES)])
    assert write(lambda connection: shelf.change_start(connection, "w", lambda _before: start)) == (NO_START, start)
    assert write(lambda connection: shelf.change_start(connection, "gone", lambda _before: start)) is None
    begins = msgspec.structs.replace(WORK, start=start)
    assert write(shelf.list_folders) == (NOTES, begins)
    write(lambda connection: shelf.remove_folder(connection, WORK))
    write(lambda connection: shelf.save_folder(connection, begins))
    assert write(lambda connection: shelf.change_start(connection, "w", lambda _before: NO_START)) == (start, NO_START)
    assert write(shelf.list_folders)[1] == WORK


def test_all_folders_are_read_in_one_statement(database, write) -> None:
    for number in range(20):
        folder = Folder(id=str(number), name=f"{number}", start=FolderStart(system_prompt="x"))
        write(lambda connection, folder=folder: shelf.save_folder(connection, folder))
    assert len(write(shelf.list_folders)) == 20
    assert count(database, shelf.list_folders) == 1
    assert count(database, lambda connection: shelf.change_start(connection, "3", lambda _before: NO_START)) == 2


def test_a_damaged_beginning_hides_no_folder(write) -> None:
    write(lambda connection: shelf.save_folder(connection, WORK))
    write(lambda connection: connection.execute(update(FOLDERS).values(start=b"\xff\x00")))
    assert write(shelf.list_folders) == (WORK,)


def test_tags_are_given_and_taken_and_go_with_their_chats(database, write, stored) -> None:
    ids = stored(3)
    write(lambda connection: [shelf.save_tag(connection, tag) for tag in (RED, BLUE)])
    assert write(lambda connection: shelf.set_tagged(connection, ids[:1], "r", tagged=True)) == (ids[0],)
    assert write(lambda connection: shelf.set_tagged(connection, ids, "r", tagged=True)) == (ids[1], ids[2])
    write(lambda connection: shelf.set_tagged(connection, ids[:1], "b", tagged=True))
    assert write(lambda connection: shelf.set_tagged(connection, ids[2:], "r", tagged=False)) == (ids[2],)
    kept = write(shelf.load_shelf)
    assert kept.tags == (BLUE, RED)
    assert kept.tagged == {ids[0]: ("b", "r"), ids[1]: ("r",)}
    assert kept.tags_of(ids[0]) == (BLUE, RED)
    assert write(lambda connection: shelf.tags_of_chats(connection, ids[1:])) == {ids[1]: ("r",), ids[2]: ()}
    write(lambda connection: shelf.put(connection, ids[:1], deleted_at=1.0))
    empty_trash(database, 2.0)
    assert write(lambda connection: shelf.remove_tag(connection, "r")) == (ids[1],)
    assert write(shelf.load_shelf).tagged == {}


def test_an_action_costs_the_same_statements_however_many_chats(database, stored) -> None:
    few, many = stored(1), stored(33_000)  # more than SQLite takes as parameters of a statement
    database.write(lambda connection: shelf.save_tag(connection, RED)).result(60)
    actions = (
        lambda ids: lambda connection: shelf.put(connection, ids, archived_at=1.0),
        lambda ids: lambda connection: shelf.get_chats(connection, ids),
        lambda ids: lambda connection: shelf.set_tagged(connection, ids, "r", tagged=True),
        lambda ids: lambda connection: shelf.tags_of_chats(connection, ids),
    )
    assert [count(database, action(few)) for action in actions] == [2, 1, 3, 1]
    assert [count(database, action(many)) for action in actions] == [2, 1, 3, 1]
    assert count(database, shelf.load_shelf) == 3
    assert count(database, chats.list_chats) == 1


def test_the_trash_lists_what_can_be_restored(database, write, stored) -> None:
    (old,), (young,), (gone,) = stored(1, deleted_at=1.0), stored(1, deleted_at=2.0), stored(1, deleted_at=GONE)
    stored(1)
    assert [chat.id for chat in write(shelf.list_trash)] == [young, old]
    was = [Place(chat_id=gone, pinned=False, folder_id=None, archived_at=None, deleted_at=None)]
    write(lambda connection: shelf.put_back(connection, was, ["deleted_at"]))
    assert get(database, [gone])[0].deleted_at == GONE, "its messages may have gone already"


def test_the_trash_empties_in_slices_by_age(database, make_chat, make_message) -> None:
    old, young, streaming = make_chat(deleted_at=100.0), make_chat(deleted_at=300.0), make_chat(deleted_at=100.0)

    def store(connection) -> None:
        for chat in (old, young, streaming):
            chats.insert_chat(connection, chat)
        path: list[Message] = []
        for number in range(1500):  # deeper than SQLite removes by itself
            path.append(make_message(old.id, path[-1].id if path else None, text=f"word{number}"))
        chats.insert_messages(connection, path)
        chats.insert_message(connection, make_message(young.id))
        chats.insert_message(connection, make_message(streaming.id, status=MessageStatus.STREAMING))

    database.write(store).result(60)

    def messages(connection) -> int:
        return connection.exec_driver_sql("SELECT count(*) FROM messages").scalar()

    left = [database.read(messages).result(60)]
    while database.write(lambda connection: shelf.empty_slice(connection, 200.0)).result(60):
        left.append(database.read(messages).result(60))
    slices = [more - less for more, less in pairwise(left)]
    assert max(slices) == shelf.SLICE_MESSAGES
    assert sum(slices) == 1500
    assert [chat.id for chat in get(database, [old.id, young.id, streaming.id])] == [young.id, streaming.id]
    assert count(database, lambda connection: shelf.empty_slice(connection, 200.0)) == 2
    database.write(chats.recover_interrupted).result(60)
    empty_trash(database, 200.0)
    assert [chat.id for chat in get(database, [young.id, streaming.id])] == [young.id]
    indexed = database.read(
        lambda connection: connection.exec_driver_sql("SELECT count(*) FROM search_index_docsize").scalar()
    )
    assert indexed.result(60) == 1


def test_messages_are_found_by_folder_tag_and_archive(database, write, stored, make_message) -> None:
    write(lambda connection: [shelf.save_folder(connection, folder) for folder in (WORK, NOTES)])
    write(lambda connection: shelf.save_tag(connection, RED))
    ids = [*stored(1), *stored(1, folder_id="w"), *stored(1, folder_id="n"), *stored(1, archived_at=3.0)]
    for chat_id in ids:
        message = make_message(chat_id, text="water")
        write(lambda connection, message=message: chats.insert_message(connection, message))
    write(lambda connection: shelf.set_tagged(connection, [ids[0], ids[3]], "r", tagged=True))

    def found(**wanted: object) -> list[int]:
        rows = database.read(
            lambda connection: search.find(
                connection, parse("water"), SearchFilter(**wanted), before=1 << 62, most=10, now=1e9
            )
        ).result(60)
        return sorted(ids.index(chat_id) for _sequence, chat_id in rows)

    assert found() == [0, 1, 2, 3]
    assert found(folder="w") == [1, 2]
    assert found(folder="n") == [2]
    assert found(tag="r") == [0, 3]
    assert found(archived=True) == [3]
    assert found(archived=False, tag="r") == [0]


def test_an_older_database_gets_the_tables(open_database, file: Path, make_chat) -> None:
    database = open_database()
    chat = make_chat(title="old", pinned=True)
    database.write(lambda connection: chats.insert_chat(connection, chat)).result(60)
    database.close()
    make_older(file, "0005")
    again = open_database()
    assert again.read(chats.list_chats).result(60) == [chat]
    assert again.read(shelf.load_shelf).result(60).folders == ()


def test_folders_of_an_older_database_begin_as_all_others_do(open_database, file: Path) -> None:
    database = open_database()
    database.write(lambda connection: shelf.save_folder(connection, WORK)).result(60)
    database.close()
    make_older(file, "0010")
    with Archive(
        file, is_backup=False, key=None
    ) as archive:  # an export reads it, too, before it is brought up to date
        assert archive.shelf().folders == (WORK,)
    assert open_database().read(shelf.list_folders).result(60) == (WORK,)


@pytest.mark.parametrize("moment", [GONE, TEMPORARY, LEFT])
def test_no_chat_comes_back_that_is_on_its_way_out(database, make_chat, moment: float) -> None:
    chat = make_chat(deleted_at=moment)
    database.write(lambda connection: chats.insert_chat(connection, chat)).result(60)
    for changes in ({"deleted_at": None}, {"deleted_at": 100.0}, {"archived_at": 100.0}):  # the undo of a window, late
        database.write(lambda connection, changes=changes: shelf.put(connection, [chat.id], **changes)).result(60)
        assert get(database, [chat.id]) == [chat]


def test_a_removal_is_begun_again_where_the_one_before_it_has_left_its_note(write, stored, make_message) -> None:
    """As where it failed with the disk full, and so did taking the note back."""
    (chat_id,) = stored(1)
    message = make_message(chat_id)
    write(lambda connection: chats.insert_message(connection, message))
    for _ in range(2):
        write(lambda connection: shelf.begin_removal(connection, message.id, 0.0))
    assert write(shelf.removals) == [message.id]
