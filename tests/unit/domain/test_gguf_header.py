"""GGUF headers, whole and broken, written by the test."""

import math
import os
import struct
from pathlib import Path

import pytest

from desktop_app.domain import gguf
from desktop_app.domain.errors import ErrorCode, ModelError
from desktop_app.domain.gguf import read_header, read_prefix

U16, U32, F32, STRING, ARRAY = 2, 4, 6, 8, 9


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def usual_entries(**changes: bytes) -> dict[str, bytes]:
    entries = {
        "general.architecture": entry("general.architecture", STRING, text("llama")),
        "general.name": entry("general.name", STRING, text("Tiny")),
        "general.file_type": entry("general.file_type", U32, struct.pack("<I", 15)),
        "llama.block_count": entry("llama.block_count", U32, struct.pack("<I", 2)),
        "eps": entry("llama.attention.layer_norm_rms_epsilon", F32, struct.pack("<f", 1e-5)),
        "tokens": entry(
            "tokenizer.ggml.tokens", ARRAY, struct.pack("<IQ", STRING, 3) + text("a") + text("b") + text("c")
        ),
        "scores": entry("tokenizer.ggml.scores", ARRAY, struct.pack("<IQ3f", F32, 3, 0.0, 1.0, 2.0)),
    }
    return entries | changes


def tensor(kind: int = 2, shape: tuple[int, ...] = (32, 4), offset: int = 0) -> bytes:
    return text("t") + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


def build(
    path: Path,
    entries: dict[str, bytes] | None = None,
    tensors: tuple[bytes, ...] = (tensor(),),
    data: int = 4 * 18,
    version: int = 3,
    counts: tuple[int, int] | None = None,
) -> Path:
    """Write a file with `data` bytes of tensors after the aligned header."""
    entries = usual_entries() if entries is None else entries
    tensor_count, entry_count = counts or (len(tensors), len(entries))
    header = b"GGUF" + struct.pack("<IQQ", version, tensor_count, entry_count)
    header += b"".join(entries.values()) + b"".join(tensors)
    path.write_bytes(header + bytes(-len(header) % 32) + bytes(data))
    return path


def refused(path: Path) -> tuple[ErrorCode, str]:
    with pytest.raises(ModelError) as caught:
        read_header(path)
    assert caught.value.info.params["path"] == str(path)
    return caught.value.code, caught.value.info.detail


def test_a_whole_file(tmp_path: Path) -> None:
    header = read_header(build(tmp_path / "m.gguf"))
    assert (header.architecture, header.quantization) == ("llama", "Q4_K_M")
    assert header.layer_count == 2
    assert header.lengths["tokenizer.ggml.tokens"] == 3
    assert header.needed_size == header.file_size


def test_the_starter_is_whole(starter_model: str) -> None:
    header = read_header(Path(starter_model))
    assert header.needed_size == header.file_size == Path(starter_model).stat().st_size
    assert (header.architecture, header.quantization, header.layer_count) == ("llama", "Q4_1", 30)


def part(number: int, count: int) -> dict[str, bytes]:
    return {
        "no": entry("split.no", U16, struct.pack("<H", number)),
        "count": entry("split.count", U16, struct.pack("<H", count)),
    }


def test_parts_of_a_model(tmp_path: Path) -> None:
    bare = read_header(build(tmp_path / "bare.gguf", usual_entries(**part(0, 2)), tensors=(), data=0))
    assert (bare.architecture, bare.is_whole) == ("llama", True)
    later = read_header(build(tmp_path / "later.gguf", part(1, 2)))
    assert (later.architecture, later.is_whole) == ("", True)
    assert later.needed_size == later.file_size


@pytest.mark.parametrize("entries", [{}, part(0, 2), part(0, 1), part(1, 1)])
def test_only_a_later_part_has_no_architecture(tmp_path: Path, entries: dict[str, bytes]) -> None:
    assert refused(build(tmp_path / "m.gguf", entries)) == (ErrorCode.MODEL_DAMAGED, "no architecture")


