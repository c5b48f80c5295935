"""How a model is present in memory, as the Models page shows it."""

from typing import NamedTuple

from desktop_app.domain.sizes import readable_size
from desktop_app.support.i18n import _, ngettext


class Presence(NamedTuple):
    """Whether a model has a worker, its memory in bytes (0 where unknown), and how far it is loaded (0 to 1, None when it is)."""

    is_there: bool = False
    memory: int = 0
    busy: bool = False
    fraction: float | None = None


def presence_words(presence: Presence) -> str:
    """Return what a badge says; empty where the model is not in memory."""
    if not presence.is_there:
        return ""
    if presence.fraction is not None:
        return _("loading {percent} %").format(percent=round(100 * presence.fraction))
    if not presence.memory:
        return _("loaded")
    return _("loaded · {memory}").format(memory=readable_size(presence.memory))


def total_words(memories: list[int]) -> str:
    """Return what loaded models take together; empty where there are none."""
    if not memories:
        return ""
    words = ngettext(
        "{count} model in memory takes {size} of it.", "{count} models in memory take {size} of it.", len(memories)
    )
    return words.format(count=len(memories), size=readable_size(sum(memories)))
