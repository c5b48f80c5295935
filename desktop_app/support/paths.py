"""Where the app keeps its files."""

import os
from pathlib import Path

import msgspec

APP_NAME = "inglenook"


class Paths(msgspec.Struct, frozen=True):
    """The app's folders; `for_user` asks the platform, tests build their own.

    `data` holds the database, engines and models, `config` the settings, `logs` the log files.
    Nothing is created here.
    """

    data: Path
    config: Path
    logs: Path

    @classmethod
    def for_user(cls) -> "Paths":
        """Return this user's folders; INGLENOOK_HOME, where set, holds all of them."""
        home = os.environ.get("INGLENOOK_HOME")
        if home:
            return cls.below(Path(home))
        import platformdirs  # only needed without INGLENOOK_HOME; keeps other starts light

        data = Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))
        return cls(
            data=data,
            config=Path(platformdirs.user_config_dir(APP_NAME, appauthor=False)),
            logs=Path(platformdirs.user_log_dir(APP_NAME, appauthor=False)),
        )

    @classmethod
    def below(cls, home: Path) -> "Paths":
        """Return the folders of a data folder that is self-contained, as portable copies and tests use."""
        return cls(data=home / "data", config=home / "config", logs=home / "logs")

    def folders(self) -> tuple[Path, ...]:
        """All folders in which the app keeps files of its own."""
        return (self.data, self.config, self.logs)

    @property
    def database(self) -> Path:
        """The one SQLite file."""
        return self.data / "inglenook.db"

    @property
    def models(self) -> Path:
        """The models' own folder, where a person chose no other one."""
        return self.data / "models"

    @property
    def backups(self) -> Path:
        """Copies of the database."""
        return self.data / "backups"

    @property
    def engines(self) -> Path:
        """Engine builds beside the installed one, a folder each."""
        return self.data / "engines"

    @property
    def snapshots(self) -> Path:
        """What models have read of chats, which can be read again."""
        return self.data / "snapshots"

    @property
    def personas(self) -> Path:
        """A person's own personas, as readable files with the images that they name."""
        return self.data / "personas"

    @property
    def downloads_file(self) -> Path:
        """The download queue, as JSON."""
        return self.data / "downloads.json"

    @property
    def ledger_file(self) -> Path:
        """Every request over the network, a line of JSON each."""
        return self.data / "network.jsonl"

    @property
    def speed_file(self) -> Path:
        """How fast this computer's memory turned out to be, as JSON."""
        return self.data / "speed.json"

    @property
    def tuning_file(self) -> Path:
        """With which settings models turned out to be fastest here, as JSON."""
        return self.data / "tuning.json"

    @property
    def templates(self) -> Path:
        """A person's own prompt templates, as readable files; sub-folders are folders of the library."""
        return self.data / "templates"

    @property
    def template_marks_file(self) -> Path:
        """Favourites and shortcuts of prompt templates, as JSON."""
        return self.config / "templates.json"

    @property
    def settings_file(self) -> Path:
        """The person's settings, as JSON."""
        return self.config / "settings.json"

    @property
    def model_defaults_file(self) -> Path:
        """What was set for single models, as JSON."""
        return self.config / "models.json"

    @property
    def presets_file(self) -> Path:
        """The person's own sampling presets, as JSON."""
        return self.config / "presets.json"

    @property
    def tour_file(self) -> Path:
        """How far the person has come in the guided tour, as JSON."""
        return self.config / "tour.json"

    @property
    def window_file(self) -> Path:
        """Geometry, the open chat and the like, as JSON; losing it loses nothing of value."""
        return self.config / "window.json"

    @property
    def engine_file(self) -> Path:
        """What was learnt about engine builds on this computer (crashes, safe settings), as JSON."""
        return self.data / "engines.json"

    @property
    def hardware_file(self) -> Path:
        """What was found of this computer's devices, as JSON; it is found again where it is lost."""
        return self.data / "hardware.json"

    @property
    def servers_file(self) -> Path:
        """What other computers said when they were last asked, as JSON; they can be asked again where it is lost."""
        return self.data / "servers.json"

    @property
    def parts_file(self) -> Path:
        """Which parts of engine builds crashed or hung when they were tried, as JSON; they are tried again where it is lost."""
        return self.data / "parts.json"

    @property
    def updates(self) -> Path:
        """Installers of newer releases that were downloaded."""
        return self.data / "updates"

    @property
    def updates_file(self) -> Path:
        """When somebody looked for a newer release, and what was seen, as JSON."""
        return self.data / "updates.json"

    @property
    def whole_models_file(self) -> Path:
        """Which model files were found to be all there, as JSON; their headers are read again where it is lost."""
        return self.data / "whole.json"

    @property
    def template_checks_file(self) -> Path:
        """What was found about the chat templates of models, as JSON."""
        return self.data / "template_checks.json"  # Windows and macOS have one folder for data and settings


def resources() -> Path:
    """Return the folder of the files that ship with the app (design tokens, icons, catalogues)."""
    return Path(__file__).resolve().parent.parent.parent / "resources"