@pytest.mark.parametrize("entries", [{}, part(0, 1)])
def test_only_a_part_has_no_tensors(tmp_path: Path, entries: dict[str, bytes]) -> None:
    path = build(tmp_path / "m.gguf", usual_entries(**entries), tensors=(), data=0)
    assert refused(path) == (ErrorCode.MODEL_DAMAGED, "no tensors")


def test_one_byte_less_is_cut_short(tmp_path: Path) -> None:
    whole = build(tmp_path / "whole.gguf").stat().st_size
    path = build(tmp_path / "m.gguf", data=4 * 18 - 1)
    code, detail = refused(path)
    assert code is ErrorCode.MODEL_INCOMPLETE
    assert "cut short" in detail
    with pytest.raises(ModelError) as caught:
        read_header(path)
    assert caught.value.info.params == {"path": str(path), "missing": 1, "needed": whole}


@pytest.mark.parametrize(("second", "code"), [(96, ErrorCode.MODEL_INCOMPLETE), (1 << 50, ErrorCode.MODEL_DAMAGED)])
def test_what_is_missing_is_told_of_tensors_that_follow_on_each_other(
    tmp_path: Path, second: int, code: ErrorCode
) -> None:
    path = build(tmp_path / "m.gguf", tensors=(tensor(), tensor(offset=second)), data=96)
    assert refused(path)[0] is code


def test_every_cut_of_the_header_is_found(tmp_path: Path) -> None:
    whole = build(tmp_path / "m.gguf").read_bytes()
    header_end = whole.index(tensor()) + len(tensor())
    cut = tmp_path / "cut.gguf"
    for size in range(4, len(whole)):
        cut.write_bytes(whole[:size])
        expected = ErrorCode.MODEL_DAMAGED if size < header_end else ErrorCode.MODEL_INCOMPLETE
        assert refused(cut)[0] is expected


@pytest.mark.parametrize(("second", "is_whole"), [("", True), ("a", False), ("a\0b", False), ("ab", True)])
def test_tokens_as_the_engine_reads_them(tmp_path: Path, second: str, is_whole: bool) -> None:
    words = ("a", second, "")
    tokens = struct.pack("<IQ", STRING, len(words)) + b"".join(text(word) for word in words)
    path = build(tmp_path / "m.gguf", usual_entries(tokens=entry("tokenizer.ggml.tokens", ARRAY, tokens)))
    if is_whole:
        assert read_header(path).lengths["tokenizer.ggml.tokens"] == 3
    else:
        assert refused(path)[0] is ErrorCode.MODEL_DAMAGED


@pytest.mark.parametrize("block", [1, 9, 20, 33, 64])
def test_strings_go_on_from_block_to_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    tokens = ["a" * (number % 12) + str(number) for number in range(40)]

    def vocabulary(words: list[str]) -> Path:
        count = struct.pack("<IQ", STRING, len(words))
        tokens = entry("tokenizer.ggml.tokens", ARRAY, count + b"".join(map(text, words)))
        return build(tmp_path / "m.gguf", usual_entries(tokens=tokens))

    whole = read_header(vocabulary(tokens))
    monkeypatch.setattr(gguf, "_BLOCK_BYTES", block)
    assert read_header(tmp_path / "m.gguf") == whole
    assert whole.lengths["tokenizer.ggml.tokens"] == 40
    assert "a token twice: b'0'" in refused(vocabulary([*tokens, tokens[0]]))[1]


