"""The tags of chats that come in: those that are there, and those that are made for them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from desktop_app.domain.shelf import LONGEST_TAG_NAME, TAG_COLORS, Tag
from desktop_app.services.background.futures import then
from desktop_app.services.background.rows import shelf_rows
from desktop_app.services.events import ServiceEvent, TagsChanged
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.domain.chat_file import SavedTag
    from desktop_app.storage.database import Database


class ArrivalTags:
    """Finds tags or makes them; used by the thread that brings the chats in. Its methods raise StorageError."""

    def __init__(self, database: "Database", events: Publisher[ServiceEvent]) -> None:
        self._database = database
        self._events = events
        self._made: list[Tag] = []
        self._found: dict[str, str] = {}

    @property
    def made(self) -> tuple[Tag, ...]:
        """The tags that were made."""
        return tuple(self._made)

    def find(self, saved: "Iterable[SavedTag]") -> tuple[str, ...]:
        """Return the ids of the tags that a chat had when it was stored, or of those of their names in their place.

        Where there is neither, one is made as it was.
        """
        wanted = [tag for each in saved if (tag := _tag(each)).name]
        lacking = [tag for tag in wanted if tag.id not in self._found]
        if lacking:
            self._find_or_make(lacking)
        return tuple(dict.fromkeys(self._found[tag.id] for tag in wanted))

    def give_up(self) -> None:
        """Remove the tags that were made, since nothing came that has them."""
        made = self.made
        if not made:
            return

        def remove(connection: "Connection") -> TagsChanged:
            for tag in made:
                shelf_rows.remove_tag(connection, tag.id)
            return TagsChanged(shelf_rows.list_tags(connection), {})

        self._made.clear()
        self._found.clear()
        self._database.write(remove, lambda done: then(done, self._events.publish)).result()

    def _find_or_make(self, wanted: Iterable[Tag]) -> None:
        def find_or_make(connection: "Connection") -> tuple[dict[str, str], list[Tag], TagsChanged]:
            known = shelf_rows.list_tags(connection)
            by_id, by_name = {tag.id: tag.id for tag in known}, {tag.name.casefold(): tag.id for tag in known}
            made: list[Tag] = []
            for tag in wanted:
                place = by_id.get(tag.id) or by_name.get(tag.name.casefold())
                if place is None:
                    shelf_rows.save_tag(connection, tag)
                    made.append(tag)
                    by_name[tag.name.casefold()] = tag.id
                by_id[tag.id] = place or tag.id
            return by_id, made, TagsChanged(shelf_rows.list_tags(connection), {})

        def tell(done: tuple[dict[str, str], list[Tag], TagsChanged]) -> None:
            found, made, changed = done
            self._found.update(found)
            if made:
                self._made += made
                self._events.publish(changed)

        self._database.write(find_or_make, lambda done: then(done, tell)).result()


def _tag(saved: "SavedTag") -> Tag:
    """Return a tag as a person can make one; the name may be empty."""
    color = saved.color if saved.color in TAG_COLORS else TAG_COLORS[0]
    return Tag(id=saved.id, name=" ".join(saved.name.split())[:LONGEST_TAG_NAME].strip(), color=color)
