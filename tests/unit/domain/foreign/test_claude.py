"""Chats of Claude's: blocks, attachments, branches, and the lists without them of older exports."""

from typing import Any

from desktop_app.domain.foreign.claude import claude_chat
from desktop_app.domain.moving_in import ForeignChat, Leftovers, summary
from desktop_app.domain.parts import FilePart, ThoughtPart
from tests.foreign_exports import claude_conversation, claude_message
from tests.unit.domain.foreign.trees import checked, models, spoken

ROOT = "00000000-0000-4000-8000-000000000000"
AT = "2025-03-01T10:00:0{}.5Z"


def chat(*messages: dict[str, Any], **more: Any) -> ForeignChat:
    return checked(claude_chat(claude_conversation(list(messages), **more)))


def test_an_older_export_is_a_list() -> None:
    found = chat(
        claude_message("a", None, "human", "Hi", AT.format(1)),
        claude_message("b", None, "assistant", "Hello", AT.format(2)),
        claude_message("c", None, "human", "More", AT.format(3)),
    )
    assert spoken(found) == [("u", "Hi"), ("a", "Hello"), ("u", "More")]
    assert models(found) == ("Claude",)
    assert found.messages[0].created_at == 1_740_823_201.5
    assert found.chat.created_at == 1_740_823_200.123456


def test_branches_and_the_one_that_was_shown() -> None:
    messages = [
        claude_message("a", ROOT, "human", "Hi", AT.format(1)),
        claude_message("b", "a", "assistant", "One", AT.format(2)),
        claude_message("c", "a", "assistant", "Two", AT.format(3)),
        claude_message("d", ROOT, "human", "Hi again", AT.format(4)),
    ]
    found = chat(*messages, current_leaf_message_uuid="b")
    assert spoken(found) == [("u", "Hi"), ("a", "One")]
    assert summary(found).branches == 3
    assert not found.leftovers
    assert spoken(chat(*messages)) == [("u", "Hi again")]


def test_blocks_of_every_kind() -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "thinking", "thinking": "Hm", "start_timestamp": AT.format(1), "stop_timestamp": AT.format(4)},
        {"type": "text", "text": "First"},
        {"type": "tool_use", "id": "toolu_1", "name": "web_search", "input": {"query": "sea"}},
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "pages"}]},
        {"type": "tool_use", "name": "repl", "input": {"code": "1 + 1"}},
        {"type": "tool_use", "name": "artifacts",
         "input": {"command": "create", "title": "A page", "type": "text/html", "language": "html", "content": "<b>x</b>"}},
        {"type": "tool_use", "name": "artifacts", "input": {"type": "text/markdown", "content": "# Plan"}},
        {"type": "tool_use", "name": "create_file", "input": {"path": "/a.py", "file_text": "x = 1", "description": "d"}},
        {"type": "token_budget"},
        {"type": "hologram"},
        {"type": "voice_note", "text": "Said"},
    ]  # fmt: skip
    found = chat(
        claude_message("a", ROOT, "human", "Hi", AT.format(1)), claude_message("b", "a", "assistant", blocks, AT.format(5))
    )  # fmt: skip
    assert spoken(found)[1] == (
        "a",
        'T(Hm)FirstC(web_search: {"query": "sea"})```\n1 + 1\n```\n\n**A page**\n\n```html\n<b>x</b>\n```\n\n# Plan\n\n**/a.py**\n\n```\nx = 1\n```\n\nSaid',
    )
    (thought,) = (part for part in found.messages[1].parts if isinstance(part, ThoughtPart))
    assert thought.seconds == 3
    assert found.leftovers == Leftovers(tool_results=1, unknown_parts=1)


def test_attachments_are_kept_with_their_text() -> None:
    attachments = [
        {"file_name": "list.txt", "file_size": 10, "file_type": "txt", "extracted_content": "milk\nbread"},
        {"file_name": "", "file_type": "txt", "extracted_content": "a long paste"},
        {"file_name": "scan.pdf", "extracted_content": ""},
    ]
    files = [{"file_name": "sea.png", "file_kind": "image"}, {"file_name": "table.xlsx", "file_kind": "document"}]
    found = chat(claude_message("a", ROOT, "human", "Read these", AT.format(1), attachments=attachments, files=files))
    assert spoken(found) == [
        (
            "u",
            "F(list.txt: milk\nbread)F(paste.txt: a long paste)[file: scan.pdf]\n\n[image: sea.png]\n\n[file: table.xlsx]\n\nRead these",
        )
    ]
    pasted = [part.is_pasted for part in found.messages[0].parts if isinstance(part, FilePart)]
    assert pasted == [False, True]
    assert found.leftovers == Leftovers(images=1, files=2)


def test_a_message_without_blocks_has_its_text() -> None:
    message = claude_message("a", ROOT, "human", "Hi", AT.format(1)) | {"content": []}
    assert spoken(chat(message)) == [("u", "Hi")]


def test_a_message_that_is_twice_there_is_once_in_it_and_unknown_people_are_passed_over() -> None:
    message = claude_message("a", ROOT, "human", "Hi", AT.format(1))
    strange = claude_message("x", "a", "narrator", "Meanwhile", AT.format(2))
    found = chat(message, message, strange, claude_message("b", "x", "assistant", "Hello", AT.format(3)))
    assert spoken(found) == [("u", "Hi"), ("a", "Hello")]
    assert found.leftovers == Leftovers(unknown_parts=1)
