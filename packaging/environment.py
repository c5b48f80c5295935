"""Sets the development environment up: system libraries, .venv, pinned requirements, the engine.

A stamp in .venv says what it was made from; while it matches, nothing is asked of the network and
a call costs a fraction of a second. Anything broken or half done is made anew.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import engine_build

REQUIREMENTS = ("build", "runtime", "starter")
TEST_REQUIREMENTS = ("dev",)
STAMP = "inglenook-stamp.json"

# soname or program -> Debian package; Qt's needs on a bare system, and the compiler for llama.cpp
LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libgomp.so.1": "libgomp1",
    "libpulse.so.0": "libpulse0",
}
VULKAN_DRIVERS = (Path("/usr/share/vulkan/icd.d"), Path("/etc/vulkan/icd.d"))
PROGRAMS = {"g++": "g++", "make": "make"}
TEST_PROGRAMS = {"Xvfb": "xvfb", "xauth": "xauth", "xdotool": "xdotool", "dbus-daemon": "dbus-daemon",
                 "/usr/libexec/at-spi-bus-launcher": "at-spi2-core"}  # fmt: skip
SPELLING_LIBRARY, SPELLING_PACKAGE = "libenchant-2.so.2", "libenchant-2-2"  # the app does without it
DICTIONARIES = {"en_US.dic": "hunspell-en-us"}
FONTS = {"dejavu/DejaVuSans.ttf": "fonts-dejavu-core", "noto/NotoColorEmoji.ttf": "fonts-noto-color-emoji"}


class SetupError(Exception):
    """The set-up cannot go on; the message says what to do."""


def prepare(root: Path, *, tests: bool) -> Path:
    """Make everything ready and return the environment's Python; raises SetupError."""
    _install_system_packages(tests=tests)
    venv = root / ".venv"
    python = python_in(venv)
    wanted = _wanted(root, tests=tests)
    found = _read_stamp(venv)
    if not (_matches(found, wanted, tests=tests) and _is_whole(venv, python, found)):
        _make(root, venv, python, tests=tests or bool(found.get("tests")))
    compile_messages(root, python)
    return python


def compile_messages(root: Path, python: Path) -> None:
    """Make what the app reads of each catalogue of translations that was changed since; raises SetupError."""
    catalogues = (root / "resources/locale").glob("*/LC_MESSAGES/*.po")
    if any(not _is_compiled(file) for file in catalogues):
        run([str(python), str(root / "packaging/messages.py"), "compile"])


def _is_compiled(catalogue: Path) -> bool:
    made = catalogue.with_suffix(".mo")
    return made.exists() and made.stat().st_mtime >= catalogue.stat().st_mtime


def _wanted(root: Path, *, tests: bool) -> dict[str, object]:
    digest = hashlib.sha256()
    for name in (*REQUIREMENTS, "engine"):
        digest.update((root / f"packaging/requirements/{name}.txt").read_bytes())
    test_digest = hashlib.sha256()
    for name in TEST_REQUIREMENTS:
        test_digest.update((root / f"packaging/requirements/{name}.txt").read_bytes())
    return {
        "python": sys.version.split()[0],
        "requirements": digest.hexdigest(),
        "tests": test_digest.hexdigest() if tests else "",
        "project": _project(root),
        "engine": engine_build.key(root),
        "folder": str(root),
    }


def _project(root: Path) -> str:
    """Return a hash of what the installation depends on; the settings of the tools are not part of it."""
    tables = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    installed = {name: tables.get(name) for name in ("build-system", "project")}
    installed["setuptools"] = tables.get("tool", {}).get("setuptools")
    return hashlib.sha256(json.dumps(installed, sort_keys=True).encode()).hexdigest()


def _matches(found: dict[str, object], wanted: dict[str, object], *, tests: bool) -> bool:
    return all(found.get(name) == value for name, value in wanted.items() if tests or name != "tests")


