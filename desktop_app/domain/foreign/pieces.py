"""Pieces that the chats of several apps have in common: markers for what is left out, code, calls of tools."""

import json
import re
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from desktop_app.domain.foreign.values import Values, line, text
from desktop_app.domain.messages import Role
from desktop_app.domain.moving_in import Leftovers
from desktop_app.domain.parts import FilePart, Part, TextPart, ThoughtPart, ToolCallPart, fenced
from desktop_app.domain.thoughts import ThoughtSplitter

PASTED = "paste.txt"
"""The name of a long text that was pasted, where it has none."""
DEEPEST_CALL = 50
"""Arrays and objects within each other in what a tool is called with."""
LONGEST_NAME = 120
"""Characters of a name of a file or a model."""

_FED = 4096
"""Characters that are looked through for thoughts at once."""
_SPEAKERS = {"user": Role.USER, "assistant": Role.ASSISTANT}


@dataclass
class Tally:
    """Counts what is left out of a chat while it is read."""

    images: int = 0
    files: int = 0
    tool_results: int = 0
    unknown_parts: int = 0

    def leftovers(self) -> Leftovers:
        """Return what was counted."""
        return Leftovers(
            images=self.images, files=self.files, tool_results=self.tool_results, unknown_parts=self.unknown_parts
        )

    def image(self, name: object = None) -> Part:
        """Return what stands for an image."""
        self.images += 1
        return _marker("image", name)

    def file(self, name: object = None, content: object = None) -> Part:
        """Return a file with its text, or what stands for it where that is not known."""
        known = text(content)
        named = line(name, LONGEST_NAME)
        if known.strip():
            return FilePart(name=named or PASTED, text=known, size=len(known.encode()), is_pasted=not named)
        self.files += 1
        return _marker("file", name)

    def unknown(self) -> tuple[Part, ...]:
        """Count a part of a kind that nobody here knows; there is nothing to show for it."""
        self.unknown_parts += 1
        return ()


def speaker(message: Values, tally: Tally) -> Role | None:
    """Return whose message it is; None for what a tool found, and for what nobody here knows, which are counted."""
    role = message.get("role")
    if role == "tool":
        tally.tool_results += 1
    elif not isinstance(role, str) or role not in _SPEAKERS:
        tally.unknown()
    else:
        return _SPEAKERS[role]
    return None


def _marker(kind: str, name: object) -> TextPart:
    named = line(name, LONGEST_NAME).replace("]", ")")
    return TextPart(f"[{kind}: {named}]" if named else f"[{kind}]")


def answer_parts(found: str) -> tuple[Part, ...]:
    """Return the text of an answer with its thoughts apart, where it begins with some between a model's marks."""
    if not found.lstrip().startswith("<"):
        return (TextPart(found),)
    splitter = ThoughtSplitter()
    begins = range(0, len(found), _FED)  # each mark takes as long as what is fed at once
    told = [piece for begin in begins for piece in splitter.feed(found[begin : begin + _FED])] + splitter.finish()
    pieces = [(kind, "".join(words for _kind, words in run)) for kind, run in groupby(told, key=itemgetter(0))]
    return tuple(ThoughtPart(words) if kind == "thought" else TextPart(words) for kind, words in pieces)


def model_name(found: object) -> str:
    """Return the name of a model as one line."""
    return line(found, LONGEST_NAME)


def code(source: object, language: object = None) -> Part:
    """Return source text, or what a program printed, as a block of code; empty where there is none."""
    written = text(source)
    if not written.strip():
        return TextPart("")
    block = fenced(written)
    named = line(language, 20)
    if not named.replace("+", "").replace("#", "").replace("-", "").isalnum():
        return TextPart(block)
    fence = block[: len(block) - len(block.lstrip("`"))]
    return TextPart(f"{fence}{named}{block[len(fence) :]}")


def call(name: object, arguments: object, call_id: object = None) -> Part:
    """Return the call of a tool; `arguments` are a JSON object, or one as text. Other text is shown as code."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return code(arguments)
    try:
        written = json.dumps(arguments if isinstance(arguments, dict) else {"value": arguments}, ensure_ascii=False)
    except (ValueError, RecursionError):
        return TextPart("")
    if _is_deep(written):
        return code(written, "json")
    return ToolCallPart(line(name, LONGEST_NAME) or "tool", text(written), "", line(call_id, 100))


def document(title: object, content: object, language: object = None, *, is_prose: bool = False) -> tuple[Part, ...]:
    """Return a document that a model wrote beside the conversation, below its title."""
    named = line(title, LONGEST_NAME)
    heading = (TextPart(f"**{named}**"),) if named else ()
    return (*heading, TextPart(text(content)) if is_prose else code(content, language))


def _is_deep(written: str) -> bool:
    """Return whether JSON may be nested deeper than what shows it can go; brackets in texts count as well."""
    depth = deepest = 0
    for sign in re.findall(r"[\[\]{}]", written):
        depth += 1 if sign in "[{" else -1
        deepest = max(deepest, depth)
    return deepest > DEEPEST_CALL
