"""Chats of GPT4All's, of each version, whole and damaged."""

import io
import os
import random

import pytest

from desktop_app.domain.errors import ErrorCode, ImportFailure
from desktop_app.domain.foreign.gpt4all import gpt4all_chat
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.moving_in import ForeignChat, Leftovers
from tests.foreign_exports import gpt4all_chat as written
from tests.unit.domain.foreign.trees import checked, models, spoken

TURNS = [("Prompt: ", "Hi 🎉"), ("Response: ", "<think>Hm</think>Hello"), ("Prompt: ", "More"), ("Response: ", "Yes…")]
VERSIONS = range(1, 13)
MUTATIONS = 20_000 if os.environ.get("INGLENOOK_SOAK") else 300


def read(content: bytes) -> ForeignChat:
    stream = io.BytesIO(content)
    found = checked(gpt4all_chat(stream.read))
    assert not stream.read(), "all of it was read"
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("has_state", [False, True])
def test_each_version(version: int, has_state: bool) -> None:
    found = read(written(TURNS, version, "Sea", has_state=has_state))
    file = "F(list.txt: milk\nbread)" if version >= 10 else ""
    ran = "```javascript\nconsole.log(1)\n```\n\n" if version >= 12 else ""
    assert spoken(found) == [
        ("u", f"{file}Hi 🎉"),
        ("a", f"T(Hm){ran}Hello"),
        ("u", f"{file}More"),
        ("a", "Yes…"),
    ]
    assert models(found) == ("Llama-3-8B.Q4_0.gguf",)
    assert found.messages[3].status is MessageStatus.STOPPED
    assert (found.chat.title, found.chat.created_at) == ("Sea", 1_715_000_000)
    assert found.leftovers == (Leftovers(tool_results=2) if version >= 3 else Leftovers())


def test_the_system_prompt() -> None:
    found = read(written([("System: ", "Be brief."), *TURNS]))
    assert found.chat.system_prompt == "Be brief."
    assert len(found.messages) == 4


@pytest.mark.parametrize("version", VERSIONS)
def test_every_cut_is_told(version: int) -> None:
    content = written(TURNS, version, has_state=version == 8)
    for end in range(len(content)):
        with pytest.raises(ImportFailure) as caught:
            gpt4all_chat(io.BytesIO(content[:end]).read)
        assert caught.value.code in (ErrorCode.IMPORT_DAMAGED, ErrorCode.IMPORT_UNKNOWN)


@pytest.mark.parametrize("version", [-1, 0, 13, 100, 2**31 - 1])
def test_unknown_versions_are_told(version: int) -> None:
    with pytest.raises(ImportFailure) as caught:
        gpt4all_chat(io.BytesIO(b"\xf5\xd5\x53\xcc" + version.to_bytes(4, "big", signed=True) + bytes(99)).read)
    assert caught.value.code is ErrorCode.IMPORT_DAMAGED


class Zeros:
    """Gives what is in it, and then zeros without end, which it counts."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)
        self.given = 0

    def read(self, size: int) -> bytes:
        found = self._content.read(size)
        self.given += size - len(found)
        return found + bytes(size - len(found))


def with_prompt(version: int, count: bytes) -> bytes:
    """Return a chat of one question, with another count of what is attached to it."""
    content = written([("Prompt: ", "Hi")], version)
    attached = b"\0\0\0\0\0\0\0\x01" + len(b"file:///home/me/list.txt").to_bytes(4, "big")
    return content[: content.index(attached)] + count


@pytest.mark.parametrize("content", [
    written([], 4)[:-4] + b"\x7f\xff\xff\xff", written([], 4)[:-4] + b"\xff\xff\xff\xfe",
    with_prompt(12, b"\x7f" * 8), with_prompt(12, b"\xff" * 8), with_prompt(10, b"\0\0\0\0\x7f\0\0\0"),
])  # fmt: skip
def test_counts_that_claim_more_than_there_can_be_take_no_time(content: bytes) -> None:
    zeros = Zeros(content)
    with pytest.raises(ImportFailure) as caught:
        gpt4all_chat(zeros.read)
    assert caught.value.code is ErrorCode.IMPORT_DAMAGED
    assert zeros.given < 1 << 20


@pytest.mark.parametrize(("levels", "is_read"), [(10, True), (50, False), (5000, False)])
def test_answers_within_answers(levels: int, is_read: bool) -> None:
    content = written([("Response: ", "<think>Hm</think>Hello")])
    label = "Response: ".encode("utf-16-be")
    level = len(label).to_bytes(4, "big") + label + bytes(4) + b"\0\0\0\0\0\0\0\x01"
    begin = content.index(level)
    deep = content[:begin] + level * levels + content[begin + len(level) :]
    if is_read:
        assert spoken(read(deep))[0][1].endswith("Hello")
        return
    with pytest.raises(ImportFailure) as caught:
        gpt4all_chat(io.BytesIO(deep).read)
    assert caught.value.code is ErrorCode.IMPORT_DAMAGED


def test_changed_bytes_are_read_or_told() -> None:
    chance = random.Random(7)
    contents = [written(TURNS, version, has_state=True) for version in VERSIONS]
    for _ in range(MUTATIONS):
        changed = bytearray(chance.choice(contents))
        for _ in range(chance.randrange(1, 4)):
            changed[chance.randrange(len(changed))] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        try:
            checked(gpt4all_chat(io.BytesIO(changed).read))
        except ImportFailure as error:
            assert error.code in (ErrorCode.IMPORT_DAMAGED, ErrorCode.IMPORT_UNKNOWN, ErrorCode.IMPORT_TOO_LARGE)  # noqa: PT017
