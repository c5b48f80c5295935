"""Has Linux treat files as Windows does, in every process of the tests: for runs that look for what fails there alone.

With `INGLENOOK_AS_WINDOWS=SEED` in the environment every test runs so. What any process of the run has open or mapped is
neither renamed nor removed, nor is a folder with such a file; no file takes another one's name by `rename`, none that is
read-only goes, no name has signs that Windows forbids, a folder is opened by nobody, the app makes no symbolic link,
data and settings have one folder, and the clock goes on 64 times a second. A scanner of viruses has some of the files
open for a moment, by the seed, when they are to be renamed or removed: what does not try again fails then. What tests do
themselves with links they do as on a Windows whose person may make them. A test fails so, too, that is about what
Windows does otherwise by intent: that a model moves while it answers, say.
"""

import contextlib
import errno
import glob
import os
import random
import shutil
import stat
import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath
from typing import Any

from desktop_app.support import files
from desktop_app.support.files import is_link
from desktop_app.support.pipe import Pipe
from tests.windows_files import ACCESS_DENIED, SHARING_VIOLATION, SharingViolationError

ASKED = "INGLENOOK_AS_WINDOWS"
ROOT_PROCESS = "INGLENOOK_TEST_PROCESS"
"""Names the process that runs the tests: only it and those after it are asked what they have open."""
ALREADY_EXISTS, BAD_NAME, NO_PRIVILEGE = 183, 123, 1314
SCANNED_SHARE = 0.3
"""How many of the files a scanner has open when they are to be renamed or removed."""
SECOND_FRACTION = 1 / 64
FORBIDDEN = frozenset('<>:"|?*\\') | frozenset(map(chr, range(32)))
JUNCTION = 0xA0000003
FOLDER = Path(__file__).resolve().parent

Replace = Callable[[Any, str, Any], object]


class NameTakenError(FileExistsError):
    winerror = ALREADY_EXISTS


class BadNameError(OSError):
    winerror = BAD_NAME


def behave_as_windows(replace: Replace, *, scanned: float = 0.0, seed: int = 0) -> None:
    """Refuse from now on what Windows would, in this process; `replace` may be that of pytest's monkeypatch.

    Of the files that the app renames or removes the share `scanned` is open elsewhere for a moment, by the seed.
    """
    scanner = _Scanner(scanned, seed)
    for name in ("rename", "replace"):
        replace(os, name, _moving(getattr(os, name), scanner, over=name == "replace"))
    for name in ("unlink", "remove"):
        replace(os, name, _removing(getattr(os, name), scanner))
    replace(os, "rmdir", _removing_folder(os.rmdir))
    replace(os, "mkdir", _naming(os.mkdir))
    replace(os, "link", _naming(os.link))
    replace(os, "symlink", _linking(os.symlink))
    replace(os, "open", _opening(os.open))
    replace(shutil, "_use_fd_functions", False)
    for name in ("time", "monotonic"):
        replace(time, name, _coarse(getattr(time, name)))
        replace(time, f"{name}_ns", _coarse_ns(getattr(time, f"{name}_ns")))


def behave_in_app(replace: Replace) -> None:
    """Have what asks for the system's folders, and what moves models, believe that it is Windows."""
    from desktop_app.services.models.moving import Moving
    from desktop_app.support.paths import Paths

    replace(Paths, "below", lambda home: Paths(data=home / "data", config=home / "data", logs=home / "data" / "Logs"))
    replace(Moving.__init__, "__kwdefaults__", {**Moving.__init__.__kwdefaults__, "open_files_stay": True})


def run_hub(connection: Pipe) -> None:
    """Be the hub process as on Windows, but without its patience."""
    from desktop_app.sources import process as hub_process

    behave_as_windows(setattr)
    files.PAUSES = ()
    hub_process.run(connection)


def write_site(folder: Path) -> None:
    """Write the module into `folder` by which each Python that finds it there behaves so from its start."""
    lines = (
        "import os, sys",
        f"sys.path.insert(0, {str(FOLDER.parent)!r})",
        "from tests.as_windows import ASKED, SCANNED_SHARE, behave_as_windows",
        "behave_as_windows(setattr, scanned=SCANNED_SHARE, seed=int(os.environ[ASKED]))",
        "del sys.path[0]",
    )
    (folder / "sitecustomize.py").write_text("\n".join(lines), encoding="utf-8")


