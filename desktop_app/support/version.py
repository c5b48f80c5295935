"""Which release this is."""

from importlib import metadata

VERSION = "0.1.0"
"""The app's version; pyproject.toml reads it from here."""


def package_version(name: str) -> str | None:
    """Return an installed package's version without importing it."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
