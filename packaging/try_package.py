"""Tries a .deb in a clean Debian root as a person would: install, first start, chat, second start, upgrade, uninstall.

Needs root, Xvfb, xdotool and debootstrap's result: ROOT DEB FOLDER [UPGRADE]. ROOT is copied first and
stays clean; its packages are fetched before, and from the installation on there is no network. Pictures
of the screen and what was seen go to FOLDER.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

DISPLAY = ":87"
SCREEN = "1440x900x24"
PERSON = "李明"
HOME = f"/home/{PERSON}"
DATABASE = f"{HOME}/.local/share/inglenook/inglenook.db"
WINDOW_SECONDS, ANSWER_SECONDS = 60.0, 120.0
QUESTION = "Name three trees."
APT = ("apt-get", "install", "--yes", "--no-install-recommends", "--allow-downgrades")


class TryFailed(Exception):  # noqa: N818 - reads as what happened
    """A step did not go as it has to; the message says which."""


class CleanRoot:
    """A copy of a Debian root, in which commands run without any network."""

    def __init__(self, pristine: Path, folder: Path) -> None:
        self.path = folder / "root"
        environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": HOME, "DISPLAY": DISPLAY, "LANG": "C.UTF-8"}
        self._environ = {**environ, "DEBIAN_FRONTEND": "noninteractive"}
        shutil.rmtree(self.path, ignore_errors=True)
        subprocess.run(["cp", "-a", str(pristine), str(self.path)], check=True)

    def command(self, *words: str, person: bool = False, network: bool = False, mounts: str = "") -> list[str]:
        """Return what runs `words` in the root, as the person or as root; `mounts` are commands of a shell in the root's folder."""
        who = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "--"] if person else []
        usual = (
            f"mount -t proc proc {self.path}/proc; mkdir -p {self.path}/tmp/.X11-unix {self.path}/dev/shm;"
            f"mount --bind /tmp/.X11-unix {self.path}/tmp/.X11-unix; mount --bind /dev {self.path}/dev;"
            f'cd {self.path}; {mounts or ":"}; exec chroot . "$@"'
        )
        return ["unshare", "--mount", *([] if network else ["--net"]), "sh", "-ec", usual, "sh", *who, *words]

    def run(self, *words: str, person: bool = False, network: bool = False) -> str:
        """Run a command to its end; returns what it printed. Raises TryFailed."""
        command = self.command(*words, person=person, network=network)
        done = subprocess.run(command, env=self._environ, capture_output=True, text=True)
        if done.returncode != 0:
            raise TryFailed(
                f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
            )
        return done.stdout

    def start(self, *words: str, mounts: str = "", **variables: str) -> "subprocess.Popen[str]":
        """Start a command of the person's; a variable that is empty is not set."""
        environ = {name: value for name, value in (self._environ | variables).items() if value}
        command = self.command(*words, person=True, mounts=mounts)
        return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @contextlib.contextmanager
    def window(self, program: str = "inglenook") -> Iterator[float]:
        """Start the app and wait for its window; gives the seconds until then, and ends the app with Ctrl+Q."""
        started = time.monotonic()
        with subprocess.Popen(self.command(program, person=True), env=self._environ) as app:
            window = wait_for(
                lambda: keys("search", "--onlyvisible", "--name", "Inglenook"), WINDOW_SECONDS, "a window"
            )
            seconds = time.monotonic() - started
            keys("windowfocus", window.split()[-1])
            try:
                yield seconds
            except BaseException:
                app.kill()  # else its end would be waited for
                raise
            keys("key", "ctrl+q")
            try:
                code = app.wait(20)
            except subprocess.TimeoutExpired:
                app.kill()
                raise TryFailed("the app did not end after Ctrl+Q") from None
        if code != 0:
            raise TryFailed(f"the app ended with code {code}")


def keys(*words: str) -> str:
    """Let xdotool do something on the screen; returns what it printed, empty where it found nothing."""
    environ = {**os.environ, "DISPLAY": DISPLAY}
    return subprocess.run(["xdotool", *words], env=environ, capture_output=True, text=True).stdout.strip()


def wait_for(look: "object", seconds: float, what: str) -> str:
    """Ask until there is an answer; raises TryFailed after `seconds`."""
    assert callable(look)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return str(found)
        time.sleep(0.05)
    raise TryFailed(f"no {what} after {seconds:.0f} s")


@contextlib.contextmanager
def screen() -> Iterator[None]:
    """Give a screen that nobody sees; it would begin anew whenever its last window goes, and refuse who comes then."""
    with subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", SCREEN, "-ac", "-nolisten", "tcp", "-noreset"]) as server:
        wait_for(lambda: keys("getdisplaygeometry"), 10.0, "screen")
        try:
            yield
        finally:
            server.terminate()


