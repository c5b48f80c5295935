"""A persona as another program's file gives it, with the picture that it brings, and what could not be taken."""

from enum import StrEnum

import msgspec

from desktop_app.domain.personas import Persona


class LeftOut(StrEnum):
    """What personas of other programs can have, and ours cannot."""

    GREETINGS = "greetings"
    """More than one greeting."""
    WORLD = "world"
    """Texts that come into the prompt where the chat mentions their key words."""
    LAST_WORDS = "last_words"
    """Instructions that follow the whole chat."""
    TOOLS = "tools"
    """Tools that the model may call, and collections of documents."""


class GivenPersona(msgspec.Struct, frozen=True, kw_only=True):
    """A persona whose name may be missing and whose sampling nobody has checked; `picture` is an image file's content.

    `picture_ending` is how its file's name ends, without the dot.
    """

    persona: Persona
    picture: bytes = b""
    picture_ending: str = ""
    left_out: tuple[LeftOut, ...] = ()

    def named(self, name: str) -> "GivenPersona":
        """Return it with a name, its own where it has one."""
        if self.persona.name:
            return self
        return msgspec.structs.replace(self, persona=msgspec.structs.replace(self.persona, name=name))

    def with_picture(self, picture: bytes, ending: str = "png") -> "GivenPersona":
        """Return it with this picture."""
        return msgspec.structs.replace(self, picture=picture, picture_ending=ending)
