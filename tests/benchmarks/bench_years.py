"""Everything that can be done in the window, after years of use and in a folder as good as empty.

    python -m pytest tests/benchmarks/bench_years.py -s -q

For each action: the CPU milliseconds of the window's thread in the longest turn of its event loop, in all turns until
nothing happens any more, until something was painted first, and how many times the longest turn is that of the empty
folder. `ONLY=palette` does a part of them: sidebar, search, chat, palette, composer, command, page, panel, many, look.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.years_of_use import NOTHING, Amounts, fill

FRAME_MS = 16.0
HERE = Path(__file__).parent
Figures = dict[str, float]


def drive(home: Path) -> dict[str, Figures]:
    """Do all there is to do with a folder in a window of its own; return the figures of each action by its name."""
    only = os.environ.get("ONLY", "")
    done = subprocess.run(
        [sys.executable, str(HERE / "years_window.py"), str(home), *(("--only", only) if only else ())],
        env={**os.environ, "PYTHONPATH": str(HERE.parent.parent)}, stdout=subprocess.PIPE, text=True, check=True,
        timeout=3600,
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"name"')]
    return {line["name"]: line for line in lines}


def test_years_of_use(tmp_path: Path) -> None:
    """Print the actions, the one with the longest turn first."""
    figures = []
    for name, amounts in (("full", Amounts()), ("empty", NOTHING)):
        fill(tmp_path / name, amounts)
        figures.append(drive(tmp_path / name))
    full, empty = figures
    print(
        f"\n{'longest':>8} {'all':>8} {'painted':>8} {'late':>5} {'times':>6}  action (CPU ms of the window's thread)"
    )
    for name, told in sorted(full.items(), key=lambda pair: -pair[1]["longest"]):
        usual = empty.get(name)
        times = f"{told['longest'] / max(usual['longest'], 0.1):6.1f}" if usual is not None else "     -"
        print(f"{told['longest']:8.1f} {told['sum']:8.1f} {told['first']:8.1f} {told['late']:5} {times}  {name}")
    late = sum(told["longest"] > FRAME_MS for told in full.values())
    usual_late = sum(told["longest"] > FRAME_MS for told in empty.values())
    print(f"{late} of {len(full)} actions have a turn above {FRAME_MS:.0f} ms, {usual_late} of {len(empty)} when empty")
