"""What the owner gets by importing the worker's module, and how threads are chosen."""

import multiprocessing
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from desktop_app.engine import worker
from desktop_app.engine.cpu import SPINS_BUSY, SPINS_IDLE, Watch, physical_cores, set_thread_environment
from desktop_app.engine.patience import USUAL_PATIENCE
from desktop_app.protocol import engine as protocol
from desktop_app.protocol.wire import Wire


def test_importing_it_imports_nothing_heavy() -> None:
    code = "import sys, desktop_app.engine.worker; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"jinja2", "llama_cpp", "numpy", "sqlalchemy", "PySide6", "psutil"} & set(loaded)


def test_the_binding_comes_without_its_high_level_class_which_can_be_imported_later() -> None:
    pytest.importorskip("llama_cpp")
    code = """
import sys
import desktop_app.engine.llama
print(" ".join(sys.modules))
from llama_cpp.llama import Llama
print(Llama.__module__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded, module = done.stdout.splitlines()
    assert not {"jinja2", "llama_cpp.llama", "llama_cpp.llama_chat_format"} & set(loaded.split())
    assert module == "llama_cpp.llama"


def test_threads_spin_briefly_unless_the_person_chose() -> None:
    environment: dict[str, str] = {}
    set_thread_environment(environment)
    assert environment["GOMP_SPINCOUNT"] in (SPINS_IDLE, SPINS_BUSY)
    for chosen in ({"GOMP_SPINCOUNT": "5"}, {"OMP_WAIT_POLICY": "passive"}):
        environment = dict(chosen)
        set_thread_environment(environment)
        assert environment == chosen


USE = """
import sys, time
for _line in sys.stdin:
    end = time.process_time() + 0.12
    while time.process_time() < end:
        pass
    print("used", flush=True)
"""
TELL = """
import sys, time
from desktop_app.engine import cpu
cpu.JUST_STARTED_SECONDS = float(sys.argv[1])
seconds = cpu.seconds_of_start()
for _line in sys.stdin:
    print(seconds() - time.process_time(), flush=True)
"""


class Child:
    """A process that answers each line with one."""

    def __init__(self, code: str, *arguments: str) -> None:
        command = [sys.executable, "-c", code, *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print("go", file=self._process.stdin, flush=True)
        return self._process.stdout.readline()

    def end(self) -> None:
        self._process.communicate()


@pytest.mark.parametrize(("just_started", "is_told"), [("3600", True), ("0", False)])
def test_what_starts_with_the_app_is_told_with_what_a_worker_does(just_started: str, is_told: bool) -> None:
    other = Child(USE)
    other.ask()
    worker_like = Child(TELL, just_started)
    before = float(worker_like.ask())
    other.ask()
    of_other = float(worker_like.ask()) - before
    assert (of_other > 0.08) is is_told
    end = time.process_time() + 0.12
    while time.process_time() < end:
        pass
    assert float(worker_like.ask()) - before - of_other > 0.08, "of the owner"
    other.end()
    worker_like.end()


@pytest.mark.parametrize(("of_the_app", "chosen"), [(1.0, SPINS_IDLE), (0.0, SPINS_BUSY)])
def test_a_computer_is_not_busy_because_the_app_starts(
    monkeypatch: pytest.MonkeyPatch, of_the_app: float, chosen: str
) -> None:
    counted, environment = Counters(), dict[str, str]()
    monkeypatch.setattr("desktop_app.engine.cpu.Watch", partial(Watch, 2, lambda: counted))
    monkeypatch.setattr(
        "desktop_app.engine.cpu.time.sleep", lambda _seconds: counted.pass_time(idle=1.0, others=1.0, own=0.0)
    )
    told = iter((0.0, of_the_app))
    set_thread_environment(environment, lambda: lambda: next(told))
    assert environment["GOMP_SPINCOUNT"] == chosen


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's description of the processor")
def test_hardware_threads_of_one_core_count_once(tmp_path: Path) -> None:
    allowed = sorted(os.sched_getaffinity(0))
    assert 1 <= physical_cores() <= len(allowed)
    assert physical_cores(tmp_path) == len(allowed)
    for cpu in allowed:
        folder = tmp_path / f"cpu{cpu}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text("0-63\n")
    assert physical_cores(tmp_path) == 1


class Counters:
    """What the system has counted, made up: (idle, other programs, this process) in core-seconds."""

    def __init__(self) -> None:
        self.idle = self.others = self.own = 0.0
        self.iowait, self.system = 0.0, 0.0

    @property
    def user(self) -> float:
        return self.others + self.own

    def pass_time(self, idle: float, others: float, own: float) -> None:
        self.idle += idle / 2
        self.iowait += idle / 2  # a core that waits for the disk is idle, too
        self.others += others
        self.own += own


def test_the_load_is_told_in_cores_since_the_last_look() -> None:
    counted = Counters()
    watch = Watch(4, lambda: counted, lambda: counted.own)
    counted.pass_time(idle=1.0, others=1.0, own=2.0)
    assert watch.load() == pytest.approx((1.0, 1.0))
    counted.pass_time(idle=0.0, others=6.0, own=2.0)
    assert watch.load() == pytest.approx((0.0, 3.0))
    assert watch.load() == (0.0, 0.0), "no time has passed"


def test_the_real_computer_is_watched() -> None:
    watch = Watch()
    deadline = time.monotonic() + 0.2
    while time.monotonic() < deadline:
        pass
    load = watch.load()
    assert load.idle + load.others <= os.cpu_count()
    assert load.idle >= 0.0


def test_a_program_without_streams_still_says_why_the_engine_aborts() -> None:
    """As a window of Windows starts its workers: there is nothing to write to at the number of standard error."""
    code = """
import os
from desktop_app.engine.patience import USUAL_PATIENCE
from desktop_app.engine.worker import Worker

class Wire:
    def send(self, message):
        print(message.reason, flush=True)

worker = Worker(Wire(), None, USUAL_PATIENCE)
os.close(2)
worker._tell_abort("no such tensor")
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines() == ["no such tensor"]


def test_a_worker_that_can_read_no_commands_any_more_ends(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Stumbles:
        def take(self, _command: object) -> None:
            raise KeyError("nobody thought of this")

    left: list[int] = []
    monkeypatch.setattr(worker, "_leave", lambda code=0: left.append(code))
    ours, theirs = multiprocessing.Pipe()
    reading = worker.Worker(Wire(theirs, protocol.Command), None, USUAL_PATIENCE)
    reading._intake = Stumbles()
    Wire(ours, protocol.Event).send(protocol.CountTokens("a", "text"))
    reading._read()
    reading._outbox.close()
    assert left == [1]
    assert "nobody thought of this" in capfd.readouterr().err
