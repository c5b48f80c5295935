"""Which turns of a conversation still fit the model's context."""

from collections.abc import Sequence

from desktop_app.protocol.helper import TemplateMessage

KEEP_SHARE = 0.5
"""How full the context is after turns were dropped; a large step keeps the prefix stable for long."""


def room_for_prompt(context_size: int, max_tokens: int) -> int:
    """Return how many tokens a prompt may have: a quarter of the context, or less where answers are short, stays free."""
    return context_size - min(max_tokens, context_size // 4)


def turns_to_drop(turns: Sequence[TemplateMessage], prompt_tokens: int, context_size: int) -> int:
    """Return how many of the oldest turns after the system prompt to leave out.

    Whole turns go, oldest first, until the rest is about half of the context by the share of
    characters; what is left begins with a question. The newest question always stays.
    """
    first = 1 if turns and turns[0].role == "system" else 0
    characters = sum(len(turn.content) for turn in turns) or 1
    tokens_per_character = prompt_tokens / characters
    left = float(prompt_tokens)
    index = first
    while index < len(turns) - 1 and (left > context_size * KEEP_SHARE or turns[index].role != "user"):
        left -= len(turns[index].content) * tokens_per_character
        index += 1
    return index - first
