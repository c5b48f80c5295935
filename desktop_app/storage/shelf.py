"""Queries about where chats are: folders, tags, archive and trash. However many chats, an action is a few statements."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, case, delete, func, insert, select, text, update

from desktop_app.domain.chats import Chat
from desktop_app.domain.shelf import GONE, LEFT, TEMPORARY, Folder, FolderStart, Place, Shelf, Tag
from desktop_app.storage.chats import insert_chat
from desktop_app.storage.engine import empty_log
from desktop_app.storage.search import forget_words
from desktop_app.storage.tables import CHAT, CHAT_TAGS, CHATS, FOLDERS, TAGS
from desktop_app.storage.values import FOLDER_COLUMNS, chat_of, folder_of, folder_values, tag_of

SLICE_MESSAGES = 64
"""How many messages are removed at a time: each takes its words out of the search index."""

_PLACE = (CHATS.c.id, CHATS.c.pinned, CHATS.c.folder_id, CHATS.c.archived_at, CHATS.c.deleted_at)
_FOLDER = [FOLDERS.c[name] for name in FOLDER_COLUMNS]
_CHOSEN = text("id IN (SELECT value FROM json_each(:ids))")
"""One value for any number of chats."""
_IS_KEPT = func.coalesce(CHATS.c.deleted_at, 1.0) > GONE
_REMOVAL = "removal:"
"""Begins the id of what stands for a message that is being removed, where chats are removed: no chat has such a one."""
_IS_REMOVING = (
    f"c.id LIKE '{_REMOVAL}%' AND EXISTS (SELECT 1 FROM messages r WHERE r.id = substr(c.id, {len(_REMOVAL) + 1}))"
)
_OLD = f"""
SELECT c.id FROM chats c WHERE (c.deleted_at = :left OR (c.deleted_at >= :gone AND c.deleted_at < :before))
AND NOT EXISTS (SELECT 1 FROM messages s WHERE s.chat_id = c.id AND s.status = 'streaming')
AND NOT ({_IS_REMOVING})
"""
_ITS_MESSAGES = "(SELECT 1 FROM messages m WHERE m.chat_id = c.id)"
_EMPTY_MESSAGES = text(
    "DELETE FROM messages WHERE sequence IN"
    f" (SELECT sequence FROM messages WHERE chat_id = (SELECT id FROM ({_OLD} AND EXISTS {_ITS_MESSAGES}) LIMIT 1)"
    " ORDER BY sequence DESC LIMIT :most)"
)
"""The last ones first: nothing hangs on them, so that nothing is removed beyond its slice."""
_EMPTY_CHATS = text(f"DELETE FROM chats WHERE id IN ({_OLD} AND NOT EXISTS {_ITS_MESSAGES} LIMIT :most)")
_ANY_OLD = text(f"{_OLD} LIMIT 1")
_EMPTY_UNSENT = text(
    "DELETE FROM unsent WHERE chat_id != '' AND chat_id NOT LIKE 'new:%' AND chat_id NOT IN (SELECT id FROM chats)"
)
"""What is kept for chats to come, in `domain.unsent`, stays."""
_TEMPORARY_MESSAGES = text(
    "DELETE FROM messages WHERE sequence IN (SELECT sequence FROM messages WHERE chat_id IN"
    " (SELECT id FROM chats WHERE deleted_at IN (:temporary, :left)) ORDER BY sequence DESC LIMIT :most)"
)
_REMOVALS = text(f"SELECT substr(c.id, {len(_REMOVAL) + 1}) FROM chats c WHERE {_IS_REMOVING}")
_BELOW = text(
    "WITH RECURSIVE below(id, sequence) AS (SELECT id, sequence FROM messages WHERE id = :root"
    " UNION ALL SELECT m.id, m.sequence FROM messages m JOIN below b ON m.parent_id = b.id)"
    " SELECT sequence FROM below ORDER BY sequence DESC"
)
"""The last ones first: nothing hangs on them, and SQLite itself goes no deeper than a thousand levels."""
_ONE_MESSAGE = text("DELETE FROM messages WHERE sequence = :sequence")
_TEMPORARY_CHATS = text("DELETE FROM chats WHERE deleted_at IN (:temporary, :left)")


# Reading


def load_shelf(connection: Connection) -> Shelf:
    """Return all folders and tags, and which chats have which tags; three statements."""
    return Shelf(folders=list_folders(connection), tags=list_tags(connection), tagged=tags_of_chats(connection))


def list_folders(connection: Connection) -> tuple[Folder, ...]:
    """Return all folders by their names."""
    folders = [folder_of(row) for row in connection.execute(select(*_FOLDER))]
    return tuple(sorted(folders, key=lambda folder: (folder.name.casefold(), folder.id)))


def list_tags(connection: Connection) -> tuple[Tag, ...]:
    """Return all tags by their names."""
    found = connection.execute(select(TAGS.c.id, TAGS.c.name, TAGS.c.color))
    tags = [tag_of(row) for row in found]
    return tuple(sorted(tags, key=lambda tag: (tag.name.casefold(), tag.id)))


def tags_of_chats(connection: Connection, ids: Sequence[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Return the ids of the tags of chats: of all that have some, or of each of `ids`."""
    wanted = select(CHAT_TAGS.c.chat_id, CHAT_TAGS.c.tag_id).order_by(CHAT_TAGS.c.chat_id, CHAT_TAGS.c.tag_id)
    if ids is not None:
        wanted = wanted.where(text("chat_id IN (SELECT value FROM json_each(:ids))")).params(ids=_json(ids))
    tagged: dict[str, tuple[str, ...]] = dict.fromkeys(ids or (), ())
    for chat_id, tag_id in connection.execute(wanted):
        tagged[chat_id] = (*tagged.get(chat_id, ()), tag_id)
    return tagged


