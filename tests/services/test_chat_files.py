"""Chats that leave the database and come back: exports, imports, and what a full disk leaves of them."""

import json
import os
import subprocess
import sys
import threading
import unicodedata
import zipfile
from concurrent.futures import CancelledError
from pathlib import Path

import msgspec
import pytest

from desktop_app.domain.chats import Conversation
from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo, ExportError
from desktop_app.domain.exports import Export, ExportFormat, ExportOptions
from desktop_app.gui.export import process
from desktop_app.services.chat_files import incoming as incoming_module
from desktop_app.services.chat_files.arrivals import Imported
from desktop_app.services.events import ChatsChanged
from desktop_app.storage import chats as rows
from desktop_app.storage import incoming as incoming_rows
from desktop_app.storage import shelf
from desktop_app.support import files
from tests.as_windows import behave_as_windows
from tests.services.chat_home import Home, given_up, same, some_chats

# Export and import


def test_what_was_exported_comes_back_as_it_was(home: Home, make_home, tmp_path: Path) -> None:
    chats = some_chats()
    home.put(*chats)
    answer = chats[0].messages[0]
    blob = b"IGT1 whatever"
    home.database.write(
        lambda connection: connection.exec_driver_sql("INSERT INTO traces VALUES (?, ?)", (answer.id, blob))
    ).result(60)
    assert home.export(tmp_path / "all.json") == len(chats)
    other = make_home("other")
    outcome = other.bring(tmp_path / "all.json")
    assert (outcome.new, outcome.completed, outcome.there) == (len(chats), 0, 0)
    assert same(other.conversations(), chats)
    assert other.read(lambda connection: connection.exec_driver_sql("SELECT * FROM traces").all()) == [
        (answer.id, blob)
    ]
    told = [chat.id for event in other.events if isinstance(event, ChatsChanged) for chat in event.chats]
    assert sorted(told) == sorted(each.chat.id for each in chats)


def test_importing_twice_makes_nothing_double(home: Home, tmp_path: Path) -> None:
    chats = some_chats()
    home.put(*chats)
    home.export(tmp_path / "all.json")
    assert home.bring(tmp_path / "all.json") == Imported(there=len(chats))
    assert same(home.conversations(), chats)


def test_a_chat_that_went_on_meanwhile_keeps_what_it_has_and_gets_what_it_lacks(
    home: Home, make_home, tmp_path: Path
) -> None:
    whole = some_chats(1, seed=3, most=200)[0]
    older = Conversation(chat=whole.chat, messages=whole.messages[: len(whole.messages) // 2])
    home.put(whole)
    home.export(tmp_path / "whole.json")
    other = make_home("other")
    leaf = older.messages[0].id
    other.put(msgspec.structs.replace(older, chat=msgspec.structs.replace(older.chat, leaf_id=leaf, title="Own")))
    assert other.bring(tmp_path / "whole.json") == Imported(completed=1, changed_ids=(whole.chat.id,))
    (found,) = other.conversations()
    assert found.messages == whole.messages
    assert (found.chat.title, found.chat.leaf_id) == ("Own", leaf)


def test_a_chat_comes_out_of_the_trash(home: Home, tmp_path: Path) -> None:
    chats = some_chats(1)
    home.put(*chats)
    home.export(tmp_path / "all.json")
    home.database.write(lambda connection: rows.update_chat(connection, chats[0].chat.id, deleted_at=5e9)).result(60)
    assert home.bring(tmp_path / "all.json").back == 1
    assert same(home.conversations(), chats)


def test_a_chat_that_is_being_removed_comes_back_whole(home: Home) -> None:
    chats = some_chats(1, most=300)
    home.put(*chats)
    chat_id = chats[0].chat.id
    home.database.write(lambda connection: shelf.put(connection, [chat_id], deleted_at=1e9)).result(60)
    home.database.write(lambda connection: shelf.let_go(connection, [chat_id])).result(60)

    def remove_some() -> None:
        """Empty the trash meanwhile, a little at a time, as the app does in the background."""
        home.database.write(lambda connection: shelf.empty_slice(connection, 1.0)).result(60)

    remove_some()
    (left,) = home.read(lambda connection: [rows.load_conversation(connection, chat_id)])
    assert 0 < len(left.messages) < len(chats[0].messages)
    home.incoming.store(chats[0], {}, remove_some)
    assert same(home.conversations(), chats)
    remove_some()
    assert same(home.conversations(), chats)


def test_a_copied_chat_with_an_id_of_its_own_takes_no_messages_away(home: Home, tmp_path: Path) -> None:
    chats = some_chats(1, most=300)
    home.put(*chats)
    home.export(tmp_path / "one.json")
    document = json.loads((tmp_path / "one.json").read_bytes())
    document["chats"][0]["id"] = "f" * 32
    (tmp_path / "copy.json").write_text(json.dumps(document))
    assert home.bring(tmp_path / "copy.json").new == 1
    assert home.bring(tmp_path / "copy.json") == Imported(there=1)
    found = {each.chat.id: each for each in home.conversations()}
    assert found[chats[0].chat.id] == chats[0]
    assert [message.parts for message in found["f" * 32].messages] == [message.parts for message in chats[0].messages]
    order = [message.id for message in found["f" * 32].messages]
    assert order == sorted(order)
    looked_at = [message.id for message in chats[0].messages].index(chats[0].chat.leaf_id)
    assert found["f" * 32].chat.leaf_id == order[looked_at], "the branch that was looked at is its own"


def test_a_file_that_is_cut_off_changes_nothing(home: Home, make_home, tmp_path: Path) -> None:
    home.put(*some_chats())
    home.export(tmp_path / "all.json")
    content = (tmp_path / "all.json").read_bytes()
    (tmp_path / "cut.json").write_bytes(content[: len(content) - 10])
    other = make_home("other")
    with pytest.raises(AppError) as caught:
        other.bring(tmp_path / "cut.json")
    assert caught.value.code is ErrorCode.IMPORT_DAMAGED
    assert caught.value.info.params["path"] == str(tmp_path / "cut.json")
    assert other.conversations() == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("none.json", ErrorCode.IMPORT_UNREADABLE),
        pytest.param("pipe", ErrorCode.IMPORT_NO_FILE, marks=pytest.mark.skipif(os.name == "nt", reason="no pipes")),
    ],
)
def test_a_file_that_is_not_there(home: Home, tmp_path: Path, name: str, code: ErrorCode) -> None:
    if name == "pipe":
        os.mkfifo(tmp_path / "pipe")
    with pytest.raises(AppError) as caught:
        home.bring(tmp_path / name)
    assert caught.value.code is code


