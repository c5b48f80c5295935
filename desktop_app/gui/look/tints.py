"""The five steps from sure to unsure: which probability has which, and how each is tinted and underlined."""

from bisect import bisect_right
from typing import NamedTuple

from PySide6.QtGui import QColor

from desktop_app.gui.look.theme import Theme, mixed
from desktop_app.support import formats
from desktop_app.support.i18n import _

BOUNDS = (0.1, 0.3, 0.5, 0.8)
"""Where a new step begins, from unsure to sure."""
STEPS = len(BOUNDS) + 1
_MIXED = (0.0, 0.5, 1.0)
"""How much of the soft accent the first steps have."""
_STRONGER = 0.4
"""How much of the accent lies over the soft one in the last step but one: text keeps 4.5:1 on it."""
_UNDERLINES = (0.0, 1.0, 1.5, 2.25, 3.0)


class Tint(NamedTuple):
    """How a step looks: its ground, None for none, its text, and the thickness of its underline in pixels."""

    ground: QColor | None
    text: QColor
    underline: float


def step_of(probability: float) -> int:
    """Return the step of a probability: 0 for the surest, 4 for the least sure."""
    return len(BOUNDS) - bisect_right(BOUNDS, probability)


def tints(theme: Theme, ground: str) -> tuple[Tint, ...]:
    """Return the tint of each step on a ground of that name."""
    colors = theme.colors
    soft = [mixed(colors.named(ground), colors.accent_soft, share) for share in _MIXED[1:]]
    grounds = (None, *soft, mixed(colors.accent_soft, colors.accent, _STRONGER), colors.accent)
    return tuple(
        Tint(fill, colors.on_accent if step == STEPS - 1 else colors.text, _UNDERLINES[step] * theme.scale)
        for step, fill in enumerate(grounds)
    )


def legend() -> tuple[str, ...]:
    """Return what each step stands for, in few words."""
    return (_("> 80 %"), _("50–80 %"), _("30–50 %"), _("10–30 %"), _("< 10 %"))


def percent(probability: float) -> str:
    """Return a probability as people read it."""
    value = 100 * probability
    if value >= 99.5:
        return _("100 %") if value > 99.95 else _("over 99 %")
    if value >= 1.0:
        return formats.percent(probability)
    if value >= 0.1:
        return formats.percent(probability, 1)
    return _("under 0.1 %")
