"""Chats of other apps that move in: said beforehand, whole or absent, never twice, and whatever goes wrong meanwhile."""

import json
import multiprocessing
import os
import random
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import AppError, ErrorCode
from desktop_app.domain.moving_in import Origin
from desktop_app.domain.offers import Arrival, Preview
from desktop_app.domain.search import SearchFilter
from desktop_app.domain.search_query import parse
from desktop_app.domain.tree import branch
from desktop_app.services.chat_files import arrivals as arrivals_module
from desktop_app.services.chat_files import incoming as incoming_module
from desktop_app.services.chat_files.arrivals import Arrivals, Imported
from desktop_app.services.chat_files.foreign_reading import ForeignReader
from desktop_app.services.chat_files.sources import Reader
from desktop_app.services.events import ChatsChanged, FoldersChanged, ServiceEvent
from desktop_app.storage import chats, search, shelf
from desktop_app.storage import incoming as incoming_rows
from desktop_app.support.publisher import Publisher
from tests.foreign_exports import (
    chatgpt_conversation,
    chatgpt_node,
    jan_message,
    jan_thread,
    name,
    random_chatgpt,
    write_chatgpt,
    write_jan,
)
from tests.services import small_parts
from tests.services.chat_home import Home, same

KILLS = 20 if os.environ.get("INGLENOOK_SOAK") else 2
WAIT = 60


class Between(ForeignReader):
    """Reads in small parts, and does something before each is passed on; parts are numbered from 1."""

    def __init__(self, action: Callable[[int], None]) -> None:
        super().__init__(small_parts.run)
        self.action = action

    def read(self, path, *, count_only, on_part, step=lambda _done, _total: None):
        number = 0

        def with_action(part) -> None:
            nonlocal number
            number += 1
            if not count_only:
                self.action(number)
            on_part(part)

        return super().read(path, count_only=count_only, on_part=with_action, step=step)


@pytest.fixture
def home_with(tmp_path: Path):
    made: list[Home] = []

    def make(reader: Reader | None = None, folder: str = "home") -> Home:
        home = Home(tmp_path / folder, reader)
        made.append(home)
        return home

    yield make
    for home in made:
        home.close()


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return write_chatgpt(tmp_path / "conversations.json", 24, 8)


def look(home: Home, path: Path) -> Preview:
    return home.imports.look(str(path)).future.result(WAIT)


def bring(home: Home, preview: Preview, **changes: Any) -> Imported:
    return home.imports.bring(preview.path, preview=preview, **changes).future.result(WAIT)


def write_grown(path: Path, *, by: int = 1) -> Path:
    """Write the first chats once more, to the first of which messages have been added."""
    grown = random_chatgpt(0, 8)
    parent = grown["current_node"]
    for number in range(by):
        node = chatgpt_node(name(("more", number)), parent, "user", "And then?", 1_800_000_000.0 + number)
        grown["mapping"][node["id"]] = node
        parent = node["id"]
    path.write_text(json.dumps([grown, random_chatgpt(1, 8)]))
    return path


def all_chats(home: Home) -> int:
    """Count the chats in whatever state."""
    return home.read(lambda connection: connection.exec_driver_sql("SELECT count(*) FROM chats").scalar())


# What comes


def test_a_look_says_what_would_come_and_changes_nothing(home: Home, export: Path) -> None:
    preview = look(home, export)
    assert preview.origin is Origin.CHATGPT
    assert preview.counts()[Arrival.NEW] == len(preview.offers) == 24
    first = preview.offers[0]
    assert (first.title, first.messages, first.models) == ("Chat 0", 8, ("gpt-4o",))
    assert first.first_at <= first.last_at
    assert all_chats(home) == 0
    assert home.events == []


