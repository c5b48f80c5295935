"""Messages between the owner and the process that speaks, which may be ended at any moment."""

import msgspec


class Say(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Speak `text` in place of what is spoken now; `pace` from -1 to 1, `language` as in 'de' or 'zh_CN', '' for the usual."""

    number: int
    text: str
    language: str = ""
    pace: float = 0.0


class Pause(msgspec.Struct, frozen=True, tag=True):
    """Be silent until `Resume`."""


class Resume(msgspec.Struct, frozen=True, tag=True):
    """Go on with what was paused."""


class Silence(msgspec.Struct, frozen=True, tag=True):
    """Speak nothing more of what is spoken now."""


class Stop(msgspec.Struct, frozen=True, tag=True):
    """End the process in good order."""


Command = Say | Pause | Resume | Silence | Stop


class Opened(msgspec.Struct, frozen=True, tag=True):
    """There is a voice; whether it can pause."""

    can_pause: bool


class Word(msgspec.Struct, frozen=True, tag=True):
    """Some characters of text `number` are spoken now."""

    number: int
    start: int
    length: int


class Said(msgspec.Struct, frozen=True, tag=True):
    """Text `number` was spoken to its end."""

    number: int


class Mute(msgspec.Struct, frozen=True, tag=True):
    """There is no voice, or it failed; `detail` is what the system says of it."""

    detail: str


Event = Opened | Word | Said | Mute
