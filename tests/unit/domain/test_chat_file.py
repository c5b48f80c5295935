"""The file of exported chats: nothing is lost on the way, and what is wrong with a file is told."""

import io
import json
import os
import random
from collections.abc import Sequence

import msgspec
import pytest

from desktop_app.domain import chat_file
from desktop_app.domain.chat_file import (
    ChatFile,
    ChatFileWriter,
    Item,
    SavedChat,
    SavedFolder,
    SavedMessage,
    json_schema,
    read_chat_file,
    saved_chat,
    saved_message,
)
from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import ErrorCode, ImportFailure
from desktop_app.domain.messages import Message, MessageStatus
from desktop_app.domain.shelf import NO_SHELF, Folder, FolderStart, Shelf
from desktop_app.domain.unsent import NOTHING_UNSENT
from tests.unit.domain.random_chats import random_conversation

CASES = 400 if os.environ.get("INGLENOOK_SOAK") else 40


def written(conversations: Sequence[Conversation], traces: bytes | None = None) -> bytes:
    stream = io.BytesIO()
    writer = ChatFileWriter(stream)
    writer.begin("0.1.0", 1_795_000_000.5)
    for conversation in conversations:
        writer.add_chat(saved_chat(conversation.chat, NO_SHELF, NOTHING_UNSENT))
        for message in conversation.messages:
            writer.add_message(saved_message(message, traces))
    writer.end()
    return stream.getvalue()


def read(content: bytes) -> list[Item]:
    return list(read_chat_file(io.BytesIO(content)))


def conversations_of(items: Sequence[Item]) -> list[Conversation]:
    found: list[tuple[Chat, list[Message]]] = []
    for item in items:
        if isinstance(item, SavedChat):
            found.append((item.chat(), []))
        else:
            found[-1][1].append(item.message(found[-1][0].id))
    return [Conversation(chat=chat, messages=tuple(messages)) for chat, messages in found]


def failure(content: bytes) -> ErrorCode:
    with pytest.raises(ImportFailure) as caught:
        read(content)
    return caught.value.code


@pytest.mark.parametrize("seed", range(CASES))
def test_random_trees_come_back_as_they_were(seed: int) -> None:
    chance = random.Random(seed)
    conversations = [random_conversation(chance) for _ in range(chance.randrange(4))]
    content = written(conversations)
    assert conversations_of(read(content)) == conversations
    anew = json.dumps(json.loads(content), indent=chance.choice([None, 2])).encode()
    assert conversations_of(read(anew)) == conversations
    assert msgspec.json.decode(content, type=ChatFile).version == chat_file.VERSION


def test_each_message_is_a_line() -> None:
    conversation = random_conversation(random.Random(3))
    lines = written([conversation]).splitlines()
    assert len(lines) == 4 + len(conversation.messages)
    assert all(len(json.loads(line.rstrip(b","))["id"]) == 32 for line in lines[2:-2])


def test_a_chat_brings_the_folder_that_it_was_in() -> None:
    outer = Folder(
        id="w", name="Work", start=FolderStart(system_prompt="Work.\n", model_path="/m.gguf", persona="own/a.md")
    )
    shelf = Shelf(folders=(outer, Folder(id="n", name="Notes", parent_id="w"), Folder(id="o", name="Other")))
    chat = msgspec.structs.replace(random_conversation(random.Random(4), 2).chat, folder_id="n")
    stream = io.BytesIO()
    writer = ChatFileWriter(stream)
    writer.begin("0.1.0", 1.0)
    writer.add_chat(saved_chat(chat, shelf, NOTHING_UNSENT))
    writer.add_chat(saved_chat(msgspec.structs.replace(chat, id="other", folder_id="gone"), shelf, NOTHING_UNSENT))
    writer.end()
    inside, outside = read(stream.getvalue())
    assert isinstance(inside, SavedChat)
    assert isinstance(outside, SavedChat)
    assert inside.folder == SavedFolder(
        id="n", name="Notes", parent=SavedFolder(id="w", name="Work", start=outer.start)
    )
    assert outside.folder is None
    assert inside.chat() == msgspec.structs.replace(chat, folder_id=None)


def test_every_field_of_a_chat_and_of_a_message_is_in_the_file() -> None:
    of_this_list = {"deleted_at", "folder_id"}  # where a chat lies here tells another list nothing
    around = {"messages", "folder", "tags", "unsent"}
    assert {*SavedChat.__struct_fields__} == {*Chat.__struct_fields__, *around} - of_this_list
    assert {*SavedMessage.__struct_fields__} == {*Message.__struct_fields__, "traces"} - {"chat_id"}


