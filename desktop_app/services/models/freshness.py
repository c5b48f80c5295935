"""Whether a model that was downloaded is still what its repository offers."""

from enum import Enum, auto

from desktop_app.domain.hub import HubRepository, Reference, Variant, choose_variant
from desktop_app.domain.models import Origin


class Freshness(Enum):
    """How a model compares with what the hub has under the same names."""

    NEWEST = auto()
    OUTDATED = auto()
    GONE = auto()
    UNKNOWN = auto()


def same_choice(origin: Origin, repository: HubRepository) -> Variant | None:
    """Return the choice of `repository` that has the files of `origin`; None where one of them is gone."""
    variant = choose_variant(repository, Reference(repository=origin.repository, file=origin.files[0].name))
    if variant is None or [file.name for file in variant.files] != [file.name for file in origin.files]:
        return None
    return variant


def freshness(origin: Origin, repository: HubRepository) -> Freshness:
    """Compare by the SHA-256 of each file; unknown where the hub does not tell one."""
    variant = same_choice(origin, repository)
    if variant is None:
        return Freshness.GONE
    pairs = [(file.sha256, known.sha256) for file, known in zip(variant.files, origin.files, strict=True)]
    if any(there and there != here for there, here in pairs):
        return Freshness.OUTDATED
    return Freshness.NEWEST if all(there for there, _ in pairs) else Freshness.UNKNOWN
