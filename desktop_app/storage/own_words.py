"""Queries about a person's own words."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from desktop_app.storage.tables import OWN_WORDS
from desktop_app.storage.values import text_of


def list_own_words(connection: Connection) -> frozenset[str]:
    """Return all of them."""
    return frozenset(map(text_of, connection.execute(select(OWN_WORDS.c.word)).scalars()))


def add_own_words(connection: Connection, words: Iterable[str]) -> None:
    """Keep some more; those that are kept already stay."""
    for word in words:
        connection.execute(insert(OWN_WORDS).values(word=word).on_conflict_do_nothing())


def remove_own_word(connection: Connection, word: str) -> None:
    """Keep one no longer."""
    connection.execute(delete(OWN_WORDS).where(OWN_WORDS.c.word == word))
