"""Which chat a window shows: one that is open, one that is being read, or one that begins with the next question."""

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.gui.conversation.conversation import OpenConversation


class WhichChat:
    """Says whose what is seen and typed is; the controller changes it, and tells who has to know."""

    def __init__(self, first_look: Conversation | None) -> None:
        """`first_look` is what is shown already."""
        self.open = OpenConversation(first_look) if first_look is not None else None
        """The conversation that is open, None while a new one is not asked anything yet."""
        self.wanted = first_look.chat.id if first_look is not None else None
        """The chat that is open or about to be, None for one to come."""
        self.begun: str | None = None
        """The chat that was begun with a question and waits to be stored, None for none."""
        self.typed_early = True
        """Whether what is typed is for the chat that is shown first, and still being read."""
        self.begins_temporary = False
        """Whether the chat that begins with the next question is a temporary one, of which no draft is kept."""
        self.begins_in: str | None = None
        """The folder in which the chat to come begins, None for none."""

    @property
    def id(self) -> str | None:
        """The chat that is open or about to be."""
        return self.open.chat.id if self.open is not None else self.wanted

    @property
    def current_id(self) -> str | None:
        """The chat that is open, or the one that was begun here and is not stored yet."""
        return self.open.chat.id if self.open is not None else self.begun_here

    @property
    def begun_here(self) -> str | None:
        """The chat whose first question is about to be stored, None for none."""
        return self.begun if self.begun == self.wanted else None

    @property
    def is_new(self) -> bool:
        """Whether what is typed is for a chat to come; until another chat is read, it still is."""
        is_read = self.wanted != self.begun and not self.typed_early
        return self.open is None and (self.wanted is None or is_read)

    @property
    def is_new_and_kept(self) -> bool:
        """Whether what is typed is to be kept for a chat to come: of a temporary one nothing is."""
        return self.is_new and not self.begins_temporary

    @property
    def is_temporary(self) -> bool:
        """Whether the chat that is open, or that begins with the next question, is a temporary one."""
        return self.open.chat.is_temporary if self.open is not None else self.begins_temporary

    @property
    def is_streaming(self) -> bool:
        """Whether an answer is being made in the open chat."""
        return self.open is not None and self.open.streaming is not None

    def at(self, chat_id: str) -> OpenConversation | None:
        """Return the open conversation where it is that of a chat."""
        return self.open if self.open is not None and self.open.chat.id == chat_id else None

    def read(self, chat_id: str) -> None:
        """Want a chat that is stored."""
        self.wanted, self.begun = chat_id, None

    def begin(self, chat_id: str) -> None:
        """Want a chat that is about to be stored with its first question."""
        self.wanted = self.begun = chat_id

    def take_over(self, conversation: Conversation) -> OpenConversation:
        """Have a chat open as it is stored; of the one that is open only what changed is shown anew."""
        opened = self.at(conversation.chat.id)
        if opened is not None:
            opened.take_over(conversation)
        else:
            opened = self.open = OpenConversation(conversation)
        return opened

    def begin_stored(self, chat: Chat) -> bool:
        """Open the chat that was begun here as soon as it is stored; returns whether it is that one."""
        is_it = self.open is None and self.wanted == chat.id == self.begun
        if is_it:
            self.open = OpenConversation(Conversation(chat=chat, messages=()))
        return is_it
