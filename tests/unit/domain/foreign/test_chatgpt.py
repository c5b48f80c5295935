"""Chats of ChatGPT's: branches, thoughts, tools, what is hidden, and what is left out."""

from typing import Any

import pytest

from desktop_app.domain.foreign.chatgpt import chatgpt_chat
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.moving_in import ForeignChat, Leftovers, summary
from desktop_app.domain.parts import ThoughtPart
from tests.foreign_exports import BEGUN_AT, chatgpt_conversation, chatgpt_node, name, random_chatgpt
from tests.unit.domain.foreign.trees import checked, models, spoken

Json = dict[str, Any]


def chat(*nodes: Json, **more: Any) -> ForeignChat:
    return checked(chatgpt_chat(chatgpt_conversation(list(nodes), **more)))


def asked(words: str = "Hi", **more: Any) -> Json:
    return chatgpt_node("q", None, "user", words, BEGUN_AT + 1, **more)


def answered(content: Json | str, key: str = "a", parent: str = "q", role: str = "assistant", **more: Any) -> Json:
    return chatgpt_node(key, parent, role, content, BEGUN_AT + 2, **more)


def test_a_plain_chat() -> None:
    found = chat(asked(), answered("Hello"), title="Greetings")
    assert spoken(found) == [("u", "Hi"), ("a", "Hello")]
    assert models(found) == ("gpt-4o",)
    assert found.chat.title == "Greetings"
    assert found.chat.title_is_own
    assert (found.chat.created_at, found.chat.updated_at) == (BEGUN_AT, BEGUN_AT + 3600)
    assert [message.created_at for message in found.messages] == [BEGUN_AT + 1, BEGUN_AT + 2]
    assert not found.leftovers


def test_the_branch_that_was_shown_is_shown() -> None:
    nodes = [asked(), answered("One"), answered("Two", "b"), chatgpt_node("r", "a", "user", "More", BEGUN_AT + 9)]
    found = chat(*nodes, current_node="b")
    assert spoken(found) == [("u", "Hi"), ("a", "Two")]
    assert summary(found).branches == 2
    assert spoken(found, found.messages[-1].id) == [("u", "Hi"), ("a", "One"), ("u", "More")]


def test_the_steps_of_an_answer_are_one_message() -> None:
    found = chat(
        asked(),
        answered({"content_type": "thoughts", "thoughts": [{"summary": "Sum", "content": "One and one"}, {"content": "x"}]}, "t"),
        answered({"content_type": "reasoning_recap", "content": "Thought for 8s"}, "r", "t", metadata={"finished_duration_sec": 8}),
        answered({"content_type": "code", "language": "unknown", "text": "print(1)"}, "c", "r", recipient="python"),
        answered({"content_type": "execution_output", "text": "1"}, "o", "c", role="tool"),
        answered({"content_type": "text", "parts": ['{"q": "sea"}']}, "w", "o", recipient="web"),
        answered({"content_type": "tether_browsing_display", "result": "pages"}, "p", "w", role="tool"),
        answered("Done", "d", "p", metadata={"model_slug": "o3"}),
    )  # fmt: skip
    code = "```python\nprint(1)\n```\n\n```\n1\n```"
    assert spoken(found) == [("u", "Hi"), ("a", f'T(Sum\n\nOne and one\n\nx){code}C(web: {{"q": "sea"}})Done')]
    (thought,) = (part for part in found.messages[1].parts if isinstance(part, ThoughtPart))
    assert thought.seconds == 8
    assert models(found) == ("o3",)
    assert found.leftovers == Leftovers(tool_results=1)


def test_answers_of_which_one_has_two_next_ones_stay_apart() -> None:
    found = chat(asked(), answered("One"), answered("Two", "b", "a"), answered("Three", "c", "a"))
    assert len(found.messages) == 4
    assert spoken(found) == [("u", "Hi"), ("a", "One"), ("a", "Three")]


def test_what_is_hidden_is_passed_over_and_instructions_are_the_system_prompt() -> None:
    told = {"about_user_message": "I sail.", "about_model_message": "Be brief."}
    hidden = {"is_visually_hidden_from_conversation": True, "user_context_message_data": told}
    found = chat(
        chatgpt_node("s", None, "system", "", None),
        chatgpt_node("i", "s", "user", {"content_type": "user_editable_context"}, None, metadata=hidden),
        chatgpt_node("q", "i", "user", "Hi", BEGUN_AT + 1),
        answered("not shown", "w", weight=0),
        answered("Hello", "a", "w"),
        chatgpt_node("e", "a", "assistant", {"content_type": "model_editable_context", "model_set_context": "x"}, None),
    )
    assert spoken(found) == [("u", "Hi"), ("a", "Hello")]
    assert found.chat.system_prompt == "I sail.\n\nBe brief."
    assert not found.leftovers


def test_the_older_form_of_instructions() -> None:
    content = {"content_type": "user_editable_context", "user_profile": "I sail.", "user_instructions": ""}
    found = chat(chatgpt_node("i", None, "user", content, None), chatgpt_node("q", "i", "user", "Hi", None))
    assert found.chat.system_prompt == "I sail."
    assert spoken(found) == [("u", "Hi")]


