"""What a person wrote and could not be stored, for as long as memory alone has it."""

import msgspec

from desktop_app.domain.notebook import NotebookText


class Unkept(msgspec.Struct, frozen=True, kw_only=True):
    """Handed from the services that are stopped when the chats are closed to those that open them again."""

    texts: tuple[NotebookText, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.texts)