def picture(python: str, file: Path) -> None:
    """Save what the screen shows."""
    script = (
        "import sys; from PySide6.QtWidgets import QApplication; app = QApplication(sys.argv[:1]);"
        "sys.exit(not app.primaryScreen().grabWindow(0).save(sys.argv[1]))"
    )
    environ = {**os.environ, "DISPLAY": DISPLAY, "QT_QPA_PLATFORM": "xcb"}
    subprocess.run([python, "-c", script, str(file)], env=environ, check=True)


def answers(root: CleanRoot) -> int:
    """Return how many answers are whole in the person's database, read while the app may be writing."""
    script = (
        "import sys; from sqlcipher3 import dbapi2; c = dbapi2.connect(sys.argv[1]);"
        "print(c.execute(\"SELECT count(*) FROM messages WHERE role = 'assistant' AND status = 'complete'\").fetchone()[0])"
    )
    database = str(root.path) + DATABASE
    done = subprocess.run([sys.executable, "-c", script, database], capture_output=True, text=True)
    return int(done.stdout or 0)


def install(root: CleanRoot, package: Path) -> None:
    """Fetch what a package needs, then install it without a network."""
    fetch(root, package)
    root.run(*APT, f"/opt/{package.name}")


def fetch(root: CleanRoot, package: Path) -> None:
    """Put a package into the root, and fetch what it needs."""
    shutil.copyfile(package, root.path / "opt" / package.name)
    shutil.copyfile("/etc/resolv.conf", root.path / "etc/resolv.conf")
    root.run("apt-get", "update", network=True)
    root.run(*APT, "--download-only", f"/opt/{package.name}", network=True)


def try_package(pristine: Path, package: Path, folder: Path, upgrade: Path) -> None:
    """Do all of it; raises TryFailed at the first step that goes wrong."""
    root = CleanRoot(pristine, folder)
    for tool in ("python3", "gcc"):
        if (root.path / "usr/bin" / tool).exists():
            raise TryFailed(f"the root has {tool}: it is not clean")
    install(root, package)
    say("installed, without a network")
    root.run("useradd", "--create-home", "--uid", "1000", "--badname", PERSON)
    say(root.run("inglenook", "doctor", "--self-check", person=True))
    with screen():
        chat(root, folder)
        if upgrade != package:
            install(root, upgrade)
            say(f"upgraded to {upgrade.name}")
            say(root.run("inglenook", "doctor", "--self-check", person=True))
        with root.window() as seconds:
            say(f"started again: a window after {seconds:.2f} s")
            ask(root, answers(root) + 1)
            picture(sys.executable, folder / "4-again.png")
    name = root.run("dpkg-deb", "--field", f"/opt/{upgrade.name}", "Package").strip()
    root.run("apt-get", "purge", "--yes", name)
    left = [file for file in ("usr/lib/inglenook", "usr/bin/inglenook") if os.path.lexists(root.path / file)]
    if left or answers(root) == 0:
        raise TryFailed(f"after the removal: {left or 'the chats are gone'}")
    say("removed; the chats are still there")


def chat(root: CleanRoot, folder: Path) -> None:
    """Start for the first time, choose the starter, ask, and wait until the answer is stored."""
    with root.window() as seconds:
        say(f"first start: a window after {seconds:.2f} s")
        time.sleep(4)
        picture(sys.executable, folder / "1-first.png")
        keys("key", "space")  # the button with the focus: chat with the starter
        time.sleep(6)
        picture(sys.executable, folder / "2-ready.png")
        ask(root, 1)
        picture(sys.executable, folder / "3-answer.png")


def ask(root: CleanRoot, wanted: int) -> None:
    """Type the question, and wait until so many answers are stored."""
    keys("type", "--delay", "20", QUESTION)
    asked = time.monotonic()
    keys("key", "Return")
    wait_for(lambda: answers(root) >= wanted, ANSWER_SECONDS, "answer")
    say(f"an answer after {time.monotonic() - asked:.2f} s")
    time.sleep(1)


def say(words: str) -> None:
    """Print at once."""
    print(words, flush=True)


def main() -> int:
    """Try it; returns 1 where it does not go well."""
    pristine, package, folder = (Path(word).resolve() for word in sys.argv[1:4])
    upgrade = Path(sys.argv[4]).resolve() if len(sys.argv) > 4 else package
    folder.mkdir(parents=True, exist_ok=True)
    try:
        try_package(pristine, package, folder, upgrade)
    except TryFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