def _is_whole(venv: Path, python: Path, stamp: dict[str, object]) -> bool:
    """Whether the environment still runs and has lost no file since it was stamped."""
    if subprocess.run([str(python), "-c", ""], capture_output=True).returncode != 0 if python.exists() else True:
        return False
    return stamp.get("files") == sum(1 for _ in _installed_files(venv))


def _installed_files(folder: Path) -> Iterator[str]:
    """Yield every file of the environment but the ones that running it makes."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    yield from _installed_files(Path(entry.path))
            elif entry.name != STAMP:
                yield entry.path


def _read_stamp(venv: Path) -> dict[str, object]:
    try:
        stamp = json.loads((venv / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _make(root: Path, venv: Path, python: Path, *, tests: bool) -> None:
    """Make .venv from nothing; only a finished one gets a stamp."""
    if importlib.util.find_spec("ensurepip") is None:
        install(["python3-venv"])
    with _step("making .venv"):
        shutil.rmtree(venv, ignore_errors=True)
        run([_base_python(), "-m", "venv", str(venv)])
    with _step("installing packages (about 280 MB, some minutes the first time)"):
        files = [*REQUIREMENTS, *(TEST_REQUIREMENTS if tests else ())]
        options = [part for name in files for part in ("-r", str(root / f"packaging/requirements/{name}.txt"))]
        _pip(python, "install", "--require-hashes", "--no-deps", *options)
    wheel = engine_build.native_wheel(root, python)
    with _step("installing llama-cpp-python and Inglenook"):
        _pip(python, "install", "--no-deps", "--no-index", "--force-reinstall", str(wheel))
        offline = ("--no-deps", "--no-build-isolation", "--no-index")
        # "compat" is a line with a path, where the usual way imports a finder: half of the time that Python takes to start
        _pip(python, "install", *offline, "--config-settings=editable_mode=compat", "--editable", str(root))
    stamp = {**_wanted(root, tests=tests), "files": sum(1 for _ in _installed_files(venv))}
    (venv / STAMP).write_text(json.dumps(stamp, indent=1), encoding="utf-8")


def prepare_packaging(root: Path) -> Path:
    """Make an environment with what goes into the installers and what makes them, nothing else; returns its Python."""
    venv = root / "build/package-venv"
    names = ("runtime", "starter", "build", "package")
    files = [root / f"packaging/requirements/{name}.txt" for name in (*names, "engine")]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    made, stamp = python_in(venv), venv / STAMP
    if made.exists() and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return made
    _install_system_packages(tests=False)
    with _step("making the environment of the installers"):
        shutil.rmtree(venv, ignore_errors=True)
        run([_base_python(), "-m", "venv", str(venv)])
        options = [part for name in names for part in ("-r", str(root / f"packaging/requirements/{name}.txt"))]
        _pip(made, "install", "--require-hashes", "--no-deps", *options)
        _pip(made, "install", "--no-deps", "--no-index", str(engine_build.native_wheel(root, made)))
    stamp.write_text(wanted, encoding="utf-8")
    return made


def python_in(venv: Path) -> Path:
    """Return the Python of an environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _base_python() -> str:
    """Return the Python that this one's environment was made with: .venv's own goes away with it."""
    return str(getattr(sys, "_base_executable", sys.executable))


def _pip(python: Path, *arguments: str) -> None:
    run([str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments])