def test_files_that_are_no_models(tmp_path: Path) -> None:
    assert refused(tmp_path / "missing.gguf")[0] is ErrorCode.MODEL_NOT_FOUND
    assert refused(tmp_path)[0] is ErrorCode.MODEL_IS_FOLDER
    (tmp_path / "empty.gguf").touch()
    assert refused(tmp_path / "empty.gguf")[0] is ErrorCode.MODEL_EMPTY
    (tmp_path / "page.gguf").write_text("<!DOCTYPE html><html>404</html>")
    assert refused(tmp_path / "page.gguf")[0] is ErrorCode.MODEL_NOT_GGUF
    (tmp_path / "short.gguf").write_bytes(b"GG")
    assert refused(tmp_path / "short.gguf")[0] is ErrorCode.MODEL_NOT_GGUF
    assert refused(tmp_path / "empty.gguf" / "below.gguf")[0] is ErrorCode.MODEL_NOT_FOUND
    assert refused(tmp_path / ("x" * 5000))[0] is ErrorCode.MODEL_UNREADABLE


def test_a_pipe_is_refused_before_anybody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    assert refused(tmp_path / "pipe.gguf")[0] is ErrorCode.MODEL_NOT_A_FILE


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = build(tmp_path / "m.gguf")
    path.chmod(0)
    assert refused(path)[0] is ErrorCode.MODEL_UNREADABLE


@pytest.mark.parametrize("version", [1, 4, 99, 0x03000000])
def test_formats_of_another_age(tmp_path: Path, version: int) -> None:
    assert refused(build(tmp_path / "m.gguf", version=version))[0] is ErrorCode.MODEL_UNSUPPORTED


def test_a_newer_tensor_type(tmp_path: Path) -> None:
    assert refused(build(tmp_path / "m.gguf", tensors=(tensor(kind=50),)))[0] is ErrorCode.MODEL_UNSUPPORTED


def vocabulary(kind: str, words: list[bytes]) -> dict[str, bytes]:
    texts = b"".join(struct.pack("<Q", len(word)) + word for word in words)
    return usual_entries(
        tokens=entry("tokenizer.ggml.tokens", ARRAY, struct.pack("<IQ", STRING, len(words)) + texts),
        kind=entry("tokenizer.ggml.model", STRING, text(kind)),
    )


BYTES = [f"<0x{byte:02X}>".encode() for byte in range(256)]
WITHOUT_NEWLINE = [word for word in BYTES if word != b"<0x0A>"]


@pytest.mark.parametrize("words", [BYTES, [*WITHOUT_NEWLINE, b"\n"], [*(bytes((byte,)) for byte in range(1, 256))]])
def test_a_vocabulary_that_can_write_all_texts(tmp_path: Path, words: list[bytes]) -> None:
    assert read_header(build(tmp_path / "m.gguf", vocabulary("llama", words))).is_whole


@pytest.mark.parametrize("words", [WITHOUT_NEWLINE, [*BYTES[:200], *BYTES[201:]], [b"a"]], ids=len)
def test_where_pieces_cannot_write_some_text_it_would_abort_the_engine(tmp_path: Path, words: list[bytes]) -> None:
    path = build(tmp_path / "m.gguf", vocabulary("llama", words))
    assert refused(path)[0] is ErrorCode.MODEL_UNSUPPORTED
    data = path.read_bytes()
    with pytest.raises(ModelError):
        read_prefix(data[:-80], len(data), "m.gguf")
    assert read_header(build(tmp_path / "other.gguf", vocabulary("gpt2", words))).is_whole


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("no layers", {"llama.block_count": entry("llama.block_count", U32, struct.pack("<I", 0))}),
        ("too many layers", {"llama.block_count": entry("llama.block_count", U32, struct.pack("<I", 513))}),
        ("layers as text", {"llama.block_count": entry("llama.block_count", STRING, text("2"))}),
        ("not a number", {"eps": entry("llama.attention.layer_norm_rms_epsilon", F32, struct.pack("<f", math.nan))}),
        ("negative", {"eps": entry("llama.attention.layer_norm_rms_epsilon", F32, struct.pack("<f", -1.0))}),
        ("no architecture", {"general.architecture": b""}),
        (
            "a token twice",
            {"tokens": entry("tokenizer.ggml.tokens", ARRAY, struct.pack("<IQ", STRING, 2) + text("a") + text("a"))},
        ),
        ("endless text", {"general.name": entry("general.name", STRING, struct.pack("<Q", 1 << 40))}),
        ("endless array", {"scores": entry("s", ARRAY, struct.pack("<IQ", F32, 1 << 60))}),
        ("endless strings", {"tokens": entry("s", ARRAY, struct.pack("<IQ", STRING, 1 << 60))}),
        ("array of arrays", {"scores": entry("s", ARRAY, struct.pack("<IQ", ARRAY, 1))}),
        ("unknown type", {"scores": entry("s", 77, b"")}),
        ("odd alignment", {"scores": entry("general.alignment", U32, struct.pack("<I", 33))}),
        ("a key twice", {"scores": entry("general.name", STRING, text("Two"))}),
    ],
)
def test_values_that_would_abort_the_engine(tmp_path: Path, name: str, changes: dict[str, bytes]) -> None:
    entries = {key: value for key, value in usual_entries(**changes).items() if value}
    assert refused(build(tmp_path / "m.gguf", entries))[0] is ErrorCode.MODEL_DAMAGED, name


