"""Makes the packages for Windows of a frozen app: an installer with Inno Setup, and an archive to unpack anywhere.

Both are signed where INGLENOOK_SIGN_THUMBPRINT names a certificate in the user's store; no key or
password is read, written or passed on here.
"""

import os
import platform
import shutil
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import engine_backends
import environment
import freeze
from flavours import FLAVOURS

SCRIPT = "packaging/windows/inglenook.iss"
COMPILERS = ("Inno Setup 6", "Inno Setup 7")
"""Folders below those for programs where the installer's compiler is looked for, where it is not on the PATH."""
COPYRIGHT = "The Inglenook authors. Apache License 2.0."
TIMESTAMPS = "http://timestamp.digicert.com"
"""Who is asked to sign the time, where INGLENOOK_SIGN_TIMESTAMP names nobody else: a signature outlives its certificate so."""
_OLDEST_ZIP = 315532800
"""The first second of 1980, before which an archive cannot name a time."""


def make_packages(root: Path, python: Path, work: Path, target: Path, version: str) -> list[Path]:
    """Freeze the app and pack both flavours of it; returns the files. Raises SetupError."""
    shutil.rmtree(work, ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    backend = "vulkan" if engine_backends.find_tool("glslc") else "cpu"
    program = freeze.freeze(root, python, work, backend)
    sign(sorted(program.glob("*.exe")), os.environ)
    made = []
    for flavour in FLAVOURS:
        if flavour.starter:
            freeze.add_starter(python, program)
        freeze.add_notices(root, python, work, program, version, starter=flavour.starter)
        name = f"{flavour.name}-{version}-windows-{machine()}"
        made.append(archive(program, target / f"{name}.zip", flavour.name, freeze.source_date(root)))
        made.append(installer(root, program, work, target / f"{name}.exe", version))
    sign([file for file in made if file.suffix == ".exe"], os.environ)
    return made


def machine() -> str:
    """Return this computer's kind of processor as Windows' packages are called by it."""
    return {"AMD64": "x64", "ARM64": "arm64"}.get(platform.machine(), platform.machine())


def archive(program: Path, target: Path, name: str, date: int) -> Path:
    """Pack the folder; the same files give the same archive."""
    moment = datetime.fromtimestamp(max(date, _OLDEST_ZIP), UTC).timetuple()[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for file in sorted(path for path in program.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"{name}/{file.relative_to(program).as_posix()}", moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with file.open("rb") as source, packed.open(entry, "w", force_zip64=True) as copy:
                shutil.copyfileobj(source, copy, 1024 * 1024)
    return target


def installer(root: Path, program: Path, work: Path, target: Path, version: str) -> Path:
    """Have Inno Setup make the installer. Raises SetupError where it is not here."""
    compiler = find_compiler()
    if compiler is None:
        raise environment.SetupError("Inno Setup 6 is missing, which makes the installer: install it, then try again.")
    told = definitions(program, work / "tables/inglenook.ico", target, version)
    options = [f"/D{name}={value}" for name, value in told.items()]
    environment.run([str(compiler), "/Qp", *options, str(root / SCRIPT)])
    return target


def definitions(program: Path, icon: Path, target: Path, version: str) -> Mapping[str, str]:
    """Return what the script of the installer has to be told."""
    return {
        "Version": version,
        "NumericVersion": ".".join(str(number) for number in numbers(version)),
        "Program": str(program),
        "Icon": str(icon),
        "Target": str(target.parent),
        "FileName": target.stem,
        "Machine": {"x64": "x64compatible", "arm64": "arm64"}.get(machine(), ""),
    }


def find_compiler() -> Path | None:
    """Return the compiler of Inno Setup's scripts, None where it is not here."""
    found = shutil.which("ISCC")
    if found:
        return Path(found)
    bases = [os.environ[name] for name in ("ProgramFiles(x86)", "ProgramFiles") if name in os.environ]
    files = [Path(base, folder, "ISCC.exe") for base in bases for folder in COMPILERS]
    return next((file for file in files if file.is_file()), None)


def sign(files: list[Path], variables: Mapping[str, str]) -> None:
    """Sign files where the environment says with what. Raises SetupError."""
    command = signing(variables)
    if command and files:
        environment.run([*command, *map(str, files)])


def signing(variables: Mapping[str, str]) -> list[str]:
    """Return the command that signs the files after it, empty where nothing is to be signed."""
    thumbprint = variables.get("INGLENOOK_SIGN_THUMBPRINT", "")
    if not thumbprint:
        return []
    timestamps = variables.get("INGLENOOK_SIGN_TIMESTAMP") or TIMESTAMPS
    return ["signtool", "sign", "/sha1", thumbprint, "/fd", "SHA256", "/tr", timestamps, "/td", "SHA256"]


def numbers(version: str) -> tuple[int, int, int, int]:
    """Return a version as the four numbers that Windows knows; what follows them in words is left out."""
    found = [int(part) for part in version.partition("-")[0].partition("+")[0].split(".")[:4]]
    first, second, third, fourth = (*found, 0, 0, 0, 0)[:4]
    return first, second, third, fourth


def version_resource(version: str) -> str:
    """Return what the program's properties show, in the form that PyInstaller reads."""
    strings = {
        "CompanyName": "The Inglenook authors",
        "FileDescription": "Inglenook",
        "FileVersion": version,
        "InternalName": "Inglenook",
        "LegalCopyright": COPYRIGHT,
        "OriginalFilename": "Inglenook.exe",
        "ProductName": "Inglenook",
        "ProductVersion": version,
    }
    structs = ", ".join(f"StringStruct({name!r}, {value!r})" for name, value in strings.items())
    fixed = f"filevers={numbers(version)}, prodvers={numbers(version)}, mask=0x3F, flags=0x0, OS=0x40004"
    return (
        f"VSVersionInfo(ffi=FixedFileInfo({fixed}, fileType=0x1, subtype=0x0, date=(0, 0)), kids=[\n"
        f"  StringFileInfo([StringTable('040904B0', [{structs}])]),\n"
        "  VarFileInfo([VarStruct('Translation', [1033, 1200])])])\n"
    )