def run(command: list[str], folder: Path | None = None, environ: dict[str, str] | None = None) -> None:
    """Run a command that says what it does only when it fails, then raises SetupError."""
    done = subprocess.run(
        command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    if done.returncode != 0:
        raise SetupError(f"{' '.join(command)}\nfailed:\n{done.stdout[-4000:]}")


class _step:  # noqa: N801  # reads as a statement
    """Says what is being done, and how long it took."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __enter__(self) -> None:
        print(f"-- {self._words} …", flush=True)
        self._started = time.monotonic()

    def __exit__(self, *_: object) -> None:
        print(f"   {time.monotonic() - self._started:.1f} s", flush=True)


def missing_packages(*, tests: bool) -> list[str]:
    """Return the Debian packages that this system lacks; empty where it is no Debian."""
    if sys.platform != "linux" or shutil.which("apt-get") is None:
        return []
    known = shared_libraries()
    programs = PROGRAMS | (TEST_PROGRAMS if tests else {})
    fonts, dictionaries = Path("/usr/share/fonts/truetype"), Path("/usr/share/hunspell")
    return [
        *(package for soname, package in LIBRARIES.items() if soname not in known),
        *(package for program, package in programs.items() if shutil.which(program) is None),
        *(package for font, package in FONTS.items() if not (fonts / font).exists()),
        *([SPELLING_PACKAGE] if SPELLING_LIBRARY not in known else []),
        *(package for file, package in DICTIONARIES.items() if not (dictionaries / file).exists()),
    ]


def install_vulkan(*, tests: bool) -> None:
    """Install what a build for Vulkan needs, where this is a Debian; raises SetupError where that may not be done."""
    missing = missing_vulkan_packages(tests=tests)
    if missing:
        install(missing)


def missing_vulkan_packages(*, tests: bool, folders: Sequence[Path] = VULKAN_DRIVERS) -> list[str]:
    """Return the Debian packages that a build for Vulkan lacks, and its tests: they compute on Mesa's software device.

    `folders` are those in which Vulkan's loader finds what drivers there are.
    """
    if sys.platform != "linux" or shutil.which("apt-get") is None:
        return []
    software = any(file for folder in folders for file in folder.glob("lvp_icd*.json"))
    return [
        *(["glslc"] if shutil.which("glslc") is None else []),
        *(["libvulkan1"] if "libvulkan.so.1" not in shared_libraries() else []),
        *(["mesa-vulkan-drivers"] if tests and not software else []),
    ]


def shared_libraries() -> dict[str, str]:
    """Return the paths of the libraries that Linux's linker knows, by their names."""
    cache = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True).stdout
    lines = [line for line in cache.splitlines()[1:] if " => " in line]
    return {line.split()[0]: line.rpartition(" => ")[2] for line in reversed(lines)}  # the first one counts


def _install_system_packages(*, tests: bool) -> None:
    missing = missing_packages(tests=tests)
    if missing:
        install(missing)


def install(packages: list[str]) -> None:
    """Install Debian packages as root or through sudo without a password; else say how."""
    prefix = install_prefix()
    if prefix is None:
        raise SetupError(
            "These system packages are missing. Install them, then run the same command again:\n\n"
            f"    sudo apt-get install --no-install-recommends {' '.join(packages)}\n"
        )
    with _step(f"installing system packages: {' '.join(packages)}"):
        environment = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
        run([*environment, "apt-get", "update"])
        run([*environment, "apt-get", "install", "--yes", "--no-install-recommends", *packages])


def install_prefix() -> list[str] | None:
    """Return what to put before apt-get, None where this user may not install."""
    if os.name != "posix" or not hasattr(os, "geteuid"):
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is not None and subprocess.run([sudo, "-n", "true"], capture_output=True).returncode == 0:
        return [sudo, "-n"]
    return None


def lock(root: Path, python: Path) -> int:
    """Resolve the requirements for every platform with uv, which must be installed; addresses stay out."""
    folder = root / "packaging/requirements"
    uv = shutil.which("uv") or str(python.with_name("uv"))
    for source in ("runtime", "dev", "build", "engine", "starter", "package"):
        options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"]
        options += ["--no-header", "--no-annotate", "--upgrade", "--quiet"]
        options += ["--no-deps"] if source in ("engine", "starter") else []
        run([uv, "pip", "compile", *options, str(folder / f"{source}.in"), "-o", str(folder / f"{source}.txt")])
    return 0
