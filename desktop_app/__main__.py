"""The front door: the window, or one command.

Every child process imports this module again, so it imports nothing heavy.
"""

import io
import os
import sys
from collections.abc import Mapping, Sequence

from desktop_app.support.interrupts import Interrupts


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `inglenook` with `arguments` (the process's own where None); returns the exit code."""
    interrupts = Interrupts()
    interrupts.listen()  # before anything else is imported, and until the process has ended
    import multiprocessing

    multiprocessing.freeze_support()  # before the command: in a frozen app the workers come through here too
    for stream in (sys.stdout, sys.stderr):  # a window of Windows has none
        if isinstance(stream, io.TextIOWrapper):
            prepare(stream, os.environ)
    from desktop_app.cli import run

    return run(list(sys.argv[1:] if arguments is None else arguments), interrupts)


def prepare(stream: io.TextIOWrapper, environ: Mapping[str, str]) -> None:
    """Have a stream take every text: what it has no sign for must not end a command.

    Files and pipes of Windows get UTF-8, unless a person chose otherwise: the code page that Python takes there lacks
    the letters of most languages, and JSON is not written in it.
    """
    is_to_program = sys.platform == "win32" and not stream.isatty() and "PYTHONIOENCODING" not in environ
    stream.reconfigure(encoding="utf-8" if is_to_program else None, errors="replace")


if __name__ == "__main__":
    sys.exit(main())
