"""`inglenook chats` as a person uses it: real processes on a real database, with a window beside or without."""

import json
import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from desktop_app.domain.chats import Conversation
from desktop_app.domain.locking import HistoryKey
from desktop_app.domain.shelf import GONE, LEFT, TEMPORARY
from desktop_app.services.data_folder.locked_history import unlock
from desktop_app.services.data_folder.owner import Ownership
from desktop_app.services.data_folder.owner_client import join
from desktop_app.storage import chats as rows
from desktop_app.storage import shelf
from desktop_app.storage.archive import Archive
from desktop_app.storage.cipher import is_encrypted, new_salt
from desktop_app.storage.conversion import convert
from desktop_app.storage.database import Database
from desktop_app.support.paths import Paths
from tests.foreign_exports import jan_message, jan_thread, write_chatgpt, write_jan
from tests.programs import run_command
from tests.unit.domain.random_chats import random_conversation

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(paths: Paths) -> Run:
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment = {**kept, "INGLENOOK_HOME": str(paths.data.parent), "PYTHONWARNINGS": "error"}

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run_command(("chats", *arguments), environment)

    return call


@pytest.fixture
def stored(paths: Paths) -> list[Conversation]:
    """Some chats, in a database that nobody has open."""
    found = [random_conversation(random.Random(seed), 40) for seed in range(3)]
    database = Database(paths.database)
    database.open().result(60)
    for each in found:
        database.write(lambda connection, each=each: rows.insert_chat(connection, each.chat)).result(60)
        for message in each.messages:
            database.write(lambda connection, message=message: rows.insert_message(connection, message)).result(60)
    database.close()
    return found


def test_chats_are_listed(run: Run, stored: list[Conversation]) -> None:
    done = run("list")
    assert (done.returncode, done.stderr) == (0, "")
    assert {line.split("\t")[0] for line in done.stdout.splitlines()} == {each.chat.id for each in stored}
    assert len(json.loads(run("list", "--json").stdout)) == 3
    assert run().stdout == done.stdout


def test_chats_go_out_and_come_back(run: Run, stored: list[Conversation], paths: Paths, tmp_path: Path) -> None:
    target = tmp_path / "all.json"
    done = run("export", str(target))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{target}\n", "")
    paths.database.unlink()
    done = run("import", str(target))
    assert (done.returncode, done.stdout, done.stderr) == (0, "3 chats were imported.\n", "")
    assert run("import", str(target)).stdout == "3 chats were there already and stay as they are.\n"
    again = tmp_path / "again.json"
    run("export", str(again))
    before = json.loads(target.read_bytes())["chats"]
    for chat in before:  # one that was nowhere is looked at where it ends
        chat["leaf_id"] = chat["leaf_id"] or (chat["messages"][-1]["id"] if chat["messages"] else None)
    assert json.loads(again.read_bytes())["chats"] == before


def test_one_chat_becomes_pages(run: Run, stored: list[Conversation], tmp_path: Path) -> None:
    target = tmp_path / "one.pdf"
    done = run("export", str(target), "--format", "pdf", "--chat", stored[0].chat.id, "--all-branches")
    assert (done.returncode, done.stderr) == (0, "")
    assert target.read_bytes().startswith(b"%PDF")
    assert run("export", str(tmp_path), "--format", "html").returncode == 2


def test_a_backup_is_made_beside_a_window_and_an_import_is_refused(
    run: Run, stored: list[Conversation], paths: Paths, tmp_path: Path
) -> None:
    run("export", str(tmp_path / "all.json"))
    owner = join(paths)
    assert isinstance(owner, Ownership)
    try:
        done = run("backup")
        assert (done.returncode, done.stderr) == (0, "")
        assert Path(done.stdout.strip()).is_file()
        assert run("export", str(tmp_path / "beside.json")).returncode == 0
    finally:
        owner.close()
    assert run("schema").stdout.startswith("{")


