"""Exports read from their first byte to their last in this process: files, folders, archives, and all their faults."""

import json
import os
import random
import stat
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from desktop_app.domain.errors import ErrorCode, ImportFailure
from desktop_app.domain.foreign.chatgpt import chatgpt_chat
from desktop_app.domain.moving_in import ChatSummary, ForeignChat, Origin, SkippedChat, SkipReason, summary
from desktop_app.helper.exports import places, reading, tidings
from desktop_app.helper.exports.reading import read_export
from desktop_app.protocol.helper import ExportPart, ExportRead, ReadExport
from tests.as_windows import make_junction
from tests.foreign_exports import (
    chatgpt_conversation,
    claude_conversation,
    claude_message,
    gpt4all_chat,
    jan_message,
    jan_thread,
    llama_cpp_chat,
    llama_cpp_lines,
    llama_cpp_message,
    lm_studio_asked,
    lm_studio_conversation,
    open_webui_chat,
    open_webui_message,
    random_chatgpt,
    text_generation_webui_chat,
    write_chatgpt,
    write_jan,
)
from tests.unit.domain.foreign.trees import checked

TURNS = [("Prompt: ", "Hi"), ("Response: ", "Hello")]
CUTS = 400 if os.environ.get("INGLENOOK_SOAK") else 25


@dataclass
class Read:
    """What came of an export."""

    end: ExportRead
    parts: list[ExportPart]
    chats: list[ForeignChat] = field(default_factory=list)
    summaries: list[ChatSummary] = field(default_factory=list)

    @property
    def titles(self) -> list[str]:
        return [found.chat.title for found in self.chats]

    @property
    def skipped(self) -> list[tuple[str, str]]:
        return [(skipped.place, skipped.reason.value) for skipped in self.end.skipped]


def read(path: Path) -> Read:
    """Read an export both ways, which must agree."""
    counted, whole = (_read(path, count_only=count_only) for count_only in (True, False))
    assert counted.end == whole.end
    assert counted.summaries == [summary(checked(found)) for found in whole.chats]
    assert not counted.chats
    assert not whole.summaries
    assert whole.end.chats == len(whole.chats)
    assert whole.end.messages == sum(len(found.messages) for found in whole.chats)
    return whole


def _read(path: Path, *, count_only: bool) -> Read:
    *parts, end = read_export(ReadExport(request_id="r", path=str(path), count_only=count_only))
    assert isinstance(end, ExportRead)
    found = Read(end, [])
    for part in parts:
        assert isinstance(part, ExportPart)
        found.parts.append(part)
        found.chats += part.chats
        found.summaries += part.summaries
    return found


