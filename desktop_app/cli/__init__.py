"""The command line: reads the arguments, and hands over to the window or to one command."""

import argparse
import errno
import gettext
import sys
from collections.abc import Sequence

from desktop_app.domain.errors import AppError
from desktop_app.support.i18n import DOMAIN, ENGLISH, LANGUAGES, N_, _, translator
from desktop_app.support.interrupts import Interrupts
from desktop_app.support.paths import resources

OK, FAILED, INTERRUPTED = 0, 1, 130  # 2, for wrong usage, is argparse's own

_OF_ARGPARSE = (
    N_("usage: "),
    N_("options"),
    N_("positional arguments"),
    N_("show this help message and exit"),
    N_("show program's version number and exit"),
    N_("%(prog)s: error: %(message)s\n"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
    N_("expected one argument"),
    N_("expected at least one argument"),
    N_("not allowed with argument %s"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
)
"""What argparse itself says: it asks gettext for them, which is told where our catalogues are."""
_ACCENTED = "äéñ"


def run(arguments: Sequence[str], interrupts: Interrupts | None = None) -> int:
    """Run one command and return its exit code; argparse exits with 2 on wrong usage."""
    _use_language()
    heard = interrupts or Interrupts()
    code = _run(arguments, heard)
    return heard.exit_code or code


def _run(arguments: Sequence[str], interrupts: Interrupts) -> int:
    if not _has_folder():
        words = _("The folder that you are in is gone. Change to another one, then try again.")
        print(f"inglenook: {words}", file=sys.stderr)
        return FAILED
    try:
        given = _with_command(arguments)
        parsed = _parser(given[0]).parse_args(given, argparse.Namespace(interrupts=interrupts))
        return int(parsed.run(parsed))
    except AppError as error:
        from desktop_app.services.words.error_text import explain

        explanation = explain(error.info)
        print(f"inglenook: {explanation.text}", file=sys.stderr)
        return FAILED
    except ImportError as error:  # a library that one of Python's modules needs is not on this computer
        from desktop_app.services.words.installation import library_error, library_words

        lacking = library_error(error)
        if lacking is None:
            raise
        words = " ".join(library_words()[lacking.code])
        print(f"inglenook: {words.format_map(lacking.info.params)}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:  # the output cannot be written, as on a full disk
        _silence_stdout()
        if reader_has_gone(error):
            return OK
        what = (error.filename, error.strerror or str(error))
        print(f"inglenook: {': '.join(str(each) for each in what if each is not None)}", file=sys.stderr)
        return FAILED


def reader_has_gone(error: OSError, platform: str = sys.platform) -> bool:
    """Return whether whoever read the output has gone, as with `| head`; Windows may call it an argument that is invalid."""
    is_invalid = platform == "win32" and error.errno == errno.EINVAL and error.filename is None
    return isinstance(error, BrokenPipeError) or is_invalid


def _has_folder() -> bool:
    """Return whether there is a folder that names of files count from, without which no worker starts either."""
    import os

    try:
        os.getcwd()  # noqa: PTH109 - pathlib is not imported yet
    except FileNotFoundError:
        return False
    return True


def _use_language() -> None:
    """Speak the system's language, unless the terminal has no signs for it."""
    translator.use("")
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if translator.language != ENGLISH:
        try:
            (LANGUAGES[translator.language] + _ACCENTED).encode(encoding)
        except UnicodeEncodeError:
            translator.use(ENGLISH)
            return
        gettext.bindtextdomain(DOMAIN, str(resources() / "locale"))
        gettext.textdomain(DOMAIN)


def _parser(command: str) -> argparse.ArgumentParser:
    """Return what reads the arguments; for the window it knows no other command, so that the window opens sooner."""
    parser = argparse.ArgumentParser(
        prog="inglenook",
        description=_("A private chat assistant for local models."),
        epilog=_("Without a command, the window opens."),
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(title=_("commands"), metavar="COMMAND", required=True)
    from desktop_app.cli import window

    window.add_to(commands)
    if command != "window":
        from desktop_app.cli import ask, chats, data, doctor, models, serve_rpc

        for other in (ask, chats, models, data, doctor, serve_rpc):
            other.add_to(commands)
    return parser


def _with_command(arguments: Sequence[str]) -> list[str]:
    """Without a command, or with just files or a link, the window is meant; with `--quick` the small one."""
    from desktop_app.domain.openings import is_opening

    given = list(arguments)
    if not given or given[0] == "--quick" or is_opening(given[0]):
        return ["window", *given]
    return given


def _version() -> str:
    from desktop_app.support.version import VERSION

    return f"inglenook {VERSION}"


def _silence_stdout() -> None:
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
