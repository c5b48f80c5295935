"""Where the app keeps its files on each system, and that none of them is taken for another."""

import inspect
from pathlib import Path
from unittest.mock import Mock

import platformdirs
import pytest
from platformdirs import macos, unix, windows

from desktop_app.services.data_folder import erasing
from desktop_app.services.data_folder.owner_frames import address_file, lock_file_of
from desktop_app.services.models.records import Records
from desktop_app.support.paths import Paths

HOME = "/Users/zoé"
PLACES = {
    "linux": (f"{HOME}/.local/share/inglenook", f"{HOME}/.config/inglenook", f"{HOME}/.local/state/inglenook/log"),
    "macOS": (
        f"{HOME}/Library/Application Support/inglenook",
        f"{HOME}/Library/Application Support/inglenook",
        f"{HOME}/Library/Logs/inglenook",
    ),
    "Windows": (
        f"{HOME}/AppData/Local/inglenook",
        f"{HOME}/AppData/Local/inglenook",
        f"{HOME}/AppData/Local/inglenook/Logs",
    ),
}
SYSTEMS = {"linux": unix.Unix, "macOS": macos.MacOS, "Windows": windows.Windows}


@pytest.fixture(params=sorted(SYSTEMS))
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Be a system, as far as platformdirs can tell."""
    name = str(request.param)
    for variable in ("INGLENOOK_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", HOME)
    monkeypatch.setattr(platformdirs, "PlatformDirs", SYSTEMS[name])
    monkeypatch.setattr(windows, "get_win_folder", lambda _name: f"{HOME}/AppData/Local")
    return name


def test_every_system_has_its_own_places(system: str) -> None:
    paths = Paths.for_user()
    assert tuple(path.as_posix() for path in (paths.data, paths.config, paths.logs)) == PLACES[system]


def test_no_file_is_another_one(system: str) -> None:
    """Windows and macOS have one folder for data and for settings."""
    paths = Paths.for_user()
    found = [
        getattr(paths, name) for name, _value in inspect.getmembers(Paths, lambda value: isinstance(value, property))
    ]
    records = Records(paths.data, Mock(), lambda _moves: None)
    found += [getattr(records, name) for name in vars(Records) if name.endswith("_file")]
    found += [address_file(paths), lock_file_of(paths), erasing._order_file(paths)]
    assert len(found) > 30
    assert sorted({path for path in found if found.count(path) > 1}) == []


def test_one_variable_names_a_folder_for_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INGLENOOK_HOME", str(tmp_path))
    assert all(path.is_relative_to(tmp_path) for path in (Paths.for_user().data, Paths.for_user().config))
