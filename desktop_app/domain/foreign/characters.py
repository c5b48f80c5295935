"""Characters of roleplay programs: cards (versions 1 to 3), and those of text-generation-webui and KoboldAI.

The card's fields are those of the Character Card specifications V1, V2 and V3. A card in an image is its JSON
as base64 in a PNG chunk tEXt, whose keyword is `ccv3`, or `chara` for the older versions.
"""

import base64
import binascii
import re
import struct
from collections.abc import Iterator

from desktop_app.domain.foreign.given_persona import GivenPersona, LeftOut
from desktop_app.domain.foreign.values import Values, items, line, text, values
from desktop_app.domain.personas import Persona

_PNG = b"\x89PNG\r\n\x1a\n"
_KEYWORDS = (b"ccv3", b"chara")
"""Where a card lies in an image, the newest version first."""
_TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt", b"eXIf")
"""What a picture needs none of to be shown, and can hold a whole card once more."""
_LONGEST_DESCRIPTION = 160
_CHARACTER = re.compile(r"\{\{\s*char\s*\}\}|<(?:BOT|CHAR)>", re.IGNORECASE)
_USER = re.compile(r"\{\{\s*user\s*\}\}|<USER>", re.IGNORECASE)
_NO_WORDS = re.compile(r"\{\{\s*(?:original|//[^{}]*|noop|trim|newline)\s*\}\}", re.IGNORECASE)
"""What stands for another program's own prompt, for a note of the author's, and for nothing."""
_BEGINNING = re.compile(r"^[ \t]*<START>[ \t]*\n?", re.IGNORECASE | re.MULTILINE)


def card_in_image(content: bytes) -> tuple[bytes, bytes]:
    """Return the JSON that a PNG holds, empty where it holds none, and the picture without it."""
    found: dict[bytes, bytes] = {}
    kept = [_PNG]
    for kind, chunk in _chunks(content):
        keyword, _nul, written = chunk[8:-4].partition(b"\0")
        if kind == b"tEXt" and keyword in _KEYWORDS:
            found.setdefault(keyword, written)
        if kind not in _TEXT_CHUNKS:
            kept.append(chunk)
    written = next((found[keyword] for keyword in _KEYWORDS if keyword in found), b"")
    try:
        return base64.b64decode(written, validate=False), b"".join(kept)
    except binascii.Error:
        return b"", b"".join(kept)


def is_character(found: Values) -> bool:
    """Return whether it is a character: a name or a greeting, and words about who it is."""
    fields = _fields(found)
    return any(text(fields.get(name)).strip() for name in ("description", "personality", "scenario", "context")) and (
        isinstance(fields.get("name"), str) or "greeting" in fields or "first_mes" in fields
    )


def character(found: Values) -> GivenPersona:
    """Return the persona of a character."""
    fields = _fields(found)
    name = line(fields.get("name"))
    book, greetings = values(fields.get("character_book")), items(fields.get("alternate_greetings"))
    always, has_more = _world(book)
    greeting = _plain(text(fields.get("first_mes")) or text(fields.get("greeting")), name, user="you")
    left_out = [
        (LeftOut.GREETINGS, any(text(each).strip() for each in greetings)),
        (LeftOut.WORLD, has_more),
        (LeftOut.LAST_WORDS, bool(_plain(text(fields.get("post_history_instructions")), name))),
    ]
    parts = [
        _plain(text(fields.get("system_prompt")), name) or _charge(fields, name),
        _plain(text(fields.get("description")), name),
        _headed("Personality", _plain(text(fields.get("personality")), name)),
        _headed("Scenario", _plain(text(fields.get("scenario")), name)),
        *(_plain(each, name) for each in always),
        _plain(text(fields.get("context")), name),
        _headed(f"How {name or 'the character'} talks, by example", _examples(text(fields.get("mes_example")), name)),
        _headed("You have greeted the user with these words", greeting),  # which no message of the chat holds
    ]
    return GivenPersona(
        persona=Persona(
            name=name,
            prompt="\n\n".join(part for part in parts if part),
            description=_description(text(fields.get("creator_notes"))),
            greeting=greeting,
        ),
        left_out=tuple(kind for kind, is_there in left_out if is_there),
    )


_OLD_NAMES = {
    "char_name": "name",
    "char_persona": "description",
    "world_scenario": "scenario",
    "char_greeting": "first_mes",
    "example_dialogue": "mes_example",
}
"""KoboldAI's and Pygmalion's names of the fields."""


def _fields(found: Values) -> Values:
    """Return a character's fields by the names of the specification, those of version 2 and 3 from where they lie."""
    fields = {**found, **values(found.get("data"))} if isinstance(found.get("spec"), str) else dict(found)
    for old, new in _OLD_NAMES.items():
        if old in fields:
            fields.setdefault(new, fields[old])
    return fields


def _charge(fields: Values, name: str) -> str:
    """Return what a card without a system prompt leaves to the program that reads it; a `context` says it itself."""
    if not name or text(fields.get("context")).strip():
        return ""
    return f"You are {name} in a conversation with the user. Stay in character, and answer as {name} would."


def _world(book: Values) -> tuple[list[str], bool]:
    """Return the texts of a card's world that are always in the prompt, and whether there are others."""
    entries = [entry for entry in map(values, items(book.get("entries"))) if entry.get("enabled") is not False]
    constant = [text(entry.get("content")) for entry in entries if entry.get("constant") is True]
    return constant, len(constant) < len(entries)


def _plain(words: str, name: str, user: str = "the user") -> str:
    """Fill in who is who. What ours know, too (`{{date}}` and the like), and what nobody knows, stays as it is."""
    words = _NO_WORDS.sub("", words.replace("\r\n", "\n"))
    words = _CHARACTER.sub(lambda _found: name or "the assistant", words)
    return _USER.sub(user, words).strip()


def _examples(words: str, name: str) -> str:
    lines = _BEGINNING.sub("\n", words)
    return re.sub(r"\n{3,}", "\n\n", _plain(re.sub(r"(?im)^\{\{\s*user\s*\}\}:", "User:", lines), name))


def _headed(title: str, words: str) -> str:
    if not words:
        return ""
    return f"{title}:\n{words}" if "\n" in words else f"{title}: {words}"


def _description(notes: str) -> str:
    """Return the first line of what an author tells people, where that is plain words and not too many."""
    first = notes.strip().partition("\n")[0].strip()
    return first if len(first) <= _LONGEST_DESCRIPTION and not re.search(r"[<>\[\]#*_{}]|https?:", first) else ""


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the kind and the whole of each chunk of a PNG, as far as they are complete; none of another file."""
    if not content.startswith(_PNG):
        return
    place = len(_PNG)
    while place + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        end = place + 12 + length
        if end > len(content):
            return
        yield kind, content[place:end]
        place = end
