"""Queries about how the tokens of answers were chosen."""

import contextlib

from sqlalchemy import Connection, select
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
