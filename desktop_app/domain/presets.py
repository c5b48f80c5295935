"""Sampling presets: named differences from the defaults, and how those of another release are read."""

from collections.abc import Mapping

import msgspec

from desktop_app.domain.sampling import PRESETS, Sampling, parameters, with_changes
from desktop_app.domain.sampling_rules import OF_ONE_CHAT
from desktop_app.support.i18n import _

FORMAT = 1
"""Raised where older releases would read a preset's file wrongly."""
PRESET_FILES = (".json", ".yaml", ".yml")
"""How the names of files end that can hold presets, ours and other programs'."""
LONGEST_NAME = 60
NEVER = ("max_tokens", "seed", "thinking")
"""What no preset changes: the length, the seed, and whether the model thinks are the person's own."""


class Preset(msgspec.Struct, frozen=True):
    """A name, and what differs from the defaults."""

    name: str
    changes: dict[str, object]


class Repairs(msgspec.Struct, frozen=True):
    """What was done to read a preset: values that were brought within bounds, and names that were left out."""

    clamped: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.clamped or self.dropped)

    def and_those(self, other: "Repairs") -> "Repairs":
        """Return both, each name once."""
        return Repairs(
            tuple(dict.fromkeys((*self.clamped, *other.clamped))), tuple(dict.fromkeys((*self.dropped, *other.dropped)))
        )


class PresetUnreadableError(Exception):
    """A file that holds no preset."""


def built_in() -> tuple[Preset, ...]:
    """Return the presets that the app brings along."""
    return tuple(Preset(name, dict(changes)) for name, changes in PRESETS.items())


def applied(preset: Preset, current: Sampling) -> Sampling:
    """Return `current` with a preset in force; what was written for one chat stays where the preset does not name it.

    Raises msgspec.ValidationError for one that was not repaired.
    """
    kept = {name: getattr(current, name) for name in (*NEVER, *OF_ONE_CHAT)}
    changes = {name: value for name, value in preset.changes.items() if name not in NEVER}
    return with_changes(with_changes(Sampling(), kept), changes)


def is_in_force(preset: Preset, current: Sampling) -> bool:
    """Return whether using a preset would change nothing."""
    return applied(preset, current) == current


def preset_of(name: str, sampling: Sampling) -> Preset:
    """Return a preset that brings `sampling` back, but for what no preset changes."""
    plain, usual = msgspec.json.decode(msgspec.json.encode(msgspec.structs.asdict(sampling))), Sampling()
    names = [field for field in Sampling.__struct_fields__ if field not in NEVER]
    return Preset(name, {field: plain[field] for field in names if getattr(sampling, field) != getattr(usual, field)})


def repaired(changes: Mapping[str, object]) -> tuple[dict[str, object], Repairs]:
    """Return what can be used of a preset's changes: numbers within their bounds, known names, values of the right kind."""
    bounds = {parameter.name: (parameter.least, parameter.most, parameter.kind) for parameter in parameters()}
    good: dict[str, object] = {}
    clamped: list[str] = []
    dropped: list[str] = []
    for name, value in changes.items():
        if name not in Sampling.__struct_fields__ or name in NEVER:
            dropped.append(name)
        elif _fits(name, value):
            good[name] = value
        elif name in bounds and _is_number(value):
            least, most, kind = bounds[name]
            good[name] = kind(min(max(value, least), most))  # type: ignore[call-overload]
            clamped.append(name)
        else:
            dropped.append(name)
    return good, Repairs(tuple(clamped), tuple(dropped))


def written_preset(preset: Preset) -> bytes:
    """Return a preset as the file that `read_preset` reads."""
    content = {"inglenook_preset": FORMAT, "name": preset.name, "sampling": preset.changes}
    return msgspec.json.format(msgspec.json.encode(content)) + b"\n"


def read_preset(content: bytes) -> tuple[Preset, Repairs]:
    """Read a preset's file, repaired where it has to be; raises PresetUnreadableError where it is none."""
    import json  # only here: the first paint does without it

    try:
        read = json.loads(content)  # unlike msgspec it takes NaN, which is then left out alone
    except (ValueError, RecursionError) as error:
        raise PresetUnreadableError(str(error)) from error
    if not isinstance(read, dict) or not isinstance(read.get("sampling"), dict) or "inglenook_preset" not in read:
        raise PresetUnreadableError(_("it has no sampling values"))
    changes, repairs = repaired(read["sampling"])
    return Preset(clean_name(str(read.get("name", ""))), changes), repairs


def clean_name(name: str) -> str:
    """Return a name as it is kept: one line, not too long."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())[:LONGEST_NAME].strip()


def _fits(name: str, value: object) -> bool:
    try:
        with_changes(Sampling(), {name: value})
    except (msgspec.ValidationError, TypeError, OverflowError):
        return False
    return True


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
