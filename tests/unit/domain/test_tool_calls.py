"""Tool calls taken out of answers, however the text is cut into pieces."""

import json
import os
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.parts import TextPart, ToolCallPart
from desktop_app.domain.thoughts import ThoughtSplitter
from desktop_app.domain.tool_calls import FAMILIES, ToolCallSplitter, has_calls

WEATHER = '{"city": "Paris", "days": 3}'
HERMES = f'<tool_call>\n{{"name": "get_weather", "arguments": {WEATHER}}}\n</tool_call>'
CODER = (
    "<tool_call>\n<function=get_weather>\n<parameter=city>\nParis\n</parameter>\n"
    "<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>"
)
TEMPLATES = ["".join(marks.mentions or marks.begins[:1]) for marks in FAMILIES]
MENTIONS = "".join(TEMPLATES)
EXAMPLES = {
    "Hermes": HERMES,
    "Qwen3-Coder": CODER,
    "Qwen3-Coder, its first mark left out": CODER.removeprefix("<tool_call>\n"),
    "GLM": "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n"
    "<arg_key>days</arg_key>\n<arg_value>3</arg_value>\n</tool_call>",
    "functionary 3.1": f"<function=get_weather>{WEATHER}</function>",
    "MiniCPM 5": '<function name="get_weather"><param name="city"><![CDATA[Paris]]></param>'
    '<param name="days">3</param></function>',
    "Seed": CODER.replace("tool_call>", "seed:tool_call>"),
    "Apriel": f'<tool_calls>[{{"name": "get_weather", "arguments": {WEATHER}}}]</tool_calls>',
    "Nemotron Nano": f'<TOOLCALL>[{{"name": "get_weather", "arguments": {WEATHER}}}]</TOOLCALL>',
    "MiniMax M2": '<minimax:tool_call>\n<invoke name="get_weather">\n<parameter name="city">Paris</parameter>\n'
    '<parameter name="days">3</parameter>\n</invoke>\n</minimax:tool_call>',
    "Muse": '<atem:function_calls>\n<atem:invoke name="get_weather">\n<atem:parameter name="city">Paris'
    '</atem:parameter>\n<atem:parameter name="days">3</atem:parameter>\n</atem:invoke>\n</atem:function_calls>',
    "Hunyuan 3": "<tool_calls:opensource>\n<tool_call:opensource>get_weather<tool_sep:opensource>\n"
    "<arg_key:opensource>city</arg_key:opensource>\n<arg_value:opensource>Paris</arg_value:opensource>\n"
    "<arg_key:opensource>days</arg_key:opensource>\n<arg_value:opensource>3</arg_value:opensource>\n"
    "</tool_call:opensource>\n</tool_calls:opensource>",
    "Command R+": f'Action:\n```json\n[\n{{"tool_name": "get_weather", "parameters": {WEATHER}}}\n]```',
    "Firefunction": f'functools[{{"name": "get_weather", "arguments": {WEATHER}}}]',
    "functionary 3.2": f">>>get_weather\n{WEATHER}",
    "Mistral Nemo": f'[TOOL_CALLS][{{"name": "get_weather", "arguments": {WEATHER}}}]',
    "Devstral": f"[TOOL_CALLS]get_weather[ARGS]{WEATHER}",
    "Llama 3.1": f'<|python_tag|>{{"name": "get_weather", "parameters": {WEATHER}}}',
    "Llama 3.1 for its own tools": '<|python_tag|>get_weather.call(city="Paris", days=3)',
    "Command R7B": f'<|START_ACTION|>[\n{{"tool_name": "get_weather", "parameters": {WEATHER}}}\n]<|END_ACTION|>',
    "Granite 3": f'<|tool_call|>[{{"name": "get_weather", "arguments": {WEATHER}}}]',
    "Phi 4": f'<|tool_call|>[{{"name": "get_weather", "arguments": {WEATHER}}}]<|/tool_call|>',
    "Gemma 4": '<|tool_call>call:get_weather{city:<|"|>Paris<|"|>,days:3}<tool_call|>',
    "LFM2": "<|tool_call_start|>[get_weather(city='Paris', days=3)]<|tool_call_end|>",
    "GigaChat": f'<|function_call|>{{"name": "get_weather", "arguments": {WEATHER}}}',
    "DeepSeek V3": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n"
    f"{WEATHER}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    "DeepSeek V3.1": f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{WEATHER}"
    "<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    "DeepSeek V3.2": '<｜DSML｜function_calls>\n<｜DSML｜invoke name="get_weather">\n'
    '<｜DSML｜parameter name="city" string="true">Paris</｜DSML｜parameter>\n'
    '<｜DSML｜parameter name="days" string="false">3</｜DSML｜parameter>\n'
    "</｜DSML｜invoke>\n</｜DSML｜function_calls>",
    "DeepSeek V4": '<｜DSML｜tool_calls>\n<｜DSML｜invoke name="get_weather">\n'
    '<｜DSML｜parameter name="city" string="true">Paris</｜DSML｜parameter>\n'
    '<｜DSML｜parameter name="days" string="false">3</｜DSML｜parameter>\n'
    "</｜DSML｜invoke>\n</｜DSML｜tool_calls>",
    "gpt-oss": f"<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{WEATHER}<|call|>",
    "gpt-oss after a thought": "<|start|>assistant<|channel|>commentary to=functions.get_weather json<|message|>"
    + WEATHER,
    "gpt-oss, to whom in the role": f" to=functions.get_weather<|channel|>commentary json<|message|>{WEATHER}<|call|>",
    "gpt-oss, as its template writes": "<|start|>assistant to=functions.get_weather<|channel|>commentary json<|message|>"
    f"{WEATHER}<|call|>",
}
KIMI = (
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>"
    f"{WEATHER}<|tool_call_end|><|tool_calls_section_end|>"
)
WITH_IDS = {
    "Kimi K2": (
        KIMI,
        "functions.get_weather:0",
    ),
    "Solar": (
        f"<|tool_calls|><|tool_call:begin|>a1<|tool_call:name|>get_weather<|tool_call:args|>{WEATHER}<|tool_call:end|>",
        "a1",
    ),
    "Mistral Small 3.2": (f"[TOOL_CALLS]get_weather[CALL_ID]a1b2c3d4e[ARGS]{WEATHER}", "a1b2c3d4e"),
    "Mistral Nemo": (
        f'[TOOL_CALLS][{{"name": "get_weather", "arguments": {WEATHER}, "id": "a1b2c3d4e"}}]',
        "a1b2c3d4e",
    ),
}
ALL = {**EXAMPLES, **{f"{name} with an id": source for name, (source, _id) in WITH_IDS.items()}}
BROKEN = {
    "no JSON": "<tool_call>\n{name: get_weather}\n</tool_call>",
    "no name": '<tool_call>{"arguments": {}}</tool_call>',
    "arguments that are no object": '<tool_call>{"name": "a", "arguments": [1]}</tool_call>',
    "a name that is none": '<tool_call>{"name": "get the weather", "arguments": {}}</tool_call>',
    "half a surrogate": '<tool_call>{"name": "a", "arguments": {"a": "\\ud800"}}</tool_call>',
    "not a number": '<tool_call>{"name": "a", "arguments": {"a": NaN}}</tool_call>',
    "too large a number": '<tool_call>{"name": "a", "arguments": {"a": 1e999}}</tool_call>',
    "too deep": f'<tool_call>{{"name": "a", "arguments": {{"a": {"[" * 9000}{"]" * 9000}}}}}</tool_call>',
    "prose": "The mark <tool_call> opens a call.",
    "another end": '<tool_call>{"name": "a", "arguments": {}}</function>',
    "one of two is none": '<tool_calls>[{"name": "a", "arguments": {}}, 5]</tool_calls>',
    "a parameter that is left open": "<tool_call>\n<function=a>\n<parameter=b>\n1\n</function>\n</tool_call>",
    "a name that is too long": f"<tool_call>{'a' * 129}<arg_key>b</arg_key><arg_value>1</arg_value></tool_call>",
    "no arguments": "[TOOL_CALLS]get_weather[ARGS]oh",
    "code that goes on": "<|tool_call_start|>[a(b=1)] + 1<|tool_call_end|>",
    "code that names what nobody knows": "<|tool_call_start|>[a(b=today)]<|tool_call_end|>",
    "code that is deep": f"<|tool_call_start|>[a(b={'[' * 9000})]<|tool_call_end|>",
    "Python": "<|python_tag|>print(1)\nprint(2)",
    "a message of gpt-oss to itself": "<|channel|>commentary to=assistant<|channel|>analysis<|message|>Hm.",
}


