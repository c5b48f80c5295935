"""Whatever JSON is thrown at the readers, a tree comes out of it, or the one error that says that it is no chat."""

import copy
import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.errors import ErrorCode, ImportFailure
from desktop_app.domain.foreign.chatgpt import chatgpt_chat
from desktop_app.domain.foreign.claude import claude_chat
from desktop_app.domain.foreign.formats import foreign_chat, origin_of
from desktop_app.domain.foreign.jan import jan_chat
from desktop_app.domain.foreign.llama_cpp import llama_cpp_chat
from desktop_app.domain.foreign.lm_studio import lm_studio_chat
from desktop_app.domain.foreign.open_webui import open_webui_chat
from desktop_app.domain.foreign.text_generation_webui import text_generation_webui_chat
from desktop_app.domain.moving_in import Origin
from tests.foreign_exports import (
    chatgpt_conversation,
    chatgpt_node,
    claude_conversation,
    claude_message,
    jan_message,
    jan_thread,
    llama_cpp_message,
    lm_studio_answer,
    lm_studio_asked,
    lm_studio_conversation,
    open_webui_message,
)  # fmt: skip
from tests.foreign_exports import llama_cpp_chat as llama_cpp_export
from tests.foreign_exports import open_webui_chat as open_webui_export
from tests.foreign_exports import text_generation_webui_chat as text_generation_webui_export
from tests.unit.domain.foreign.trees import checked

MUTATIONS = 30_000 if os.environ.get("INGLENOOK_SOAK") else 400
NAMES = [
    "mapping",
    "message",
    "parent",
    "children",
    "author",
    "role",
    "content",
    "content_type",
    "parts",
    "metadata",
    "create_time",
    "weight",
    "recipient",
    "text",
    "thoughts",
    "summary",
    "attachments",
    "asset_pointer",
    "current_node",
    "chat_messages",
    "uuid",
    "sender",
    "type",
    "thinking",
    "input",
    "name",
    "extracted_content",
    "file_name",
    "parent_message_uuid",
    "chat",
    "conv",
    "messages",
    "currNode",
    "extra",
    "toolCalls",
    "timings",
    "internal",
    "visible",
    "versions",
    "history",
    "messages",
    "currentId",
    "parentId",
    "childrenIds",
    "timestamp",
    "files",
    "file",
    "data",
    "model",
    "modelName",
    "versions",
    "currentlySelected",
    "steps",
    "genInfo",
    "stats",
    "style",
    "stepIdentifier",
    "createdAt",
    "perChatPredictionConfig",
    "fields",
    "key",
    "value",
    "id",
    "title",
    "created",
    "assistants",
    "a",
    "b",
]
WORDS = st.sampled_from([*NAMES, "user", "assistant", "human", "tool", "system", "text", "multimodal_text", "code", "file",
                         "thoughts", "tool_use", "artifacts", "thinking", "contentBlock", "multiStep", "image", "<think>",
                         '<details type="reasoning">x</details>', "\ud800", "a\0b", "2024-01-01T00:00:00Z"])  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.just(1_700_000_000)
ANY_JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=30,
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES), ANY_JSON, max_size=6)
STRANGE: tuple[Any, ...] = (None, True, -1, 0, 10**30, 1e300, float("nan"), "", "\ud800x\0", "a", [], [[]], {}, {"a": None}, ["x"],
                            "x" * 5000, "user", "00000000-0000-4000-8000-000000000000", 1_700_000_000_000)  # fmt: skip


