"""What may come next: grammars, JSON Schemas, banned phrases, and what is told of each choice; real model, real pipe."""

import json
import math
import os

import msgspec
import pytest

from desktop_app.domain.answer_tokens import spans
from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.traces import Traces
from desktop_app.protocol import engine as protocol
from tests.engine.conftest import KEPT_TO

SEEDS = 10 if os.environ.get("INGLENOOK_SOAK") else 2
SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "age": {"type": "integer"},
        "likes": {"type": "array", "items": {"enum": ["fish", "milk"]}, "maxItems": 2},
    },
    "required": ["name", "age", "likes"],
    "additionalProperties": False,
}
FRANCE = "What is the capital of France?"


def error_of(reply) -> ErrorCode:
    assert isinstance(reply.end, protocol.Failed), reply.end
    return reply.end.error.code


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("heat", [{}, {"temperature": 0.0}, {"mirostat": 2, "repeat_penalty": 1.2}])
def test_an_answer_keeps_to_its_schema(loaded, chat, seed: int, heat: dict) -> None:
    reply = loaded.ask(chat("Describe a cat."), json_schema=json.dumps(SCHEMA), max_tokens=400, seed=seed, **heat)
    assert reply.end.reason is FinishReason.STOP
    cat = json.loads(reply.text)
    assert set(cat) == {"name", "age", "likes"}
    assert isinstance(cat["name"], str)
    assert isinstance(cat["age"], int)
    assert set(cat["likes"]) <= {"fish", "milk"}


def test_an_answer_keeps_to_its_grammar(loaded, chat) -> None:
    grammar = 'root ::= ("yes" | "no") " 😀" [0-9]{3}'
    texts = {loaded.ask(chat("Is it so?"), grammar=grammar, temperature=1.5, seed=seed).text for seed in range(6)}
    for text in texts:
        word, emoji, digits = text[:-5].strip(), text[-4], text[-3:]
        assert word in ("yes", "no"), text
        assert emoji == "😀"
        assert digits.isdecimal()
    assert len(texts) > 1


@pytest.mark.parametrize(
    "begun",
    ['{"name": "Mi', '{"name"', "{", '{"name": "Zoë 🐈", "age": 4, "likes": [', '{"name": "A", "age": 4, "likes": []}'],
)
def test_a_grammar_goes_on_where_an_answer_was_left(loaded, chat, begun: str) -> None:
    prompt = chat("Describe a cat as JSON.") + begun
    sampling = Sampling(json_schema=json.dumps(SCHEMA), max_tokens=400, seed=3)
    loaded.send(protocol.Generate(request_id="r", prompt=prompt, sampling=sampling, begun=begun))
    reply = loaded.reply()
    assert reply.end.reason is FinishReason.STOP
    assert set(json.loads(begun + reply.text)) == {"name", "age", "likes"}


@pytest.mark.parametrize("begun", ["Here it is:\n", '{"legs": 4, ', "🐈"])
def test_a_grammar_begins_behind_what_it_does_not_allow(loaded, chat, begun: str) -> None:
    prompt = chat("Describe a cat as JSON.") + begun
    sampling = Sampling(json_schema=json.dumps(SCHEMA), max_tokens=400, seed=3)
    loaded.send(protocol.Generate(request_id="r", prompt=prompt, sampling=sampling, begun=begun))
    assert set(json.loads(loaded.reply().text)) == {"name", "age", "likes"}


def test_what_was_begun_is_known_again_after_a_banned_phrase(loaded, chat) -> None:
    """What is withdrawn leads the grammar through the answer anew."""
    begun, grammar = "yes, ", 'root ::= "yes, " ("no" | "cat" | "dog") " and " ("no" | "cat" | "dog") "."'
    prompt = chat("Is it a cat?") + begun
    for seed in range(4):
        sampling = Sampling(grammar=grammar, max_tokens=20, seed=seed, banned=("cat and", "dog and"))
        loaded.send(protocol.Generate(request_id="r", prompt=prompt, sampling=sampling, begun=begun))
        assert loaded.reply().text.startswith("no and ")


