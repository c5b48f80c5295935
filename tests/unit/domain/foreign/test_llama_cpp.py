"""Chats of llama.cpp's web page: the tree, thoughts, calls of tools with their results, files, and how answers were made."""

from typing import Any

import pytest

from desktop_app.domain.foreign.llama_cpp import are_llama_cpp_lines, is_llama_cpp, llama_cpp_chat
from desktop_app.domain.moving_in import ForeignChat, Leftovers, summary
from tests.foreign_exports import llama_cpp_chat as exported
from tests.foreign_exports import llama_cpp_lines, llama_cpp_message
from tests.unit.domain.foreign.trees import checked, models, spoken

AT = 1_750_000_001


def chat(*messages: dict[str, Any], **more: Any) -> ForeignChat:
    return checked(llama_cpp_chat(exported(list(messages), **more)))


def asked(words: str = "Hi", **more: Any) -> dict[str, Any]:
    return llama_cpp_message("q", "root", "user", words, AT * 1000, **more)


def answered(words: str, key: str = "a", parent: str = "q", **more: Any) -> dict[str, Any]:
    return llama_cpp_message(key, parent, "assistant", words, AT * 1000 + 2000, **more)


def test_branches_times_and_models() -> None:
    found = chat(asked(), answered("One"), answered("Two", "b", model="gemma"), current="a", title="Both", pinned=True)
    assert spoken(found) == [("u", "Hi"), ("a", "One")]
    assert models(found) == ("qwen3-8b", "gemma")
    assert summary(found).branches == 2
    assert (found.chat.title, found.chat.pinned) == ("Both", True)
    assert (found.messages[0].created_at, found.chat.updated_at) == (AT, 1_750_000_100)
    assert not found.leftovers


def test_how_an_answer_was_made() -> None:
    receipt = chat(asked(), answered("One")).messages[1].receipt
    assert receipt is not None
    assert (receipt.prompt_tokens, receipt.cached_tokens, receipt.completion_tokens) == (24, 4, 30)
    assert (receipt.tokens_per_second, receipt.seconds_to_first_token) == (20.0, 0.5)


def test_the_system_prompt_stands_above_all() -> None:
    system = llama_cpp_message("s", "root", "system", "Be brief.", AT * 1000)
    found = chat(system, asked() | {"parent": "s"}, answered("One"))
    assert found.chat.system_prompt == "Be brief."
    assert spoken(found) == [("u", "Hi"), ("a", "One")]


@pytest.mark.parametrize("how", [{"reasoningContent": "Hm"}, {"thinking": "Hm"}])
def test_thoughts_stand_apart(how: dict[str, str]) -> None:
    assert spoken(chat(asked(), answered("One", **how)))[1] == ("a", "T(Hm)One")
    assert spoken(chat(asked(), answered("<think>Hm</think>One")))[1] == ("a", "T(Hm)One")


@pytest.mark.parametrize("as_text", [False, True])
def test_an_answer_with_a_tool_is_one(as_text: bool) -> None:
    calls: Any = [{"id": "1", "type": "function", "function": {"name": "search", "arguments": '{"q": 1}'}}]
    if as_text:
        calls = '[{"id": "1", "function": {"name": "search", "arguments": "{\\"q\\": 1}"}}]'
    found = chat(
        asked(),
        answered("Let me see.", toolCalls=calls),
        llama_cpp_message("t", "a", "tool", "found", AT * 1000 + 3000, toolCallId="1"),
        answered("It is so.", "b", "t"),
    )
    assert spoken(found) == [("u", "Hi"), ("a", 'Let me see.C(search: {"q": 1})It is so.')]
    assert found.leftovers == Leftovers(tool_results=1)


def test_files_that_went_along() -> None:
    extra = [
        {"type": "TEXT", "name": "notes.md", "content": "words"},
        {"type": "context", "name": "", "content": "pasted"},
        {"type": "PDF", "name": "a.pdf", "content": "pages", "base64Data": "x", "processedAsImages": False},
        {"type": "IMAGE", "name": "cat.png", "base64Url": "data:"},
        {"type": "AUDIO", "name": "meow.mp3", "base64Data": "x"},
    ]
    found = chat(asked(extra=extra))
    files = "F(notes.md: words)F(paste.txt: pasted)F(a.pdf: pages)[image: cat.png]\n\n[file: meow.mp3]\n\nHi"
    assert spoken(found) == [("u", files)]
    assert found.leftovers == Leftovers(images=1, files=1)


def test_what_is_one() -> None:
    lines = llama_cpp_lines(exported([asked()]))
    assert is_llama_cpp(exported([asked()]))
    assert not is_llama_cpp({"conv": {"id": "x"}, "messages": []})
    assert are_llama_cpp_lines(lines[:60])
    assert not are_llama_cpp_lines(b'{"id": "x"}\n{"type":"session"}')
    assert not are_llama_cpp_lines(b"[" + lines)
