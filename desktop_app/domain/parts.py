"""Parts that a message is made of; images come with the feature that makes them."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

SEARCHED_OF_PART = 20_000
"""So many characters of an attached file, or of what a tool is called with, are found: the index takes them in while a
message is stored."""


class TextPart(msgspec.Struct, frozen=True, tag="text", omit_defaults=True, gc=False):
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
        """The arguments, one in a line; as they are where they are no JSON."""
        return json.dumps(self.value, ensure_ascii=False, indent=2) if self._is_json else self.arguments

    @property
    def value(self) -> Any:
        """What the arguments say, their text where they are no JSON, as in a file of chats that another program wrote."""
        return json.loads(self.arguments) if self._is_json else self.arguments

    @property
    def _is_json(self) -> bool:
        try:
            json.loads(self.arguments)
        except (ValueError, RecursionError):
            return False
        return True

    @property
    def plain_arguments(self) -> str:
        """The names and values of the arguments, without the signs of JSON; as they are where they are no JSON."""
        if not self._is_json:
            return self.arguments
        left: list[Any] = [self.value]
        found: list[str] = []
        while left:
            value = left.pop()
            if isinstance(value, dict):
                left += [each for pair in reversed(value.items()) for each in reversed(pair)]
            elif isinstance(value, list):
                left += reversed(value)
            elif isinstance(value, str):
                found.append(value)
            elif value is not None:
                found.append(json.dumps(value))
        return " ".join(found)


class FilePart(msgspec.Struct, frozen=True, tag="file", kw_only=True):
    """The text of a file, or a long text that was pasted, which goes along with a question.

    `size` is that of the file in bytes. `tokens` are those of `source` as the model counted them that was chosen when
    it was sent, 0 where nobody did. `guessed_encoding` names the encoding where the file does not tell it.
    Of the `pages` of a PDF `blank_pages` have no text, so that pictures in them are lost; 0 and 0 for all else.
    """

    name: str
    text: str
    size: int = 0
    tokens: int = 0
    guessed_encoding: str = ""
    pages: int = 0
    blank_pages: int = 0
    is_pasted: bool = False

    @property
    def source(self) -> str:
        """What a model reads of it: its name, and its text between fences that do not occur in the text."""
        return f"File: {self.name}\n{fenced(self.text)}\n\n"


Part = TextPart | ThoughtPart | ToolCallPart | FilePart
PlacedCall = tuple[int, ToolCallPart]
"""A call, and how many characters of the message's text stand before it."""


def words(parts: Iterable[Part]) -> str:
    """Return what is said, without thoughts, calls and files."""
    return "".join(part.text for part in parts if isinstance(part, TextPart))


def beginning(text: str) -> tuple[Part, ...]:
    """Return the parts of an answer that is to begin with `text`, none where that is empty.

    Spaces at its end go: most models write them at the beginning of the next word, and lose their way behind one.
    """
    kept = text.rstrip(" ")
    return (TextPart(kept),) if kept else ()


def files(parts: Iterable[Part]) -> tuple[FilePart, ...]:
    """Return the files that go along, in their order."""
    return tuple(part for part in parts if isinstance(part, FilePart))


def question_parts(text: str, attached: Iterable[FilePart]) -> tuple[Part, ...]:
    """Return the parts of a question: the files, then what is asked about them, which may be nothing."""
    return (*attached, TextPart(text)) if text.strip() else tuple(attached)


def fenced(text: str) -> str:
    """Return `text` as a block of code in Markdown, between fences longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text.rstrip()}\n{fence}"


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
    """Return what goes back into a prompt: files, text, and calls as the model wrote them, without thoughts."""
    return "".join(
        part.source if isinstance(part, ToolCallPart | FilePart) else part.text
        for part in parts
        if not isinstance(part, ThoughtPart)
    )


def thoughts(parts: Iterable[Part]) -> str:
    """Return what was thought before the answer."""
    return "".join(part.text for part in parts if isinstance(part, ThoughtPart))


def searched(parts: Sequence[Part]) -> str:
    """Return what search finds: thoughts, what is said, calls of tools, and the names and the beginnings of files."""
    pieces = (thoughts(parts), words(parts), in_calls(parts), in_files(parts))
    return "\n\n".join(piece for piece in pieces if piece)


def in_calls(parts: Sequence[Part]) -> str:
    """Return the names of the tools that were called, each with the beginning of what it was called with."""
    calls = (part for part in parts if isinstance(part, ToolCallPart))
    return "\n\n".join(f"{call.name}\n{call.plain_arguments[:SEARCHED_OF_PART]}" for call in calls)


def in_files(parts: Sequence[Part]) -> str:
    """Return the names of the attached files, each with the beginning of what is in it."""
    return "\n\n".join(f"{file.name}\n{file.text[:SEARCHED_OF_PART]}" for file in files(parts))


def as_markdown(parts: Iterable[Part]) -> str:
    """Return what is copied: the text, each call as a block of JSON, each file as a block, without thoughts."""
    pieces: list[str] = []
    for part in parts:
        if isinstance(part, TextPart):
            pieces.append(part.text)
        elif isinstance(part, FilePart):
            pieces.append(f"**{part.name}**\n\n{fenced(part.text)}\n\n")
        elif isinstance(part, ToolCallPart):
            call = {"name": part.name, "arguments": part.value}
            before = "\n\n" if pieces and not pieces[-1].endswith("\n\n") else ""
            pieces.append(f"{before}```json\n{json.dumps(call, ensure_ascii=False, indent=2)}\n```\n\n")
    return "".join(pieces).rstrip("\n") if pieces and pieces[-1].endswith("```\n\n") else "".join(pieces)
