"""The open conversation as the window knows it: its tree, its branch, and what streams in it."""

import msgspec

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.messages import Memory, Message, MessageStatus, Role
from desktop_app.domain.parts import ThoughtPart, ToolCallPart, interleaved
from desktop_app.domain.prompt_templates import Example
from desktop_app.domain.tree import branch, can_go_on, has_branches
from desktop_app.support.i18n import _, ngettext


class Opening(msgspec.Struct, frozen=True):
    """What a template brings along with a question: a system prompt for a new chat, and examples as turns."""

    title: str = ""
    system: str = ""
    examples: tuple[Example, ...] = ()


class ChatStart(msgspec.Struct, frozen=True):
    """What a chat begins with beside its first question: the system prompt, and the key of a persona, if any."""

    system_prompt: str = ""
    persona: str | None = None


class OpenConversation:
    """A mutable copy of one chat's tree, kept current by service events. Free of Qt."""

    def __init__(self, conversation: Conversation) -> None:
        self.chat: Chat = conversation.chat
        self._messages: dict[str, Message] = {message.id: message for message in conversation.messages}
        self._leaf = conversation.chat.leaf_id
        self._families: dict[tuple[str | None, Role], list[str]] = {}
        for message in conversation.messages:
            self._family(message).append(message.id)

    @property
    def messages(self) -> tuple[Message, ...]:
        """The whole tree, in the order of creation."""
        return tuple(self._messages.values())

    @property
    def leaf_id(self) -> str | None:
        """The message that ends the branch."""
        return self._leaf

    @property
    def has_branches(self) -> bool:
        """Whether there is another branch than the one that is shown."""
        return has_branches(self._messages.values())

    @property
    def branch(self) -> tuple[Message, ...]:
        """The messages that are shown, oldest first."""
        return branch(self._messages.values(), self._leaf)

    @property
    def streaming(self) -> Message | None:
        """The answer that is being made, on whichever branch."""
        return next((message for message in self._messages.values() if message.status is MessageStatus.STREAMING), None)

    @property
    def all_streaming(self) -> tuple[Message, ...]:
        """The answers that are being made."""
        return tuple(message for message in self._messages.values() if message.status is MessageStatus.STREAMING)

    @property
    def memory_start(self) -> tuple[str | None, str]:
        """The message of the branch from which on the model remembers, and the summary of what came before."""
        marks = [message for message in self.branch if message.memory is not None]
        last = marks[-1] if marks else None
        return (last.id, last.memory.summary) if last is not None and last.memory is not None else (None, "")

    @property
    def last_answer(self) -> Message | None:
        """The answer that ends the branch, if one does."""
        shown = self._messages.get(self._leaf) if self._leaf is not None else None
        return shown if shown is not None and shown.role is Role.ASSISTANT else None

    @property
    def answers(self) -> tuple[Message, ...]:
        """Every answer of the tree, oldest first."""
        return tuple(message for message in self._messages.values() if message.role is Role.ASSISTANT)

    def message(self, message_id: str) -> Message | None:
        """Return a message of the tree."""
        return self._messages.get(message_id)

    def place(self, message_id: str) -> tuple[int, int]:
        """Return (index from 0, count) of a message among its siblings."""
        family = self.siblings(message_id)
        return (family.index(message_id), len(family)) if family else (0, 1)

    def siblings(self, message_id: str) -> tuple[str, ...]:
        """Return the ids of what stands beside a message, itself included, oldest first."""
        message = self._messages.get(message_id)
        return tuple(self._family(message)) if message is not None else ()

    def can_go_on(self, answer_id: str) -> bool:
        """Return whether an answer ends the branch, and all others, before it was complete."""
        answer = self._messages.get(answer_id)
        return answer is not None and self._leaf == answer_id and can_go_on(answer, self._messages.values())

    def sibling(self, message_id: str, step: int) -> str | None:
        """Return the id of the sibling `step` places on, None where there is none."""
        family = self.siblings(message_id)
        index = family.index(message_id) + step if message_id in family else -1
        return family[index] if 0 <= index < len(family) else None

    def question_of(self, answer_id: str) -> Message | None:
        """Return the question that an answer belongs to."""
        answer = self._messages.get(answer_id)
        parent = self._messages.get(answer.parent_id) if answer is not None and answer.parent_id else None
        return parent if parent is not None and parent.role is Role.USER else None

    def add(self, message: Message) -> bool:
        """Add a message and look at its branch; whether it simply continues what was shown.

        One more answer of several that are written at once leaves the look at the first of them.
        """
        shown = self._messages.get(self._leaf) if self._leaf is not None else None
        known = message.id in self._messages
        continues = message.parent_id == self._leaf and not known
        if not known:
            self._family(message).append(message.id)
        self._messages[message.id] = message
        if shown is None or not _written_together(shown, message):
            self._leaf = message.id
        return continues

    def look_at(self, leaf_id: str | None) -> bool:
        """Look at the branch that ends at a message; whether that is another one, and nothing streams in the chat."""
        if leaf_id == self._leaf or leaf_id not in self._messages or self.streaming is not None:
            return False
        self._leaf = leaf_id
        return True

    def grow(self, message_id: str, text: str, start: int) -> str:
        """Append the part of `text` that is not known yet, and return it."""
        message = self._messages.get(message_id)
        if message is None:
            return ""
        known = message.text
        fresh = text[max(0, len(known) - start) :]
        if fresh:
            thoughts = (part for part in message.parts if isinstance(part, ThoughtPart))
            parts = (*thoughts, *interleaved(known + fresh, message.calls))
            self._messages[message_id] = msgspec.structs.replace(message, parts=parts)
        return fresh

    def think(self, message_id: str, text: str, start: int) -> str:
        """Append the part of the thought `text` that is not known yet, and return it."""
        message = self._messages.get(message_id)
        if message is None:
            return ""
        known = message.thought
        fresh = text[max(0, len(known) - start) :]
        if fresh:
            others = (part for part in message.parts if not isinstance(part, ThoughtPart))
            parts = (ThoughtPart(known + fresh), *others)
            self._messages[message_id] = msgspec.structs.replace(message, parts=parts)
        return fresh

    def call(self, message_id: str, call: ToolCallPart, index: int) -> bool:
        """Append the call of a tool, before which there are `index`; whether it was not known yet."""
        message = self._messages.get(message_id)
        if message is None or len(message.calls) != index:
            return False
        self._messages[message_id] = msgspec.structs.replace(message, parts=(*message.parts, call))
        return True

    def remember(self, message_id: str | None, memory: Memory) -> None:
        """Note that the model remembers the branch from a message on, or all of it."""
        for message in self.branch:
            if message.id == message_id or message.memory is not None:
                kept = memory if message.id == message_id else None
                self._messages[message.id] = msgspec.structs.replace(message, memory=kept)

    def replace(self, message: Message) -> None:
        """Take over a message's final state."""
        self._messages[message.id] = message

    def remove(self, message_ids: tuple[str, ...]) -> None:
        """Forget messages that were taken back; the branch falls back to what they hung on."""
        gone = {message_id: self._messages.pop(message_id, None) for message_id in message_ids}
        for message in gone.values():
            if message is not None:
                self._family(message).remove(message.id)
        while self._leaf in gone:
            lost = gone[self._leaf]
            self._leaf = lost.parent_id if lost is not None else None

    def _family(self, message: Message) -> list[str]:
        return self._families.setdefault((message.parent_id, message.role), [])


def _written_together(shown: Message, other: Message) -> bool:
    return shown.parent_id == other.parent_id and {shown.status, other.status} == {MessageStatus.STREAMING}


def opening_words(opening: Opening) -> str:
    """Say what a template brings along with the next question; empty for nothing."""
    count = len(opening.examples)
    examples = ngettext("{count} example goes before the question.", "{count} examples go before the question.", count)
    words = [
        _("It sets the system prompt of the new chat.") if opening.system else "",
        examples.format(count=count) if count else "",
    ]
    return " ".join(part for part in words if part)