def make_junction(link: Path, target: Path, replace: Replace) -> None:
    """Have a folder lead to another one as Windows' junctions do, which pass for folders where nobody looks closely."""
    link.symlink_to(target)
    stat_of, lstat = os.stat, os.lstat

    def seen(path: Any, found: os.stat_result) -> Any:
        is_resolved = sys._getframe(2).f_code.co_name == "_joinrealpath"  # which Windows leaves to itself
        if is_resolved or not isinstance(path, str | os.PathLike) or os.fspath(path) != str(link):
            return found
        there = stat_of(link)
        names = [name for name in dir(there) if name.startswith("st_")]
        return types.SimpleNamespace(**{name: getattr(there, name) for name in names}, st_reparse_tag=JUNCTION)

    def stat_as_there(path: Any, **options: Any) -> Any:
        found = stat_of(path, **options)
        return found if options.get("follow_symlinks", True) else seen(path, found)

    replace(os, "lstat", lambda path, **options: seen(path, lstat(path, **options)))
    replace(os, "stat", stat_as_there)


class _Scanner:
    """Has some files open for a moment: whoever tries again finds them free."""

    def __init__(self, share: float, seed: int) -> None:
        self._share = share
        self._random = random.Random(seed)
        self._let_go: set[tuple[int, int]] = set()

    def look(self, path: object) -> None:
        if _is_by_tests():
            return
        try:
            status = os.stat(path)  # noqa: PTH116
        except OSError:
            return
        key = (status.st_ino, status.st_mtime_ns)
        if key in self._let_go:
            self._let_go.discard(key)
        elif self._random.random() < self._share:
            self._let_go.add(key)
            raise SharingViolationError(path, SHARING_VIOLATION)


def _moving(action: Callable[..., None], scanner: _Scanner, *, over: bool) -> Callable[..., None]:
    def move(source: Any, target: Any, **options: Any) -> None:
        if options:
            action(source, target, **options)
            return
        if not _is_by_tests():
            check_name(target)
        if os.path.lexists(target) and not _same(source, target):
            if not over:
                raise NameTakenError(errno.EEXIST, "as Windows says with 183", os.fspath(source))
            if os.path.isdir(target) or is_open(target) or not _is_writable(target):  # noqa: PTH112
                raise SharingViolationError(target, ACCESS_DENIED)
        if is_open(source):
            raise SharingViolationError(source, ACCESS_DENIED if os.path.isdir(source) else SHARING_VIOLATION)  # noqa: PTH112
        scanner.look(source)
        action(source, target)

    return move


def _removing(action: Callable[..., None], scanner: _Scanner) -> Callable[..., None]:
    def remove(path: Any, **options: Any) -> None:
        if not options and not is_link(Path(path)):
            if os.path.isdir(path) or not _is_writable(path):  # noqa: PTH112
                raise SharingViolationError(path, ACCESS_DENIED)
            if is_open(path):
                raise SharingViolationError(path, SHARING_VIOLATION)
            scanner.look(path)
        action(path, **options)

    return remove


def _removing_folder(action: Callable[..., None]) -> Callable[..., None]:
    def remove(path: Any, **options: Any) -> None:
        if not options and any(os.path.samestat(os.stat(path), place) for place in _places("cwd")):  # noqa: PTH116
            raise SharingViolationError(path, SHARING_VIOLATION)
        action(path, **options)

    return remove


def _naming(action: Callable[..., None]) -> Callable[..., None]:
    def name(*arguments: Any, **options: Any) -> None:
        paths = [each for each in arguments if isinstance(each, str | os.PathLike)]
        if not _is_by_tests():
            check_name(paths[-1])
        action(*arguments, **options)

    return name


def _linking(action: Callable[..., None]) -> Callable[..., None]:
    def link(source: Any, target: Any, *more: Any, **options: Any) -> None:
        is_copied = sys._getframe(1).f_globals.get("__name__") == "shutil"  # no engine of Windows has any
        if not is_copied and not _is_by_tests():
            raise SharingViolationError(target, NO_PRIVILEGE)
        action(source, target, *more, **options)

    return link