def failure(path: Path) -> ImportFailure:
    with pytest.raises(ImportFailure) as caught:
        read(path)
    assert caught.value.info.params["path"] == str(path)
    return caught.value


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def archive(path: Path, contents: dict[str, Any], packing: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as file:
        for name, content in contents.items():
            file.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return path


def some_claude(title: str = "Claude's") -> dict[str, Any]:
    return claude_conversation([claude_message("a", None, "human", "Hi", "2025-03-01T10:00:01Z")], title)


def some_webui(title: str = "Web") -> dict[str, Any]:
    return open_webui_chat([open_webui_message("q", None, "user", "Hi", 1_720_000_000)], title)


def some_studio(title: str = "Studio") -> dict[str, Any]:
    return lm_studio_conversation([lm_studio_asked("Hi")], title)


def some_llama(title: str = "Llama") -> dict[str, Any]:
    return llama_cpp_chat([llama_cpp_message("q", "root", "user", "Hi", 1_750_000_001_000)], title)


def test_a_file_of_chats(tmp_path: Path) -> None:
    found = read(write_chatgpt(tmp_path / "anything.txt", 30))
    assert found.chats == [chatgpt_chat(random_chatgpt(number)) for number in range(30)]
    assert found.end.origin is Origin.CHATGPT
    assert found.end.skips == 0


def test_parts_are_of_limited_size_and_tell_how_far_it_is(tmp_path: Path) -> None:
    path = write_chatgpt(tmp_path / "conversations.json", 150)
    found = read(path)
    assert len(found.parts) > 5
    assert all(len(msgspec.msgpack.encode(part)) < 2 * tidings.PART_BYTES for part in found.parts)
    done = [part.done for part in found.parts]
    assert done == sorted(done)
    assert done[-1] == path.stat().st_size
    assert all(part.done <= part.total == path.stat().st_size for part in found.parts)


@pytest.mark.parametrize(("content", "origin"), [
    ([some_claude()], Origin.CLAUDE), ([some_webui()], Origin.OPEN_WEBUI), (some_webui(), Origin.OPEN_WEBUI),
    (some_studio(), Origin.LM_STUDIO), (random_chatgpt(1), Origin.CHATGPT), (gpt4all_chat(TURNS), Origin.GPT4ALL),
    (some_llama(), Origin.LLAMA_CPP), ([some_llama()], Origin.LLAMA_CPP),
    (llama_cpp_lines(some_llama()), Origin.LLAMA_CPP),
    (text_generation_webui_chat(("Hi", "Hello")), Origin.TEXT_GENERATION_WEBUI),
])  # fmt: skip
def test_each_kind_of_file_whatever_its_name(tmp_path: Path, content: Any, origin: Origin) -> None:
    found = read(write(tmp_path / "x.pdf", content))
    assert (found.end.origin, found.end.chats) == (origin, 1)


def test_archives_of_chatgpt_and_claude(tmp_path: Path) -> None:
    more = {"chat.html": b"<html>", "user.json": {"id": "me"}, "message_feedback.json": [{"id": "x"}], "empty.json": []}
    chats = {f"conversations-00{number}.json": [random_chatgpt(number)] for number in range(3)}
    found = read(archive(tmp_path / "chatgpt.zip", more | chats))
    assert sorted(found.titles) == ["Chat 0", "Chat 1", "Chat 2"]
    assert found.end.skips == 0
    claude = {"users.json": [{"uuid": "me"}], "conversations.json": [some_claude()], "projects.json": [{"docs": []}]}
    found = read(archive(tmp_path / "claude.zip", claude, zipfile.ZIP_STORED))
    assert found.titles == ["Claude's"]


def test_a_folder_of_lm_studio(tmp_path: Path) -> None:
    for number in range(20):
        write(tmp_path / f"work/{number}.conversation.json", some_studio(f"Studio {number}"))
    write(tmp_path / "cut.conversation.json", json.dumps(some_studio()).encode()[:-9])
    write(tmp_path / "settings.json", {"theme": "dark"})
    write(tmp_path / "list.json", [1, 2, 3])
    write(tmp_path / "broken.json", b"hello")
    found = read(tmp_path)
    assert len(found.chats) == 20
    assert found.skipped == [("cut.conversation.json", "damaged")]


def test_an_archive_of_lines_as_llama_cpps_page_makes_it(tmp_path: Path) -> None:
    cut = llama_cpp_lines(some_llama("Cut"))
    lines = {"one.jsonl": llama_cpp_lines(some_llama("One"), some_llama("Two")), "cut.jsonl": cut[:-9],
             "bare.jsonl": cut.split(b"\n")[0], "other.jsonl": b'{"id": 1}\n{"id": 2}'}  # fmt: skip
    found = read(archive(tmp_path / "conversations.zip", lines))
    assert found.titles == ["One", "Two"]
    assert sorted(found.skipped) == [("bare.jsonl", "empty"), ("cut.jsonl", "empty"), ("other.jsonl", "damaged")]
    whole = read(write(tmp_path / "x.jsonl", b"\xef\xbb\xbf\n" + cut + b'\n{"type": "note"}\n{broken\n'))
    assert (whole.titles, whole.end.leftovers.unknown_parts) == (["Cut"], 1)


def test_a_chat_in_lines_that_is_too_large_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop_app.helper.exports.lines.LONGEST_ELEMENT", 2_000)
    large = llama_cpp_chat([llama_cpp_message(f"q{number}", "root", "user", "x" * 300, 1_750_000_001_000 + number)
                            for number in range(9)], "Large")  # fmt: skip
    long = llama_cpp_chat([llama_cpp_message("q", "root", "user", "x" * 3_000, 1_750_000_001_000),
                           llama_cpp_message("r", "root", "user", "y", 1_750_000_002_000)], "Long")  # fmt: skip
    found = read(write(tmp_path / "x.jsonl", llama_cpp_lines(some_llama("One"), large, long, some_llama("Two"))))
    assert found.titles == ["One", "Long", "Two"]
    assert found.skipped == [("x.jsonl #2", "too_large")]
    assert found.end.leftovers.unknown_parts == 1


def test_a_folder_of_jan(tmp_path: Path) -> None:
    messages = [
        jan_message("a", "user", "Hi", 1_740_000_000_000),
        jan_message("b", "assistant", "Hello", 1_740_000_001_000),
    ]
    place = write_jan(tmp_path, jan_thread("t1", "Sea"), messages)
    write_jan(tmp_path, jan_thread("t2", "Empty"), [])
    write(write_jan(tmp_path, jan_thread("t3", "Gone"), messages) / "thread.json", b"{")
    write(write_jan(tmp_path, jan_thread("t4"), messages) / "thread.json", {"id": "no thread"})
    with (place / "messages.jsonl").open("ab") as file:
        file.write(b'\n{"id": "c", "role": "user", "con')
    write(tmp_path / "models/qwen/model.json", {"id": "qwen"})
    found = read(tmp_path)
    assert (found.titles, found.end.messages, found.end.origin) == (["Sea"], 2, Origin.JAN)
    assert found.end.leftovers.unknown_parts == 1
    assert found.skipped == [("threads/t2/thread.json", "empty"), ("threads/t3/thread.json", "damaged")]
    assert read(place).titles == ["Sea"]


def test_a_folder_of_gpt4all(tmp_path: Path) -> None:
    write(tmp_path / "model.gguf", b"GGUF")
    write(tmp_path / "gpt4all-1.chat", gpt4all_chat(TURNS, 10, "One"))
    write(tmp_path / "gpt4all-2.chat", gpt4all_chat(TURNS, 12, "Two"))
    write(tmp_path / "gpt4all-3.chat", gpt4all_chat(TURNS, 12, "Three")[:-3])
    found = read(tmp_path)
    assert found.titles == ["One", "Two"]
    assert found.skipped == [("gpt4all-3.chat", "damaged")]
    assert found.chats[0].chat.updated_at == pytest.approx((tmp_path / "gpt4all-1.chat").stat().st_mtime)


def test_one_damaged_chat_does_not_keep_the_others_away(tmp_path: Path) -> None:
    whole = [json.dumps(random_chatgpt(number)).encode() for number in range(4)]
    deep = b'{"mapping": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    other = json.dumps({"title": "Not a chat", "mapping": 7}).encode()
    empty = json.dumps(chatgpt_conversation([], "Nothing said")).encode()
    content = (
        b"["
        + b", ".join([b"null", whole[0], b'{"mapping": nope}', whole[1], deep, whole[2], other, empty, whole[3]])
        + b"]"
    )
    found = read(write(tmp_path / "conversations.json", content))
    assert found.titles == ["Chat 0", "Chat 1", "Chat 2", "Chat 3"]
    assert found.skipped == [
        ("#1", "damaged"),
        ("#3", "damaged"),
        ("#5", "damaged"),
        ("#7", "damaged"),
        ("#8", "empty"),
    ]
    assert [skipped.title for skipped in found.end.skipped[3:]] == ["Not a chat", "Nothing said"]


def test_a_chat_that_is_too_large_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop_app.helper.exports.decoding.MOST_VALUES", 2_000)
    found = read(write(tmp_path / "x.json", [random_chatgpt(1), random_chatgpt(2, 400), random_chatgpt(3)]))
    assert found.titles == ["Chat 1", "Chat 3"]
    assert found.skipped == [("#2", "too_large")]


@pytest.mark.parametrize(
    ("error", "reason"), [(MemoryError, "too_large"), (KeyError, "damaged"), (RecursionError, "damaged")]
)
def test_a_chat_that_breaks_its_reader_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], reason: str
) -> None:
    def break_at_two(found: dict[str, Any], at: float) -> ForeignChat:
        if found["title"] == "Chat 2":
            raise error
        return chatgpt_chat(found, at)

    monkeypatch.setattr(reading, "foreign_chat", break_at_two)
    found = read(write(tmp_path / "x.json", [random_chatgpt(number) for number in (1, 2, 3)]))
    assert found.titles == ["Chat 1", "Chat 3"]
    assert found.skipped == [("#2", reason)]


