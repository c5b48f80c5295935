"""Receipts in words: what is shown, what is copied, what two differ in, and what 'Run again' says."""

import msgspec
import pytest

from desktop_app.domain.messages import FinishReason, Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import TextPart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.word_diff import Difference
from desktop_app.services.insight.again import Rerun, steps_of
from desktop_app.services.insight.receipt_text import (
    as_text,
    changed_words,
    energy_line,
    groups,
    pairs,
    rerun_words,
    sampling_words,
    short_lines,
)
from desktop_app.support.i18n import translator

WHOLE = Receipt(
    model_name="Qwen3 8B",
    model_file="Qwen3-8B-Q4_K_M.gguf",
    model_size=5_027_783_488,
    model_hash="sha256:" + "ab" * 32,
    quantization="Q4_K_M",
    engine_build="installed 0.3.36",
    engine_version="llama.cpp b1",
    device="CPU",
    cpu_features="AVX2 FMA",
    kv_type="f16",
    context_size=8192,
    threads=4,
    template_hash="0011223344556677",
    prompt_hash="8899aabbccddeeff",
    tokens_hash="0123456789abcdef",
    sampling=Sampling(temperature=0.2, stop=("END",), max_tokens=64),
    seed=71_220,
    prompt_tokens=3062,
    cached_tokens=2980,
    completion_tokens=412,
    decodes=300,
    guessed_tokens=150,
    true_guesses=112,
    seconds_to_first_token=0.18,
    tokens_per_second=61.2,
    energy=0.0234,
    energy_sources=("processor",),
    reproducible=True,
    made_at=1_795_000_000.0,
)
OLD = Receipt(model_name="Qwen3 8B", seed=3, completion_tokens=5)


def rerun(before: Receipt, after: Receipt, difference: Difference | None, same_tokens: bool | None = None) -> Rerun:
    original = Message(
        id="a",
        chat_id="c",
        parent_id="q",
        role=Role.ASSISTANT,
        parts=(TextPart("by the lake"),),
        status=MessageStatus.COMPLETE,
        created_at=0.0,
        receipt=before,
    )
    return Rerun(
        model_path="/models/a.gguf",
        original=original,
        parts=(TextPart("by the sea"),),
        receipt=after,
        difference=difference,
        same_tokens=same_tokens,
    )


def test_the_short_lines_group_counts_and_leave_the_seed_as_it_is_typed() -> None:
    assert [(line.name, line.value) for line in short_lines(WHOLE)] == [
        ("Prompt", "3,062 tokens, 2,980 reused"),
        ("First token after", "0.18 s"),
        ("Speed", "61 tok/s"),
        ("Energy", "about 0.02 Wh"),
        ("Seed", "71220"),
    ]


def test_energy_says_what_was_measured_or_that_nothing_was() -> None:
    assert "the processor" in energy_line(WHOLE).note
    assert energy_line(msgspec.structs.replace(WHOLE, energy=0.0004)).value == "about 0.0004 Wh"
    assert energy_line(OLD).value == "not measured"


def test_all_of_it_can_be_copied() -> None:
    text = as_text(WHOLE)
    for piece in ("ab" * 32, "Qwen3-8B-Q4_K_M.gguf", "5.0 GB", "installed 0.3.36", "AVX2 FMA", "Temperature: 0.2",
                  "Stop strings: 'END'", "Seed: 71220", "Read: 82 tokens", "Written: 412 tokens",
                  "112 of 150 were right", "Decodes: 300", "0011223344556677", "Reproducible: yes",
                  "Context size: 8,192 tokens"):  # fmt: skip
        assert piece in text, piece
    assert "Top-p" not in text, "what is as usual is left out"


def test_an_old_receipt_is_shown_without_what_it_does_not_tell() -> None:
    lines = {line.name for group in groups(OLD) for line in group.lines}
    assert "Written" in lines
    assert not lines & {"Build", "Size", "SHA-256", "Quick fingerprint", "Context size", "Made", "Safe CPU settings"}
    assert all(line.value for group in groups(OLD) for line in group.lines)


def test_of_an_answer_of_another_app_nothing_is_said_that_is_not_known() -> None:
    bare = Receipt(model_name="gpt-4o", made_at=1_700_000_000.0)
    assert [line.name for line in short_lines(bare)] == ["Model"]
    assert [(group.title, [line.name for line in group.lines]) for group in groups(bare)] == [
        ("Model", ["Name"]),
        ("This answer", ["Made"]),
    ]
    told = Receipt(model_name="qwen3-8b", prompt_tokens=20, completion_tokens=24, tokens_per_second=31.5)
    assert [line.value for line in short_lines(told)] == ["qwen3-8b", "20 tokens", "24 tokens", "0.00 s", "32 tok/s"]
    assert "seed" not in as_text(told).lower()
    assert not WHOLE.is_foreign
    assert not OLD.is_foreign


