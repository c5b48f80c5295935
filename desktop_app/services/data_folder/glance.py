"""What a starting window can show before the services are up."""

from desktop_app.domain.chats import Conversation
from desktop_app.support.paths import Paths


def glance_at_chat(paths: Paths, chat_id: str) -> Conversation | None:
    """Return the end of a chat, None where it is not simply there; takes some milliseconds of disk time."""
    from desktop_app.storage.first_look import first_look

    return first_look(paths.database, chat_id)
