"""The helper as a real process over a real pipe."""

import multiprocessing
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.process import BaseProcess

import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.helper import process as helper
from desktop_app.protocol import helper as protocol
from desktop_app.protocol.helper import RenderTemplate, TemplateMessage
from desktop_app.protocol.wire import Wire

PATIENCE = 60.0


class Helper:
    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=helper.run, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.wire: Wire[protocol.Event] = Wire(self._ours, protocol.Event)

    def next(self) -> protocol.Event:
        assert self._ours.poll(PATIENCE), "no answer"
        return self.wire.receive()

    def render(self, template: str) -> None:
        messages = (TemplateMessage("user", "Hi"),)
        self.wire.send(RenderTemplate(request_id="r", template=template, messages=messages))

    def is_silent(self, seconds: float) -> bool:
        return not self._ours.poll(seconds)

    def exit_code(self) -> int | None:
        self.process.join(PATIENCE)
        return self.process.exitcode


@pytest.fixture
def running() -> Iterator[Helper]:
    started = Helper()
    assert started.next() == protocol.Ready(protocol.VERSION)
    yield started
    if started.process.is_alive():
        started.process.kill()
    started.process.join()
    started.wire.close()
    started.process.close()


def test_it_renders_and_goes_on_after_a_faulty_template(running: Helper) -> None:
    running.render("{{ messages[0].content }}")
    assert running.next() == protocol.Rendered("r", "Hi")
    running.render("{% for %}")
    failed = running.next()
    assert isinstance(failed, protocol.Failed)
    assert failed.error.code is ErrorCode.TEMPLATE_INVALID
    assert "line 1" in failed.error.detail
    running.render("again")
    assert running.next() == protocol.Rendered("r", "again")


def test_stop_ends_it(running: Helper) -> None:
    running.wire.send(protocol.Stop())
    assert running.exit_code() == 0


def test_the_end_of_the_pipe_ends_it(running: Helper) -> None:
    running.wire.close()
    assert running.exit_code() == 0


def test_a_template_that_hangs_can_be_ended(running: Helper) -> None:
    running.render("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}x")
    assert running.is_silent(0.5)
    running.process.kill()
    assert running.exit_code() == -9


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel has no such limit")
def test_memory_is_limited(running: Helper) -> None:
    running.render("{{ 'x'.ljust(2000000000) | length }}")
    failed = running.next()
    assert isinstance(failed, protocol.Failed)
    assert "MemoryError" in failed.error.detail


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_memory_is_watched_where_the_kernel_takes_no_limit(platform: str) -> None:
    """As macOS does: its kernel refuses a limit below what Python has mapped already. A process that works is ended."""
    code = f"""
import psutil, resource, sys, time
from desktop_app.helper.memory import MemoryLimit
from desktop_app.helper import process as helper
sys.platform = "{platform}"
real = resource.setrlimit
def refuse(what, limits):
    if what == resource.RLIMIT_AS:
        raise ValueError("current limit exceeds maximum limit")
    real(what, limits)
resource.setrlimit = refuse
limit = MemoryLimit(300_000_000)
with limit.work():
    kept = bytearray(1000)
print("small", flush=True)
with limit.work():
    kept = b"x" * 400_000_000
    while True:
        time.sleep(0.01)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ended.stdout.splitlines() == ["small"]
    assert ended.returncode == 1, ended.stderr
    assert not ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_processor_time_is_limited() -> None:
    """The limit is lowered so that the test is quick; the kernel ends the process."""
    code = "from desktop_app.helper import process as p; p.limit_time(1)\nwhile True: pass"
    ended = subprocess.run([sys.executable, "-c", code], timeout=PATIENCE, check=False)
    assert ended.returncode < 0


def test_exports_and_pdfs_may_take_longer_than_templates() -> None:
    export = protocol.ReadExport(request_id="r", path="p", count_only=True)
    pdf = protocol.ReadPdf(request_id="r", path="p", most=1)
    assert helper.cpu_seconds(export) == helper.EXPORT_CPU_SECONDS > helper.CPU_SECONDS
    assert helper.cpu_seconds(pdf) == helper.PDF_CPU_SECONDS
    assert helper.cpu_seconds(RenderTemplate(request_id="r", template="", messages=())) == helper.CPU_SECONDS


def test_importing_it_imports_nothing_heavy() -> None:
    code = "import sys, desktop_app.helper.process; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"jinja2", "llama_cpp", "numpy", "sqlalchemy", "PySide6"} & set(loaded)


def test_a_kernel_that_takes_no_limit_stops_nothing() -> None:
    code = """
import resource
from desktop_app.helper import process as helper
from desktop_app.helper.memory import MemoryLimit
def refuse(what, limits):
    raise ValueError("current limit exceeds maximum limit")
resource.setrlimit = refuse
limit = MemoryLimit(1 << 30)
helper.limit_time(5)
with limit.work():
    print("works")
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (ended.stdout.strip(), ended.stderr) == ("works", "")
