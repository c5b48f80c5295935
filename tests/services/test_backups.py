"""Backups of the chats: made beside whoever stores, thinned out, and what comes back from them."""

from concurrent.futures import CancelledError
from pathlib import Path

import msgspec
import pytest

from desktop_app.domain.backups import Backup, Reason, backup_name, read_name
from desktop_app.domain.errors import AppError, ErrorCode
from desktop_app.domain.messages import MessageStatus
from desktop_app.storage import backups as backup_files
from desktop_app.storage import chats as rows
from desktop_app.storage.archive import Archive
from tests.services.chat_home import Home, given_up, same, some_chats


def test_a_backup_holds_everything_and_a_chat_comes_back_from_it(home: Home) -> None:
    chats = some_chats()
    home.put(*chats)
    backup = home.backups.back_up().future.result(60)
    assert home.backups.backups().result(60)[0].path == backup.path
    assert backup.reason is Reason.ASKED
    gone = chats[2].chat
    home.database.write(lambda connection: rows.update_chat(connection, gone.id, deleted_at=1.0)).result(60)
    home.empty_trash(2.0)
    kept = home.backups.chats(backup).result(60)
    assert {each.chat.id: each.messages for each in kept} == {each.chat.id: len(each.messages) for each in chats}
    restored = home.backups.restore(backup, gone.id, beside=False).future.result(60)
    assert restored == gone
    assert same(home.conversations(), chats)
    home.backups.restore(backup, gone.id, beside=False).future.result(60)
    assert same(home.conversations(), chats)


def test_a_chat_is_restored_beside_the_present_one(home: Home) -> None:
    chats = some_chats(1, seed=3, most=200)
    home.put(*chats)
    backup = home.backups.back_up().future.result(60)
    copy = home.backups.restore(backup, chats[0].chat.id, beside=True).future.result(60)
    found = {each.chat.id: each for each in home.conversations()}
    assert found[chats[0].chat.id] == chats[0]
    assert copy.id != chats[0].chat.id
    assert [message.parts for message in found[copy.id].messages] == [message.parts for message in chats[0].messages]
    shape = {message.id: place for place, message in enumerate(chats[0].messages)}
    other = {message.id: place for place, message in enumerate(found[copy.id].messages)}
    assert [other.get(message.parent_id) for message in found[copy.id].messages] == [
        shape.get(message.parent_id) for message in chats[0].messages
    ]


def test_what_streamed_in_a_backup_is_interrupted_and_the_preview_shows_how_it_begins(home: Home) -> None:
    chats = some_chats(1, seed=3, most=200)
    last = msgspec.structs.replace(chats[0].messages[-1], status=MessageStatus.STREAMING)
    home.put(msgspec.structs.replace(chats[0], messages=(*chats[0].messages[:-1], last)))
    backup = home.backups.back_up().future.result(60)
    lines = home.backups.preview(backup, chats[0].chat.id).result(60)
    assert 0 < len(lines) <= 4
    copy = home.backups.restore(backup, chats[0].chat.id, beside=True).future.result(60)
    message = home.read(lambda connection: rows.load_conversation(connection, copy.id)).messages[-1]
    assert message.status is MessageStatus.INTERRUPTED


def test_a_backup_is_made_while_answers_are_saved_and_holds_one_moment(home: Home, monkeypatch) -> None:
    chats = some_chats(3, most=200)
    home.put(*chats)
    monkeypatch.setattr(backup_files, "PAGES", 2)
    calls = 0

    def save_one(_done: int, _total: int) -> None:
        nonlocal calls
        calls += 1
        home.database.write(lambda connection: rows.update_chat(connection, chats[0].chat.id, draft=str(calls))).result(
            5
        )

    backup = backup_files.back_up(home.file, save_one)
    assert calls > 10
    with Archive(Path(backup.path), key=None) as archive:
        assert same([archive.conversation(each.chat.id) for each in archive.chats()], chats)
    assert home.conversations() != chats
    assert sorted(file.name for file in home.file.with_name("backups").iterdir()) == [Path(backup.path).name]


def test_a_backup_that_is_given_up_leaves_nothing(home: Home, monkeypatch) -> None:
    monkeypatch.setattr(backup_files, "PAGES", 2)
    home.put(*some_chats())
    job = given_up(home.backups.back_up)
    with pytest.raises(CancelledError):
        job.future.result(60)
    assert list(home.file.with_name("backups").iterdir()) == []


def test_backups_of_migrations_are_thinned_out_and_those_that_were_asked_for_stay(home: Home) -> None:
    asked = [backup_files.back_up(home.file) for _ in range(2)]
    for _ in range(backup_files.KEPT_OF_MIGRATIONS + 3):
        backup_files.back_up(home.file, before="0009")
    found = backup_files.list_backups(home.file)
    assert sum(each.reason is Reason.MIGRATION for each in found) == backup_files.KEPT_OF_MIGRATIONS
    assert {each.path for each in asked} <= {each.path for each in found}


def test_names_of_backups_tell_when_and_why() -> None:
    import datetime as dt

    moment = dt.datetime(2026, 11, 26, 12, 30, 5).astimezone()
    assert read_name(backup_name(moment)) == (moment.timestamp(), Reason.ASKED)
    assert read_name(backup_name(moment, "0006").replace(".db", "-2.db")) == (moment.timestamp(), Reason.MIGRATION)
    assert read_name("inglenook-99999999-999999-asked.db") is None
    assert read_name("holiday.db") is None


def backup_at(path: Path) -> Backup:
    return Backup(path=str(path), made_at=0.0, reason=Reason.ASKED, size=0)


def test_a_damaged_backup_is_told_and_a_newer_one_refused(home: Home, tmp_path: Path) -> None:
    home.put(*some_chats())
    made = Path(home.backups.back_up().future.result(60).path)
    content = made.read_bytes()
    for damage, code in (
        (b"This is a letter. " * 500, ErrorCode.BACKUP_UNREADABLE),
        (b"", ErrorCode.BACKUP_UNREADABLE),
        (content[:5000], ErrorCode.BACKUP_UNREADABLE),
    ):
        (tmp_path / "bad.db").write_bytes(damage)
        with pytest.raises(AppError) as caught:
            home.backups.chats(backup_at(tmp_path / "bad.db")).result(60)
        assert caught.value.code is code
    from sqlcipher3 import dbapi2

    connection = dbapi2.connect(str(made), isolation_level=None)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(AppError) as caught:
        home.backups.chats(backup_at(made)).result(60)
    assert caught.value.code is ErrorCode.BACKUP_NEWER


def test_a_backup_of_an_older_release_is_read(home: Home) -> None:
    chats = some_chats(2)
    home.put(*chats)
    made = home.backups.back_up().future.result(60)
    from sqlcipher3 import dbapi2

    connection = dbapi2.connect(made.path, isolation_level=None)
    connection.execute("DROP TABLE traces")
    connection.execute("ALTER TABLE chats DROP COLUMN persona")
    connection.execute("ALTER TABLE messages DROP COLUMN memory")
    connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    assert len(home.backups.chats(made).result(60)) == 2
    copy = home.backups.restore(made, chats[0].chat.id, beside=True).future.result(60)
    assert copy.persona is None
