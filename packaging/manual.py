"""Writes the manual page from what the commands say of themselves with --help."""

import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

FILES = """\
.SH FILES
.TP
.I ~/.local/share/inglenook/
Chats, engines, models, backups.
.TP
.I ~/.config/inglenook/
Settings.
.TP
.I ~/.local/state/inglenook/log/
The log, without the text of chats.
.PP
The variable INGLENOOK_HOME, where it is set, names one folder for all of them.
Removing the package leaves them alone.
"""


def page(root: Path, python: Path, version: str, date: int) -> str:
    """Return the page for `inglenook` and its commands, in roff."""
    day = datetime.fromtimestamp(date, UTC).strftime("%Y-%m-%d")
    main = help_of(root, python)
    commands = re.findall(r"^    (\S+)\s{2,}\S", main, re.MULTILINE)
    sections = [f'.TH INGLENOOK 1 "{day}" "Inglenook {version}" "User Commands"']
    sections += [".SH NAME", "inglenook \\- private chat assistant for local models", ".SH SYNOPSIS"]
    sections += [".B inglenook", ".RI [ command ]", ".RI [ options ]", ".SH DESCRIPTION", verbatim(main)]
    for command in commands:
        sections += [f'.SH "{command.upper()}"', verbatim(help_of(root, python, command))]
    return "\n".join(sections) + "\n" + FILES


def help_of(root: Path, python: Path, *command: str) -> str:
    """Return what a command says of itself, as wide as a terminal usually is."""
    variables = {**os.environ, "COLUMNS": "78", "LANGUAGE": "en"}
    told = subprocess.run(
        [str(python), "-m", "desktop_app", *command, "--help"],
        cwd=root,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout


def verbatim(text: str) -> str:
    """Return text that is to stay as it is, for roff."""
    escaped = text.strip().replace("\\", "\\e").replace("-", "\\-")
    lines = [f"\\&{line}" if line.startswith((".", "'")) else line for line in escaped.splitlines()]
    return "\n".join([".nf", *lines, ".fi"])
