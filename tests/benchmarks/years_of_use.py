"""Makes the data folder of somebody who has used the app for years, for bench_years.py.

    python tests/benchmarks/years_of_use.py HOME

Everything is made by seed, so that two folders are alike. `HOME/user` stands for the home folder, where other apps
keep their models.
"""

import hashlib
import os
import random
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from desktop_app.domain.backups import backup_name
from desktop_app.domain.chats import Chat
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.domain.shelf import TAG_COLORS, Folder, Tag
from desktop_app.settings.store import SettingsStore
from desktop_app.settings.window_state import WindowState, save_window_state
from desktop_app.storage import chats, shelf
from desktop_app.storage.database import Database
from desktop_app.support.network import NetworkUse
from desktop_app.support.paths import Paths
from tests.benchmarks.bench_chat_view import SECTION
from tests.benchmarks.gguf_writer import Plan, write_model

WORDS = [
    "lighthouse",
    "timer",
    "python",
    "recipe",
    "bread",
    "lease",
    "letter",
    "landlord",
    "mountains",
    "thesis",
    "outline",
    "Straße",
    "naïve",
    "中文",
    "garden",
]
FORMULA = (
    "The sum $\\sum_{k=1}^{n} k = \\frac{n(n+1)}{2}$ is known, and so is\n\n$$\\int_0^1 x^2 dx = \\frac{1}{3}$$\n\n"
)
HALF_HOUR = 1800.0
TINY = Plan(layers=2, embedding=64, feed_forward=128, heads=2, heads_kv=2, vocabulary=600, context=2048, kind=1)
WAIT_S = 600


class Amounts(NamedTuple):
    """How much there is of everything."""

    chats: int = 8_000
    long_chats: tuple[int, ...] = (10_000,) * 4 + (4_000,) * 6 + (2_000,) * 50
    trashed: int = 2_000
    folders: int = 300
    tags: int = 400
    starred: int = 3_000
    personas: int = 200
    templates: int = 400
    models: int = 80
    requests: int = 100_000
    drafts: int = 500
    backups: int = 30


NOTHING = Amounts(chats=0, long_chats=(), trashed=0, folders=0, tags=0, starred=0, personas=0, templates=0, models=1,
                  requests=0, drafts=0, backups=0)  # fmt: skip
"""What a folder has that is as good as empty: one model, so that the same can be done in it."""


def fill(home: Path, amounts: Amounts) -> None:
    """Make a data folder with `amounts` below `home`."""
    chance = random.Random(1)
    paths = Paths.below(home)
    paths.data.mkdir(parents=True, exist_ok=True)
    models = _write_models(home / "user", home / "more", amounts.models)
    settings = SettingsStore(paths.settings_file)
    settings.change("engine", "context_size", 2048)
    settings.change("sampling", "max_tokens", 24)
    settings.change("folders", "models", str(home / "more"))
    database = Database(paths.database)
    database.open().result(WAIT_S)
    opened = _write_chats(database, amounts, chance, str(models[0]))
    database.write(shelf.load_shelf).result(WAIT_S)
    database.close()
    _write_personas(paths.personas, amounts.personas, chance)
    _write_templates(paths.templates, amounts.templates, chance)
    _write_ledger(paths.ledger_file, amounts.requests, chance)
    _write_backups(paths, amounts.backups)
    save_window_state(paths.window_file, WindowState(welcomed=True, chat_id=opened, model_path=str(models[0])))


def title(chance: random.Random, number: int) -> str:
    """Return a title by chance that no other number has."""
    return f"{' '.join(chance.choices(WORDS, k=4))} {number}"


