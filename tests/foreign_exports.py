"""Exports of other apps, made in their public shapes: for tests, and for measuring."""

import json
import random
import struct
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


def claude_message(key: str, parent: str | None, sender: str, content: list[Json] | str, at: str, **more: Any) -> Json:
    """Return a message; a text is its only block. Without a parent it is as older exports have it."""
    blocks = [{"type": "text", "text": content, "citations": []}] if isinstance(content, str) else content
    texts = [block["text"] for block in blocks if block.get("type") == "text"]
    named = {"parent_message_uuid": parent} if parent is not None else {}
    return {"uuid": key, "text": "\n\n".join(texts), "content": blocks, "sender": sender, "created_at": at,
            "updated_at": at, "attachments": [], "files": [], **named, **more}  # fmt: skip


def claude_conversation(messages: list[Json], title: str = "A chat", **more: Any) -> Json:
    """Return a conversation of Claude's."""
    return {"uuid": name(("claude", title)), "name": title, "summary": "", "account": {"uuid": name("me")},
            "created_at": "2025-03-01T10:00:00.123456Z", "updated_at": "2025-03-01T11:00:00.000000+00:00",
            "chat_messages": messages, **more}  # fmt: skip


def open_webui_message(key: str, parent: str | None, role: str, content: str, at: float, **more: Any) -> Json:
    """Return a message of Open WebUI's."""
    made = {"model": "qwen3:8b", "modelName": "Qwen3 8B", "modelIdx": 0, "done": True} if role == "assistant" else {}
    return {"id": key, "parentId": parent, "childrenIds": [], "role": role, "content": content, "timestamp": at,
            **made, **more}  # fmt: skip


def open_webui_chat(messages: list[Json], title: str = "A chat", current: str | None = None, **more: Any) -> Json:
    """Return a chat with what the list of chats tells about it."""
    mapping = {message["id"]: message for message in messages}
    for message in messages:
        if message["parentId"] in mapping:
            mapping[message["parentId"]]["childrenIds"].append(message["id"])
    history = {"messages": mapping, "currentId": current or (messages[-1]["id"] if messages else None)}
    chat = {"id": "", "title": title, "models": ["qwen3:8b"], "params": {}, "history": history, "messages": [],
            "tags": [], "timestamp": 1_720_000_000_000, "files": []}  # fmt: skip
    return {"id": name(("webui", title)), "user_id": name("me"), "title": title, "chat": chat, "share_id": None,
            "created_at": 1_720_000_000, "updated_at": 1_720_003_600, "archived": False, "pinned": False,
            "meta": {}, "folder_id": None, **more}  # fmt: skip


def llama_cpp_message(key: str, parent: str | None, role: str, content: str, at: int, **more: Any) -> Json:
    """Return a message of llama.cpp's web page."""
    made = {"model": "qwen3-8b", "timings": {"cache_n": 4, "prompt_n": 20, "prompt_ms": 500.0, "predicted_n": 30,
                                             "predicted_ms": 1500.0}} if role == "assistant" else {}  # fmt: skip
    return {"id": key, "convId": "c", "type": "text", "timestamp": at, "role": role, "content": content,
            "parent": parent, "children": [], **made, **more}  # fmt: skip


def llama_cpp_chat(messages: list[Json], title: str = "A chat", current: str | None = None, **more: Any) -> Json:
    """Return a chat of llama.cpp's web page with its messages, below the root that all have."""
    root = llama_cpp_message("root", None, "system", "", 1_750_000_000_000, type="root")
    conv = {"id": name(("llama", title)), "name": title, "lastModified": 1_750_000_100_000,
            "currNode": current or messages[-1]["id"], **more}  # fmt: skip
    return {"conv": conv, "messages": [root, *messages]}


def llama_cpp_lines(*chats: Json) -> bytes:
    """Return chats as newer releases export them: a line for each, then one for each message."""
    lines: list[Json] = []
    for chat in chats:
        lines.append({"harness": "llama.cpp", "type": "session", **chat["conv"]})
        lines += [{"message": message, "type": "message"} for message in chat["messages"]]
    return "\n".join(json.dumps(each) for each in lines).encode()