def test_what_a_grammar_leaves_alone_is_what_it_would_be_without(loaded, chat) -> None:
    free = loaded.ask(chat(FRANCE), temperature=0.0, max_tokens=12).text
    assert loaded.ask(chat(FRANCE), temperature=0.0, max_tokens=12, grammar="root ::= [^\\x00]*").text == free


@pytest.mark.parametrize(
    "grammar",
    [
        "",
        'answer ::= "yes"',
        "root ::= nowhere",
        'root ::= "open',
        "root ::= root",
        'root ::= "a"{9999999}',
        "root ::= " + "(" * 90_000,
        "root ::= [\\",
        "\x00",
        "👾 ::= 👾",
    ],
)
def test_a_grammar_that_is_wrong_is_refused_and_the_next_answer_comes(loaded, chat, grammar: str) -> None:
    if grammar:
        assert error_of(loaded.ask(chat(FRANCE), grammar=grammar)) is ErrorCode.GRAMMAR_INVALID
    assert loaded.ask(chat(FRANCE), temperature=0.0, max_tokens=2).end.completion_tokens == 2


@pytest.mark.parametrize(
    "schema",
    [
        "{",
        "[]",
        "17",
        '{"type": "nonsense"}',
        '{"$ref": "https://example.com/schema.json"}',
        '{"$ref": "#/nowhere"}',
        '{"type": "string", "pattern": "^(a"}',
        '{"type": "array", "items": ' * 2000,
        '{"properties": ' * 3000 + "{}" + "}" * 3000,
    ],
)
def test_a_schema_that_is_wrong_is_refused_and_the_next_answer_comes(loaded, chat, schema: str) -> None:
    assert error_of(loaded.ask(chat(FRANCE), json_schema=schema)) is ErrorCode.SCHEMA_INVALID
    assert loaded.ask(chat(FRANCE), temperature=0.0, max_tokens=2).end.completion_tokens == 2


def test_a_schema_whose_bounds_would_be_passed_over_is_refused(loaded, chat) -> None:
    schema = {"type": "object", "properties": {"maximum": {"type": "integer", "maximum": 30}}}
    reply = loaded.ask(chat(FRANCE), json_schema=json.dumps(schema))
    assert error_of(reply) is ErrorCode.SCHEMA_KEYWORD
    assert reply.end.error.params == {"keyword": "maximum"}


def test_a_grammar_that_cannot_go_on_says_so(loaded, chat) -> None:
    reply = loaded.ask(chat(FRANCE), grammar='root ::= "a" dead\ndead ::= [^\\x00-\\U0010FFFF]')
    assert error_of(reply) is ErrorCode.GRAMMAR_STUCK
    assert loaded.ask(chat(FRANCE), temperature=0.0, max_tokens=2).end.completion_tokens == 2


@pytest.mark.parametrize("stream", [{}, {"repeat_penalty": 1.1}, {"grammar": "root ::= [^\\x00]*"}])
def test_banned_phrases_do_not_come(whole_loaded, chat, stream: dict) -> None:
    free = whole_loaded.ask(chat(FRANCE), temperature=0.0, max_tokens=24, **stream).text
    banned = (free[4:15].upper(), free[-9:-3], "never said")
    reply = whole_loaded.ask(chat(FRANCE), temperature=0.0, max_tokens=24, banned=banned, **stream)
    assert not any(phrase.casefold() in reply.text.casefold() for phrase in banned)
    assert reply.text.startswith(free[:3])
    assert sum(piece.count for piece in reply.pieces) == reply.end.completion_tokens == 24


def test_a_banned_word_at_the_very_beginning(loaded, chat) -> None:
    first = loaded.ask(chat(FRANCE), temperature=0.0, max_tokens=1).text
    reply = loaded.ask(chat(FRANCE), temperature=0.0, max_tokens=8, banned=(first,))
    assert first.casefold() not in reply.text.casefold()
    assert reply.end.completion_tokens == 8


def test_what_may_become_a_banned_phrase_is_shown_once_it_does_not(loaded, chat) -> None:
    free = loaded.ask(chat(FRANCE), temperature=0.0, max_tokens=16).text
    held = loaded.ask(chat(FRANCE), temperature=0.0, max_tokens=16, banned=(free[3:] + "!?",))
    assert held.text == free


