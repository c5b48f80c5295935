"""Makes an AppImage of what is laid out for Linux: one file that is a small program and, behind it, a compressed folder.

The program in front is the AppImage project's own (its "runtime"), which INGLENOOK_APPIMAGE_RUNTIME names
a file of; it is used only where it is the very one that was chosen here. Without it no AppImage is made.
"""

import hashlib
import os
import shutil
from pathlib import Path

import environment

RUNTIME_RELEASE = "20251108"
RUNTIME_DIGESTS = {
    "x86_64": "2fca8b443c92510f1483a883f60061ad09b46b978b2631c807cd873a47ec260d",
    "aarch64": "00cbdfcf917cc6c0ff6d3347d59e0ca1f7f45a6df1a428a0d6d8a78664d87444",
}
"""SHA-256 of the runtime of that release, by the processor as Linux calls it."""
BLOCK = 1024 * 1024
TIGHT_LEVEL, LOOSE_LEVEL = 19, 3
"""Of Zstandard, the one compression that every runtime of today reads fast."""


def make(tree: Path, work: Path, target: Path, name: str, date: int, level: int) -> list[Path]:
    """Lay out the folder that is packed, and pack it where a runtime is here; returns the file, or nothing.

    `level` is how tight to pack, 0 for loosely. Raises SetupError where the runtime is another one.
    """
    folder = lay_out(tree, work / f"{name}.AppDir")
    runtime = os.environ.get("INGLENOOK_APPIMAGE_RUNTIME", "")
    if not runtime:
        print("   no AppImage: INGLENOOK_APPIMAGE_RUNTIME names no runtime", flush=True)
        return []
    machine = machine_of(Path(runtime))
    packed = squash(folder, work / f"{name}.squashfs", date, TIGHT_LEVEL if level else LOOSE_LEVEL)
    return [join(Path(runtime), packed, target / f"{name}-{machine}.AppImage")]


def lay_out(tree: Path, folder: Path) -> Path:
    """Put the folder together from what is laid out for Linux: links to the program, the entry and the icon in front."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(tree / "usr", folder / "usr", symlinks=True)
    (folder / "AppRun").symlink_to("usr/bin/inglenook")
    (folder / "inglenook.desktop").symlink_to("usr/share/applications/inglenook.desktop")
    (folder / "inglenook.svg").symlink_to("usr/share/icons/hicolor/scalable/apps/inglenook.svg")
    (folder / ".DirIcon").symlink_to("usr/share/icons/hicolor/256x256/apps/inglenook.png")
    return folder


def machine_of(runtime: Path) -> str:
    """Return for which processor a runtime is. Raises SetupError where it is not one of those that were chosen."""
    try:
        digest = hashlib.sha256(runtime.read_bytes()).hexdigest()
    except OSError as error:
        raise environment.SetupError(f"The runtime of the AppImage cannot be read: {error}") from error
    found = next((machine for machine, known in RUNTIME_DIGESTS.items() if known == digest), None)
    if found is None:
        raise environment.SetupError(f"{runtime} is not the AppImage runtime of release {RUNTIME_RELEASE}: {digest}")
    return found


def squash(folder: Path, target: Path, date: int, level: int) -> Path:
    """Pack a folder; the same files give the same pack. Raises SetupError where mksquashfs is not here."""
    program = shutil.which("mksquashfs") or shutil.which("mksquashfs", path="/usr/sbin:/sbin")
    if program is None:
        raise environment.SetupError("mksquashfs is missing: install the package squashfs-tools, then try again.")
    target.unlink(missing_ok=True)
    command = [program, str(folder), str(target), "-noappend", "-quiet", "-no-progress", "-root-owned", "-no-xattrs"]
    command += ["-comp", "zstd", "-Xcompression-level", str(level), "-b", str(BLOCK), "-processors", "2"]
    command += ["-mkfs-time", str(date), "-all-time", str(date)]
    variables = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}  # both it refuses
    environment.run(command, environ=variables)
    return target


def join(runtime: Path, packed: Path, target: Path) -> Path:
    """Put the runtime in front of a packed folder."""
    with target.open("wb") as joined:
        for part in (runtime, packed):
            with part.open("rb") as source:
                shutil.copyfileobj(source, joined, BLOCK)
    target.chmod(0o755)
    return target