def _opening(action: Callable[..., int]) -> Callable[..., int]:
    def open_it(path: Any, flags: int, *more: Any, **options: Any) -> int:
        is_nameless = (flags & os.O_TMPFILE) == os.O_TMPFILE  # Windows' own temporary files are opened in another way
        if not options and not is_nameless and _is_from("desktop_app"):
            if flags & os.O_CREAT:
                check_name(path)
            if os.path.isdir(path):  # noqa: PTH112
                raise SharingViolationError(path, ACCESS_DENIED)
            if flags & (os.O_WRONLY | os.O_RDWR) and os.path.exists(path) and not _is_writable(path):  # noqa: PTH110
                raise SharingViolationError(path, ACCESS_DENIED)
        return action(path, flags, *more, **options)

    return open_it


def _coarse(clock: Callable[[], float]) -> Callable[[], float]:
    return lambda: clock() // SECOND_FRACTION * SECOND_FRACTION


def _coarse_ns(clock: Callable[[], int]) -> Callable[[], int]:
    tick = round(SECOND_FRACTION * 1e9)
    return lambda: clock() // tick * tick


def check_name(path: Any) -> None:
    """Raise OSError where Windows takes no file of this name."""
    for part in Path(os.fsdecode(path)).parts[1:]:
        is_bad = FORBIDDEN.intersection(part) or part[-1] in ". " or PureWindowsPath(part.rstrip(". ")).is_reserved()
        if is_bad and part not in (".", ".."):
            raise BadNameError(errno.EINVAL, "as Windows says with 123", os.fsdecode(path))


def is_open(path: Any) -> bool:
    """Return whether a process of the tests has a file open or mapped, or one below a folder."""
    if os.path.islink(path) or not os.path.exists(path):  # noqa: PTH114, PTH110
        return False
    if os.path.isdir(path):  # noqa: PTH112
        below = os.path.realpath(path) + os.sep
        return any(name.startswith(below) for name in _names())
    wanted = os.stat(path)  # noqa: PTH116
    if any(os.path.samestat(wanted, place) for place in _places("fd")):
        return True
    return wanted.st_ino in _mapped()


def _same(first: Any, second: Any) -> bool:
    return os.path.samefile(first, second) and os.stat(first).st_nlink == 1  # noqa: PTH116, PTH121


def _is_writable(path: Any) -> bool:
    return os.path.isdir(path) or bool(os.lstat(path).st_mode & stat.S_IWUSR)  # noqa: PTH112


def _processes() -> Iterator[str]:
    left = [os.environ[ROOT_PROCESS]]
    while left:
        process = left.pop()
        yield process
        for children in glob.glob(f"/proc/{process}/task/*/children"):  # noqa: PTH207
            with contextlib.suppress(OSError), open(children, encoding="ascii") as file:  # noqa: PTH123
                left += file.read().split()


def _entries(process: str, kind: str) -> list[str]:
    if kind == "cwd":
        return [f"/proc/{process}/cwd"]
    try:
        return [f"/proc/{process}/fd/{number}" for number in os.listdir(f"/proc/{process}/fd")]  # noqa: PTH208
    except OSError:  # it has gone
        return []


def _places(kind: str) -> Iterator[os.stat_result]:
    for process in _processes():
        for entry in _entries(process, kind):
            try:
                yield os.stat(entry)  # noqa: PTH116
            except OSError:
                continue


def _names() -> Iterator[str]:
    """Yield what is open or mapped, but for folders."""
    for process in _processes():
        for entry in _entries(process, "fd"):
            try:
                name = os.readlink(entry)  # noqa: PTH115
            except OSError:
                continue
            if not os.path.isdir(name):  # noqa: PTH112
                yield name
        yield from (line[5] for line in _maps(process))


def _mapped() -> set[int]:
    return {int(line[4]) for process in _processes() for line in _maps(process)}


def _maps(process: str) -> Iterator[list[str]]:
    try:
        with open(f"/proc/{process}/maps", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            lines = [line.rstrip("\n").split(maxsplit=5) for line in file]
    except OSError:
        return
    yield from (line for line in lines if len(line) == 6 and line[5].startswith("/"))


def _is_by_tests() -> bool:
    """Return whether a test, its tools or the system's own modules do this, and not the app."""
    return not _is_from("desktop_app")


def _is_from(package: str) -> bool:
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.partition(".")[0] == package:
            return True
        if name.startswith("tests.") and name != __name__:
            return False
        frame = frame.f_back
    return False