def test_skipped_chats_are_counted_and_the_first_are_named(tmp_path: Path) -> None:
    found = read(write(tmp_path / "x.json", [random_chatgpt(1), *[{"id": number} for number in range(3_000)]]))
    assert found.end.skips == 3_000
    assert len(found.end.skipped) == tidings.MOST_SKIPPED_TOLD
    assert found.end.skipped[0] == SkippedChat("", "#2", SkipReason.DAMAGED)


def test_every_cut_is_told_with_how_many_chats_were_whole(tmp_path: Path) -> None:
    pieces = [json.dumps(random_chatgpt(number, 4)).encode() for number in range(3)]
    content = b"[" + b",".join(pieces) + b"]"
    ends = [content.index(piece) + len(piece) for piece in pieces]
    chance = random.Random(5)
    for end in sorted({*chance.sample(range(1, len(content)), CUTS), len(content) - 1, ends[0], ends[0] - 1}):
        error = failure(write(tmp_path / "conversations.json", content[:end]))
        assert error.code is ErrorCode.IMPORT_CUT
        assert error.info.params["chats"] == sum(whole <= end for whole in ends)
    assert failure(write(tmp_path / "x.json", content + b"more")).code is ErrorCode.IMPORT_CUT
    assert failure(write(tmp_path / "unpacked/x.json", content[:-1]).parent).code is ErrorCode.IMPORT_CUT


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"hello", b"[1, 2]", b'{"a": [', b"\0" * 5000, b"PK\x03\x04", b"PK\x05\x06",
                                     b"\xf5\xd5\x53\xcc", b'{"format":"inglenook-chats","version":1,"chats":[]}',
                                     json.dumps([{"id": n} for n in range(5000)]).encode() + b"]]]"])  # fmt: skip
