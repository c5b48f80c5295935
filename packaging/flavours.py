"""The kinds of packages that there are of every release."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Flavour:
    """A kind of package: its name, and whether the starter model is in it."""

    name: str
    starter: bool
    summary: str


FLAVOURS = (
    Flavour("inglenook", starter=False, summary="Private chat assistant for local models"),
    Flavour("inglenook-starter", starter=True, summary="Private chat assistant, with a small model to start with"),
)
