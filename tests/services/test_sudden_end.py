"""The whole process ends in mid-answer: what was said before the saver last looked is on the disk."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from desktop_app.domain.messages import MessageStatus
from desktop_app.services.answering.answers import SAVE_SECONDS
from desktop_app.support.paths import Paths

KILLS = 20 if os.environ.get("INGLENOOK_SOAK") else 2
LOST_SECONDS = 0.5
DRIVER = """
import os, sys, time
from pathlib import Path
from desktop_app.app import App
from desktop_app.domain.sampling import Sampling
from desktop_app.services.answering.answers import AnswerSaver
from desktop_app.services.events import AnswerDelta
from desktop_app.services.models.library import find_starter
from desktop_app.settings.store import SettingsStore
from desktop_app.support.paths import Paths
from tests.endless import ENDLESS

def tell(what, chat_id, length):
    # In one write: where output is not buffered, `print` makes several, and the process is killed between them.
    os.write(1, f"{what} {chat_id} {length}\\n".encode())

look, write = AnswerSaver._save_growing, AnswerSaver._write
there = 0

def note_look(saver, answer):
    global there
    there = len(answer.snapshot().text)
    look(saver, answer)

def note_write(saver, message):
    what = "saved" if len(message.text) >= there else "saved-too-little"
    saved = write(saver, message)
    saved.add_done_callback(lambda _saved: tell(what, message.chat_id, len(message.text)))
    return saved

if __name__ == "__main__":
    AnswerSaver._save_growing, AnswerSaver._write = note_look, note_write
    paths = Paths.below(Path(sys.argv[1]))
    app = App(paths, SettingsStore(paths.settings_file))
    app.events.subscribe(lambda event: tell("said", event.chat_id, event.start + len(event.text))
                         if isinstance(event, AnswerDelta) else None)
    app.start().result(60)
    app.chats.ask(None, "Write a very long story about a lighthouse.", model_path=str(find_starter()),
                  sampling=Sampling(max_tokens=4000, seed=int(sys.argv[2]), min_p=0.0, **ENDLESS))
    time.sleep(300)
    os._exit(1)  # nobody ended it, and its threads would go on
"""


def test_what_was_said_before_the_last_look_is_kept(tmp_path: Path, open_app) -> None:
    """The saver looks twice a second; how late a busy computer lets it is no matter of ours."""
    assert SAVE_SECONDS < LOST_SECONDS
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
            saves, later = 1 + seed % 3, chance.randrange(12)
            for line in process.stdout:
                what, chat_id, length = line.split()
                assert what in ("said", "saved"), "all is saved that was there when it looked"
                if what == "saved" and int(length) > 0:
                    lengths[chat_id] = int(length)
                    saves -= 1
                elif saves <= 0:
                    later -= 1
                if saves <= 0 and later <= 0:
                    os.kill(process.pid, signal.SIGKILL)
                    break
            assert saves <= 0, "it ended before it was saved so often"
    assert paths.database.exists()
    assert len(lengths) == KILLS
    with open_app() as (app, _heard):
        for chat_id, length in lengths.items():
            answer = app.chats.open_chat(chat_id).result(60).messages[-1]
            assert answer.status is MessageStatus.INTERRUPTED
            assert len(answer.text) >= length > 0
