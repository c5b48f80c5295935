"""The folders of chats that come in: those that are there, and those that are made for them."""

from typing import TYPE_CHECKING

from desktop_app.domain.ids import new_id
from desktop_app.domain.shelf import LONGEST_FOLDER_NAME, Folder
from desktop_app.services.events import FoldersChanged, ServiceEvent
from desktop_app.services.rows import shelf_rows
from desktop_app.support.i18n import _
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.domain.chat_file import SavedFolder
    from desktop_app.storage.database import Database


class ArrivalFolders:
    """Finds folders or makes them; used by the thread that brings the chats in. Its methods raise StorageError."""

    def __init__(self, database: "Database", events: Publisher[ServiceEvent]) -> None:
        self._database = database
        self._events = events
        self._made: list[Folder] = []
        self._placed: dict[str, str] = {}

    @property
    def made(self) -> tuple[Folder, ...]:
        """The folders that were made, the outer ones first."""
        return tuple(self._made)

    def open(self, name: str) -> str:
        """Return the id of the folder of that name at the top of the list, made where there is none."""
        return self._find_or_make(Folder(id=new_id(), name=_folder_name(name))).id

    def place(self, saved: "SavedFolder") -> str:
        """Return the id of the folder that a chat was in when it was stored, or of one of its name in its place.

        Where there is neither, it is made as it was, and so is the one around it.
        """
        if saved.id not in self._placed:
            parent = saved.parent
            outer = self._find_or_make(_folder(parent, None)) if parent is not None else None
            # a folder that lies in another one holds none
            outer_id = (outer.parent_id or outer.id) if outer is not None else None
            self._placed[saved.id] = self._find_or_make(_folder(saved, outer_id)).id
        return self._placed[saved.id]

    def _find_or_make(self, wanted: Folder) -> Folder:
        def find_or_make(connection: "Connection") -> tuple[Folder, FoldersChanged | None]:
            folders = shelf_rows.list_folders(connection)
            alike = (each for each in folders if (each.parent_id, each.name) == (wanted.parent_id, wanted.name))
            known = next((each for each in folders if each.id == wanted.id), None) or next(alike, None)
            if known is not None:
                return known, None
            saved = shelf_rows.save_folder(connection, wanted)
            return saved, FoldersChanged(shelf_rows.list_folders(connection))

        folder, made = self._database.write(find_or_make).result()
        if made is not None:
            self._made.append(folder)
            self._events.publish(made)
        return folder

    def give_up(self) -> None:
        """Remove the folders that were made, since nothing came into them."""
        made = self.made
        if not made:
            return

        def remove(connection: "Connection") -> FoldersChanged:
            for folder in made:
                shelf_rows.remove_folder(connection, folder)
            return FoldersChanged(shelf_rows.list_folders(connection))

        self._made.clear()
        self._events.publish(self._database.write(remove).result())


def _folder(saved: "SavedFolder", parent_id: str | None) -> Folder:
    return Folder(id=saved.id, name=_folder_name(saved.name), parent_id=parent_id, start=saved.start)


def _folder_name(name: str) -> str:
    """Return a name as a person can give one to a folder."""
    return " ".join(name.split())[:LONGEST_FOLDER_NAME].strip() or _("Folder")
