"""What a person wishes done with chats, folders and tags in the sidebar."""

from PySide6.QtCore import QObject, Signal


class ChatWishes(QObject):
    """Signals; the first argument is a list of chat ids, or a folder. They say nothing of whether it was done."""

    moved = Signal(object, object)
    """Into the folder of an id, None for none."""
    pinned = Signal(object, bool)
    archived = Signal(object, bool)
    deleted = Signal(object)
    restored = Signal(object)
    removed = Signal(object)
    """For good."""
    tagged = Signal(object, object, bool)
    tag_wanted = Signal(object)
    tags_edited = Signal()
    folder_wanted = Signal(object, object)
    """A new folder for these chats, in the folder of an id."""
    folder_renamed = Signal(object, str)
    folder_removed = Signal(object)
    folder_toggled = Signal(object)
    begun_in_folder = Signal(object)
    """A new chat in a folder."""
    start_wanted = Signal(object)
    """What the chats of a folder begin with, to be seen and changed."""
