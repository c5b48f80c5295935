"""The commands speak the system's language, where the terminal has its signs."""

import gettext
import os
import subprocess
import sys
from pathlib import Path

import pytest

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