@pytest.mark.parametrize(
    "broken",
    [
        tensor(shape=()),
        tensor(shape=(1, 1, 1, 1, 1)),
        tensor(shape=(31, 4)),
        tensor(shape=(0, 4)),
        tensor(kind=5),
        tensor(kind=999),
    ],
)
def test_impossible_tensors(tmp_path: Path, broken: bytes) -> None:
    assert refused(build(tmp_path / "m.gguf", tensors=(broken,)))[0] is ErrorCode.MODEL_DAMAGED


@pytest.mark.parametrize("counts", [(1 << 40, 7), (1, 1 << 40), (0, 7), (2**64 - 1, 2**64 - 1)])
def test_absurd_counts(tmp_path: Path, counts: tuple[int, int]) -> None:
    assert refused(build(tmp_path / "m.gguf", counts=counts))[0] is ErrorCode.MODEL_DAMAGED


def test_every_prefix_is_read_without_complaint(tmp_path: Path) -> None:
    path = build(tmp_path / "m.gguf")
    data = path.read_bytes()
    whole = read_header(path)
    assert whole.arrays == {"tokenizer.ggml.scores": (0.0, 1.0, 2.0)}
    for size in range(len(data) + 1):
        part = read_prefix(data[:size], len(data), "m")
        assert part.metadata.items() <= whole.metadata.items()
        assert part == whole if part.is_whole else part.needed_size == 0


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"GE", ErrorCode.MODEL_NOT_GGUF),
        (b"<!DOCTYPE html>", ErrorCode.MODEL_NOT_GGUF),
        (b"GGUF" + struct.pack("<I", 1), ErrorCode.MODEL_UNSUPPORTED),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 1 << 40), ErrorCode.MODEL_DAMAGED),
        (b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 1 << 40), ErrorCode.MODEL_DAMAGED),
        (
            b"GGUF"
            + struct.pack("<IQQ", 3, 1, 9)
            + usual_entries()["general.architecture"]
            + entry("llama.block_count", U32, struct.pack("<I", 0)),
            ErrorCode.MODEL_DAMAGED,
        ),
    ],
)
def test_damage_in_a_prefix(data: bytes, code: ErrorCode) -> None:
    with pytest.raises(ModelError) as caught:
        read_prefix(data, 1 << 20, "m.gguf")
    assert caught.value.code is code
    assert caught.value.info.params["path"] == "m.gguf"


def test_a_prefix_of_nothing() -> None:
    with pytest.raises(ModelError) as caught:
        read_prefix(b"", 0, "m.gguf")
    assert caught.value.code is ErrorCode.MODEL_EMPTY