def test_chats_come_with_branches_dates_and_models_and_are_found(home: Home, tmp_path: Path) -> None:
    nodes = [
        chatgpt_node("q", None, "user", "Which boat is seaworthy?", 1_700_000_000.0),
        chatgpt_node("a1", "q", "assistant", "The brigantine.", 1_700_000_010.0, metadata={"model_slug": "o3"}),
        chatgpt_node("a2", "q", "assistant", "The ketch.", 1_700_000_020.0),
    ]
    (tmp_path / "one.json").write_text(json.dumps([chatgpt_conversation(nodes, "Boats")]))
    (offer,) = look(home, tmp_path / "one.json").offers
    assert (offer.branches, offer.models) == (2, ("o3", "gpt-4o"))
    assert home.bring(tmp_path / "one.json").new == 1
    (found,) = home.conversations()
    assert found.chat.title == "Boats"
    assert [message.created_at for message in found.messages] == pytest.approx([1.7e9, 1.7e9 + 10, 1.7e9 + 20])
    assert [message.receipt.model_name for message in found.messages if message.receipt] == ["o3", "gpt-4o"]
    assert [message.parent_id for message in found.messages] == [None, found.messages[0].id, found.messages[0].id]
    assert len(branch(found.messages, found.chat.leaf_id)) == 2
    wanted = {"before": 1_000_000, "most": 10, "now": 1.8e9}
    hits = home.read(lambda connection: search.find(connection, parse("brigantine"), SearchFilter(), **wanted))
    assert [chat_id for _sequence, chat_id in hits] == [found.chat.id]


def test_a_second_import_changes_nothing_and_a_third_brings_what_was_added(home: Home, export: Path) -> None:
    bring(home, look(home, export))
    before = home.conversations()
    again = look(home, export)
    assert again.counts()[Arrival.THERE] == 24
    writes = counted_writes(home)
    assert bring(home, again) == Imported(there=24)
    assert same(home.conversations(), before)
    assert writes == []
    grown = look(home, write_grown(export.with_name("grown.json"), by=2))
    assert [offer.arrival for offer in grown.offers] == [Arrival.COMPLETED, Arrival.THERE]
    outcome = bring(home, grown)
    assert (outcome.completed, outcome.there, outcome.new_ids) == (1, 1, ())
    found = {each.chat.id: each for each in home.conversations()}
    assert len(found[outcome.changed_ids[0]].messages) == 10
    assert look(home, Path(grown.path)).counts()[Arrival.THERE] == 2


def test_only_what_is_chosen_comes(home: Home, export: Path) -> None:
    preview = look(home, export)
    chosen = frozenset(offer.id for offer in preview.offers[3:5])
    assert bring(home, preview, chosen=chosen).new == 2
    assert {each.chat.id for each in home.conversations()} == chosen


def test_what_was_deleted_comes_back_from_the_trash(home: Home, export: Path) -> None:
    outcome = bring(home, look(home, export))
    gone = outcome.new_ids[:3]
    home.database.write(lambda connection: shelf.put(connection, gone, deleted_at=5e9)).result(WAIT)
    preview = look(home, export)
    assert preview.counts() == {Arrival.NEW: 0, Arrival.COMPLETED: 0, Arrival.BACK: 3, Arrival.THERE: 21}
    assert bring(home, preview).back == 3
    assert len(home.conversations()) == 24


def test_new_chats_go_into_a_folder_that_is_made_once(home: Home, export: Path) -> None:
    preview = look(home, export)
    first = bring(home, preview, chosen=frozenset(offer.id for offer in preview.offers[:4]), folder="From ChatGPT")
    assert first.folders
    assert {each.chat.folder_id for each in home.conversations()} == {first.folders[0].id}
    second = bring(home, look(home, export), folder=" From  ChatGPT\n")  # as the command line may have it
    assert (second.folders, second.new) == ((), 20)
    assert {each.chat.folder_id for each in home.conversations()} == {first.folders[0].id}
    told = [each for each in home.events if isinstance(each, FoldersChanged)]
    assert [len(each.folders) for each in told] == [1]
    bring(home, look(home, export), folder="For nothing")
    assert [folder.name for folder in home.read(shelf.list_folders)] == ["From ChatGPT"]