def split(pieces: list[str], template: str = MENTIONS, prompt: str = "", *, offered: bool = False) -> list[object]:
    """Return the texts (joined where they follow each other) and calls of an answer."""
    splitter = ToolCallSplitter(template, prompt, tools_offered=offered)
    made = [part for piece in pieces for part in splitter.feed(piece)] + splitter.finish()
    assert all(made)
    joined: list[object] = []
    for part in made:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    sources = "".join(part.source if isinstance(part, ToolCallPart) else str(part) for part in joined)
    assert sources == "".join(pieces), "nothing is lost"
    return joined


def cut(text: str, chance: random.Random) -> list[str]:
    places = [0, *sorted(chance.randrange(len(text) + 1) for _ in range(chance.randrange(1, 30))), len(text)]
    return [text[begin:end] for begin, end in pairwise(places)]


def weather(source: str, call_id: str = "") -> ToolCallPart:
    return ToolCallPart("get_weather", WEATHER, source, call_id)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_family_is_read(name: str) -> None:
    source = EXAMPLES[name]
    assert split([source]) == [weather(source)]
    assert split(list(source)) == [weather(source)]


@pytest.mark.parametrize("name", WITH_IDS)
def test_ids_are_kept(name: str) -> None:
    source, call_id = WITH_IDS[name]
    assert split([source]) == [weather(source, call_id)]


