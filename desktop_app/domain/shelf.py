"""Where chats are kept: folders, tags, and the place of a chat, as frozen values."""

from collections.abc import Mapping

import msgspec

TAG_COLORS = ("accent", "good", "warn", "bad", "focus", "muted")
"""The tokens of the look that a tag may have; a test holds their contrast."""
LONGEST_FOLDER_NAME = 60
LONGEST_TAG_NAME = 40
SECONDS_PER_DAY = 86_400.0
GONE = 0.0
"""When a chat was deleted that is to go for good: it is listed nowhere, and removed in slices."""
NEXT_TO_GONE = 1.0
"""What was deleted before this moment is to go for good, and nothing else is."""
TEMPORARY = -2.0
"""When a chat was deleted that is only there while it is open: it is listed nowhere, and goes when it is left."""
LEFT = -3.0
"""When a chat was deleted that was only there while it was open, and was left: it goes at once, or when the app ends."""


class FolderStart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the chats of a folder begin with; what is empty is as it is for other new chats.

    `model_path` is where the model was when it was chosen, `persona` the key of one.
    """

    system_prompt: str = ""
    model_path: str = ""
    persona: str = ""

    def prompt_beside(self, persona: str | None) -> str:
        """Return the system prompt where a chat begins with `persona`; another one than the folder's brings its own."""
        return self.system_prompt if persona in (None, "", self.persona) else ""

    def with_changes(self, before: "FolderStart", after: "FolderStart") -> "FolderStart":
        """Return it with what is otherwise in `after` than in `before`; the rest stays as it is here."""
        names = (name for name in self.__struct_fields__ if getattr(before, name) != getattr(after, name))
        return msgspec.structs.replace(self, **{name: getattr(after, name) for name in names})

    def over(self, outer: "FolderStart") -> "FolderStart":
        """Return what the chats of a folder begin with that is in another one, which tells what this one leaves open."""
        return FolderStart(
            system_prompt=self.system_prompt or outer.prompt_beside(self.persona),
            model_path=self.model_path or outer.model_path,
            persona=self.persona or outer.persona,
        )


NO_START = FolderStart()


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of chats; `parent_id` is the folder that it is in, None for the top."""

    id: str
    name: str
    parent_id: str | None = None
    start: FolderStart = NO_START


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag of chats; `color` is one of TAG_COLORS."""

    id: str
    name: str
    color: str = TAG_COLORS[0]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a chat is; times are Unix time in seconds, None for not archived, and not in the trash."""

    chat_id: str
    pinned: bool
    folder_id: str | None
    archived_at: float | None
    deleted_at: float | None


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """All folders and tags by their names, and the ids of the tags of each chat that has some."""

    folders: tuple[Folder, ...] = ()
    tags: tuple[Tag, ...] = ()
    tagged: dict[str, tuple[str, ...]] = {}

    def tags_of(self, chat_id: str) -> tuple[Tag, ...]:
        """Return the tags of a chat, in the order of their names."""
        ids = frozenset(self.tagged.get(chat_id, ()))
        return tuple(tag for tag in self.tags if tag.id in ids) if ids else ()

    def folder(self, folder_id: str | None) -> Folder | None:
        """Return a folder by its id."""
        return next((folder for folder in self.folders if folder.id == folder_id), None)

    def by_parent(self) -> dict[str | None, list[Folder]]:
        """Return the folders by the id of the one that they are in, None for the top, where those of none stand, too."""
        ids = {folder.id for folder in self.folders}
        within: dict[str | None, list[Folder]] = {}
        for folder in self.folders:
            within.setdefault(folder.parent_id if folder.parent_id in ids else None, []).append(folder)
        return within

    def start_of(self, folder_id: str | None) -> FolderStart:
        """Return what the chats of a folder begin with."""
        folder = self.folder(folder_id)
        if folder is None:
            return NO_START
        outer = self.folder(folder.parent_id)
        return folder.start.over(outer.start) if outer is not None else folder.start

    def place_in(self, folder_id: str | None) -> str | None:
        """Return where a folder can be that is to be in another one: there, or around that where it is in one itself.

        None for the top, where there is no such folder, too: two levels are the most.
        """
        outer = self.folder(folder_id)
        if outer is None:
            return None
        around = self.folder(outer.parent_id)
        return around.id if around is not None else outer.id

    def within(self, folder_id: str) -> frozenset[str]:
        """Return the ids of a folder and of those in it."""
        return frozenset({folder_id, *(folder.id for folder in self.folders if folder.parent_id == folder_id)})

    def with_tags(self, tags: tuple[Tag, ...], changed: Mapping[str, tuple[str, ...]]) -> "Shelf":
        """Return it with these tags; `changed` has the ids of the tags of each chat that got others."""
        ids = frozenset(tag.id for tag in tags)
        tagged = {**self.tagged, **changed}
        if ids != {tag.id for tag in self.tags}:
            tagged = {chat: tuple(tag for tag in held if tag in ids) for chat, held in tagged.items()}
        return msgspec.structs.replace(self, tags=tags, tagged=tagged)


NO_SHELF = Shelf()


def days_left(deleted_at: float, trash_days: int, now: float) -> int:
    """Return for how many more days a deleted chat is kept; the last one counts, 0 where its time is over."""
    left = deleted_at + trash_days * SECONDS_PER_DAY - now
    return max(0, -int(-left // SECONDS_PER_DAY))


def next_color(tags: tuple[Tag, ...]) -> str:
    """Return the colour that the fewest tags have."""
    counts = [sum(tag.color == color for tag in tags) for color in TAG_COLORS]
    return TAG_COLORS[counts.index(min(counts))]
