"""Text from the command line and to a terminal: what comes in can be kept, and what goes out moves no cursor."""

import argparse
import os
import re

from desktop_app.support.i18n import _

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def as_text(given: str) -> str:
    """Return an argument as text that can be kept and sent; a sign stands for bytes that are none."""
    return os.fsencode(given).decode("utf-8", errors="replace")


def as_path(given: str) -> str:
    """Return an argument that names a file, for argparse: nothing at all would be the folder that one is in."""
    if not given:
        raise argparse.ArgumentTypeError(_("no file is named"))
    return given


def visible(text: str) -> str:
    """Return text of others so that a terminal shows it and obeys nothing in it."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