def packed(path: Path, files: dict[str, bytes]) -> Path:
    """Put files into an archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_an_export_that_was_packed_comes_in_as_it_was(home: Home, make_home, tmp_path: Path) -> None:
    """As a person packs it, for whom the system adds files of its own; and several exports at once."""
    chats = some_chats(6, seed=4)
    home.put(*chats[:4])
    home.export(tmp_path / "one.json")
    first = (tmp_path / "one.json").read_bytes()
    home.put(*chats[4:])
    home.export(tmp_path / "two.json", chat_ids=tuple(chat.chat.id for chat in chats[4:]))
    files = {"chats/one.json": first, "__MACOSX/chats/._one.json": b"\0\5\x16\7 names", "about.json": b'{"a": 1}'}
    other = make_home("other")
    archive = packed(tmp_path / "chats.zip", files)
    preview = other.imports.look(str(archive)).future.result(60)
    assert preview.origin is None
    assert len(preview.offers) == 4
    assert other.bring(archive).new == 4
    assert same(other.conversations(), chats[:4])
    both = packed(tmp_path / "both.zip", {"a/one.json": first, "b/two.json": (tmp_path / "two.json").read_bytes()})
    outcome = other.bring(both)
    assert (outcome.new, outcome.there) == (2, 4)
    assert same(other.conversations(), chats)


def test_a_packed_export_that_is_damaged_changes_nothing(home: Home, make_home, tmp_path: Path) -> None:
    home.put(*some_chats(4, seed=5))
    home.export(tmp_path / "all.json")
    content = (tmp_path / "all.json").read_bytes()
    other = make_home("other")
    whole = packed(tmp_path / "whole.zip", {"all.json": content}).read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xFF
    cases = {
        "cut.zip": (whole[: len(whole) // 2], ErrorCode.IMPORT_ARCHIVE_DAMAGED),
        "bits.zip": (bytes(damaged), ErrorCode.IMPORT_ARCHIVE_DAMAGED),
        "inside.zip": (packed(tmp_path / "x.zip", {"all.json": content[:-20]}).read_bytes(), ErrorCode.IMPORT_DAMAGED),
    }
    for name, (found, code) in cases.items():
        (tmp_path / name).write_bytes(found)
        with pytest.raises(AppError) as caught:
            other.bring(tmp_path / name)
        assert caught.value.code is code, name
        assert caught.value.info.params["path"] == str(tmp_path / name)
    assert other.conversations() == []


def test_the_writer_stores_a_long_chat_in_slices(home: Home, make_home, tmp_path: Path, monkeypatch) -> None:
    chats = some_chats(1, seed=3, most=200)
    home.put(*chats)
    home.export(tmp_path / "one.json")
    monkeypatch.setattr(incoming_module, "SLICE_MESSAGES", 10)
    other = make_home("other")
    sizes: list[int] = []
    real = incoming_rows.insert_values

    def noted(connection, messages, traces) -> None:
        sizes.append(len(messages))
        assert rows.list_chats(connection) == []  # nobody sees half of a chat
        real(connection, messages, traces)

    monkeypatch.setattr(incoming_rows, "insert_values", noted)
    other.bring(tmp_path / "one.json")
    assert max(sizes) == 10
    assert sum(sizes) == len(chats[0].messages)
    assert same(other.conversations(), chats)


def test_an_import_that_is_given_up_leaves_whole_chats_only(home: Home, make_home, tmp_path: Path, monkeypatch) -> None:
    chats = some_chats(6, seed=2)
    home.put(*chats)
    home.export(tmp_path / "all.json")
    monkeypatch.setattr(incoming_module, "SLICE_MESSAGES", 3)
    other = make_home("other")
    slices = 0
    real = other.database.write

    def counted(action, *follow):
        nonlocal slices
        slices += 1
        if slices == 12:
            job.cancel()
        return real(action, *follow)

    monkeypatch.setattr(other.database, "write", counted)
    go = threading.Event()
    other.pool.submit(go.wait, 60)
    other.pool.submit(go.wait, 60)
    job = other.imports.bring(str(tmp_path / "all.json"))
    go.set()
    outcome = job.future.result(60)
    found = other.conversations()
    assert outcome.stopped
    assert outcome.new == len(found)
    assert 0 < len(found) < 6
    assert all(each in chats for each in found)
    assert other.read(lambda connection: connection.exec_driver_sql("SELECT count(*) FROM chats").scalar()) == len(
        found
    )


# Files to read


def test_each_chat_becomes_a_file_in_a_folder_of_its_own(home: Home, tmp_path: Path) -> None:
    chats = [titled(each, title) for each, title in zip(some_chats(4), ["Same", "same", "a/b: *c*?", ""], strict=True)]
    home.put(*chats)
    assert home.export(tmp_path / "out" / "All", ExportFormat.MARKDOWN) == 4
    names = sorted(file.name for file in (tmp_path / "out" / "All").iterdir())
    assert {name.casefold() for name in names} == {"same.md", "same (2).md", "a b c.md", "new chat.md"}
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["All"]


@pytest.mark.skipif(sys.platform != "linux", reason="Windows does it by itself")
def test_an_earlier_export_that_is_open_on_windows_is_told_and_stays(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.put(*some_chats(1))
    target = tmp_path / "chats.json"
    target.write_bytes(b"before")
    monkeypatch.setattr(files, "PAUSES", ())
    with pytest.MonkeyPatch.context() as windows, target.open("rb"):
        behave_as_windows(windows.setattr)
        with pytest.raises(ExportError) as caught:
            home.export(target, ExportFormat.JSON)
    assert caught.value.code is ErrorCode.EXPORT_IN_USE
    assert [file.read_bytes() for file in tmp_path.glob("chats*")] == [b"before"]


def test_titles_that_macos_takes_for_one_name_become_two_files(home: Home, tmp_path: Path) -> None:
    titles = [unicodedata.normalize(form, "Café") for form in ("NFC", "NFD")]
    home.put(*(titled(each, title) for each, title in zip(some_chats(2), titles, strict=True)))
    assert home.export(tmp_path / "All", ExportFormat.MARKDOWN) == 2
    names = {unicodedata.normalize("NFD", file.name).casefold() for file in (tmp_path / "All").iterdir()}
    assert len(names) == 2


def titled(conversation: Conversation, title: str) -> Conversation:
    return msgspec.structs.replace(conversation, chat=msgspec.structs.replace(conversation.chat, title=title))


@pytest.mark.parametrize("kind", [ExportFormat.HTML, ExportFormat.PDF])
def test_pages_are_made_in_a_process_of_their_own(home: Home, tmp_path: Path, kind: ExportFormat) -> None:
    chats = some_chats(2, seed=4)
    home.put(*chats)
    told: list[tuple[int, int]] = []
    wanted = Export(format=kind, target=str(tmp_path / "all"))
    home.exports.export(wanted, process.run, lambda done, total: told.append((done, total))).future.result(120)
    files = list((tmp_path / "all").iterdir())
    assert len(files) == 2
    for file in files:
        content = file.read_bytes()
        assert content.rstrip().endswith(b"</html>" if kind is ExportFormat.HTML else b"%%EOF")
    assert told[0][1] == 2000
    assert all(done <= total for done, total in told)


def test_a_process_that_dies_is_told_and_leaves_no_file(home: Home, tmp_path: Path) -> None:
    chats = some_chats(1)
    home.put(*chats)
    wanted = Export(format=ExportFormat.HTML, target=str(tmp_path / "one.html"), chat_ids=(chats[0].chat.id,))
    with pytest.raises(AppError) as caught:
        home.exports.export(wanted, dies).future.result(60)
    assert caught.value.code is ErrorCode.EXPORT_FAILED
    assert [file.name for file in tmp_path.iterdir()] == [home.folder.name]


def dies(connection, _language: str) -> None:
    connection.recv_bytes()
    raise SystemExit(3)


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_an_export_that_is_given_up_leaves_nothing(home: Home, tmp_path: Path, kind: ExportFormat) -> None:
    home.put(*some_chats(3))
    wanted = Export(format=kind, target=str(tmp_path / "out" / "all"))
    (tmp_path / "out").mkdir()
    job = given_up(lambda tell: home.exports.export(wanted, process.run, tell))
    with pytest.raises(CancelledError):
        job.future.result(60)
    assert list((tmp_path / "out").iterdir()) == []


def test_an_export_replaces_the_file_that_was_chosen(home: Home, tmp_path: Path) -> None:
    chats = some_chats(1)
    home.put(*chats)
    target = tmp_path / "one.md"
    target.write_text("old")
    home.export(target, ExportFormat.MARKDOWN, chat_ids=(chats[0].chat.id,), options=ExportOptions(all_branches=True))
    assert target.read_text(encoding="utf-8").startswith("# ")


def test_a_folder_that_cannot_be_written_is_told(home: Home, tmp_path: Path) -> None:
    home.put(*some_chats(1))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(AppError) as caught:
        home.export(tmp_path / "file" / "all.json")
    assert caught.value.code is ErrorCode.EXPORT_UNWRITABLE
    assert caught.value.info.params["path"] == str(tmp_path / "file" / "all.json")


def test_damaged_messages_keep_nothing_else_from_leaving_and_coming_back(home: Home, make_home, tmp_path: Path) -> None:
    chats = some_chats(3, seed=3)
    home.put(*chats)
    damaged = chats[1].messages[2].id
    where = "UPDATE messages SET parts = x'c1c1' WHERE id = ?"
    home.database.write(lambda connection: connection.exec_driver_sql(where, (damaged,))).result(60)
    assert home.export(tmp_path / "all.json") == 3
    assert home.export(tmp_path / "pages", ExportFormat.MARKDOWN) == 3
    imported, restored = make_home("imported"), make_home("restored")
    imported.bring(tmp_path / "all.json")
    backup = home.backups.back_up().future.result(30)
    for chat in chats:
        restored.backups.restore(backup, chat.chat.id, beside=False).future.result(30)
    assert same(imported.conversations(), home.conversations())
    assert same(restored.conversations(), home.conversations())
    errors = {message.id: message.error for each in imported.conversations() for message in each.messages}
    assert errors[damaged] == ErrorInfo(ErrorCode.MESSAGE_DAMAGED)


# A full disk

FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from pathlib import Path
from tests.services.chat_home import Home
from desktop_app.domain.errors import AppError
from desktop_app.domain.exports import ExportFormat

home = Home(Path(sys.argv[1]))
folder = Path(sys.argv[1]) / "backups"
if sys.argv[2] == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))
for work in ("backup", *ExportFormat):
    try:
        if work == "backup":
            home.backups.back_up().future.result(60)
        else:
            home.export(folder / "out", work)
    except AppError as error:
        print(work, error.code, *[left.name for left in folder.iterdir()])
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
home.close()
"""


@pytest.mark.parametrize("disk", ["limit", "small"])
def test_a_full_disk_is_told_and_leaves_nothing(make_home, disk: str) -> None:
    """A file system of eight kilobytes; where none can be had, a limit on files: write() fails in the middle of one."""
    home = make_home("full")
    folder = home.folder / "backups"
    folder.mkdir()
    chats = some_chats(4, seed=6, most=400)
    home.put(*chats)
    home.close()
    before = sorted(file.name for file in home.folder.iterdir())
    command = [sys.executable, "-c", FULL, str(home.folder), disk]
    if disk == "small":
        mount = 'mount -t tmpfs -o size=8k none "$0" || exit 77; "$@"; code=$?; ls -A "$0"; exit $code'
        command = ["unshare", "-rm", "sh", "-c", mount, str(folder), *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("no file system can be mounted here")
    assert done.returncode == 0, done.stderr
    told = ["backup backup_unwritable" if disk == "limit" else "backup backup_disk_full"]
    told += [f"{work} export_disk_full" for work in ExportFormat]
    assert done.stdout.splitlines() == told  # and no file is left
    assert sorted(file.name for file in home.folder.iterdir()) == before
    assert not list(folder.iterdir())
    again = make_home("full")
    assert same(again.conversations(), chats)