def test_every_choice_is_told(loaded, chat) -> None:
    request = protocol.Generate(
        request_id="p",
        prompt=chat(FRANCE),
        sampling=loaded.generate("", max_tokens=12, top_k=3, min_p=0.0, top_p=1.0, seed=5).sampling,
        probabilities=8,
    )
    loaded.send(request)
    reply = loaded.reply()
    traces = reply.traces
    assert len(traces) == reply.end.completion_tokens
    text = b"".join(trace.chosen.piece for trace in traces if trace.chosen.piece)
    assert text.decode(errors="replace").startswith(reply.text[:20])
    for trace in traces:
        before = [option.probability for option in trace.options]
        assert before == sorted(before, reverse=True)
        assert len(before) == 8
        assert sum(before) <= 1.0 + KEPT_TO
        kept = [option for option in trace.options if option.sampled_probability > 0.0]
        assert len(kept) == 3  # top-k
        assert math.isclose(sum(option.sampled_probability for option in kept), 1.0, abs_tol=KEPT_TO)
        assert trace.chosen.sampled_probability > 0.0


def test_a_text_is_scored_as_it_was_told_while_it_was_written(whole_loaded, chat) -> None:
    prompt, greedy = chat(FRANCE), whole_loaded.generate("", temperature=0.0, max_tokens=10).sampling
    whole_loaded.send(protocol.Generate(request_id="w", prompt=prompt, sampling=greedy, probabilities=1))
    written = whole_loaded.reply()
    whole_loaded.send(
        protocol.Score(request_id="s", prompt=prompt, text=written.text, sampling=greedy, probabilities=2)
    )
    scored = whole_loaded.reply()
    assert scored.text == written.text
    told, again = written.traces, scored.traces
    assert [trace.chosen.token for trace in told] == [trace.chosen.token for trace in again]
    for one, other in zip(told, again, strict=True):
        assert math.isclose(one.chosen.probability, other.chosen.probability, abs_tol=0.15)  # other batches
        assert len(other.options) == 2
    assert scored.end.decodes < len(again)  # several tokens at once, since they are known


def test_an_unlikely_text_scores_lower(loaded, chat) -> None:
    def score(text: str) -> float:
        sampling = loaded.generate("", temperature=0.0).sampling
        loaded.send(protocol.Score(request_id="s", prompt="The capital of France is", text=text, sampling=sampling))
        traces = loaded.reply().traces
        return sum(math.log(trace.chosen.probability) for trace in traces)

    assert score(" Paris") > score(" yellow") > score(" zxq&&")


def test_a_text_with_nothing_before_it_is_scored_from_its_second_token(loaded) -> None:
    sampling = loaded.generate("").sampling
    loaded.send(protocol.Score(request_id="s", prompt="", text="This, this", sampling=sampling))
    assert loaded.reply().text == ", this"
    loaded.send(protocol.Score(request_id="s", prompt="", text="", sampling=sampling))
    assert error_of(loaded.reply()) is ErrorCode.ENGINE_FAILED


@pytest.mark.parametrize("text", ["Hello, hello", "<|im_start|>user\n😀 東京", ""])
def test_tokens_and_back(loaded, text: str) -> None:
    loaded.send(protocol.Tokenize("t", text))
    pieces = loaded.until(protocol.Pieces)[-1]
    assert b"".join(pieces.pieces) == text.encode()
    assert not any(pieces.ends)
    loaded.send(protocol.Detokenize("d", pieces.tokens))
    assert loaded.until(protocol.Pieces)[-1].pieces == pieces.pieces


def test_tokens_that_end_an_answer(loaded) -> None:
    loaded.send(protocol.Tokenize("t", "Yes<|im_end|>\n<|endoftext|>"))
    pieces = loaded.until(protocol.Pieces)[-1]
    ending = [piece for piece, ends in zip(pieces.pieces, pieces.ends, strict=True) if ends]
    assert ending == [b"<|im_end|>", b"<|endoftext|>"]


