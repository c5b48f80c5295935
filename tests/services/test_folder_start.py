"""Chats that begin in a folder, and folders that leave with their chats and come back."""

from pathlib import Path

import msgspec
import pytest

from desktop_app.app import App
from desktop_app.domain.chats import ChatStart, Conversation
from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.shelf import Folder, FolderStart
from desktop_app.services.events import FoldersChanged
from desktop_app.storage import chats as rows
from desktop_app.storage import incoming, shelf
from tests.services.chat_home import Home, some_chats
from tests.services.conftest import Heard


def test_a_chat_begins_in_a_folder(app: App, heard: Heard, starter_model: str, greedy: Sampling) -> None:
    work = app.ordering.save_folder("Work").result(60)
    asked = app.chats.ask(
        None, "Hi", model_path=starter_model, sampling=greedy, start=ChatStart("You work.", folder_id=work.id)
    )
    heard.answer(asked.answer_id)
    (chat,) = app.chats.list_chats().result(60)
    assert (chat.folder_id, chat.system_prompt) == (work.id, "You work.")


def test_a_temporary_one_is_there_once_it_is_kept(app: App, heard: Heard, starter_model: str, greedy: Sampling) -> None:
    work = app.ordering.save_folder("Work").result(60)
    asked = app.chats.ask(
        None, "Hi", model_path=starter_model, sampling=greedy, start=ChatStart(folder_id=work.id, temporary=True)
    )
    heard.answer(asked.answer_id)
    assert app.chats.list_chats().result(60) == []
    assert app.chats.keep(asked.chat_id).result(60).folder_id == work.id


def test_folders_come_along_with_what_their_chats_begin_with(home: Home, make_home, tmp_path: Path) -> None:
    start = FolderStart(system_prompt="You work.", persona="own/clerk.md", model_path="/m.gguf")
    folders = (Folder(id="w", name="Work", start=start), Folder(id="n", name="Notes", parent_id="w"))
    first, second, third = some_chats(3)
    home.database.write(lambda connection: [shelf.save_folder(connection, folder) for folder in folders]).result(60)
    home.put(within(first, "n"), within(second, "w"), third)
    home.export(tmp_path / "all.json")
    other = make_home("other")
    outcome = other.bring(tmp_path / "all.json")
    assert outcome.folders == folders
    assert other.read(shelf.list_folders) == tuple(reversed(folders))
    places = {each.chat.id: each.chat.folder_id for each in other.conversations()}
    assert places == {first.chat.id: "n", second.chat.id: "w", third.chat.id: None}
    other.database.write(lambda connection: shelf.put(connection, [first.chat.id], folder_id=None)).result(60)
    assert other.bring(tmp_path / "all.json").folders == ()
    assert {each.chat.folder_id for each in other.conversations()} == {"w", None}  # what is there stays where it is


def test_a_folder_comes_beside_the_one_it_was_in_where_that_lies_in_another(
    home: Home, make_home, tmp_path: Path
) -> None:
    notes, old = Folder(id="n", name="Notes"), Folder(id="o", name="Old", parent_id="n")
    home.database.write(lambda connection: [shelf.save_folder(connection, each) for each in (notes, old)]).result(30)
    home.put(within(some_chats(1)[0], "o"))
    home.export(tmp_path / "one.json")
    other = make_home("other")
    here = (Folder(id="w", name="Work"), msgspec.structs.replace(notes, parent_id="w"))
    other.database.write(lambda connection: [shelf.save_folder(connection, each) for each in here]).result(30)
    other.bring(tmp_path / "one.json")
    assert {each.id: each.parent_id for each in other.read(shelf.list_folders)} == {"w": None, "n": "w", "o": "w"}


def test_a_folder_of_the_same_name_is_taken_as_it_is(home: Home, make_home, tmp_path: Path) -> None:
    folder = Folder(id="w", name="Work", start=FolderStart(system_prompt="You work."))
    home.database.write(lambda connection: shelf.save_folder(connection, folder)).result(60)
    home.put(within(some_chats(1)[0], "w"))
    home.export(tmp_path / "one.json")
    other = make_home("other")
    mine = Folder(id="mine", name="Work", start=FolderStart(system_prompt="Mine."))
    other.database.write(lambda connection: shelf.save_folder(connection, mine)).result(60)
    assert other.bring(tmp_path / "one.json").folders == ()
    assert [each.chat.folder_id for each in other.conversations()] == ["mine"]
    assert other.read(shelf.list_folders) == (mine,)


