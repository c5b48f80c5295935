"""Arguments as nobody should give them: bytes that are no text, nothing at all, and files of the app's own."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from desktop_app.storage import chats as rows
from desktop_app.storage.database import Database
from desktop_app.support.paths import Paths
from tests.programs import run_command
from tests.unit.domain.random_chats import random_conversation

ROOT = Path(__file__).resolve().parents[2]
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


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", "hi", "--model", ""),
        ("chats", "export", ""),
        ("chats", "import", "", "--dry-run"),
        ("models", "add", ""),
        ("models", "info", ""),
        ("models", "verify", ""),
        ("models", "remove", "", "--yes"),
    ],
)
def test_no_name_is_not_the_folder_that_one_is_in(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "no file is named" in done.stderr


def test_a_question_needs_no_quotes(run: Run) -> None:
    done = run("ask", "--json", "Say", "hi", "--begin-with", "Hi", "--max-tokens", "2")
    assert (done.returncode, done.stderr) == (0, "")
    alone = run("ask", "--json", "Say hi", "--begin-with", "Hi", "--max-tokens", "2")
    assert json.loads(done.stdout)["prompt_tokens"] == json.loads(alone.stdout)["prompt_tokens"]


def test_wrong_usage_of_a_command_with_many_options_is_two_lines(run: Run) -> None:
    done = run("ask", "")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "usage: inglenook ask [options] [question]",
        "inglenook ask: error: the question is empty",
    ]


@pytest.mark.parametrize("arguments", [("ask", "hi"), ("chats", "export", "x.json"), ("doctor",)])
def test_a_folder_that_is_gone_is_said(arguments: tuple[str, ...], tmp_path: Path) -> None:
    script = "import os, sys; os.chdir(sys.argv[1]); os.rmdir(sys.argv[1]); os.execv(sys.executable, sys.argv[2:])"
    (tmp_path / "gone").mkdir()
    command = [sys.executable, "-m", "desktop_app", *arguments]
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "gone"), *command],
        env={**os.environ, "INGLENOOK_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    words = "inglenook: The folder that you are in is gone. Change to another one, then try again.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", words)


def test_what_is_not_confirmed_is_said_to_be_kept(run: Run) -> None:
    done = run("data", "delete-everything")
    assert done.returncode == 1
    assert done.stderr.endswith(": \nNothing was deleted.\n")


def test_what_is_known_of_models_is_told_before_another_one_cannot_be_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cut.gguf").write_bytes(b"GGUF\3\0\0\0")
    done = run("models", "verify", str(tmp_path / "cut.gguf"), str(tmp_path / "none.gguf"))
    assert (done.returncode, done.stdout) == (1, f"{tmp_path / 'cut.gguf'}: damaged\n")
    assert "none.gguf was not found" in done.stderr


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
