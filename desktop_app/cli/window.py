"""`inglenook` or `inglenook window`: opens the window, or with `--quick` the small one for a quick question."""

import argparse
import gc
import os

from desktop_app.support.i18n import _


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("window", help=_("open the window (what happens without a command)"))
    parser.add_argument(
        "opening",
        nargs="*",
        help=_("a model file to chat with (.gguf), files to ask about, or a link to a model of the hub"),
    )
    parser.add_argument("--quick", action="store_true", help=_("show the small window for a quick question"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the window; a second start brings the first one forward, which then opens what was asked for."""
    gc.disable()  # what is imported stays: looking through it frees nothing; the window has a collector of its own
    from pathlib import Path

    from desktop_app.domain.openings import AskQuickly, Opening, opening_of
    from desktop_app.gui.system import window_system
    from desktop_app.support.paths import Paths

    window_system.check(os.environ)
    from desktop_app.gui import start  # after the check: its import needs libraries that the check names

    opening: Opening | None = AskQuickly() if arguments.quick else None
    if arguments.opening:
        opening = opening_of(arguments.opening, Path.cwd())
    return start.run(Paths.for_user(), opening)
