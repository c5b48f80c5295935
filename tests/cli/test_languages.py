"""The commands speak the system's language, where the terminal has its signs."""

import gettext
import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop_app.support.paths import Paths
from tests.programs import run_command

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("de", "es", "fr", "zh_CN", "ar")
EPILOG = "Without a command, the window opens."


def help_in(encoding: str = "utf-8", **environ: str) -> str:
    kept = {
        name: value for name, value in os.environ.items() if name not in ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES")
    }
    variables = {**kept, "PYTHONIOENCODING": encoding, "COLUMNS": "200", **environ}
    command = [sys.executable, "-m", "desktop_app", "--help"]
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, check=True).stdout.decode(encoding)


def translated(language: str) -> str:
    try:
        words = gettext.translation("inglenook", ROOT / "resources/locale", [language]).gettext(EPILOG)
    except FileNotFoundError:
        words = EPILOG
    if words == EPILOG:
        pytest.skip("it is not translated yet")
    return words


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_is_in_the_systems_language(language: str) -> None:
    shown = help_in(LANG=f"{language}.UTF-8")
    assert translated(language) in shown
    assert EPILOG not in shown


@pytest.mark.parametrize(
    "environ", [{}, {"LANG": "C"}, {"LANG": "ja_JP.UTF-8"}, {"LANG": "de_DE.UTF-8", "LC_ALL": "POSIX"}]
)
def test_it_is_english_where_nothing_else_is_asked_for(environ: dict[str, str]) -> None:
    assert EPILOG in help_in(**environ)


def test_what_argparse_says_is_translated_too() -> None:
    translated("de")
    assert "usage: " not in help_in(LANG="de_DE.UTF-8")


@pytest.mark.parametrize("language", ["ar", "de"])
def test_a_terminal_without_its_signs_gets_english(language: str) -> None:
    assert EPILOG in help_in("ascii", LANG=f"{language}.UTF-8")


def typed(paths: Paths, language: str, words: str, *arguments: str) -> tuple[int, str]:
    """Return how a command ended that was answered with `words`, and what it asked."""
    variables = {**os.environ, "LANGUAGE": "", "LC_ALL": f"{language}.UTF-8", "INGLENOOK_HOME": str(paths.data.parent)}
    done = run_command(arguments, variables, f"{words}\n")
    return done.returncode, done.stderr


def word(language: str, english: str) -> str:
    return gettext.translation("inglenook", ROOT / "resources/locale", [language]).gettext(english)


def deletes_everything(paths: Paths, language: str, words: str) -> bool:
    paths.config.mkdir(parents=True, exist_ok=True)
    paths.settings_file.write_text("{}")
    code, asked = typed(paths, language, words, "data", "delete-everything")
    assert word(language, "delete") in asked
    assert code == int(paths.settings_file.exists())
    return not code


def removes_a_model(paths: Paths, language: str, words: str) -> bool:
    model = paths.models / "small.gguf"
    model.parent.mkdir(parents=True, exist_ok=True)
    model.write_bytes(b"GGUF")
    code, asked = typed(paths, language, words, "models", "remove", str(model))
    assert word(language, "y") in asked
    assert code == int(model.exists())
    return not code


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_that_is_asked_for_confirms(language: str, paths: Paths) -> None:
    asked_for = word(language, "delete")
    assert not deletes_everything(paths, language, word(language, "y"))
    assert deletes_everything(paths, language, f"\u2068{asked_for.upper()}\u2069 ")  # as it is copied from a question
    assert not removes_a_model(paths, language, word(language, "N"))
    assert removes_a_model(paths, language, word(language, "y"))


def test_english_words_confirm_in_every_language(paths: Paths) -> None:
    assert deletes_everything(paths, "ar", "Delete")
    assert removes_a_model(paths, "de", "yes")
    assert removes_a_model(paths, "fr", "Y")


def test_accents_are_not_needed(paths: Paths) -> None:
    assert removes_a_model(paths, "es", "si")
    assert not removes_a_model(paths, "es", "")
