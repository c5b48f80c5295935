"""How a bounded number lies along a slider, and how it is written and read."""

import math
from dataclasses import dataclass


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
        """Return `value` as people read it: a fixed number of decimals, or thousands set apart."""
        return f"{value:.{self.decimals}f}" if self.decimals else f"{round(value):,}"

    def read(self, text: str) -> float:
        """Return the number in `text`, brought within the bounds; raises ValueError where there is none.

        A decimal comma is understood, and so are commas and spaces between thousands.
        """
        bare = "".join(text.split())
        bare = bare.replace(",", ".") if self.decimals else bare.replace(",", "")
        value = float(bare)
        if not math.isfinite(value):
            raise ValueError(text)
        value = min(max(value, self.low), self.high)
        return value if self.decimals else float(round(value))
