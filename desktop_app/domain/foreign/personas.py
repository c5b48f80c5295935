"""Personas of other programs, read from the files in which they are passed on.

Character cards (JSON, or a PNG that holds it; versions 1 to 3 of their specification), characters of
text-generation-webui and KoboldAI (YAML or JSON), models of Open WebUI's workspace, presets of LM Studio,
assistants of Jan, and Modelfiles of Ollama.
"""

from collections.abc import Callable, Sequence

from desktop_app.domain.foreign.assistants import (
    is_jan_assistant,
    is_lm_studio_preset,
    is_modelfile,
    is_open_webui_model,
    jan_assistant,
    lm_studio_preset,
    modelfile_persona,
    open_webui_model,
)
from desktop_app.domain.foreign.characters import card_in_image, character, is_character
from desktop_app.domain.foreign.decoding import UnreadableError, decoded
from desktop_app.domain.foreign.given_persona import GivenPersona
from desktop_app.domain.foreign.values import Values, items, values

MOST_TEXT_BYTES = 4_000_000
"""How much text such a file may hold; a world that comes with a card can be long."""
MOST_PERSONAS = 200
"""As many are taken from one file."""

_READERS: Sequence[tuple[Callable[[Values], bool], Callable[[Values], GivenPersona]]] = (
    (is_lm_studio_preset, lm_studio_preset),
    (is_open_webui_model, open_webui_model),
    (is_jan_assistant, jan_assistant),
    (is_character, character),
)


class NoPersonaError(Exception):
    """A file that holds no persona of a program that is known."""


def is_foreign(name: str, content: bytes) -> bool:
    """Return whether a file of this name is one of another program, rather than a persona's own text."""
    ending = name.lower().rpartition(".")[2]
    return ending in ("json", "png", "yaml", "yml") or is_modelfile(content)


def foreign_personas(name: str, content: bytes) -> list[GivenPersona]:
    """Read the file called `name`, one persona or several; raises NoPersonaError.

    One without a name of its own is called as the file is.
    """
    stem, _dot, ending = name.rpartition(".")
    given = _read(ending.lower(), content)
    if not given:
        raise NoPersonaError
    return [each.named(stem.removesuffix(".preset") or name) for each in given[:MOST_PERSONAS]]


def _read(ending: str, content: bytes) -> list[GivenPersona]:
    if ending == "png":
        card, picture = card_in_image(content)
        return [each.with_picture(picture) for each in _of_values(_decoded(card))]
    if len(content) > MOST_TEXT_BYTES:
        raise NoPersonaError
    if is_modelfile(content):
        return [modelfile_persona(content.decode("utf-8-sig", "replace"))]
    return _of_values(_decoded(content, is_yaml=ending in ("yaml", "yml")))


def _of_values(found: object) -> list[GivenPersona]:
    """Read what was decoded: one persona, or a list of them, as Open WebUI and Jan write it."""
    listed = items(found) or items(values(found).get("models")) or items(values(found).get("assistants")) or [found]
    given = []
    for each in map(values, listed):
        read = next((read for knows, read in _READERS if knows(each)), None)
        if read is not None:
            given.append(read(each))
    return given


def _decoded(content: bytes, *, is_yaml: bool = False) -> object:
    try:
        return decoded(content[:MOST_TEXT_BYTES], is_yaml=is_yaml)
    except UnreadableError as error:
        raise NoPersonaError(str(error)) from error
