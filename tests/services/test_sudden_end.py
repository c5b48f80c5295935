"""The whole process ends in mid-answer: what was said more than half a second before is on the disk."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from desktop_app.domain.messages import MessageStatus
from desktop_app.support.paths import Paths

KILLS = 20 if os.environ.get("INGLENOOK_SOAK") else 3
LOST_SECONDS = 0.5
DRIVER = """
import os, sys, time
from pathlib import Path
from desktop_app.app import App
from desktop_app.domain.sampling import Sampling
from desktop_app.services.events import AnswerDelta
from desktop_app.services.library import find_starter
from desktop_app.settings.store import SettingsStore
from desktop_app.support.paths import Paths

if __name__ == "__main__":
    paths = Paths.below(Path(sys.argv[1]))
    app = App(paths, SettingsStore(paths.settings_file))
    # In one write: where output is not buffered, `print` makes several, and the process is killed between them.
    app.events.subscribe(lambda event: os.write(1, f"{event.chat_id} {event.start + len(event.text)}\\n".encode())
                         if isinstance(event, AnswerDelta) else None)
    app.start().result(30)
    app.chats.ask(None, "Write a very long story about a lighthouse.", model_path=str(find_starter()),
                  sampling=Sampling(max_tokens=4000, seed=int(sys.argv[2]), min_p=0.0))
    time.sleep(60)
"""


def test_at_most_half_a_second_of_text_is_lost(tmp_path: Path, open_app) -> None:
    chance = random.Random(9)
    driver = tmp_path / "driver.py"
    driver.write_text(DRIVER)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    paths = Paths.below(tmp_path / "home")
    lengths: dict[str, int] = {}
    for seed in range(KILLS):
        command = [sys.executable, str(driver), str(tmp_path / "home"), str(seed)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            heard: list[tuple[float, str, int]] = []
            timer: threading.Timer | None = None
            for line in process.stdout:
                chat_id, length = line.split()
                heard.append((time.monotonic(), chat_id, int(length)))
                if timer is None:
                    timer = threading.Timer(chance.uniform(0.3, 2.5), os.kill, (process.pid, signal.SIGKILL))
                    timer.start()
            ended = time.monotonic()
            assert timer is not None
            timer.join()
        lengths[heard[0][1]] = max((length for when, _, length in heard if when < ended - LOST_SECONDS), default=0)
    assert paths.database.exists()
    with open_app() as (app, _heard):
        for chat_id, length in lengths.items():
            answer = app.chats.open_chat(chat_id).result(10).messages[-1]
            assert answer.status is MessageStatus.INTERRUPTED
            assert len(answer.text) >= length
