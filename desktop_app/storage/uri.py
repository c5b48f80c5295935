"""How SQLite is told of a file together with options, which other files belong to it."""

from pathlib import PurePath

BESIDE = ("-journal", "-wal", "-shm")
"""The ends of the names of what may stand beside a database and belongs to it."""


def file_uri(path: PurePath, options: str) -> str:
    """Return the URI of an absolute path with its options, as in `mode=ro`.

    SQLite takes no host: that of a folder in Windows' network becomes a part of the path, as it is there.
    """
    uri = path.as_uri()
    if not uri.startswith("file:///"):
        uri = uri.replace("file://", "file:////", 1)
    return f"{uri}?{options}"
