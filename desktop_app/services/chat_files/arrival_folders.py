"""The folders of chats that come in: those that are there, and those that are made for them."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from desktop_app.domain.ids import new_id
from desktop_app.domain.shelf import LONGEST_FOLDER_NAME, Folder
from desktop_app.services.background.futures import then
from desktop_app.services.background.rows import shelf_rows
from desktop_app.services.events import FoldersChanged, ServiceEvent
from desktop_app.support.i18n import _
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.domain.chat_file import SavedFolder
    from desktop_app.storage.database import Database

Result = TypeVar("Result")


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
        return self._in_one_go(lambda folders: folders.find_or_make(Folder(id=new_id(), name=_folder_name(name)))).id

    def place(self, saved: "SavedFolder") -> str:
        """Return the id of the folder that a chat was in when it was stored, or of one of its name in its place.

        Where there is neither, it is made as it was, and so is the one around it.
        """
        self.place_all([saved])
        return self._placed[saved.id]

    def place_all(self, wanted: "Iterable[SavedFolder]") -> None:
        """Find or make folders that `place` will be asked for; however many, they are made and told in one go."""
        lacking = {saved.id: saved for saved in wanted if saved.id not in self._placed}
        if lacking:
            self._placed |= self._in_one_go(
                lambda folders: {key: folders.place(saved) for key, saved in lacking.items()}
            )

    def _in_one_go(self, action: "Callable[[_Folders], Result]") -> Result:
        def run(connection: "Connection") -> tuple[Result, list[Folder], FoldersChanged]:
            folders = _Folders(connection)
            result = action(folders)
            return result, folders.made, FoldersChanged(shelf_rows.list_folders(connection) if folders.made else ())

        def tell(done: tuple[Result, list[Folder], FoldersChanged]) -> Result:
            result, made, changed = done
            if made:
                self._made += made
                self._events.publish(changed)
            return result

        return self._database.write(run, lambda done: then(done, tell)).result()

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
        self._database.write(remove, lambda done: then(done, self._events.publish)).result()


class _Folders:
    """Finds folders or makes them, in one transaction."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._by_id: dict[str, Folder] = {}
        self._by_place: dict[tuple[str | None, str], Folder] = {}
        self.made: list[Folder] = []
        for folder in shelf_rows.list_folders(connection):
            self._note(folder)

    def find_or_make(self, wanted: Folder) -> Folder:
        """Return the folder of this id, or else of this name in this place; it is made where there is neither."""
        known = self._by_id.get(wanted.id) or self._by_place.get((wanted.parent_id, wanted.name))
        if known is None:
            known = shelf_rows.save_folder(self._connection, wanted)
            self.made.append(known)
            self._note(known)
        return known

    def place(self, saved: "SavedFolder") -> str:
        """Return the id of a folder as `ArrivalFolders.place` does."""
        parent = saved.parent
        outer = self.find_or_make(_folder(parent, None)) if parent is not None else None
        # a folder that lies in another one holds none
        outer_id = (outer.parent_id or outer.id) if outer is not None else None
        return self.find_or_make(_folder(saved, outer_id)).id

    def _note(self, folder: Folder) -> None:
        self._by_id[folder.id] = folder
        self._by_place.setdefault((folder.parent_id, folder.name), folder)


def _folder(saved: "SavedFolder", parent_id: str | None) -> Folder:
    return Folder(id=saved.id, name=_folder_name(saved.name), parent_id=parent_id, start=saved.start)


def _folder_name(name: str) -> str:
    """Return a name as a person can give one to a folder."""
    return " ".join(name.split())[:LONGEST_FOLDER_NAME].strip() or _("Folder")
