"""An import of 5,000 conversations of ChatGPT with the window open: its speed, and how it holds the window up.

    python -m pytest tests/benchmarks/bench_moving_in.py -s -q

The peer reads the same file with the standard library's json and puts the same texts into a plain SQLite file: no
tree, no search index, no window, nothing that could be cancelled. Rounds alternate, so that a neighbour's load falls
on both.
"""

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.foreign_exports import write_chatgpt

CHATS = 5_000
MESSAGES = 20
ROUNDS = int(os.environ.get("ROUNDS", "3"))
HERE = Path(__file__).parent


def ours(home: Path, file: Path) -> dict[str, object]:
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent.parent)}
    done = subprocess.run(
        [sys.executable, str(HERE / "moving_in_window.py"), str(home), str(file)],
        env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=600,
    )  # fmt: skip
    return json.loads(done.stdout)


def plain(folder: Path, file: Path) -> tuple[float, int]:
    """Return the seconds that the peer takes, and how many messages there are."""
    began = time.perf_counter()
    connection = sqlite3.connect(folder / "plain.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE chats (id TEXT PRIMARY KEY, title TEXT)")
    connection.execute("CREATE TABLE messages (id TEXT PRIMARY KEY, chat TEXT, parent TEXT, role TEXT, text TEXT)")
    count = 0
    with file.open("rb") as stream:
        conversations = json.load(stream)
    for conversation in conversations:
        with connection:
            connection.execute("INSERT INTO chats VALUES (?, ?)", (conversation["id"], conversation["title"]))
            for node in conversation["mapping"].values():
                if (message := node["message"]) is not None:
                    text = "".join(part for part in message["content"]["parts"] if isinstance(part, str))
                    values = (message["id"], conversation["id"], node["parent"], message["author"]["role"], text)
                    connection.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?)", values)
                    count += 1
    connection.close()
    return time.perf_counter() - began, count


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of all do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def test_moving_in(tmp_path: Path) -> None:
    """Print the ratios."""
    file = write_chatgpt(tmp_path / "conversations.json", CHATS, MESSAGES)
    rates, ratios, costs, slices, removal = [], [], [], [], []
    for number in range(ROUNDS):
        folder = tmp_path / str(number)
        folder.mkdir()
        seconds, messages = plain(folder, file)
        figures = ours(folder / "home", file)
        look, bring = float(figures["look"]), float(figures["bring"])
        rates.append(messages / (look + bring))
        ratios.append((look + bring) / seconds)
        costs += figures["costs"]
        slices += figures["slices"]
        removal.append(max(figures["removal"]))
        print(f"\n{messages} messages, {file.stat().st_size / 1e6:.0f} MB: look {look:.1f} s, import {bring:.1f} s, "
              f"the peer {seconds:.1f} s; CPU {figures['cpu']:.1f} s here while importing, {figures['children']:.1f} s in "
              f"other processes; {figures['words']}")  # fmt: skip
    print(f"look and import: {statistics.median(rates):.0f} messages/s (goal 500), "
          f"{statistics.median(ratios):.1f} times what the peer takes, from {min(ratios):.1f} to {max(ratios):.1f}")  # fmt: skip
    print(f"CPU time per turn of the window's event loop, {len(costs)} turns: median {statistics.median(costs):.2f} ms, "
          f"p99 {percentile(costs, 0.99):.2f}, p99.9 {percentile(costs, 0.999):.2f} (goal 16), worst {max(costs):.2f}")  # fmt: skip
    print(f"CPU time per transaction of the writer, {len(slices)}: median {statistics.median(slices):.1f} ms, "
          f"p99 {percentile(slices, 0.99):.1f}, worst {max(slices):.1f} (goal 20)")  # fmt: skip
    print(f"all of them removed again: worst turn of the event loop {max(removal):.1f} ms")
