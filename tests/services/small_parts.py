"""A helper process that tells what it has read in many small parts."""

from desktop_app.helper import process
from desktop_app.helper.exports import reading, tidings
from desktop_app.support.pipe import Pipe


def run(connection: Pipe) -> None:
    """Be the helper; for a process of its own."""
    reading.CHUNK = tidings.PART_BYTES = 32 << 10
    process.run(connection)
