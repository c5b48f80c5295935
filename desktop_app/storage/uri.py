"""How SQLite is told of a file together with options."""

from pathlib import PurePath


def file_uri(path: PurePath, options: str) -> str:
    """Return the URI of an absolute path with its options, as in `mode=ro`.

    SQLite takes no host: that of a folder in Windows' network becomes a part of the path, as it is there.
    """
    uri = path.as_uri()
    if not uri.startswith("file:///"):
        uri = uri.replace("file://", "file:////", 1)
    return f"{uri}?{options}"
