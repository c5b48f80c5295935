"""What a start of the app is to open: a model, files to ask about, a link to a model of the hub, or a quick question.

Links come from anywhere, a web page or a mail, so they are read strictly: there is one form,
`inglenook://model/OWNER/NAME` with at most a GGUF file of that repository behind it, and nothing
else is guessed at. A link names something to look at; it never starts a download or a program.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

import msgspec

from desktop_app.domain.errors import ErrorCode, LinkError

if TYPE_CHECKING:  # few starts open a link
    from desktop_app.domain.hub import Reference

SCHEME = "inglenook"
LONGEST_LINK = 512
"""Characters; the longest names that the hub knows need half of it."""
SHOWN = 60
"""How many characters of a link that is refused are shown."""
_ALLOWED = re.compile(r"[A-Za-z0-9._~:/%-]+")
_ESCAPES = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")


class OpenFile(msgspec.Struct, frozen=True, tag=True):
    """Chat with the model file at `path`, which is absolute."""

    path: str


class OpenFiles(msgspec.Struct, frozen=True, tag=True):
    """Begin a chat with the files at `paths`, which are absolute, attached; models among them are taken in."""

    paths: tuple[str, ...]


class OpenLink(msgspec.Struct, frozen=True, tag=True):
    """Show the model that `link` names; it is as it came, and may be anything."""

    link: str


class AskQuickly(msgspec.Struct, frozen=True, tag=True):
    """Show the small window for a quick question."""


Opening = OpenFile | OpenFiles | OpenLink | AskQuickly


def is_opening(argument: str) -> bool:
    """Return whether an argument of the command line is something to open, and not a command.

    A file without a dot in its name needs a folder before it, as in `./README`.
    """
    text = argument.lower()
    if text.startswith((f"{SCHEME}:", "file:")):
        return True
    return not text.startswith("-") and "://" not in text and any(sign in text for sign in "./\\")


def opening_of(arguments: Sequence[str], folder: Path) -> Opening:
    """Return what arguments ask to open; a relative path is one below `folder`, `file:` URLs are paths too.

    A link is opened alone.
    """
    link = next((argument for argument in arguments if argument.lower().startswith(f"{SCHEME}:")), None)
    if link is not None:
        return OpenLink(link[: LONGEST_LINK + 1])  # one more is enough to be refused for
    paths = tuple(str(folder / _path_of(argument)) for argument in arguments)
    return OpenFile(paths[0]) if len(paths) == 1 and is_model(paths[0]) else OpenFiles(paths)


def is_model(path: str) -> bool:
    """Return whether a file is a model by its name."""
    return path.lower().endswith(".gguf")


def read_link(link: str) -> "Reference":
    """Return the model that a link names; raises LinkError for anything but the one form."""
    from desktop_app.domain.hub import Reference, is_repository

    if len(link) > LONGEST_LINK:
        raise _refused(ErrorCode.LINK_TOO_LONG, link)
    scheme, colon, rest = link.partition(":")
    if not colon or scheme.lower() != SCHEME:
        raise _refused(ErrorCode.LINK_SCHEME, link)
    if not _ALLOWED.fullmatch(rest) or not _ESCAPES.fullmatch(rest):
        raise _refused(ErrorCode.LINK_CHARACTERS, link)
    start, _slashes, path = rest.partition("//")
    kind, *steps = path.split("/")
    if start or kind != "model" or len(steps) < 2:
        raise _refused(ErrorCode.LINK_FORM, link)
    steps = [_decoded(step, link) for step in steps]
    repository, file = "/".join(steps[:2]), "/".join(steps[2:])
    if not is_repository(repository) or (len(steps) > 2 and not _is_model_file(file)):
        raise _refused(ErrorCode.LINK_FORM, link)
    return Reference(repository=repository, file=file)


def _decoded(step: str, link: str) -> str:
    """Return a step of a path without its escapes; what they hid must not be a step or an escape in turn."""
    try:
        text = unquote_to_bytes(step).decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(ErrorCode.LINK_CHARACTERS, link) from error
    if not text.isprintable() or re.search(r"[/\\%]", text):
        raise _refused(ErrorCode.LINK_CHARACTERS, link)
    return text


def _is_model_file(name: str) -> bool:
    from desktop_app.domain.hub import is_safe_name

    return is_safe_name(name) and is_model(name)


def _path_of(argument: str) -> str:
    """Return the path that an argument means; a `file:` URL that names another computer stays what it is."""
    if not argument.lower().startswith("file:"):
        return argument
    from urllib.request import url2pathname  # it brings all of HTTP along, which few starts need

    parts = urlsplit(argument)
    return url2pathname(parts.path) if parts.hostname in (None, "localhost") else argument


def _refused(code: ErrorCode, link: str) -> LinkError:
    shown = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in link[:SHOWN])
    return LinkError(code, link=shown + ("…" if len(link) > SHOWN else ""))