def test_a_conversation_that_is_twice_in_a_file_comes_once(home: Home, tmp_path: Path) -> None:
    (tmp_path / "twice.json").write_text(json.dumps([random_chatgpt(1, 8), random_chatgpt(2, 8), random_chatgpt(1, 8)]))
    outcome = home.bring(tmp_path / "twice.json")
    assert (outcome.new, outcome.there) == (2, 1)
    assert sorted(len(each.messages) for each in home.conversations()) == [8, 8]


def test_a_folder_of_another_app_comes_in(home: Home, tmp_path: Path) -> None:
    for number in range(3):
        messages = [jan_message(f"m{number}", "user", "Hello", 1_730_000_000 + number)]
        write_jan(tmp_path / "threads", jan_thread(f"t{number}", f"Talk {number}"), messages)
    preview = look(home, tmp_path / "threads")
    assert (preview.origin, len(preview.offers)) == (Origin.JAN, 3)
    assert bring(home, preview).new == 3
    stale = look(home, tmp_path / "threads")
    write_jan(tmp_path / "threads", jan_thread("t9"), [jan_message("m9", "user", "New", 1_730_000_100)])
    assert code_of(home, stale) is ErrorCode.IMPORT_CHANGED


@pytest.mark.parametrize("content", [b"# Notes\n\nNot a chat.\n", b"", b"\x00\x01\x02", b'{"recipes": []}', b"[1, 2]"])
def test_what_is_no_export_is_refused(home: Home, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "notes.md").write_bytes(content)
    with pytest.raises(AppError) as caught:
        look(home, tmp_path / "notes.md")
    assert caught.value.code in (ErrorCode.IMPORT_UNKNOWN, ErrorCode.IMPORT_NOT_CHATS)
    assert caught.value.info.params["path"] == str(tmp_path / "notes.md")


# How it is stored


def counted_writes(home: Home) -> list[object]:
    """Return a list that grows with each transaction that is asked for."""
    writes: list[object] = []
    real = home.database.write

    def write(action, *follow):
        writes.append(action)
        return real(action, *follow)

    home.database.write = write
    return writes


def test_small_chats_are_stored_many_at_a_time_in_few_statements(home: Home, tmp_path: Path) -> None:
    export = write_chatgpt(tmp_path / "many.json", 300, 8)
    preview = look(home, export)
    writes = counted_writes(home)
    statements: Counter[str] = Counter()

    def note(_connection, _cursor, statement, *_rest) -> None:
        statements[statement.split()[0]] += 1

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert bring(home, preview).new == 300
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    together = incoming_module.SLICE_MESSAGES // 8
    assert 300 / together <= len(writes) <= 300 / together * 1.5  # the last ones of each part that was read are fewer
    assert statements.total() <= 9 * len(writes) + 20


def test_no_slice_is_larger_than_it_may_be(home: Home, tmp_path: Path, monkeypatch) -> None:
    chats = [random_chatgpt(number, 1 + number * 7 % 150) for number in range(30)]
    (tmp_path / "mixed.json").write_text(json.dumps(chats))
    sizes: list[int] = []
    real = incoming_rows.insert_values

    def noted(connection, messages, traces) -> None:
        sizes.append(len(messages))
        real(connection, messages, traces)

    monkeypatch.setattr(incoming_rows, "insert_values", noted)
    assert home.bring(tmp_path / "mixed.json").new == 30
    assert max(sizes) <= incoming_module.SLICE_MESSAGES
    assert sum(sizes) == sum(len(each.messages) for each in home.conversations())


def test_thousands_of_chats_are_told_in_few_events(home: Home) -> None:
    told: list[ServiceEvent] = []
    publisher: Publisher[ServiceEvent] = Publisher()
    publisher.subscribe(told.append)
    now = 0.0
    noting = Arrivals(home.database, publisher, lambda: now)
    came = [Chat(id=str(number), created_at=0.0, updated_at=0.0) for number in range(5000)]
    home.database.write(lambda connection: chats.insert_chats(connection, came)).result(WAIT)
    for chat in came:
        now += 0.002
        noting.note(Arrival.NEW, chat)
    noting.tell()
    sizes = [len(each.chats) for each in told if isinstance(each, ChatsChanged)]
    assert sum(sizes) == 5000
    assert len(sizes) <= 10.0 / arrivals_module.TELL_SECONDS + 1