def test_what_is_no_export_is_told(tmp_path: Path, content: bytes) -> None:
    code = failure(write(tmp_path / "x.json", content)).code
    assert code in (ErrorCode.IMPORT_UNKNOWN, ErrorCode.IMPORT_CUT, ErrorCode.IMPORT_ARCHIVE_DAMAGED)


def test_no_more_is_read_than_is_needed_to_see_that_it_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "x.json", b"[" + b"{}," * 2_000_000)
    assert failure(path).code is ErrorCode.IMPORT_UNKNOWN
    sizes: list[int] = []
    monkeypatch.setattr(tidings.Tidings, "note", lambda _self, size: sizes.append(size))
    failure(path)
    assert sum(sizes) < 3 * reading.CHUNK


def test_what_is_not_there_or_no_file(tmp_path: Path) -> None:
    assert failure(tmp_path / "gone.json").code is ErrorCode.IMPORT_UNREADABLE
    assert failure(tmp_path).code is ErrorCode.IMPORT_UNKNOWN
    os.mkfifo(tmp_path / "pipe.json")
    assert failure(tmp_path / "pipe.json").code is ErrorCode.IMPORT_NO_FILE
    assert failure(tmp_path).code is ErrorCode.IMPORT_UNKNOWN
    assert failure(Path("/dev/zero")).code is ErrorCode.IMPORT_NO_FILE


def refuse(monkeypatch: pytest.MonkeyPatch, target: Any, name: str, ending: str) -> None:
    """Have one file or folder refuse to be read: whoever runs the tests may be allowed everything."""
    real: Callable[..., Any] = getattr(target, name)

    def guarded(path: Any, *arguments: Any, **named: Any) -> Any:
        if str(path).endswith(ending):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **named)

    monkeypatch.setattr(target, name, guarded)


