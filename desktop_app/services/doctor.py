"""What this computer has and whether everything is well, found out without changing anything."""

import os
import platform
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path

import msgspec

from desktop_app.domain.errors import AppError
from desktop_app.domain.hardware import PartsTried, Report
from desktop_app.domain.sizes import readable_size
from desktop_app.services.engines.engines import Engines
from desktop_app.services.events import ServiceEvent
from desktop_app.services.hardware.builds import EngineBuilds
from desktop_app.services.hardware.engine_memory import EngineMemory
from desktop_app.services.hardware.parts import EngineParts
from desktop_app.services.hardware.probing import Probing
from desktop_app.services.models.library import find_starter
from desktop_app.services.requests.templates import Templates
from desktop_app.services.words import hardware_words
from desktop_app.services.words.error_text import explain
from desktop_app.settings.schema import EngineSettings
from desktop_app.storage.health import DatabaseHealth, database_health, sqlite_version
from desktop_app.support.files import LEAST_ROOM
from desktop_app.support.formats import listed
from desktop_app.support.i18n import _
from desktop_app.support.paths import Paths
from desktop_app.support.publisher import Publisher
from desktop_app.support.version import PACKAGES, VERSION, package_version

CPU_FEATURES = (
    "sse4_2",
    "avx",
    "avx2",
    "fma",
    "f16c",
    "avx512f",
    "avx512_vnni",
    "avx_vnni",
    "amx_tile",
    "asimd",
    "sve",
)
SELF_TEST_SECONDS = 60.0


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of the app; `free_bytes` of the disk that it is or would be on."""

    purpose: str
    path: str
    exists: bool
    writable: bool
    free_bytes: int

    @property
    def is_full(self) -> bool:
        """Whether nothing can be saved there."""
        return self.free_bytes < LEAST_ROOM


class SelfTest(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the starter model loads and makes one token; `device` is its badge, `message` says what went wrong."""

    ok: bool
    seconds: float = 0.0
    safe_mode: bool = False
    device: str = ""
    message: str = ""


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was looked at; memory and sizes in bytes."""

    version: str
    python: str
    packages: dict[str, str]
    sqlite: str
    system: str
    cpu: str
    cpu_features: list[str]
    cpu_count: int
    memory_total: int
    memory_available: int
    hardware: Report
    folders: list[Folder]
    self_test: SelfTest
    database: DatabaseHealth

    @property
    def healthy(self) -> bool:
        """Whether nothing needs attention."""
        known = self.database.exists and not self.database.is_locked
        broken = known and not self.database.integrity_ok
        return self.self_test.ok and not broken and all(each.writable and not each.is_full for each in self.folders)

    def sections(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return titles with rows of (name, value), for a terminal."""
        test = self.self_test.message
        if self.self_test.ok:
            seconds = f"{self.self_test.seconds:.2f}"
            test = _("passed on {device}, {seconds} s").format(device=self.self_test.device, seconds=seconds)
            if self.self_test.safe_mode:
                test = _("{result}, with safe settings").format(result=test)
        return [
            (
                _("Versions"),
                [("inglenook", self.version), ("Python", self.python), *self.packages.items(), ("SQLite", self.sqlite)],
            ),
            (
                _("Computer"),
                [
                    (_("system"), self.system),
                    (_("processor"), f"{self.cpu} ({self.cpu_count})"),
                    (_("features"), " ".join(self.cpu_features)),
                    (_("memory"), hardware_words.room(self.memory_available, self.memory_total)),
                ],
            ),
            (_("Engine"), [*hardware_words.build(self.hardware), (_("self-test"), test)]),
            (_("Devices"), _device_rows(self.hardware)),
            (_("Folders"), [(folder.purpose, _folder_words(folder)) for folder in self.folders]),
            (_("Database"), [(_("state"), _database_words(self.database))]),
        ]