def test_a_chat_that_changed_since_it_came_is_told_as_it_is(home: Home) -> None:
    told: list[ServiceEvent] = []
    publisher: Publisher[ServiceEvent] = Publisher()
    publisher.subscribe(told.append)
    noting = Arrivals(home.database, publisher)
    came = Chat(id="a", created_at=0.0, updated_at=0.0, model_path="/one.gguf")
    home.database.write(lambda connection: chats.insert_chat(connection, came)).result(WAIT)
    noting.note(Arrival.COMPLETED, came)
    home.database.write(lambda connection: chats.update_chat(connection, "a", model_path="/other.gguf")).result(WAIT)
    noting.tell()
    assert [each.model_path for event in told if isinstance(event, ChatsChanged) for each in event.chats] == [
        "/other.gguf"
    ]


# What goes wrong


def code_of(home: Home, preview: Preview) -> ErrorCode:
    """Import, and return why nothing came."""
    before = all_chats(home)
    with pytest.raises(AppError) as caught:
        bring(home, preview, folder="Never made")
    assert all_chats(home) == before
    assert home.read(shelf.list_folders) == ()
    return caught.value.code


def test_a_file_that_was_changed_since_it_was_looked_at(home: Home, export: Path) -> None:
    preview = look(home, export)
    write_grown(export)
    assert code_of(home, preview) is ErrorCode.IMPORT_CHANGED


def test_a_file_that_has_gone_since_it_was_looked_at(home: Home, export: Path) -> None:
    preview = look(home, export)
    export.unlink()
    assert code_of(home, preview) is ErrorCode.IMPORT_UNREADABLE


def test_a_file_that_is_cut_off_brings_nothing(home: Home, export: Path) -> None:
    content = export.read_bytes()
    export.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(AppError) as caught:
        home.bring(export)
    assert caught.value.code is ErrorCode.IMPORT_CUT
    assert all_chats(home) == 0


