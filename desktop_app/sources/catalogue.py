"""Reads the curated list of models that ships with the app."""

import msgspec

from desktop_app.domain.catalogue import Catalogue
from desktop_app.support.paths import resources


def read_catalogue() -> Catalogue:
    """Return the list; raises OSError or msgspec.MsgspecError where the installation is damaged."""
    data = (resources() / "models" / "catalogue.json").read_bytes()
    return msgspec.json.decode(data, type=Catalogue, strict=True)
