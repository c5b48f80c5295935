"""A probe that counts: in a file of its own, since each process that is started imports it, and nothing it does not need."""

from multiprocessing.connection import Connection
from pathlib import Path

from desktop_app.engine import probe


def run(file: Path, connection: "Connection[bytes, bytes]", engine_folder: str) -> None:
    """Be the real probe, and add a letter to `file`."""
    with file.open("a") as tries:
        tries.write("x")
    probe.run(connection, engine_folder)
