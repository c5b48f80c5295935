"""Sampling presets of other programs: text-generation-webui (YAML), SillyTavern and KoboldAI (JSON), LM Studio.

What they leave to a default of their own is set to a value that changes nothing, where that is what theirs does.
"""

from collections.abc import Callable

from desktop_app.domain.foreign.assistants import is_lm_studio_preset, lm_studio_sampling
from desktop_app.domain.foreign.decoding import UnreadableError, decoded
from desktop_app.domain.foreign.values import Values, items, number, text, values
from desktop_app.domain.presets import Preset, PresetUnreadableError, Repairs, clean_name, read_preset, repaired
from desktop_app.domain.sampling import CHAIN_ORDER, LONGEST_WINDOW
from desktop_app.support.i18n import _

_NAMES = {
    "temp": "temperature",
    "typical": "typical_p",
    "rep_pen": "repeat_penalty",
    "repetition_penalty": "repeat_penalty",
    "rep_pen_range": "repeat_last_n",
    "repetition_penalty_range": "repeat_last_n",
    "freq_pen": "frequency_penalty",
    "presence_pen": "presence_penalty",
    "nsigma": "top_n_sigma",
    "mirostat_mode": "mirostat",
    "mirostat_type": "mirostat",
    "dry_penalty_last_n": "dry_last_n",
    "dry_sequence_breakers": "dry_breakers",
} | {
    name: name
    for name in (
        "temperature", "top_k", "top_p", "min_p", "typical_p", "repeat_penalty", "repeat_last_n", "frequency_penalty",
        "presence_penalty", "top_n_sigma", "mirostat", "mirostat_tau", "mirostat_eta", "dry_multiplier", "dry_base",
        "dry_allowed_length", "dry_last_n", "dry_breakers", "xtc_probability", "xtc_threshold", "dynatemp_range",
        "dynatemp_exponent", "adaptive_target", "adaptive_decay",
    )
}  # fmt: skip
"""Our name for each of theirs."""
_NEUTRAL = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
"""What text-generation-webui leaves out of a preset's file; our own defaults cut."""
_WITHOUT_EFFECT = {
    "tfs": 1, "tfs_z": 1, "top_a": 0, "eta_cutoff": 0, "epsilon_cutoff": 0, "smoothing_factor": 0,
    "encoder_repetition_penalty": 1, "encoder_rep_pen": 1, "no_repeat_ngram_size": 0, "guidance_scale": 1,
    "penalty_alpha": 0, "skew": 0, "rep_pen_decay": 0,
}  # fmt: skip
"""Samplers that llama.cpp has not, with the value at which they do nothing."""
_STEPS = {
    "repetition_penalty": "penalties",
    "presence_penalty": "penalties",
    "frequency_penalty": "penalties",
    "dynamic_temperature": "temperature",
    "typical": "typical_p",
    "typ_p": "typical_p",
} | {step: step for step in CHAIN_ORDER}
_FEWEST = 2
"""A JSON file with fewer of these values is no preset."""


def read_any_preset(name: str, content: bytes) -> tuple[Preset, Repairs]:
    """Read the preset in a file called `name`, ours or another program's, repaired where it has to be.

    Raises PresetUnreadableError where it is none.
    """
    ending = name.lower().rpartition(".")[2]
    is_yaml = ending in ("yaml", "yml")
    try:
        found = decoded(content, is_yaml=is_yaml)
    except UnreadableError as error:
        raise PresetUnreadableError(str(error)) from error
    if isinstance(found, dict) and "inglenook_preset" in found:
        return read_preset(content)
    given = values(found)
    read = lm_studio_sampling if is_lm_studio_preset(given) else _of_yaml if is_yaml else _of_json
    changes, unknown = _read(given, read)
    good, repairs = repaired(changes)
    return Preset(clean_name(text(given.get("name"))), good), repairs.and_those(Repairs(dropped=unknown))


def _read(given: Values, read: Callable[[Values], dict[str, object]]) -> tuple[dict[str, object], tuple[str, ...]]:
    changes = read(given)
    if not changes:
        raise PresetUnreadableError(_("it has no sampling values"))
    unknown = tuple(name for name, value in _WITHOUT_EFFECT.items() if number(given.get(name)) not in (None, value))
    return changes, unknown


def _of_yaml(given: Values) -> dict[str, object]:
    said = _said(given)
    return {**_NEUTRAL, **said} if said else {}


def _of_json(given: Values) -> dict[str, object]:
    said = _said(given)
    return said if len(said) >= _FEWEST else {}


def _said(given: Values) -> dict[str, object]:
    """Return what a preset says by our names."""
    said: dict[str, object] = {}
    for theirs, value in given.items():
        name = _NAMES.get(theirs)
        if name == "dry_breakers":
            said[name] = _breakers(value)
        elif name is not None and number(value) is not None:
            said[name] = value
    for name in ("repeat_last_n", "dry_last_n"):
        if name in said and (number(said[name]) or 0) <= 0:
            said[name] = LONGEST_WINDOW  # none, and -1, stand for all of the context
    said |= _spread(given)
    order = _order(given)
    return {**said, "order": order} if said and order else said


def _spread(given: Values) -> dict[str, object]:
    """Return a dynamic temperature by its middle and its range, from the lowest and the highest one."""
    is_on = given.get("dynamic_temperature", given.get("dynatemp")) is True
    low = number(given.get("dynatemp_low", given.get("min_temp")))
    high = number(given.get("dynatemp_high", given.get("max_temp")))
    if not is_on or low is None or high is None or high < low:
        return {}
    return {"temperature": (low + high) / 2, "dynatemp_range": (high - low) / 2}


def _order(given: Values) -> list[str]:
    """Return the order of the samplers, empty for the usual one; what is not named follows in llama.cpp's order."""
    named = given.get("samplers", given.get("sampler_priority"))
    words = named.split() if isinstance(named, str) else [text(each) for each in items(named)]
    order = list(dict.fromkeys(_STEPS[word] for word in words if word in _STEPS))
    if not order and given.get("temperature_last") is True:
        order = [step for step in CHAIN_ORDER if step != "temperature"]
    steps = [*order, *(step for step in CHAIN_ORDER if step not in order)]
    return [] if tuple(steps) == CHAIN_ORDER else steps


def _breakers(value: object) -> list[str]:
    """Return what breaks DRY's runs: from a list, one written as JSON, or texts in quotation marks with commas between."""
    if isinstance(value, str):
        try:
            value = decoded(f"[{value.strip().removeprefix('[').removesuffix(']')}]".encode())
        except UnreadableError:
            return []
    return [each for each in map(text, items(value)) if each]