def test_every_family_has_an_example() -> None:
    for template in TEMPLATES:
        assert any(split([source], template) != [source] for source in ALL.values()), template


@pytest.mark.parametrize("name", ALL)
def test_a_call_that_is_cut_is_text(name: str) -> None:
    source = ALL[name]
    complete = "</function>" if "</function>" in source else "}" if "}" in source else "<"
    for end in range(1, source.rfind(complete)):
        text = source[:end]
        assert split([text]) == [text]


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_what_is_no_call_is_text(text: str) -> None:
    assert split([text]) == [text]
    assert split([text, " And ", HERMES]) == [f"{text} And ", weather(HERMES)]


def test_only_what_the_template_mentions_is_looked_for() -> None:
    for source in ALL.values():
        assert split([source], "{{ messages }}") == [source]


def test_control_tokens_are_asked_for_where_they_mark_calls() -> None:
    assert has_calls("… [TOOL_CALLS] …")
    assert has_calls("… <tool_call> … </tool_call> …")
    assert not has_calls("{{ messages }}")


def test_text_stands_around_two_calls() -> None:
    text = f"I look.\n\n{HERMES}\n{CODER}\n\nAnd now?"
    assert split([text]) == ["I look.\n\n", weather(HERMES), "\n", weather(CODER), "\n\nAnd now?"]