def test_a_quick_fingerprint_is_named_as_such() -> None:
    model = groups(msgspec.structs.replace(WHOLE, model_hash="quick:12"))[0]
    assert ("Quick fingerprint", "12") in [(line.name, line.value) for line in model.lines]


def test_every_sampling_parameter_has_a_title() -> None:
    changed = Sampling(
        temperature=0.0, top_k=1, top_p=0.5, min_p=0.5, max_tokens=2, thinking="on", repeat_penalty=1.1,
        repeat_last_n=5, presence_penalty=1.0, frequency_penalty=1.0, dry_multiplier=1.0, dry_base=2.0,
        dry_allowed_length=3, dry_last_n=5, dry_breakers=("x",), top_n_sigma=1.0, typical_p=0.5,
        xtc_probability=0.5, xtc_threshold=0.2, dynatemp_range=0.5, dynatemp_exponent=2.0, mirostat=2,
        mirostat_tau=2.0, mirostat_eta=0.2, adaptive_target=0.5, adaptive_decay=0.5, stop=("x",),
        logit_bias={"sea": 2.0}, banned=("x",), grammar="root ::= [a]", json_schema="{" + " " * 200 + "}",
        begin_with="Sure:", order=("temperature",),
    )  # fmt: skip
    words = sampling_words(changed)
    assert len(words) == len(Sampling.__struct_fields__) - 1, "the seed has a line of its own"
    assert not {line.name for line in words} & set(Sampling.__struct_fields__)
    assert all(0 < len(line.value) <= 60 for line in words)


def test_what_two_receipts_differ_in() -> None:
    other = msgspec.structs.replace(WHOLE, sampling=Sampling(temperature=1.0, stop=("END",), max_tokens=64), seed=5)
    found = {pair.name: (pair.left, pair.right) for pair in pairs(WHOLE, other)}
    assert set(found) == {"Temperature", "Seed"}
    assert found["Temperature"] == ("0.2", "1")
    assert pairs(WHOLE, WHOLE) == ()


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("model_file", "other.gguf", "model"),
        ("model_hash", "sha256:cd", "file"),
        ("engine_build", "b2", "build"),
        ("engine_version", "b2", "version"),
        ("device", "GPU", "device"),
        ("cpu_features", "AVX512", "processor"),
        ("safe_mode", True, "Safe"),
        ("kv_type", "q8_0", "precision"),
        ("context_size", 512, "size"),
        ("threads", 2, "threads"),
        ("adapters", ("a × 1",), "adapters"),
        ("template_hash", "ff", "template"),
        ("prompt_hash", "ff", "prompt"),
    ],
)
def test_what_has_changed_since_is_named(field: str, value: object, word: str) -> None:
    sentences = changed_words(WHOLE, msgspec.structs.replace(WHOLE, **{field: value}))
    assert len(sentences) == 1
    assert word in sentences[0]
    assert changed_words(OLD, msgspec.structs.replace(WHOLE, **{field: value})) == (), "old receipts tell nothing"


def test_fingerprints_of_two_kinds_are_not_compared() -> None:
    assert changed_words(msgspec.structs.replace(WHOLE, model_hash="quick:1"), WHOLE) == ()


def test_what_running_again_says() -> None:
    plain = msgspec.structs.replace(WHOLE, reproducible=False)
    assert rerun_words(rerun(WHOLE, WHOLE, None, True)) == "The same text, token for token."
    assert rerun_words(rerun(WHOLE, WHOLE, None, False)) == "The same text, written with other tokens."
    assert rerun_words(rerun(OLD, WHOLE, None)) == "The same text."
    differs = Difference(17, " lake", " sea")
    assert rerun_words(rerun(WHOLE, WHOLE, differs)) == "First differs at token 17: “sea” instead of “lake”."
    assert "near-tie" in rerun_words(rerun(plain, plain, differs))
    other = msgspec.structs.replace(plain, engine_build="b2")
    words = rerun_words(rerun(plain, other, differs))
    assert "engine build" in words
    assert "near-tie" not in words
    assert "It ends at token 3" in rerun_words(rerun(WHOLE, WHOLE, Difference(3, " lake", "")))
    assert "It goes on at token 3 with “sea”" in rerun_words(rerun(WHOLE, WHOLE, Difference(3, "", " sea")))


def lengths(receipt: Receipt | None) -> list[tuple[int | None, int]]:
    return [(step.sampling.seed, step.sampling.max_tokens) for step in steps_of(receipt)]


