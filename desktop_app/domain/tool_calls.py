"""How families of models mark the tools that they call, and the splitter that takes the calls out of an answer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from desktop_app.domain.call_forms import (
    CodeCalls,
    Cursor,
    Form,
    JsonCalls,
    NamedCalls,
    Reading,
    read_bare_call,
    read_calls,
)
from desktop_app.domain.code_text import OpenCode
from desktop_app.domain.overlaps import overlap
from desktop_app.domain.parts import Part, TextPart, ToolCallPart, written


class CallMarks(msgspec.Struct, frozen=True, kw_only=True):
    """How one family marks calls.

    One of `begins` opens one call or several in `form`, and `end` closes them: without it they are none, unless
    `needs_end` is false (a control token that ends an answer is not in its text; other calls have an end of their
    own). A chat template of the family has one of `mentions` in its source, the first of `begins` where there are
    none. In what is shown as code no mark counts.
    """

    begins: tuple[str, ...]
    form: Form
    end: str = ""
    needs_end: bool = True
    mentions: tuple[str, ...] = ()

    def is_in(self, template: str) -> bool:
        """Return whether `template` belongs to a model of this family."""
        return any(mention in template for mention in self.mentions or self.begins[:1])


def _tags(
    begin: str,
    end: str,
    form: Form,
    *,
    needs_end: bool = True,
    mentions: tuple[str, ...] = (),
) -> CallMarks:
    return CallMarks(begins=(begin,), end=end, needs_end=needs_end, form=form, mentions=mentions)


_JSON = JsonCalls()
_FUNCTIONS = NamedCalls(
    begin="<function=", name_ends=(">",), end="</function>",
    key_begin="<parameter=", key_ends=(">",), value_end="</parameter>",
)  # fmt: skip
_ONE_FUNCTION = msgspec.structs.replace(_FUNCTIONS, begin="")
_ARG_KEYS = NamedCalls(
    key_begin="<arg_key>", key_ends=("</arg_key>",), value_begin="<arg_value>", value_end="</arg_value>"
)
_HUNYUAN = NamedCalls(
    begin="<tool_call:opensource>", name_ends=("<tool_sep:opensource>",), end="</tool_call:opensource>",
    key_begin="<arg_key:opensource>", key_ends=("</arg_key:opensource>",),
    value_begin="<arg_value:opensource>", value_end="</arg_value:opensource>",
)  # fmt: skip


def _invokes(prefix: str = "", key_ends: tuple[str, ...] = ('">',)) -> NamedCalls:
    return NamedCalls(
        begin=f'<{prefix}invoke name="', name_ends=('">',), end=f"</{prefix}invoke>",
        key_begin=f'<{prefix}parameter name="', key_ends=key_ends, value_end=f"</{prefix}parameter>",
    )  # fmt: skip


_DSML = _invokes("｜DSML｜", ('" string="true">', '" string="false">'))
_GPT_OSS_HEADS = tuple(
    f"{channel}{kind}<|message|>"
    for channel in (
        "",
        "<|channel|>commentary",
        "<|channel|>commentary ",
        "<|channel|>analysis",
        "<|channel|>analysis ",
    )
    for kind in ("", "json", "<|constrain|>json")
)

FAMILIES = (
    _tags("<tool_call>", "</tool_call>", _JSON),  # Hermes, Qwen 2.5 and 3, Granite 4, MiMo, Bielik, Reka
    _tags("<tool_call>", "</tool_call>", _FUNCTIONS, needs_end=False),  # Qwen3-Coder, Qwen 3.5, Nemotron 3, StepFun
    _tags("<tool_call>", "</tool_call>", _ARG_KEYS),  # GLM 4.5 to 4.7, Ling, Laguna, Spark
    _tags("<function=", "</tool_call>", _ONE_FUNCTION, needs_end=False),  # Qwen3-Coder, which may forget its mark
    CallMarks(  # functionary 3.1
        begins=("<function=",),
        form=NamedCalls(name_ends=(">",), end="</function>"),
        mentions=("<{start_tag}={function_name}>",),
    ),
    CallMarks(  # MiniCPM 5
        begins=('<function name="',),
        form=NamedCalls(
            name_ends=('">',),
            end="</function>",
            key_begin='<param name="',
            key_ends=('">',),
            value_end="</param>",
        ),
    ),
    _tags("<seed:tool_call>", "</seed:tool_call>", _FUNCTIONS, needs_end=False),  # Seed-OSS
    _tags("<tool_calls>", "</tool_calls>", _JSON),  # Apriel, MiniMax M1
    _tags("<TOOLCALL>", "</TOOLCALL>", _JSON),  # Nemotron Nano 2
    _tags("<minimax:tool_call>", "</minimax:tool_call>", _invokes()),  # MiniMax M2
    _tags("<atem:function_calls>", "</atem:function_calls>", _invokes("atem:")),  # Muse Glimmer
    _tags("<tool_calls:opensource>", "</tool_calls:opensource>", _HUNYUAN, mentions=("<tool_calls{}>",)),  # Hunyuan 3
    _tags("Action:\n```json", "```", _JSON, mentions=("Action:\\n```json",)),  # Command R+
    CallMarks(begins=("functools",), form=_JSON, mentions=("functools[",)),  # Firefunction 2
    CallMarks(begins=(">>>",), form=NamedCalls(), mentions=(">>>all",)),  # functionary 3.2
    CallMarks(  # Mistral Nemo and before
        begins=("[TOOL_CALLS]",), form=_JSON
    ),
    CallMarks(  # Mistral Small 3.2, Devstral, Ministral 3
        begins=("[TOOL_CALLS]",),
        form=NamedCalls(name_ends=("[ARGS]",), id_begin="[CALL_ID]"),
    ),
    CallMarks(begins=("<|python_tag|>",), form=_JSON),  # Llama 3.1 and 3.3
    CallMarks(begins=("<|python_tag|>",), form=CodeCalls()),  # … for the tools it was trained with
    _tags("<|START_ACTION|>", "<|END_ACTION|>", _JSON),  # Command R7B, Command A
    CallMarks(  # Granite 3, Phi 4 mini
        begins=("<|tool_call|>",), end="<|/tool_call|>", needs_end=False, form=_JSON
    ),
    _tags("<|tool_call>", "<tool_call|>", CodeCalls()),  # Gemma 4
    _tags(
        "<|tool_call_start|>",
        "<|tool_call_end|>",
        CodeCalls(),
        mentions=("<|tool_call_start|>", "<|tool_list_start|>", "List of tools: ["),
    ),  # LFM2
    CallMarks(begins=("<|function_call|>",), form=_JSON),  # GigaChat 3.1
    _tags(  # DeepSeek R1 and V3
        "<｜tool▁calls▁begin｜>",
        "<｜tool▁calls▁end｜>",
        NamedCalls(
            begin="<｜tool▁call▁begin｜>function<｜tool▁sep｜>", name_ends=("```json",), end="```<｜tool▁call▁end｜>"
        ),
    ),
    _tags(  # DeepSeek V3.1
        "<｜tool▁calls▁begin｜>",
        "<｜tool▁calls▁end｜>",
        NamedCalls(begin="<｜tool▁call▁begin｜>", name_ends=("<｜tool▁sep｜>",), end="<｜tool▁call▁end｜>"),
    ),
    _tags(  # DeepSeek V3.2
        "<｜DSML｜function_calls>", "</｜DSML｜function_calls>", _DSML, mentions=("｜DSML｜",)
    ),
    _tags("<｜DSML｜tool_calls>", "</｜DSML｜tool_calls>", _DSML, mentions=("｜DSML｜",)),  # V4
    _tags(  # Kimi K2
        "<|tool_calls_section_begin|>",
        "<|tool_calls_section_end|>",
        NamedCalls(begin="<|tool_call_begin|>", name_ends=("<|tool_call_argument_begin|>",), end="<|tool_call_end|>"),
    ),
    CallMarks(  # Solar Open
        begins=("<|begin|>assistant<|tool_calls|>", "<|tool_calls|>"),
        end="<|calls|>",
        needs_end=False,
        form=NamedCalls(
            begin="<|tool_call:begin|>",
            id_end="<|tool_call:name|>",
            name_ends=("<|tool_call:args|>",),
            end="<|tool_call:end|>",
        ),
    ),
    CallMarks(  # gpt-oss
        begins=(
            "<|start|>assistant<|channel|>commentary to=",
            "<|start|>assistant<|channel|>analysis to=",
            "<|start|>assistant to=",
            "<|channel|>commentary to=",
            "<|channel|>analysis to=",
            " to=functions.",
        ),
        end="<|call|>",
        needs_end=False,
        form=NamedCalls(name_ends=_GPT_OSS_HEADS),
        mentions=("<|channel|>commentary",),
    ),
)
"""The marks as they stand in the chat templates that llama.cpp ships under models/templates."""


def has_calls(template: str) -> bool:
    """Return whether calls are looked for in answers under `template`."""
    return any(marks.is_in(template) for marks in FAMILIES)


def call_marks(template: str) -> str:
    """Return every control token that marks a call in answers under `template`, among what else its families write."""
    return "\n".join(texts_in(marks for marks in FAMILIES if marks.is_in(template)))


def texts_in(marks: Iterable[msgspec.Struct]) -> Iterator[str]:
    """Yield every text in these marks."""
    for each in marks:
        yield from _texts(msgspec.to_builtins(each))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | Sequence):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)


class ToolCallSplitter:
    """Takes tool calls out of text that comes in pieces.

    Holds back only what may become a mark, and what stands behind one until it is a call or can be none: then it
    is text like all other. `template` is the source of the model's chat template, `prompt` what it made: an answer
    may begin with a call whose mark ends that. Where `tools_offered`, an answer that is nothing but the JSON
    of a call is one too.
    """

    def __init__(self, template: str = "", prompt: str = "", *, tools_offered: bool = False) -> None:
        self._known = [marks for marks in FAMILIES if marks.is_in(template)]
        self._begins = tuple(dict.fromkeys(begin for marks in self._known for begin in marks.begins))
        self._code = OpenCode()
        self._held = ""
        self._begin = next((begin for begin in self._begins if prompt.endswith(begin)), "")
        self._cursor = Cursor("", 0)
        self._reading: Reading[list[ToolCallPart]] | None = None
        if tools_offered or self._begin:
            self._reading = self._read_first(self._begin)
            self._begin = ""

    def feed(self, text: str) -> "list[str | ToolCallPart]":
        """Return the text and the calls that are certain now, in order; no text is empty."""
        self._held += text
        return self._go_on()

    def finish(self) -> "list[str | ToolCallPart]":
        """Return what was held back, now that no more text comes."""
        self._cursor.is_final = True
        return self._go_on()

    def resume(self, parts: Sequence[Part]) -> None:
        """Go on behind an answer of `parts`; a call that was cut there stays text."""
        if written(parts):
            self._reading = None
        for part in parts:
            if isinstance(part, TextPart):
                self._code.add(part.text)

    def _go_on(self) -> "list[str | ToolCallPart]":
        pieces: list[str | ToolCallPart] = []
        while self._read(pieces) if self._reading is not None else self._find(pieces):
            pass
        return pieces

    def _find(self, pieces: "list[str | ToolCallPart]") -> bool:
        """Go to the next mark; whether there is one."""
        found = min(((place, mark) for mark in self._begins if (place := self._held.find(mark)) >= 0), default=None)
        if found is None:
            held = 0 if self._cursor.is_final else max((overlap(self._held, mark) for mark in self._begins), default=0)
            self._emit(pieces, len(self._held) - held)
            return False
        place, mark = found
        self._emit(pieces, place)
        if self._code.is_open:
            self._emit(pieces, len(mark))
            return True
        self._begin = mark
        self._restart(len(mark))
        self._reading = self._read_any(mark)
        return True

    def _read(self, pieces: "list[str | ToolCallPart]") -> bool:
        """Read on in what may be calls; whether that is known."""
        assert self._reading is not None
        self._cursor.text = self._held
        try:
            next(self._reading)
        except StopIteration as result:
            calls: list[ToolCallPart] = result.value
        else:
            return False
        self._reading = None
        if not calls:
            self._emit(pieces, len(self._begin))
            return True
        source, self._held = self._held[: self._cursor.at], self._held[self._cursor.at :]
        pieces.append(msgspec.structs.replace(calls[0], source=source))
        pieces += calls[1:]
        return True

    def _read_any(self, begin: str) -> Reading[list[ToolCallPart]]:
        """Read calls in the first form that fits of those that `begin` opens."""
        start = self._cursor.at
        for marks in self._known:
            if begin in marks.begins:
                self._cursor.at = start
                calls = yield from read_calls(marks.form, marks.end, self._cursor, needs_end=marks.needs_end)
                if calls:
                    return calls
        return []

    def _read_first(self, begin: str) -> Reading[list[ToolCallPart]]:
        """Read what an answer may begin with, though it has no mark."""
        if begin:
            return (yield from self._read_any(begin))
        return (yield from read_bare_call(self._cursor))

    def _restart(self, at: int) -> None:
        is_final = self._cursor.is_final
        self._cursor = Cursor(self._held, at)
        self._cursor.is_final = is_final

    def _emit(self, pieces: "list[str | ToolCallPart]", end: int) -> None:
        text, self._held = self._held[:end], self._held[end:]
        if text:
            self._code.add(text)
            pieces.append(text)
