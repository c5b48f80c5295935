"""A database that lies in a folder of Windows' network is opened with options, too."""

from pathlib import Path, PurePath, PureWindowsPath

import pytest
from sqlcipher3 import dbapi2

from desktop_app.storage.uri import file_uri


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (PureWindowsPath("C:/Users/zoé x/a.db"), "file:///C:/Users/zo%C3%A9%20x/a.db?mode=ro"),
        (PureWindowsPath("//server/share/a.db"), "file:////server/share/a.db?mode=ro"),
    ],
)
def test_a_path_has_no_host(path: PurePath, uri: str) -> None:
    assert file_uri(path, "mode=ro") == uri


def test_sqlite_takes_it(tmp_path: Path) -> None:
    """The host of a network folder, which SQLite refuses by itself, is taken for a folder."""
    file = tmp_path / "ä b#?.db"
    dbapi2.connect(str(file)).close()
    file.touch()
    dbapi2.connect(file_uri(file, "mode=ro"), uri=True).close()
    uri = file_uri(PureWindowsPath(f"//{tmp_path.parts[1]}/{'/'.join(tmp_path.parts[2:])}/a.db"), "mode=rwc")
    dbapi2.connect(uri, uri=True).execute("CREATE TABLE one (two TEXT)").connection.close()
    assert (tmp_path / "a.db").is_file()
