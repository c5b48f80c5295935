"""The words around the next word's candidates: how a token is written, which step cut it, how likely it is."""

from desktop_app.domain.sampling import Sampling
from desktop_app.support import formats
from desktop_app.support.i18n import _

_SIGNS = {"\n": "⏎", "\t": "⇥", "\r": "␍"}
_LEAST_SHOWN = 0.001
"""A share below which only that is said."""
_PRECISE_BELOW = 0.1
_TAIL_CHARACTERS = 200
"""More than the window has room for in a line."""


def step_title(name: str) -> str:
    """Return the name of a step as the window has it."""
    titles = {
        "model": _("Model"),
        "logit_bias": _("Word bias"),
        "penalties": _("Penalties"),
        "dry": _("DRY"),
        "top_n_sigma": _("Top-n-sigma"),
        "top_k": _("Top-k"),
        "typical_p": _("Typical-p"),
        "top_p": _("Top-p"),
        "min_p": _("Min-p"),
        "xtc": _("XTC"),
        "temperature": _("Temperature"),
        "mirostat": _("Mirostat"),
        "adaptive_p": _("Adaptive-p"),
        "greedy": _("Likeliest only"),
    }
    return titles[name]


def cut_words(name: str, sampling: Sampling) -> str:
    """Return which step cut a candidate."""
    words = {
        "model": _("ruled out by the model"),
        "top_n_sigma": _("cut by top-n-sigma"),
        "top_k": _("cut by top-k"),
        "typical_p": _("cut by typical-p"),
        "top_p": _("cut by top-p"),
        "min_p": _("cut by min-p"),
        "xtc": _("cut by XTC in {percent} of cases").format(percent=percent(sampling.xtc_probability)),
        "temperature": _("cut by the temperature, which comes down to 0 here"),
        "mirostat": _("cut by mirostat"),
        "greedy": _("cut, since temperature 0 takes the likeliest"),
    }
    return words[name]


def percent(share: float) -> str:
    """Return a share from 0 to 1 as a percentage, with one decimal where it is small."""
    if 0.0 < share < _LEAST_SHOWN:
        return _("< 0.1 %")
    digits = 1 if 0.0 < share < _PRECISE_BELOW and round(share, 3) < _PRECISE_BELOW else 0
    return formats.percent(share, digits)


def token_words(piece: bytes | None, text: str, *, ends: bool) -> str:
    """Return how a token is shown that would stand behind `text`: `ends` says that it ends the answer.

    The space before a word is left out; what goes on with a word that has begun has dots before it.
    """
    if piece is None:
        return "…"
    if ends:
        return _("(end of the answer)")
    written = piece.decode("utf-8", errors="replace")
    shown = "".join(_SIGNS.get(character, character) for character in written)
    if not shown.strip():
        return "␣" * max(1, len(shown))
    goes_on = text[-1:].isalnum() and shown[0].isalnum()
    return f"…{shown}" if goes_on else shown.removeprefix(" ")


def tail_words(text: str) -> str:
    """Return the end of a text in one line, with a gap where the next word would stand."""
    line = " ".join(text[-_TAIL_CHARACTERS:].split())
    return f"…{line} __" if len(text) > _TAIL_CHARACTERS else f"{line} __".lstrip()