def test_several_calls_between_one_pair_of_marks() -> None:
    source = '[TOOL_CALLS][{"name": "a", "arguments": {}}, {"name": "b", "arguments": {"c": [1]}}]'
    assert split([source, "."]) == [ToolCallPart("a", "{}", source), ToolCallPart("b", '{"c": [1]}', ""), "."]
    one = KIMI[KIMI.index("<|tool_call_begin|>") : KIMI.index("<|tool_calls_section_end|>")]
    calls = split([KIMI.replace(one, one + one.replace(":0", ":1"))])
    assert [call.call_id for call in calls] == ["functions.get_weather:0", "functions.get_weather:1"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("inside", ["</tool_call>", "<tool_call>", "}", '\\"}', "\\\\", "[TOOL_CALLS]", "\n"])
def test_marks_within_a_text_of_json_end_nothing(inside: str) -> None:
    source = f'<tool_call>{{"name": "write", "arguments": {{"text": "{inside}"}}}}</tool_call>'
    (call,) = split([source])
    assert isinstance(call, ToolCallPart)
    assert json.loads(call.arguments)["text"] == json.loads(f'"{inside}"', strict=False)


def test_marks_within_a_parameter_end_nothing() -> None:
    source = CODER.replace("Paris", "a </tool_call> b\n<function=c>")
    (call,) = split([source])
    assert isinstance(call, ToolCallPart)
    assert json.loads(call.arguments) == {"city": "a </tool_call> b\n<function=c>", "days": 3}


@pytest.mark.parametrize(
    ("written", "read"),
    [("3", 3), ("true", True), ("null", None), ("[1, 2]", [1, 2]), ('{"a": 1}', {"a": 1}), ("Paris", "Paris"),
     ('"Paris"', '"Paris"'), ("", ""), ("two\nlines", "two\nlines"), ("NaN", "NaN"), ("<![CDATA[a<b]]>", "a<b")],
)  # fmt: skip
def test_values_of_parameters(written: str, read: object) -> None:
    (call,) = split([CODER.replace("Paris", written)])
    assert isinstance(call, ToolCallPart)
    assert json.loads(call.arguments)["city"] == read


def test_values_in_code() -> None:
    inside = 'text:<|"|>a "b" {c}<|"|>,list:[<|"|>x<|"|>,1.5e3,-2],deep:{on:true,off:false,none:null}'
    (call,) = split([f"<|tool_call>call:a.b-c{{{inside}}}<tool_call|>"])
    assert isinstance(call, ToolCallPart)
    assert call.name == "a.b-c"
    assert json.loads(call.arguments) == {
        "text": 'a "b" {c}', "list": ["x", 1500.0, -2], "deep": {"on": True, "off": False, "none": None}
    }  # fmt: skip
    calls = split(["<|tool_call_start|>[a(b='it\\'s\\n', c=\"\\u00e9\"), d()]<|tool_call_end|>"])
    assert [json.loads(call.arguments) for call in calls] == [{"b": "it's\n", "c": "é"}, {}]  # type: ignore[attr-defined]


def test_arguments_that_are_a_text_of_json() -> None:
    source = '<tool_call>{"function": {"name": "a", "arguments": "{\\"b\\": 1}"}, "id": "7"}</tool_call>'
    assert split([source]) == [ToolCallPart("a", '{"b": 1}', source, "7")]


@pytest.mark.parametrize(
    "begun",
    ["```xml\n", "- So:\n  ```\n", "- ```xml\n", "> ```\n> ", "It is `", "It is ``a` ", "~~~~\n```\n", "```\n```a\n"],
)
def test_calls_that_are_shown_as_code_are_text(begun: str) -> None:
    assert split([begun + HERMES]) == [begun + HERMES]
    assert split([begun + EXAMPLES["Devstral"]]) == [begun + EXAMPLES["Devstral"]]


@pytest.mark.parametrize(
    "begun",
    ["```\na\n```\n", "> ```\n> a\n> ```\n", "It is `a`. ", "It is ``a`b``. ", "````\n```\n````\n", "```a``` so\n"],
)
def test_calls_behind_code_count(begun: str) -> None:
    assert split([begun + HERMES]) == [begun, weather(HERMES)]


def test_a_call_that_the_prompt_opens() -> None:
    text = f"get_weather\n{WEATHER}"
    assert split([text], ">>>all", "assistant\n>>>") == [weather(text)]
    assert split(["all\nHello"], ">>>all", "assistant\n>>>") == ["all\nHello"]


def test_bare_json_counts_only_where_tools_were_offered() -> None:
    source = f' {{"name": "get_weather", "parameters": {WEATHER}}}\n'
    assert split([source], offered=True) == [weather(source)]
    assert split(list(source), "", offered=True) == [weather(source)]
    assert split([source]) == [source]
    for text in (source + "So.", "So. " + source, '{"name": "a"}', '{"name": "a", "parameters": {}', "Hello", "[1]"):
        assert split([text], offered=True) == [text]


@pytest.mark.parametrize(
    ("template", "thought", "source"),
    [
        ("<think><tool_call>", "<think>\nHm, <tool_call>?\n</think>\n\n", HERMES),
        ("<|channel|>analysis<|message|><|channel|>commentary", "<|channel|>analysis<|message|>Hm, <tool_call>?<|end|>",
         EXAMPLES["gpt-oss after a thought"]),
        ("<|START_THINKING|><|START_ACTION|>", "<|START_THINKING|>Hm, <tool_call>?<|END_THINKING|>",
         EXAMPLES["Command R7B"]),
        ("<|channel>thought<|tool_call>", "<|channel>thought\nHm, <tool_call>?<channel|>", EXAMPLES["Gemma 4"]),
        ("[THINK][TOOL_CALLS]", "[THINK]Hm, <tool_call>?[/THINK]", EXAMPLES["Devstral"]),
    ],
)  # fmt: skip
def test_a_call_after_a_thought(template: str, thought: str, source: str) -> None:
    for pieces in ([thought + source], list(thought + source)):
        thoughts, calls = ThoughtSplitter(template), ToolCallSplitter(template)
        told = [part for piece in pieces for part in thoughts.feed(piece)] + thoughts.finish()
        texts = [text for kind, text in told if kind == "text"]
        assert "".join(text for kind, text in told if kind == "thought").strip() == "Hm, <tool_call>?"
        assert [part for text in texts for part in calls.feed(text)] + calls.finish() == [weather(source)]


def test_only_what_may_become_a_call_is_held_back() -> None:
    splitter = ToolCallSplitter("<tool_call>")
    assert splitter.feed("a <tool_") == ["a "]
    assert splitter.feed("box> b <tool_call>") == ["<tool_box> b "]
    assert splitter.feed(" is") == [], "GLM writes names without more"
    assert splitter.feed(" a mark.") == ["<tool_call>", " is a mark."]
    assert splitter.feed('<tool_call>{"name": "a"') == []
    assert splitter.feed("}") == []
    assert splitter.feed("</tool_call> c") == [ToolCallPart("a", "{}", '<tool_call>{"name": "a"}</tool_call>'), " c"]


def test_an_answer_goes_on_behind_a_call() -> None:
    splitter = ToolCallSplitter("<tool_call>", tools_offered=True)
    splitter.resume([TextPart(f"```\n{HERMES}\n")])
    assert splitter.feed(HERMES) == [HERMES[: len("<tool_call>")], HERMES[len("<tool_call>") :]], "the block goes on"
    splitter.feed("\n```\n")
    assert splitter.feed(HERMES) == [weather(HERMES)]


def test_code_in_a_call_is_none_of_the_answer_that_goes_on() -> None:
    call = weather(CODER.replace("Paris", "```\nParis"))
    splitter = ToolCallSplitter("<tool_call>")
    splitter.resume([TextPart("So: "), call])
    assert splitter.feed(HERMES) == [weather(HERMES)]
    splitter = ToolCallSplitter("<tool_call>")
    splitter.resume([call, TextPart("```\n")])
    assert HERMES not in [piece.source for piece in splitter.feed(HERMES) if isinstance(piece, ToolCallPart)]


def test_a_huge_call() -> None:
    arguments = json.dumps({"rows": [{"number": number, "text": "}" * 20} for number in range(4000)]})
    source = f'<tool_call>{{"name": "store", "arguments": {arguments}}}</tool_call>'
    pieces = [source[begin : begin + 17] for begin in range(0, len(source), 17)]
    assert split(pieces) == [ToolCallPart("store", arguments, source)]


@pytest.mark.parametrize(("depth", "is_call"), [(49, True), (51, False), (900, False)])
def test_arguments_that_lie_deep_in_each_other(depth: int, is_call: bool) -> None:
    deep = "[" * depth + "]" * depth
    for source in (f'<tool_call>{{"name": "a", "arguments": {{"b": {deep}}}}}</tool_call>',
                   CODER.replace("Paris", deep), f"<|tool_call_start|>[a(b={deep})]<|tool_call_end|>"):  # fmt: skip
        (made,) = split([source])
        assert isinstance(made, ToolCallPart) is is_call
        assert not isinstance(made, ToolCallPart) or made.pretty_arguments.count("[") == depth


def test_many_marks_that_open_nothing() -> None:
    text = "<tool_call>{" * 5000
    assert split([text[begin : begin + 50] for begin in range(0, len(text), 50)]) == [text]


@pytest.mark.parametrize("seed", range(400 if os.environ.get("INGLENOOK_SOAK") else 12))
def test_pieces_make_the_same_as_the_whole(seed: int) -> None:
    chance = random.Random(seed)
    kinds = [*ALL.values(), *BROKEN.values()]
    short = [text for text in kinds if len(text) < 2000]
    for _ in range(20):
        texts = [chance.choice([*short, "So. ", "\n\n", "`", "```\n", "<", "{"]) for _ in range(chance.randrange(1, 7))]
        text = "".join(part[: chance.randrange(len(part) + 1)] if chance.random() < 0.2 else part for part in texts)
        template = chance.choice([MENTIONS, *TEMPLATES])
        offered = chance.random() < 0.2
        assert split(cut(text, chance), template, offered=offered) == split([text], template, offered=offered)


ALL_MARKS = sorted({mark for marks in FAMILIES for mark in (*marks.begins, marks.end) if mark})
fragments = st.sampled_from([*ALL_MARKS, *(mark[:-1] for mark in ALL_MARKS), *'<>|[]{}() \n"`:=a1', HERMES, CODER])


@given(parts=st.lists(fragments, max_size=12), cuts=st.lists(st.integers(0, 400), max_size=20), offered=st.booleans())
def test_any_cuts_of_marks_make_the_same(parts: list[str], cuts: list[int], offered: bool) -> None:
    text = "".join(parts)
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[begin:end] for begin, end in pairwise(places)]
    assert split(pieces, offered=offered) == split([text], offered=offered)
    assert split(list(text), offered=offered) == split([text], offered=offered)