@pytest.mark.parametrize("beside", [False, True])
def test_a_chat_of_a_backup_comes_back_into_its_folder(home: Home, beside: bool) -> None:
    folders = (Folder(id="w", name="Work"), Folder(id="n", name="Notes", parent_id="w"))
    home.database.write(lambda connection: [shelf.save_folder(connection, each) for each in folders]).result(60)
    first, second = some_chats(2)
    home.put(within(first, "n"), second)
    backup = home.backups.back_up().future.result(60)
    if not beside:
        remove(home, first.chat.id)
    restored = home.backups.restore(backup, first.chat.id, beside=beside).future.result(60)
    assert restored.folder_id == "n"
    home.backups.restore(backup, second.chat.id, beside=False).future.result(60)
    assert {each.chat.id: each.chat.folder_id for each in home.conversations()} == {
        first.chat.id: "n",
        restored.id: "n",
        second.chat.id: None,
    }


def test_the_folder_of_a_chat_of_a_backup_is_made_anew(home: Home) -> None:
    start = FolderStart(system_prompt="You take notes.")
    work, notes = Folder(id="w", name="Work"), Folder(id="n", name="Notes", parent_id="w", start=start)
    home.database.write(lambda connection: [shelf.save_folder(connection, each) for each in (work, notes)]).result(60)
    first, second = (within(chat, "n") for chat in some_chats(2))
    home.put(first, second)
    backup = home.backups.back_up().future.result(60)
    home.database.write(lambda connection: [shelf.remove_folder(connection, each) for each in (notes, work)]).result(60)
    remove(home, first.chat.id)
    home.backups.restore(backup, second.chat.id, beside=False).future.result(60)
    assert home.read(shelf.list_folders) == ()  # what is there stays where it is
    assert home.backups.restore(backup, first.chat.id, beside=False).future.result(60).folder_id == "n"
    assert home.read(shelf.list_folders) == (notes, work)
    assert [event.folders for event in home.events if isinstance(event, FoldersChanged)] == [(notes, work)]


def test_a_chat_of_a_backup_comes_into_a_folder_of_the_same_name(home: Home) -> None:
    work = Folder(id="w", name="Work")
    home.database.write(lambda connection: shelf.save_folder(connection, work)).result(60)
    chat = within(some_chats(1)[0], "w")
    home.put(chat)
    backup = home.backups.back_up().future.result(60)
    remove(home, chat.chat.id)
    other = Folder(id="o", name="Work")
    home.database.write(
        lambda connection: (shelf.remove_folder(connection, work), shelf.save_folder(connection, other))
    ).result(60)
    assert home.backups.restore(backup, chat.chat.id, beside=False).future.result(60).folder_id == "o"
    assert home.read(shelf.list_folders) == (other,)


def test_a_chat_of_a_backup_that_does_not_come_leaves_no_folder(home: Home, monkeypatch) -> None:
    work = Folder(id="w", name="Work")
    home.database.write(lambda connection: shelf.save_folder(connection, work)).result(60)
    chat = within(some_chats(1)[0], "w")
    home.put(chat)
    backup = home.backups.back_up().future.result(60)
    remove(home, chat.chat.id)
    home.database.write(lambda connection: shelf.remove_folder(connection, work)).result(60)
    fault = StorageError(ErrorCode.STORAGE_DISK_FULL)

    def fail(*_values: object) -> None:
        raise fault

    monkeypatch.setattr(incoming, "insert_values", fail)
    assert home.backups.restore(backup, chat.chat.id, beside=False).future.exception(60) is fault
    assert home.read(shelf.list_folders) == ()
    assert home.conversations() == []


def remove(home: Home, chat_id: str) -> None:
    """Remove a chat for good."""
    home.database.write(lambda connection: rows.update_chat(connection, chat_id, deleted_at=1.0)).result(60)
    home.empty_trash(2.0)


def within(conversation: Conversation, folder_id: str) -> Conversation:
    chat = msgspec.structs.replace(conversation.chat, folder_id=folder_id)
    return Conversation(chat=chat, messages=conversation.messages)