def samples() -> list[dict[str, Any]]:
    image = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://f1"}
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "S", "content": "C"}]}
    return [
        chatgpt_conversation(
            [
                chatgpt_node("q", None, "user", {"content_type": "multimodal_text", "parts": [image, "See"]}, 1.7e9,
                             metadata={"attachments": [{"id": "f1", "name": "a.png"}]}),
                chatgpt_node("t", "q", "assistant", thoughts, 1.7e9),
                chatgpt_node("c", "t", "assistant", {"content_type": "code", "text": "{}"}, 1.7e9, recipient="web"),
                chatgpt_node("a", "c", "assistant", "\ue200cite\ue201", 1.7e9,
                             metadata={"content_references": [{"matched_text": "\ue200cite\ue201", "alt": "x"}]}),
                chatgpt_node("b", "q", "assistant", "Other", None),
            ]
        ),
        claude_conversation(
            [
                claude_message("a", "x", "human", "Hi", "2025-01-01T00:00:00Z",
                               attachments=[{"file_name": "f", "extracted_content": "t"}]),
                claude_message("b", "a", "assistant", [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "y"},
                               {"type": "tool_use", "name": "artifacts", "input": {"content": "c"}}], "2025-01-01T00:00:01Z"),
            ]
        ),
        open_webui_export(
            [
                open_webui_message("q", None, "user", "Hi", 1.7e9, files=[{"type": "file", "file": {"data": {"content": "c"}}}]),
                open_webui_message("a", "q", "assistant", '<details type="reasoning">\n> x\n</details>\ny', 1.7e9),
            ]
        ),
        lm_studio_conversation(
            [lm_studio_asked("Hi", "Ho"), {"versions": [lm_studio_answer([("thinking", "x"), ("text", "y")], 1_700_000_000_000)],
                                           "currentlySelected": 0}]
        ),
        llama_cpp_export(
            [
                llama_cpp_message("q", "root", "user", "Hi", 1_750_000_001_000, extra=[{"type": "TEXT", "name": "f", "content": "t"}]),
                llama_cpp_message("a", "q", "assistant", "<think>x</think>y", 1_750_000_002_000, reasoningContent="r",
                                  toolCalls=[{"id": "1", "function": {"name": "f", "arguments": "{}"}}]),
                llama_cpp_message("t", "a", "tool", "found", 1_750_000_003_000, toolCallId="1"),
            ]
        ),
        text_generation_webui_export(
            ("Hi", "Hello"), user_0={"timestamp": "Jan 05, 2026 10:11", "attachments": [{"name": "f", "content": "t"}]},
            assistant_0={"versions": [{"content": "Ho"}, {"content": "Hello"}], "current_version_index": 1},
        ),
    ]  # fmt: skip


@given(OBJECTS)
def test_any_object_is_a_tree_to_each_reader(found: dict[str, Any]) -> None:
    readers = (chatgpt_chat, claude_chat, open_webui_chat, lm_studio_chat, llama_cpp_chat, text_generation_webui_chat)
    for read in readers:
        checked(read(found))
    checked(jan_chat(found, [found, *found.values()]))


@given(ANY_JSON | OBJECTS | st.sampled_from(samples()))
def test_any_value_is_a_chat_or_told(found: Any) -> None:
    try:
        chat = checked(foreign_chat(found, 0.0))
    except ImportFailure as error:
        assert error.code is ErrorCode.IMPORT_UNKNOWN  # noqa: PT017
        assert origin_of(found) is None
    else:
        assert origin_of(found) is chat.origin


def test_the_samples_are_known() -> None:
    origins = [Origin.CHATGPT, Origin.CLAUDE, Origin.OPEN_WEBUI, Origin.LM_STUDIO, Origin.LLAMA_CPP,
               Origin.TEXT_GENERATION_WEBUI]  # fmt: skip
    assert [foreign_chat(sample, 0.0).origin for sample in samples()] == origins


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place in a JSON value: what it is in, and its key or index there."""
    left = [value]
    while left:
        holder = left.pop()
        for place, inner in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            yield holder, place
            if isinstance(inner, dict | list):
                left.append(inner)


def change(chance: random.Random, value: Any) -> None:
    """Put something else, or something of another place, into one place."""
    found = list(places(value))
    if not found:
        return  # all of it was taken out already
    holder, place = chance.choice(found)
    if isinstance(holder, dict) and chance.random() < 0.2:
        del holder[place]
    elif chance.random() < 0.3:
        other, elsewhere = chance.choice(found)
        if elsewhere in other if isinstance(other, dict) else elsewhere < len(other):
            holder[place] = copy.deepcopy(other[elsewhere])
    else:
        holder[place] = copy.deepcopy(chance.choice(STRANGE))


def test_changed_chats_are_trees_or_told() -> None:
    chance = random.Random(11)
    originals = samples()
    kept = 0
    for _ in range(MUTATIONS):
        changed = copy.deepcopy(chance.choice(originals))
        for _ in range(chance.randrange(1, 5)):
            change(chance, changed)
        try:
            checked(foreign_chat(changed, 0.0))
            kept += 1
        except ImportFailure as error:
            assert error.code is ErrorCode.IMPORT_UNKNOWN  # noqa: PT017
    assert kept > MUTATIONS / 2


def test_changed_threads_are_trees() -> None:
    chance = random.Random(12)
    for _ in range(MUTATIONS // 4):
        changed = copy.deepcopy(
            [jan_thread("t"), jan_message("a", "user", "Hi", 1), jan_message("b", "assistant", "Ho", 2)]
        )
        for _ in range(chance.randrange(1, 5)):
            change(chance, changed)
        thread, *messages = changed
        if isinstance(thread, dict):
            checked(jan_chat(thread, messages))


@pytest.mark.parametrize("number", range(4))
def test_a_chat_survives_being_written_anew(number: int) -> None:
    sample = samples()[number]
    assert foreign_chat(json.loads(json.dumps(sample)), 0.0) == foreign_chat(sample, 0.0)