def test_a_title_is_no_longer_than_one_that_can_be_typed() -> None:
    chat = msgspec.structs.replace(random_conversation(random.Random(4), 2).chat, title="Lamp " * 1_000_000)
    (item,) = read(written([Conversation(chat=chat, messages=())]))
    assert isinstance(item, SavedChat)
    assert item.chat().title == ("Lamp " * 40)


def test_traces_are_kept() -> None:
    conversation = next(found for seed in range(9) if (found := random_conversation(random.Random(seed), 5)).messages)
    item = read(written([conversation], b"IGT1\x00\xff"))[1]
    assert isinstance(item, SavedMessage)
    assert item.traces == b"IGT1\x00\xff"


def test_an_answer_that_was_streaming_is_interrupted() -> None:
    conversation = random_conversation(random.Random(1))
    message = msgspec.structs.replace(conversation.messages[0], status=MessageStatus.STREAMING)
    _chat, item = read(written([Conversation(chat=conversation.chat, messages=(message,))]))
    assert isinstance(item, SavedMessage)
    assert item.message("c").status is MessageStatus.INTERRUPTED


def test_a_newer_version_is_refused() -> None:
    content = written([random_conversation(random.Random(1))]).replace(b'"version":1', b'"version":2', 1)
    assert failure(content) is ErrorCode.IMPORT_NEWER
    assert failure(json.dumps(json.loads(content), indent=1).encode()) is ErrorCode.IMPORT_NEWER


def test_fields_that_nobody_knows_are_passed_over() -> None:
    content = written([]).replace(b'"app":', b'"colour":"blue","app":', 1)
    assert read(content) == []


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"hello", b"\xff\xfe{\x00", b'{"format":"other","version":1}',
                                     b"[" * 200_000, b'{"chats":[{"id":"a"}]}'])  # fmt: skip
def test_what_is_no_export_is_told(content: bytes) -> None:
    assert failure(content) is ErrorCode.IMPORT_NOT_CHATS


def test_every_cut_is_told() -> None:
    content = written([random_conversation(random.Random(5), 4) for _ in range(2)])
    for end in range(len(content.rstrip())):
        assert failure(content[:end]) in (ErrorCode.IMPORT_DAMAGED, ErrorCode.IMPORT_NOT_CHATS)


def test_changed_bytes_are_read_or_told() -> None:
    chance = random.Random(2)
    content = written([random_conversation(chance, 8) for _ in range(2)])
    for _ in range(CASES * 20):
        changed = bytearray(content)
        for _ in range(chance.randrange(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        try:
            read(bytes(changed))
        except ImportFailure as error:
            assert not error.info.params  # noqa: PT017  # where it is, is told by who knows the file


@pytest.mark.parametrize("change", [
    lambda chat: chat["messages"].append(chat["messages"][0]),
    lambda chat: chat["messages"].reverse(),
    lambda chat: chat["messages"][0].update(parent_id=chat["messages"][-1]["id"]),
    lambda chat: chat.update(id="../../etc/passwd"),
    lambda chat: chat.update(id="x" * 65),
    lambda chat: chat.update(updated_at=1e300),
    lambda chat: chat.update(created_at=-5),
    lambda chat: chat["sampling"].update(temperature=1e9),
    lambda chat: chat["messages"][0].update(role="root"),
    lambda chat: chat["messages"][0].update(parts=[{"type": "virus", "text": ""}]),
])  # fmt: skip
def test_what_cannot_be_is_told(change) -> None:
    document = json.loads(written([linear()]))
    change(document["chats"][0])
    assert failure(json.dumps(document).encode()) is ErrorCode.IMPORT_DAMAGED


def linear() -> Conversation:
    """Return a conversation of one branch, three messages long."""
    conversation = random_conversation(random.Random(9), 0)
    messages: list[Message] = []
    for made in random_conversation(random.Random(8), 300).messages[:3]:
        parent = messages[-1].id if messages else None
        messages.append(msgspec.structs.replace(made, chat_id=conversation.chat.id, parent_id=parent))
    return Conversation(chat=conversation.chat, messages=tuple(messages))


def test_a_large_file_that_was_laid_out_anew_is_told(monkeypatch) -> None:
    content = json.dumps(json.loads(written([linear()])), indent=2).encode()
    monkeypatch.setattr(chat_file, "LONGEST_WHOLE", len(content) - 1)
    assert failure(content) is ErrorCode.IMPORT_TOO_LARGE


def test_a_line_without_end_is_told(monkeypatch) -> None:
    monkeypatch.setattr(chat_file, "LONGEST_LINE", 1000)
    content = written([])
    assert failure(content[: content.index(b"\n") + 1] + b"x" * 5000) is ErrorCode.IMPORT_TOO_LARGE


def test_the_schema_describes_the_document() -> None:
    schema = json_schema()
    assert {"ChatFile", "SavedChat", "SavedMessage", "Receipt", "Sampling", "TextPart"} <= set(schema["$defs"])
