"""How a bounded number lies along a slider, and how it is written and read."""

import math
import re
from dataclasses import dataclass

from desktop_app.support.formats import decimal


@dataclass(frozen=True)
class Scale:
    """The numbers from `low` to `high` in steps of `step`, laid out evenly or by their logarithm."""

    low: float
    high: float
    step: float = 1.0
    logarithmic: bool = False

    @property
    def decimals(self) -> int:
        """How many digits follow the point, so that two neighbouring steps read differently."""
        return max(0, math.ceil(-math.log10(self.step) - 1e-9)) if self.step < 1 else 0

    def fraction(self, value: float) -> float:
        """Return where `value` lies, from 0 at `low` to 1 at `high`."""
        value = min(max(value, self.low), self.high)
        if self.logarithmic:
            return math.log1p(value - self.low) / math.log1p(self.high - self.low)
        return (value - self.low) / (self.high - self.low)

    def value(self, fraction: float) -> float:
        """Return the step nearest to `fraction` of the way, itself 0 to 1."""
        fraction = min(max(fraction, 0.0), 1.0)
        if self.logarithmic:
            return self.snapped(self.low + math.expm1(fraction * math.log1p(self.high - self.low)))
        return self.snapped(self.low + fraction * (self.high - self.low))

    def snapped(self, value: float) -> float:
        """Return `value` on the nearest step within the bounds."""
        steps = round((value - self.low) / self.step)
        snapped = min(max(self.low + steps * self.step, self.low), self.high)
        return round(snapped, self.decimals) if self.decimals else float(round(snapped))

    def stepped(self, value: float, count: int) -> float:
        """Return the value `count` key presses away: a step each, or a tenth where the scale is logarithmic."""
        if not self.logarithmic:
            return self.snapped(value + count * self.step)
        moved = value
        for _press in range(abs(count)):
            change = max(self.step, abs(moved) * 0.1)
            moved = self.snapped(moved + math.copysign(change, count))
        return moved

    def written(self, value: float) -> str:
        """Return `value` as people read it: a fixed number of decimals, thousands set apart."""
        return decimal(value, self.decimals)

    def read(self, text: str) -> float:
        """Return the number in `text`, brought within the bounds; raises ValueError where there is none.

        Point and comma are both understood, whatever the language: as the sign of thousands where three digits follow
        in a whole number or another sign does, else as the decimal sign.
        """
        value = float(
            _without_groups("".join(text.split()).replace("٫", ",").replace("−", "-").strip("\u200e"), self.decimals)
        )
        if not math.isfinite(value):
            raise ValueError(text)
        value = min(max(value, self.low), self.high)
        return value if self.decimals else float(round(value))


def _without_groups(text: str, decimals: int) -> str:
    """Return a typed number as Python reads it."""
    signs = re.findall("[.,]", text)
    if len(set(signs)) == 2:  # the last one is the decimal sign
        return text.replace(signs[0], "").replace(signs[-1], ".")
    if len(signs) > 1 or (signs and not decimals and re.search(r"[.,]\d{3}$", text)):
        return re.sub("[.,]", "", text)
    return text.replace(",", ".")
