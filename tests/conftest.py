"""Fixtures for every test: no window system, no stray Qt message, no leaked thread, process or widget."""

import errno
import gc
import importlib.util
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

# A screen as large as most are: Qt's own is smaller than the window.
os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={Path(__file__).with_name('screen.json')}")
os.environ["LANGUAGE"] = "en"  # whatever the language of whoever runs them: they read English words
os.environ.pop("INGLENOOK_HOME", None)
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.pop("HF_TOKEN", None)
os.environ["INGLENOOK_TEST_PROCESS"] = str(os.getpid())  # for children that ask what is open in the tests
# A test that enters a token must not leave it in the keyring of whoever runs the tests, nor use theirs.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

import hypothesis
import psutil
import pytest

from desktop_app.support.paths import Paths
from tests.preloaded_run import WHOLE_STARTER

ANY_SPEED = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
"""Examples are looked at for what fails, not for what is slow: it would be the time that other programs take."""
hypothesis.settings.register_profile("tests", ANY_SPEED, derandomize=True, max_examples=40)
"""The same examples each time: a change is judged by what it did; `make soak` looks for new ones, and many."""
hypothesis.settings.register_profile("soak", ANY_SPEED, max_examples=500)
hypothesis.settings.load_profile("soak" if os.environ.get("INGLENOOK_SOAK") else "tests")

GRACE_SECONDS = 30.0
"""How long threads and processes that were told to end may take."""


def _descendants() -> Iterator[psutil.Process]:
    """Yield the processes below this one: Linux lists them, and all others would have to be asked for their parent."""
    if not Path("/proc/self/task", str(threading.get_native_id()), "children").exists():
        yield from psutil.Process().children(recursive=True)
        return
    parents = [os.getpid()]
    while parents:
        found = _children_of(parents.pop())
        parents += found
        for child in found:
            with suppress(psutil.NoSuchProcess):
                yield psutil.Process(child)


def _children_of(process: int) -> list[int]:
    """Return the ids of the processes that any thread of `process` started; none where it has ended."""
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{process}/task"):  # noqa: PTH208  # twice for each of thousands of tests
            with suppress(OSError), open(f"/proc/{process}/task/{thread}/children", "rb") as file:  # noqa: PTH123
                found += map(int, file.read().split())
    return found


def _has_children() -> bool:
    """Whether there is any process to look for: where there is none, one call is what Linux takes to say so."""
    if sys.platform != "linux":
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # and it takes away the end of none
    except ChildProcessError:
        return False
    return True


def _children() -> set[int]:
    """Return the ids of this process's children, without multiprocessing's own resource tracker."""
    found: set[int] = set()
    if not _has_children():
        return found
    for child in _descendants():
        try:
            if child.status() == psutil.STATUS_ZOMBIE or "resource_tracker" in " ".join(child.cmdline()):
                continue
        except psutil.NoSuchProcess:
            continue
        found.add(child.pid)
    return found


def _threads() -> set[str]:
    return {f"{thread.name} ({thread.ident})" for thread in threading.enumerate() if thread.is_alive()}


def _left_over(before: set, now: Callable[[], set]) -> set:
    """Return what is new and stays new for the grace period."""
    deadline = time.monotonic() + GRACE_SECONDS
    left = now() - before
    while left and time.monotonic() < deadline:
        threading.Event().wait(0.02)
        left = now() - before
    return left


gc.disable()  # as in the window: widgets that are garbage may be destroyed in no other thread than this one


def pytest_runtest_setup() -> None:
    """Leave out of the test's garbage collections what was there before it: 33 ms less for each of thousands."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)  # when the test's own garbage is gone: to look at all takes a third of a second
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Let the next collection look at all of it again where the next test is of another part.

    Not after the last one: pytest collects five times over at the end.
    """
    if nextitem is not None and _part(nextitem) != _part(item):
        gc.unfreeze()


def _part(item: pytest.Item) -> str:
    """Return the name of the folder in tests/ that a test is in, maybe some folders down."""
    return item.path.relative_to(Path(__file__).parent).parts[0]


@pytest.fixture(scope="session", autouse=True)
def _catalogues() -> None:
    """Compile the translations that were changed since, as the set-up does."""
    if importlib.util.find_spec("babel") is not None:  # which a machine that only runs the tests of a GPU lacks
        script = Path(__file__).resolve().parents[1] / "packaging/messages.py"
        subprocess.run([sys.executable, str(script), "compile"], check=True)


