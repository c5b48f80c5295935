"""Chats of Jan's: a thread and its messages."""

from typing import Any

import pytest

from desktop_app.domain.foreign.jan import is_jan_thread, jan_chat
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.moving_in import ForeignChat, Leftovers
from tests.foreign_exports import jan_message, jan_thread
from tests.unit.domain.foreign.trees import checked, models, spoken

AT = 1_740_000_001_000


def chat(*messages: Any, damaged: int = 0) -> ForeignChat:
    return checked(jan_chat(jan_thread("t1", "Sea"), messages, damaged))


def test_a_thread() -> None:
    found = chat(
        jan_message("a", "user", "Hi", AT),
        jan_message("b", "assistant", "<think>\nHm</think>\nHello", AT + 500, metadata={"modelId": "gemma"}),
        jan_message("c", "user", "More", AT + 900),
        jan_message("d", "assistant", "Yes", AT + 999, status="stopped"),
    )
    assert spoken(found) == [("u", "Hi"), ("a", "T(Hm)Hello"), ("u", "More"), ("a", "Yes")]
    assert models(found) == ("gemma", "qwen3-8b")
    assert found.messages[0].created_at == AT / 1000
    assert found.messages[3].status is MessageStatus.STOPPED
    assert (found.chat.title, found.chat.system_prompt, found.chat.pinned) == ("Sea", "Be kind.", True)
    assert (found.chat.created_at, found.chat.updated_at) == (1_740_000_000, 1_740_000_900)


def test_content_of_every_kind() -> None:
    content: list[dict[str, Any]] = [
        {"type": "reasoning", "text": {"value": "Hm"}},
        {"type": "tool_call", "tool_name": "search", "input": {"q": "sea"}, "output": "pages", "tool_call_id": "1"},
        {"type": "text", "text": {"value": "Hello"}},
        {"type": "image_url", "image_url": {"url": "data:"}},
        {"type": "hologram"},
    ]
    asked = jan_message("a", "user", "See", AT, attachments=[{"name": "list.pdf"}, {"file_id": "f1"}])
    tool = jan_message("x", "tool", "pages", AT)
    system = jan_message("s", "system", "Be brief.", AT)
    found = chat(system, asked, tool, jan_message("b", "assistant", content, AT), damaged=2)
    assert spoken(found) == [
        ("u", "[file: list.pdf]\n\n[file: f1]\n\nSee"),
        ("a", 'T(Hm)C(search: {"q": "sea"})Hello\n\n[image]'),
    ]
    assert found.chat.system_prompt == "Be kind.\n\nBe brief."
    assert found.leftovers == Leftovers(images=1, files=2, tool_results=2, unknown_parts=3)


def test_a_line_that_was_written_again_counts_as_it_was_last() -> None:
    found = chat(
        jan_message("a", "user", "Hi", AT),
        jan_message("b", "assistant", "Hel", AT + 1),
        jan_message("b", "assistant", "Hello", AT + 1),
    )
    assert spoken(found) == [("u", "Hi"), ("a", "Hello")]


@pytest.mark.parametrize(
    "strange", [None, 3, [], "x", {}, {"role": []}, {"role": "user"}, {"role": "user", "content": 7}]
)
def test_lines_that_are_no_messages(strange: Any) -> None:
    assert spoken(chat(jan_message("a", "user", "Hi", AT), strange)) == [("u", "Hi")]


def test_what_is_a_thread() -> None:
    assert is_jan_thread(jan_thread("t"))
    assert not any(is_jan_thread(found) for found in (None, [], {}, {"id": "x"}, {"id": 7, "object": "thread"}))
