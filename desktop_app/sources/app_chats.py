"""Finds the folders in which other apps keep their chats on this computer; nothing in them is read.

Ollama's own app, Open WebUI and web apps keep them in databases or elsewhere: those are exported there.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from desktop_app.domain.moving_in import Origin
from desktop_app.domain.offers import FoundChats
from desktop_app.sources.app_places import Places, gpt4all_folders, jan_folders, lm_studio_homes
from desktop_app.sources.walk import Walk, identity_of, is_regular, is_text


def find_chats(home: Path, environment: Mapping[str, str], platform: str) -> list[FoundChats]:
    """Return the folders that have chats in them, each real one once; `platform` is spelled as in sys.platform."""
    places = Places(home.absolute(), environment, platform)
    found: dict[object, FoundChats] = {}
    for origin, folder in (*_lm_studio(places), *_jan(places), *_gpt4all(places)):
        count = sum(_is_chat(origin, file) for file in Walk().files(folder))
        if count and is_text(str(folder)):
            found.setdefault(identity_of(folder), FoundChats(origin=origin, path=str(folder), files=count))
    return list(found.values())


def _lm_studio(places: Places) -> Iterator[tuple[Origin, Path]]:
    """LM Studio: `<home>/conversations`, with folders of one's own in it."""
    yield from ((Origin.LM_STUDIO, home / "conversations") for home in lm_studio_homes(places))


def _jan(places: Places) -> Iterator[tuple[Origin, Path]]:
    """Jan: `<data folder>/threads/<id>/thread.json`."""
    yield from ((Origin.JAN, folder / "threads") for folder in jan_folders(places))


def _gpt4all(places: Places) -> Iterator[tuple[Origin, Path]]:
    """GPT4All: `gpt4all-<id>.chat` beside its models, as in gpt4all-chat's chatlistmodel.cpp."""
    yield from ((Origin.GPT4ALL, folder) for folder in gpt4all_folders(places))


def _is_chat(origin: Origin, file: Path) -> bool:
    """Whether a file is called as the app's chats are."""
    if origin is Origin.LM_STUDIO:
        is_named = file.name.endswith(".conversation.json")
    elif origin is Origin.JAN:
        is_named = file.name == "thread.json"
    else:
        is_named = file.name.startswith("gpt4all-") and file.suffix == ".chat"
    return is_named and is_regular(file)
