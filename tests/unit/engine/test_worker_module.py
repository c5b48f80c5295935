"""What the owner gets by importing the worker's module, and how threads are chosen."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop_app.engine.cpu import SPIN_COUNT, physical_cores, set_thread_environment


def test_importing_it_imports_nothing_heavy() -> None:
    code = "import sys, desktop_app.engine.worker; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"jinja2", "llama_cpp", "numpy", "sqlalchemy", "PySide6", "psutil"} & set(loaded)


def test_threads_spin_briefly_unless_the_person_chose() -> None:
    environment: dict[str, str] = {}
    set_thread_environment(environment)
    assert environment == {"GOMP_SPINCOUNT": SPIN_COUNT}
    for chosen in ({"GOMP_SPINCOUNT": "5"}, {"OMP_WAIT_POLICY": "passive"}):
        environment = dict(chosen)
        set_thread_environment(environment)
        assert environment == chosen


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