def test_images_and_files_are_named_in_place() -> None:
    attachments = [{"id": "file-1", "name": "sea.png", "mime_type": "image/png"}, {"id": "file-2", "name": "a]b.pdf"}]
    image = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1", "width": 9}
    content = {"content_type": "multimodal_text", "parts": [image, "What is this?"]}
    drawn = {
        "content_type": "multimodal_text",
        "parts": [{"content_type": "image_asset_pointer"}, "words to the model"],
    }
    heard = {"content_type": "multimodal_text", "parts": [{"content_type": "audio_transcription", "text": "Heard"},
                                                          {"content_type": "real_time_user_audio_video_asset_pointer"},
                                                          {"content_type": "hologram"}]}  # fmt: skip
    found = chat(
        chatgpt_node("q", None, "user", content, None, metadata={"attachments": attachments}),
        answered(drawn, "t", role="tool"),
        chatgpt_node("h", "t", "user", heard, None),
    )
    assert spoken(found) == [
        ("u", "[file: a)b.pdf]\n\n[image: sea.png]\n\nWhat is this?"),
        ("a", "[image]"),
        ("u", "Heard\n\n[file: audio]"),
    ]
    assert found.leftovers == Leftovers(images=2, files=2, unknown_parts=1)


def test_marks_for_sources_become_links_or_go() -> None:
    mark, other = "\ue200cite\ue202turn0search1\ue201", "\ue200navlist\ue202x\ue201"
    references = [{"matched_text": mark, "alt": "([a](https://a.example))"}, {"matched_text": " ", "alt": "no"}]
    found = chat(asked(), answered(f"See {mark}.{other} End", metadata={"content_references": references}))
    assert spoken(found)[1] == ("a", "See ([a](https://a.example)). End")


def test_an_answer_that_was_stopped_and_one_of_a_newer_kind() -> None:
    stopped = answered("Hal", metadata={"finish_details": {"type": "interrupted"}})
    found = chat(asked(), stopped, chatgpt_node("n", "a", "user", {"content_type": "hologram", "text": "Words"}, None))
    assert found.messages[1].status is MessageStatus.STOPPED
    assert spoken(found)[2] == ("u", "Words")


def test_a_parent_that_only_lists_its_child_is_found() -> None:
    conversation = chatgpt_conversation([asked(), answered("Hello")])
    conversation["mapping"]["a"]["parent"] = "gone"
    found = checked(chatgpt_chat(conversation))
    assert spoken(found) == [("u", "Hi"), ("a", "Hello")]
    conversation["mapping"]["q"]["children"] = []
    found = checked(chatgpt_chat(conversation))
    assert [message.parent_id for message in found.messages] == [None, None]
    assert found.leftovers == Leftovers(misplaced_messages=1)


def test_documents_beside_the_conversation() -> None:
    prose = '{"name": "A plan", "type": "document", "content": "# Plan\\nSail."}'
    script = '{"name": "sail", "type": "code/python", "content": "sail()"}'
    canvas = {"recipient": "canmore.create_textdoc"}
    found = chat(
        asked(),
        answered({"content_type": "code", "text": prose}, **canvas),
        answered(script, "b", "a", **canvas),
        answered('{"name": "cut', "c", "b", **canvas),
    )
    assert spoken(found)[1] == (
        "a",
        '**A plan**\n\n# Plan\nSail.\n\n**sail**\n\n```python\nsail()\n```\n\n```\n{"name": "cut\n```',
    )


@pytest.mark.parametrize("title", ["New chat", "NEW CHAT", "Untitled"])
def test_a_title_that_nobody_gave(title: str) -> None:
    found = chat(asked("Why is the sky blue?"), title=title)
    assert (found.chat.title, found.chat.title_is_own) == ("Why is the sky blue?", False)
    assert chat(asked(" ", metadata={"attachments": [{"name": "a"}]}), title=title).chat.title


def test_calls_that_are_nested_without_end_are_shown_as_code() -> None:
    deep = '{"a": ' + "[" * 60 + "]" * 60 + "}"
    found = chat(asked(), answered({"content_type": "code", "text": deep}, recipient="web"))
    assert spoken(found)[1] == ("a", f"```json\n{deep}\n```")


def test_without_a_title_it_has_one_of_the_question() -> None:
    found = chat(asked("Why is the sky blue?"), title="")
    assert found.chat.title == "Why is the sky blue?"
    assert not found.chat.title_is_own


def test_ids_are_the_same_each_time_and_a_longer_export_has_the_older_ones() -> None:
    short, long = (checked(chatgpt_chat(random_chatgpt(3, count))) for count in (10, 20))
    assert chatgpt_chat(random_chatgpt(3, 10)) == short
    assert short.chat.id == long.chat.id
    assert {message.id for message in short.messages} < {message.id for message in long.messages}
    other = chatgpt_chat(random_chatgpt(4, 10))
    assert not {message.id for message in other.messages} & {message.id for message in short.messages}
    assert short.chat.id[:16] == f"{int((BEGUN_AT + 15_000) * 1e9):016x}"


@pytest.mark.parametrize("number", range(5))
def test_random_chats_keep_all_their_messages(number: int) -> None:
    conversation = random_chatgpt(number)
    found = checked(chatgpt_chat(conversation))
    texts = {node["message"]["content"]["parts"][0] for node in conversation["mapping"].values() if node["message"]}
    assert {words for leaf in found.messages for _who, words in spoken(found, leaf.id)} == texts
    assert name(f"Chat {number}") == conversation["id"]
