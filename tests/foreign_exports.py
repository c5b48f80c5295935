"""Exports of other apps, made in their public shapes: for tests, and for measuring."""

import json
import random
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BEGUN_AT = 1_700_000_000.0
WORDS = (
    "the",
    "sea",
    "boat",
    "Ünïcode",
    "数据",
    "🎉",
    "def f(x):\n    return x",
    '"quoted"',
    "[1]",
    "{2}",
    "wind",
    "\\",
)

Json = dict[str, Any]


def name(seed: object) -> str:
    """Return a UUID that is the same for the same seed."""
    return str(uuid.UUID(int=random.Random(str(seed)).getrandbits(128), version=4))


def some_text(chance: random.Random, most: int = 120) -> str:
    """Return up to `most` words."""
    return " ".join(chance.choice(WORDS) for _ in range(chance.randrange(1, most + 1)))


def chatgpt_node(key: str, parent: str | None, role: str, content: Json | str, at: float | None, **more: Any) -> Json:
    """Return a node of a mapping; a text is the only part of a content of type text."""
    if isinstance(content, str):
        content = {"content_type": "text", "parts": [content]}
    metadata = more.pop("metadata", {})
    if role == "assistant":
        metadata = {"model_slug": "gpt-4o", "finish_details": {"type": "stop"}, **metadata}
    message = {"id": key, "author": {"role": role, "name": None, "metadata": {}}, "create_time": at, "update_time": None,
               "content": content, "status": "finished_successfully", "end_turn": True, "weight": 1.0,
               "metadata": metadata, "recipient": "all", "channel": None, **more}  # fmt: skip
    return {"id": key, "message": message, "parent": parent, "children": []}


def chatgpt_conversation(nodes: list[Json], title: str = "A chat", at: float = BEGUN_AT, **more: Any) -> Json:
    """Return a conversation of nodes, below a root without a message."""
    root = {"id": "client-created-root", "message": None, "parent": None, "children": []}
    mapping: dict[str, Json] = {"client-created-root": root}
    for node in nodes:
        mapping[node["id"]] = node
        parent = mapping.get(node["parent"] or "client-created-root")
        node["parent"] = node["parent"] or "client-created-root"
        if parent is not None:
            parent["children"].append(node["id"])
    return {"title": title, "create_time": at, "update_time": at + 3600, "mapping": mapping, "moderation_results": [],
            "current_node": nodes[-1]["id"] if nodes else "client-created-root", "plugin_ids": None,
            "conversation_id": name(title), "id": name(title), "gizmo_id": None, "is_archived": False,
            "is_starred": None, "default_model_slug": "gpt-4o", **more}  # fmt: skip


def random_chatgpt(number: int, messages: int = 20) -> Json:
    """Return the conversation with this number: questions and answers, now and then a second answer."""
    chance = random.Random(number)
    nodes: list[Json] = []
    parent, at = None, BEGUN_AT + 5000.0 * number
    for place in range(messages):
        at += chance.random() * 60
        role = "assistant" if place % 2 else "user"
        key = name((number, place))
        nodes.append(chatgpt_node(key, parent, role, some_text(chance), at))
        if role == "user" or chance.random() < 0.9:
            parent = key
    return chatgpt_conversation(nodes, f"Chat {number}", BEGUN_AT + 5000.0 * number)


def chatgpt_bytes(chats: int, messages: int = 20) -> Iterator[bytes]:
    """Give the pieces of a `conversations.json` with so many conversations."""
    yield b"["
    for number in range(chats):
        yield (b", " if number else b"") + json.dumps(random_chatgpt(number, messages)).encode()
    yield b"]"


def write_chatgpt(path: Path, chats: int, messages: int = 20) -> Path:
    """Write a `conversations.json` as ChatGPT exports it."""
    with path.open("wb") as stream:
        stream.writelines(chatgpt_bytes(chats, messages))
    return path