def text_generation_webui_chat(*pairs: tuple[str, str], **metadata: Json) -> Json:
    """Return a chat of text-generation-webui's."""
    shown = [[f"<p>{question}</p>", f"<p>{answer}</p>"] for question, answer in pairs]
    return {"internal": [list(pair) for pair in pairs], "visible": shown, "metadata": metadata}


def lm_studio_asked(*texts: str, selected: int = 0) -> Json:
    """Return a question with all its versions."""
    versions = [{"type": "singleStep", "role": "user", "content": [{"type": "text", "text": each}]} for each in texts]
    return {"versions": versions, "currentlySelected": selected}


def lm_studio_answer(blocks: list[tuple[str, str]], at: int, model: str = "qwen3-8b") -> Json:
    """Return a version of an answer: its blocks are ('thinking' or 'text', text), `at` is in milliseconds."""
    steps: list[Json] = []
    for place, (kind, words) in enumerate(blocks):
        style = {"style": {"type": "thinking", "ended": True}} if kind == "thinking" else {}
        stats = {"stopReason": "eosFound", "tokensPerSecond": 31.5, "timeToFirstTokenSec": 0.25,
                 "promptTokensCount": 20, "predictedTokensCount": 12, "totalTokensCount": 32}  # fmt: skip
        info = {"indexedModelIdentifier": f"lab/{model}/{model}.gguf", "identifier": model, "stats": stats}
        steps.append({"type": "contentBlock", "stepIdentifier": f"{at + place}-0.5{place}", **style, "genInfo": info,
                      "content": [{"type": "text", "text": words, "fromDraftModel": False}]})  # fmt: skip
    steps.append({"type": "debugInfoBlock", "stepIdentifier": f"{at}-0.9", "debugInfo": "x"})
    return {"type": "multiStep", "role": "assistant", "senderInfo": {"senderName": model}, "steps": steps}


def lm_studio_conversation(messages: list[Json], title: str = "A chat", at: int = 1_730_000_000_000) -> Json:
    """Return a conversation of LM Studio's."""
    fields = [{"key": "llm.prediction.systemPrompt", "value": "Be brief."}]
    return {"name": title, "pinned": False, "createdAt": at, "preset": "", "tokenCount": 32, "systemPrompt": "",
            "messages": messages, "usePerChatPredictionConfig": True,
            "perChatPredictionConfig": {"fields": fields}, "lastUsedModel": {"identifier": "qwen3-8b"},
            "userLastMessagedAt": at + 1000, "assistantLastMessagedAt": at + 5000}  # fmt: skip


def jan_thread(key: str, title: str = "A chat") -> Json:
    """Return what Jan writes about a thread."""
    assistant = {"assistant_id": "jan", "assistant_name": "Jan", "instructions": "Be kind.",
                 "model": {"id": "qwen3-8b", "engine": "llama-cpp", "settings": {}, "parameters": {}}}  # fmt: skip
    return {"id": key, "object": "thread", "title": title, "assistants": [assistant], "created": 1_740_000_000,
            "updated": 1_740_000_900, "metadata": {"is_favorite": True}}  # fmt: skip


def jan_message(key: str, role: str, content: list[Json] | str, at: int, **more: Any) -> Json:
    """Return a message of Jan's, `at` in milliseconds."""
    if isinstance(content, str):
        content = [{"type": "text", "text": {"value": content, "annotations": []}}]
    return {"id": key, "object": "thread.message", "thread_id": "t", "type": "text", "role": role, "content": content,
            "status": "ready", "created_at": at, "completed_at": at, "metadata": {}, **more}  # fmt: skip


def write_jan(folder: Path, thread: Json, messages: list[Json]) -> Path:
    """Write a thread below `folder`, as Jan's data folder has it."""
    place = folder / "threads" / thread["id"]
    place.mkdir(parents=True)
    (place / "thread.json").write_text(json.dumps(thread, indent=2))
    (place / "messages.jsonl").write_text("".join(f"{json.dumps(message)}\n" for message in messages))
    return place


