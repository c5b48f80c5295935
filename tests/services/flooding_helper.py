"""Helper processes for tests of what reads exports: they answer too much, nothing, or end."""

import os
from pathlib import Path

from desktop_app.domain.moving_in import ChatSummary, Leftovers, Origin
from desktop_app.protocol import helper as protocol
from desktop_app.protocol.wire import Wire
from desktop_app.support.pipe import Pipe

PARTS = 40
PART_BYTES = 2 << 20


def flood(connection: Pipe) -> None:
    """Send as many large parts as there is room for, and note each in the file that is to be read."""
    wire: Wire[protocol.Command] = Wire(connection, protocol.Command)
    wire.send(protocol.Ready(protocol.VERSION))
    command = wire.receive()
    assert isinstance(command, protocol.ReadExport)
    summary = ChatSummary(id="a" * 32, title="x" * PART_BYTES, origin=Origin.CHATGPT, messages=1, branches=1, models=(),
                          first_at=0.0, last_at=0.0)  # fmt: skip
    with Path(command.path).open("ab", buffering=0) as file:
        for number in range(PARTS):
            wire.send(
                protocol.ExportPart(request_id=command.request_id, summaries=(summary,), done=number, total=PARTS)
            )
            file.write(b".")
    wire.send(
        protocol.ExportRead(request_id=command.request_id, origin=Origin.CHATGPT, chats=PARTS, messages=PARTS,
                            leftovers=Leftovers(), skipped=(), skips=0)
    )  # fmt: skip
    wire.receive()


def die(connection: Pipe) -> None:
    """End at once."""
    os._exit(3)


def fall_silent(connection: Pipe) -> None:
    """Take the request, and never answer."""
    wire: Wire[protocol.Command] = Wire(connection, protocol.Command)
    while True:
        wire.receive()