def test_what_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.json", some_studio("One"))
    write(tmp_path / "b.json", some_studio("Two"))
    write(tmp_path / "locked/c.json", some_studio("Three"))
    refuse(monkeypatch, Path, "open", "b.json")
    refuse(monkeypatch, os, "scandir", "locked")
    found = read(tmp_path)
    assert found.titles == ["One"]
    assert found.skipped == [("locked", "unreadable"), ("b.json", "unreadable")]
    assert failure(tmp_path / "b.json").code is ErrorCode.IMPORT_UNREADABLE
    assert failure(tmp_path / "locked").code is ErrorCode.IMPORT_UNREADABLE


def test_links_are_not_followed(tmp_path: Path) -> None:
    inside = write(tmp_path / "inside/a.json", some_studio("One")).parent
    (inside / "self").symlink_to(inside)
    (inside / "b.json").symlink_to(write(tmp_path / "outside.json", some_studio("Two")))
    assert read(inside).titles == ["One"]
    (tmp_path / "link").symlink_to(inside)
    assert read(tmp_path / "link").titles == ["One"]


def test_junctions_are_not_followed_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = write(tmp_path / "inside/a.json", some_studio("One")).parent
    write(tmp_path / "outside/b.json", some_studio("Two"))
    make_junction(inside / "linked", tmp_path / "outside", monkeypatch.setattr)
    assert read(inside).titles == ["One"]


def test_thousands_of_files_and_too_many_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2_000):
        write(
            tmp_path / f"{number}.json", {"name": f"{number}", "createdAt": number, "messages": [lm_studio_asked("Hi")]}
        )
    found = read(tmp_path)
    assert len({chat.chat.id for chat in found.chats}) == 2_000
    monkeypatch.setattr(places, "MOST_FILES", 1_999)
    error = failure(tmp_path)
    assert (error.code, error.info.params["most"]) == (ErrorCode.IMPORT_TOO_MANY, 1_999)
    monkeypatch.setattr(places, "MOST_LOOKED_AT", 1_000)
    assert failure(tmp_path).info.params["most"] == 1_000


def test_too_many_chats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidings, "MOST_CHATS", 3)
    assert failure(write_chatgpt(tmp_path / "x.json", 4, 2)).code is ErrorCode.IMPORT_TOO_MANY
    assert read(write_chatgpt(tmp_path / "x.json", 3, 2)).end.chats == 3


