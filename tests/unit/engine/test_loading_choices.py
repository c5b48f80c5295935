"""What loading decides from a header and from devices."""

import pytest

pytest.importorskip("llama_cpp")

from desktop_app.domain.gguf import Header
from desktop_app.engine.loading import cache_bytes_per_token, describe_device, prompt_chunk


def header(**values: int) -> Header:
    metadata = {"general.architecture": "x"} | {f"x.{name.replace('__', '.')}": value for name, value in values.items()}
    return Header(metadata=metadata, lengths={}, tensor_count=1, file_size=1, needed_size=1)


def test_memory_of_the_starter_model() -> None:
    starter = header(block_count=30, embedding_length=576, attention__head_count=9, attention__head_count_kv=3)
    assert cache_bytes_per_token(starter) == 30 * 3 * 128 * 2  # 23,040 bytes; 23,054 were measured


def test_memory_with_heads_of_their_own_length() -> None:
    odd = header(
        block_count=2,
        embedding_length=64,
        attention__head_count=4,
        attention__key_length=100,
        attention__value_length=50,
    )
    assert cache_bytes_per_token(odd) == 2 * 4 * 150 * 2
    assert cache_bytes_per_token(header(block_count=2)) == 0


def test_badges() -> None:
    assert describe_device(33, 33, has_gpu=True, wanted=True)[0] == "GPU"
    assert describe_device(28, 33, has_gpu=True, wanted=True)[0] == "GPU 28/33"
    reasons = [
        describe_device(0, 33, has_gpu=has_gpu, wanted=wanted)
        for has_gpu, wanted in ((False, True), (True, False), (True, True))
    ]
    assert {badge for badge, _ in reasons} == {"CPU"}
    assert len({reason for _, reason in reasons}) == 3


def test_chunks() -> None:
    assert prompt_chunk(10**11, on_gpu=True) == 512
    assert prompt_chunk(10**8, on_gpu=False) > prompt_chunk(8 * 10**9, on_gpu=False)