def list_trash(connection: Connection) -> list[Chat]:
    """Return the chats in the trash, the last deleted first."""
    found = connection.execute(select(*CHAT).where(CHATS.c.deleted_at > GONE).order_by(CHATS.c.deleted_at.desc()))
    return [chat_of(row) for row in found]


def get_chats(connection: Connection, ids: Iterable[str]) -> tuple[Chat, ...]:
    """Return those of the chats that there are."""
    found = connection.execute(select(*CHAT).where(_CHOSEN), {"ids": _json(ids)})
    return tuple(chat_of(row) for row in found)


# Places


def put(connection: Connection, ids: Sequence[str], **changes: object) -> tuple[Place, ...]:
    """Change where chats are (fields of Place by name); return where those were before that there are.

    One that is on its way out for good, or is temporary, stays where it is.
    """
    before = _places(connection, ids)
    connection.execute(update(CHATS).where(_CHOSEN, _IS_KEPT).values(**changes), {"ids": _json(ids)})
    return before


def let_go(connection: Connection, ids: Sequence[str]) -> tuple[str, ...]:
    """Have chats in no list any more, and removed for good by `empty_slice`; return those that were in the trash, or temporary.

    Another one was restored meanwhile, and stays.
    """
    here = {place.chat_id for place in _places(connection, ids) if place.deleted_at is not None}
    gone = tuple(chat_id for chat_id in ids if chat_id in here)
    moment = case((CHATS.c.deleted_at.in_((TEMPORARY, LEFT)), LEFT), else_=GONE)
    connection.execute(update(CHATS).where(_CHOSEN).values(deleted_at=moment), {"ids": _json(gone)})
    return gone


def begin_removal(connection: Connection, message_id: str, now: float) -> None:
    """Note that a message is about to be removed, a little at a time, with all that hang on it.

    Whenever the app ends, the next start removes the rest, and `empty_slice` takes their words out of the search
    index once they have gone, as those of a chat: it finds one without messages that is on its way out.
    """
    give_up_removal(connection, message_id)  # of a removal that failed, if there was any
    insert_chat(connection, Chat(id=f"{_REMOVAL}{message_id}", created_at=now, updated_at=now, deleted_at=GONE))


def give_up_removal(connection: Connection, message_id: str) -> None:
    """Let what is left of a message and of all that hang on it stay."""
    connection.execute(delete(CHATS).where(CHATS.c.id == f"{_REMOVAL}{message_id}"))


