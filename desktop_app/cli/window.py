"""`inglenook` or `inglenook window`: opens the window."""

import argparse


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("window", help="open the window (what happens without a command)")
    parser.add_argument("model", nargs="?", help="a model file to chat with (.gguf)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the window; a second start brings the first one forward."""
    from pathlib import Path

    from desktop_app.gui import start
    from desktop_app.support.paths import Paths

    model = str(Path(arguments.model).absolute()) if arguments.model else None
    return start.run(Paths.for_user(), model)
