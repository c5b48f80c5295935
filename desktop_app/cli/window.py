"""`inglenook` or `inglenook window`: opens the window."""

import argparse
import os
import sys

_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
"""Where none is set, Qt would abort the process instead of saying so."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("window", help="open the window (what happens without a command)")
    parser.add_argument("opening", nargs="?", help="a model file to chat with (.gguf), or a link to a model of the hub")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the window; a second start brings the first one forward, which then opens what was asked for."""
    from pathlib import Path

    from desktop_app.domain.errors import ErrorCode, WindowError
    from desktop_app.domain.openings import opening_of
    from desktop_app.support.paths import Paths

    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in _DISPLAYS):
        raise WindowError(ErrorCode.WINDOW_UNAVAILABLE, "neither DISPLAY nor WAYLAND_DISPLAY is set")
    from desktop_app.gui import start

    opening = opening_of(arguments.opening, Path.cwd()) if arguments.opening else None
    return start.run(Paths.for_user(), opening)
