"""Chats of LM Studio's: versions, steps, thoughts, and what is told about how an answer was made."""

from typing import Any

from desktop_app.domain.foreign.lm_studio import is_lm_studio, lm_studio_chat
from desktop_app.domain.messages import FinishReason, MessageStatus
from desktop_app.domain.moving_in import ForeignChat, Leftovers, summary
from tests.foreign_exports import lm_studio_answer, lm_studio_asked, lm_studio_conversation
from tests.unit.domain.foreign.trees import checked, models, spoken

AT = 1_730_000_000_000


def chat(*messages: dict[str, Any], **more: Any) -> ForeignChat:
    conversation = lm_studio_conversation(list(messages)) | more
    assert is_lm_studio(conversation)
    return checked(lm_studio_chat(conversation))


def versions(*found: dict[str, Any], selected: object = 0) -> dict[str, Any]:
    return {"versions": list(found), "currentlySelected": selected}


def test_versions_are_branches_and_the_shown_one_goes_on() -> None:
    found = chat(
        lm_studio_asked("Hi", "Hello", selected=1),
        versions(
            lm_studio_answer([("thinking", "Hm"), ("text", "One")], AT + 1000),
            lm_studio_answer([("text", "Two")], AT + 9000, model="gemma"),
        ),
        lm_studio_asked("More"),
    )
    assert spoken(found) == [("u", "Hello"), ("a", "T(Hm)One"), ("u", "More")]
    assert summary(found).branches == 3
    assert models(found) == ("qwen3-8b", "gemma")
    assert found.chat.system_prompt == "Be brief."
    assert (found.chat.created_at, found.chat.updated_at) == (AT / 1000, AT / 1000 + 5)
    assert found.messages[2].created_at == AT / 1000 + 1


def test_what_is_told_about_an_answer_is_its_receipt() -> None:
    answer = lm_studio_answer([("thinking", "Hm"), ("text", "One")], AT)
    found = chat(lm_studio_asked("Hi"), versions(answer))
    receipt = found.messages[1].receipt
    assert receipt is not None
    assert (receipt.prompt_tokens, receipt.completion_tokens, receipt.tokens_per_second) == (20, 24, 31.5)
    assert receipt.finish_reason is FinishReason.STOP
    answer["steps"][1]["genInfo"]["stats"]["stopReason"] = "userStopped"
    answer["steps"][1]["genInfo"]["stats"]["tokensPerSecond"] = float("inf")
    stopped = chat(lm_studio_asked("Hi"), versions(answer)).messages[1]
    assert stopped.status is MessageStatus.STOPPED
    assert stopped.receipt is not None
    assert stopped.receipt.tokens_per_second == 0


def test_files_and_tools() -> None:
    asked = lm_studio_asked("See")
    asked["versions"][0]["content"] += [
        {"type": "file", "name": "list.pdf", "fileIdentifier": "1.pdf", "fileType": "document"},
        {"type": "file", "fileIdentifier": "2.png", "fileType": "image"},
    ]
    answer = lm_studio_answer([("text", "<think>Hm</think>One")], AT)
    answer["steps"][0]["content"] += [
        {"type": "toolCallRequest", "callId": 7, "name": "search", "parameters": {"q": "sea"}},
        {"type": "toolCallResult", "content": "pages"},
        {"type": "hologram"},
    ]
    found = chat(asked, versions(answer))
    assert spoken(found) == [
        ("u", "See\n\n[file: list.pdf]\n\n[image: 2.png]"),
        ("a", 'T(Hm)OneC(search: {"q": "sea"})'),
    ]
    assert found.leftovers == Leftovers(images=1, files=1, tool_results=1, unknown_parts=1)


def test_system_messages_and_choices_that_are_none() -> None:
    told = versions({"type": "singleStep", "role": "system", "content": [{"type": "text", "text": "Be kind."}]})
    found = chat(told, lm_studio_asked("Hi", "Ho") | {"currentlySelected": 99}, perChatPredictionConfig=None)
    assert found.chat.system_prompt == "Be kind."
    assert spoken(found) == [("u", "Hi")]


def test_steps_with_the_same_name_are_kept_apart() -> None:
    answer = lm_studio_answer([("text", "One")], AT)
    found = chat(lm_studio_asked("Hi"), versions(answer), versions(answer))
    assert spoken(found) == [("u", "Hi"), ("a", "One"), ("a", "One")]


def test_what_is_none() -> None:
    assert not is_lm_studio({"messages": [{"role": "user", "content": "Hi"}], "name": "x"})
    assert not is_lm_studio({"messages": {}})
    assert not is_lm_studio({"messages": []})
