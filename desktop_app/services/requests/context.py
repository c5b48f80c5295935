"""Which turns of a conversation still fit the model's context, and what stands for the others."""

from collections.abc import Sequence

import msgspec

from desktop_app.protocol.helper import TemplateMessage
from desktop_app.settings.schema import WhenFull

KEEP_SHARE = 0.5
"""How full the context is after turns were dropped; a large step keeps the prefix stable for long."""
SUMMARY_INTRODUCTION = "Summary of the earlier part of this conversation, which is not shown any more:"
"""Told to the model, so never translated."""


class Remembering(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of turns that do not fit, and what became of them before.

    The oldest `dropped` turns after the system prompt were left out because they did not fit
    `context_size` tokens; `summary` stands for them. A larger context remembers them again.
    """

    when_full: WhenFull = WhenFull.DROP
    dropped: int = 0
    summary: str = ""
    context_size: int = 0

    def left_out(self, context_size: int) -> tuple[int, str]:
        """Return how many turns stay left out in a context of `context_size` tokens, and what stands for them."""
        return (self.dropped, self.summary) if context_size <= self.context_size else (0, "")


AS_USUAL = Remembering()
"""Nothing was left out before, and the oldest turns go where the context is full."""


def room_for_prompt(context_size: int, max_tokens: int) -> int:
    """Return how many tokens a prompt may have: a quarter of the context, or less where answers are short, stays free."""
    return context_size - min(max_tokens, context_size // 4)


def remembered_turns(turns: Sequence[TemplateMessage], dropped: int, summary: str) -> tuple[TemplateMessage, ...]:
    """Return `turns` without the oldest `dropped` ones after the system prompt.

    What stands for them ends the system prompt; without one it begins the first turn, since many
    templates know no system prompt.
    """
    first = _first(turns)
    kept = (*turns[:first], *turns[first + dropped :])
    if not summary or not kept:
        return kept
    words = f"{SUMMARY_INTRODUCTION}\n{summary}"
    content = f"{kept[0].content}\n\n{words}" if first else f"{words}\n\n{kept[0].content}"
    return (msgspec.structs.replace(kept[0], content=content), *kept[1:])


def turns_to_drop(turns: Sequence[TemplateMessage], prompt_tokens: int, context_size: int) -> int:
    """Return how many of the oldest turns after the system prompt to leave out.

    Whole turns go, oldest first, until the rest is about half of the context by the share of
    characters; what is left begins with a question. The newest question always stays.
    """
    first = _first(turns)
    characters = sum(len(turn.content) for turn in turns) or 1
    tokens_per_character = prompt_tokens / characters
    left = float(prompt_tokens)
    index = first
    while index < len(turns) - 1 and (left > context_size * KEEP_SHARE or turns[index].role != "user"):
        left -= len(turns[index].content) * tokens_per_character
        index += 1
    return index - first


def pieces(turns: Sequence[TemplateMessage], most_characters: float) -> list[int]:
    """Return where `turns` are cut into pieces of at most `most_characters`, as the ends of the pieces.

    Each piece begins with a question, so it is longer where one question with its answers is.
    """
    ends: list[int] = []
    begin = 0
    for index, turn in enumerate(turns):
        size = sum(len(other.content) for other in turns[begin:index])
        following = _length_of_exchange(turns, index)
        if index > begin and turn.role == "user" and size + following > most_characters:
            ends.append(index)
            begin = index
    return [*ends, len(turns)] if turns else []


def _length_of_exchange(turns: Sequence[TemplateMessage], index: int) -> int:
    """Return how many characters a question at `index` and its answers have."""
    end = next((place for place in range(index + 1, len(turns)) if turns[place].role == "user"), len(turns))
    return sum(len(turn.content) for turn in turns[index:end])


def _first(turns: Sequence[TemplateMessage]) -> int:
    """Return where the conversation begins after the system prompt."""
    return 1 if turns and turns[0].role == "system" else 0
