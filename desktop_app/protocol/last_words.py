"""What any process says that computes with llama.cpp, before llama.cpp ends it."""

import msgspec


class Aborting(msgspec.Struct, frozen=True, tag=True):
    """The engine's last words: it ends the process now, for this reason."""

    reason: str
