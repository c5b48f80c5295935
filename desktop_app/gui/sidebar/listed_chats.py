"""The chats that the sidebar lists, kept up with what becomes of them."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from desktop_app.domain.chats import Chat
from desktop_app.gui.sidebar.sidebar import Sidebar
from desktop_app.services.events import ChatChanged, ChatsChanged, FoldersChanged, TagsChanged


class ListedChats:
    """Lists all chats, the one used last first; `open_id` names the open one.

    `changed` is told of each chat as it was and as it is now, before the list is made anew; once for all of them `came`
    is told the ids of those that were not listed before, and `trash_changed` that there may be others in the trash.
    """

    def __init__(
        self,
        sidebar: Sidebar,
        *,
        open_id: Callable[[], str | None],
        changed: Callable[[Chat, Chat], None],
        came: Callable[[Sequence[str]], None],
        trash_changed: Callable[[], None],
    ) -> None:
        self._sidebar = sidebar
        self._open_id = open_id
        self._changed = changed
        self._came = came
        self._trash_changed = trash_changed
        self._chats: dict[str, Chat] = {}
        self._told: dict[str, Chat | None] | None = {}
        """What was told of chats while they were being read for the list, by their ids, None for those that are removed."""

    @property
    def by_id(self) -> Mapping[str, Chat]:
        """All chats that are listed, by their ids."""
        return self._chats

    def show(self, chats: Sequence[Chat]) -> None:
        """List these chats, as they are by now."""
        told, self._told = self._told or {}, None
        known = {**{chat.id: chat for chat in chats}, **told}
        self._chats = {name: chat for name, chat in known.items() if chat is not None and chat.deleted_at is None}
        self._list()

    def hear(self, event: ChatChanged | ChatsChanged | FoldersChanged | TagsChanged) -> None:
        """Take over what became of chats, folders or tags."""
        match event:
            case ChatChanged(chat=chat):
                self._take([chat])
            case ChatsChanged(chats=chats, removed=removed):
                self._take(chats, removed)
            case FoldersChanged(folders=folders, chats=chats):
                self._sidebar.set_folders(folders)
                self._take(chats)
            case TagsChanged(tags=tags, tagged=tagged):
                self._sidebar.set_tags(tags, tagged)

    def _take(self, chats: Sequence[Chat], removed: Sequence[str] = ()) -> None:
        """Take over what became of one chat or of thousands; the list is made anew once."""
        if self._told is not None:
            self._told.update({chat.id: chat for chat in chats} | dict.fromkeys(removed))
        new = [chat.id for chat in chats if chat.deleted_at is None and chat.id not in self._chats]
        for chat in chats:
            before = self._chats.get(chat.id, chat)
            if chat.deleted_at is not None:
                self._chats.pop(chat.id, None)
            else:
                self._chats[chat.id] = chat
            self._changed(before, chat)
        for chat_id in removed:
            self._chats.pop(chat_id, None)
        self._trash_changed()
        self._list()
        if new:
            self._came(new)

    def _list(self) -> None:
        listed = sorted(self._chats.values(), key=lambda chat: chat.updated_at, reverse=True)
        self._sidebar.set_chats(listed, dt.datetime.now().astimezone().date())
        self._sidebar.set_current(self._open_id())
