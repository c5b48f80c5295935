"""The traces of an answer: kept in a blob, read back, damaged, joined, laid over the text, and branched."""

import random
import zlib

import pytest

from desktop_app.domain.answer_tokens import Span, branched, in_words, spans
from desktop_app.domain.parts import TextPart, ThoughtPart, ToolCallPart, written
from desktop_app.domain.traces import (
    MAGIC,
    Option,
    RunStart,
    Trace,
    TraceRecorder,
    Traces,
    TracesDamagedError,
    unpack,
)
from tests.counting import calls

FLIPS = 400


def option(piece: str | bytes, token: int = 0, probability: float = 0.5, sampled: float = 0.6) -> Option:
    data = piece.encode() if isinstance(piece, str) else piece
    return Option(token or sum(data) + 1, data, probability, sampled)


def trace(piece: str | bytes, *others: str, hidden: bool = False) -> Trace:
    chosen = option(piece)
    return Trace(chosen, (chosen, *(option(other, 0, 0.1, 0.0) for other in others)), 1.5, hidden)


def written_as(*pieces: str | bytes) -> Traces:
    return Traces.of([trace(piece) for piece in pieces])


def texts(traces: Traces, thought: str, text: str) -> list[str]:
    whole = {"thought": thought, "text": text}
    return [whole[span.part][span.begin : span.end] if span else "" for span in spans(traces, thought, text)]


def sample(count: int, seed: int = 3) -> Traces:
    source = random.Random(seed)

    def draw() -> Option:
        return Option(
            source.randrange(1500) ** 2 // 15,
            b"",
            source.random() ** 4,
            source.choice((0.0, source.random())),
            source.random() < 0.01,
        )

    def tidy(each: Option) -> Option:  # a token has one piece
        piece = random.Random(each.token)
        return Option(each.token, piece.randbytes(4), each.probability, each.sampled_probability, piece.random() < 0.01)

    return Traces.of(
        Trace(tidy(draw()), tuple(tidy(draw()) for _ in range(8)), source.random() * 12, source.random() < 0.01)
        for _ in range(count)
    )


def test_a_blob_gives_back_what_was_recorded() -> None:
    traces = sample(300)
    again = unpack(traces.packed())
    assert len(again) == 300
    assert list(again) == list(traces)
    assert again.starts == traces.starts


def test_what_comes_in_blocks_is_not_taken_apart_until_it_is_asked_for() -> None:
    traces = list(sample(30))
    recorder = TraceRecorder(2, 5)
    assert [recorder.add(Traces.of(traces[at : at + 7]).flat()) for at in range(0, 30, 7)] == [7, 7, 7, 7, 2]
    together = recorder.traces()
    assert list(together) == list(Traces.of(traces))
    assert together.starts == (RunStart(0, 2, 5),)
    recorder.add(Traces.of(traces[:3]).flat()[:-1])
    with pytest.raises(TracesDamagedError):
        recorder.traces()


def test_probabilities_are_kept_to_a_thousandth_of_themselves() -> None:
    for probability in (1.0, 0.999, 0.34, 1e-3, 1e-9, 1e-18):
        chosen = option("a", probability=probability, sampled=probability)
        again = unpack(Traces.of([Trace(chosen, ())]).packed())[0].chosen
        assert again.probability == pytest.approx(probability, rel=1e-3)
    assert unpack(Traces.of([Trace(option("a", sampled=0.0), ())]).packed())[0].chosen.sampled_probability == 0.0


def test_a_token_takes_less_than_a_hundred_bytes() -> None:
    assert len(sample(500).packed()) < 100 * 500


def test_what_a_model_waits_for_is_few_calls() -> None:
    traces, options = list(sample(50)), 50 * 9
    assert calls(lambda: Traces.of(traces).flat()) < 8 * options


def test_nothing_recorded_is_a_blob_too() -> None:
    again = unpack(Traces.of(()).packed())
    assert len(again) == 0
    assert spans(again, "", "Hello") == []


def test_damage_is_found_and_never_crashes() -> None:
    blob = sample(60).packed()
    source = random.Random(11)
    found = 0
    for _ in range(FLIPS):
        damaged = bytearray(blob)
        for _ in range(source.randrange(1, 4)):
            damaged[source.randrange(len(damaged))] ^= 1 << source.randrange(8)
        try:
            again = unpack(bytes(damaged))
        except TracesDamagedError:
            found += 1
        else:  # bits that were flipped back, or say nothing but how hard it was compressed
            assert again.packed() == blob
    assert found > FLIPS * 0.9
    for length in (0, 3, 4, 20, len(blob) - 1):
        with pytest.raises(TracesDamagedError):
            unpack(blob[:length])
    with pytest.raises(TracesDamagedError):
        unpack(blob + b"more")


def test_a_body_that_lies_is_found_behind_a_right_checksum() -> None:
    body = zlib.decompress(sample(40).packed()[len(MAGIC) :])
    source = random.Random(12)
    found = 0
    for _ in range(FLIPS):
        damaged = bytearray(body)
        damaged[source.randrange(len(damaged))] ^= 1 << source.randrange(8)
        try:
            list(unpack(MAGIC + zlib.compress(bytes(damaged))))
        except TracesDamagedError:
            found += 1
    assert found > FLIPS // 10  # the rest are other numbers, which nobody can tell
    for begin in range(0, 16, 4):  # every count
        damaged = bytearray(body)
        damaged[begin + 3] = 0xFF
        with pytest.raises(TracesDamagedError):
            unpack(MAGIC + zlib.compress(bytes(damaged)))


def test_a_bomb_is_refused() -> None:
    with pytest.raises(TracesDamagedError):
        unpack(MAGIC + zlib.compress(b"\xff" * 4_000_000))


