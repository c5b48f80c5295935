"""The texts of the notebook in a real database file."""

from collections.abc import Callable

from sqlalchemy import update

from desktop_app.domain.notebook import Continuation, Marks, NotebookEntry, NotebookText
from desktop_app.domain.sampling import Sampling
from desktop_app.storage.database import Database
from desktop_app.storage.notebook import delete_text, find_texts, list_texts, load_text, save_text
from desktop_app.storage.tables import NOTEBOOK

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
    for column, bad in (("marks", b"\xc1"), ("sampling", b"\x93\x01")):
        database.write(lambda connection, name=column, bad=bad: connection.execute(update(NOTEBOOK).values({name: bad})) and None).result(60)  # fmt: skip
    found = database.read(lambda connection: load_text(connection, "a")).result(60)
    assert found is not None
    assert found.text == WHOLE.text
    assert found.marks == Marks()
    assert found.sampling.max_tokens == 200


def test_texts_are_found_by_their_words(open_database: Callable[..., Database]) -> None:
    database = open_database()
    for text_id, words in (("a", "The Sea was calm.\nÉTÉ 100%"), ("b", "a sea of sand"), ("c", "seven")):
        text = NotebookText(id=text_id, text=words)
        database.write(lambda connection, text=text: save_text(connection, text)).result(60)

    def found(words: str) -> set[str]:
        return set(database.read(lambda connection: find_texts(connection, words)).result(60))

    assert found("SEA") == {"a", "b"}
    assert found("sand sea") == {"b"}
    assert found("été") == {"a"}
    assert found("%") == {"a"}
    assert found("nobody") == set()