def test_how_an_answer_is_asked_for_again() -> None:
    assert [step.sampling for step in steps_of(WHOLE)] == [msgspec.structs.replace(WHOLE.sampling, seed=71_220)]
    stopped = msgspec.structs.replace(WHOLE, finish_reason=FinishReason.CANCELLED, completion_tokens=9)
    assert lengths(stopped) == [(71_220, 9)]
    assert lengths(msgspec.structs.replace(stopped, completion_tokens=0)) == [(71_220, 1)]
    assert [step.sampling for step in steps_of(None)] == [Sampling()]
    assert [step.sampling for step in steps_of(stopped, Sampling(seed=3))] == [Sampling(seed=3)]


def test_each_go_of_an_answer_is_asked_for_as_it_was() -> None:
    stopped = msgspec.structs.replace(WHOLE, finish_reason=FinishReason.CANCELLED, completion_tokens=9, dropped_turns=2)
    cold = msgspec.structs.replace(stopped, sampling=Sampling(temperature=0.0), seed=4, completion_tokens=5)
    both = stopped.and_then(cold)
    assert lengths(both) == [(71_220, 9), (4, 5)]
    assert lengths(both.and_then(WHOLE)) == [(71_220, 9), (4, 5), (71_220, WHOLE.sampling.max_tokens)]
    assert [go.dropped_turns for go in both.and_then(WHOLE).goes] == [2, 2, 0]
    assert both.and_then(WHOLE).goes[1].sampling == cold.sampling
    assert both.and_then(WHOLE).completion_tokens == 9 + 5 + WHOLE.completion_tokens


def test_a_go_that_wrote_nothing_changes_nothing() -> None:
    unsent = Receipt(model_name="m", finish_reason=FinishReason.CANCELLED)
    assert WHOLE.and_then(unsent) == WHOLE


def test_values_that_changed_within_a_go_are_told_from_those_that_changed_between_two() -> None:
    cold = msgspec.structs.replace(WHOLE, sampling=Sampling(temperature=0.0))
    between = WHOLE.and_then(cold)
    assert between.resampled_at == WHOLE.completion_tokens
    assert [go.is_resampled for go in between.and_then(cold).goes] == [False, False, False]
    within = WHOLE.and_then(msgspec.structs.replace(cold, resampled_at=2)).and_then(cold)
    assert [go.is_resampled for go in within.goes] == [False, True, False]
    words = rerun_words(rerun(within, WHOLE, Difference(3, " lake", " sea")))
    assert "Values were changed" in words


def test_an_answer_that_went_on_adds_up() -> None:
    both = WHOLE.and_then(msgspec.structs.replace(WHOLE, decodes=1, energy=0.01, energy_sources=("graphics card",)))
    assert both.decodes == 301
    assert both.energy == pytest.approx(0.0334)
    assert both.energy_sources == ("processor", "graphics card")
    assert both.tokens_hash == ""
    assert both.is_continued
    assert WHOLE.and_then(msgspec.structs.replace(WHOLE, begun=(TextPart("On"),))).begun == ()
    assert msgspec.structs.replace(WHOLE, begun=(TextPart("On"),)).and_then(WHOLE).begun == (TextPart("On"),)
    assert WHOLE.and_then(OLD).energy is None
    assert not WHOLE.and_then(OLD).reproducible


def test_what_was_written_in_more_than_one_go_is_said_to_be() -> None:
    continued = msgspec.structs.replace(WHOLE, is_continued=True)
    words = "First differs at token 3: “sea” instead of “lake”. The first answer was written in more than one go, which is not repeated."
    assert rerun_words(rerun(continued, WHOLE, Difference(3, " lake", " sea"))) == words
    assert rerun_words(rerun(continued, WHOLE, None)) == "The same text."
    resampled = msgspec.structs.replace(WHOLE, resampled_at=2, reproducible=False)
    words = rerun_words(rerun(resampled, WHOLE, Difference(3, " lake", " sea")))
    assert words.endswith("Values were changed while the first answer was written, which is not repeated.")
    assert "near-tie" not in words


def test_receipts_of_older_releases_still_open() -> None:
    kept = msgspec.msgpack.encode({"model_name": "Old", "seed": 4, "completion_tokens": 2, "finish_reason": "length"})
    receipt = msgspec.msgpack.decode(kept, type=Receipt)
    assert (receipt.seed, receipt.energy, receipt.prompt_hash) == (4, None, "")
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(WHOLE), type=Receipt) == WHOLE


def test_values_are_written_as_the_language_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translator, "language", "fr")
    changed = msgspec.structs.replace(WHOLE.sampling, temperature=0.25, logit_bias={"cat": -1.5, "dog": 2.0})
    words = str(sampling_words(changed))
    assert "0,25" in words
    assert "-1,5" in words
    assert "+2" in words
