"""Where other apps keep their files on each platform, and the few notes of theirs that say it.

Nothing is raised for what cannot be read: it says nothing then. Each function names the file that it follows.
"""

import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec

from desktop_app.sources.walk import status_of

MAX_NOTE_BYTES = 1024 * 1024
"""How much of a manifest or a settings file is read."""


class Places:
    """Where this platform keeps apps' files."""

    def __init__(self, home: Path, environment: Mapping[str, str], platform: str) -> None:
        self.home = home
        self.platform = platform
        self._environment = environment

    def data(self) -> Path:
        """The folder for apps' data, which on Windows moves with the person."""
        return self._choose("APPDATA", "AppData/Roaming", "XDG_DATA_HOME", ".local/share")

    def local_data(self) -> Path:
        """The folder for apps' data, which on Windows stays on this computer."""
        return self._choose("LOCALAPPDATA", "AppData/Local", "XDG_DATA_HOME", ".local/share")

    def config(self) -> Path:
        """The folder for apps' settings."""
        return self._choose("APPDATA", "AppData/Roaming", "XDG_CONFIG_HOME", ".config")

    def named(self, variable: str, *below: str) -> list[Path]:
        """Return the folder that an environment variable names, or one below it; empty where it names none."""
        return [folder.joinpath(*below) for folder in self.absolute(self._environment.get(variable, ""))]

    def absolute(self, text: str) -> list[Path]:
        """Return the absolute path that a setting gives; empty where it gives none."""
        text = text.strip(" \t\r\n\"'")
        path = self.home / text[2:] if text.startswith(("~/", "~\\")) else Path(text)
        return [path] if path.is_absolute() else []

    def _choose(self, windows: str, windows_usual: str, unix: str, unix_usual: str) -> Path:
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        variable, usual = (windows, windows_usual) if self.platform == "win32" else (unix, unix_usual)
        return next(iter(self.named(variable)), self.home / usual)


def lm_studio_homes(places: Places) -> list[Path]:
    """Return the folders of LM Studio; they and the pointer file are those of lmstudio.js's findLMStudioHome.ts."""
    homes = [places.home / ".lmstudio", places.home / ".cache" / "lm-studio"]
    return homes + places.absolute(read_text(places.home / ".lmstudio-home-pointer"))


def jan_folders(places: Places) -> list[Path]:
    """Return Jan's data folders, as in src-tauri/src/core/app/commands.rs, with the places of earlier versions."""
    homes = [places.data() / "Jan", places.config() / "Jan"]
    folders = [home / "data" for home in homes] + [places.home / "jan"] + places.named("JAN_DATA_FOLDER")
    for home in homes:
        folders += places.absolute(read_setting(home / "settings.json", "data_folder"))
    return folders


def gpt4all_folders(places: Places) -> list[Path]:
    """Return GPT4All's data folder and the one that was chosen, as in gpt4all-chat's mysettings.cpp.

    Qt puts the settings on macOS, too, under .config.
    """
    config = places.home / ".config" if places.platform == "darwin" else places.config()
    chosen = read_lines(config / "nomic.ai" / "GPT4All.ini", "=").get("modelPath", "")
    return [places.local_data() / "nomic.ai" / "GPT4All", *places.absolute(chosen)]


def read_bytes(file: Path) -> bytes:
    """Return what a note or settings file holds; empty where it cannot be read or is no such file."""
    status = status_of(file)
    if status is None or not stat.S_ISREG(status.st_mode):
        return b""
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_NOTE_BYTES)
    except OSError:
        return b""


def read_text(file: Path) -> str:
    """Return what a note says; empty where it cannot be read."""
    return read_bytes(file).decode("utf-8-sig", errors="replace")


def read_setting(file: Path, key: str) -> str:
    """Return a text from a JSON file; empty where it has none."""
    try:
        value = msgspec.json.decode(read_bytes(file), type=dict[str, object]).get(key)
    except (ValueError, RecursionError):
        return ""
    return value if isinstance(value, str) else ""


def read_lines(file: Path, separator: str) -> dict[str, str]:
    """Return the simple values of a YAML or INI file: lines with key, separator and value that are not indented."""
    values: dict[str, str] = {}
    for line in read_text(file).splitlines():
        key, found, value = line.partition(separator)
        if found and key and not key[0].isspace():
            values.setdefault(key.strip(), _unquoted(value.strip()))
    return values


def _unquoted(value: str) -> str:
    """Return what a YAML value means; JSON's strings are YAML's, but for escapes that no path needs."""
    if value.startswith("'") and value.endswith("'") and len(value) > 1:
        return value[1:-1].replace("''", "'")
    if not value.startswith('"'):
        return value.partition(" #")[0].rstrip()
    try:
        return msgspec.json.decode(value, type=str)
    except ValueError:
        return ""
