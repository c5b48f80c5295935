"""Searching all chats: pages of hits, searches that end the one before, and the reading of older messages in the background."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.notebook import NotebookText
from desktop_app.domain.parts import FilePart, TextPart, ThoughtPart, ToolCallPart
from desktop_app.domain.search import SearchFilter
from desktop_app.services.chats import search as service
from desktop_app.services.chats.search import Search, SearchPage
from desktop_app.storage import chats, search
from desktop_app.storage.database import Database
from desktop_app.storage.notebook import save_text
from desktop_app.storage.tables import NOTEBOOK

ALL = SearchFilter()


class WhenFree:
    """In the place of the engines: calls at once, or when it is let."""

    def __init__(self) -> None:
        self.is_free = True
        self.waiting: list[Callable[[], None]] = []

    def when_free(self, call: Callable[[], None]) -> None:
        if self.is_free:
            call()
        else:
            self.waiting.append(call)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "inglenook.db")
    made.open().result(60)
    yield made
    made.close()


@pytest.fixture
def engines() -> WhenFree:
    return WhenFree()


@pytest.fixture
def searching(database: Database, engines: WhenFree) -> Iterator[Search]:
    with ThreadPoolExecutor(2) as pool:
        made = Search(database, engines, pool)
        yield made
        made.close()


def fill(database: Database, title: str, *texts: str, thought: str = "") -> Chat:
    chat = Chat(id=new_id(), title=title, created_at=time.time(), updated_at=time.time())

    def insert(connection) -> None:
        chats.insert_chat(connection, chat)
        for text in texts:
            parts = (ThoughtPart(thought), TextPart(text)) if thought else (TextPart(text),)
            chats.insert_message(connection, Message(
                id=new_id(), chat_id=chat.id, parent_id=None, role=Role.ASSISTANT, parts=parts,
                status=MessageStatus.COMPLETE, created_at=time.time(), receipt=Receipt(model_name="Qwen3 8B")))  # fmt: skip

    database.write(insert).result(60)
    return chat


def pages(searching: Search, typed: str, wanted: SearchFilter = ALL) -> list[SearchPage]:
    shown: queue.Queue[SearchPage] = queue.Queue()
    asked = searching.search(typed, wanted, shown.put)
    found = [shown.get(timeout=60)]
    while found[-1].before is not None:
        asked.more()
        found.append(shown.get(timeout=60))
    asked.more()
    assert shown.empty()
    return found


def test_a_hit_says_where_it_is(database: Database, searching: Search) -> None:
    chat = fill(database, "Ships", "The **Straße** to the sea", thought="They ask for a road")
    (page,) = pages(searching, "strasse")
    (hit,) = page.hits
    assert (hit.chat_id, hit.title, hit.role, hit.model) == (chat.id, "Ships", Role.ASSISTANT, "Qwen3 8B")
    (mark,) = hit.snippet.marks
    assert hit.snippet.text[slice(*mark)] == "Straße"
    assert not hit.in_thought
    (page,) = pages(searching, "road")
    assert page.hits[0].in_thought


def test_what_is_in_an_attached_file_is_found_and_shown(database: Database, searching: Search) -> None:
    chat = fill(database, "Files", "Look at this")
    file = FilePart(name="notes.txt", text="The lantern is in the boathouse.")
    question = Message(id=new_id(), chat_id=chat.id, parent_id=None, role=Role.USER, parts=(TextPart("And this"), file),
                       status=MessageStatus.COMPLETE, created_at=5.0)  # fmt: skip
    database.write(lambda connection: chats.insert_message(connection, question)).result(60)
    ((found,),) = [page.hits for page in pages(searching, "boathouse")]
    assert found.message_id == question.id
    assert "lantern" in found.snippet.text
    assert [hit.message_id for page in pages(searching, "notes.txt") for hit in page.hits] == [question.id]


def test_what_a_tool_is_called_with_is_found_and_shown(database: Database, searching: Search) -> None:
    chat = fill(database, "Calls", "Look at this")
    call = ToolCallPart("get_weather", '{"city": "Z\\u00fcrich", "note": "one\\nlantern"}', "<tool_call>…")
    answer = Message(id=new_id(), chat_id=chat.id, parent_id=None, role=Role.ASSISTANT, parts=(TextPart("Hm."), call),
                     status=MessageStatus.COMPLETE, created_at=5.0)  # fmt: skip
    database.write(lambda connection: chats.insert_message(connection, answer)).result(60)
    for typed in ("zurich", "lantern", "get_weather"):
        ((found,),) = [page.hits for page in pages(searching, typed)]
        assert found.message_id == answer.id
        assert "city Zürich note" in found.snippet.text


def test_a_chat_gives_only_a_few_and_others_come_after(database: Database, searching: Search) -> None:
    few = fill(database, "Few", "old water")
    many = fill(database, "Many", *(f"water {number}" for number in range(500)))
    found = [hit.chat_id for page in pages(searching, "water") for hit in page.hits]
    assert found.count(many.id) == service.PER_CHAT
    assert found.count(few.id) == 1


def test_pages_have_every_hit_once(database: Database, searching: Search) -> None:
    for number in range(90):
        fill(database, f"Chat {number}", f"water {number}")
    found = pages(searching, "water ")
    assert [len(page.hits) for page in found] == [service.PAGE, service.PAGE, service.PAGE, 90 - 3 * service.PAGE]
    assert len({hit.message_id for page in found for hit in page.hits}) == 90


def test_what_fits_better_comes_before_what_is_a_little_newer(database: Database, searching: Search) -> None:
    better = fill(database, "Better", "water water water")
    fill(database, "Newer", "a long text in which water comes only once " + "and so on " * 300)
    (page,) = pages(searching, "water ")
    assert page.hits[0].chat_id == better.id


def test_nothing_to_search_for_finds_nothing(searching: Search) -> None:
    assert pages(searching, ' "" - ')[0].hits == ()


def test_a_new_search_ends_the_one_before(database: Database, searching: Search) -> None:
    fill(database, "Ships", "water")
    go = threading.Event()
    database.read(lambda connection: go.wait(60))
    shown: queue.Queue[str] = queue.Queue()
    former = None
    for typed in ("w", "wa", "wat", "water"):
        former = searching.search(typed, ALL, lambda _page, typed=typed: shown.put(typed), former)
    go.set()
    assert shown.get(timeout=60) == "water"
    assert database.read(lambda _connection: shown.empty()).result(60), "no other search came through"


def test_a_search_of_another_window_takes_nothing_from_the_first(database: Database, searching: Search) -> None:
    for number in range(2 * service.PAGE):
        fill(database, f"Chat {number}", f"water {number}")
    shown: queue.Queue[tuple[str, int]] = queue.Queue()
    first = searching.search("water", ALL, lambda page: shown.put(("first", len(page.hits))))
    second = searching.search("wat", ALL, lambda page: shown.put(("second", len(page.hits))))
    assert [shown.get(timeout=60) for _page in range(2)] == [("first", service.PAGE), ("second", service.PAGE)]
    second.stop()  # its window looks for nothing any more
    first.more()
    assert shown.get(timeout=60) == ("first", service.PAGE)


def make_old(database: Database) -> None:
    """Let all messages be older than the index."""

    def forget(connection) -> None:
        last = connection.exec_driver_sql("SELECT max(sequence) FROM messages").scalar()
        connection.exec_driver_sql("DELETE FROM search_index")
        connection.exec_driver_sql(f"INSERT INTO search_state (unread) VALUES ({last})")

    database.write(forget).result(60)


def test_older_messages_are_read_while_nobody_waits_for_an_answer(
    database: Database, searching: Search, engines: WhenFree
) -> None:
    fill(database, "Long", *("water " * 1000 for _ in range(40)))
    make_old(database)
    engines.is_free = False
    assert pages(searching, "water ")[0].share == 0.0
    told: queue.Queue[float] = queue.Queue()
    searching.progress.subscribe(told.put)
    searching.begin_reading()
    assert len(engines.waiting) == 1, "it is read once, however often that is asked for"
    assert told.empty()
    engines.is_free = True
    for call in engines.waiting:
        call()
    shares = [told.get(timeout=60)]
    while shares[-1] < 1.0:
        shares.append(told.get(timeout=60))
    assert len(shares) > 2
    assert shares == sorted(shares)
    assert pages(searching, "water ")[0].share == 1.0


def test_a_save_waits_for_one_slice_at_most(database: Database, searching: Search) -> None:
    fill(database, "Long", *("water " * 1000 for _ in range(40)))
    make_old(database)
    order: list[str] = []
    slices = iter(range(1000))
    searching.progress.subscribe(lambda _share: order.append(f"slice {next(slices)}"))
    searching.begin_reading()
    for number in range(5):
        database.write(lambda _connection, number=number: order.append(f"save {number}")).result(60)
    before = order.index("save 4")
    assert sum(entry.startswith("slice") for entry in order[:before]) <= 5
    assert database.read(search.share_read).result(60) <= 1.0


def unread_texts(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(NOTEBOOK).where(~NOTEBOOK.c.is_read)) or 0


def keep_texts(database: Database, *texts: str) -> None:
    for number, words in enumerate(texts):
        text = NotebookText(id=f"t{number}", text=words, updated_at=float(number))
        database.write(lambda connection, text=text: save_text(connection, text)).result(60)


def test_texts_of_the_notebook_are_found_beside_messages(database: Database, searching: Search) -> None:
    fill(database, "A chat", *(f"water {number}" for number in range(40)))
    keep_texts(database, *(f"Text {number}\nThe water was calm." for number in range(6)), "A dry one")
    first, *others = pages(searching, "water ", SearchFilter())
    assert [text.text_id for text in first.texts] == ["t5", "t4", "t3", "t2"]
    assert first.text_count == 6
    snippet = first.texts[0].snippet
    assert [snippet.text[begin:end] for begin, end in snippet.marks] == ["water"]
    assert first.hits
    assert not any(page.texts for page in others)
    assert pages(searching, "water ", SearchFilter(role=Role.USER))[0].texts == ()


def test_a_changed_text_is_read_while_somebody_searches(database: Database, searching: Search) -> None:
    keep_texts(database, "The water was calm.")
    assert pages(searching, "calm ")[0].text_count == 1
    ends = time.monotonic() + 60
    while database.read(unread_texts).result(60):
        assert time.monotonic() < ends
    assert pages(searching, "calm ")[0].text_count == 1
    keep_texts(database, "The water was rough.")
    assert (pages(searching, "calm ")[0].text_count, pages(searching, "rough ")[0].text_count) == (0, 1)


def test_texts_are_read_by_a_later_search_where_they_could_not_be_before(
    database: Database, searching: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_texts(database, "The water was calm.")
    failed = threading.Event()
    with monkeypatch.context() as patched:

        def fail(_connection: Connection) -> bool:
            failed.set()
            raise StorageError(ErrorCode.STORAGE_DISK_FULL, "no room")

        patched.setattr(search, "fill_texts", fail)
        searching.begin_reading()
        assert failed.wait(60)
        database.write(lambda _connection: None).result(60)  # what failed before it has been told by now
    ends = time.monotonic() + 60
    while database.read(unread_texts).result(60):
        assert time.monotonic() < ends
        pages(searching, "calm ")
