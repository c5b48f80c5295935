"""The command line: reads the arguments, and hands over to the window or to one command."""

import argparse
import sys
from collections.abc import Sequence

from desktop_app.domain.errors import AppError

OK, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; argparse exits with 2 on wrong usage."""
    try:
        parsed = _parser().parse_args(_with_command(arguments))
        return int(parsed.run(parsed))
    except AppError as error:
        from desktop_app.services.error_text import explain

        explanation = explain(error.info)
        print(f"inglenook: {explanation.sentence} {explanation.next_step}", file=sys.stderr)
        return FAILED
    except ImportError as error:  # a library that one of Python's modules needs is not on this computer
        from desktop_app.services.installation import library_error, library_words

        lacking = library_error(error)
        if lacking is None:
            raise
        words = " ".join(library_words()[lacking.code])
        print(f"inglenook: {words.format_map(lacking.info.params)}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has gone, as with `| head`
        _silence_stdout()
        return OK
    except OSError as error:  # the output cannot be written, as on a full disk
        _silence_stdout()
        print(f"inglenook: {error.strerror}", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    from desktop_app.cli import ask, chats, data, doctor, models, serve_rpc, window

    parser = argparse.ArgumentParser(
        prog="inglenook",
        description="A private chat assistant for local models.",
        epilog="Without a command, the window opens.",
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (window, ask, chats, models, data, doctor, serve_rpc):
        command.add_to(commands)
    return parser


def _with_command(arguments: Sequence[str]) -> list[str]:
    """Without a command, or with just a model file or a link, the window is meant."""
    from desktop_app.domain.openings import is_opening

    given = list(arguments)
    if not given or is_opening(given[0]):
        return ["window", *given]
    return given


def _version() -> str:
    from desktop_app.support.version import VERSION

    return f"inglenook {VERSION}"


def _silence_stdout() -> None:
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
