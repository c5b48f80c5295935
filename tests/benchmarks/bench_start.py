"""How soon the window takes typing, how soon the last chat can be read, and what the process weighs.

Each figure is a ratio against a bare PySide6 window with one label, started in turns in the same run. CPU time says the
same on a computer that has other things to do. All modules are compiled before, as they are in an installed copy.
"""

import compileall
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 7
HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def start(script: str, *arguments: str) -> dict[str, float]:
    """Run a script of this folder to its end and return the figures that it prints."""
    environment = {**os.environ, "STARTED": str(time.time()), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(HERE / script), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    return json.loads(done.stdout.splitlines()[-1])


def test_start(tmp_path: Path) -> None:
    """Print the medians and their ratios."""
    compileall.compile_dir(ROOT / "desktop_app", quiet=1)
    home = str(tmp_path / "home")
    start("start_app.py", home, "fill")
    bare: list[dict[str, float]] = []
    ours: list[dict[str, float]] = []
    empty: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        bare.append(start("start_bare.py"))
        ours.append(start("start_app.py", home, "open"))
        empty.append(start("start_app.py", str(tmp_path / "empty"), "empty"))

    def median(figures: list[dict[str, float]], name: str) -> float:
        return statistics.median(figure[name] for figure in figures)

    window = median(bare, "painted")
    print(f"\nbare window: painted after {window:.3f} s, {median(bare, 'rss'):.0f} MB")
    for name, limit in (("painted", 2.0), ("readable", 3.5)):
        seconds = median(ours, name)
        print(f"{name}: {seconds:.3f} s, {seconds / window:.2f} times the bare window (goal {limit})")
    for name in ("painted", "readable"):
        cpu = median(ours, f"{name}_cpu")
        print(f"CPU time until {name}: {cpu:.3f} s, {cpu / median(bare, 'painted_cpu'):.2f} times the bare window")
    memory = median(empty, "rss")
    print(f"memory with an empty chat: {memory:.0f} MB, {memory / median(bare, 'rss'):.2f} times (goal 2.5)")