def _write_chats(database: Database, amounts: Amounts, chance: random.Random, model: str) -> str:
    """Store the shelf, the chats and their messages; return the id of the newest."""
    now = time.time()
    tops = max(1, amounts.folders // 6)
    folders = [
        Folder(id=f"f{number:04}", name=f"{chance.choice(WORDS)} {number}",
               parent_id=f"f{number % tops:04}" if number >= tops else None)
        for number in range(amounts.folders)
    ]  # fmt: skip
    tags = [
        Tag(id=f"t{n:04}", name=f"{chance.choice(WORDS)}-{n}", color=TAG_COLORS[n % 6]) for n in range(amounts.tags)
    ]

    def write_shelf(connection: object) -> None:
        for folder in folders:
            shelf.save_folder(connection, folder)
        for tag in tags:
            shelf.save_tag(connection, tag)

    database.write(write_shelf).result(WAIT_S)
    starred = iter(range(amounts.starred))
    every = max(1, (amounts.chats + amounts.trashed) // max(1, len(amounts.long_chats)))
    long_ones = iter(amounts.long_chats)
    newest = ""
    count = amounts.chats + amounts.trashed
    for begin in range(0, count, 200):
        made, messages, tagged = [], [], []
        for number in range(begin, min(count, begin + 200)):
            is_long = number % every == every - 1
            turns = next(long_ones, 6) if is_long else chance.randint(2, 8)
            is_trashed = number < amounts.trashed and not is_long
            moment = now - (count - number) * HALF_HOUR
            chat_id = new_id()
            own = list(_messages(chance, chat_id, turns, moment, starred, is_long=is_long))
            made.append(Chat(
                id=chat_id, title=title(chance, number), created_at=moment, updated_at=moment, leaf_id=own[-1].id,
                pinned=number % 400 == 0, folder_id=chance.choice(folders).id if folders and number % 2 else None,
                deleted_at=now - number * 60 if is_trashed else None, model_path=model,
                archived_at=moment if number % 11 == 0 and not is_trashed else None,
                draft="What I meant to ask next: " + title(chance, number) if number >= count - amounts.drafts else "",
            ))  # fmt: skip
            messages += own
            tagged += [(chat_id, chance.choice(tags).id) for _ in range(number % 3) if tags]
            newest = chat_id if not is_trashed else newest

        def write(connection: object, made=made, messages=messages, tagged=tagged) -> None:
            chats.insert_chats(connection, made)
            for first in range(0, len(messages), 500):
                chats.insert_messages(connection, messages[first : first + 500])
            for chat_id, tag_id in tagged:
                shelf.set_tagged(connection, [chat_id], tag_id, tagged=True)

        database.write(write).result(WAIT_S)
    return newest


def _messages(
    chance: random.Random, chat_id: str, count: int, moment: float, starred: Iterator[int], *, is_long: bool
) -> Iterator[Message]:
    """Yield the messages of a chat; a long one has branches, code, tables and formulas."""
    parents: list[str | None] = [None]
    for number in range(count):
        is_answer = number % 2 == 1
        words = " ".join(chance.choices(WORDS, k=30 if is_answer else 8))
        if is_long and is_answer and number % 6 == 1:
            words += "\n\n" + SECTION
        elif is_long and is_answer and number % 6 == 3:
            words += "\n\n" + FORMULA
        message = Message(
            id=new_id(), chat_id=chat_id, parent_id=parents[-1],
            role=Role.ASSISTANT if is_answer else Role.USER, parts=(TextPart(words),), status=MessageStatus.COMPLETE,
            created_at=moment + number, starred=is_answer and number % 20 == 1 and next(starred, None) is not None,
        )  # fmt: skip
        if is_long and is_answer and number % 12 == 5:
            yield msgspec.structs.replace(message, id=new_id(), starred=False)  # another version of the answer
        yield message
        parents.append(message.id)


def _write_models(user: Path, more: Path, count: int) -> list[Path]:
    """Write models into several folders, some as LM Studio and Ollama keep them; return those of the app's own folder."""
    first = more / "First" / "model-000-Q4_0.gguf"
    first.parent.mkdir(parents=True, exist_ok=True)
    write_model(first, TINY)
    content = first.read_bytes()
    made = [first]
    for number in range(1, count):
        data = content + number.to_bytes(8, "little")  # another hash: else all would be one
        if number % 4 == 1:
            file = user / ".lmstudio" / "models" / "maker" / f"model-{number:03}-GGUF" / f"model-{number:03}-Q4_0.gguf"
        elif number % 4 == 2:
            digest = hashlib.sha256(data).hexdigest()
            models = user / ".ollama" / "models"
            file = models / "blobs" / f"sha256-{digest}"
            manifest = models / "manifests" / "registry.ollama.ai" / "library" / f"model-{number:03}" / "latest"
            manifest.parent.mkdir(parents=True, exist_ok=True)
            layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}", "size": len(data)}
            manifest.write_bytes(msgspec.json.encode({"schemaVersion": 2, "layers": [layer]}))
        else:
            file = more / f"Folder {number % 7}" / f"model-{number:03}-Q4_0.gguf"
            made.append(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return made


def _write_personas(folder: Path, count: int, chance: random.Random) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        lines = ["+++", f'name = "Persona {number} {chance.choice(WORDS)}"', f'description = "Helps with {number}."',
                 'greeting = "Hello."', 'questions = ["Why?", "How?", "When?"]', "+++", "You are helpful. " * 10, ""]  # fmt: skip
        (folder / f"persona-{number:03}.md").write_text("\n".join(lines), "utf-8")


def _write_templates(folder: Path, count: int, chance: random.Random) -> None:
    for number in range(count):
        file = folder / f"Folder {number % 20}" / f"template-{number:03}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = ["+++", f'title = "Template {number} {chance.choice(WORDS)}"', f'description = "Does {number}."',
                 f'tags = ["{chance.choice(WORDS)}", "t{number % 50}"]', "[placeholders.text]", 'type = "long_text"',
                 'help = "The text."', "+++", "Summarise this: {{text}}", ""]  # fmt: skip
        file.write_text("\n".join(lines), "utf-8")


def _write_ledger(file: Path, count: int, chance: random.Random) -> None:
    """Write as many requests as fit the file and the one before it, as the ledger does."""
    from concurrent.futures import ThreadPoolExecutor

    from desktop_app.services.network.ledger import Ledger

    with ThreadPoolExecutor(1) as pool:
        ledger = Ledger(file, pool)
        for number in range(count):
            ledger.note(NetworkUse(at=1.7e9 + number, host=f"host-{chance.randrange(40)}.example.org", purpose="files",
                                   received=number))  # fmt: skip


def _write_backups(paths: Paths, count: int) -> None:
    """Put copies of the database beside it; they are one file with many names."""
    paths.backups.mkdir(parents=True, exist_ok=True)
    if not count:
        return
    kept = paths.backups / backup_name(datetime(2025, 1, 1, 12).astimezone())
    kept.write_bytes(paths.database.read_bytes())
    for number in range(1, count):
        os.link(
            kept,
            paths.backups / backup_name(datetime(2025, 1 + number % 12, 1 + number % 28, 12, number % 60).astimezone()),
        )


if __name__ == "__main__":
    fill(Path(sys.argv[1]), NOTHING if "nothing" in sys.argv[2:] else Amounts())