CHATS = 80
"""Of an export that is passed on in several parts."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Conversation]]:
    """An export, and what becomes of it where nothing goes wrong."""
    folder = tmp_path_factory.mktemp("whole")
    file = write_chatgpt(folder / "large.json", CHATS, 12)
    home = Home(folder / "home")
    assert home.bring(file).new == CHATS
    found = home.conversations()
    home.close()
    return file, found


@pytest.fixture
def large(tmp_path: Path, whole: tuple[Path, list[Conversation]]) -> Path:
    return Path(shutil.copy2(whole[0], tmp_path / "large.json"))


def check_and_complete(home: Home, outcome: Imported, whole: tuple[Path, list[Conversation]]) -> None:
    """Check that each chat that came is whole and said, and that the same import again brings the rest."""
    found = home.conversations()
    assert {each.chat.id for each in found} == set(outcome.new_ids)
    assert 0 < len(found) < CHATS
    home.empty_trash(1.0)
    assert all_chats(home) == len(found)
    assert all(each in whole[1] for each in found)
    again = look(home, whole[0])
    assert again.counts()[Arrival.THERE] == len(found)
    assert bring(home, again).new == CHATS - len(found)
    assert same(home.conversations(), whole[1])


def test_an_import_that_is_cancelled_leaves_whole_chats(home_with, whole, large: Path) -> None:
    jobs = []
    home = home_with(Between(lambda number: jobs[0].cancel() if number == 2 else None))
    preview = look(home, large)
    go = threading.Event()
    blocked = [home.pool.submit(go.wait, WAIT) for _ in range(2)]
    jobs.append(home.imports.bring(preview.path, preview=preview))
    go.set()
    outcome = jobs[0].future.result(WAIT)
    assert all(each.result(WAIT) for each in blocked)
    assert (outcome.stopped, outcome.error) == (True, None)
    home.imports._sources._reader.action = lambda _number: None
    check_and_complete(home, outcome, whole)


def test_an_import_that_is_cancelled_before_anything_came(home: Home, export: Path) -> None:
    preview = look(home, export)
    go = threading.Event()
    for _ in range(2):
        home.pool.submit(go.wait, WAIT)
    job = home.imports.bring(preview.path, preview=preview, folder="Never made")
    job.cancel()
    go.set()
    with pytest.raises(CancelledError):
        job.future.result(WAIT)
    assert home.read(shelf.list_folders) == ()


@pytest.mark.parametrize("number", range(KILLS))
def test_the_process_that_reads_is_killed(home_with, whole, large: Path, number: int) -> None:
    when = random.Random(number).randrange(2, 12)

    def kill(part: int) -> None:
        if part == when:
            for child in multiprocessing.active_children():
                child.kill()

    reader = Between(kill)
    home = home_with(reader)
    outcome = bring(home, look(home, large))
    assert outcome.error is not None
    assert outcome.error.code is ErrorCode.IMPORT_BROKEN_OFF
    reader.action = lambda _part: None
    check_and_complete(home, outcome, whole)


def test_a_full_disk(home_with, whole, large: Path) -> None:
    home = home_with()
    preview = look(home, large)
    pages = home.read(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar())
    limit(home, pages + 120)
    outcome = bring(home, preview)
    assert outcome.error is not None
    assert outcome.error.code is ErrorCode.IMPORT_DISK_FULL
    limit(home, 10_000_000)
    check_and_complete(home, outcome, whole)


def limit(home: Home, pages: int) -> None:
    home.database.write(
        lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}").scalar()
    ).result(WAIT)


def test_the_database_is_closed_meanwhile(home_with, whole, large: Path) -> None:
    homes: list[Home] = []
    homes.append(home_with(Between(lambda part: homes[0].database.close() if part == 2 else None)))
    outcome = bring(homes[0], look(homes[0], large))
    assert outcome.error is not None
    assert outcome.error.code is ErrorCode.STORAGE_FAILED
    check_and_complete(home_with(), outcome, whole)


def test_the_file_is_replaced_while_chats_come(home_with, whole, large: Path) -> None:
    def change(part: int) -> None:
        if part == 2:
            content = large.read_bytes()
            with large.open("r+b") as stream:  # in place: whoever reads it gets the new bytes
                stream.seek(len(content) // 2)
                stream.write(b"\x00" * (len(content) - len(content) // 2))

    home = home_with(Between(change))
    outcome = bring(home, look(home, large))
    assert outcome.error is not None
    assert outcome.error.code is ErrorCode.IMPORT_CHANGED
    home.imports._sources._reader.action = lambda _part: None
    check_and_complete(home, outcome, whole)


def test_a_second_import_at_once_is_refused_and_harms_nothing(home_with, large: Path, export: Path) -> None:
    homes: list[Home] = []
    refused: list[ErrorCode] = []

    def try_another(part: int) -> None:
        if part == 1:
            with pytest.raises(AppError) as caught:
                homes[0].imports.bring(str(export)).future.result(WAIT)
            refused.append(caught.value.code)

    homes.append(home_with(Between(try_another)))
    assert bring(homes[0], look(homes[0], large)).new == CHATS
    assert refused == [ErrorCode.IMPORT_RUNNING]
    assert len(homes[0].conversations()) == CHATS


def test_chats_that_come_from_elsewhere_meanwhile_are_not_doubled(home: Home, export: Path, monkeypatch) -> None:
    """As where a backup is restored between the look at what is known and the writing."""
    other = home.bring(export).new_ids
    before = home.conversations()
    monkeypatch.setattr(incoming_module.Incoming, "_look_up", lambda _self, _arriving: ({}, {}))
    outcome = home.bring(export)
    assert (outcome.new, outcome.there) == (0, len(other))
    assert same(home.conversations(), before)


def test_ids_of_messages_that_another_chat_has_are_not_taken_away(home: Home, export: Path) -> None:
    bring(home, look(home, export))
    before = {each.chat.id: each for each in home.conversations()}
    assert all(message.chat_id == chat_id for chat_id, each in before.items() for message in each.messages)
    assert len({message.id for each in before.values() for message in each.messages}) == 24 * 8
