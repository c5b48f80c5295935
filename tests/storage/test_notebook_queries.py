"""The texts of the notebook in a real database file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, update

from desktop_app.domain.locking import HistoryKey
from desktop_app.domain.messages import Role
from desktop_app.domain.notebook import Continuation, Marks, NotebookEntry, NotebookText
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.search import SearchFilter
from desktop_app.domain.search_query import parse
from desktop_app.storage.cipher import new_salt
from desktop_app.storage.conversion import convert
from desktop_app.storage.database import Database
from desktop_app.storage.notebook import delete_text, list_texts, load_text, save_text
from desktop_app.storage.search import EVERYTHING, fill_texts, find_texts, load_texts
from desktop_app.storage.tables import NOTEBOOK
from desktop_app.storage.values import encode
from tests.storage.conftest import make_older

WHOLE = NotebookText(
    id="a",
    text="# The lighthouse 🗼\n\nIt\u00a0was dark.",
    marks=Marks(((3, 7), (9, 12)), Continuation(9, ("was", "is"), 0)),
    model_path="/models/m.gguf",
    sampling=Sampling(temperature=1.2, max_tokens=50, stop=("\n",)),
    updated_at=2.0,
)


def test_a_text_comes_back_whole_and_is_listed_by_its_first_line(open_database: Callable[..., Database]) -> None:
    database = open_database()
    older = NotebookText(id="b", text="", updated_at=1.0)
    for text in (WHOLE, older):
        database.write(lambda connection, text=text: save_text(connection, text)).result(60)
    assert database.read(lambda connection: load_text(connection, "a")).result(60) == WHOLE
    assert database.read(list_texts).result(60) == [
        NotebookEntry("a", "The lighthouse 🗼", 2.0, len(WHOLE.text)),
        NotebookEntry("b", "", 1.0, 0),
    ]
    database.write(lambda connection: delete_text(connection, "a")).result(60)
    assert database.read(lambda connection: load_text(connection, "a")).result(60) is None


def test_what_is_damaged_hides_no_word(open_database: Callable[..., Database]) -> None:
    database = open_database()
    database.write(lambda connection: save_text(connection, WHOLE)).result(60)
    none_shown = encode({"last": {"begin": 9, "takes": ["was", "is"], "shown": 5}})
    for marks in (b"\xc1", none_shown):
        damage = update(NOTEBOOK).values(marks=marks, sampling=b"\x93\x01")
        database.write(lambda connection, damage=damage: connection.execute(damage) and None).result(60)
        found = database.read(lambda connection: load_text(connection, "a")).result(60)
        assert found is not None
        assert found.text == WHOLE.text
        assert found.marks == Marks()
        assert found.sampling.max_tokens == 200


@pytest.fixture
def found(database: Database) -> Callable[..., list[str]]:
    """The ids of the texts that a query finds, in order."""

    def ask(typed: str, wanted: SearchFilter = EVERYTHING, of: Database | None = None) -> list[str]:
        asked = (of or database).read(lambda connection: find_texts(connection, parse(typed), wanted))
        return [each.text_id for each in asked.result(60)]

    return ask


def keep(database: Database, *texts: tuple[str, str]) -> None:
    """Keep texts, of ids and words, each changed a little later than the one before."""
    for moment, (text_id, words) in enumerate(texts):
        text = NotebookText(id=text_id, text=words, updated_at=float(moment))
        database.write(lambda connection, text=text: save_text(connection, text)).result(60)


def read_all(database: Database) -> int:
    """Have the index read what it does not have, and return in how many steps that was done."""
    steps = 0
    while database.write(fill_texts).result(60):
        steps += 1
    return steps


TEXTS = (
    ("a", "The Sea was calm.\nÉTÉ 100%"),
    ("b", "a sea of sand"),
    ("c", "seven lighthouses, 東京都 and def sea_level(x)"),
)
QUERIES = (
    "SEA",
    "sand sea",
    "sea -sand",
    '"sea of"',
    "été",
    "ete",
    "lighth",
    "house",
    "京都",
    "都",
    "level",
    "%",
    "sea ",
    "nobody",
)


def test_texts_are_found_alike_whether_the_index_has_them_or_not(
    database: Database, found: Callable[..., list[str]]
) -> None:
    keep(database, *TEXTS)
    before = {typed: found(typed) for typed in QUERIES}
    assert before["SEA"] == ["c", "b", "a"], "the one that was changed last comes first"
    assert before["sea -sand"] == ["c", "a"]
    assert before["ete"] == ["a"]
    assert before["lighth"] == before["京都"] == ["c"]
    assert before["house"] == before["nobody"] == before["%"] == []
    assert read_all(database) >= len(TEXTS)
    assert {typed: found(typed) for typed in QUERIES} == before


def test_a_text_that_is_changed_or_deleted_is_found_by_no_word_that_has_gone(
    database: Database, found: Callable[..., list[str]]
) -> None:
    keep(database, *TEXTS)
    read_all(database)
    keep(database, ("a", "The moon was full."))
    assert (found("calm"), found("moon")) == ([], ["a"])
    read_all(database)
    assert (found("calm"), found("moon")) == ([], ["a"])
    database.write(lambda connection: delete_text(connection, "a")).result(60)
    assert found("moon") == []
    keep(database, ("d", "Another one, in its place"))
    assert (found("moon"), found("another")) == ([], ["d"])


def test_nothing_is_left_of_words_that_have_gone(database: Database, file: Path) -> None:
    keep(database, ("a", "somewordofmine"), ("b", "unlikelyword"))
    read_all(database)
    keep(database, ("a", "else"))
    database.write(lambda connection: delete_text(connection, "b")).result(60)
    read_all(database)

    def kept(connection: Connection) -> bytes:
        return b"".join(connection.exec_driver_sql("SELECT block FROM text_index_data").scalars())

    words = database.read(kept).result(60)
    assert b"else" in words
    assert b"somewordofmine" not in words
    assert b"unlikelyword" not in words


def test_a_filter_for_what_chats_alone_have_leaves_texts_out(
    database: Database, found: Callable[..., list[str]]
) -> None:
    keep(database, *TEXTS)
    for is_read in (False, True):
        if is_read:
            read_all(database)
        assert found("sea", SearchFilter(since=1.0, until=2.0)) == ["b"]
        for wanted in (SearchFilter(role=Role.USER), SearchFilter(model="m"), SearchFilter(folder="f"),
                       SearchFilter(tag="t"), SearchFilter(archived=False), SearchFilter(starred=True)):  # fmt: skip
            assert found("sea", wanted) == []


def test_a_key_costs_the_same_statements_however_many_texts_there_are(database: Database) -> None:
    def count(connection: Connection) -> tuple[int, int]:
        seen: list[str] = []
        event.listen(connection, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
        texts = find_texts(connection, parse("sea"))
        load_texts(connection, [each.text_id for each in texts])
        return len(texts), len(seen)

    for number in (10, 20):
        keep(database, *((f"t{place}", f"sea {place}") for place in range(number)))
        assert database.read(count).result(60) == (number, 3)
        read_all(database)
        assert database.read(count).result(60) == (number, 3)


def test_texts_of_an_older_database_are_found(
    database: Database, open_database: Callable[..., Database], file: Path, found: Callable[..., list[str]]
) -> None:
    keep(database, *TEXTS)
    database.write(lambda connection: save_text(connection, WHOLE)).result(60)
    database.close()
    make_older(file, "0015")
    again = open_database()
    assert found("sea", of=again) == ["c", "b"], "and another one has taken the place of the first"
    assert again.read(lambda connection: load_text(connection, "a")).result(60) == WHOLE
    assert read_all(again) >= len(TEXTS)
    assert found("sea", of=again) == ["c", "b"]


def test_texts_are_found_in_a_locked_history_whose_file_says_nothing_of_them(file: Path) -> None:
    key = HistoryKey(bytes(range(32)), new_salt())
    database = Database(file)
    database.open().result(60)
    keep(database, ("gone", "unlikelyword"), ("read", "somewordofmine"))
    database.write(lambda connection: delete_text(connection, "gone")).result(60)  # numbers are not those of a copy
    read_all(database)
    keep(database, ("unread", "somewordofmine, again"))
    database.close()
    assert b"somewordofmine" in file.read_bytes()
    convert(file, None, key)
    locked = Database(file)
    locked.open(key).result(60)
    for _round in range(2):
        found = locked.read(lambda connection: find_texts(connection, parse("somewordofmine "))).result(60)
        assert {text.text_id for text in found} == {"read", "unread"}
        read_all(locked)
    locked.close()
    assert b"somewordofmine" not in file.read_bytes()
