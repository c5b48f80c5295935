"""Finds the GGUF files of the models folder, whatever else people, programs and links have put there."""

from pathlib import Path

from desktop_app.domain.model_names import is_model_name
from desktop_app.sources.walk import Walk, identity_of, is_regular, is_text


def models_in(folder: Path) -> list[Path]:
    """Return the files in `folder` that stand for models, each real file once and under its own name where it has one here.

    A model that is split is its first part. Links that lead nowhere, pipes, folders and names that are no text
    are left out.
    """
    found: dict[object, Path] = {}
    walk = Walk()
    links: list[Path] = []
    own = [file for file in walk.files(folder, links) if is_gguf(file)]
    own.sort(key=Path.is_symlink)
    linked = [file for link in links for file in walk.files(link) if is_gguf(file)]
    for file in own + linked:
        if is_model_name(file.name):
            found.setdefault(identity_of(file), file)
    return list(found.values())


def is_gguf(file: Path) -> bool:
    """Return whether a path leads to a GGUF file, by its name, which can be shown and stored."""
    return file.name.lower().endswith(".gguf") and is_text(str(file)) and is_regular(file)
