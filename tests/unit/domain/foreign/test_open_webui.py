"""Chats of Open WebUI's: the tree, folded sections of answers, files, and the plain lists of older exports."""

from typing import Any

import pytest

from desktop_app.domain.foreign.open_webui import is_open_webui, open_webui_chat
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.moving_in import ForeignChat, Leftovers, summary
from desktop_app.domain.parts import ThoughtPart
from tests.foreign_exports import open_webui_chat as exported
from tests.foreign_exports import open_webui_message
from tests.unit.domain.foreign.trees import checked, models, spoken

AT = 1_720_000_000


def chat(*messages: dict[str, Any], **more: Any) -> ForeignChat:
    return checked(open_webui_chat(exported(list(messages), **more)))


def asked(words: str = "Hi", **more: Any) -> dict[str, Any]:
    return open_webui_message("q", None, "user", words, AT + 1, **more)


def answered(words: str, key: str = "a", **more: Any) -> dict[str, Any]:
    return open_webui_message(key, "q", "assistant", words, AT + 2, **more)


def test_two_models_answer() -> None:
    other = answered("Two", "b", modelName="Llama 3", done=False)
    found = chat(asked(), answered("One"), other, current="a", title="Both", pinned=True)
    assert spoken(found) == [("u", "Hi"), ("a", "One")]
    assert models(found) == ("Qwen3 8B", "Llama 3")
    assert summary(found).branches == 2
    assert found.messages[2].status is MessageStatus.INTERRUPTED
    assert (found.chat.title, found.chat.pinned) == ("Both", True)
    assert (found.chat.created_at, found.chat.updated_at) == (AT, AT + 3600)


@pytest.mark.parametrize("factor", [1, 1000, 1_000_000_000])
def test_times_in_seconds_and_in_smaller_units(factor: int) -> None:
    message = asked() | {"timestamp": (AT + 1) * factor}
    assert chat(message).messages[0].created_at == AT + 1


def test_folded_sections_of_answers() -> None:
    thought = (
        '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 seconds</summary>\n'
        "&gt; I &amp; you\n&gt; so\n</details>\n"
    )
    called = (
        '<details type="tool_calls" done="true" id="c1" name="search" arguments="{&quot;q&quot;: 1}" '
        'result="&quot;x&quot;">\n<summary>Done</summary>\n</details>\n'
    )
    own = "<details open><summary>More</summary>\nthis\n</details>"
    found = chat(asked(), answered(f"{thought}Before\n{called}After\n{own}"))
    assert spoken(found)[1] == ("a", f'T(I & you\nso)BeforeC(search: {{"q": 1}})After\n\n{own}')
    (part,) = (part for part in found.messages[1].parts if isinstance(part, ThoughtPart))
    assert part.seconds == 3
    assert found.leftovers == Leftovers(tool_results=1)


@pytest.mark.parametrize("words", ["<details ", "<details type=", "a <details type=\"reasoning\"> b", "</details>", "<b>x</b>",
                                   "<details a>" * 2000, "<details </details>>"])  # fmt: skip
def test_sections_that_are_none_stay_text(words: str) -> None:
    assert spoken(chat(asked(), answered(words)))[1] == ("a", words)


def test_thoughts_between_marks() -> None:
    assert spoken(chat(asked(), answered("<think>\nHm\n</think>\n\nHello")))[1] == ("a", "T(Hm\n)Hello")
    assert spoken(chat(asked("<think>x</think>y")))[0] == ("u", "<think>x</think>y")


def test_files() -> None:
    files = [
        {"type": "file", "name": "list.txt", "file": {"filename": "list.txt", "data": {"content": "milk"}}},
        {"type": "image", "url": "data:image/png;base64,AAAA"},
        {"type": "collection", "name": "Papers"},
    ]
    found = chat(asked("See", files=files))
    assert spoken(found) == [("u", "F(list.txt: milk)[image]\n\n[file: Papers]\n\nSee")]
    assert found.leftovers == Leftovers(images=1, files=1)


def test_an_answer_that_failed_says_why() -> None:
    assert spoken(chat(asked(), answered("", error={"content": "No model."})))[1] == ("a", "No model.")


def test_system_prompts() -> None:
    export = exported([asked()])
    export["chat"]["params"] = {"system": "Be brief."}
    assert checked(open_webui_chat(export)).chat.system_prompt == "Be brief."
    found = chat(open_webui_message("s", None, "system", "Be kind.", AT), asked() | {"parentId": "s"})
    assert found.chat.system_prompt == "Be kind."
    assert spoken(found) == [("u", "Hi")]


def test_older_exports_are_a_list() -> None:
    listed = [{"role": "user", "content": "Hi", "timestamp": AT}, {"role": "assistant", "content": "Hello"}]
    export = {"id": "x", "chat": {"title": "Old", "models": ["llama3"], "messages": listed, "timestamp": AT * 1000}}
    assert is_open_webui(export)
    found = checked(open_webui_chat(export))
    assert spoken(found) == [("u", "Hi"), ("a", "Hello")]
    assert models(found) == ("llama3",)
    assert found.chat.created_at == AT


def test_a_chat_without_what_its_list_tells() -> None:
    bare = exported([asked(), answered("Hello")])["chat"]
    assert is_open_webui(bare)
    assert spoken(checked(open_webui_chat(bare))) == [("u", "Hi"), ("a", "Hello")]


@pytest.mark.parametrize(
    "other", [{}, {"chat": []}, {"chat": {}}, {"messages": []}, {"history": {}}, {"chat": {"history": []}}]
)
def test_what_is_none(other: dict[str, Any]) -> None:
    assert not is_open_webui(other)
