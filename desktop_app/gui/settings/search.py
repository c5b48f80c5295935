"""Finds settings by their titles, and by all that is said of them and can be chosen."""

from functools import cache
from typing import get_type_hints

from desktop_app.gui.commands.name_match import fit
from desktop_app.gui.forms.form import Field, fields_of
from desktop_app.gui.settings.page import SECTIONS
from desktop_app.settings.schema import Settings
from desktop_app.support.i18n import _

LEAST_FITTING = 4
"""After all that `fit` tells apart."""


def settings_with(typed: str) -> list[str]:
    """Return the titles of the settings that fit what was typed, the best first, then of those that say all of its words."""
    words = typed.casefold().split()
    fitting = []
    for number, spec in enumerate(_settings()):
        title = _(spec.title)
        fits = fit(typed, title)
        if fits is not None or all(word in spec.words for word in words):
            fitting.append((LEAST_FITTING if fits is None else fits, number, title))
    return [title for _fits, _number, title in sorted(fitting)]


@cache
def _settings() -> tuple[Field, ...]:
    """All settings that have a row on their page, from above."""
    kinds = get_type_hints(Settings)
    return tuple(spec for name in SECTIONS for spec in fields_of(kinds[name]))
