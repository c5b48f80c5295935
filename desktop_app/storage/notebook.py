"""Queries about the texts of the notebook."""

from contextlib import suppress

import msgspec
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from desktop_app.domain.notebook import LENGTH, Marks, NotebookEntry, NotebookText
from desktop_app.domain.sampling import Sampling
from desktop_app.storage.tables import NOTEBOOK
from desktop_app.storage.values import DAMAGED, encode, moment_of, text_of

_decode_marks = msgspec.msgpack.Decoder(Marks).decode
_decode_sampling = msgspec.msgpack.Decoder(Sampling).decode


def list_texts(connection: Connection) -> list[NotebookEntry]:
    """Return all texts as a list shows them, the one that was changed last first."""
    columns = (NOTEBOOK.c.id, NOTEBOOK.c.title, NOTEBOOK.c.updated_at, NOTEBOOK.c.length)
    rows = connection.execute(select(*columns).order_by(NOTEBOOK.c.updated_at.desc(), NOTEBOOK.c.id.desc()))
    return [
        NotebookEntry(text_of(row.id), text_of(row.title), moment_of(row.updated_at), _count(row.length))
        for row in rows
    ]


def load_text(connection: Connection, text_id: str) -> NotebookText | None:
    """Return a text, None where it has gone; what cannot be read of it but its words is as usual."""
    row = connection.execute(select(NOTEBOOK).where(NOTEBOOK.c.id == text_id)).mappings().one_or_none()
    if row is None:
        return None
    marks = Marks()
    with suppress(*DAMAGED):  # it keeps no text from being opened
        marks = _decode_marks(row["marks"])
    return NotebookText(
        id=text_id,
        text=text_of(row["text"]),
        marks=marks,
        model_path=_path(row["model_path"]),
        sampling=_sampling(row["sampling"]),
        updated_at=moment_of(row["updated_at"]),
    )


def values_used_last(connection: Connection) -> tuple[str | None, Sampling] | None:
    """Return the model and the values of the text that was changed last, None where there is none."""
    columns = (NOTEBOOK.c.model_path, NOTEBOOK.c.sampling)
    row = connection.execute(select(*columns).order_by(NOTEBOOK.c.updated_at.desc()).limit(1)).one_or_none()
    return (_path(row.model_path), _sampling(row.sampling)) if row is not None else None


def _path(kept: object) -> str | None:
    return kept if isinstance(kept, str) else None


def _count(kept: object) -> int:
    return kept if isinstance(kept, int) else 0


def _sampling(kept: bytes) -> Sampling:
    """Return the values that were kept, the usual ones where they cannot be read."""
    with suppress(*DAMAGED):
        return _decode_sampling(kept)
    return Sampling(max_tokens=LENGTH)


def save_text(connection: Connection, text: NotebookText) -> None:
    """Keep a text in place of what was kept of it before; the search index reads it later."""
    values = {
        "title": text.title,
        "length": len(text.text),
        "updated_at": text.updated_at,
        "is_read": False,
        "text": text.text,
        "marks": encode(text.marks),
        "model_path": text.model_path,
        "sampling": encode(text.sampling),
    }
    statement = insert(NOTEBOOK).values(id=text.id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[NOTEBOOK.c.id], set_=values))


def delete_text(connection: Connection, text_id: str) -> None:
    """Keep a text no longer."""
    connection.execute(delete(NOTEBOOK).where(NOTEBOOK.c.id == text_id))
