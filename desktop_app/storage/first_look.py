"""The end of one chat, read before SQLAlchemy is imported, so that a starting window can show it at once.

It reads with a connection of its own and is content with nothing: whatever is unusual (no file, an
old revision, a lock) is left to `storage.database`, which follows.
"""

from pathlib import Path

from desktop_app.domain.chats import Conversation
from desktop_app.storage.revisions import NEWEST
from desktop_app.storage.uri import file_uri
from desktop_app.storage.values import CHAT_COLUMNS, DAMAGED, MESSAGE_COLUMNS, chat_of, message_of

LAST_MESSAGES = 24
"""How many messages of the open branch are read; a window shows fewer."""

# the branch from the leaf upwards, and the siblings of each message on it
_MESSAGES = f"""
WITH RECURSIVE branch(id, parent_id, depth) AS (
    SELECT id, parent_id, 1 FROM messages WHERE id = :leaf
    UNION ALL
    SELECT m.id, m.parent_id, depth + 1 FROM messages m JOIN branch b ON m.id = b.parent_id WHERE depth < :most
)
SELECT {", ".join(MESSAGE_COLUMNS)} FROM messages
WHERE id IN (SELECT id FROM branch)
    OR parent_id IN (SELECT parent_id FROM branch)
    OR (parent_id IS NULL AND chat_id = :chat AND EXISTS (SELECT 1 FROM branch WHERE parent_id IS NULL))
ORDER BY sequence
"""  # only names of columns are put in


def first_look(path: Path, chat_id: str) -> Conversation | None:
    """Return a chat with the last messages of its open branch, None where that is not simply there."""
    from sqlcipher3 import dbapi2

    if not path.is_file():
        return None
    try:
        connection = dbapi2.connect(file_uri(path.absolute(), "mode=ro"), uri=True, timeout=0.1)
        try:
            if connection.execute("SELECT version_num FROM alembic_version").fetchone() != (NEWEST,):
                return None
            chat_row = connection.execute(
                f"SELECT {', '.join(CHAT_COLUMNS)} FROM chats WHERE id = ? AND deleted_at IS NULL",
                (chat_id,),
            ).fetchone()
            if chat_row is None:
                return None
            chat = chat_of(chat_row)
            values = {"leaf": chat.leaf_id, "chat": chat_id, "most": LAST_MESSAGES}
            messages = tuple(message_of(row) for row in connection.execute(_MESSAGES, values))
        finally:
            connection.close()
    except (dbapi2.Error, *DAMAGED):
        return None
    return Conversation(chat=chat, messages=messages)