class QtStream:
    """Writes what Qt's data stream writes: big-endian numbers, and texts in UTF-16 behind their size in bytes."""

    def __init__(self) -> None:
        self.content = b""

    def number(self, form: str, *values: float) -> None:
        """Write numbers in the form of the module struct, without the sign for the order of bytes."""
        self.content += struct.pack(f">{form}", *values)

    def data(self, content: bytes | None) -> None:
        """Write bytes behind their size."""
        self.number("I", 0xFFFF_FFFF if content is None else len(content))
        self.content += content or b""

    def text(self, words: str | None) -> None:
        """Write a text."""
        self.data(None if words is None else words.encode("utf-16-be", "surrogatepass"))


def gpt4all_chat(
    turns: list[tuple[str, str]], version: int = 12, title: str = "A chat", *, has_state: bool = False
) -> bytes:
    """Return a `.chat` file: turns are ('Prompt: ' or 'Response: ', text), a prompt carries an attachment from 10 on."""
    out = QtStream()
    out.number("Ii", 0xF5D5_53CC, version)
    out.number("q", 1_715_000_000)
    for words in (name(("gpt4all", title)), title, "Me", "Llama-3-8B.Q4_0.gguf"):
        out.text(words)
    if version >= 3:
        out.number("I", 1)
        out.text("My files")
    _gpt4all_state(out, version, has_state=has_state or version < 6)
    out.number("i", len(turns))
    for number, (label, words) in enumerate(turns):
        _gpt4all_item(out, version, number, label, words)
    return out.content


def _gpt4all_state(out: QtStream, version: int, *, has_state: bool) -> None:
    if version >= 11:
        return
    if version >= 6:
        out.number("?", has_state)
    if version >= 2:
        out.number("ii", 2, 0)
    out.text("the last answer")
    out.text(None)
    out.number("I", 77)
    if not has_state:
        return
    if version < 4:
        out.number("I", 0)
    out.number("i", 5)
    if version >= 7:
        out.number("I", 2048)
    if version < 9:
        out.number("Q3f", 3, 0.5, 0.5, 0.5)
    out.number("Q5i", 5, 1, 2, 3, 4, 5)
    out.data(b"compressed" * 100)


def _gpt4all_item(out: QtStream, version: int, number: int, label: str, words: str) -> None:
    is_answer = label == "Response: "
    if version < 12:
        out.number("i", number)
    out.text(label)
    thought = words.startswith("<think>") and version >= 12
    out.text("" if thought else words)
    if version < 10:
        out.text(f"### {words}")
    out.text(None)
    out.number("????", False, is_answer and words.endswith("…"), False, False)
    if version >= 11 and is_answer:
        out.number("?", False)
    _gpt4all_sources(out, version, is_answer=is_answer)
    if version >= 10:
        out.number("q", 0 if is_answer else 1)
        if not is_answer:
            out.data(b"file:///home/me/list.txt")
            out.data(b"milk\nbread")
    if version >= 12:
        out.number("q", 3 if thought else 0)
        if thought:
            _gpt4all_steps(out, words)


def _gpt4all_sources(out: QtStream, version: int, *, is_answer: bool) -> None:
    if version >= 8:
        out.number("q", 1 if is_answer else 0)
        if is_answer:
            for excerpt in ("My files", "/home/me", "notes.txt", "Notes", "Me", "2024", "a passage"):
                out.text(excerpt)
            out.number("iii", 1, -1, -1)
    elif version >= 3:
        out.text("1. In notes.txt. [Context](context://1)" if is_answer else "")
        out.number("I", 1 if is_answer else 0)
        if is_answer:
            out.text("a passage")


def _gpt4all_steps(out: QtStream, words: str) -> None:
    """Write an answer that was thought about, with code that was run."""
    thinking, _end, spoken = words.partition("</think>")
    out.text("Think: ")
    out.text(f"{thinking}</think>")
    out.number("iq", 2500, 0)
    out.text("Response: ")
    out.text("")
    out.number("q", 1)
    out.text("ToolCall: ")
    out.text("<tool_call>")
    out.text("javascript_interpret")
    out.number("q", 1)
    out.text("code")
    out.number("iIb", 0, 10, 0)
    out.text("console.log(1)")
    out.text("1")
    out.number("i", 0)
    out.text(None)
    out.number("q", 0)
    out.text("Text: ")
    out.text(spoken)
    out.number("q", 0)
