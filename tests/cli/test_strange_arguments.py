"""Arguments as nobody should give them: bytes that are no text, nothing at all, and files of the app's own."""

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from desktop_app.storage import chats as rows
from desktop_app.storage.database import Database
from desktop_app.support.paths import Paths
from tests.programs import run_command
from tests.unit.domain.random_chats import random_conversation

NO_TEXT = os.fsdecode(b"\xff\xfe")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(paths: Paths) -> Run:
    environment = {**os.environ, "INGLENOOK_HOME": str(paths.data.parent), "PYTHONWARNINGS": "error"}

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run_command(arguments, environment)

    return call


@pytest.fixture
def title(paths: Paths) -> str:
    """The title of the one chat that is stored."""
    title = "To \x1b[2Jclear\x9b the screen"
    chat = msgspec.structs.replace(random_conversation(random.Random(1), 5).chat, title=title, leaf_id=None)
    database = Database(paths.database)
    database.open().result(60)
    database.write(lambda connection: rows.insert_chat(connection, chat)).result(60)
    database.close()
    return title


@pytest.mark.parametrize("option", ["--system", "--begin-with", "--stop", "--ban"])
def test_what_is_no_text_is_kept_with_a_sign_for_it(run: Run, option: str) -> None:
    done = run("ask", "hi", option, f"a{NO_TEXT}", "--save", "--max-tokens", "2")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_model_whose_name_is_no_text_is_refused_in_words(run: Run, tmp_path: Path) -> None:
    done = run("ask", "hi", "--model", str(tmp_path / NO_TEXT), "--save")
    assert done.returncode == 1
    assert "cannot be read as text" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--stop", ""), "argument --stop: one text is empty or too long, or there are too many"),
        (("--ban", "x" * 101), "argument --ban"),
        (("--begin-with", "x" * 2001), "argument --begin-with"),
        (tuple(word for _number in range(17) for word in ("--stop", "x")), "argument --stop"),
        (("--grammar", "/"), "/ cannot be read: Is a directory"),
        (("--json-schema", os.devnull), f"{os.devnull} is empty"),
    ],
)
def test_words_that_cannot_be_used_are_wrong_usage(run: Run, arguments: tuple[str, ...], words: str) -> None:
    done = run("ask", "hi", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_title_moves_no_cursor(run: Run, title: str) -> None:
    shown = run("chats", "list").stdout
    assert "To \N{REPLACEMENT CHARACTER}[2Jclear\N{REPLACEMENT CHARACTER} the screen" in shown
    assert title not in shown


def test_an_export_takes_the_place_of_no_file_of_the_app(run: Run, title: str, paths: Paths, tmp_path: Path) -> None:
    paths.config.mkdir(parents=True)
    paths.settings_file.write_text("{}")
    (tmp_path / "link").symlink_to(paths.data)
    before = paths.database.read_bytes()
    for target in (
        paths.database,
        tmp_path / "link" / paths.database.name,
        paths.settings_file,
        paths.data / "new.json",
    ):
        done = run("chats", "export", str(target))
        assert done.returncode == 1
        assert "keeps its own files" in done.stderr
    assert paths.database.read_bytes() == before
    assert paths.settings_file.read_text() == "{}"
    assert not (paths.data / "new.json").exists()
    assert run("chats", "export", str(tmp_path / "new.json")).returncode == 0
