"""Runs the app's commands as forks of the process that `tests.forks` forks, with the streams of a program.

Each is a process of its own that goes through the front door, and its workers are forks as well. What is saved is what
a hundred of them would do before anything else: start Python, and import. Tests of what happens meanwhile, of signals, of
closed streams and of a terminal start the program as a person does.
"""

import io
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from multiprocessing import forkserver
from pathlib import Path
from types import SimpleNamespace

from desktop_app.services.background import process as services_process
from tests.forks import Forks

PRELOADED = "tests.preloaded_commands"
"""What `forked_children` is given where commands are forked."""
SECONDS = 120.0
"""After which a command is taken for hung."""


def run_command(
    words: tuple[str, ...], environment: Mapping[str, str], typed: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `inglenook` with `words`, and `typed` or nothing at all in its standard input; raises subprocess.TimeoutExpired.

    On other systems than Linux, and where a test has the children spawned, it is started as a person does.
    """
    if services_process.multiprocessing is multiprocessing:  # type: ignore[attr-defined]
        command = [sys.executable, "-m", "desktop_app", *words]
        return subprocess.run(
            command, env=environment, input=typed or "", capture_output=True, text=True, timeout=SECONDS, check=False
        )
    with tempfile.TemporaryDirectory(prefix="inglenook-command-") as folder:
        files = [str(Path(folder, name)) for name in ("in", "out", "err")]
        Path(files[0]).write_text(typed or "", encoding="utf-8")
        there = (dict(environment), words, files, forkserver._forkserver._forkserver_address)  # type: ignore[attr-defined]
        process = multiprocessing.get_context("forkserver").Process(target=_be_command, args=there)
        process.start()
        process.join(SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(words, SECONDS)
        told = [Path(file).read_text(encoding="utf-8") for file in files[1:]]
        return subprocess.CompletedProcess(words, process.exitcode, *told)


def _be_command(environment: dict[str, str], words: tuple[str, ...], files: list[str], server: str) -> None:
    """Be the program, in a fork; `server` is the address of the process that is forked."""
    os.environ.clear()
    os.environ.update(environment)
    if environment.get("PYTHONWARNINGS") == "error":
        warnings.simplefilter("error")
    for number, file in enumerate(files):
        opened = os.open(file, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (
        io.TextIOWrapper(os.fdopen(number, mode, closefd=False), encoding="utf-8", line_buffering=number == 2)
        for number, mode in enumerate(("rb", "wb", "wb"))
    )
    _fork_there(server)
    sys.argv = ["inglenook", *words]
    runpy.run_module("desktop_app", run_name="__main__", alter_sys=True)


def _fork_there(server: str) -> None:
    """Have this process's children forked by the one that it was forked from itself."""
    known = forkserver._forkserver
    known._forkserver_address = server  # type: ignore[attr-defined]
    known.ensure_running = lambda: None  # it is, and is no child of this process that could be waited for
    context = Forks()
    services_process.multiprocessing = SimpleNamespace(get_context=lambda _method: context)  # type: ignore[attr-defined]