def examine(paths: Paths) -> Findings:
    """Look at everything; takes a few seconds, most of it for the self-test."""
    import psutil

    memory = psutil.virtual_memory()
    parts = EngineParts(paths.parts_file, read_only=True)
    build = EngineBuilds(paths.engines, parts.look).in_use()
    cpu, features = _processor()
    return Findings(
        version=VERSION,
        python=platform.python_version(),
        packages={name: package_version(name) or _("missing") for name in PACKAGES},
        sqlite=sqlite_version(),
        system=platform.platform(),
        cpu=cpu,
        cpu_features=features,
        cpu_count=os.cpu_count() or 1,
        memory_total=memory.total,
        memory_available=memory.available,
        hardware=look_once(build, parts),
        folders=[_folder(_("chats"), paths.data), _folder(_("settings"), paths.config), _folder(_("log"), paths.logs)],
        self_test=self_test(paths, build, parts),
        database=database_health(paths.database),
    )


def look_once(engine_folder: str, parts: EngineParts | None) -> Report:
    """Look at the hardware with an engine build, and with `parts` of it that work; remember nothing."""
    with ThreadPoolExecutor(1, thread_name_prefix="io") as pool:
        return Probing(pool=pool, file=None, engine_folder=lambda: engine_folder, parts=parts).look().result()


def self_test(paths: Paths, engine_folder: str, parts: EngineParts | None = None) -> SelfTest:
    """Load the starter model in a worker with an engine build, which makes one token; remember nothing."""
    starter = find_starter()
    if starter is None:
        return SelfTest(ok=False, message=_("The starter model is not installed."))
    events: Publisher[ServiceEvent] = Publisher()
    with ThreadPoolExecutor(2, thread_name_prefix="io") as pool:
        templates = Templates(pool)
        engines = Engines(
            settings=EngineSettings,
            memory=EngineMemory(paths.engine_file, read_only=True),
            templates=templates,
            events=events,
            pool=pool,
            engine_folder=lambda: engine_folder,
            parts=parts.of if parts is not None else lambda _folder: PartsTried(),
        )
        try:
            model = engines.load(str(starter)).result(SELF_TEST_SECONDS)
        except AppError as error:
            explanation = explain(error.info)
            return SelfTest(ok=False, message=explanation.text)
        except FutureTimeoutError:
            return SelfTest(ok=False, message=_("The engine did not answer in time."))
        finally:
            engines.close()
            templates.close()
    return SelfTest(ok=True, seconds=model.load_seconds, safe_mode=model.safe_mode, device=model.device)


def _folder(purpose: str, path: Path) -> Folder:
    nearest = next((folder for folder in (path, *path.parents) if folder.is_dir()), Path(path.anchor))
    return Folder(
        purpose=purpose,
        path=str(path),
        exists=path.is_dir(),
        writable=os.access(nearest, os.W_OK),
        free_bytes=shutil.disk_usage(nearest).free,
    )


def _processor() -> tuple[str, list[str]]:
    """Return the processor's name and those of its features that matter for speed."""
    if Path("/proc/cpuinfo").is_file():
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        name = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
        flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", text, re.MULTILINE)
        known = set(flags.group(1).split()) if flags else set()
        return (name.group(1) if name else platform.machine()), [flag for flag in CPU_FEATURES if flag in known]
    return platform.processor() or platform.machine(), []


def _device_rows(report: Report) -> list[tuple[str, str]]:
    """Return what is used in a row each, then what is not, why not, and what to do."""
    rows = []
    for device in report.devices:
        reason, step = hardware_words.why_not(device)
        told = (hardware_words.title(device), hardware_words.facts(device), hardware_words.memory(device))
        rows.append((_("used") if device.why_not is None else _("not used"), ", ".join(part for part in told if part)))
        rows += [("", words) for words in (reason, step) if words]
    if words := hardware_words.left_out(report):
        rows.append((_("left out"), words))
    return [*rows, (_("in short"), hardware_words.summary(report))]


def _folder_words(folder: Folder) -> str:
    state = [] if folder.exists else [_("not made yet")]
    refusal = [] if folder.writable else [_("cannot be written")]
    if folder.is_full:
        refusal.append(_("too little room: free some space"))
    free = _("{size} free").format(size=readable_size(folder.free_bytes))
    return listed([str(folder.path), *state, *refusal, free])


def _database_words(database: DatabaseHealth) -> str:
    if not database.exists:
        return _("not made yet")
    if database.is_locked:
        return _("locked with a passphrase, so not looked at")
    if database.integrity_ok:
        return _("well, revision {revision}").format(revision=database.revision)
    return database.message
