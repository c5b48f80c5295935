"""Chats as Open WebUI exports them: a mapping of messages that name the one before; older ones are a plain list."""

import html
import re
from collections.abc import Iterator
from itertools import pairwise

from desktop_app.domain.foreign.growing import Head, Node, grown, said
from desktop_app.domain.foreign.pieces import Tally, answer_parts, call, model_name, speaker
from desktop_app.domain.foreign.values import Values, items, key, line, moment, seconds, text, values
from desktop_app.domain.messages import MessageStatus, Role
from desktop_app.domain.moving_in import ForeignChat, Origin
from desktop_app.domain.parts import Part, TextPart, ThoughtPart

_BEGIN, _END = "<details ", "</details>"
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_SUMMARY = re.compile(r"^\s*<summary>[^<]*</summary>\s*")


def is_open_webui(found: Values) -> bool:
    """Return whether it is a chat of Open WebUI's, with what its list tells about it or without."""
    chat = found.get("chat", found)
    if not isinstance(chat, dict):
        return False
    history = chat.get("history")
    is_tree = isinstance(history, dict) and isinstance(history.get("messages"), dict)
    return is_tree or ("chat" in found and isinstance(chat.get("messages"), list))


def open_webui_chat(found: Values, fallback_at: float = 0.0) -> ForeignChat:
    """Return the chat; `fallback_at` is its time where it tells none."""
    chat = values(found.get("chat", found))
    history = values(chat.get("history"))
    mapping = values(history.get("messages")) or _as_mapping(items(chat.get("messages")))
    tally = Tally()
    instructions = [text(values(chat.get("params")).get("system")).strip() or text(chat.get("system")).strip()]
    usual_model = next((name for each in items(chat.get("models")) if (name := model_name(each))), "")
    parents = {
        child: name
        for name, value in mapping.items()
        for child in items(values(value).get("childrenIds"))
        if isinstance(child, str)
    }
    nodes: list[Node] = []
    for name, value in mapping.items():
        message = values(value)
        parent = key(message.get("parentId"))
        if parent is None or parent not in mapping:
            parent = parents.get(name, parent)
        if message.get("role") == "system":
            instructions.append(text(message.get("content")).strip())
            nodes.append(Node(key=name, parent=parent))
        else:
            nodes.append(_node(name, parent, message, usual_model, tally))
    head = Head(
        origin=Origin.OPEN_WEBUI,
        key=key(found.get("id")) or key(chat.get("id")) or "\n".join(list(mapping)[:4]),
        title=line(found.get("title")) or line(chat.get("title")),
        created_at=moment(found.get("created_at")) or moment(chat.get("timestamp")),
        updated_at=moment(found.get("updated_at")),
        system_prompt="\n\n".join(dict.fromkeys(each for each in instructions if each)),
        current=key(history.get("currentId")),
        pinned=found.get("pinned") is True,
        fallback_at=fallback_at,
    )
    return grown(head, nodes, tally.leftovers())


def _as_mapping(listed: list[object]) -> Values:
    """Return messages that stand in their order as those that name the one before them."""
    named = [(key(values(each).get("id")) or f"\0{place}", values(each)) for place, each in enumerate(listed)]
    first = dict(named[:1])
    return first | {name: {"parentId": before, **message} for (before, _), (name, message) in pairwise(named)}


def _node(name: str, parent: str | None, message: Values, usual_model: str, tally: Tally) -> Node:
    role = speaker(message, tally)
    if role is None:
        return Node(key=name, parent=parent)
    is_answer = role is Role.ASSISTANT
    parts = said((*_files(message, tally), *_spoken(message, tally, is_answer=is_answer)))
    model = model_name(message.get("modelName")) or model_name(message.get("model")) or usual_model
    return Node(
        key=name,
        parent=parent,
        role=role,
        parts=parts or None,
        at=moment(message.get("timestamp")),
        model=model if is_answer else "",
        status=MessageStatus.INTERRUPTED if is_answer and message.get("done") is False else MessageStatus.COMPLETE,
    )


def _files(message: Values, tally: Tally) -> Iterator[Part]:
    for value in items(message.get("files")):
        file = values(value)
        stored = values(file.get("file"))
        name = file.get("name") or stored.get("filename")
        if file.get("type") == "image":
            yield tally.image(name)
            continue
        content = values(stored.get("data")).get("content") or file.get("content")
        yield tally.file(name or "file", content)


def _spoken(message: Values, tally: Tally, *, is_answer: bool) -> Iterator[Part]:
    content = message.get("content")
    pieces = content if isinstance(content, list) else [{"type": "text", "text": content}]
    for value in pieces:
        piece = values(value)
        if piece.get("type") == "text":
            written = text(piece.get("text"))
            yield from _answer(written, tally) if is_answer else (TextPart(written),)
        elif piece.get("type") == "image_url":
            yield tally.image()
        else:
            yield from tally.unknown()
    if not content:
        yield TextPart(text(values(message.get("error")).get("content")))


def _answer(written: str, tally: Tally) -> Iterator[Part]:
    """Give an answer with what stands in folded sections of it apart: thoughts, and calls of tools."""
    place = 0
    while (begin := written.find(_BEGIN, place)) >= 0:
        opened, end = written.find(">", begin), written.find(_END, begin)
        if opened < 0 or end < opened:
            break
        yield from answer_parts(written[place:begin].strip())
        place = end + len(_END)
        yield from _section(written[begin:place], written[begin:opened], written[opened + 1 : end], tally)
    yield from answer_parts(written[place:].strip() if place else written)


def _section(whole: str, opening: str, inner: str, tally: Tally) -> Iterator[Part]:
    told = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(opening)}
    if told.get("type") == "reasoning":
        lines = html.unescape(_SUMMARY.sub("", inner)).strip().split("\n")
        thought = "\n".join(each.removeprefix(">").removeprefix(" ") for each in lines)
        yield ThoughtPart(thought, seconds(told.get("duration")))
    elif told.get("type") == "tool_calls":
        tally.tool_results += 1
        yield call(told.get("name"), told.get("arguments", "{}"), told.get("id"))
    else:
        yield TextPart(whole)
