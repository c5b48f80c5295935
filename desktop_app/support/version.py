"""Which release this is, and of what."""

VERSION = "0.1.0"
"""The app's version; pyproject.toml reads it from here."""
PACKAGES = ("PySide6-Essentials", "llama-cpp-python", "SQLAlchemy", "sqlcipher3", "msgspec", "huggingface-hub")
"""Those of others whose versions matter most where something does not work."""


def package_version(name: str) -> str | None:
    """Return an installed package's version without importing it."""
    from importlib import metadata  # it brings parsers of mail and tables along, which the first paint does without

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
