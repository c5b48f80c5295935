"""Chats that come back, on whichever way, with all that was theirs: their place, their tags, and what was not sent."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from sqlcipher3 import dbapi2

from desktop_app.domain.backups import Backup
from desktop_app.domain.chat_file import ChatFile, SavedChat, SavedFolder, SavedTag
from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import AppError, ErrorCode, StorageError
from desktop_app.domain.examples import Example
from desktop_app.domain.exports import ExportFormat
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import FilePart, TextPart
from desktop_app.domain.shelf import TAG_COLORS, Folder, Tag
from desktop_app.domain.unsent import NOTHING_UNSENT, Edit, NextQuestion, Unsent
from desktop_app.services.events import FoldersChanged, TagsChanged
from desktop_app.storage import chats as rows
from desktop_app.storage import incoming, shelf, unsent
from tests.services.chat_home import Home

URGENT, LATER = Tag(id="u", name="Urgent", color="bad"), Tag(id="l", name="Later", color="good")
WORK = Folder(id="w", name="Work")
FILE = FilePart(name="a.txt", text="Words of a file.", tokens=4)
WAITING = NextQuestion(id="next", text="And then?", files=(FILE,), examples=(Example("Hi", "Hello"),))
QUESTION, FIRST, SECOND = (letter * 32 for letter in "123")


def message(key: str, parent: str | None, role: Role, *, starred: bool = False) -> Message:
    return Message(
        id=key,
        chat_id="chat",
        parent_id=parent,
        role=role,
        status=MessageStatus.COMPLETE,
        created_at=1.0,
        parts=(TextPart(key),),
        starred=starred,
    )


CHAT = Conversation(
    chat=Chat(
        id="chat",
        title="A boat",
        title_is_own=True,
        created_at=1.0,
        updated_at=2.0,
        pinned=True,
        leaf_id=FIRST,  # not the branch that was made last
        model_path="/m.gguf",
        draft="Half a thou",
        system_prompt="Be brief.",
        persona="own/poet.md",
        folder_id=WORK.id,
        archived_at=3.0,
    ),
    messages=(
        message(QUESTION, None, Role.USER),
        message(FIRST, QUESTION, Role.ASSISTANT, starred=True),
        message(SECOND, QUESTION, Role.ASSISTANT),
    ),
    unsent=Unsent(files=(FILE,), queue=(WAITING,), edit=Edit(message_id=QUESTION, text="Better words", files=(FILE,))),
)
"""One that has everything."""


def whole(home: Home, chat_id: str) -> tuple[Conversation, tuple[Tag, ...], tuple[str, ...]]:
    """Return a chat as it is stored, with its tags and the names of its folder and of the one around it."""

    def read(connection) -> tuple[Conversation, tuple[Tag, ...], tuple[str, ...]]:
        shelves = shelf.load_shelf(connection)
        conversation = rows.load_conversation(connection, chat_id)
        folder = shelves.folder(conversation.chat.folder_id)
        return (
            msgspec.structs.replace(conversation, unsent=unsent.load_unsent(connection, chat_id)),
            shelves.tags_of(chat_id),
            (folder.name,) if folder is not None else (),
        )

    return home.read(read)


def put_all(home: Home) -> None:
    """Store the chat, its folder and its tags."""
    home.put(CHAT)

    def put(connection) -> None:
        shelf.save_folder(connection, WORK)
        for tag in (URGENT, LATER):
            shelf.save_tag(connection, tag)
            shelf.set_tagged(connection, ["chat"], tag.id, tagged=True)
        unsent.save_unsent(connection, "chat", CHAT.unsent)

    home.database.write(put).result(60)


def back_up(home: Home) -> Backup:
    return home.backups.back_up().future.result(60)


def restore(home: Home, backup: Backup, *, beside: bool = False) -> str:
    return home.backups.restore(backup, "chat", beside=beside).future.result(60).id


def remove(home: Home) -> None:
    """Remove everything for good: the chat, its folder and its tags."""
    home.database.write(lambda connection: rows.update_chat(connection, "chat", deleted_at=1.0)).result(60)
    home.empty_trash(2.0)

    def clear(connection) -> None:
        shelf.remove_folder(connection, WORK)
        for tag in shelf.list_tags(connection):
            shelf.remove_tag(connection, tag.id)

    home.database.write(clear).result(60)


def from_the_trash(home: Home, _folder: Path) -> None:
    home.database.write(lambda connection: shelf.put(connection, ["chat"], deleted_at=5e9)).result(60)
    home.database.write(lambda connection: shelf.put(connection, ["chat"], deleted_at=None)).result(60)


def from_a_backup(home: Home, _folder: Path) -> None:
    backup = back_up(home)
    remove(home)
    restore(home, backup)


def from_a_file(home: Home, folder: Path) -> None:
    home.export(folder / "all.json")
    remove(home)
    assert home.bring(folder / "all.json").new == 1


def while_it_is_removed(home: Home, folder: Path) -> None:
    home.export(folder / "all.json")
    home.database.write(lambda connection: rows.update_chat(connection, "chat", deleted_at=1e9)).result(60)
    home.database.write(lambda connection: shelf.let_go(connection, ["chat"])).result(60)
    other = Tag(id="o", name="Other")
    home.database.write(
        lambda connection: (
            shelf.save_tag(connection, other),
            shelf.set_tagged(connection, ["chat"], "o", tagged=True),
            shelf.set_tagged(connection, ["chat"], "u", tagged=False),
        )
    ).result(60)
    assert home.bring(folder / "all.json").new == 1


WAYS = (from_the_trash, from_a_backup, from_a_file, while_it_is_removed)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_chat_comes_back_with_all_that_was_its_own(
    home: Home, tmp_path: Path, way: Callable[[Home, Path], None]
) -> None:
    put_all(home)
    way(home, tmp_path)
    assert whole(home, "chat") == (CHAT, (LATER, URGENT), ("Work",))


def test_one_that_comes_back_beside_the_present_one_has_it_as_well(home: Home) -> None:
    put_all(home)
    copy = restore(home, back_up(home), beside=True)
    found, tags, folders = whole(home, copy)
    assert (tags, folders) == ((LATER, URGENT), ("Work",))
    assert (found.chat.draft, found.chat.persona, found.chat.pinned) == ("Half a thou", "own/poet.md", True)
    question, first, _second = found.messages
    assert (first.starred, found.chat.leaf_id) == (True, first.id)
    assert found.unsent == Unsent(
        files=(FILE,), queue=(WAITING,), edit=Edit(message_id=question.id, text="Better words", files=(FILE,))
    )
    assert whole(home, "chat")[0] == CHAT


def test_one_that_has_come_is_told_with_its_tags(home: Home, make_home, tmp_path: Path) -> None:
    put_all(home)
    home.export(tmp_path / "all.json")
    other = make_home("other")
    outcome = other.bring(tmp_path / "all.json")
    assert {tag.id for tag in outcome.tags} == {"u", "l"}
    told = [event for event in other.events if isinstance(event, TagsChanged)]
    assert told[-1] == TagsChanged((LATER, URGENT), {"chat": ("l", "u")})


def test_a_restored_one_is_told_with_its_tags(home: Home) -> None:
    put_all(home)
    backup = back_up(home)
    remove(home)
    restore(home, backup)
    told = [event for event in home.events if isinstance(event, TagsChanged)]
    assert told[-1] == TagsChanged((LATER, URGENT), {"chat": ("l", "u")})


def test_one_that_is_there_keeps_its_tags_and_what_is_typed(home: Home, tmp_path: Path) -> None:
    put_all(home)
    home.export(tmp_path / "all.json")
    backup = back_up(home)
    home.database.write(
        lambda connection: (
            shelf.set_tagged(connection, ["chat"], "u", tagged=False),
            unsent.save_unsent(connection, "chat", NOTHING_UNSENT),
            rows.delete_message_ids(connection, "chat", [SECOND]),
        )
    ).result(60)
    assert home.bring(tmp_path / "all.json").completed == 1
    restore(home, backup)
    found, tags, _folders = whole(home, "chat")
    assert (found.unsent, tags) == (NOTHING_UNSENT, (LATER,))


def test_a_tag_of_the_same_name_is_taken_as_it_is(home: Home, make_home, tmp_path: Path) -> None:
    put_all(home)
    home.export(tmp_path / "all.json")
    other = make_home("other")
    mine = Tag(id="mine", name="urgent", color="warn")
    other.database.write(lambda connection: shelf.save_tag(connection, mine)).result(60)
    assert other.bring(tmp_path / "all.json").tags == (LATER,)
    assert whole(other, "chat")[1] == (LATER, mine)


def test_tags_of_a_strange_file_are_as_a_person_could_make_them(home: Home, make_home, tmp_path: Path) -> None:
    put_all(home)
    home.export(tmp_path / "all.json")
    tags = [
        {"id": "x", "name": "  Two\n lines " + "x" * 99, "color": "url(x)"},
        {"id": "y", "name": " \t"},
        {"id": "z", "name": "Same"},
        {"id": "q", "name": "SAME"},
        {"id": "z", "name": "Twice"},
    ]
    document = json.loads((tmp_path / "all.json").read_bytes())
    assert len(document["chats"][0]["tags"]) == 2
    document["chats"][0]["tags"] = tags
    (tmp_path / "strange.json").write_text(json.dumps(document), encoding="utf-8")
    other = make_home("other")
    other.bring(tmp_path / "strange.json")
    first, second = whole(other, "chat")[1]
    assert first == Tag(id="z", name="Same")
    assert second.name.startswith("Two lines xx")
    assert (len(second.name), second.color) == (40, TAG_COLORS[0])


@pytest.mark.parametrize("restores", [False, True])
def test_one_that_does_not_come_leaves_no_tag(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restores: bool
) -> None:
    put_all(home)
    home.export(tmp_path / "all.json")
    backup = back_up(home)
    remove(home)

    def fail(*_values: object) -> None:
        raise StorageError(ErrorCode.STORAGE_DISK_FULL)

    monkeypatch.setattr(incoming, "insert_values", fail)
    with pytest.raises(AppError):
        restore(home, backup) if restores else home.bring(tmp_path / "all.json")
    assert home.read(shelf.list_tags) == ()
    assert home.read(lambda connection: shelf.tags_of_chats(connection)) == {}
    told = [event for event in home.events if isinstance(event, TagsChanged)]
    assert told[-1].tags == ()


def test_a_backup_from_before_there_were_tags_is_read(home: Home) -> None:
    put_all(home)
    backup = back_up(home)
    connection = dbapi2.connect(backup.path, isolation_level=None)
    for table in ("chat_tags", "tags", "folders", "unsent"):
        connection.execute(f"DROP TABLE {table}")
    connection.close()
    remove(home)
    restore(home, backup)
    found, tags, folders = whole(home, "chat")
    assert (found.messages, found.unsent) == (CHAT.messages, NOTHING_UNSENT)
    assert (tags, folders) == ((), ())


def test_what_cannot_be_read_of_what_was_not_sent_keeps_no_chat_from_coming(home: Home) -> None:
    put_all(home)
    backup = back_up(home)
    connection = dbapi2.connect(backup.path, isolation_level=None)
    connection.execute("UPDATE unsent SET content = x'c1c1'")
    connection.close()
    remove(home)
    restore(home, backup)
    assert whole(home, "chat")[0] == msgspec.structs.replace(CHAT, unsent=NOTHING_UNSENT)


@pytest.mark.parametrize(
    ("damage", "parents"),
    [
        ("messages SET parent_id = id", [None, None, None]),
        (f"messages SET parent_id = 'gone' WHERE id = '{SECOND}'", [None, 0, None]),
        (f"messages SET parent_id = '{SECOND}' WHERE id = '{QUESTION}'", [None, 0, 0]),
        (f"messages SET parent_id = x'00' WHERE id = '{FIRST}'", [None, None, 0]),
        ("messages SET parts = 'text'", [None, 0, 0]),
        ("messages SET created_at = 9e999", [None, 0, 0]),
        ("chats SET title = x'ff', sampling = 'x', created_at = 'x', updated_at = -1e300", [None, 0, 0]),
        ("tags SET name = x'05', color = x'05'", [None, 0, 0]),
        ("folders SET name = x'05', parent_id = id", [None, 0, 0]),
    ],
)
@pytest.mark.parametrize("beside", [False, True])
def test_what_can_be_read_of_a_damaged_backup_comes_back_and_can_leave_again(
    home: Home, make_home, tmp_path: Path, damage: str, parents: list[int | None], beside: bool
) -> None:
    put_all(home)
    backup = back_up(home)
    connection = dbapi2.connect(backup.path, isolation_level=None)
    connection.execute(f"UPDATE {damage}")
    connection.close()
    remove(home)
    (kept,) = home.backups.chats(backup).result(60)
    home.backups.preview(backup, kept.chat.id).result(60)
    restored = restore(home, backup, beside=beside)
    found, _tags, _folders = whole(home, restored)
    ids = [message.id for message in found.messages]
    assert [ids.index(message.parent_id) if message.parent_id else None for message in found.messages] == parents
    assert home.export(tmp_path / "all.json") == 1
    assert home.export(tmp_path / "all", ExportFormat.MARKDOWN) == 1
    other = make_home("other")
    assert other.bring(tmp_path / "all.json").new == 1
    assert whole(other, restored)[0].messages == found.messages


def test_many_folders_and_tags_are_made_and_told_in_one_go(home: Home, tmp_path: Path) -> None:
    chats = [
        SavedChat(
            id=f"c{number}",
            created_at=1.0,
            updated_at=1.0,
            folder=SavedFolder(id=f"f{number}", name=f"F{number}", parent=SavedFolder(id="o", name="Outer")),
            tags=(SavedTag(id=f"t{number}", name=f"T{number}"),),
        )
        for number in range(60)
    ]
    (tmp_path / "many.json").write_bytes(msgspec.json.encode(ChatFile(chats=tuple(chats))))
    outcome = home.bring(tmp_path / "many.json")
    assert (outcome.new, len(outcome.folders), len(outcome.tags)) == (60, 61, 60)
    shelves = home.read(shelf.load_shelf)
    assert {folder.parent_id for folder in shelves.folders} == {None, "o"}
    assert [tag.name for tag in shelves.tags_of("c7")] == ["T7"]
    assert sum(isinstance(event, FoldersChanged) for event in home.events) == 1
    assert sum(isinstance(event, TagsChanged) for event in home.events) < 10  # made, then given, once a second at most
