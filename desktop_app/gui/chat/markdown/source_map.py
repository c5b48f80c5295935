"""Finds which character of a Markdown source each character of its rendering is, by reading both side by side. Free of Qt."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from desktop_app.gui.widgets.qt_places import qt_places

SEPARATORS = "\u2029\ufdd0\ufdd1"
"""What stands in a document between paragraphs, and around frames and cells."""
_BLANKS = " \n\t\u2028\u00a0"
_FAR, _NEAR = 400, 8
"""How many characters of marks may stand between two rendered ones: a link's address, or a pair of signs."""
_FORMULA = "\ufffc"
_TEX = re.compile(r"\$\$.+?\$\$|\$.+?\$|\\\(.+?\\\)|\\\[.+?\\\]", re.DOTALL)
_KEY = 3
"""Characters that have to agree to go on after more than a few signs."""


class Stretch(NamedTuple):
    """Characters `begin` to `end`, and the step of sureness that they have."""

    begin: int
    end: int
    step: int


def places(source: str, rendered: str) -> list[int]:
    """Return for each character of `rendered` its place in `source`, -1 for what was added (bullets, numbers).

    A rendering is its source without marks: where both differ, the next characters that agree are looked for.
    What is rendered otherwise than it is written (an entity, an escape) is passed over, and costs a few characters.
    Blanks are read along, and have no place; a formula, one character, has that of what opens it.
    """
    plain = source.translate({ord(blank): " " for blank in _BLANKS})
    text = rendered.translate({ord(blank): " " for blank in _BLANKS})
    found = [-1] * len(rendered)
    at = 0
    for number, sign in enumerate(text):
        if sign in SEPARATORS:
            continue
        if sign == _FORMULA and (formula := _TEX.search(source, at, at + _FAR)):
            found[number], at = formula.start(), formula.end()
            continue
        place = at if plain[at : at + 1] == sign else _next(plain, at, text, number)
        if place >= 0:
            found[number] = place if sign != " " else -1
            at = place + 1
    return found


def _next(plain: str, at: int, text: str, number: int) -> int:
    key = text[number : number + _KEY]
    if len(key) == _KEY and not any(separator in key for separator in SEPARATORS):
        place = plain.find(key, at, at + _FAR)
        if place >= 0:
            return place
    return plain.find(text[number], at, at + _NEAR)


def rendered_stretches(stretches: Sequence[Stretch], found: Iterable[int]) -> list[Stretch]:
    """Return where stretches of the source, in order, stand in a rendering whose characters have the places `found`."""
    made: list[Stretch] = []
    current = 0
    for number, place in enumerate(found):
        if place < 0:
            continue
        while current < len(stretches) and (stretches[current].end <= place):
            current += 1
        if current == len(stretches):
            break
        if stretches[current].begin > place:
            continue
        step = stretches[current].step
        if made and made[-1].end == number and made[-1].step == step:
            made[-1] = made[-1]._replace(end=number + 1)
        else:
            made.append(Stretch(number, number + 1, step))
    return made


def utf16_stretches(stretches: Iterable[Stretch], text: str) -> list[Stretch]:
    """Return the same stretches of `text` counted as Qt counts: characters beyond the first plane are two."""
    if text.isascii() or max(text, default="") <= "\uffff":
        return list(stretches)
    offsets = qt_places(text)
    return [Stretch(offsets[begin], offsets[end], step) for begin, end, step in stretches]
