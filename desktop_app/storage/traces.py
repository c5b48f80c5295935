"""Queries about how the tokens of answers were chosen."""

import contextlib
from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.sqlite import insert

from desktop_app.domain.traces import Traces, TracesDamagedError, unpack
from desktop_app.storage.tables import TRACES


def load_traces(connection: Connection, message_id: str) -> Traces | None:
    """Return what was recorded of an answer, None where nothing was, or where it is damaged."""
    blob = connection.execute(select(TRACES.c.blob).where(TRACES.c.message_id == message_id)).scalar_one_or_none()
    if blob is not None:
        with contextlib.suppress(TracesDamagedError):
            return unpack(blob)
    return None


def save_traces(connection: Connection, message_id: str, traces: Traces) -> None:
    """Store what was recorded of an answer, in place of what was known of it."""
    values = {"message_id": message_id, "blob": traces.packed()}
    written = insert(TRACES).values(values)
    connection.execute(written.on_conflict_do_update(index_elements=["message_id"], set_={"blob": values["blob"]}))


def add_traces(connection: Connection, message_id: str, traces: Traces) -> None:
    """Store what was recorded of an answer behind what was known of it before it was continued."""
    before = load_traces(connection, message_id)
    save_traces(connection, message_id, before.then(traces) if before is not None else traces)


def copy_traces(connection: Connection, copies: Mapping[str, str]) -> None:
    """Store what was recorded of the answers that are keys for those that are values as well, in one statement."""
    if copies:
        found = select(bindparam("copy"), TRACES.c.blob).where(TRACES.c.message_id == bindparam("original"))
        pairs = [{"original": original, "copy": copy} for original, copy in copies.items()]
        connection.execute(insert(TRACES).from_select(["message_id", "blob"], found), pairs)
