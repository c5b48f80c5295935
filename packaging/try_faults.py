"""Tries in a clean Debian root what can go wrong around a package, after try_package.py: ROOT STARTER-DEB ARCHIVE FOLDER.

No display, a library that is missing, a home that cannot be written to, a disk that is full while the package is
installed, an update that is interrupted, a processor of the oldest kind, another language's letters everywhere, and
the archive beside the package. Prints a line for each; the first that does not go as it has to ends it with exit code 1.
"""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from try_package import (
    HOME,
    PERSON,
    CleanRoot,
    TryFailed,
    fetch,
    install,
    keys,
    picture,
    say,
    screen,
    wait_for,
)

ARCHIVE_FOLDER = "opt/another copy 二"
SMALL_DISK = "mkdir -p usr/lib/inglenook; mount -t tmpfs -o size=60m none usr/lib/inglenook"
READ_ONLY = f"mount --bind .{HOME} .{HOME}; mount -o remount,bind,ro .{HOME}"
LIBRARIES = {"libxcb-cursor.so.0": "libxcb-cursor0", "libEGL.so.1": "libegl1", "libffi.so.8": "libffi8"}
"""Libraries that are taken away, one at a time, and what Debian calls their packages."""
SELF_CHECK = ("doctor", "--self-check")


def full_disk(root: CleanRoot, package: Path) -> None:
    """Install on a disk that is too small, then with room: the second time makes good what the first left."""
    fetch(root, package)
    done = subprocess.run(
        root.command("dpkg", "--install", f"/opt/{package.name}", mounts=SMALL_DISK), capture_output=True, text=True
    )
    if done.returncode == 0 or "No space left" not in done.stderr:
        raise TryFailed(f"a full disk: exit code {done.returncode}\n{done.stderr[-2000:]}")
    install(root, package)
    say("a full disk while installing: refused, and installed once there is room")


def interrupted_update(root: CleanRoot, package: Path) -> None:
    """End dpkg while it unpacks the package once more: what was there works, and the next time makes good what it left."""
    unpacked = root.path / "usr/lib/inglenook"
    command = root.command("dpkg", "--install", f"/opt/{package.name}")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as update:
        wait_for(lambda: len(list(unpacked.glob("**/*.dpkg-new"))) > 20, 60.0, "file unpacked")
        update.kill()
    if update.returncode != -signal.SIGKILL or not list(unpacked.glob("**/*.dpkg-new")):
        raise TryFailed("the update came to its end before it was interrupted")
    check(root, "after an interrupted update")
    root.run("dpkg", "--install", f"/opt/{package.name}")
    if list(unpacked.glob("**/*.dpkg-new")):
        raise TryFailed("an interrupted update left files behind")
    check(root, "after the update")
    say("an interrupted update: what was there works, and updating again makes it whole")


def check(root: CleanRoot, when: str, program: str = "inglenook") -> None:
    """Let the app check itself."""
    lines = root.run(program, *SELF_CHECK, person=True).splitlines()
    if failed := [line for line in lines if line.startswith("fails")]:
        raise TryFailed(f"{when}: {failed}")


def no_window(root: CleanRoot) -> None:
    """Start where no window can be shown: one line and exit code 1 each time."""
    for name, variables in {
        "no display": {"DISPLAY": ""},
        "no X server": {"DISPLAY": ":8765"},
        "Wayland without a compositor": {"DISPLAY": "", "QT_QPA_PLATFORM": "wayland"},
        "a Wayland session that is gone": {"DISPLAY": "", "WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": "/run"},
    }.items():
        say(f"{name}: {one_line(root.start('inglenook', **variables))}")


def missing_libraries(root: CleanRoot) -> None:
    """Take libraries away: each is named with its package."""
    for library, package in LIBRARIES.items():
        there = next((root.path / "usr/lib/x86_64-linux-gnu").glob(library))
        away = there.with_name("away")
        there.rename(away)
        try:
            line = one_line(root.start("inglenook"))
        finally:
            away.rename(there)
        if library not in line or package not in line:
            raise TryFailed(f"{library} is missing: {line}")
        say(f"{library} is missing: {line}")