def test_chats_of_another_app_are_looked_at_and_come_in(run: Run, paths: Paths, tmp_path: Path) -> None:
    export = write_chatgpt(tmp_path / "conversations.json", 3, 4)
    done = run("import", str(export), "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "3 chats from ChatGPT"
    assert lines[1].startswith("12 messages, from Nov 1")
    assert lines[2] == "3 are new."
    assert run("list").stdout == ""
    done = run("import", str(export), "--folder", "Before")
    assert (done.returncode, done.stdout, done.stderr) == (0, "3 chats were imported.\n", "")
    assert {line.split("\t")[3] for line in run("list").stdout.splitlines()} == {"Chat 0", "Chat 1", "Chat 2"}
    assert run("import", str(export), "--dry-run").stdout.splitlines()[2] == "3 are here already and stay as they are."
    threads = tmp_path / "threads"
    write_jan(threads, jan_thread("t1", "Talk"), [jan_message("m1", "user", "Hello", 1_730_000_000)])
    assert run("import", str(threads)).stdout == "1 chat was imported.\n"
    database = Database(paths.database)
    database.open().result(60)
    folders = database.read(shelf.list_folders).result(60)
    database.close()
    assert [folder.name for folder in folders] == ["Before"]


def test_a_file_that_is_no_export_is_refused_in_words(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# Notes")
    for more in ((), ("--dry-run",)):
        done = run("import", str(tmp_path / "notes.md"), *more)
        assert (done.returncode, done.stdout) == (1, "")
        assert "is not a chat export that Inglenook can read" in done.stderr


def test_what_cannot_be_is_said_in_words(run: Run, stored: list[Conversation], tmp_path: Path) -> None:
    done = run("import", str(tmp_path / "none.json"))
    assert done.returncode == 1
    assert "cannot be read" in done.stderr
    done = run("export", str(tmp_path / "x.json"), "--chat", "nobody")
    assert done.returncode == 1
    assert "no longer exists" in done.stderr
    assert not (tmp_path / "x.json").exists()


def test_a_chat_that_no_list_has_is_not_exported_by_its_id(
    run: Run, stored: list[Conversation], paths: Paths, tmp_path: Path
) -> None:
    """As beside a window: one that is temporary, was left, or is on its way out."""
    target, last = tmp_path / "x.json", stored[-1].chat.id
    for kind, moment in (("json", TEMPORARY), ("markdown", TEMPORARY), ("json", LEFT), ("json", GONE)):
        with dbapi2.connect(str(paths.database)) as connection:
            connection.execute("UPDATE chats SET deleted_at = ? WHERE id = ?", (moment, last))
        connection.close()
        done = run("export", str(target), "--format", kind, "--chat", stored[0].chat.id, "--chat", last)
        assert (done.returncode, "no longer exists" in done.stderr) == (1, True), (kind, moment)
        assert not target.exists()


def test_a_pipe_has_the_passphrase_of_locked_chats_before_the_question(
    stored: list[Conversation], paths: Paths
) -> None:
    convert(paths.database, None, HistoryKey.derived(" five green boats", new_salt()))
    environment = {**os.environ, "INGLENOOK_HOME": str(paths.data.parent), "PYTHONWARNINGS": "error"}

    def ask(typed: str) -> subprocess.CompletedProcess[str]:
        return run_command(("ask", "--save", "--max-tokens", "2"), environment, typed)

    assert "locked with a passphrase" in ask("Only a question\n").stderr
    assert "not the passphrase" in ask("five green boats\nA question\n").stderr
    done = ask(" five green boats\nA question\nof two lines\n")
    assert (done.returncode, done.stderr) == (0, "")
    with Archive(paths.database, is_backup=False, key=unlock(paths, " five green boats")) as archive:
        newest = archive.conversation(archive.chats()[0].chat.id)
    assert newest.messages[0].text == "A question\nof two lines"


def test_locked_chats_are_listed_and_backed_up_with_their_passphrase_alone(
    stored: list[Conversation], paths: Paths, tmp_path: Path
) -> None:
    convert(paths.database, None, HistoryKey.derived("five green boats", new_salt()))
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment = {**kept, "INGLENOOK_HOME": str(paths.data.parent), "PYTHONWARNINGS": "error"}

    def run(typed: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run_command(arguments, environment, typed)

    for typed, words in (("", "locked with a passphrase"), ("wrong one\n", "not the passphrase")):
        for action in (("list",), ("backup",), ("export", str(tmp_path / "x.json"))):
            refused = run(typed, "chats", *action)
            assert refused.returncode == 1
            assert words in refused.stderr
            assert "wrong one" not in refused.stderr
            assert refused.stdout == ""
    listed = run("five green boats\n", "chats", "list")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert {line.split("\t")[0] for line in listed.stdout.splitlines()} == {each.chat.id for each in stored}
    target = tmp_path / "all.json"
    assert run("five green boats\n", "chats", "export", str(target)).returncode == 0
    assert run("five green boats\n", "chats", "import", str(target)).returncode == 0
    assert run("", "chats", "import", str(target)).returncode == 1
    backup = run("five green boats\n", "chats", "backup")
    assert is_encrypted(Path(backup.stdout.strip()))
    assert not (tmp_path / "x.json").exists()
    assert "locked with a passphrase, so not looked at" in run("", "doctor").stdout


def test_an_export_replaces_no_pipe(run: Run, paths: Paths, tmp_path: Path) -> None:
    database = Database(paths.database)
    database.open().result()
    database.close()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = run("export", str(pipe))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert pipe.is_fifo()
