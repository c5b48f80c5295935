"""Chats of llama.cpp's own web page: an object of a chat and its messages, or a line for each of them."""

import json
import re
from collections.abc import Iterator

from desktop_app.domain.foreign.growing import Head, Node, grown, joined, said
from desktop_app.domain.foreign.pieces import Tally, answer_parts, call, model_name, speaker
from desktop_app.domain.foreign.values import Values, amount, items, key, line, moment, text, values
from desktop_app.domain.messages import Receipt, Role
from desktop_app.domain.moving_in import ForeignChat, Origin
from desktop_app.domain.parts import Part, TextPart, ThoughtPart

SESSION, MESSAGE = "session", "message"
"""What the `type` of a line says that it is; a session is a chat, and its messages follow it."""
_BEGINS_AS_LINES = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{[^\n]*?"type"\s*:\s*"session"')


def are_llama_cpp_lines(begin: bytes) -> bool:
    """Return whether a file that begins so has a chat in its lines."""
    return _BEGINS_AS_LINES.match(begin) is not None


def is_llama_cpp(found: Values) -> bool:
    """Return whether it is a chat of llama.cpp's web page, with its messages."""
    chat, messages = found.get("conv"), found.get("messages")
    return isinstance(chat, dict) and isinstance(messages, list) and ("currNode" in chat or "lastModified" in chat)


def llama_cpp_chat(found: Values, fallback_at: float = 0.0, damaged: int = 0) -> ForeignChat:
    """Return the chat; `fallback_at` is its time where it tells none, and of its lines `damaged` could not be read."""
    chat = values(found.get("conv"))
    tally = Tally(unknown_parts=damaged)
    instructions: list[str] = []
    nodes: list[Node] = []
    for place, value in enumerate(items(found.get("messages"))):
        message = values(value)
        own, parent = key(message.get("id")) or f"\0{place}", key(message.get("parent"))
        if message.get("role") == "system" or message.get("type") == "root":
            instructions.append(text(message.get("content")).strip())
            nodes.append(Node(key=own, parent=parent))
        else:
            nodes.append(_node(own, parent, message, tally))
    name = line(chat.get("name"))
    head = Head(
        origin=Origin.LLAMA_CPP,
        key=key(chat.get("id")) or name,
        title=name,
        updated_at=moment(chat.get("lastModified")),
        system_prompt="\n\n".join(dict.fromkeys(each for each in instructions if each)),
        current=key(chat.get("currNode")),
        pinned=chat.get("pinned") is True,
        fallback_at=fallback_at,
    )
    return grown(head, joined(nodes), tally.leftovers())


def _node(own: str, parent: str | None, message: Values, tally: Tally) -> Node:
    role = speaker(message, tally)
    if role is None:
        return Node(key=own, parent=parent)
    is_answer = role is Role.ASSISTANT
    parts = said(
        (*_files(message, tally), *(_answer(message) if is_answer else (TextPart(text(message.get("content"))),)))
    )
    at = moment(message.get("timestamp"))
    return Node(
        key=own,
        parent=parent,
        role=role,
        parts=parts or None,
        at=at,
        model=model_name(message.get("model")) if is_answer else "",
        receipt=_receipt(message, at) if is_answer else None,
    )


def _answer(message: Values) -> Iterator[Part]:
    yield ThoughtPart(text(message.get("reasoningContent")) or text(message.get("thinking")))
    yield from answer_parts(text(message.get("content")))
    calls = message.get("toolCalls")
    if isinstance(calls, str):
        try:
            calls = json.loads(calls)
        except (ValueError, RecursionError):
            calls = []
    for value in items(calls):
        wanted = values(values(value).get("function"))
        yield call(wanted.get("name"), wanted.get("arguments", "{}"), values(value).get("id"))


def _files(message: Values, tally: Tally) -> Iterator[Part]:
    for value in items(message.get("extra")):
        extra = values(value)
        kind, name = extra.get("type"), extra.get("name")
        if kind in ("IMAGE", "imageFile"):
            yield tally.image(name)
        else:
            yield tally.file(name, extra.get("content"))


def _receipt(message: Values, at: float | None) -> Receipt | None:
    """Return what is known of how an answer was made; None where its model is not."""
    model, timings = model_name(message.get("model")), values(message.get("timings"))
    if not model:
        return None
    tokens, milliseconds = amount(timings.get("predicted_n")), amount(timings.get("predicted_ms"))
    return Receipt(
        model_name=model,
        made_at=at or 0.0,
        prompt_tokens=int(amount(timings.get("prompt_n")) + amount(timings.get("cache_n"))),
        cached_tokens=int(amount(timings.get("cache_n"))),
        completion_tokens=int(tokens),
        tokens_per_second=tokens / milliseconds * 1000.0 if milliseconds else 0.0,
        seconds_to_first_token=amount(timings.get("prompt_ms")) / 1000.0,
    )