def removals(connection: Connection) -> Sequence[str]:
    """Return the ids of the messages that are being removed, or were when the app ended."""
    return connection.execute(_REMOVALS).scalars().all()


def finish_removals(connection: Connection) -> None:
    """Remove what is left of messages that were being removed when the app ended."""
    for message_id in removals(connection):
        left = connection.execute(_BELOW, {"root": message_id}).scalars().all()
        connection.execute(_ONE_MESSAGE, [{"sequence": sequence} for sequence in left])


def leave(connection: Connection, chat_id: str) -> bool:
    """Let a temporary chat go; whether it is one, and was not kept or left before."""
    chosen = (CHATS.c.id == chat_id) & (CHATS.c.deleted_at == TEMPORARY)
    return connection.execute(update(CHATS).where(chosen).values(deleted_at=LEFT)).rowcount > 0


def put_back(connection: Connection, places: Sequence[Place], names: Iterable[str]) -> None:
    """Have the fields of these `names` as they were; a chat that is on its way out for good stays there."""
    if not places:
        return
    was = {name: f"was_{name}" for name in names}
    values: dict[str, Any] = {name: bindparam(before) for name, before in was.items()}
    connection.execute(
        update(CHATS).where(CHATS.c.id == bindparam("chat"), _IS_KEPT).values(**values),
        [{"chat": place.chat_id, **{before: getattr(place, name) for name, before in was.items()}} for place in places],
    )


def _places(connection: Connection, ids: Sequence[str]) -> tuple[Place, ...]:
    return tuple(_place(row) for row in connection.execute(select(*_PLACE).where(_CHOSEN), {"ids": _json(ids)}))


def _place(row: Any) -> Place:
    chat_id, pinned, folder_id, archived_at, deleted_at = row
    return Place(
        chat_id=chat_id, pinned=bool(pinned), folder_id=folder_id, archived_at=archived_at, deleted_at=deleted_at
    )


# Folders


def save_folder(connection: Connection, folder: Folder) -> Folder:
    """Store a new folder, or another name, place or beginning of an old one; return it as it is stored.

    It is elsewhere than was wanted where that would make three levels, or where the folder around it has gone.
    """
    if folder.parent_id is not None:
        place = Shelf(folders=list_folders(connection)).place_in(folder.parent_id)
        folder = msgspec.structs.replace(folder, parent_id=place)
    values = folder_values(folder)
    changed = connection.execute(update(FOLDERS).where(FOLDERS.c.id == folder.id).values(**values))
    if not changed.rowcount:
        connection.execute(insert(FOLDERS).values(id=folder.id, **values))
    return folder


def change_start(
    connection: Connection, folder_id: str, changed: Callable[[FolderStart], FolderStart]
) -> tuple[FolderStart, FolderStart] | None:
    """Have the chats of a folder begin with something else; return what it was before and is now, None without a folder."""
    row = connection.execute(select(*_FOLDER).where(FOLDERS.c.id == folder_id)).first()
    if row is None:
        return None
    folder = folder_of(row)
    start = changed(folder.start)
    save_folder(connection, msgspec.structs.replace(folder, start=start))
    return folder.start, start


def put_folders(connection: Connection, ids: Iterable[str], parent_id: str) -> None:
    """Put those of the folders that there are into another one; one that holds folders itself stays where it is."""
    holds_none = text("NOT EXISTS (SELECT 1 FROM folders inner_one WHERE inner_one.parent_id = folders.id)")
    connection.execute(update(FOLDERS).where(_CHOSEN, holds_none).values(parent_id=parent_id), {"ids": _json(ids)})


def remove_folder(connection: Connection, folder: Folder) -> tuple[Place, ...]:
    """Remove a folder; what is in it goes to where it was itself. Return where its chats were."""
    held = connection.execute(select(*_PLACE).where(CHATS.c.folder_id == folder.id))
    before = tuple(_place(row) for row in held)
    connection.execute(update(CHATS).where(CHATS.c.folder_id == folder.id).values(folder_id=folder.parent_id))
    connection.execute(update(FOLDERS).where(FOLDERS.c.parent_id == folder.id).values(parent_id=folder.parent_id))
    connection.execute(delete(FOLDERS).where(FOLDERS.c.id == folder.id))
    return before


