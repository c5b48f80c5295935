"""Which release this is."""

from importlib import metadata


def app_version() -> str:
    """Return the app's version, as pyproject.toml names it."""
    return package_version("inglenook") or "unknown"


def package_version(name: str) -> str | None:
    """Return an installed package's version without importing it."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
