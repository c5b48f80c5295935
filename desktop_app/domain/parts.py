"""Parts that a message is made of; images and files come with the features that make them."""

import json
from collections.abc import Iterable, Sequence

import msgspec


class TextPart(msgspec.Struct, frozen=True, tag="text", omit_defaults=True):
    """Markdown text, as typed or as the model wrote it; `edited` says that a person changed the model's words."""

    text: str
    edited: bool = False


class ThoughtPart(msgspec.Struct, frozen=True, tag="thought"):
    """What a thinking model wrote before its answer; never sent back to the model."""

    text: str
    seconds: float = 0.0


class ToolCallPart(msgspec.Struct, frozen=True, tag="tool_call"):
    """A tool that the model wanted to call.

    `arguments` are a JSON object as text. `source` is what the model wrote for it, marks included, which goes
    back into a prompt as it is; of several calls between one pair of marks the first has the source of all.
    `call_id` is empty where the model gave none.
    """

    name: str
    arguments: str
    source: str
    call_id: str = ""

    @property
    def pretty_arguments(self) -> str:
        """The arguments, one in a line."""
        return json.dumps(json.loads(self.arguments), ensure_ascii=False, indent=2)


Part = TextPart | ThoughtPart | ToolCallPart
PlacedCall = tuple[int, ToolCallPart]
"""A call, and how many characters of the message's text stand before it."""


def words(parts: Iterable[Part]) -> str:
    """Return what is said, without thoughts and calls."""
    return "".join(part.text for part in parts if isinstance(part, TextPart))


def placed_calls(parts: Iterable[Part]) -> tuple[PlacedCall, ...]:
    """Return the calls with their places in the text."""
    calls: list[PlacedCall] = []
    place = 0
    for part in parts:
        if isinstance(part, TextPart):
            place += len(part.text)
        elif isinstance(part, ToolCallPart):
            calls.append((place, part))
    return tuple(calls)


def interleaved(text: str, calls: Sequence[PlacedCall]) -> tuple[TextPart | ToolCallPart, ...]:
    """Return `text` cut into parts at `calls`, which are in order; the opposite of `words` and `placed_calls`."""
    parts: list[TextPart | ToolCallPart] = []
    begin = 0
    for place, call in calls:
        if place > begin:
            parts.append(TextPart(text[begin:place]))
        parts.append(call)
        begin = place
    return (*parts, TextPart(text[begin:])) if begin < len(text) else tuple(parts)


def reworded(parts: Sequence[Part], text: str) -> tuple[Part, ...]:
    """Return `parts` with `text` as a person's words in place of the model's; thoughts and calls stay."""
    thoughts = (part for part in parts if isinstance(part, ThoughtPart))
    calls = [(min(place, len(text)), call) for place, call in placed_calls(parts)]
    spoken = (
        TextPart(part.text, edited=True) if isinstance(part, TextPart) else part for part in interleaved(text, calls)
    )
    return (*thoughts, *spoken)


def written(parts: Iterable[Part]) -> str:
    """Return what goes back into a prompt: the text and the calls as the model wrote them, without thoughts."""
    return "".join(
        part.source if isinstance(part, ToolCallPart) else part.text
        for part in parts
        if not isinstance(part, ThoughtPart)
    )


def thoughts(parts: Iterable[Part]) -> str:
    """Return what was thought before the answer."""
    return "".join(part.text for part in parts if isinstance(part, ThoughtPart))


def searched(parts: Sequence[Part]) -> str:
    """Return what search finds: thoughts and what is said."""
    return f"{thoughts(parts)}\n\n{words(parts)}"


def as_markdown(parts: Iterable[Part]) -> str:
    """Return what is copied: the text, and each call as a block of JSON, without thoughts."""
    pieces: list[str] = []
    for part in parts:
        if isinstance(part, TextPart):
            pieces.append(part.text)
        elif isinstance(part, ToolCallPart):
            call = {"name": part.name, "arguments": json.loads(part.arguments)}
            before = "\n\n" if pieces and not pieces[-1].endswith("\n\n") else ""
            pieces.append(f"{before}```json\n{json.dumps(call, ensure_ascii=False, indent=2)}\n```\n\n")
    return "".join(pieces).rstrip("\n") if pieces and pieces[-1].endswith("```\n\n") else "".join(pieces)