def one_line(app: "subprocess.Popen[str]") -> str:
    """Return the one line that an app says before it ends with exit code 1."""
    try:
        told = app.communicate(timeout=60)[0]
    except subprocess.TimeoutExpired:
        app.kill()
        raise TryFailed("the app did not end") from None
    if app.returncode != 1 or told.count("\n") != 1:
        raise TryFailed(f"exit code {app.returncode}: {told}")
    return told.strip()


def read_only_home(root: CleanRoot, folder: Path) -> None:
    """Start in a home that nothing can be written to: a dialog says so, and the app ends."""
    app = root.start("inglenook", mounts=READ_ONLY)
    wait_for(lambda: keys("search", "--onlyvisible", "--name", "Inglenook"), 60, "dialog")
    time.sleep(1)
    picture(sys.executable, folder / "5-read-only.png")
    keys("key", "Return")
    say(f"a home that cannot be written to: {one_line(app)}")


def oldest_processor(root: CleanRoot) -> None:
    """Leave only the part of the engine that every 64-bit processor can run: the starter still answers."""
    engine = root.path / "usr/lib/inglenook/_internal/llama_cpp/lib"
    away = root.path / "opt/away"
    away.mkdir()
    others = [file for file in engine.glob("libggml-cpu-*.so") if file.name != "libggml-cpu-x64.so"]
    for file in others:
        file.rename(away / file.name)
    try:
        told = root.run("inglenook", *SELF_CHECK, person=True)
        answer = root.run("inglenook", "ask", "Name a colour.", "--max-tokens", "12", person=True)
    finally:
        for file in others:
            (away / file.name).rename(file)
    if "x64" not in told or not answer.strip():
        raise TryFailed(f"with the oldest part of the engine only: {told}{answer}")
    say(f"with the oldest part of the engine only: {answer.strip()}")


def other_letters(root: CleanRoot) -> None:
    """Run in a locale that knows ASCII only, in a home whose name is not ASCII."""
    for locale in ("C", "POSIX", "de_DE.ISO-8859-1"):
        app = root.start(
            "inglenook", "ask", "Say hëllo 你好.", "--max-tokens", "8", "--save", LANG=locale, LC_ALL=locale
        )
        told = app.communicate(timeout=120)[0]
        if app.returncode != 0:
            raise TryFailed(f"in the locale {locale}: {told}")
    say(f"as {PERSON} in a locale of ASCII only: answers")


def beside_the_package(root: CleanRoot, archive: Path, folder: Path) -> None:
    """Unpack the archive beside the package: it works, and of both only one has the chats open at a time."""
    target = root.path / ARCHIVE_FOLDER
    target.mkdir(parents=True)
    subprocess.run(["tar", "-xf", str(archive), "-C", str(target)], check=True)
    program = "/" + next(target.glob("*/bin/inglenook")).relative_to(root.path).as_posix()
    check(root, "the archive", program)
    with root.window(program):
        time.sleep(3)
        second = root.start("inglenook")
        if second.wait(60) != 0:
            raise TryFailed("a second copy did not leave the window to the first")
        picture(sys.executable, folder / "6-beside.png")
    with root.window():
        time.sleep(3)
        picture(sys.executable, folder / "7-after.png")
    say("the archive beside the package: works; a second start brings the first window forward")


def main() -> int:
    """Try all of it; returns 1 where something does not go as it has to."""
    pristine, package, archive, folder = (Path(word).resolve() for word in sys.argv[1:5])
    folder.mkdir(parents=True, exist_ok=True)
    try:
        root = CleanRoot(pristine, folder)
        full_disk(root, package)
        root.run("useradd", "--create-home", "--uid", "1000", "--badname", PERSON)
        interrupted_update(root, package)
        oldest_processor(root)
        other_letters(root)
        no_window(root)
        with screen():
            missing_libraries(root)
            read_only_home(root, folder)
            beside_the_package(root, archive, folder)
    except TryFailed as error:
        print(error, file=sys.stderr)
        return 1
    shutil.rmtree(root.path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