def test_names_in_an_archive_are_only_names(tmp_path: Path) -> None:
    names = [
        "../../../evil.json",
        "/etc/evil.json",
        "C:\\evil.json",
        "a/" * 200 + "deep.json",
        "x\n\0y.json",
        "\ud800.json".encode("utf-8", "replace").decode(),
    ]
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as file:
        for number, name in enumerate(names):
            file.writestr(name, json.dumps([random_chatgpt(number, 2), {"mapping": 1}]))
        link = zipfile.ZipInfo("link.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, json.dumps([random_chatgpt(50, 2)]))
        file.writestr("folder.json/", "")
        file.writestr("inner.zip", archive(tmp_path / "inner.zip", {"a.json": [random_chatgpt(9)]}).read_bytes())
    before = {each: each.stat().st_mtime_ns for each in tmp_path.rglob("*")}
    found = read(path)
    assert len(found.chats) == len(names) - 1, "a name ends at its NUL, and so has no ending that is looked for"
    assert found.end.skips == len(names) - 1
    assert not any("\n" in place or "\0" in place for place, _reason in found.skipped)
    assert {each: each.stat().st_mtime_ns for each in tmp_path.rglob("*")} == before
    (tmp_path / "nested.zip").write_bytes(
        archive(tmp_path / "outer.zip", {"inner.zip": path.read_bytes()}).read_bytes()
    )
    assert failure(tmp_path / "nested.zip").code is ErrorCode.IMPORT_UNKNOWN


def test_a_locked_archive(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip", {"conversations.json": [random_chatgpt(1)]})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert failure(path).code is ErrorCode.IMPORT_ARCHIVE_LOCKED


def test_an_unknown_way_of_packing(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip", {"conversations.json": [random_chatgpt(1)]}, zipfile.ZIP_BZIP2)
    assert failure(path).code is ErrorCode.IMPORT_ARCHIVE_DAMAGED


@pytest.mark.parametrize("claimed", [None, 100])
def test_an_archive_that_unpacks_to_too_much(
    tmp_path: Path, claimed: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "LEAST_LIMIT", 4 << 20)
    bomb = b'[{"mapping": {"a": {"message": {"content": {"parts": ["' + b"x" * (16 << 20) + b'"]}}}}}]'
    path = archive(tmp_path / "x.zip", {f"{number}.json": bomb for number in range(3)})
    assert path.stat().st_size * places.MOST_TIMES < 3 * len(bomb)
    if claimed is not None:
        content = bytearray(path.read_bytes())
        for place in (content.index(b"PK\x01\x02") + 24, 22):
            struct.pack_into("<I", content, place, claimed)
        path.write_bytes(content)
    error = failure(path)
    assert error.code is (ErrorCode.IMPORT_ARCHIVE_HUGE if claimed is None else error.code)
    assert error.code in (ErrorCode.IMPORT_ARCHIVE_HUGE, ErrorCode.IMPORT_ARCHIVE_DAMAGED)


def test_a_chat_in_an_archive_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "LEAST_LIMIT", 1 << 20)
    content = gpt4all_chat(TURNS, 8, has_state=True)
    state = struct.pack(">Q5i", 5, 1, 2, 3, 4, 5)
    assert state in content
    bomb = content.replace(state, struct.pack(">Q", 4 << 20) + bytes(16 << 20))
    assert failure(archive(tmp_path / "x.zip", {"a.chat": bomb})).code is ErrorCode.IMPORT_ARCHIVE_HUGE
    assert read(write(tmp_path / "a.chat", bomb)).end.chats == 1


def test_files_in_an_archive_that_share_their_bytes_are_counted_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "LEAST_LIMIT", 0)
    monkeypatch.setattr(places, "MOST_TIMES", 3)
    path = archive(tmp_path / "x.zip", {"a.json": [random_chatgpt(1)]}, zipfile.ZIP_STORED)
    with zipfile.ZipFile(path, "a") as file:
        for number in range(5):
            again = zipfile.ZipInfo(f"{number}.json")
            first = file.infolist()[0]
            for name in ("CRC", "compress_size", "file_size", "header_offset", "compress_type"):
                setattr(again, name, getattr(first, name))
            again.orig_filename = first.filename
            file.filelist.append(again)
            file.NameToInfo[again.filename] = again
        file._didModify = True  # type: ignore[attr-defined]
    with pytest.raises(ImportFailure) as caught:
        read(path)
    assert caught.value.code in (ErrorCode.IMPORT_ARCHIVE_HUGE, ErrorCode.IMPORT_ARCHIVE_DAMAGED)


def test_a_list_of_files_that_is_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(tmp_path / "x.zip", {f"{number}.json": [] for number in range(50)})
    monkeypatch.setattr(places, "MOST_LISTED_BYTES", 1_000)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert failure(path).code is ErrorCode.IMPORT_TOO_MANY


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_damaged_archives_are_told(tmp_path: Path, packing: int) -> None:
    path = archive(
        tmp_path / "x.zip", {"conversations.json": [random_chatgpt(number, 6) for number in range(5)]}, packing
    )
    content = path.read_bytes()
    chance = random.Random(9)
    for _ in range(CUTS):
        path.write_bytes(content[: chance.randrange(4, len(content))])
        assert failure(path).code is ErrorCode.IMPORT_ARCHIVE_DAMAGED
    for _ in range(CUTS * 4):
        changed = bytearray(content)
        changed[chance.randrange(4, len(changed))] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        try:
            read(path)
        except ImportFailure as error:
            assert error.code.value.startswith("import_")  # noqa: PT017


def test_a_changed_byte_of_the_texts_in_an_archive_is_told(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip", {"c.json": [some_claude("Harmless")]}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"Harmless", b"Harmful!"))
    assert failure(path).code is ErrorCode.IMPORT_ARCHIVE_DAMAGED