# Tags


def save_tag(connection: Connection, tag: Tag) -> None:
    """Store a new tag, or another name or colour of an old one."""
    values = {"name": tag.name, "color": tag.color}
    changed = connection.execute(update(TAGS).where(TAGS.c.id == tag.id).values(**values))
    if not changed.rowcount:
        connection.execute(insert(TAGS).values(id=tag.id, **values))


def remove_tag(connection: Connection, tag_id: str) -> tuple[str, ...]:
    """Remove a tag from wherever it is; return the ids of the chats that had it."""
    had = tuple(connection.execute(select(CHAT_TAGS.c.chat_id).where(CHAT_TAGS.c.tag_id == tag_id)).scalars())
    connection.execute(delete(TAGS).where(TAGS.c.id == tag_id))
    return had


def set_tagged(connection: Connection, ids: Sequence[str], tag_id: str, *, tagged: bool) -> tuple[str, ...]:
    """Give chats a tag, or take it from them; return the ids of those for which that is new.

    Where the tag was removed meanwhile, that is none.
    """
    if connection.execute(select(TAGS.c.id).where(TAGS.c.id == tag_id)).first() is None:
        return ()
    having = select(CHAT_TAGS.c.chat_id).where(CHAT_TAGS.c.tag_id == tag_id)
    had = set(connection.execute(having).scalars())
    changed = tuple(chat_id for chat_id in ids if (chat_id in had) is not tagged)
    chosen = {"ids": _json(changed), "tag": tag_id}
    if tagged:
        connection.execute(
            text(
                "INSERT INTO chat_tags (chat_id, tag_id) SELECT c.id, :tag FROM chats c"
                " WHERE c.id IN (SELECT value FROM json_each(:ids))"
            ),
            chosen,
        )
    else:
        connection.execute(
            text("DELETE FROM chat_tags WHERE tag_id = :tag AND chat_id IN (SELECT value FROM json_each(:ids))"), chosen
        )
    return changed


def give_tags(connection: Connection, chat_id: str, tag_ids: Iterable[str]) -> None:
    """Give a chat that has no tags some; one that was removed meanwhile stays away."""
    connection.execute(
        text(
            "INSERT INTO chat_tags (chat_id, tag_id) SELECT :chat, t.id FROM tags t"
            " WHERE t.id IN (SELECT value FROM json_each(:ids))"
        ),
        {"chat": chat_id, "ids": _json(tag_ids)},
    )


# The trash


def empty_slice(connection: Connection, before: float) -> bool:
    """Remove for good a little of what was deleted before a Unix time; whether anything was.

    A chat in which something streams stays. Each slice is a transaction: broken off, it goes on with the next one. The
    messages go first, then their words from the search index, and the chats last, so that the next start goes on, too.
    """
    wanted = {"gone": GONE, "left": LEFT, "before": before, "most": SLICE_MESSAGES}
    removed = connection.execute(_EMPTY_MESSAGES, wanted).rowcount
    if removed:
        return True
    if connection.execute(_ANY_OLD, wanted).first() is None:
        return False
    if forget_words(connection):
        return True
    removed = connection.execute(_EMPTY_CHATS, wanted).rowcount
    if removed:
        connection.execute(_EMPTY_UNSENT)
        empty_log(connection)
    return removed > 0


def remove_temporary(connection: Connection) -> None:
    """Remove all temporary chats for good, whatever is being written in them."""
    chosen = {"temporary": TEMPORARY, "left": LEFT}
    while connection.execute(_TEMPORARY_MESSAGES, {**chosen, "most": SLICE_MESSAGES}).rowcount:
        pass
    if connection.execute(_TEMPORARY_CHATS, chosen).rowcount:
        connection.execute(_EMPTY_UNSENT)
        empty_log(connection)


def _json(ids: Iterable[str]) -> str:
    return json.dumps(list(ids))