@pytest.fixture(scope="session", autouse=True)
def _lateness() -> Iterator[None]:
    """Let what threads tell each other come late where a run looks for races."""
    if "INGLENOOK_LATE" not in os.environ:
        yield
        return
    from tests.late import let_come_late

    with pytest.MonkeyPatch.context() as patch:
        let_come_late(int(os.environ["INGLENOOK_LATE"]), patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def _windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Treat files as Windows does, in the children too, where a run looks for what fails there."""
    if "INGLENOOK_AS_WINDOWS" not in os.environ:
        yield
        return
    from tests.as_windows import SCANNED_SHARE, behave_as_windows, behave_in_app, write_site

    folder = tmp_path_factory.mktemp("site")
    write_site(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
        behave_as_windows(patch.setattr, scanned=SCANNED_SHARE, seed=int(os.environ["INGLENOOK_AS_WINDOWS"]))
        behave_in_app(patch.setattr)
        yield


@pytest.fixture(autouse=True)
def nothing_leaks() -> Iterator[None]:
    """Fail a test that leaves a thread or a process behind."""
    threads, children = _threads(), _children()
    yield
    gc.collect()
    assert not (left := _left_over(threads, _threads)), f"leaked threads: {left}"
    assert not (left := _left_over(children, _children)), f"leaked processes: {left}"
    for process in multiprocessing.active_children():
        process.join(0)


@pytest.fixture(autouse=True)
def failed_callbacks() -> Iterator[list[str]]:
    """Fail a test in which a callback of a future failed: Python logs that alone, and whoever waits may wait for ever.

    A test that is about that clears the list.
    """
    failed: list[str] = []

    class Notes(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            failed.append(logging.Formatter().format(record))

    notes, log = Notes(), logging.getLogger("concurrent.futures")
    log.addHandler(notes)
    yield failed
    log.removeHandler(notes)
    assert not failed, "\n".join(failed)


@pytest.fixture(autouse=True)
def no_stray_widgets(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a window open."""
    yield
    if "qapp" not in request.fixturenames and "qtbot" not in request.fixturenames:
        return
    from PySide6.QtWidgets import QApplication

    left = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    names = [f"{type(widget).__name__} {widget.objectName()}" for widget in left]
    for widget in left:
        widget.close()
    assert not names, f"windows left open: {names}"


@pytest.fixture(autouse=True)
def quiet_qt(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test during which Qt complains."""
    if "qapp" not in request.fixturenames and "qtbot" not in request.fixturenames:
        yield
        return
    from PySide6.QtCore import QtMsgType, qInstallMessageHandler

    complaints: list[str] = []

    def note(kind: QtMsgType, _context: object, message: str) -> None:
        if "This plugin does not support" in message:  # the platform of the tests has no least sizes, and no stack
            return
        if kind is not QtMsgType.QtDebugMsg and kind is not QtMsgType.QtInfoMsg:
            complaints.append(message)

    previous = qInstallMessageHandler(note)
    yield
    qInstallMessageHandler(previous)
    assert not complaints, f"Qt complained: {complaints}"


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> object:
    """pytest-qt's own, but for how it waits, and for how long."""
    from tests.patient_bot import PatientBot

    return PatientBot(request)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Return the app's folders below a temporary one; none exists yet."""
    return Paths.below(tmp_path / "home")


@pytest.fixture(scope="session")
def starter_model() -> str:
    """Return the path of the real starter model."""
    from desktop_app.services.models.library import find_starter

    file = find_starter()
    assert file is not None, "the starter model's package is not installed"
    return str(file)


@pytest.fixture(scope="session")
def short_starter(starter_model: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of the starter model with few of its layers, for tests that copy, fetch or move a model."""
    from tests.short_starter import write_short

    return str(write_short(Path(starter_model), tmp_path_factory.mktemp("short") / "Short-Q4_1.gguf"))


@pytest.fixture
def whole_starter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `tests.forks` answer with all layers of the starter: for tests that look at what it says, or at the layers."""
    monkeypatch.setenv(WHOLE_STARTER, "1")


@pytest.fixture
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have keys of locked chats made in no time, in this process alone: for tests of what goes on around the lock."""
    monkeypatch.setattr("desktop_app.domain.locking.ROUNDS", 1000)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let children take Ctrl-C in a run that was started in the background too, where shells have it ignored."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


@pytest.fixture
def other_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every rename from one folder to another fail as it does between two disks."""
    rename = Path.rename

    def refuse(source: Path, target: Path) -> Path:
        if source.parent != target.parent:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(source))
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", refuse)