def test_control_tokens_are_told_from_text_that_looks_like_them(loaded) -> None:
    loaded.send(protocol.Tokenize("t", "<|im_start|>user <|im_begin|><|im_end|>", opened=True))
    pieces = loaded.until(protocol.Pieces)[-1]
    controls = [piece for piece, is_control in zip(pieces.pieces, pieces.controls, strict=True) if is_control]
    assert controls == [b"<|im_start|>", b"<|im_end|>"]


def test_a_token_that_does_not_exist(loaded) -> None:
    loaded.send(protocol.Detokenize("d", (3, 10**9)))
    assert isinstance(loaded.until(protocol.Pieces, protocol.Failed)[-1], protocol.Failed)


def traced(loaded, prompt: str, probabilities: int | None = 8, **sampling: object):
    request = loaded.generate(prompt, **sampling)
    loaded.send(msgspec.structs.replace(request, probabilities=probabilities))
    return loaded.reply()


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"temperature": 0.0},
        {"top_k": 0, "top_p": 1.0, "min_p": 0.0},
        {"mirostat": 2},
        {"xtc_probability": 0.5, "xtc_threshold": 0.05},
        {"repeat_penalty": 1.2, "banned": ("the",)},
        {"grammar": "root ::= [a-zA-Z .,]*"},
    ],
)
def test_an_answer_is_the_same_recorded_or_not(whole_loaded, chat, how: dict) -> None:
    sampling = {"seed": 3, "max_tokens": 12, **how}
    plain = traced(whole_loaded, chat("Tell me of the sea."), None, **sampling)
    told = traced(whole_loaded, chat("Tell me of the sea."), **sampling)
    assert told.text == plain.text
    assert not any(piece.traces for piece in plain.pieces)
    traces = told.traces
    assert len(traces) == told.end.completion_tokens
    written = b"".join(trace.chosen.piece for trace in traces if not trace.hidden)
    assert written.decode(errors="replace").startswith(told.text)


def test_at_temperature_0_the_chain_leaves_one_token(loaded, chat) -> None:
    reply = traced(loaded, chat(FRANCE), temperature=0.0, max_tokens=6)
    for trace in reply.traces:
        assert trace.chosen.sampled_probability == 1.0
        assert [option.sampled_probability for option in trace.options] == [1.0, *[0.0] * 7]


def test_what_is_recorded_of_an_answer_takes_less_than_a_hundred_bytes_a_token(loaded, chat) -> None:
    reply = traced(loaded, chat("Tell me of the sea."), seed=1, max_tokens=60)
    traces = Traces.of(reply.traces)
    assert len(traces.packed()) < 100 * len(traces)
    assert "".join(reply.text[span.begin : span.end] for span in spans(traces, "", reply.text) if span) == reply.text


def test_what_is_told_of_a_token_takes_few_bytes_and_no_more_messages(loaded, chat) -> None:
    reply = traced(loaded, chat("Tell me of the sea."), seed=1, max_tokens=60)
    told = sum(len(piece.traces) for piece in reply.pieces)
    assert told < 400 * reply.end.completion_tokens
    assert all(piece.text for piece in reply.pieces[:-1])


def test_control_tokens_are_told_apart_and_stand_in_no_text(loaded, chat) -> None:
    sampling = loaded.generate("").sampling
    score = protocol.Score(
        request_id="c", prompt=chat(FRANCE), text="Paris.<|im_end|>\nAnd", sampling=sampling, probabilities=4
    )
    loaded.send(score)
    traces = loaded.reply().traces
    assert [trace.chosen.piece for trace in traces if trace.chosen.is_control] == [b"<|im_end|>"]
    assert [trace.hidden for trace in traces] == [trace.chosen.is_control for trace in traces]


def test_a_digit_that_is_ruled_out_leaves_numbers_their_space(whole_loaded, chat) -> None:
    prompt = chat("In which year did the second world war end?") + "It ended in"
    free = whole_loaded.ask(prompt, temperature=0.0, max_tokens=6).text
    assert free[0] == " "
    assert free[1].isdecimal()
    unused = next(digit for digit in "0123456789" if digit not in free)
    assert whole_loaded.ask(prompt, temperature=0.0, max_tokens=6, logit_bias={unused: -100.0}).text == free
