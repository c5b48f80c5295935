"""Numbers on the command line, within the bounds that argparse's own error names."""

import argparse
from collections.abc import Callable

from desktop_app.support.i18n import _


def bounded(kind: type[int] | type[float], least: float, most: float) -> Callable[[str], int | float]:
    """Return what argparse reads a number with that has to lie between two others."""

    def convert(text: str) -> int | float:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(_("“{text}” is not a number").format(text=text)) from None
        if not least <= value <= most:  # as it is with what is no number at all, NaN
            words = _("{text} is not between {least} and {most}")
            raise argparse.ArgumentTypeError(words.format(text=text, least=shown(least), most=shown(most)))
        return value

    return convert


def shown(bound: float) -> str:
    """Return a bound as it can be typed."""
    return f"{bound:.12g}"
