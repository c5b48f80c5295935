"""Random conversations with every kind of part, status and field, for the tests of files that chats go through."""

import random

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import FinishReason, Memory, Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import Part, TextPart, ThoughtPart, ToolCallPart
from desktop_app.domain.sampling import Sampling

WORDS = ("sea", "Ünïcode", "数据", "🎉", "```", "~~~", "\n", "\n\n", "</details>", "<script>", '"', "\\", "# head", "> ",
         "]}", '"messages":[', "\u2028", "\t", "مرحبا", "$x_1$", "| a | b |\n|---|---|\n| 1 | 2 |\n")  # fmt: skip


def random_text(chance: random.Random, most: int = 12) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(chance.randrange(most + 1)))


def random_parts(chance: random.Random, role: Role) -> tuple[Part, ...]:
    made: list[Part] = []
    if role is Role.ASSISTANT and chance.random() < 0.3:
        made.append(ThoughtPart(random_text(chance), chance.random() * 100))
    made.append(TextPart(random_text(chance)))
    if role is Role.ASSISTANT and chance.random() < 0.2:
        made.append(ToolCallPart("search", '{"q": "é"}', '<tool_call>{"q"}</tool_call>', chance.choice(["", "c1"])))
    return tuple(made)


def random_receipt(chance: random.Random) -> Receipt:
    return Receipt(
        model_name=random_text(chance, 3),
        sampling=random_sampling(chance),
        seed=chance.randrange(2**32),
        tokens_per_second=chance.random() * 1000,
        finish_reason=chance.choice(list(FinishReason)),
        adapters=("style.gguf × 0.5",),
        energy=chance.choice([None, 0.1]),
        made_at=chance.random() * 1e9,
        resampled_at=chance.choice([None, 3]),
    )


def random_sampling(chance: random.Random) -> Sampling:
    return Sampling(temperature=chance.random(), seed=chance.choice([None, 7]), stop=(random_text(chance, 2) or "x",))


def random_message(chance: random.Random, chat_id: str, earlier: list[Message]) -> Message:
    parent = chance.choice([None, *earlier[-6:], *earlier[-2:]]) if earlier else None
    role = chance.choice(list(Role))
    return Message(
        id=new_id(),
        chat_id=chat_id,
        parent_id=parent.id if parent is not None else None,
        role=role,
        parts=random_parts(chance, role),
        status=chance.choice([status for status in MessageStatus if status is not MessageStatus.STREAMING]),
        created_at=chance.random() * 2e9,
        receipt=random_receipt(chance) if chance.random() < 0.5 else None,
        error=ErrorInfo(ErrorCode.ENGINE_KILLED, {"path": "/a b", "n": 3, "f": 0.5}) if chance.random() < 0.1 else None,
        memory=Memory(summary=random_text(chance), context_size=4096) if chance.random() < 0.1 else None,
        model_path="/models/other.gguf" if chance.random() < 0.1 else None,
        starred=len(earlier) % 7 == 3,  # without a draw: what seeds make stays
        utc_offset=20700 if role is Role.USER else None,
    )


def random_conversation(chance: random.Random, most: int = 30) -> Conversation:
    chat_id = new_id()
    messages: list[Message] = []
    for _ in range(chance.randrange(most + 1)):
        messages.append(random_message(chance, chat_id, messages))
    chat = Chat(
        id=chat_id,
        title=random_text(chance, 4),
        title_is_own=chance.random() < 0.5,
        created_at=chance.random() * 2e9,
        updated_at=chance.random() * 2e9,
        pinned=chance.random() < 0.5,
        leaf_id=chance.choice([None, *(message.id for message in messages)]),
        model_path=chance.choice([None, "/models/a b.gguf"]),
        draft=random_text(chance),
        system_prompt=random_text(chance),
        sampling=random_sampling(chance),
        persona=chance.choice([None, "own/poet"]),
    )
    return Conversation(chat=chat, messages=tuple(messages))
