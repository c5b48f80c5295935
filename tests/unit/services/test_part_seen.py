"""Which part of a long text a model is shown."""

from concurrent.futures import Future
from random import Random

import pytest

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.services.requests.part_seen import PartSeen, part_seen


def counting(per_token: int) -> "tuple[list[int], object]":
    """Return what counts so many characters as a token, and notes how long each text was that it counted."""
    counted: list[int] = []

    def count(text: str) -> "Future[int]":
        counted.append(len(text))
        future: Future[int] = Future()
        future.set_result(-(-len(text) // per_token))
        return future

    return counted, count


def test_a_text_that_fits_is_seen_whole() -> None:
    counted, count = counting(4)
    assert part_seen("word " * 100, 125, count).result() == PartSeen(0, 125)
    assert counted == [500]


def test_what_is_shown_fits_is_half_of_the_room_at_least_and_begins_at_the_same_place_for_long() -> None:
    _counted, count = counting(4)
    begins = []
    for words in range(0, 20_000, 50):
        text = "word " * words
        seen = part_seen(text, 1000, count).result()
        assert seen.tokens <= 1000
        if seen.begin:
            assert seen.tokens >= 450
            assert text[seen.begin] in " w"
        begins.append(seen.begin)
    assert begins == sorted(begins)
    assert len(set(begins)) < 100_000 / 1024 + 2  # a step is 1,024 characters


def test_of_a_long_text_the_end_alone_is_looked_at() -> None:
    counted, count = counting(4)
    part_seen("word " * 1_000_000, 1000, count).result()
    assert max(counted) <= 12_000


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_text_is_its_end_is_shown(seed: int) -> None:
    random = Random(seed)
    parts = ("word ", "\n", " " * 50, "中文字", "🚣", "x" * 80)
    text = "".join(random.choice(parts) * random.randint(1, 200) for _part in range(random.randint(1, 60)))

    def count(part: str) -> "Future[int]":  # signs of other scripts take two tokens, a row of blanks few
        future: Future[int] = Future()
        future.set_result(len(part.replace(" " * 50, "#").encode()) * 2 // 3)
        return future

    room = random.choice((1, 7, 100, 3000))
    seen = part_seen(text, room, count).result()
    assert seen.tokens <= room
    assert 0 <= seen.begin <= len(text)
    assert seen.tokens == count(text[seen.begin :]).result()


def test_a_fault_in_counting_is_told() -> None:
    def count(_text: str) -> "Future[int]":
        future: Future[int] = Future()
        future.set_exception(EngineError(ErrorCode.ENGINE_CRASHED))
        return future

    with pytest.raises(EngineError):
        part_seen("text", 10, count).result()


def test_a_count_that_is_given_up_leaves_nobody_waiting() -> None:
    counted: Future[int] = Future()
    seen = part_seen("text", 10, lambda _text: counted)
    counted.cancel()
    assert seen.cancelled()
