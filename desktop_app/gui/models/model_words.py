"""How a model is described in a line: its licence, its size, and what it is good at."""

from desktop_app.domain.hub import HubModel
from desktop_app.support.formats import decimal, number, side_by_side
from desktop_app.support.i18n import _, ngettext


def licence_name(tag: str) -> str:
    """Return a licence as people write it; the hub's tag where it is not a common one."""
    names = {"apache-2.0": "Apache 2.0", "mit": "MIT", "gemma": "Gemma", "llama3.2": "Llama 3.2", "llama3.1": "Llama 3.1",
             "llama3.3": "Llama 3.3"}  # fmt: skip
    return names.get(tag, tag)


def strength_name(strength: str) -> str:
    """Return what a model is good at, in the person's language."""
    names = {
        "chat": _("chat"),
        "writing": _("writing"),
        "code": _("code"),
        "reasoning": _("reasoning"),
        "maths": _("maths"),
        "translation": _("translation"),
        "multilingual": _("many languages"),
        "summaries": _("summaries"),
        "small-devices": _("small computers"),
    }
    return names[strength]


def parameter_words(count: int) -> str:
    """Return a number of parameters as 8.2 B or 135 M; empty where it is not known."""
    if count >= 1_000_000_000:
        return _("{count} B").format(count=decimal(count / 1e9, 1))
    return _("{count} M").format(count=decimal(count / 1e6, 0)) if count else ""


def hub_words(model: HubModel) -> str:
    """Return what a search knows of a repository."""
    downloads = ngettext("{count} download", "{count} downloads", model.downloads).format(count=number(model.downloads))
    parts = [
        model.repository.partition("/")[0],
        parameter_words(model.parameters),
        licence_name(model.licence),
        downloads if model.downloads else "",
        _("asks for a licence") if model.gated else "",
    ]
    return side_by_side(parts)