def test_a_continued_answer_has_two_runs() -> None:
    first, second = written_as("Once", " upon"), Traces.of([trace(" a"), trace(" time")], text=len("Once upon"))
    both = unpack(first.then(second).packed())
    assert [each.chosen.piece for each in both] == [b"Once", b" upon", b" a", b" time"]
    assert [start.token for start in both.starts] == [0, 2]
    assert texts(both, "", "Once upon a time") == ["Once", " upon", " a", " time"]


def test_what_was_written_before_recording_began_is_left_alone() -> None:
    late = Traces.of([trace(" a"), trace(" time")], text=len("a a Once upon"))
    assert spans(late, "", "a a Once upon a time") == [Span("text", 13, 15), Span("text", 15, 20)]


def test_tokens_of_a_thought_and_of_the_text_behind_it() -> None:
    traces = written_as("<think>", "\n", "Hm", "m.", "\n", "</think>", "\n\n", "Hm", "m, yes")
    assert texts(traces, "Hmm.", "Hmm, yes") == ["", "", "Hm", "m.", "", "", "", "Hm", "m, yes"]


def test_a_character_belongs_to_the_token_that_completes_it() -> None:
    smile = "😀".encode()
    traces = written_as("A ", smile[:2], smile[2:], " B")
    assert texts(traces, "", "A 😀 B") == ["A ", "", "😀", " B"]


def test_control_tokens_and_what_follows_a_stop_string_stand_nowhere() -> None:
    traces = Traces.of([trace("Yes"), trace("<|im_start|>", hidden=True), trace(" and"), trace("STOP now")])
    assert texts(traces, "", "Yes and") == ["Yes", "", " and", ""]


def test_an_answer_branches_at_any_token() -> None:
    traces = written_as("The", " light", "house", " burns")
    parts = (TextPart("The lighthouse burns"),)
    for number, piece, expected in ((0, "A", "A"), (2, "er", "The lighter"), (3, " is", "The lighthouse is")):
        begun = branched(traces, number, option(piece), parts)
        assert begun is not None
        assert begun.parts == (TextPart(expected),)
        assert [each.chosen.piece for each in begun.traces][-1] == piece.encode()
        assert len(begun.traces) == number + 1
        assert "".join(texts(begun.traces, "", expected)) == expected
        later = begun.traces.then(Traces.of([trace(" on")], text=len(expected)))
        assert "".join(texts(later, "", expected + " on")) == expected + " on"


def test_a_branch_in_a_thought_leaves_the_answer_open() -> None:
    traces = written_as("<think>", "Let", " me", "</think>", "\n", "Four", ".")
    parts = (ThoughtPart("Let me", 2.0), TextPart("Four."))
    within = branched(traces, 2, option(" us"), parts)
    assert within is not None
    assert within.parts == (ThoughtPart("Let us"),)
    behind = branched(traces, 6, option("!"), parts)
    assert behind is not None
    assert behind.parts == (ThoughtPart("Let me", 2.0), TextPart("Four!"))
    first = branched(traces, 5, option("Five"), parts)
    assert first is not None
    assert first.parts == (ThoughtPart("Let me", 2.0), TextPart("Five"))
    assert branched(traces, 0, option("No"), parts) is None


def test_a_branch_is_made_of_whole_characters() -> None:
    smile, laugh = "😀".encode(), "😂".encode()
    traces = written_as("A ", smile[:3], smile[3:])
    parts = (TextPart("A 😀"),)
    begun = branched(traces, 2, option(laugh[3:]), parts)
    assert begun is not None
    assert begun.parts == (TextPart("A 😂"),)
    assert branched(traces, 1, option(laugh[:3]), parts) is None
    control = Option(7, b"<|im_end|>", 0.5, 0.5, is_control=True)
    assert branched(traces, 0, control, parts) is None


def test_a_branch_of_a_continued_answer_keeps_the_run_that_it_is_in() -> None:
    traces = written_as("Once", " upon").then(Traces.of([trace(" a"), trace(" time")], text=9))
    begun = branched(traces, 3, option(" hill"), (TextPart("Once upon a time"),))
    assert begun is not None
    assert begun.parts == (TextPart("Once upon a hill"),)
    assert texts(begun.traces, "", "Once upon a hill") == ["Once", " upon", " a", " hill"]
    earlier = branched(traces, 1, option(" again"), (TextPart("Once upon a time"),))
    assert earlier is not None
    assert [start.token for start in earlier.traces.starts] == [0]


def test_tokens_around_a_tool_call() -> None:
    call = ToolCallPart("look", "{}", "<call>look</call>")
    parts = (ThoughtPart("Hm"), TextPart("I look."), call, TextPart(" It is so."))
    traces = written_as("<think>", "Hm", "</think>", "I", " look.", "<call>", "look", "</call>", " It", " is so.")
    found = [span and in_words(span, parts) for span in spans(traces, "Hm", written(parts))]
    said = "I look. It is so."
    assert [said[span.begin : span.end] if span and span.part == "text" else None for span in found] == [
        None, None, None, "I", " look.", None, None, None, " It", " is so.",
    ]  # fmt: skip
    behind = branched(traces, 9, option(" was"), parts)
    assert behind is not None
    assert behind.parts == (*parts[:3], TextPart(" It was"))
    at_once = branched(traces, 8, option(" So"), parts)
    assert at_once is not None
    assert at_once.parts == (*parts[:3], TextPart(" So"))
    within = branched(traces, 6, option("see"), parts)
    assert within is not None
    assert within.parts == (parts[0], TextPart("I look.<call>see"))
    before = branched(traces, 3, option("We"), parts)
    assert before is not None
    assert before.parts == (parts[0], TextPart("We"))
