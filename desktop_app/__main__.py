"""The front door: the window, or one command.

Every child process imports this module again, so it imports nothing heavy.
"""

import io
import sys
from collections.abc import Sequence

from desktop_app.support.interrupts import Interrupts


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `inglenook` with `arguments` (the process's own where None); returns the exit code."""
    interrupts = Interrupts()
    interrupts.listen()  # before anything else is imported, and until the process has ended
    import multiprocessing

    multiprocessing.freeze_support()  # before the command: in a frozen app the workers come through here too
    for stream in (sys.stdout, sys.stderr):  # a window of Windows has none
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # what a pipe of Windows has no sign for must not end a command
    from desktop_app.cli import run

    return run(list(sys.argv[1:] if arguments is None else arguments), interrupts)


if __name__ == "__main__":
    sys.exit(main())
